"""Which meetings does a calendar file tell of? Read as far as it is understood; what is not is told, event by event."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from keepwell.act.promises import moment
from keepwell.errors import ConfigError

MOST = 5_000
"""Events of a file at most; a calendar of many years is not brought in whole."""

Why = Literal["", "all day", "repeats", "zone", "no start"]
"""Why an event is no meeting that could be kept; "" where it is one."""


_REFUSED = {
    "text": ("This is no text.", "A calendar is written in UTF-8."),
    "calendar": ("This is no calendar.", "One begins with BEGIN:VCALENDAR."),
    "events": ("This calendar has too many events.", f"{MOST} are taken."),
}


def _refused(why: str) -> ConfigError:
    return ConfigError(*_REFUSED[why], "Export it again from your calendar, or fewer months of it.")


@dataclass(frozen=True)
class Invited:
    """
    One event.

    Args:
        uid: Its name: of the event, and of the date where it repeats.
        starts: When, in UTC; None where that is not known, then why says it.
        minutes: How long.
        about: What it is called.
        mails: Addresses of who comes and who asks, lower case.
        cancelled: Whether it was cancelled.
        repeats: Whether it is one date of many.
        floating: Whether no zone was said: it is the reader's.
        zone: As the file calls it, where it is not known.
        why: Why it is no meeting.
        sequence: How often it was changed.
    """

    uid: str
    starts: datetime | None
    minutes: int
    about: str
    mails: tuple[str, ...]
    cancelled: bool = False
    repeats: bool = False
    floating: bool = False
    zone: str = ""
    why: Why = ""
    sequence: int = 0


@dataclass
class _Event:
    """The lines of an event: name -> what its parameters and its value say."""

    lines: dict[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """The first value of a name, "" where there is none."""
        return self.lines.get(name, [({}, "")])[0][1]


@dataclass(frozen=True)
class _Said:
    """A moment as a file says it: on a wall, and of which zone; "" is one that is not known."""

    wall: datetime
    zone: str
    whole: bool
    floating: bool

    def at(self, wall: datetime | None = None) -> datetime:
        """The moment in UTC, of this or another time on the same wall."""
        said = wall or self.wall
        return moment(said.date(), said.time(), self.zone)


def read(content: bytes, own_zone: str, first: datetime, last: datetime) -> tuple[list[Invited], int]:
    """
    Events of a calendar file.

    Args:
        content: The file.
        own_zone: IANA zone of who reads, for times without one.
        first: What began earlier is not told.
        last: What begins later is not told.

    Returns:
        Events in their order of time, those without one last; and how many lie outside.

    Raises:
        ConfigError: It is no text, no calendar, or has more events than MOST.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("text") from None
    if "\0" in text or "BEGIN:VCALENDAR" not in text.upper():
        raise _refused("calendar")
    events, names = _parsed(text)
    found: dict[str, Invited] = {}
    outside = 0
    for each in sorted(
        events, key=lambda event: "RECURRENCE-ID" in event.lines
    ):  # a changed date replaces the usual one
        for told in _told(each, own_zone, names, (first, last)):
            known = found.get(told.uid)
            if known is None or told.sequence >= known.sequence:
                found[told.uid] = told
    inside = [each for each in found.values() if each.starts is None or first <= each.starts <= last]
    outside = len(found) - len(inside)
    return sorted(inside, key=lambda each: (each.starts is None, each.starts or first, each.uid)), outside


def _parsed(text: str) -> tuple[list[_Event], dict[str, str]]:
    """Events with their lines, and what the file's own zones are called elsewhere."""
    events: list[_Event] = []
    names: dict[str, str] = {}
    inside, tzid = [""], ""
    for line in re.split(r"\r?\n|\r", re.sub(r"\r?\n[ \t]", "", text)):
        name, params, value = _line(line)
        if name == "BEGIN":
            inside.append(value.strip().upper())
            if inside[-1] == "VEVENT":
                events.append(_Event())
            if len(events) > MOST or len(inside) > 20:
                raise _refused("events")
        elif name == "END" and len(inside) > 1:
            inside.pop()
        elif inside[-1] == "VEVENT":
            events[-1].lines.setdefault(name, []).append((params, value))
        elif inside[-1] == "VTIMEZONE":
            tzid = value.strip() if name == "TZID" else tzid
            if name == "X-LIC-LOCATION":
                names[tzid] = value.strip()
    return events, names


def _line(line: str) -> tuple[str, dict[str, str], str]:
    """Name, parameters and value of a line; a colon in quotation marks ends nothing."""
    match = re.match(r'([A-Za-z0-9-]+)((?:;[^=;:"]+=(?:"[^"]*"|[^";:])*)*):(.*)', line)
    if match is None:
        return "", {}, ""
    params = {
        name.upper(): said.strip('"') for name, said in re.findall(r';([^=;:"]+)=((?:"[^"]*"|[^";:])*)', match[2])
    }
    return match[1].upper(), params, match[3]


def _plain(value: str) -> str:
    said = re.sub(r"\\([nN\\;,])", lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", said).split())


def _told(event: _Event, own_zone: str, names: dict[str, str], window: tuple[datetime, datetime]) -> Iterator[Invited]:
    mails = [_mail(params, value) for name in ("ORGANIZER", "ATTENDEE") for params, value in event.lines.get(name, [])]
    sequence = event.value("SEQUENCE").strip()
    about, uid = _plain(event.value("SUMMARY"))[:200], event.value("UID").strip()
    made = Invited(
        _short(uid or f"{event.value('DTSTART')} {about}"), None, 60, about, tuple(dict.fromkeys(filter(None, mails))),
        cancelled=event.value("STATUS").strip().upper() == "CANCELLED",
        sequence=int(sequence) if re.fullmatch(r"[0-9]{1,9}", sequence) else 0,
    )  # fmt: skip
    try:
        said = _said(event, "DTSTART", own_zone, names)
        if said is None or said.whole or not said.zone:
            zone = event.lines.get("DTSTART", [({}, "")])[0][0].get("TZID", "")[:80]
            why: Why = "no start" if said is None else "all day" if said.whole else "zone"
            yield replace(made, why=why, zone=zone if why == "zone" else "")
            return
        made = replace(made, starts=said.at(), minutes=_minutes(event, said, own_zone, names), floating=said.floating)
        yield from _dates(made, event, said, window, (own_zone, names))
    except (ValueError, OverflowError):
        yield replace(made, starts=None, why="no start")


def _short(uid: str) -> str:
    """A name that can be kept: as it is, or a digest of a long one."""
    return uid if len(uid) <= 200 and uid.isprintable() else hashlib.sha256(uid.encode()).hexdigest()


def _mail(params: dict[str, str], value: str) -> str:
    said = (params.get("EMAIL") or re.sub(r"(?i)^mailto:", "", value.strip())).strip().lower()
    return said if re.fullmatch(r"[^\s@<>]{1,64}@[^\s@<>]{1,190}", said) else ""


def _said(event: _Event, name: str, own_zone: str, names: dict[str, str]) -> _Said | None:
    if name not in event.lines:
        return None
    params, value = event.lines[name][0]
    return _wall(params, value, own_zone, names)


def _wall(params: dict[str, str], value: str, own_zone: str, names: dict[str, str]) -> _Said | None:
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", value.strip(), re.ASCII)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups()[:3])
    if match[4] is None:
        return _Said(datetime.combine(date(year, month, day), time()), own_zone, whole=True, floating=False)
    wall = datetime.combine(date(year, month, day), time(int(match[4]), int(match[5]), min(int(match[6]), 59)))
    if match[7]:
        return _Said(wall, "UTC", whole=False, floating=False)
    tzid = params.get("TZID", "")
    return _Said(wall, zone_of(names.get(tzid, tzid)) if tzid else own_zone, whole=False, floating=not tzid)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> str:
    """The IANA zone a file means: by its own name, as Windows calls it, or at the end of a longer one; "" where it is none."""
    from babel.core import get_global

    windows = get_global("windows_zone_mapping")
    parts = name.strip("/").split("/")
    for said in (name, str(windows.get(name, "")), "/".join(parts[-3:]), "/".join(parts[-2:])):
        if said in _zones():
            return said
    return ""


def _minutes(event: _Event, said: _Said, own_zone: str, names: dict[str, str]) -> int:
    """How long it takes; an hour where nothing is said."""
    ends = _said(event, "DTEND", own_zone, names)
    if ends is not None and ends.zone:
        took = (ends.at() - said.at()) // timedelta(minutes=1)
        return took if 0 < took <= 10_080 else 60
    match = re.fullmatch(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:\d{1,5}S)?)?", event.value("DURATION").strip(), re.ASCII)  # fmt: skip
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    took = days * 1440 + hours * 60 + minutes
    return took if 0 < took <= 10_080 else 60


def _dates(
    made: Invited, event: _Event, said: _Said, window: tuple[datetime, datetime], words: tuple[str, dict[str, str]]
) -> Iterator[Invited]:
    """The event itself, or each of its dates in the window."""
    if "RECURRENCE-ID" in event.lines:
        usual = _said(event, "RECURRENCE-ID", *words)
        if usual is None or not usual.zone:
            yield replace(made, starts=None, why="repeats")
            return
        yield replace(made, uid=_of_date(made.uid, usual.at()), repeats=True)
        return
    if not {"RRULE", "RDATE"} & set(event.lines):
        yield made
        return
    rule = dict(part.split("=", 1) for part in event.value("RRULE").upper().strip().split(";") if "=" in part)
    walls = None if "RDATE" in event.lines else _walls(rule, said, window)
    if walls is None:
        yield replace(made, starts=None, repeats=True, why="repeats")
        return
    left_out = {
        gone.at()
        for params, value in event.lines.get("EXDATE", [])
        for each in value.split(",")
        if (gone := _wall(params, each, *words)) and gone.zone
    }
    for wall in walls:
        at = said.at(wall)
        if at not in left_out:
            yield replace(made, uid=_of_date(made.uid, at), starts=at, repeats=True)


def _of_date(uid: str, at: datetime) -> str:
    return f"{uid}#{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class _Rule:
    """A rule of days or weeks: every so many, on which days of the week, how often or until when; 0 and None are for ever."""

    step: timedelta
    days: tuple[int, ...]
    count: int
    until: _Said | None


_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}


def _rule(rule: dict[str, str], said: _Said) -> _Rule | None:
    """What a rule says; None where it says more than is understood."""
    daily, every, count = rule.get("FREQ") == "DAILY", rule.get("INTERVAL", "1"), rule.get("COUNT", "0")
    days = rule["BYDAY"].split(",") if "BYDAY" in rule else []
    odd = rule.get("WKST", "MO") != "MO" and len(days) > 1 and every != "1"
    if rule.get("FREQ") not in ("DAILY", "WEEKLY") or set(rule) - _KNOWN or (daily and days) or odd:
        return None
    if not set(days) <= set(_DAYS) or not all(re.fullmatch(r"[0-9]{1,4}", each) for each in (every, count)):
        return None
    until = _wall({}, rule["UNTIL"], said.zone, {}) if "UNTIL" in rule else None
    if ("UNTIL" in rule and until is None) or not 1 <= int(every) <= 400:
        return None
    chosen = tuple(sorted({_DAYS.index(day) for day in days})) or (said.wall.weekday(),)
    return _Rule(timedelta(days=int(every) * (1 if daily else 7)), () if daily else chosen, int(count), until)


def _walls(rule: dict[str, str], said: _Said, window: tuple[datetime, datetime]) -> list[datetime] | None:
    """Times on the wall of a rule inside the window; None where the rule is not understood."""
    known = _rule(rule, said)
    if known is None:
        return None
    base = said.wall - timedelta(days=said.wall.weekday() if known.days else 0)
    if not known.count and said.at() < window[0]:  # what lies before the window need not be walked through
        base += max(0, (window[0] - said.at()) // known.step - 1) * known.step
    found: list[datetime] = []
    seen = 0
    while said.at(base) <= window[1] + timedelta(days=7):
        for wall in [base + timedelta(days=day) for day in known.days or (0,)]:
            seen += wall >= said.wall
            if (known.count and seen > known.count) or (known.until and _past(said, wall, known.until)):
                return found
            if wall >= said.wall and window[0] <= said.at(wall) <= window[1]:
                found.append(wall)
        base += known.step
    return found


def _past(said: _Said, wall: datetime, until: _Said) -> bool:
    return wall.date() > until.wall.date() if until.whole else said.at(wall) > until.at()
