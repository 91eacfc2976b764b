"""Is what nobody ever told called not known, rather than nought or a fault?"""

import pytest

from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand.brought import Brought, first_days
from keepwell.understand.watchlists import WATCHLISTS


def brought(**tables) -> Brought:
    """What was told on the morning of 1 July 2025."""
    facts = world(as_of="2025-07-01", **tables)
    return Brought.of(run(first_days(facts)), facts)


def touched(day: str) -> dict[str, object]:
    """One letter of ours."""
    return {"customer_id": "A", "touched_at": day, "direction": "out", "human": True}


def test_nothing_was_brought() -> None:
    """Without a contact or an answer both are lacking, whatever else there is; so they are where the tables stand empty."""
    told = brought(orders=[("A", "2025-06-01")])
    assert told.first == {}
    assert told.lacking("contacts") == "No contacts were brought in."
    assert told.lacking("answers", 90) == "No answers were brought in."
    assert told.lacking("discounts") == "No discounts were brought in."


def test_a_discount_of_nought_is_told() -> None:
    """Whoever never says of how much orders were lowered has no list of those who buy on offer; nought is said."""
    listed = WATCHLISTS["discount_dependent"]
    for cut, why in ((None, "No discounts were brought in."), (0, None)):
        order = {"customer_id": "A", "ordered_at": "2025-06-01", "discount": cut}
        facts = world(as_of="2025-07-01", orders=[order])
        assert listed.missing(facts, Brought.of(run(first_days(facts)), facts)) == why


@pytest.mark.parametrize(("day", "lacks"), [("2025-04-02", False), ("2025-04-03", True), ("2025-07-02", True)])
def test_silence_needs_a_past(day: str, lacks: bool) -> None:
    """Ninety days before 1 July is 2 April: contacts told from then on tell of 90 silent days, later ones do not, future ones never."""
    why = brought(touches=[touched(day)]).lacking("contacts", 90)
    assert (why is not None) == lacks
    if day == "2025-04-03":
        assert why == "Contacts are known only since 3 Apr 2025, not for 90 days."


def test_a_colleagues_note_is_no_answer() -> None:
    """Sentiment is what we feel; only what they said to nps or csat counts."""
    note = {"customer_id": "A", "answered_at": "2025-06-01", "question": "sentiment", "score": 2}
    assert brought(answers=[note]).lacking("answers") == "No answers were brought in."
    assert brought(answers=[{**note, "question": "nps"}]).lacking("answers") is None


def test_nobody_is_ignored_where_contacts_are_not_known() -> None:
    """A pays, and no contact was brought in: the list is refused; so it is after the first call at the desk; not with a past of a year."""
    listed = WATCHLISTS["paying_and_ignored"]
    for day, why in (
        (None, "No contacts were brought in."),
        ("2025-06-30", "Contacts are known only since 30 Jun 2025, not for 90 days."),
        ("2024-07-01", None),
    ):
        facts = world(as_of="2025-07-01", orders=[("A", "2025-06-01")], touches=[touched(day)] if day else [])
        assert listed.missing(facts, Brought.of(run(first_days(facts)), facts)) == why
