"""Are paths those customers went, stops where they stopped, and is friction told only where it is more than chance?"""

import math
from datetime import date

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.testing import run, world
from keepwell.understand.journeys import (
    NOT_KNOWN,
    NOTHING,
    drops,
    flows,
    followed,
    friction,
    met,
    paths,
    ranked,
    sentences,
    sources,
    steps,
    waited,
    waits,
    walked,
)


def _visit(who, at, name="garden", kind="visit"):
    return {"customer_id": who, "happened_at": at, "kind": kind, "name": name}


WAY = world(
    as_of="2025-07-01",
    customers=[("ann", "FI", "search"), ("bob", "FI", "search"), ("cid", "SE", ""), ("dot", "SE", None), ("eve", "FI", "ads")],
    events=[
        _visit("ann", "2025-01-01 10:00"), _visit("ann", "2025-01-01 11:00"), _visit("ann", "2025-01-20", "sea"), _visit(None, "2025-01-01"),
        _visit("bob", "2025-02-01"), _visit("cid", "2025-06-25", None), _visit("ann", "2025-07-01 10:00"),
    ],
    orders=[("ann", "2025-01-05 12:00"), ("ann", "2025-02-05"), ("ann", "2025-03-05"), ("bob", "2025-03-01")],
    touches=[("ann", "2025-01-06", "mail"), {"customer_id": "bob", "touched_at": "2025-06-20", "direction": "in", "channel": "chat"}],
    answers=[{"customer_id": "dot", "answered_at": "2025-01-02", "question": "How did you hear", "code": "radio"}, {"customer_id": "ann", "answered_at": "2025-01-02", "question": "heard", "code": "radio"}],
)  # fmt: skip
"""Ann: garden twice, first order, our mail, sea, ordered again twice. Bob: garden, first order, wrote in a chat. Cid: a visit. Dot and eve: nothing."""


@pytest.mark.capability("S4-07")
def test_the_share_nobody_knows_is_visible():
    """Two came by search, one by ads, dot says by radio, and of cid nobody knows: one of five."""
    assert run(sources(WAY)).values.tolist() == [["search", 2], ["ads", 1], [NOT_KNOWN, 1], ["radio", 1]]


@pytest.mark.capability("S4-07")
def test_steps_are_what_happened():
    """In order, the same step in a row once; what is not over before as_of is not there; a visit without a name is a visit."""
    frame = run(steps(WAY).order_by("customer_id", "place"))
    told = {who: part["step"].tolist() for who, part in frame.groupby("customer_id")}
    assert told == {
        "ann": ["visit: garden", "first order", "we: mail", "visit: sea", "order again"],
        "bob": ["visit: garden", "first order", "they: chat"],
        "cid": ["visit"],
    }


@pytest.mark.capability("S4-07")
def test_paths_from_how_they_came():
    """With two steps told apart, ann and bob went the same way; everybody is in the count of all."""
    frame = run(paths(WAY, length=2))
    assert frame.astype(object).where(frame.notna(), None).values.tolist() == [
        ["search", "visit: garden", "first order", 2, 5], ["ads", None, None, 1, 5], [NOT_KNOWN, "visit", None, 1, 5], ["radio", None, None, 1, 5],
    ]  # fmt: skip
    assert len(run(paths(WAY, length=2, top=1))) == 1


def test_where_customers_stop():
    """Within 30 days after the garden ann orders (4 days) and bob does (28). After the first order ann gets our mail, bob nothing for 111 days.
    After her last order ann did nothing more. Cid's visit and bob's chat are too fresh to tell.
    """
    told = drops(run(flows(WAY, patience=30)))
    assert told[["place", "step", "customers", "stopped", "drop"]].values.tolist() == [
        [1, "visit: garden", 2, 0, 0.0], [2, "first order", 2, 1, 0.5], [3, "we: mail", 1, 0, 0.0], [4, "visit: sea", 1, 0, 0.0],
        [5, "order again", 1, 1, 1.0],
    ]  # fmt: skip
    assert told["next_step"].tolist() == ["first order", "we: mail", "visit: sea", "order again", None]


def test_a_step_after_the_patience_is_a_stop():
    """Bob's 28 days from the garden to the order are longer than 27 days of patience, and he counts as stopped."""
    told = drops(run(flows(WAY, patience=27))).iloc[0]
    assert told[["customers", "stopped", "next_step"]].tolist() == [2, 1, "first order"]


def test_median_waits_count_those_who_still_wait():
    """From the first order: ann 1 day, bob 111: the median is 1. From the last step nobody went on: no median, and why."""
    told = waited(run(waits(WAY))).set_index("step")
    assert told.loc["first order", ["customers", "ended", "waiting", "median"]].tolist() == [2, 2, 0, 1.0]
    assert told.loc["visit", ["customers", "ended", "waiting"]].tolist() == [1, 0, 1]
    assert math.isnan(told.loc["visit", "median"])
    assert "median is not reached" in told.loc["visit", "reason"]


def test_names_beyond_the_fortieth_are_told_by_their_kind():
    """Fifty topics, "t00" seen by two: it and the first 39 others keep their names."""
    seen = [_visit(f"c{n:02}", "2025-01-01", f"t{n:02}") for n in range(50)] + [_visit("more", "2025-01-01", "t49")]
    frame = run(steps(world(as_of="2025-07-01", events=seen)))
    assert frame["step"].nunique() == 41
    assert sorted(frame.loc[frame["step"] == "visit", "customer_id"]) == [f"c{n:02}" for n in range(39, 49)]


CLUB = Company(name="A club", active_by="subscription")


def _friction(met):
    """Two hundred members on 1 June, of whom the first forty leave on the tenth; *met* are (who, day, topic) of tickets."""
    rows = [
        {"customer_id": f"c{n:03}", "starts_on": "2025-01-01", "ends_on": "2025-06-10" if n < 40 else None}
        for n in range(200)
    ]
    rows += [
        {"customer_id": "gone", "starts_on": "2025-01-01", "ends_on": "2025-05-01"},
        {"customer_id": "new", "starts_on": "2025-06-05", "ends_on": "2025-06-20"},
    ]
    events = [_visit(f"c{who:03}" if isinstance(who, int) else who, day, topic, "ticket") for who, day, topic in met]
    facts = world(as_of="2025-07-01", company=CLUB, subscriptions=rows, events=events)
    return run(friction(facts, since=date(2025, 6, 1)))


def test_friction_by_hand():
    """Billing was met by 30 of the 40 who leave and 30 of the 160 who stay: 75 % against 19 %, 30 of 60 who met it left, of all 20 %.
    Delivery by 8 and 32, the same share. Who left before June, or came in it, is in neither part; what happened in June is no step.
    """
    met = [(n, "2025-05-20", "billing") for n in (*range(30), *range(40, 70))]
    met += [(n, "2025-05-21", "delivery") for n in (*range(8), *range(100, 132))] + [
        ("gone", "2025-04-01", "billing"),
        ("new", "2025-06-06", "billing"),
    ]
    met += [(n, "2025-06-02", "late") for n in range(40)] + [(n, "2025-03-02", "old") for n in range(40)]
    frame = _friction(met)
    assert frame.values.tolist() == [["ticket: billing", 60, 30, 200, 40], ["ticket: delivery", 40, 8, 200, 40]]
    told = ranked(frame)
    assert told[["step", "leavers", "stayers", "lift", "certain"]].values.tolist() == [
        ["ticket: billing", 0.75, 0.1875, 2.5, True],
        ["ticket: delivery", 0.2, 0.2, 1.0, False],
    ]
    assert sentences(told) == [
        "ticket: billing: met by 75% of those who left and 19% of those who stayed (30 of 60 who met it left, 20% of all)."
    ]


def test_what_is_met_more_than_once():
    """Forty met one ticket, thirty of them a second: told apart."""
    frame = _friction(
        [(n, day, "billing") for n in range(40) for day in ("2025-05-20", "2025-05-21")[: 2 if n < 30 else 1]]
    )
    assert frame[["step", "customers"]].values.tolist() == [
        ["ticket: billing", 40],
        ["ticket: billing more than once", 30],
    ]


def test_no_friction_is_said():
    """Five sorts of tickets, each met by eight who leave and 32 who stay, a fifth as of all: nothing stands out, and the page says so."""
    met = [
        (n, "2025-05-20", f"t{topic}")
        for topic in range(5)
        for n in (*range(8 * topic, 8 * topic + 8), *range(40 + 32 * topic, 72 + 32 * topic))
    ]
    told = ranked(_friction(met))
    assert (told["judged"].all(), told["certain"].any()) == (True, False)
    assert sentences(told) == [
        "No step is met notably more often by those who leave; 5 steps were met by enough customers to ask."
    ]


@pytest.mark.capability("S4-07", "S4-11")
def test_every_number_has_its_list():
    """Behind each count of a way, a stop or a friction stand as many customers, and they are named."""
    ways, flowed = run(walked(WAY, length=2)), run(followed(WAY, patience=30))
    assert sorted(ways.loc[ways["step_2"] == "first order", "customer_id"]) == ["ann", "bob"]
    assert len(ways) == run(paths(WAY, length=2))["customers"].sum()
    stopped = flowed[(flowed["place"] == 2) & (flowed["next_step"] == NOTHING)]
    assert stopped[["customer_id", "step"]].values.tolist() == [["bob", "first order"]]
    assert len(flowed) == run(flows(WAY, patience=30))["customers"].sum()
    ran = run(met(WAY, since=date(2025, 2, 1)))
    counted = run(friction(WAY, since=date(2025, 2, 1))).set_index("step")
    assert ran.groupby("step").size().to_dict() == counted["customers"].to_dict()
    assert ran.groupby("step")["left"].sum().to_dict() == counted["part"].to_dict()


def test_empty_journeys():
    """A company without anything has no ways, no stops, no waits and no friction."""
    nobody = world(as_of="2025-07-01")
    assert run(paths(nobody)).empty
    assert drops(run(flows(nobody))).empty
    assert waited(run(waits(nobody))).empty
    assert sentences(ranked(run(friction(nobody, since=date(2025, 6, 1)))))[0].startswith("No step is met")


def test_stops_in_a_frame_by_hand():
    """Of ten at a step three stopped; of the seven the commonest way on is told."""
    frame = pd.DataFrame(
        [(1, "a", NOTHING, 3), (1, "a", "b", 2), (1, "a", "c", 5)], columns=["place", "step", "next_step", "customers"]
    )
    assert drops(frame)[["customers", "stopped", "drop", "next_step"]].values.tolist() == [[10, 3, 0.3, "c"]]
