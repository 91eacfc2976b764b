"""Is it told of the right customers what they lack?"""

import ibis
import pandas as pd
import pytest

from keepwell.act.coverage import Known, lacking
from keepwell.act.plans import FUNCTIONS
from keepwell.schema.clock import day_number
from keepwell.testing import run

TODAY = day_number(pd.Timestamp("2026-07-01").date())
PEOPLE = {
    "customer_id": "string", "kind": "string", "name": "string", "owner": "string", "value_segment": "string", "kept": "boolean", "kept_since_on": "date",
}  # fmt: skip


def people(*rows, **kinds):
    """Portraits; of what kind who is, where that is known."""
    frame = pd.DataFrame(rows, columns=[name for name in PEOPLE if name != "kind"]).assign(
        kept_since_on=lambda t: pd.to_datetime(t["kept_since_on"]).dt.date,
        kind=lambda t: [kinds.get(each) for each in t["customer_id"]],
    )
    return ibis.memtable(frame[list(PEOPLE)], schema=ibis.schema(PEOPLE))


def known(seats=(), goals=(), words=(), owners=None):
    """What was written down."""
    return Known(
        pd.DataFrame(seats, columns=["customer_id", "function"]), goals,
        pd.DataFrame([(who, day_number(pd.Timestamp(day).date())) for who, day in words], columns=["customer_id", "day"]),
        owners or {},
    )  # fmt: skip


def told(table, gap):
    """Who lacks something."""
    return run(table.filter(table[gap]).order_by("customer_id"))["customer_id"].tolist()


@pytest.mark.capability("S1-20")
def test_four_functions_are_wanted_of_the_top_tier():
    """Four seats are enough, three are not; an owner in the data fills the seat of their own function; small ones need none."""
    everybody = people(
        ("ann", "Ann", None, "top", True, "2020-01-01"), ("bob", "Bob", None, "top", True, "2020-01-01"),
        ("cid", "Cid", "Rae Rep", "top", True, "2020-01-01"), ("dan", "Dan", None, "small", True, "2020-01-01"),
        ("eve", "Eve", None, "top", False, "2020-01-01"), ("fay", "Fay", None, None, True, "2020-01-01"),
    )  # fmt: skip
    seats = [("ann", each) for each in FUNCTIONS] + [("bob", each) for each in FUNCTIONS[:3]]
    seats += [("cid", each) for each in FUNCTIONS[1:]]
    found = lacking(everybody, known(seats, owners={"sales": {"Rae Rep"}}), TODAY)
    assert told(found, "team") == ["bob"]
    assert told(found, "no_support") == ["bob", "dan", "fay"]
    assert told(lacking(everybody, known(seats), TODAY), "team") == ["bob", "cid"]


@pytest.mark.parametrize(
    ("kinds", "top"),
    [
        ({}, ["ann", "bob"]),
        ({"ann": "person", "bob": "person"}, ["ann", "bob"]),
        ({"ann": "account", "bob": "person"}, ["ann"]),
        ({"ann": "account"}, ["ann"]),
        ({"cid": "account"}, []),
        ({"dan": "account"}, ["ann", "bob"]),
    ],
)
def test_accounts_are_meant_where_they_are_told_apart(kinds, top):
    """A person who brings much needs no team of four where accounts are known among those kept; dan's account is lost."""
    everybody = people(
        ("ann", "Ann", None, "top", True, "2020-01-01"), ("bob", "Bob", None, "top", True, "2020-01-01"),
        ("cid", "Cid", None, "small", True, "2020-01-01"), ("dan", "Dan", None, "top", False, "2020-01-01"), **kinds,
    )  # fmt: skip
    found = lacking(everybody, known(), TODAY)
    assert [told(found, each) for each in ("large", "team", "goal")] == [top] * 3


@pytest.mark.capability("S1-06")
def test_words_are_wanted_after_ninety_days_of_whoever_is_looked_after():
    """Of who came 90 days ago, not 89; said 90 days ago they hold, 91 not; nobody asks who has neither owner nor seat."""
    everybody = people(
        ("ann", "Ann", "Rae", "small", True, "2026-04-02"), ("bob", "Bob", "Rae", "small", True, "2026-04-03"),
        ("cid", "Cid", "Rae", "small", True, "2020-01-01"), ("dan", "Dan", "Rae", "small", True, "2020-01-01"),
        ("eve", "Eve", None, "small", True, "2020-01-01"), ("fay", "Fay", None, "small", True, "2020-01-01"),
    )  # fmt: skip
    found = lacking(everybody, known([("fay", "support")], (), [("cid", "2026-04-02"), ("dan", "2026-04-01")]), TODAY)
    assert told(found, "words") == ["ann", "dan", "fay"]


def test_a_goal_is_wanted_of_the_top_tier():
    """One with a goal is not told, a small one neither."""
    everybody = people(
        ("ann", "Ann", None, "top", True, "2020-01-01"), ("bob", "Bob", None, "top", True, "2020-01-01"),
        ("cid", "Cid", None, "middle", True, "2020-01-01"),
    )  # fmt: skip
    assert told(lacking(everybody, known(goals=["ann"]), TODAY), "goal") == ["bob"]
