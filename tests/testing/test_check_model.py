"""Does every registered model pass the examination, and does it catch what is wrong?"""

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from keepwell import demo
from keepwell.config import Company
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
    folder = tmp_path_factory.mktemp("company")
    demo.generate(folder / "source", customers=3_000, seed=11, as_of=AS_OF)
    settings = Company(name="Harbour Goods", time_zone="Europe/Helsinki", data_until=AS_OF)
    with Workspace.create(folder / "shop", settings) as shop:
        with shop.read(str(folder / "source")) as taken:
            shop.commit(shop.bring(taken))
        yield shop


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
