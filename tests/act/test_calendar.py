"""Is what a calendar program gets right by RFC 5545: folded, escaped, in UTC, and the same when nothing changed?"""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.act.calendar import Entry, escaped, folded, written
from keepwell.act.invitations import read

AT = datetime(2026, 10, 27, 10, tzinfo=ZoneInfo("Europe/Helsinki"))
ENTRY = Entry("meeting-1@keepwell", AT, 45, "Mill: year; plans, and more", "First\nSecond", "https://desk.example.com/x",
              datetime(2026, 10, 1, tzinfo=UTC), 2, alarm=60)  # fmt: skip


@pytest.mark.capability("S0-11")
def test_an_event_is_told_line_by_line() -> None:
    """Ten in Helsinki after the clocks went back is 08:00 UTC; commas, semicolons and new lines are escaped; it ends 45 minutes later."""
    lines = written([ENTRY], "Keepwell").split("\r\n")
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("BEGIN:VALARM")]
    assert event == [
        "BEGIN:VEVENT", "UID:meeting-1@keepwell", "DTSTAMP:20261001T000000Z", "LAST-MODIFIED:20261001T000000Z", "SEQUENCE:2",
        "DTSTART:20261027T080000Z", "DTEND:20261027T084500Z", "SUMMARY:Mill: year\\; plans\\, and more", "STATUS:CONFIRMED",
        "TRANSP:OPAQUE", "DESCRIPTION:First\\nSecond", "URL:https://desk.example.com/x",
    ]  # fmt: skip
    assert lines[-2:] == ["END:VCALENDAR", ""]
    gone = written([replace(ENTRY, cancelled=True)], "Keepwell")
    assert "STATUS:CANCELLED" in gone
    assert "VALARM" not in gone


@pytest.mark.capability("S0-11")
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_no_line_is_longer_than_75_octets(text: str) -> None:
    """Whatever letters: each line is whole UTF-8 of 75 octets at most, and unfolded it is the line again."""
    line = f"SUMMARY:{escaped(text)}"
    parts = folded(line).split("\r\n")
    assert max(len(part.encode()) for part in parts) <= 75
    assert all(part.startswith(" ") for part in parts[1:])
    assert folded(line).replace("\r\n ", "") == line


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=150))
def test_what_is_written_is_read_again(title: str) -> None:
    """What a calendar of ours says, ours reads: title, moment, length and name."""
    made = written([replace(ENTRY, title=title)], "Keepwell").encode()
    found, outside = read(made, "UTC", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert outside == 0
    assert [(each.uid, each.about, each.minutes, each.starts) for each in found] == [
        ("meeting-1@keepwell", title, 45, AT.astimezone(UTC))
    ]
