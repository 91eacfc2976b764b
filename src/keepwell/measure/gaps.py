"""How long until they buy again? Days between orders, and time to the second one."""

import math

import ibis
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.purchases import first_two, order_days
from keepwell.measure.survival import half
from keepwell.tongue import gettext_noop


@metric(
    id="order_gaps",
    name=gettext_noop("Time between orders"),
    question=gettext_noop("How many days pass from one order of a customer to the next?"),
    formula="median of the days between consecutive orders, told in the period of the later one; p80 and mean beside it",
    unit="days",
    misleads="Gaps still open are not in it, so it is too short where many customers have only just come, or never return.",
    source="Exact counts per length; percentiles interpolated between neighbours.",
)
def order_gaps(facts: Facts, periods: Periods) -> Cases:
    """Median and 80th percentile of gaps, from exact counts per length; percentiles between two gaps are interpolated."""
    days = order_days(facts)
    before = days.day.lag().over(group_by="customer_id", order_by="day")
    placed = days.mutate(gap_days=(days.day - before).cast("int32"), period=periods.place(days.day))
    placed = placed.filter(placed.period.notnull())
    rows = placed.filter(_.gap_days.notnull()).select(
        "customer_id", "period", "gap_days", gaps=ibis.literal(1, "int64")
    )
    if not facts.company.merge_same_day_orders:
        same_day = placed.filter(_.orders > 1)
        nothing = ibis.literal(0, "int32")
        rows = rows.union(same_day.select("customer_id", "period", gap_days=nothing, gaps=same_day.orders - 1))

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        keys = [name for name in ("period", "by") if name in frame]
        told = [
            {**dict(zip(keys, key, strict=True)), "gaps": int(part["gaps"].sum()), **_quantiles(part)}
            for key, part in frame.groupby(keys, sort=True)
        ]
        return pd.DataFrame(told, columns=[*keys, "gaps", "median", "p80", "mean"])

    return Cases(
        rows, ("period", "gap_days"), {"gaps": _.gaps.sum()}, number("median"), {"reordered": _.gaps > 0}, None, finish
    )


def _quantiles(part: pd.DataFrame) -> dict[str, float]:
    lengths, counts = part["gap_days"].tolist(), part["gaps"].tolist()
    mean = sum(length * count for length, count in zip(lengths, counts, strict=True)) / sum(counts)
    return {"median": quantile(lengths, counts, 50), "p80": quantile(lengths, counts, 80), "mean": mean}


def quantile(values: list[int], counts: list[int], percent: int) -> float:
    """
    A quantile of counted values, interpolated between neighbours; NaN where there are none.

    Args:
        values: Distinct values.
        counts: How often each occurs.
        percent: 50 for the median.
    """
    ranked = sorted(zip(values, counts, strict=True))
    if not sum(counts):
        return math.nan
    rank, rest = divmod((sum(counts) - 1) * percent, 100)
    low, high = _ranked(ranked, rank), _ranked(ranked, rank + (rest > 0))
    return low + (high - low) * rest / 100


def _ranked(ranked: list[tuple[int, int]], rank: int) -> int:
    for value, count in ranked:
        rank -= count
        if rank < 0:
            return value
    raise AssertionError("A rank lies below the number of values.")


@metric(
    id="time_to_second_order",
    name=gettext_noop("Time to the second order"),
    question=gettext_noop("After how many days have half of the new customers ordered again?"),
    formula="first day on which the Kaplan-Meier share of customers without a second order is 1/2 or less",
    unit="days",
    misleads="Not reached while more than half have not returned; those who never will are in it, as they should be.",
    source="Kaplan-Meier; the interval is where the 95 % limits of the curve reach 1/2.",
)
def time_to_second_order(facts: Facts, periods: Periods) -> Cases:
    """Median days from first to second order of customers first seen in the periods, who has not yet ordered again counted as waiting."""
    two = first_two(facts)
    two = two.filter(periods.place(two.first_day).notnull())
    waited = ibis.coalesce(two.second_day, facts.today - 1) - two.first_day
    rows = two.select(
        "customer_id",
        duration=waited.cast("int32"),
        ended=two.second_day.notnull().cast("int64"),
        running=two.second_day.isnull().cast("int64"),
    )
    counts = {"ended": _.ended.sum(), "running": _.running.sum()}
    groups = {"ordered_again": _.ended == 1, "waiting": _.running == 1}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        return medians(frame, ["by"])

    return Cases(rows, ("duration",), counts, number("median"), groups, finish=finish)


def medians(frame: pd.DataFrame, apart: list[str]) -> pd.DataFrame:
    """
    Median waiting times from counts per duration.

    Args:
        frame: Columns duration, ended, running.
        apart: Columns whose values are told apart, where the frame has them.

    Returns:
        A row each: customers, ended, waiting, median, low and high (95 %; NaN: not reached), reason.
    """
    keys = [name for name in apart if name in frame]
    parts = frame.groupby(keys, sort=True, dropna=False) if keys else [((), frame)]
    rows = [{**dict(zip(keys, key, strict=True)), **_median(part)} for key, part in parts]
    return pd.DataFrame(rows, columns=[*keys, "customers", "ended", "waiting", "median", "low", "high", "reason"])


def _median(part: pd.DataFrame) -> dict[str, object]:
    reached = half(part[["duration", "ended", "running"]])
    ended, waiting = int(part["ended"].sum()), int(part["running"].sum())
    why = None
    if math.isnan(reached["median"]):
        why = "More than half have not yet: the median is not reached." if ended + waiting else "Nobody to tell of."
    return {"customers": ended + waiting, "ended": ended, "waiting": waiting, **reached, "reason": why}
