"""Is a customer kept on exactly the days the rules say?"""

import itertools
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.spells import endings, spells
from keepwell.schema.clock import day_of
from keepwell.testing import run, world

SHOP = Company(name="A shop", active_by="purchase", activity_window_days=30)


def kept(facts: Facts) -> list[tuple[str, str, str | None]]:
    """Spells as (customer, first day, first day without), days as text, None while it runs."""
    found = run(spells(facts).order_by("customer_id", "start_day"))
    ends = [None if pd.isna(end) else str(day_of(end)) for end in found["end_day"]]
    return [
        (who, str(day_of(start)), end)
        for who, start, end in zip(found["customer_id"], found["start_day"], ends, strict=True)
    ]


def subscribed(*spans: object, as_of: str = "2025-07-01", **more: object) -> list[tuple[str, str, str | None]]:
    """Spells of subscriptions."""
    return kept(world(as_of=as_of, subscriptions=spans, **more))


def test_a_purchase_keeps_for_the_window():
    """Bought on 1 March, window 30 days: kept up to and with 30 March."""
    assert kept(world(as_of="2025-07-01", company=SHOP, orders=[("Ann", "2025-03-01")])) == [
        ("Ann", "2025-03-01", "2025-03-31")
    ]


def test_a_purchase_on_the_first_day_without_joins_the_spell():
    """Bought on 1 and 31 March: one spell; bought on 1 March and 1 April: two."""
    joined = world(as_of="2025-07-01", company=SHOP, orders=[("Ann", "2025-03-01"), ("Ann", "2025-03-31")])
    apart = world(as_of="2025-07-01", company=SHOP, orders=[("Ann", "2025-03-01"), ("Ann", "2025-04-01")])
    assert (len(kept(joined)), len(kept(apart))) == (1, 2)


def test_an_end_on_the_morning_of_the_look_has_not_come():
    """Ends on 1 July, looked at on 1 July: still running; a day later it has ended."""
    assert subscribed(("Ann", "2025-01-01", "2025-07-01")) == [("Ann", "2025-01-01", None)]
    assert subscribed(("Ann", "2025-01-01", "2025-07-01"), as_of="2025-07-02") == [("Ann", "2025-01-01", "2025-07-01")]


def test_cancelled_on_the_first_day_never_ran():
    """Started and ended on one day: no spell."""
    assert subscribed(("Ann", "2025-03-01", "2025-03-01")) == []


def test_churn_is_booked_at_the_end_of_the_paid_term():
    """Asked to leave in February, paid to the end of December: kept all year."""
    row = {
        "customer_id": "Ann",
        "starts_on": "2025-01-01",
        "ends_on": "2026-01-01",
        "cancel_requested_at": "2025-02-10",
    }
    assert subscribed(row) == [("Ann", "2025-01-01", None)]


def test_past_due_has_thirty_days_of_grace():
    """Past due from 1 April without end: gone on 1 May; paid again on 20 April: never gone."""
    owed = [("Ann", "2025-01-01", "2025-04-01"), ("Ann", "2025-04-01", None, 10, "past_due")]
    settled = [owed[0], ("Ann", "2025-04-01", "2025-04-20", 10, "past_due"), ("Ann", "2025-04-20", None)]
    assert subscribed(*owed) == [("Ann", "2025-01-01", "2025-05-01")]
    assert subscribed(*settled) == [("Ann", "2025-01-01", None)]


def test_stretches_past_due_share_one_grace():
    """Two past-due stretches that follow each other: 30 days from the first, not from each."""
    owed = [("Ann", "2025-04-01", "2025-04-25", 10, "past_due"), ("Ann", "2025-04-25", None, 12, "past_due")]
    assert subscribed(*owed) == [("Ann", "2025-04-01", "2025-05-01")]


def test_a_second_lapse_has_its_own_grace():
    """Past due, settled, and past due again two months later: each has 30 days."""
    owed = [("Ann", "2025-01-10", "2025-01-20", 10, "past_due"), ("Ann", "2025-01-20", "2025-03-20"),
            ("Ann", "2025-03-20", None, 10, "past_due")]  # fmt: skip
    assert subscribed(*owed) == [("Ann", "2025-01-10", "2025-04-19")]


def test_a_pause_keeps_for_ninety_days():
    """Paused from 1 February: gone on 2 May, 90 days later; back on 1 April: never gone."""
    away = [("Ann", "2025-01-01", "2025-02-01"), ("Ann", "2025-02-01", None, 0, "paused")]
    back = [away[0], ("Ann", "2025-02-01", "2025-04-01", 0, "paused"), ("Ann", "2025-04-01", None)]
    assert subscribed(*away) == [("Ann", "2025-01-01", "2025-05-02")]
    assert subscribed(*back) == [("Ann", "2025-01-01", None)]


def test_neither_trials_nor_free_plans_make_a_customer():
    """A trial, then paid, then free: kept for the paid days only."""
    assert subscribed(
        ("Ann", "2025-01-01", "2025-01-15", 0, "trial"),
        ("Ann", "2025-01-15", "2025-03-01"),
        ("Ann", "2025-03-01", None, 0, "free"),
    ) == [("Ann", "2025-01-15", "2025-03-01")]


def test_overlapping_subscriptions_are_one_spell():
    """A seat licence to June and another from March on: one spell that still runs."""
    spans = [
        ("Ann", "2025-01-01", "2025-06-01"),
        {"customer_id": "Ann", "subscription_id": "second", "starts_on": "2025-03-01"},
    ]
    assert subscribed(*spans) == [("Ann", "2025-01-01", None)]


def test_merged_customers_have_one_history():
    """ann@old became Ann: two subscriptions that touch are one spell of Ann's."""
    spans = [("ann@old", "2025-01-01", "2025-03-01"), ("Ann", "2025-03-01", None)]
    assert subscribed(*spans, merges=[("ann@old", "Ann")]) == [("Ann", "2025-01-01", None)]


@pytest.mark.capability("S4-04")
def test_the_last_minute_of_the_year_is_the_old_year_where_the_company_is():
    """In Helsinki 31 December 23:59 is 21:59 UTC and still December; 1 January 00:00 is 22:00 UTC on 31 December, yet January."""
    company = SHOP.model_copy(update={"time_zone": "Europe/Helsinki"})
    facts = world(
        as_of="2025-03-01", company=company, orders=[("Ann", "2024-12-31 23:59"), ("Bob", "2025-01-01 00:00")]
    )
    assert [start for _, start, _ in kept(facts)] == ["2024-12-31", "2025-01-01"]


def test_days_of_23_and_25_hours_are_one_day():
    """Sales at the edges of the changes of clock in Budapest fall on the local day; the window counts days, not hours."""
    company = SHOP.model_copy(update={"time_zone": "Europe/Budapest"})
    moments = ["2025-03-29T23:00+00:00", "2025-03-30T21:59+00:00", "2025-10-25T22:00+00:00", "2025-10-26T22:59+00:00"]
    facts = world(as_of="2025-12-31", company=company, orders=[(f"c{n}", moment) for n, moment in enumerate(moments)])
    spans = [(start, end) for _, start, end in kept(facts)]
    assert spans == [("2025-03-30", "2025-04-29")] * 2 + [("2025-10-26", "2025-11-25")] * 2


def test_given_back_orders_and_guests_keep_nobody():
    """One order wholly refunded, one without a customer, one that failed: no spells."""
    orders = [
        ("Ann", "2025-03-01", 20, 20),
        (None, "2025-03-01"),
        {"customer_id": "Bob", "ordered_at": "2025-03-01", "status": "failed"},
    ]
    assert kept(world(as_of="2025-07-01", company=SHOP, orders=orders)) == []


def test_without_a_choice_what_was_imported_keeps():
    """Settings that leave it open: subscriptions and orders both keep where both are there."""
    company = Company(name="x", activity_window_days=30)
    facts = world(
        as_of="2025-07-01",
        company=company,
        subscriptions=[("Ann", "2025-01-01", "2025-02-01")],
        orders=[("Ann", "2025-02-01")],
    )
    assert kept(facts) == [("Ann", "2025-01-01", "2025-03-03")]


def test_why_it_ended():
    """A past-due run-out is involuntary, what was asked for is not, a source's own word counts, otherwise nobody knows."""
    facts = world(as_of="2025-07-01", subscriptions=[
        ("Ann", "2025-04-01", None, 10, "past_due"),
        {"customer_id": "Bob", "starts_on": "2025-01-01", "ends_on": "2025-02-01", "cancel_requested_at": "2025-01-20"},
        {"customer_id": "Cid", "starts_on": "2025-01-01", "ends_on": "2025-02-01", "involuntary": True},
        ("Dai", "2025-01-01", "2025-02-01"),
        ("Eve", "2025-01-01", None, 0, "paused"),
    ])  # fmt: skip
    found = run(endings(facts).order_by("customer_id"))["involuntary"].astype("Int64").fillna(-1).tolist()
    assert found == [1, 0, 1, -1, 0]


DAYS = st.integers(0, 40)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), DAYS, st.none() | DAYS), max_size=8))
def test_spells_are_the_union_of_their_stretches(stretches):
    """The days on which somebody is kept are the days of any of their stretches; spells never touch."""
    start, as_of = date(2025, 1, 1), date(2025, 1, 31)
    rows, paid = [], set()
    for number, (who, first, length) in enumerate(stretches):
        last = None if length is None else first + length
        rows.append({"customer_id": who, "subscription_id": str(number), "starts_on": start + timedelta(first),
                     "ends_on": None if last is None else start + timedelta(last)})  # fmt: skip
        paid |= {(who, day) for day in range(first, min(30, 99 if last is None else last))}
    found = kept(world(as_of=as_of, subscriptions=rows))
    days = [(who, day) for who, first, end in found
            for day in range((date.fromisoformat(first) - start).days, (date.fromisoformat(end) - start).days if end else 30)]  # fmt: skip
    assert sorted(days) == sorted(paid)
    assert all(one[0] != two[0] or (one[2] is not None and one[2] < two[1]) for one, two in itertools.pairwise(found))
