"""Does every registered model pass the examination, and does it catch what is wrong?"""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.conftest import invented

from keepwell.measure.facts import Facts
from keepwell.testing.check_model import check_model
from keepwell.understand import MODELS, Needs
from keepwell.understand.baselines import LastRate
from keepwell.understand.dropout import MbgNbd
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Three thousand customers of the invented company: enough for every model."""
    yield from invented(tmp_path_factory.mktemp("company"), customers=3_000, seed=11, as_of=AS_OF)


@pytest.mark.parametrize("id", sorted(MODELS))
def test_every_registered_model_passes(id: str, shop: Workspace) -> None:
    """Each model of the house sits the public examination."""
    check_model(MODELS[id], shop.facts(), shop.run)


def test_a_model_that_knows_the_future_is_caught(shop: Workspace) -> None:
    """One that counts orders whenever they were fails."""

    class Prophet(LastRate):
        def needs(self, facts: Facts) -> Needs:
            orders = facts.read("orders")
            counted = orders.group_by("customer_id").agg(
                silence=orders.count(), silence_then=orders.count(), again=orders.count()
            )
            return Needs(counted, ("silence", "silence_then", "again"))

    with pytest.raises(AssertionError, match="changes with what came later"):
        check_model(Prophet, shop.facts(), shop.run)


def test_a_model_that_promises_too_much_is_caught(shop: Workspace) -> None:
    """A chance above 1 fails."""

    class Sure(MbgNbd):
        def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
            return super().predict(cells, days=days) + 1

    with pytest.raises(AssertionError, match="a chance below 0 or above 1"):
        check_model(Sure, shop.facts(), shop.run)


def _spoilt(spoil: Callable[[pd.DataFrame, pd.DataFrame, int], pd.DataFrame]) -> type[MbgNbd]:
    class Spoilt(MbgNbd):
        def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
            return spoil(super().predict(cells, days=days), cells, days)

    return Spoilt


def _writes(told: pd.DataFrame, cells: pd.DataFrame, _days: int) -> pd.DataFrame:
    cells["repeats"] = 0
    return told


SPOILT = {
    "tells most customers no chance": lambda told, _cells, _days: told.assign(chance=np.nan),
    "without end; what cannot be told is NaN": lambda told, _cells, _days: told.assign(expected=np.inf),
    "expects fewer than none": lambda told, _cells, _days: told.assign(expected=-3.0),
    "its chance is less over 180 days": lambda told, _cells, days: told.assign(chance=told["chance"] / days),
    "writes into the cells": _writes,
}
"""Law that is broken -> how."""


@pytest.mark.parametrize("law", sorted(SPOILT))
def test_a_model_that_tells_nonsense_is_caught(law: str, shop: Workspace) -> None:
    """Unknown for all, without end, below none, falling with time, or with its hands in the caller's rows: each fails by its law."""
    with pytest.raises(AssertionError, match=law):
        check_model(_spoilt(SPOILT[law]), shop.facts(), shop.run)
