"""Are renewals counted as the calendar has them: made, missed, and those not due yet?"""

import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.billing import monthly_price, period_days, renewals

CLUB = [
    ("Ann", "2025-01-01", None),
    ("Bo", "2025-01-10", "2025-03-10"),
    ("Cy", "2025-01-01", "2025-01-15"),
    ("Di", "2025-01-01", "2025-03-01"),
    {"customer_id": "Di", "subscription_id": "again", "starts_on": "2025-05-01"},
    {"customer_id": "Ed", "starts_on": "2024-01-01", "interval": "year"},
    {"customer_id": "Flo", "starts_on": "2025-02-01", "state": "trial"},
    {"customer_id": "Gus", "starts_on": "2025-02-01", "ends_on": "2025-08-01", "interval": None},
]


def counted(each: str = "month", club=CLUB) -> dict[str, tuple[int, int, int]]:
    """Customer -> age, lost, before."""
    rows = run(renewals(world(as_of="2025-07-01", subscriptions=club), each).order_by("customer_id"))
    return {row.customer_id: (row.age, row.lost, row.before) for row in rows.itertuples()}


def test_months_as_the_calendar_has_them():
    """
    Ann renewed on the first of February to June; what falls on 1 July itself is not known.

    Bo renewed once and left at the second. Cy left within the first month, so at the first.
    Di left at the second, came back in May and renewed in June. Gus has said that he leaves, but has not yet.
    """
    assert counted() == {"Ann": (5, 0, 0), "Bo": (2, 1, 0), "Cy": (1, 1, 0), "Di": (1, 0, 2), "Gus": (4, 0, 0)}


def test_who_is_billed_by_the_year_is_counted_by_the_year():
    """Ed renewed on 1 January 2025; the monthly ones are not his kind, a trial is nobody's."""
    assert counted("year") == {"Ed": (1, 0, 0)}


def test_how_far_into_their_period():
    """On 1 July Ann's 180 days are 5 months and 10 twelfths, Di's 60 are 1 and 11; Ed's 546 are a year and 5 twelfths; who left is in none."""
    facts = world(as_of="2025-07-01", subscriptions=CLUB)
    monthly, yearly = (run(renewals(facts, each).order_by("customer_id")) for each in ("month", "year"))
    assert dict(zip(monthly["customer_id"], monthly["into"], strict=True)) == {
        "Ann": 10,
        "Bo": 0,
        "Cy": 0,
        "Di": 11,
        "Gus": 10,
    }
    assert yearly["into"].tolist() == [5]


def test_who_left_before_the_renewal_was_due_is_no_loss_at_it_yet():
    """
    By the year: Ann left within her first year, which was over on 1 February: lost at the first renewal.

    Bo left as soon, but his year is not over: gone, with no renewal made or missed.
    Cy's first year was not over either when he came back: his first contract is no loss yet.
    """
    yearly = [
        ("Ann", "2024-02-01", "2024-04-01"),
        ("Bo", "2025-02-01", "2025-04-01"),
        ("Cy", "2025-01-01", "2025-03-01"),
        ("Cy", "2025-05-01", None),
    ]
    club = [
        {"customer_id": c, "subscription_id": f"{c}{s}", "starts_on": s, "ends_on": e, "interval": "year"}
        for c, s, e in yearly
    ]
    assert counted("year", club) == {"Ann": (1, 1, 0), "Bo": (0, 2, 0), "Cy": (0, 0, -1)}


def test_grace_and_pause_are_no_renewals():
    """
    Fanni paid on 1 February and March; the payment of 1 April failed, her second renewal, although she had grace until May.

    Hal's of 20 June failed and is still in grace: one renewal is sure. Ina recovered: hers all count.
    Jo paused on 1 March, for good: left at the second. Kit never paid but was billed: left at the first.
    """
    club = [
        ("Fanni", "2025-02-01", "2025-04-01"),
        ("Fanni", "2025-04-01", None, 10, "past_due"),
        ("Hal", "2025-04-20", "2025-06-20"),
        ("Hal", "2025-06-20", None, 10, "past_due"),
        ("Ina", "2025-02-01", "2025-03-01"),
        ("Ina", "2025-03-01", "2025-03-11", 10, "past_due"),
        ("Ina", "2025-03-11", None),
        ("Jo", "2025-01-01", "2025-03-01"),
        ("Jo", "2025-03-01", None, 0, "paused"),
        ("Kit", "2025-02-01", None, 10, "past_due"),
    ]
    assert counted(club=club) == {
        "Fanni": (2, 1, 0),
        "Hal": (1, 0, 0),
        "Ina": (4, 0, 0),
        "Jo": (2, 1, 0),
        "Kit": (1, 1, 0),
    }


def test_a_change_of_plan_is_no_renewal_missed():
    """Two stretches that touch are one contract: from January to April, left at the third renewal."""
    club = [("Ann", "2025-01-01", "2025-02-01"), ("Ann", "2025-02-01", "2025-04-01", 20)]
    rows = run(renewals(world(as_of="2025-07-01", subscriptions=club), "month"))
    assert rows[["age", "lost", "before"]].values.tolist() == [[3, 1, 0]]


def test_purchases_keep_nobody_in_a_contract():
    """A shop's orders make no spell of paid service, even where the company counts both."""
    facts = world(
        as_of="2025-07-01",
        company=Company(name="Both", active_by="any"),
        subscriptions=[("Ann", "2025-01-01", "2025-03-01")],
        orders=[("Ann", "2025-06-01", 10), ("Bo", "2025-06-01", 10)],
    )
    assert run(renewals(facts, "month"))[["customer_id", "age", "lost"]].values.tolist() == [["Ann", 2, 1]]


def test_every_length_rounds_to_its_own_periods():
    """Nobody who pays for n months from any day of a year leaves at another renewal than n, for n up to 24."""
    from datetime import date, timedelta

    from keepwell.measure.money import earlier

    club, wanted = [], {}
    for day in range(0, 365, 9):
        start = date(2022, 3, 1) + timedelta(days=day)
        for months in (1, 2, 5, 11, 18, 24):
            first = earlier(start.replace(day=1), -months)
            end = first + timedelta(days=min(start.day, 28) - 1)
            name = f"{start}-{months}"
            club.append((name, str(start.replace(day=min(start.day, 28))), str(end)))
            wanted[name] = months
    rows = run(renewals(world(as_of="2025-07-01", subscriptions=club), "month"))
    assert dict(zip(rows["customer_id"], rows["age"], strict=True)) == wanted


def test_prices_of_today():
    """Ann pays 10 and 5 in two contracts, Bo nothing any more; a pause brings nothing, dollars stand apart."""
    club = [
        ("Ann", "2025-01-01", None, 10),
        {"customer_id": "Ann", "subscription_id": "second", "starts_on": "2025-02-01", "mrr": 5},
        {"customer_id": "Ann", "subscription_id": "third", "starts_on": "2025-02-01", "mrr": 7, "currency": "USD"},
        ("Bo", "2025-01-01", "2025-03-01", 10),
        ("Cy", "2025-06-01", None, 10, "paused"),
    ]
    rows = run(monthly_price(world(as_of="2025-07-01", subscriptions=club)).order_by("currency"))
    assert [(row.customer_id, row.currency, float(row.mrr)) for row in rows.itertuples()] == [
        ("Ann", "EUR", 15.0),
        ("Ann", "USD", 7.0),
    ]


def test_an_unknown_period_is_named():
    """A fortnight is none of the billing periods."""
    assert period_days("month") == 30.4375
    with pytest.raises(ModelError, match=r"Nobody is billed each 'fortnight'\. Billing periods: day, week, month"):
        period_days("fortnight")
