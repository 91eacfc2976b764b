"""Is a plan that came too late told as one, and does it lose its verdict but no alarm?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.prove.test_look import planned, seen

from keepwell.prove.hindsight import as_hint, drawn_late, entered_late, known_before
from keepwell.prove.look import look

PLAN = planned()  # from 1 January to 1 March 2026


@pytest.mark.parametrize(
    ("known_to", "unproven"), [(None, False), ("2025-12-31", False), ("2026-01-01", False), ("2026-01-02", True)]
)
def test_known_is_what_lies_before_that_morning(known_to: str | None, unproven: bool) -> None:
    """Known up to the morning of the start is nothing of it; one day more is."""
    body = {"known_to": known_to} if known_to else {}
    assert bool(known_before(PLAN, body)) is unproven


def test_the_calendar_is_told_where_the_data_were_not_late() -> None:
    """On the first of January in time; on the third two days late; where the data were late too, that alone is said."""
    first, third = (datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 3))
    assert entered_late(PLAN, {"known_to": "2026-01-01"}, first) == ""
    assert "2 days after its start by the calendar" in entered_late(PLAN, {"known_to": "2026-01-01"}, third)
    assert entered_late(PLAN, {"known_to": "2026-01-02"}, third) == ""


def test_late_draws_are_added_up() -> None:
    """Two of three draws were for mornings past: 5 and 6 units."""
    told = [("2026-01-01", "2026-01-01", 9), ("2026-01-02", "2026-01-04", 5), ("2026-01-03", "2026-01-04", 6)]
    bodies = [{"as_of": as_of, "known_to": known, "new": new} for as_of, known, new in told]
    assert drawn_late(bodies).startswith("11 were drawn for a morning past, such as 2026-01-03")
    assert drawn_late(bodies[:1]) == ""


def test_a_hint_has_figures_and_no_verdict() -> None:
    """The interval stays, the verdict goes, from the ledger too; an alarm still hides everything."""
    found = look(PLAN, seen(PLAN, letter=(550, 1000), control=(450, 1000)))
    told = as_hint(found, "Unproven: why.", "")
    only = told.comparisons[0]
    assert (told.told[0], only.verdict, only.final) == ("Unproven: why.", "unproven", True)
    assert [replace(row, verdict="") for row in found.comparisons[0].rows] == list(only.rows)
    assert "What was seen is a hint and no proof" in only.told[0]
    assert only.told[0].endswith("the share still kept after 30 days: between +5.64 and +14.36 points.")
    hidden = as_hint(look(PLAN, seen(PLAN, letter=(550, 1200), control=(450, 1000))), "Unproven: why.", "")
    assert (hidden.verdict, hidden.comparisons[0].rows) == ("hidden", ())
