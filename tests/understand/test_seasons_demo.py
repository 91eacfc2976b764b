"""Is the invented company's season found, and does it help to foretell its busy months?"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from ibis import _
from tests.conftest import invented

from keepwell.demo.world import SEASON
from keepwell.schema.clock import day_number
from keepwell.understand.dropout import MbgNbd
from keepwell.understand.seasons import counted, learn
from keepwell.workspace import Workspace

AS_OF, BUSY, DAYS = date(2026, 7, 1), date(2025, 11, 1), 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Eight thousand customers of the invented company."""
    yield from invented(tmp_path_factory.mktemp("company"), customers=8_000, seed=7, as_of=AS_OF)


def test_the_season_it_was_drawn_from(shop: Workspace) -> None:
    """Every month within three standard errors, which are below five in a hundred."""
    found, right = learn(shop.run(counted(shop.facts()))), np.array(SEASON) / np.mean(SEASON)
    assert (np.abs(np.array(found.speeds) - right) < 3 * np.array(found.errors)).all()
    assert max(found.errors) < 0.05


def test_busy_months_are_foretold_better_by_the_clock(shop: Workspace) -> None:
    """On the morning of 1 November, knowing nothing later: the evenly running model tells far too little of the two months to come."""
    facts = replace(shop.facts(), as_of=BUSY)
    first = day_number(BUSY)
    days = shop.facts().purchases.filter((_.day >= first) & (_.day < day_number(BUSY + timedelta(days=DAYS))))
    known = facts.purchases.select("customer_id").distinct()
    came = len(shop.run(days.semi_join(known, "customer_id").select("customer_id", "day").distinct()))
    told = {}
    for name, season in (("evenly", None), ("by the clock", learn(shop.run(counted(facts))).speeds)):
        model = MbgNbd(season=season)
        cells = shop.run(model.needs(facts).cells)
        told[name] = float(model.fit(cells).predict(cells, days=DAYS)["expected"] @ cells["customers"]) / came
    assert told["evenly"] < 0.8
    assert abs(told["by the clock"] - 1) < 0.5 * abs(told["evenly"] - 1)
