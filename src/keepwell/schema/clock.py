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


def local_day(instant: ir.TimestampValue, zone: str) -> ir.IntegerValue:
    """
    The company's day of a UTC instant, as a day number.

    Engines disagree on time zones, so the zone's own offsets are written into the expression, newest first.

    Args:
        instant: UTC timestamps.
        zone: IANA name; offsets hold from 1990 to 2050.
    """
    seconds = instant.epoch_seconds()
    steps = offsets(zone)
    moved = ibis.cases(
        *((seconds >= since, seconds + offset) for since, offset in steps[:-1]), else_=seconds + steps[-1][1]
    )
    return ((moved if len(steps) > 1 else seconds + steps[0][1]) // 86_400).cast("int32")


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
        after = at + timedelta(days=7)
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
