"""Over which stretches of time? Calendar, fiscal and rolling periods of the company's days."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args, overload

import ibis
import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.schema.clock import day_number

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WEEKDAYS = {"monday": 0, "saturday": 5, "sunday": 6}


@dataclass(frozen=True)
class Period:
    """Half-open stretch of days [start, end), with what to call it."""

    label: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days


class Periods(Sequence[Period]):
    """Periods in order; a period is named by its place, 0 for the first."""

    def __init__(self, periods: Sequence[Period], *, unit: str) -> None:
        if not periods:
            raise MetricError(
                "No period was given.", "At least one is needed.", "Choose an earlier start or a later end."
            )
        self._periods = tuple(periods)
        self.unit = unit

    def __len__(self) -> int:
        return len(self._periods)

    @overload
    def __getitem__(self, place: int) -> Period: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Period]: ...

    def __getitem__(self, place: int | slice) -> Period | Sequence[Period]:
        """The period, or periods, at that place."""
        return self._periods[place]

    def __iter__(self) -> Iterator[Period]:
        return iter(self._periods)

    def table(self) -> ir.Table:
        """Columns period (place), start_day, end_day (first day after), as day numbers."""
        return ibis.memtable(
            {
                "period": list(range(len(self))),
                "start_day": [day_number(p.start) for p in self],
                "end_day": [day_number(p.end) for p in self],
            },
            schema={"period": "int32", "start_day": "int32", "end_day": "int32"},
        )

    def place(self, day: ir.IntegerValue) -> ir.IntegerValue:
        """
        The place of the period a day falls in; null outside all of them.

        Args:
            day: Day numbers.
        """
        steps: list[tuple[int, int | None]] = []
        for place, period in enumerate(self):
            if steps and steps[-1][0] == day_number(period.start):
                steps.pop()
            steps += [(day_number(period.start), place), (day_number(period.end), None)]
        return step(day, steps, None).cast("int32")

    @property
    def before(self) -> Period:
        """The period before the first: of the same unit, for stretches of one's own of the same length."""
        first = self[0]
        if self.unit in _MONTHS:
            start = _add_months(first.start, -_MONTHS[self.unit])
        else:
            start = first.start - timedelta(days=first.days)
        return Period(f"before {first.label}", start, first.start)


def step(day: ir.IntegerValue, steps: Sequence[tuple[int, int | None]], below: int | None) -> ir.IntegerValue:
    """
    The value of the last step at or before a day, found by halving.

    Args:
        day: Day numbers.
        steps: Day numbers, ascending, each with the value from it on.
        below: The value before the first.
    """
    if not steps:
        return ibis.null("int64") if below is None else ibis.literal(below, "int64")
    half = len(steps) // 2
    since, value = steps[half]
    return ibis.ifelse(day < since, step(day, steps[:half], below), step(day, steps[half + 1 :], value))


def index(day: ir.IntegerValue, unit: str, company: Company) -> ir.IntegerValue:
    """
    The number of the calendar day, week or month a day lies in; neighbours differ by 1.

    Args:
        day: Day numbers.
        unit: day, week or month.
        company: For the week's first day.
    """
    if unit == "week":
        # 1970-01-01 was a Thursday.
        return ((day + (3 - _WEEKDAYS[company.week_start]) % 7) // 7).cast("int32")
    if unit == "month":
        return _month(day)
    return day


def _month(day: ir.IntegerValue) -> ir.IntegerValue:
    """
    Months since March of the year 0, by whole numbers only: engines differ in their calendars.

    Years begin in March here, so that the leap day is a year's last; 146,097 days are 400 years, 1,461 are four.
    """
    days = day + 719_468
    of_era = days % 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    return (4_800 * (days // 146_097) + 12 * year + (5 * of_year + 2) // 153).cast("int32")


def named(unit: str, start: date, end: date, company: Company) -> Periods:
    """
    Periods by name: day, week, month, quarter, half, year, or rolling ones such as "30d" that end with *end*.

    Args:
        unit: The name.
        start: A day in the first period.
        end: The day after the last one.
        company: For fiscal year and week start.

    Raises:
        MetricError: Unknown name, or end not after start.
    """
    if not (stretch := re.fullmatch(r"([1-9]\d{0,3})d", unit)):
        return calendar(unit, start, end, company)
    _in_order(start, end)
    days = int(stretch[1])
    return rolling(days, end, max(1, (end - start).days // days))


def _in_order(start: date, end: date) -> None:
    if end <= start:
        raise MetricError(
            f"The end {end} is not after the start {start}.", "", "Choose an earlier start or a later end."
        )


def calendar(unit: str, start: date, end: date, company: Company) -> Periods:
    """
    Whole calendar periods that cover [start, end).

    Quarters, halves and years follow the company's fiscal year, weeks its first weekday.

    Args:
        unit: day, week, month, quarter, half or year.
        start: A day in the first period.
        end: The day after the last day covered.
        company: For fiscal year and week start.

    Raises:
        MetricError: Unknown unit, or end not after start.
    """
    if unit not in get_args(Unit):
        raise MetricError(
            f"{unit!r} is not a period.",
            f"Periods: {', '.join(get_args(Unit))}, or rolling ones such as 30d.",
            "Choose one.",
        )
    _in_order(start, end)
    periods = []
    first = _floor(unit, start, company)
    while first < end:
        after = _next(unit, first)
        periods.append(Period(_label(unit, first, company), first, after))
        first = after
    return Periods(periods, unit=unit)


def rolling(days: int, end: date, count: int) -> Periods:
    """
    The last *count* stretches of *days* days, the last one ending before *end*.

    Args:
        days: Length of each.
        end: First day after the last one.
        count: How many.
    """
    if days < 1 or count < 1:
        raise MetricError(f"{count} periods of {days} days.", "Both must be at least 1.", "Choose larger numbers.")
    starts = [end - timedelta(days=days * back) for back in range(count, 0, -1)]
    return Periods([Period(f"{s} + {days} d", s, s + timedelta(days=days)) for s in starts], unit=f"{days} days")


def _floor(unit: str, day: date, company: Company) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=(day.weekday() - _WEEKDAYS[company.week_start]) % 7)
    if unit == "month":
        return day.replace(day=1)
    back = (day.month - company.fiscal_year_start) % _MONTHS[unit]
    return _add_months(day.replace(day=1), -back)


def _next(unit: str, first: date) -> date:
    if unit == "day":
        return first + timedelta(days=1)
    if unit == "week":
        return first + timedelta(days=7)
    return _add_months(first, _MONTHS[unit])


def _add_months(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _label(unit: str, first: date, company: Company) -> str:
    if unit == "day":
        return first.isoformat()
    if unit == "week":
        if company.week_start == "monday":
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02d}"
        return f"week of {first.isoformat()}"
    if unit == "month":
        return f"{first:%Y-%m}"
    offset = (first.month - company.fiscal_year_start) % 12
    named = first.year if company.fiscal_year_start == 1 else _add_months(first, 12 - offset - 1).year
    title = f"{named}" if company.fiscal_year_start == 1 else f"FY{named}"
    return {"quarter": f"{title}-Q{offset // 3 + 1}", "half": f"{title}-H{offset // 6 + 1}"}.get(unit, title)
