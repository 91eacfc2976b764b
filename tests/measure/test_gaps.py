"""Are gaps between orders, and the wait for the second, what the calendar says?"""

import math

import pytest

from keepwell.config import Company
from keepwell.measure.gaps import quantile
from keepwell.measure.periods import rolling
from keepwell.testing import ask, corner_shop, people, world

ORDERS = [
    ("a", "2025-01-01"), ("a", "2025-01-21"), ("a", "2025-02-20"), ("b", "2025-01-11"), ("c", "2025-04-06"), ("c", "2025-04-10"),
    ("d", "2025-02-10"), ("d", "2025-02-15"),
]  # fmt: skip
"""Gaps of 20, 30, 4 and 5 days; b waits for 90, the last known day being 11 April."""
TOY = world(as_of="2025-04-12", orders=ORDERS)
WHOLE = rolling(101, TOY.as_of, 1)


def test_median_and_p80_of_four_gaps():
    """4, 5, 20, 30: median 12.5 days; four fifths of the way from the first to the last: 20 + 0.4 x 10 = 24."""
    frame = ask(TOY, "order_gaps", WHOLE, start="2025-01-01").frame
    assert frame[["gaps", "median", "p80", "value"]].values.tolist() == [[4, 12.5, 24.0, 12.5]]


def test_a_gap_belongs_to_the_period_of_the_later_order():
    """February has a's 30 days and d's 5; January a's 20."""
    answer = ask(TOY, "order_gaps", start="2025-01-01", end="2025-03-01")
    assert dict(zip(answer.frame["period"], answer.frame["value"], strict=True)) == {"2025-01": 20.0, "2025-02": 17.5}
    assert people(answer, "reordered", period="2025-02") == ["a", "d"]


@pytest.mark.parametrize(("merge", "gaps", "median"), [(True, 1, 10.0), (False, 3, 0.0)])
def test_orders_of_one_day_are_gaps_of_nothing_unless_merged(merge, gaps, median):
    """Three orders on 1 January and one on the 11th: one gap of ten days, or two of 0 and one of 10."""
    orders = [("A", f"2025-01-01 0{hour}:00") for hour in (1, 2, 3)] + [("A", "2025-01-11")]
    facts = world(as_of="2025-02-01", company=Company(name="A shop", merge_same_day_orders=merge), orders=orders)
    frame = ask(facts, "order_gaps", start="2025-01-01").frame
    assert frame[["gaps", "median"]].values.tolist() == [[gaps, median]]


def test_half_have_a_second_order_after_five_days():
    """Second orders after 4, 5 and 20 days, b waiting for 90: 3/4 without one after 4 days, 1/2 after 5."""
    answer = ask(TOY, "time_to_second_order", WHOLE, start="2025-01-01")
    assert answer.frame[["customers", "ended", "waiting", "median"]].values.tolist() == [[4, 3, 1, 5.0]]
    assert people(answer, "waiting") == ["b"]


def test_those_who_wait_are_not_left_out():
    """One of three came back: the median is not reached, and the answer says so rather than giving the one's wait."""
    orders = [("A", "2025-01-01"), ("A", "2025-01-04"), ("B", "2025-01-01"), ("C", "2025-01-01")]
    answer = ask(world(as_of="2025-03-01", orders=orders), "time_to_second_order", start="2025-01-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "median is not reached" in answer.explain()


def test_waits_by_a_trait():
    """Each country has its own row."""
    facts = world(as_of="2025-04-12", customers=[("a", "FI"), ("b", "FI"), ("c", "SE"), ("d", "SE")], orders=ORDERS)
    frame = ask(facts, "time_to_second_order", WHOLE, start="2025-01-01", by="country").frame
    assert dict(zip(frame["by"], frame["value"], strict=True)) == {"FI": 20.0, "SE": 4.0}


def test_a_quantile_of_nothing_is_not_a_number():
    """No gaps, no median; one gap is every quantile."""
    assert math.isnan(quantile([], [], 50))
    assert quantile([7], [3], 80) == 7


def test_the_corner_shop_gaps_in_may():
    """Hanna 51 days after 20 March, Liu 80 days after 1 March: 65.5."""
    frame = ask(corner_shop(), "order_gaps", start="2025-05-01", end="2025-06-01").frame
    assert frame["value"].tolist() == [65.5]
