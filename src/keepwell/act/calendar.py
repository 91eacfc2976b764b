"""How does a calendar program read what stands here? The text of a calendar (RFC 5545): moments in UTC, lines of 75 octets."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FOLD = 75
"""Octets of a line at most, without its end (RFC 5545, 3.1)."""


@dataclass(frozen=True)
class Entry:
    """
    One thing in a calendar.

    Args:
        uid: Its name for good, the same however often it is told.
        starts: When, with its zone.
        minutes: How long; 0 is a moment that takes no time of anybody.
        title: What it is.
        words: More of it.
        url: Where it is done; "" where nobody knows the address.
        changed: When it was changed last.
        sequence: How often it was changed.
        cancelled: Whether it does not take place.
        alarm: Minutes ahead at which a program may remind; 0 for none.
    """

    uid: str
    starts: datetime
    minutes: int
    title: str
    words: str
    url: str
    changed: datetime
    sequence: int
    cancelled: bool = False
    alarm: int = 0


def written(entries: Iterable[Entry], name: str) -> str:
    """
    A calendar as a file.

    Args:
        entries: What stands in it.
        name: What programs call it.

    Returns:
        Lines that end in CRLF; the same entries give the same text.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Keepwell//Desk//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{escaped(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]  # fmt: skip
    for each in entries:
        lines.extend(_event(each))
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(each: Entry) -> Iterator[str]:
    yield from ("BEGIN:VEVENT", f"UID:{escaped(each.uid)}", f"DTSTAMP:{_moment(each.changed)}")
    yield from (f"LAST-MODIFIED:{_moment(each.changed)}", f"SEQUENCE:{each.sequence}")
    yield f"DTSTART:{_moment(each.starts)}"
    if each.minutes:
        yield f"DTEND:{_moment(each.starts + timedelta(minutes=each.minutes))}"
    yield from (f"SUMMARY:{escaped(each.title)}", f"STATUS:{'CANCELLED' if each.cancelled else 'CONFIRMED'}")
    yield f"TRANSP:{'OPAQUE' if each.minutes and not each.cancelled else 'TRANSPARENT'}"
    if each.words:
        yield f"DESCRIPTION:{escaped(each.words)}"
    if each.url:
        yield f"URL:{''.join(_CONTROL.sub('', each.url).split())}"
    if each.alarm and not each.cancelled:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(each.title)}", f"TRIGGER:-PT{each.alarm}M")
        yield "END:VALARM"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def escaped(text: str) -> str:
    """A text as a value: what has a meaning there is escaped, what no calendar can hold is left out (RFC 5545, 3.3.11)."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """A line broken where it is longer than FOLD octets, never inside a letter; each further one begins with a blank."""
    parts, now, size = [], "", 0
    for letter in line:
        octets = len(letter.encode("utf-8", "replace"))
        if size + octets > FOLD:
            parts.append(now)
            now, size = "", 1
        now, size = now + letter, size + octets
    return "\r\n ".join([*parts, now])
