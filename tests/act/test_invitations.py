"""Is a calendar file understood as far as it can be, and is what is not told event by event?"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.act.invitations import MOST, Invited, read, zone_of
from keepwell.errors import ConfigError

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def events(*lines: str, before: str = "") -> list[Invited]:
    """What a file with one event of these lines tells."""
    return file(
        f"{before}BEGIN:VEVENT\r\nUID:a@b\r\nSUMMARY:Year\r\n"
        + "".join(f"{each}\r\n" for each in lines)
        + "END:VEVENT\r\n"
    )


def file(inside: str) -> list[Invited]:
    """What a file tells, read in Helsinki."""
    return read(f"BEGIN:VCALENDAR\r\n{inside}END:VCALENDAR\r\n".encode(), "Europe/Helsinki", FIRST, LAST)[0]


@pytest.mark.capability("S0-11")
@pytest.mark.parametrize(
    ("starts", "utc"),
    [
        ("DTSTART:20260701T100000Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("DTSTART;TZID=America/New_York:20260701T100000", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ('DTSTART;TZID="America/New_York":20261201T100000', datetime(2026, 12, 1, 15, tzinfo=UTC)),
        ("DTSTART;TZID=W. Europe Standard Time:20260701T100000", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20261201T100000", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        ("DTSTART:20261201T100000", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("DTSTART;TZID=Europe/Helsinki:20260329T033000", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_in_any_zone(starts: str, utc: datetime) -> None:
    """UTC, a zone by its IANA or Windows name, a program's own spelling, none at all, and an hour the clocks leave out."""
    (told,) = events(starts)
    assert (told.starts, told.why, told.about, told.minutes) == (utc, "", "Year", 60)
    assert told.floating == (starts == "DTSTART:20261201T100000")


def test_what_is_no_meeting_says_why() -> None:
    """All day, in a zone nobody knows, without a moment, or repeated in a way that is not understood."""
    told = [
        events("DTSTART;VALUE=DATE:20260701"), events("DTSTART;TZID=Middle Earth:20260701T100000"), events(),
        events("DTSTART:20261340T100000Z"), events("DTSTART:20260701T100000Z", "RRULE:FREQ=MONTHLY;BYDAY=1MO"),
        events("DTSTART:20260701T100000Z", "RRULE:FREQ=SECONDLY"), events("DTSTART:20260701T100000Z", "RRULE:FREQ=WEEKLY;INTERVAL=x"),
    ]  # fmt: skip
    assert [[each.why for each in one] for one in told] == [
        ["all day"], ["zone"], ["no start"], ["no start"], ["repeats"], ["repeats"], ["repeats"],
    ]  # fmt: skip
    assert told[1][0].zone == "Middle Earth"


@pytest.mark.capability("S0-11")
def test_every_tuesday_at_ten_across_a_change_of_clocks() -> None:
    """Four Tuesdays at 10:00 in Helsinki, one left out: 07:00 UTC before 25 October 2026 and 08:00 after; each date has its own name."""
    told = events("DTSTART;TZID=Europe/Helsinki:20261013T100000", "RRULE:FREQ=WEEKLY;COUNT=4",
                  "EXDATE;TZID=Europe/Helsinki:20261020T100000")  # fmt: skip
    assert [each.starts for each in told] == [
        datetime(2026, 10, 13, 7, tzinfo=UTC), datetime(2026, 10, 27, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC),
    ]  # fmt: skip
    assert told[1].uid == "a@b#20261027T080000Z"
    assert all(each.repeats for each in told)


def test_rules_of_days_and_weeks() -> None:
    """Until a day, every other week on two days, one that began long ago, and one for ever end where the window does."""
    daily = events("DTSTART:20260701T100000Z", "RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260705")
    assert [each.starts.day for each in daily if each.starts] == [1, 3, 5]
    weekly = events("DTSTART:20260701T100000Z", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260716T000000Z")
    assert [each.starts.day for each in weekly if each.starts] == [1, 13, 15]
    old = events("DTSTART:19990106T100000Z", "RRULE:FREQ=WEEKLY")  # a Wednesday
    assert (len(old), old[0].starts) == (52, datetime(2026, 1, 7, 10, tzinfo=UTC))


def test_one_date_of_many_that_was_moved_or_cancelled() -> None:
    """It stands where it was moved to, under the name of the date it replaces; a cancelled one is told as such."""
    series = "BEGIN:VEVENT\r\nUID:a@b\r\nDTSTART:20260701T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\n"
    moved = "BEGIN:VEVENT\r\nUID:a@b\r\nRECURRENCE-ID:20260708T100000Z\r\nDTSTART:20260709T120000Z\r\nEND:VEVENT\r\n"
    off = "BEGIN:VEVENT\r\nUID:a@b\r\nRECURRENCE-ID:20260715T100000Z\r\nDTSTART:20260715T100000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n"
    told = file(off + series + moved)
    assert [(each.starts.day, each.cancelled) for each in told if each.starts] == [(1, False), (9, False), (15, True)]
    assert told[1].uid == "a@b#20260708T100000Z"


def test_who_comes_and_how_long() -> None:
    """Addresses once, in lower case; the end or the length says the minutes; a folded line is one; escapes are undone."""
    (told,) = events(
        "DTSTART:20260701T100000Z", "DURATION:PT1H30M", "ORGANIZER;CN=Me:mailto:me@ours.example", "SUMMARY:x",
        'ATTENDEE;CN="Lake: Eva";ROLE=REQ-PARTICIPANT:mailto:Eva@Mill.', " Example", "ATTENDEE:mailto:eva@mill.example",
        "ATTENDEE:nobody",
    )  # fmt: skip
    assert (told.mails, told.minutes) == (("me@ours.example", "eva@mill.example"), 90)
    assert events("DTSTART:20260701T100000Z", "DTEND:20260701T104500Z")[0].minutes == 45
    assert (
        file("BEGIN:VEVENT\r\nSUMMARY:A\\, b\\; c\\nd\r\nDTSTART:20260701T100000Z\r\nEND:VEVENT\r\n")[0].about
        == "A, b; c d"
    )


def test_the_same_event_twice_is_one() -> None:
    """Its newest version counts, wherever it stands."""
    one = "BEGIN:VEVENT\r\nUID:a@b\r\nSEQUENCE:{}\r\nSUMMARY:{}\r\nDTSTART:20260701T100000Z\r\nEND:VEVENT\r\n"
    assert [each.about for each in file(one.format(2, "new") + one.format(1, "old"))] == ["new"]


@pytest.mark.parametrize(
    ("content", "why"), [(b"\xff\xfe\x00", "no text"), (b"PNG", "calendar"), (b"BEGIN:VCALENDAR\0", "calendar")]
)
def test_what_is_no_calendar_is_refused(content: bytes, why: str) -> None:
    """Neither what is no text, nor another text."""
    with pytest.raises(ConfigError, match=why):
        read(content, "UTC", FIRST, LAST)


def test_too_many_events_are_refused() -> None:
    """One more than may be."""
    with pytest.raises(ConfigError, match="events"):
        file("BEGIN:VEVENT\r\nEND:VEVENT\r\n" * (MOST + 1))


@given(st.lists(st.sampled_from([
    "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VCALENDAR", "DTSTART:20260701T100000", "DTSTART;TZID=\x85:99999999T999999",
    "DTSTART:00010101T000000", "RRULE:FREQ=WEEKLY;BYDAY=", "RRULE:FREQ=DAILY;COUNT=9999", "UID:" + "x" * 999, "RECURRENCE-ID:", ":", ";:",
    "EXDATE:,,", "DURATION:P", "DTEND:99991231T235959Z", "SEQUENCE:\u00b2", " folded", 'ATTENDEE;CN="x:mailto:y', "RRULE:FREQ=DAILY;UNTIL=0",
]), max_size=30))  # fmt: skip
def test_no_file_falls(lines: list[str]) -> None:
    """Whatever stands in it is told or refused."""
    try:
        told = file("\r\n".join([*lines, ""]))
    except ConfigError:
        return
    assert all(each.why or each.starts for each in told)


def test_zones_nobody_knows() -> None:
    """Neither a path, nor nothing."""
    assert [zone_of(name) for name in ("../../etc/passwd", "", "UTC", "Tokyo Standard Time")] == [
        "",
        "",
        "UTC",
        "Asia/Tokyo",
    ]
