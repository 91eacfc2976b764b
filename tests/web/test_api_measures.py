"""Does a program get the figures the page tells, with the same options, trait and segment?"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from keepwell.measure.metric import METRICS
from keepwell.web.api.rest.told import plain
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.reach import seen
from keepwell.web.measures.answers import answer
from keepwell.web.measures.asked import Asked

Ask = Callable[..., Any]

OPTION = next(
    (metric.id, name, str(usual + 1))
    for metric in METRICS.values()
    for name, usual in metric.options.items()
    if isinstance(usual, int) and not isinstance(usual, bool)
)
"""A metric with a whole number among its options, its name, and another value for it."""

SAID = [
    ("active_customers", "", {}),
    ("kept_share", "&by=country", {"by": "country"}),
    ("revenue_per_customer", "&where=orders>=3", {"where": "orders>=3"}),
    (*OPTION[:1], f"&option={OPTION[1]}={OPTION[2]}", {f"set.{OPTION[1]}": OPTION[2]}),
]


@pytest.mark.parametrize("who", ["admin", "rep"])
@pytest.mark.parametrize("place", range(4))
def test_the_figures_are_the_pages(ask: Ask, people: dict[str, Person], who: str, place: int) -> None:
    """Asked as the page asks, of everybody: cell for cell the same, by trait, segment and option."""
    metric, more, said = SAID[place]
    asked = Asked.read(metric, {"unit": "quarter", "start": "2025-07-01", "to": "2026-06-30", **said})
    with company() as opened:
        frame = answer(opened, asked, seen(people[who])).frame
    page = [plain({**row, "complete": bool(row["complete"])}) for row in frame.to_dict("records")]
    path = f"/metrics/{metric}?period=quarter&start=2025-07-01&end=2026-07-01&among=everybody{more}"
    told = ask(who, "get", path)
    assert told.status_code == 200, told.json()
    assert told.json()["cells"] == page
    assert page


def test_an_option_there_is_not_is_refused(ask: Ask) -> None:
    """By its name, with those there are; said twice or not understood it is refused too."""
    metric, name, value = OPTION
    option = f"{name}={value}"
    for wrong in ("colour=red", name, f"{option}&option={option}", f"{name}=many"):
        refused = ask("admin", "get", f"/metrics/{metric}?option={wrong}")
        assert (refused.status_code, refused.json()["type"]) == (400, "urn:keepwell:problem:refused"), wrong
    assert date.fromisoformat(ask("admin", "get", f"/metrics/{metric}?period=year&option={option}").json()["as_of"])
