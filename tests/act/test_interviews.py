"""Do interviews ask openly, sell nothing, and become due when something happened?"""

from datetime import date

import ibis
import pandas as pd
import pytest

from keepwell.act.interviews import CODES, KINDS, KITS, bought, checked, leading, left, offers, stayed
from keepwell.testing import run, world
from keepwell.understand.leaving_words import WORDS

PORTRAITS = {
    "customer_id": "string", "kept": "boolean", "spells": "int64", "kept_since_on": "date", "orders": "int64", "last_order_on": "date",
}  # fmt: skip


def people(*given):
    """Portraits; what a row leaves out is not known."""
    whole = [{**dict.fromkeys(PORTRAITS), **row} for row in given]
    frame = pd.DataFrame(whole)
    for name in ("kept_since_on", "last_order_on"):
        frame[name] = [row and date.fromisoformat(row) for row in frame[name]]
    return ibis.memtable(frame[list(PORTRAITS)], schema=PORTRAITS)


def told(table):
    """Who, because of what."""
    return sorted((row["customer_id"], row["because"]) for row in run(table).to_dict("records"))


@pytest.mark.capability("S1-05", "S1-07", "S1-08")
def test_our_kits_lead_nobody_and_offer_nothing():
    """Five questions each; none leads, and no offer stands in any."""
    for kind in KINDS:
        assert len(KITS[kind].questions) == 5
        assert offers(KITS[kind].opening, *KITS[kind].questions) == []
        assert checked(KITS[kind].questions) == {}


@pytest.mark.parametrize(
    "question",
    [
        "Don't you think our service is good?",
        "You liked the price, right?",
        "What did you think of our great support?",
        "Did you like it?",
        "Which features did you miss because of our price?",
    ],
)
def test_leading_questions_are_found(question):
    """One that suggests, asks for agreement, judges, is answered by yes or no, or names the reason itself."""
    assert leading(question)


@pytest.mark.parametrize(
    "text", ["We give you a 20 % discount.", "What would make you come back?", "Book a demo now", "Take this offer"]
)
def test_offers_are_found(text):
    """No offer may stand where one only listens."""
    assert offers(text)


def test_codes_of_leaving_are_the_root_reasons_of_the_round():
    """What people tell and what the data tell are counted in one table."""
    assert {code for code, _words in CODES["leave"]} == {*WORDS, "expectations", "something else"}


@pytest.mark.capability("S1-05")
def test_new_customers_are_asked_why_they_buy():
    """Came within sixty days and for the first time."""
    found = bought(
        world(as_of="2025-07-01"),
        people(
            {"customer_id": "new", "kept": True, "spells": 1, "kept_since_on": "2025-05-02"},
            {"customer_id": "older", "kept": True, "spells": 1, "kept_since_on": "2025-05-01"},
            {"customer_id": "back", "kept": True, "spells": 2, "kept_since_on": "2025-06-20"},
        ),
    )
    assert told(found) == [("new", "new")]


@pytest.mark.capability("S1-07")
def test_who_renewed_took_more_or_bought_again_is_asked_why_they_stay():
    """A year's contract that renews next June renewed this June; one that began then did not; a dearer stretch that follows a cheaper one."""

    def stretch(who, start, mrr, **more):
        return {
            "customer_id": who,
            "subscription_id": f"{who}{start}",
            "starts_on": start,
            "mrr": mrr,
            "interval": "year",
            **more,
        }

    facts = world(
        as_of="2025-07-01",
        subscriptions=[
            stretch("renewed", "2023-06-20", 10, renews_on="2026-06-20"),
            stretch("began", "2025-06-20", 10, renews_on="2026-06-20"),
            stretch("long ago", "2023-04-20", 10, renews_on="2026-04-20"),
            stretch("more", "2024-01-01", 10, ends_on="2025-06-15"),
            stretch("more", "2025-06-15", 20),
            stretch("less", "2024-01-01", 20, ends_on="2025-06-15"),
            stretch("less", "2025-06-15", 10),
        ],
    )  # fmt: skip
    found = stayed(
        facts,
        people(
            {"customer_id": "twice", "orders": 2, "last_order_on": "2025-06-30"},
            {"customer_id": "thrice", "orders": 3, "last_order_on": "2025-06-30"},
        ),
    )
    assert told(found) == [("more", "upgraded"), ("renewed", "renewed"), ("twice", "bought again")]


@pytest.mark.capability("S1-08")
def test_who_was_lost_is_asked_why():
    """Lost within sixty days."""
    losses = ibis.memtable(
        {"customer_id": ["a", "b"], "left_on": ["2025-05-02", "2025-05-01"]},
        schema={"customer_id": "string", "left_on": "string"},
    )
    assert told(left(world(as_of="2025-07-01"), losses.mutate(left_on=losses.left_on.cast("date")))) == [("a", "lost")]
