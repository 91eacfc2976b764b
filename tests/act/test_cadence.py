"""Who should have heard from us by now? By tier and stage, and the customer's own wish before both."""

from datetime import date

import ibis
import pandas as pd
import pytest

from keepwell.act.cadence import DAYS, NEVER, STAGES, TIERS, Known, contacts, every, overdue
from keepwell.schema.clock import day_number
from keepwell.testing import run, world

PEOPLE = {
    "customer_id": "string", "name": "string", "owner": "string", "value_segment": "string", "kept_since_on": "date", "renews_in": "int64",
}  # fmt: skip
EMPTY = {
    "wishes": ["customer_id", "wish"],
    "stages": ["customer_id", "said"],
    "met": ["customer_id", "met_day"],
    "looked_after": ["customer_id"],
}


def people(*given):
    """Kept customers of Ann's; a row says what is otherwise."""
    usual = {"name": None, "owner": "Ann", "value_segment": "top", "kept_since_on": "2023-01-01", "renews_in": None}
    rows = [{**usual, **row} for row in given]
    frame = pd.DataFrame(rows)[list(PEOPLE)]
    frame["kept_since_on"] = pd.to_datetime(frame["kept_since_on"]).dt.date
    return ibis.memtable(frame, schema=PEOPLE)


def known(**said):
    """What was said here."""
    return Known(**{name: pd.DataFrame(said.get(name, []), columns=columns) for name, columns in EMPTY.items()})


def rows(table):
    """Customer -> row."""
    return {row["customer_id"]: row for row in run(table).to_dict("records")}


def facts(**tables):
    """As known on the first of July."""
    return world(as_of="2025-07-01", **tables)


@pytest.mark.capability("S1-11", "S3-10")
def test_their_own_wish_beats_tier_and_stage():
    """Ten days ago: in time for a top customer of the stage value (30), late for one who wishes to hear every 7 days; one who wishes none has no rhythm."""
    touched = [(who, "2025-06-21", "phone") for who in ("ann", "bob", "cid")]
    said = known(wishes=[("bob", 7), ("cid", NEVER)])
    told = contacts(facts(touches=touched), people(*({"customer_id": who} for who in ("ann", "bob", "cid"))), said)
    found = rows(told)
    assert {who: (row["every"], row["ago"], row["over"], row["wished"]) for who, row in found.items()} == {
        "ann": (30, 10, -20, False), "bob": (7, 10, 3, True),
    }  # fmt: skip
    assert list(rows(told.filter(overdue(told)))) == ["bob"]
    assert every("top", "value", 7) == 7
    assert every("top", "value", NEVER) is None


@pytest.mark.capability("S1-13")
def test_stages_choose_the_rhythm():
    """New within 90 days, adopting within a year, near a renewal before all; what a person said goes before what days tell."""
    told = contacts(
        facts(),
        people(
            {"customer_id": "new", "kept_since_on": "2025-06-01"},
            {"customer_id": "year", "kept_since_on": "2024-12-01"},
            {"customer_id": "near", "renews_in": 90},
            {"customer_id": "old", "renews_in": 91},
            {"customer_id": "said", "kept_since_on": "2025-06-01"},
        ),
        known(stages=[("said", "value")]),
    )
    assert {who: (row["stage"], row["every"]) for who, row in rows(told).items()} == {
        "new": ("onboarding", 7), "year": ("adoption", 14), "near": ("renewal", 14), "old": ("value", 30), "said": ("value", 30),
    }  # fmt: skip


def test_only_persons_reach_and_who_never_heard_is_overdue():
    """A machine's letter is no contact, nor what they wrote; a meeting kept here is one, be it newer than the data; who never heard of us is overdue."""
    touched = [
        {"customer_id": "machine", "touched_at": "2025-06-30", "human": False},
        {"customer_id": "theirs", "touched_at": "2025-06-30", "direction": "in"},
    ]
    said = known(met=[("met", day_number(date(2025, 6, 28))), ("newer", day_number(date(2025, 7, 9)))])
    told = contacts(
        facts(touches=touched), people(*({"customer_id": who} for who in ("machine", "theirs", "met", "newer"))), said
    )
    assert set(rows(told.filter(overdue(told)))) == {"machine", "theirs"}
    assert (rows(told)["met"]["ago"], rows(told)["newer"]["ago"]) == (3, 0)


def test_nobody_s_customer_has_a_rhythm_only_by_wish_or_seat():
    """Without an owner in the data a seat here, or a wish, gives one."""
    crowd = people(*({"customer_id": who, "owner": None} for who in ("none", "seat", "wish")))
    told = contacts(facts(), crowd, known(looked_after=[("seat",)], wishes=[("wish", 5)]))
    assert set(rows(told)) == {"seat", "wish"}


def test_every_tier_and_stage_has_its_days():
    """The better the tier, the more often, at every stage."""
    assert set(DAYS) == {(tier, stage) for tier in TIERS for stage in STAGES}
    assert all(DAYS["top", stage] <= DAYS["middle", stage] <= DAYS["small", stage] for stage in STAGES)
