"""Does an instant fall on the day a calendar on the wall of that place shows?"""

import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.schema.clock import date_number, day_number, day_of, local_day, offsets

ZONES = [
    "UTC", "Europe/Helsinki", "Europe/London", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca", "Antarctica/Troll",
]  # fmt: skip
"""Whole, half and quarter hours, both halves of the year, a day left out, clocks turned back for Ramadan, two hours at once."""


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    """DuckDB in memory, in UTC as the lake keeps it."""
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def days(engine: ibis.BaseBackend, instants: list[datetime], zone: str, **stretch: date) -> list[date]:
    """The company's days of these instants, by the engine."""
    rows = pa.table({"n": range(len(instants)), "at": pa.array(instants, pa.timestamp("us", "UTC"))})
    table = engine.create_table("instants", rows, temp=True, overwrite=True)
    found = table.select("n", day=local_day(table["at"], zone, **stretch)).order_by("n").to_pyarrow()
    return [day_of(number) for number in found["day"].to_pylist()]


@pytest.mark.parametrize(
    ("number", "day"),
    [
        (0, date(1970, 1, 1)),
        (-1, date(1969, 12, 31)),
        (59, date(1970, 3, 1)),
        (11_016, date(2000, 2, 29)),
        (20_454, date(2026, 1, 1)),
    ],
)
def test_days_are_counted_from_1970(number: int, day: date) -> None:
    """1970-01-01 is day 0, and numbers and days are each other's way back."""
    assert day_number(day) == number
    assert day_of(number) == day


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("UTC", "2025-12-31T23:59:59", "2025-12-31"),
        ("UTC", "2026-01-01T00:00:00", "2026-01-01"),
        ("Europe/Helsinki", "2025-12-31T21:59:59", "2025-12-31"),
        ("Europe/Helsinki", "2025-12-31T22:00:00", "2026-01-01"),
        ("Europe/Helsinki", "2025-06-30T20:59:59", "2025-06-30"),
        ("Europe/Helsinki", "2025-06-30T21:00:00", "2025-07-01"),
        ("Europe/Helsinki", "2026-03-28T22:00:00", "2026-03-29"),
        ("Europe/Helsinki", "2026-03-29T21:00:00", "2026-03-30"),
        ("Europe/Helsinki", "2026-10-24T21:00:00", "2026-10-25"),
        ("Europe/Helsinki", "2026-10-25T21:59:59", "2026-10-25"),
        ("Europe/Helsinki", "2026-10-25T22:00:00", "2026-10-26"),
        ("America/New_York", "2025-01-01T04:59:59", "2024-12-31"),
        ("America/New_York", "2025-07-01T04:00:00", "2025-07-01"),
        ("Asia/Kathmandu", "2025-01-01T18:14:59", "2025-01-01"),
        ("Asia/Kathmandu", "2025-01-01T18:15:00", "2025-01-02"),
        ("Pacific/Apia", "2011-12-30T09:59:59", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31"),
        ("Pacific/Kiritimati", "2025-05-01T10:00:00", "2025-05-02"),
    ],
)
def test_midnight_is_the_companys(engine: ibis.BaseBackend, zone: str, instant: str, day: str) -> None:
    """The last second of a day and the first of the next, in summer, in winter and when the clocks are turned."""
    assert days(engine, [datetime.fromisoformat(instant).replace(tzinfo=UTC)], zone) == [date.fromisoformat(day)]


def test_days_have_as_many_hours_as_they_have(engine: ibis.BaseBackend) -> None:
    """In Helsinki 29 March 2026 has 23 hours and 25 October 25; every other day 24."""
    hours = [datetime(2025, 12, 31, 22, tzinfo=UTC) + timedelta(hours=n) for n in range(365 * 24)]
    counted = Counter(days(engine, hours, "Europe/Helsinki"))
    odd = {day: many for day, many in counted.items() if many != 24}
    assert odd == {date(2026, 3, 29): 23, date(2026, 10, 25): 25}
    assert len(counted) == 365


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    zone=st.sampled_from(ZONES),
    seconds=st.lists(st.integers(631_238_400, 2_524_435_200), min_size=1, max_size=60),
)
def test_any_instant_in_any_zone(engine: ibis.BaseBackend, zone: str, seconds: list[int]) -> None:
    """From 1990-01-02 to 2049-12-30 the engine's day is the one Python's own zone tables give."""
    place, instants = zoneinfo.ZoneInfo(zone), [datetime.fromtimestamp(second, UTC) for second in seconds]
    assert days(engine, instants, zone) == [instant.astimezone(place).date() for instant in instants]


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_the_clock_is_known(engine: ibis.BaseBackend, zone: str) -> None:
    """A second before and at every change, and at each hour around it, the day is right; offsets come newest first."""
    steps = offsets(zone)
    assert [since for since, _ in steps] == sorted((since for since, _ in steps), reverse=True)
    around = [
        datetime.fromtimestamp(since + shift, UTC)
        for since, _ in steps[:-1]
        for shift in (-1, 0, *range(-86_400, 86_401, 3_600))
    ] or [datetime(2025, 1, 1, tzinfo=UTC)]
    place = zoneinfo.ZoneInfo(zone)
    assert days(engine, around, zone) == [instant.astimezone(place).date() for instant in around]


@pytest.mark.slow
def test_no_zone_has_a_change_we_do_not_know() -> None:
    """For every zone there is, the offset twice a week from 1990 to 2049 is the one we hold, a summer of one week excepted."""
    noons = [datetime(1990, 1, 2, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(0, 59 * 730, 7)]
    wrong = []
    for zone in sorted(zoneinfo.available_timezones()):
        steps, place = offsets(zone), zoneinfo.ZoneInfo(zone)
        held = iter(reversed(steps))
        current, following = next(held), next(held, None)
        for noon in noons:
            second = noon.timestamp()
            while following is not None and following[0] <= second:
                current, following = following, next(held, None)
            told = noon.astimezone(place).utcoffset()
            if told is None or current[1] != told.total_seconds():
                wrong.append((zone, noon))
                break
    assert wrong == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    zone=st.sampled_from(ZONES),
    since=st.dates(date(1995, 1, 1), date(2030, 1, 1)),
    length=st.integers(0, 3_000),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_a_named_stretch_changes_nothing_within_it(
    engine: ibis.BaseBackend, zone: str, since: date, length: int, shares: list[float]
) -> None:
    """Leaving out the offsets of other years gives the same days inside the stretch, its first and last second included."""
    place, until = zoneinfo.ZoneInfo(zone), since + timedelta(days=length)
    first = datetime(since.year, since.month, since.day, tzinfo=place).astimezone(UTC)
    last = datetime(until.year, until.month, until.day, 23, 59, 59, tzinfo=place).astimezone(UTC)
    instants = [first, last, *(first + (last - first) * share for share in shares)]
    assert days(engine, instants, zone, since=since, until=until) == [i.astimezone(place).date() for i in instants]


def test_unknown_instants_have_no_day(engine: ibis.BaseBackend) -> None:
    """Null in, null out, and dates become their own numbers."""
    rows = pa.table({"at": pa.array([None], pa.timestamp("us", "UTC")), "on": pa.array([date(2026, 1, 1)])})
    table = engine.create_table("unknown_instant", rows, temp=True, overwrite=True)
    found = (
        table.select(day=local_day(table["at"], "Europe/Helsinki"), number=date_number(table["on"]))
        .to_pyarrow()
        .to_pylist()
    )
    assert found == [{"day": None, "number": 20_454}]
