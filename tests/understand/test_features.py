"""Is what was known on a morning what the calendar says, and never what came after?"""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from keepwell.measure.facts import known_as
from keepwell.schema.clock import day_number, day_of
from keepwell.testing import world
from keepwell.testing.worlds import full_shop, run
from keepwell.understand.features import (
    drawn,
    ends_ahead,
    features,
    gone,
    looks,
    past,
    this_morning,
    trait_column,
    undated,
)

SHOP = full_shop()


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    """The shop on 1 July 2025, by customer."""
    return run(features(SHOP)).set_index("customer_id")


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    """The shop on 2 April, 2 May and 1 June, by morning and customer."""
    frame = run(past(SHOP, days=30, mornings=3))
    return frame.assign(morning=frame["cut_day"].map(day_of)).set_index(["morning", "customer_id"]).sort_index()


def test_who_is_kept(now):
    """Fanni is lost since 1 May, Jun since 14 June, Ilona since March; Dai only tried, Kaisa gave all back."""
    assert sorted(now.index) == ["Aino", "Bela", "Chloe", "Eino", "Goro", "Hanna", "Liu"]


def test_hanna_s_orders(now):
    """Five days from 5 January to 20 June, 166 days: every 41.5; two since 2 April, three in the 90 days before, 20 each."""
    columns = [
        "order_days",
        "last_order",
        "order_gap",
        "orders_90",
        "orders_before",
        "spent_90",
        "spent_before",
        "usual_order",
    ]
    assert now.loc["Hanna", columns].tolist() == [5, 11, 41.5, 2, 3, 40, 60, 20]
    assert now.loc["Hanna", "order_late"] == pytest.approx(11 / 41.5)


def test_the_club_s_prices(now):
    """Chloe pays 20 since April, 10 more than 90 days ago is not: on 2 April she paid it already; Eino's pause was 0 then."""
    columns = ["plan", "mrr", "mrr_change", "changes", "price_days"]
    assert now.loc["Chloe", columns].tolist() == ["plus", 20, 0, 2, 91]
    assert now.loc["Eino", columns].tolist() == ["basic", 10, 10, 3, 61]


def test_notice_and_return(now):
    """Goro has said that he leaves; Bela came back once; nobody else."""
    assert now["notice"].dropna()[now["notice"] == 1].index.tolist() == ["Goro"]
    assert now["came_back"][now["came_back"] > 0].to_dict() == {"Bela": 1, "Liu": 1}


def test_what_was_said_and_used(now):
    """Aino's nine is 150 days old; Eino took bread 53 days ago; Liu got one refund."""
    assert now.loc["Aino", ["last_score", "score_days"]].tolist() == [9, 150]
    assert now.loc["Eino", ["last_use", "use_days_30", "use_days_before"]].tolist() == [53, 0, 0.5]
    assert now.loc["Liu", "refunds_180"] == 1


def test_never_is_not_nothing(now):
    """Who never bought has no days since the last order."""
    assert now.loc["Aino", ["last_order", "orders_90", "spent_90"]].isna().all()


def test_when_they_had_left(before):
    """Fanni on 1 May, 29 days after 2 April; Liu on 30 April; Jun on 14 June; the others are still there."""
    left = before["left_after"].dropna().to_dict()
    april, may, june = date(2025, 4, 2), date(2025, 5, 2), date(2025, 6, 1)
    assert left == {(april, "Fanni"): 29, (april, "Liu"): 28, (may, "Jun"): 43, (june, "Jun"): 13}


def test_a_past_morning_knows_what_it_knew(before):
    """Each morning's rows are those of the shop as known on that day."""
    for morning, rows in before.groupby(level="morning"):
        then = run(features(replace(SHOP, as_of=morning))).set_index("customer_id").sort_index()
        seen, told = (
            part.astype(object).where(part.notna(), None) for part in (rows.droplevel("morning")[then.columns], then)
        )
        assert seen.to_dict() == told.to_dict()


EARLY = {
    "orders": [("A", "2025-01-05", 10), ("A", "2025-02-05", 20), ("B", "2025-03-01", 30)],
    "subscriptions": [{"customer_id": "C", "starts_on": "2025-01-01", "mrr": 5}],
    "events": [("A", "2025-03-03")],
    "touches": [("B", "2025-03-04", "mail")],
    "answers": [{"customer_id": "A", "asked_at": "2025-03-01", "answered_at": None, "score": None}],
}
LATE = {
    "orders": [*EARLY["orders"], ("A", "2025-04-01", 99), ("B", "2025-05-01", 99)],
    "subscriptions": [
        {
            "customer_id": "C", "starts_on": "2025-01-01", "ends_on": "2025-05-01", "mrr": 5, "involuntary": True,
            "cancel_requested_at": "2025-04-01 09:00", "cancel_reason": "price", "renews_on": "2025-06-01",
        },
        {"customer_id": "C", "starts_on": "2025-05-01", "mrr": 50, "plan": "plus"},
    ],
    "events": [*EARLY["events"], ("A", "2025-04-01"), ("B", "2025-04-02")],
    "touches": [*EARLY["touches"], ("A", "2025-04-01", "phone")],
    "answers": [{"customer_id": "A", "asked_at": "2025-03-01", "answered_at": "2025-04-03", "score": 1}],
    "refunds": [{"order_id": "orders-1", "customer_id": "A", "refunded_at": "2025-04-05", "amount": 1}],
}  # fmt: skip


def test_what_comes_later_changes_nothing():
    """Orders, an end and its reason, a price, use, calls and an answer from 1 April on: the morning of 1 April is the same."""
    early = run(features(world(as_of="2025-04-01", refunds=[], **EARLY)).order_by("customer_id"))
    late = run(features(world(as_of="2025-04-01", **LATE)).order_by("customer_id"))
    pd.testing.assert_frame_equal(early, late)
    assert early["customer_id"].tolist() == ["A", "B", "C"]


def test_an_order_given_back_later_was_an_order():
    """What was bought on 5 January counts on 1 February although all of it came back in March."""
    orders = [("A", "2025-01-01", 10), ("A", "2025-01-11", 10, 10)]
    told = run(features(world(as_of="2025-02-01", orders=orders)))
    assert told[["order_days", "last_order", "spent_90"]].values.tolist() == [[2, 21, 20]]


def test_a_lot_is_drawn_by_digest():
    """Of the shop's nine who were kept from 2 April on, the three with the smallest digests, on every machine."""
    whole = run(drawn(SHOP, days=30, mornings=3, most=100))["customer_id"]
    digest = {name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in whole}
    assert sorted(whole) == ["Aino", "Bela", "Chloe", "Eino", "Fanni", "Goro", "Hanna", "Jun", "Liu"]
    assert (
        run(drawn(SHOP, days=30, mornings=3, most=3))["customer_id"].tolist()
        == sorted(whole, key=digest.__getitem__)[:3]
    )


def test_traits_by_name():
    """A company's own trait stands under its name and bears no date."""
    customers = [{"customer_id": "A", "country": "FI", "traits": {"tier": "gold"}}]
    told = run(features(world(as_of="2025-02-01", customers=customers, orders=[("A", "2025-01-01")]), ["traits.tier"]))
    assert told[["country", "trait_tier"]].values.tolist() == [["FI", "gold"]]
    assert undated(list(told.columns)) == ["kind", "source", "country", "language", "trait_tier"]
    assert trait_column("country") == "country"


def test_mornings_lie_as_many_days_apart_as_is_foretold(before):
    """30 days before 1 July, and so on back."""
    mornings = before.index.get_level_values("morning").unique()
    assert sorted(mornings) == [date(2025, 7, 1) - timedelta(days=30 * k) for k in (3, 2, 1)]


def test_who_is_known_to_end_later_is_among_the_gone():
    """A ended before, B's end lies ahead, C's stretch is followed by another, D runs, E has a free end ahead, F begins later."""
    facts = world(
        as_of="2025-06-01",
        subscriptions=[
            ("A", "2025-01-01", "2025-05-01"),
            ("B", "2025-01-01", "2025-06-01"),
            ("C", "2025-01-01", "2025-07-01"),
            ("C", "2025-07-01", None),
            ("D", "2025-01-01", None),
            ("E", "2025-01-01", "2025-07-01", 0, "free"),
            ("F", "2025-06-02", "2025-09-01"),
        ],
    )
    assert run(ends_ahead(facts))["customer_id"].tolist() == ["B"]
    told = run(gone(looks(facts, [day_number(date(2025, 4, 1))]), facts)).set_index("customer_id")["gone"]
    assert told.to_dict() == {"A": 1, "B": 1, "C": 0, "D": 0}


def test_traits_stand_beside_what_is_shared():
    """What was computed of the morning for all is not computed again for who asks for traits too."""
    customers = [{"customer_id": "A", "country": "FI", "traits": {"tier": "gold"}}]
    facts = world(as_of="2025-02-01", customers=customers, orders=[("A", "2025-01-01")])
    facts.computed[known_as(this_morning)] = this_morning(facts).mutate(country=ibis.literal("from what was computed"))
    told = run(features(facts, ["traits.tier"])).iloc[0]
    assert (told["country"], told["trait_tier"]) == ("from what was computed", "gold")
