"""How long do customers stay? Survival of spells, with those who still stay counted as such."""

import math
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.spells import spells
from keepwell.schema.clock import day_number
from keepwell.tongue import gettext_noop

_Z = 1.959963984540054
"""Two-sided 95 % of the normal law."""

_DAYS = {"day": (1, 1), "week": (7, 1), "month": (1_461, 48)}
"""A unit's days, as a fraction of whole numbers; a month is the 48th part of four years."""

_COUNTS = {"ended": _.ended.sum(), "running": _.running.sum()}
_GROUPS = {"ended": _.ended == 1, "running": _.running == 1}


@metric(
    id="survival",
    name=gettext_noop("Still there after so long"),
    question=gettext_noop(
        "What share of customers stays at least so long, counting those who still stay for as long as they have been seen?"
    ),
    formula="product over all durations up to this one of (1 - spells that ended after exactly so long / spells seen for so long)",
    unit="share",
    misleads="A later return does not undo an end: for who is active again, ask the cohort curve. A shop's stay includes its window.",
    source="Kaplan-Meier with Greenwood's variance; 95 % interval on the log-log scale.",
)
def survival(facts: Facts, periods: Periods, *, first: bool = True, each: str = "day") -> Cases:
    """
    The share of customers kept longer than a duration, with its interval.

    The frame has at_risk, survival (the value), low and high; the interval is not defined where nobody is left.

    Args:
        facts: The tables.
        periods: When the spells began.
        first: Only customers' first spells; otherwise a return begins anew.
        each: What durations count, in whole ones: day, week or month (365.25 / 12 days).
    """
    return Cases(
        stays(facts, periods, first=first, each=each),
        ("duration",),
        _COUNTS,
        number("survival"),
        _GROUPS,
        finish=lambda frame: _by_trait(frame, estimate),
    )


@metric(
    id="median_lifetime",
    name=gettext_noop("Median time kept"),
    question=gettext_noop("After how many days has half of the customers left?"),
    formula="the first duration at which survival is 1/2 or less",
    unit="days",
    misleads="Not reached while more than half still stay; then the only honest answer is: longer than seen.",
    source="Kaplan-Meier; the interval is where the 95 % limits of survival reach 1/2.",
)
def median_lifetime(facts: Facts, periods: Periods, *, first: bool = True) -> Cases:
    """
    The median of the survival curve in days, with its interval (low, high).

    Args:
        facts: The tables.
        periods: When the spells began.
        first: Only customers' first spells.
    """
    rows = stays(facts, periods, first=first, each="day")
    return Cases(
        rows, ("duration",), _COUNTS, number("median"), _GROUPS, finish=lambda frame: _by_trait(frame, _medians)
    )


def stays(facts: Facts, periods: Periods, *, first: bool, each: str) -> ir.Table:
    """
    How long each spell that began in the periods lasted, up to as_of where it still runs.

    Returns:
        Columns customer_id, duration (whole units), ended and running (0/1).
    """
    if each not in _DAYS:
        raise MetricError(
            f"A duration cannot count {each!r}.", f"It counts one of {', '.join(_DAYS)}.", "Choose one of them."
        )
    kept = spells(facts)
    if first:
        began = kept.group_by("customer_id").agg(start_day=_.start_day.min())
        kept = kept.semi_join(began, ["customer_id", "start_day"])
    since, until = day_number(periods[0].start), day_number(periods[-1].end)
    kept = kept.filter((kept.start_day >= since) & (kept.start_day < until))
    days, parts = _DAYS[each]
    lasted = (kept.end_day.fill_null(facts.today) - kept.start_day) * parts // days
    return kept.select(
        "customer_id",
        duration=lasted.cast("int32"),
        ended=ibis.ifelse(kept.end_day.isnull(), 0, 1),
        running=ibis.ifelse(kept.end_day.isnull(), 1, 0),
    )


def estimate(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Kaplan-Meier from exact counts, in plain Python so that every engine gives the same digits.

    Args:
        frame: Columns duration, ended, running; one row per duration.

    Returns:
        A row for duration 0 and every duration there is, with at_risk, survival, low and high (95 %, NaN where nobody is left).
    """
    frame = frame.sort_values("duration", ignore_index=True)
    if frame.empty:
        return frame.assign(at_risk=0, survival=1.0, low=1.0, high=1.0)
    if frame["duration"].iloc[0] > 0:
        frame = pd.concat([frame.head(1).assign(duration=0, ended=0, running=0), frame], ignore_index=True)
    ended, seen = frame["ended"].tolist(), (frame["ended"] + frame["running"]).tolist()
    at_risk = [sum(seen)]
    for gone in seen[:-1]:
        at_risk.append(at_risk[-1] - gone)
    part, whole, variance, curve = 1, 1, 0.0, []
    for gone, there in zip(ended, at_risk, strict=True):
        # Whole numbers of any size: a half is a half, however many fractions it is the product of.
        part, whole = part * (there - gone), whole * there
        share = part / whole
        variance += gone / (there * (there - gone)) if there > gone else math.inf
        curve.append((share, *_limits(share, variance)))
    survival_, low, high = zip(*curve, strict=True)
    return frame.assign(at_risk=at_risk, survival=survival_, low=low, high=high)


def _limits(share: float, variance: float) -> tuple[float, float]:
    """95 % limits on the log-log scale, which stay between 0 and 1."""
    if share == 1:
        return 1.0, 1.0
    if share == 0 or math.isinf(variance):
        return math.nan, math.nan
    width = _Z * math.sqrt(variance) / abs(math.log(share))
    return share ** math.exp(width), share ** math.exp(-width)


def half(frame: pd.DataFrame) -> dict[str, float]:
    """
    Where survival, and its 95 % limits, first are 1/2 or less: median, low and high; NaN where they never are.

    Args:
        frame: Columns duration, ended, running; one row per duration.
    """
    curve = estimate(frame)
    reached = {name: curve.loc[curve[column] <= 0.5, "duration"] for name, column in _HALVES.items()}
    return {name: float(days.iloc[0]) if len(days) else math.nan for name, days in reached.items()}


_HALVES = {"median": "survival", "low": "low", "high": "high"}


def _medians(frame: pd.DataFrame) -> pd.DataFrame:
    """One row: spells, ended, median, low, high and, where there is no median, the reason."""
    medians = half(frame)
    row = {"spells": int((frame["ended"] + frame["running"]).sum()), "ended": int(frame["ended"].sum()), **medians}
    found = pd.DataFrame([row])
    if math.isnan(medians["median"]):
        stay = "More than half still stay: the median is not reached."
        found = found.assign(reason=stay if row["spells"] else "Nobody began in these periods.")
    return found


def _by_trait(frame: pd.DataFrame, told: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """A curve per value of the breakdown, where there is one."""
    if "by" not in frame:
        return told(frame)
    parts = [told(part.drop(columns="by")).assign(by=by) for by, part in frame.groupby("by", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else told(frame)
