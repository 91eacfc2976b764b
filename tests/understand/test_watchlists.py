"""Is each customer on the lists they belong on, for the reason that is told, and on no other?"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.testing import run, world
from keepwell.testing.worlds import full_shop
from keepwell.understand.watchlists import (
    WATCHLISTS,
    discount_dependent,
    paying_and_ignored,
    same_package,
    satisfied_but_silent,
)


def _ids(table):
    return sorted(run(table)["customer_id"])


def _silent(**tables):
    return world(as_of="2025-07-01", **tables)


RHYTHM = [("ann", "2024-12-02"), ("ann", "2025-01-01"), ("ann", "2025-01-31"), ("ann", "2025-03-02")]
"""Every 30 days, three times; on 1 July the last order is 121 days ago, more than twice as long."""


@pytest.mark.capability("S3-05")
def test_satisfied_but_silent_by_hand():
    """Ann answered 9 on 5 March, buys every 30 days, last 121 days ago, and nobody ever talked with her: she is told with her own figures."""
    frame = run(satisfied_but_silent(_silent(orders=RHYTHM, answers=[("ann", "2025-03-05", 9)])))
    told = {
        name: value
        for name, value in frame.iloc[0].to_dict().items()
        if name not in ("used_days", "use_gap_days", "talked_days", "cadence_days")
    }
    assert told == {
        "customer_id": "ann",
        "question": "nps",
        "score": 9,
        "answered_days": 118,
        "ordered_days": 121,
        "order_gap_days": 30,
    }
    assert (
        WATCHLISTS["satisfied_but_silent"].sentence(frame.iloc[0])
        == "Answered 9 (nps) 118 days ago; last ordered 121 days ago, usually every 30 days; last talked with us: never."
    )


@pytest.mark.capability("S3-05")
def test_the_threshold_is_each_customer_s_own():
    """Last order 121 days ago for all: too long for every 30 and 60 days, not for 61; two gaps are no rhythm, the window is a year."""
    orders = [
        (who, date(2025, 3, 2) - timedelta(gap * back))
        for who, gap, gaps in (("ann", 30, 3), ("bob", 60, 3), ("cid", 61, 3), ("dot", 30, 2))
        for back in range(gaps + 1)
    ]
    facts = _silent(
        orders=[(who, day.isoformat()) for who, day in orders],
        answers=[(who, "2025-03-05", 10) for who in ("ann", "bob", "cid", "dot")],
    )
    assert _ids(satisfied_but_silent(facts)) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("more", "listed"),
    [
        ({}, True),
        ({"touches": [{"customer_id": "ann", "touched_at": "2025-04-02", "direction": "in"}]}, False),
        ({"touches": [{"customer_id": "ann", "touched_at": "2025-04-01", "direction": "in"}]}, True),
        ({"touches": [{"customer_id": "ann", "touched_at": "2025-06-01", "channel": "phone"}]}, False),
        ({"touches": [{"customer_id": "ann", "touched_at": "2025-06-01", "channel": "mail"}]}, True),
        ({"events": [("ann", "2025-06-20")]}, False),
        ({"events": [("ann", "2025-06-10"), ("ann", "2025-06-20")]}, False),
        ({"events": [("ann", f"2025-06-{day}") for day in (13, 14, 15, 16)]}, True),
        ({"events": [("ann", f"2025-06-{day}") for day in (14, 15, 16, 17)]}, False),
    ],
)
def test_what_ends_the_silence(more, listed):
    """A word of hers or a talk within 90 days (2 April is 90 days ago), or use within twice its own gap, at least two weeks; our mail does not.
    A single use is within the year's window: it is not silence either.
    """
    facts = _silent(orders=RHYTHM, answers=[("ann", "2025-03-05", 9)], **more)
    assert _ids(satisfied_but_silent(facts)) == (["ann"] if listed else [])


@pytest.mark.parametrize(
    ("answers", "listed"),
    [
        ([("ann", "2025-03-05", 8)], False),
        ([("ann", "2025-03-05", 10), ("ann", "2025-04-05", 6)], False),
        ([("ann", "2025-03-05", 6), ("ann", "2025-04-05", 10)], True),
        ([{"customer_id": "ann", "answered_at": "2025-03-05", "question": "csat", "score": 4}], True),
        ([{"customer_id": "ann", "answered_at": "2025-03-05", "question": "csat", "score": 3}], False),
        ([("ann", "2025-07-01", 10)], False),
        ([("ann", None, None)], False),
    ],
)
def test_the_last_answer_decides(answers, listed):
    """8 is not satisfied; of two answers the later counts; csat counts from 4; tomorrow's answer is not known today."""
    assert _ids(satisfied_but_silent(_silent(orders=RHYTHM, answers=answers))) == (["ann"] if listed else [])


def test_one_order_is_no_rhythm():
    """Bought once: silent after the window of a year, not before. Who never bought or used anything is not called silent."""
    answers = [("old", "2024-03-05", 9), ("late", "2025-03-05", 9), ("none", "2025-03-05", 9)]
    orders = [("old", "2024-06-30"), ("late", "2024-07-01")]
    assert _ids(satisfied_but_silent(_silent(orders=orders, answers=answers))) == ["old"]


@pytest.mark.capability("S3-10")
def test_paying_and_ignored_by_hand():
    """Payment within 90 days and no person's contact in them: listed, by order or subscription; an older payment is not."""
    facts = world(
        as_of="2025-07-01",
        orders=[("ann", "2025-06-30"), ("bob", "2025-04-02"), ("cid", "2025-04-01"), ("eve", "2025-06-30")],
        subscriptions=[("dot", "2024-01-01", None), ("eve", "2024-01-01", None), ("fay", "2024-01-01", "2025-06-01"), ("gil", "2025-06-01", None, 0, "trial")],
        touches=[("eve", "2025-03-01")],
    )  # fmt: skip
    frame = run(paying_and_ignored(facts).order_by("customer_id"))
    assert [WATCHLISTS["paying_and_ignored"].sentence(row) for _, row in frame.iterrows()] == [
        "Ordered 1 day ago; last contacted by a person: never.",
        "Ordered 90 days ago; last contacted by a person: never.",
        "Pays a subscription; last contacted by a person: never.",
        "Ordered 1 day ago and pays a subscription; last contacted by a person: 122 days ago.",
    ]
    assert frame["customer_id"].tolist() == ["ann", "bob", "dot", "eve"]


@pytest.mark.parametrize(
    ("touch", "listed"),
    [
        ({"touched_at": "2025-06-01"}, False),
        ({"touched_at": "2025-06-01", "human": False}, True),
        ({"touched_at": "2025-06-01", "human": None}, False),
        ({"touched_at": "2025-06-01", "direction": "in"}, True),
        ({"touched_at": "2025-06-01", "direction": "in", "channel": "phone"}, False),
        ({"touched_at": "2025-04-02"}, False),
        ({"touched_at": "2025-04-01"}, True),
        ({"touched_at": "2025-07-01"}, True),
    ],
)
def test_who_is_not_ignored(touch, listed):
    """A person's mail or a talk within 90 days; a machine's letter, or a mail nobody answered, is no contact. Not known whether a person: it counts."""
    facts = world(as_of="2025-07-01", orders=[("ann", "2025-06-30")], touches=[{"customer_id": "ann", **touch}])
    assert _ids(paying_and_ignored(facts)) == (["ann"] if listed else [])


@pytest.mark.capability("S3-10")
@pytest.mark.parametrize(
    ("gap", "gaps", "ago", "listed"),
    [(30, 3, 60, False), (30, 3, 61, True), (1, 3, 14, False), (1, 3, 15, True), (30, 2, 90, False), (30, 2, 91, True), (200, 3, 365, False), (200, 3, 366, True)],
)  # fmt: skip
def test_the_cadence_is_each_customer_s_own(gap, gaps, ago, listed):
    """Twice the own usual gap, from two weeks to a year; with two gaps the company's 90 days."""
    last = date(2025, 7, 1) - timedelta(ago)
    touches = [("ann", (last - timedelta(gap * back)).isoformat()) for back in range(gaps + 1)]
    facts = world(as_of="2025-07-01", orders=[("ann", "2025-06-30")], touches=touches)
    frame = run(paying_and_ignored(facts))
    assert len(frame) == listed
    if (gap, listed) == (30, True) and gaps == 3:
        said = "Ordered 1 day ago; last contacted by a person: 61 days ago, more than 60 by their own rhythm."
        assert WATCHLISTS["paying_and_ignored"].sentence(frame.iloc[0]) == said


def _package(*stretches, as_of="2025-03-15", **tables):
    rows = [{"customer_id": "ann", "subscription_id": "s", **row} for row in stretches]
    frame = run(same_package(world(as_of=as_of, subscriptions=rows, **tables)))
    return frame[["since_on", "months", "stage"]].astype(str).values.tolist()


@pytest.mark.capability("S3-14")
@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2025-01-14", []),
        ("2025-01-15", [["2024-01-15", "12", "warn"]]),
        ("2025-03-14", [["2024-01-15", "13", "warn"]]),
        ("2025-03-15", [["2024-01-15", "14", "alarm"]]),
    ],
)
def test_months_with_the_same_package(as_of, told):
    """Since 15 January 2024: listed from 12 whole months on, alarm at 14, to the day."""
    assert _package({"starts_on": "2024-01-15"}, as_of=as_of) == told


@pytest.mark.capability("S3-14")
def test_a_dearer_price_alone_resets_nothing():
    """12 instead of 10 from August, past due and paid again: the package is that of January, and it is the alarm."""
    assert _package(
        {"starts_on": "2024-01-15", "ends_on": "2024-08-01"}, {"starts_on": "2024-08-01", "ends_on": "2024-09-01", "mrr": 12},
        {"starts_on": "2024-09-01", "ends_on": "2024-09-10", "mrr": 12, "state": "past_due"}, {"starts_on": "2024-09-10", "mrr": 12},
    ) == [["2024-01-15", "14", "alarm"]]  # fmt: skip


@pytest.mark.capability("S3-14")
@pytest.mark.parametrize(
    ("stretches", "tables"),
    [
        ([{"starts_on": "2024-01-15", "ends_on": "2024-08-01"}, {"starts_on": "2024-08-01", "plan": "plus"}], {}),
        (
            [
                {"starts_on": "2024-01-15", "ends_on": "2024-08-01", "quantity": 1},
                {"starts_on": "2024-08-01", "quantity": 2},
            ],
            {},
        ),
        ([{"starts_on": "2024-01-15"}, {"starts_on": "2024-08-01", "subscription_id": "t", "plan": "extra"}], {}),
        ([{"starts_on": "2024-01-15", "ends_on": "2024-06-01"}, {"starts_on": "2024-08-01"}], {}),
        (
            [{"starts_on": "2024-01-15"}],
            {"events": [{"customer_id": "ann", "happened_at": "2024-08-01", "kind": "value"}]},
        ),
        ([{"starts_on": "2024-01-15", "ends_on": "2025-02-01"}], {}),
        ([{"starts_on": "2024-01-15", "state": "trial", "mrr": 0}], {}),
    ],
)
def test_what_resets_the_months(stretches, tables):
    """A new plan, more of it, another one beside it, a return, or something of value in August; who has left or only tries is not listed."""
    assert _package(*stretches, **tables) == []


@pytest.mark.capability("S3-14")
def test_the_alarm_is_reached_once():
    """Asked every 25 days for two years, with something of value in between: customer and day since are new among the alarms twice."""
    facts = world(
        as_of="2027-01-01",
        subscriptions=[("ann", "2024-01-31", None)],
        events=[{"customer_id": "ann", "happened_at": "2025-09-01", "kind": "value"}],
    )
    seen = []
    for day in (date(2025, 1, 1) + timedelta(days=25 * n) for n in range(29)):
        frame = run(same_package(replace(facts, as_of=day)))
        seen += [
            str(since)[:10] for since, stage in zip(frame["since_on"], frame["stage"], strict=True) if stage == "alarm"
        ]
    assert list(dict.fromkeys(seen)) == ["2024-01-31", "2025-09-01"]
    assert seen == sorted(seen)


def test_a_package_in_words():
    """Plan, day and months; the plan where it is known."""
    frame = run(same_package(world(as_of="2025-03-15", subscriptions=[("ann", "2024-01-15", None)])))
    assert (
        WATCHLISTS["same_package"].sentence(frame.iloc[0])
        == "basic unchanged since 15 Jan 2024, and nothing new: 14 months."
    )


@pytest.mark.capability("S3-12")
@pytest.mark.parametrize(
    ("on_offer", "orders", "listed"), [(3, 3, False), (4, 4, True), (6, 8, False), (7, 8, True), (14, 20, False), (15, 20, True)]
)  # fmt: skip
def test_discounts_with_a_numeric_basis(on_offer, orders, listed):
    """(2k - n)² above 3.84 n: 3 of 3 gives 9 < 11.5, 4 of 4 gives 16 > 15.4, 6 of 8 16 < 30.7, 7 of 8 36, 14 of 20 64 < 76.8, 15 of 20 100."""
    rows = [
        {"customer_id": "ann", "ordered_at": f"2025-01-{n + 1:02}", "discount": 1 if n < on_offer else 0}
        for n in range(orders)
    ]
    assert _ids(discount_dependent(world(as_of="2025-07-01", orders=rows))) == (["ann"] if listed else [])


def test_discounts_beside_everybody_s():
    """Ann 4 of 4, bob none of 6 and two of which nobody knows, a guest's order nobody's: 40 % of ten."""
    rows = [("ann", 1)] * 4 + [("bob", 0)] * 6 + [("bob", None)] * 2 + [(None, 1)]
    orders = [
        {"customer_id": who, "ordered_at": f"2025-01-{n + 1:02}", "discount": cut} for n, (who, cut) in enumerate(rows)
    ]
    frame = run(discount_dependent(world(as_of="2025-07-01", orders=orders)))
    assert (
        WATCHLISTS["discount_dependent"].sentence(frame.iloc[0]) == "4 of 4 orders on offer (100%; of all orders 40%)."
    )
    assert frame[["customer_id", "orders", "on_offer", "share", "share_of_all"]].values.tolist() == [
        ["ann", 4, 4, 1.0, 0.4]
    ]


@pytest.mark.parametrize("each", WATCHLISTS.values(), ids=lambda each: each.id)
def test_every_list_bears_an_empty_company_and_says_what_it_lacks(each):
    """Nobody is listed where there is nobody, and the missing tables are named; a shop with everything lacks nothing."""
    nobody = world(as_of="2025-07-01")
    assert run(each.rows(nobody)).empty
    assert each.missing(nobody).startswith("Not enough data: this list needs ")
    assert each.missing(full_shop()) is None
    assert each.question.endswith("?")
    assert all(each.sentence(row).endswith(".") for _, row in run(each.rows(full_shop())).iterrows())
