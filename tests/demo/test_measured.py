"""Does the measuring find the truth? Two ways to the same figures that share no code."""

from collections.abc import Callable
from datetime import date

import ibis
import pandas as pd
import pytest
from tests.demo.conftest import AS_OF

from keepwell.config import Company
from keepwell.demo import Truth
from keepwell.measure import find
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar
from keepwell.measure.question import Question
from keepwell.schema import TABLES

Ask = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def ask(tables: dict[str, ibis.Table], truth: Truth) -> Ask:
    """A metric of the small company, month by month from its opening."""
    opened = date.fromisoformat(truth.company["opened"])
    known = {name: table for name, table in tables.items() if name in TABLES}

    def asked(metric: str, active_by: str) -> pd.DataFrame:
        company = Company(name="Harbour Goods", time_zone="Europe/Helsinki", active_by=active_by)
        facts = Facts(known, company, AS_OF, since=opened)
        question = Question(find(metric), facts, calendar("month", opened, AS_OF, company))
        return question.answer(tables["orders"].get_backend().execute(question.totals)).frame

    return asked


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("start", "at_start"),
        ("kept", "kept"),
        ("lost", "lost"),
        ("new", "new"),
        ("returned", "returned"),
        ("end", "at_end"),
    ],
)
def test_the_bridge_of_the_club_is_found(ask: Ask, truth: Truth, told: str, found: str) -> None:
    """Every month's count of members, by identity, is the one the company was made with."""
    frame = ask("kept_share", "subscription").set_index("period")
    wanted = {month["month"][:7]: month[f"members_{told}"] for month in truth.months}
    assert {period: int(frame[found].get(period, 0)) for period in wanted} == wanted


def test_kept_share_is_the_true_one(ask: Ask, truth: Truth) -> None:
    """Kept of those at the start, month by month; not defined in the first, when nobody was there."""
    frame = ask("kept_share", "subscription").set_index("period")
    for month in truth.months[1:]:
        assert frame["value"][month["month"][:7]] == month["members_kept"] / month["members_start"]
    assert frame["value"].isna()[truth.months[0]["month"][:7]]
