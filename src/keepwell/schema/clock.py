"""On which day of the company did an instant fall? Days are counted in whole numbers from 1970-01-01."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache

import ibis
import ibis.expr.types as ir

EPOCH = date(1970, 1, 1)
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)


def day_number(day: date) -> int:
    """Days from 1970-01-01 to *day*."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day that many days after 1970-01-01."""
    return EPOCH + timedelta(days=int(number))


def local_day(
    instant: ir.TimestampValue, zone: str, *, since: date | None = None, until: date | None = None
) -> ir.IntegerValue:
    """
    The company's day of a UTC instant, as a day number.

    Engines disagree on time zones, so the zone's own offsets are written into the expression, newest first.
    Every one of them costs compiling; naming the stretch that matters leaves the others out.

    Args:
        instant: UTC timestamps.
        zone: IANA name; offsets hold from 1990 to 2050.
        since: No instant lies before this day; None is 1990.
        until: Instants after this day may get a day that is an hour out; None is 2050.
    """
    steps = _between(offsets(zone), since, until)
    east: ir.IntegerValue | int = steps[-1][1]
    if len(steps) > 1:  # moments are compared as they are: cheaper than as seconds
        east = ibis.cases(*((instant >= _moment(second), offset) for second, offset in steps[:-1]), else_=east)
    return ((instant.epoch_seconds() + east) // 86_400).cast("int32")


def _moment(second: int) -> ir.TimestampScalar:
    return ibis.timestamp(f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}", timezone="UTC")


def _between(steps: tuple[tuple[int, int], ...], since: date | None, until: date | None) -> list[tuple[int, int]]:
    """The steps that matter from the day before *since* to the day after *until*, at least one."""
    first = (day_number(since) - 1) * 86_400 if since else steps[-1][0]
    last = (day_number(until) + 1) * 86_400 if until else steps[0][0]
    known = [step for step in steps if step[0] <= last] or [steps[-1]]
    later = [step for step in known if step[0] > first]
    return known[: len(later) + 1]


def date_number(day: ir.DateValue) -> ir.IntegerValue:
    """A date column as day numbers."""
    return day.epoch_days().cast("int32")


@cache
def offsets(zone: str) -> tuple[tuple[int, int], ...]:
    """
    When a zone's offset changed: (epoch second from which, seconds east of UTC), newest first.

    Args:
        zone: IANA name.
    """
    place = zoneinfo.ZoneInfo(zone)
    found = [(int(_FIRST.timestamp()), _offset(_FIRST, place))]
    at = _FIRST
    while at < _LAST:
        after = at + timedelta(days=1)
        if _offset(after, place) != found[-1][1]:
            change = _change_between(at, after, place)
            found.append((int(change.timestamp()), _offset(change, place)))
            at = change
        else:
            at = after
    return tuple(reversed(found))


def _offset(instant: datetime, place: zoneinfo.ZoneInfo) -> int:
    offset = instant.astimezone(place).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change_between(before: datetime, after: datetime, place: zoneinfo.ZoneInfo) -> datetime:
    """The first second in (before, after] with another offset than *before*."""
    old = _offset(before, place)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), place) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
