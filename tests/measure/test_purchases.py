"""Is every kind of repeat buying its own number, and the right one?"""

import pytest

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.measure.periods import rolling
from keepwell.testing import ask, corner_shop, people, world

HELSINKI = Company(name="A shop", time_zone="Europe/Helsinki")
ORDERS = [
    ("a", "2025-01-01"), ("a", "2025-01-21"), ("a", "2025-02-20"), ("b", "2025-01-11"), ("c", "2025-04-06"), ("c", "2025-04-10"),
    ("d", "2025-02-10"), ("d", "2025-02-15"),
]  # fmt: skip
"""By day from 1 January: a 0, 20, 50; b 10; c 95, 99; d 40, 45. Day 100 is 11 April."""
TOY = world(as_of="2025-04-12", orders=ORDERS)


@pytest.mark.capability("S4-03")
def test_nine_hundred_of_two_thousand():
    """2,000 existing customers of whom 900 return in two months: 45.0 %; 300 first-time buyers change nothing."""
    old = [(f"c{n}", "2024-06-01") for n in range(2000)]
    back = [(f"c{n}", "2025-01-20") for n in range(900)] + [(f"c{n}", "2025-02-20") for n in range(450)]
    new = [(f"n{n}", "2025-01-15") for n in range(300)]
    facts = world(as_of="2025-03-01", orders=[*old, *back, *new])
    frame = ask(facts, "repeat_rate", rolling(59, facts.as_of, 1), start="2025-01-01").frame
    assert frame[["existing", "returned", "silent"]].values.tolist() == [[2000, 900, 1100]]
    assert frame["value"].tolist() == [0.45]


@pytest.mark.capability("S4-04")
def test_the_last_minute_of_december_counts_and_the_fifteenth_of_january_is_in_neither_part():
    """Ann first bought on 31 December at 23:59 in Helsinki (still existing); Bo on 15 January (nowhere); Cay a minute after Ann (nowhere)."""
    orders = [
        ("Ann", "2024-12-31 23:59"), ("Ann", "2025-01-10"), ("Bo", "2025-01-15"), ("Bo", "2025-01-20"),
        ("Cay", "2025-01-01 00:00"), ("Cay", "2025-02-02"), ("Dan", "2024-05-01"), ("Dan", "2025-03-01 00:00"),
    ]  # fmt: skip
    facts = world(as_of="2025-04-01", company=HELSINKI, orders=orders)
    answer = ask(facts, "repeat_rate", start="2025-01-01", within=59)
    assert answer.frame.loc[0, ["existing", "returned", "value"]].tolist() == [2, 1, 0.5]
    assert people(answer, "returned", period="2025-01") == ["Ann"]
    assert people(answer, "silent", period="2025-01") == ["Dan"]


def test_what_was_given_back_was_not_bought():
    """A customer whose only earlier order was fully refunded is not existing; a refunded order is no return."""
    orders = [("A", "2024-12-01", 20, 20), ("A", "2025-01-10"), ("B", "2024-12-01"), ("B", "2025-01-10", 20, 20)]
    frame = ask(world(as_of="2025-02-01", orders=orders), "repeat_rate", start="2025-01-01").frame
    assert frame[["existing", "returned"]].values.tolist() == [[1, 0]]


def test_a_window_longer_than_its_period_waits_for_its_own_end():
    """Sixty days from 1 January are over on 2 March: known on that morning, not the day before."""
    orders = [("A", "2024-12-01"), ("A", "2025-02-20")]
    late, early = (
        ask(world(as_of=day, orders=orders), "repeat_rate", start="2025-01-01", end="2025-02-01", within=60).frame
        for day in ("2025-03-02", "2025-03-01")
    )
    assert (late["value"].tolist(), late["complete"].tolist()) == ([1.0], [True])
    assert (early["value"].isna().tolist(), early["complete"].tolist()) == ([True], [False])


def test_a_short_window_need_not_wait_for_the_period():
    """Seven days from 1 January are over on the 8th, though January is not."""
    frame = ask(
        world(as_of="2025-01-09", orders=[("A", "2024-12-01")]), "repeat_rate", start="2025-01-01", within=7
    ).frame
    assert (frame["value"].tolist(), frame["complete"].tolist()) == ([0.0], [True])


def test_a_window_has_no_negative_length():
    """The error says what was asked and what is allowed."""
    with pytest.raises(MetricError, match=r"within = -1\. It is a number of days, at least 0"):
        ask(TOY, "repeat_rate", start="2025-01-01", within=-1)


def test_second_order_within_thirty_days_counts_mature_customers_only():
    """Of a, b and d (thirty days over) a and d came back: 2/3; the naive denominator would say 3/4."""
    answer = ask(TOY, "repeat_within", rolling(101, TOY.as_of, 1), start="2025-01-01", days=30)
    assert answer.frame[["customers", "eligible", "repeated"]].values.tolist() == [[4, 3, 2]]
    assert answer.frame["value"].tolist() == [2 / 3]
    assert people(answer, "not_repeated") == ["b"]


def test_day_thirty_counts_and_day_thirty_one_does_not():
    """First 1 January: 31 January is within 30 days, 1 February is not; on the morning of 31 January nothing is known yet."""
    orders = [("A", "2025-01-01"), ("A", "2025-01-31"), ("B", "2025-01-01"), ("B", "2025-02-01")]
    frame = ask(world(as_of="2025-02-01", orders=orders), "repeat_within", start="2025-01-01", days=30).frame
    assert frame[["eligible", "repeated"]].values.tolist() == [[2, 1]]
    frame = ask(world(as_of="2025-01-31", orders=orders), "repeat_within", start="2025-01-01", days=30).frame
    assert frame[["eligible", "repeated"]].values.tolist() == [[0, 0]]


@pytest.mark.parametrize(("merge", "repeated"), [(True, 0), (False, 1)])
def test_two_orders_of_one_day(merge, repeated):
    """They are one order where the company merges them, a return where it does not."""
    company = Company(name="A shop", merge_same_day_orders=merge)
    facts = world(as_of="2025-06-01", company=company, orders=[("A", "2025-01-01 09:00"), ("A", "2025-01-01 17:00")])
    assert ask(facts, "repeat_within", start="2025-01-01", end="2025-02-01", days=30).frame["repeated"].tolist() == [
        repeated
    ]
    assert ask(facts, "lifetime_repeat", start="2025-01-01", end="2025-02-01").frame["repeated"].tolist() == [repeated]
    assert ask(facts, "purchase_frequency", start="2025-01-01", end="2025-02-01").frame["value"].tolist() == [
        1.0 + repeated
    ]


def test_frequency_and_lifetime_repeat():
    """Eight orders of four buyers: 2.0 each; three of four bought twice; nobody of the window had bought before it."""
    whole = rolling(101, TOY.as_of, 1)
    assert ask(TOY, "purchase_frequency", whole, start="2025-01-01").frame["value"].tolist() == [2.0]
    assert ask(TOY, "lifetime_repeat", whole, start="2025-01-01").frame["value"].tolist() == [0.75]
    assert ask(TOY, "returning_share", whole, start="2025-01-01").frame["value"].tolist() == [0.0]


def test_returning_share_is_a_third_number():
    """In February a (who came in January) and d (new) bought: one of two is returning, though only one of two existing came back."""
    answer = ask(TOY, "returning_share", start="2025-02-01", end="2025-03-01")
    assert answer.frame["value"].tolist() == [0.5]
    assert people(answer, "returning", period="2025-02") == ["a"]
    assert ask(TOY, "repeat_rate", start="2025-02-01", end="2025-03-01").frame["value"].tolist() == [0.5]


def test_the_corner_shop_in_march():
    """Existing on 1 March: Hanna, Ilona and Jun (Kaisa gave all back, Liu first buys on the day); Hanna returns: 1/3."""
    answer = ask(corner_shop(), "repeat_rate", start="2025-03-01", end="2025-04-01")
    assert people(answer, "existing", period="2025-03") == ["Hanna", "Ilona", "Jun"]
    assert people(answer, "returned", period="2025-03") == ["Hanna"]
