"""Does the bridge always add up, whatever happened and however time is cut?"""

import itertools
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Period, Periods, calendar
from keepwell.measure.states import COUNTS, states
from keepwell.testing import ask, run, world

START = date(2025, 1, 1)
BOUGHT = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 89)), max_size=14)
CUTS = st.lists(st.integers(1, 88), max_size=5, unique=True).map(lambda cuts: [0, *sorted(cuts), 89])


def shop(orders: list[tuple[str, int]]) -> Facts:
    """A shop whose customers are kept for 20 days by a purchase."""
    company = Company(name="A shop", active_by="purchase", activity_window_days=20)
    return world(
        as_of=START + timedelta(90), company=company, orders=[(who, str(START + timedelta(day))) for who, day in orders]
    )


def cut(places: list[int]) -> Periods:
    """Periods between days after the start."""
    days = [START + timedelta(place) for place in places]
    return Periods([Period(str(a), a, b) for a, b in itertools.pairwise(days)], unit="of one's own")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(BOUGHT, CUTS)
@pytest.mark.capability("S0-01", "S1-01", "S1-04")
def test_the_bridge_adds_up_and_chains(orders, places):
    """E = S + new + returned - lost, kept + lost = S, and each period starts where the last one ended."""
    frame = ask(shop(orders), "customer_bridge", cut(places), start=START).frame
    assert (frame["at_start"] + frame["new"] + frame["returned"] - frame["lost"]).tolist() == frame["at_end"].tolist()
    assert (frame["kept"] + frame["lost"]).tolist() == frame["at_start"].tolist()
    assert frame["at_end"].tolist()[:-1] == frame["at_start"].tolist()[1:]
    assert (frame["new_and_gone"] + frame["back_and_gone"]).tolist() == frame["came_and_went"].tolist()
    assert (frame["new"] + frame["new_and_gone"]).tolist() == frame["acquired"].tolist()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(BOUGHT, CUTS)
def test_states_are_what_day_by_day_counting_says(orders, places):
    """A customer is there on a day when they bought on it or in the 19 days before; boundaries look at the day before them."""
    there = {(who, day) for who, bought in orders for day in range(bought, bought + 20)}
    born = {who: min(day for name, day in orders if name == who) for who, _ in orders}
    expected: Counter[tuple[int, str]] = Counter()
    for place, (opens, closes) in enumerate(itertools.pairwise(places)):
        for who, first in born.items():
            start, end = (who, opens - 1) in there, (who, closes - 1) in there
            between = any((who, day) in there for day in range(opens, closes))
            came = "new" if first >= opens else "returned"
            flash = "new_and_gone" if first >= opens else "back_and_gone"
            name = {(1, 1): "kept", (1, 0): "lost", (0, 1): came}.get((start, end), flash if between else None)
            expected[place, name] += name is not None
    frame = run(states(shop(orders), cut(places)))
    names = ("kept", "lost", "new", "returned", "new_and_gone", "back_and_gone")
    found = Counter({(place, name): int(part[name].sum()) for place, part in frame.groupby("period") for name in names})
    assert +found == +expected


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(BOUGHT, st.sampled_from(["day", "week", "month", "quarter", "half", "year"]))
@pytest.mark.capability("S1-01")
def test_retention_and_churn_are_opposites(orders, unit):
    """On the same customers, kept and lost are 1 together, in periods of any unit."""
    facts = shop(orders)
    kept, lost = (ask(facts, id, unit, start=START).frame["value"] for id in ("kept_share", "churn_rate"))
    assert ((kept + lost).dropna().round(12) == 1).all()
    assert kept.isna().tolist() == lost.isna().tolist()


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(BOUGHT)
def test_every_customer_is_acquired_once_in_any_calendar(orders):
    """Days, weeks, months and years each tell every customer's arrival exactly once."""
    facts = shop(orders)
    told = [
        ask(facts, "customer_bridge", unit, start=START).frame["acquired"].sum()
        for unit in ("day", "week", "month", "year")
    ]
    assert told == [len({who for who, _ in orders})] * 4


def test_a_customer_has_one_row_in_a_period():
    """Three purchases far apart in one quarter give one row, not three."""
    facts = shop([("A", 0), ("A", 30), ("A", 60)])
    frame = run(states(facts, calendar("quarter", START, START + timedelta(80), facts.company)))
    assert (len(frame), set(COUNTS) <= set(frame.columns)) == (1, True)
