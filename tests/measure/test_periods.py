"""Do periods part time without gap or overlap, and are they called what people call them?"""

import itertools
from datetime import date, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.measure.periods import Period, Periods, calendar, index, rolling
from keepwell.schema.clock import day_number

ANY = Company(name="Any")
UNITS = ["day", "week", "month", "quarter", "half", "year"]
companies = st.builds(
    lambda week, fiscal: Company(name="Any", week_start=week, fiscal_year_start=fiscal),
    st.sampled_from(["monday", "sunday", "saturday"]),
    st.integers(1, 12),
)
dates = st.dates(date(1995, 1, 1), date(2045, 1, 1))


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    """DuckDB in memory."""
    return ibis.duckdb.connect()


def labels(unit: str, start: str, end: str, **settings_: object) -> list[str]:
    """What the periods are called."""
    company = Company(name="Any", **settings_)
    return [p.label for p in calendar(unit, date.fromisoformat(start), date.fromisoformat(end), company)]


@pytest.mark.parametrize(
    ("unit", "start", "end", "expected"),
    [
        ("day", "2024-02-28", "2024-03-01", ["2024-02-28", "2024-02-29"]),
        ("week", "2024-12-29", "2025-01-07", ["2024-W52", "2025-W01", "2025-W02"]),
        ("week", "2020-12-31", "2021-01-05", ["2020-W53", "2021-W01"]),
        ("month", "2024-11-30", "2025-01-02", ["2024-11", "2024-12", "2025-01"]),
        ("quarter", "2025-03-31", "2025-07-02", ["2025-Q1", "2025-Q2", "2025-Q3"]),
        ("half", "2025-06-30", "2026-01-01", ["2025-H1", "2025-H2"]),
        ("year", "2024-12-31", "2026-01-01", ["2024", "2025"]),
    ],
)
def test_calendar_periods_have_their_names(unit: str, start: str, end: str, expected: list[str]) -> None:
    """Days, ISO weeks over new year, months, quarters, halves and years of the plain calendar."""
    assert labels(unit, start, end) == expected


@pytest.mark.parametrize(
    ("unit", "start", "end", "expected"),
    [
        ("year", "2025-03-31", "2025-04-02", ["FY2025", "FY2026"]),
        ("half", "2025-04-01", "2026-04-01", ["FY2026-H1", "FY2026-H2"]),
        ("quarter", "2025-03-31", "2026-01-01", ["FY2025-Q4", "FY2026-Q1", "FY2026-Q2", "FY2026-Q3"]),
        ("month", "2025-03-31", "2025-04-02", ["2025-03", "2025-04"]),
    ],
)
def test_fiscal_years_are_named_by_the_year_they_end_in(unit: str, start: str, end: str, expected: list[str]) -> None:
    """With years from April, 31 March 2025 is the end of FY2025 and 1 April begins FY2026; months keep their names."""
    assert labels(unit, start, end, fiscal_year_start=4) == expected


def test_fiscal_quarters_begin_where_the_year_does() -> None:
    """With years from February quarters begin in February, May, August and November."""
    company = Company(name="Any", fiscal_year_start=2)
    quarters = calendar("quarter", date(2025, 1, 31), date(2026, 2, 1), company)
    assert [p.start for p in quarters] == [
        date(2024, 11, 1),
        date(2025, 2, 1),
        date(2025, 5, 1),
        date(2025, 8, 1),
        date(2025, 11, 1),
    ]
    assert [p.label for p in quarters] == ["FY2025-Q4", "FY2026-Q1", "FY2026-Q2", "FY2026-Q3", "FY2026-Q4"]


@pytest.mark.parametrize(
    ("first", "start", "label"),
    [
        ("monday", "2025-01-06", "2025-W02"),
        ("sunday", "2025-01-05", "week of 2025-01-05"),
        ("saturday", "2025-01-11", "week of 2025-01-11"),
    ],
)
def test_weeks_begin_on_the_companys_day(first: str, start: str, label: str) -> None:
    """Saturday 11 January 2025 lies in a week that began on Monday the 6th, on Sunday the 5th, or that day."""
    [week] = calendar("week", date(2025, 1, 11), date(2025, 1, 12), Company(name="Any", week_start=first))
    assert (week.start.isoformat(), week.label, week.days) == (start, label, 7)


@pytest.mark.parametrize(("year", "days"), [(2024, 29), (2025, 28), (2000, 29), (2100, 28)])
def test_february_has_its_days(year: int, days: int) -> None:
    """Leap years by the rule of four, a hundred and four hundred."""
    [february] = calendar("month", date(year, 2, 1), date(year, 3, 1), ANY)
    assert february.days == days


def test_rolling_periods_end_where_asked() -> None:
    """Three times thirty days before 1 March 2025: the last one ends that morning."""
    found = rolling(30, date(2025, 3, 1), 3)
    assert [(p.start, p.end) for p in found] == [
        (date(2024, 12, 1), date(2024, 12, 31)), (date(2024, 12, 31), date(2025, 1, 30)), (date(2025, 1, 30), date(2025, 3, 1)),
    ]  # fmt: skip
    assert found.unit == "30 days"
    assert found[-1].label == "2025-01-30 + 30 d"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: calendar("fortnight", date(2025, 1, 1), date(2025, 2, 1), ANY), "'fortnight' is not a period. Periods: day, week, month, quarter, half, year, or rolling ones such as 30d. Choose one."),
        (lambda: calendar("month", date(2025, 2, 1), date(2025, 2, 1), ANY), "The end 2025-02-01 is not after the start 2025-02-01. Choose an earlier start or a later end."),
        (lambda: Periods([], unit="month"), "No period was given."),
        (lambda: rolling(0, date(2025, 1, 1), 3), "3 periods of 0 days. Both must be at least 1. Choose larger numbers."),
        (lambda: rolling(7, date(2025, 1, 1), 0), "0 periods of 7 days."),
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(make: object, said: str) -> None:
    """Unknown units, nothing at all, and lengths below one are refused with what to do."""
    with pytest.raises(MetricError) as refused:
        make()
    assert said in str(refused.value)


@given(unit=st.sampled_from(UNITS), start=dates, length=st.integers(1, 800), company=companies)
def test_calendar_periods_part_time(unit: str, start: date, length: int, company: Company) -> None:
    """They begin at or before the start, reach the end, follow on one another, and each label is used once."""
    end = start + timedelta(days=length)
    periods = calendar(unit, start, end, company)
    assert periods[0].start <= start < periods[0].end
    assert periods[-1].start < end <= periods[-1].end
    assert all(a.end == b.start for a, b in itertools.pairwise(periods))
    assert len({p.label for p in periods}) == len(periods)
    assert sum(p.days for p in periods) == (periods[-1].end - periods[0].start).days


@given(day=dates, unit=st.sampled_from(UNITS), company=companies)
def test_a_day_lies_in_the_same_period_wherever_one_begins(day: date, unit: str, company: Company) -> None:
    """The period of a day is the same asked for alone and within years."""
    [alone] = calendar(unit, day, day + timedelta(days=1), company)
    among = calendar(unit, day - timedelta(days=400), day + timedelta(days=400), company)
    assert [p for p in among if p.start <= day < p.end] == [alone]


@given(days=st.integers(1, 400), end=dates, count=st.integers(1, 20))
def test_rolling_periods_part_time(days: int, end: date, count: int) -> None:
    """As many as asked, each as long as asked, one after the other up to the end."""
    periods = rolling(days, end, count)
    assert [p.days for p in periods] == [days] * count
    assert periods[-1].end == end
    assert all(a.end == b.start for a, b in itertools.pairwise(periods))


@given(unit=st.sampled_from(UNITS), start=dates, length=st.integers(1, 400), company=companies)
def test_the_period_before_touches_the_first(unit: str, start: date, length: int, company: Company) -> None:
    """Before the first comes the period the calendar has there."""
    periods = calendar(unit, start, start + timedelta(days=length), company)
    [expected] = calendar(unit, periods[0].start - timedelta(days=1), periods[0].start, company)
    assert (periods.before.start, periods.before.end) == (expected.start, expected.end)


def _ask(engine: ibis.BaseBackend, numbers: list[int], make: object) -> list[int | None]:
    """What the engine answers for these day numbers, in their order."""
    table = engine.create_table(
        "some_days",
        pa.table({"n": range(len(numbers)), "day": pa.array(numbers, pa.int32())}),
        temp=True,
        overwrite=True,
    )
    return table.select("n", found=make(table.day)).order_by("n").to_pyarrow()["found"].to_pylist()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(unit=st.sampled_from(UNITS), start=dates, length=st.integers(1, 250), company=companies)
def test_the_engine_puts_every_day_in_its_place(
    engine: ibis.BaseBackend, unit: str, start: date, length: int, company: Company
) -> None:
    """Each day gets the place of the one period it lies in, and days outside get none."""
    periods = calendar(unit, start, start + timedelta(days=length), company)
    around = range(day_number(periods[0].start) - 3, day_number(periods[-1].end) + 3)
    expected = [
        next((k for k, p in enumerate(periods) if day_number(p.start) <= day < day_number(p.end)), None)
        for day in around
    ]
    assert _ask(engine, list(around), periods.place) == expected


def test_days_between_periods_have_no_place(engine: ibis.BaseBackend) -> None:
    """Two campaigns with a week between them: days of that week are in neither."""
    periods = Periods(
        [Period("a", date(2025, 1, 1), date(2025, 1, 8)), Period("b", date(2025, 1, 15), date(2025, 1, 22))],
        unit="campaign",
    )
    asked = [day_number(date(2025, 1, day)) for day in (1, 7, 8, 14, 15, 21, 22)]
    assert _ask(engine, asked, periods.place) == [0, 0, None, None, 1, 1, None]
    assert periods.before == Period("before a", date(2024, 12, 25), date(2025, 1, 1))


def test_the_table_of_periods_holds_day_numbers(engine: ibis.BaseBackend) -> None:
    """One row per period, start and first day after."""
    rows = engine.execute(calendar("month", date(2025, 1, 1), date(2025, 3, 1), ANY).table().order_by("period"))
    assert rows.to_dict("list") == {"period": [0, 1], "start_day": [20_089, 20_120], "end_day": [20_120, 20_148]}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    unit=st.sampled_from(["day", "week", "month"]),
    start=st.dates(date(1905, 1, 1), date(2195, 1, 1)),
    length=st.integers(1, 500),
    company=companies,
)
def test_numbers_of_neighbouring_units_differ_by_one(
    engine: ibis.BaseBackend, unit: str, start: date, length: int, company: Company
) -> None:
    """The index of a day, week or month goes up by one exactly where the calendar's next period begins."""
    numbers = [day_number(start) + n for n in range(length)]
    found = _ask(engine, numbers, lambda day: index(day, unit, company))
    periods = calendar(unit, start, start + timedelta(days=length), company)
    expected = [
        next(k for k, p in enumerate(periods) if day_number(p.start) <= day < day_number(p.end)) for day in numbers
    ]
    assert [number - found[0] for number in found] == expected
