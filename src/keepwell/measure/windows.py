"""How long may a customer be silent before they count as gone? The activity window that customers' own rhythm suggests."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.survival import estimate
from keepwell.schema.clock import day_number
from keepwell.tongue import gettext_noop

SHORTEST, LONGEST = 30, 730
"""Days between which a suggested window lies."""

UNLIKELY = 0.10
"""A customer whose chance to return is below this counts as gone."""

ENOUGH = 30
"""Returns that must have been seen before anything is suggested."""

_WATCHED = 20
"""Silences that must still be under watch for a day to tell who returns at all."""


@metric(
    id="return_later",
    name=gettext_noop("Back after silence"),
    question=gettext_noop("Of customers who have been silent for so many days, how many return later?"),
    formula="1 - share never seen again / share silent for longer than so many days, both by Kaplan-Meier",
    unit="share",
    misleads="Returns later than the data reach cannot be seen; every active day opens a silence, so frequent buyers count often.",
    source="The activity window is the shortest silence after which fewer than 10 % return, at least 30 and at most 730 days.",
)
def return_later(facts: Facts, periods: Periods) -> Cases:
    """The chance to return after so many silent days; silences begin with an active day in the periods asked."""
    since, until = day_number(periods[0].start), day_number(periods[-1].end)
    rows = silences(facts).filter((_.day >= since) & (_.day < until))
    counts = {"returned": _.returned.sum(), "silent": (1 - _.returned).sum()}
    groups = {"returned": _.returned == 1, "silent": _.returned == 0}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        if "by" not in frame:
            return chances(frame)
        parts = [chances(part.drop(columns="by")).assign(by=by) for by, part in frame.groupby("by", sort=True)]
        return pd.concat(parts, ignore_index=True) if parts else chances(frame)

    return Cases(rows, ("days",), counts, number("chance"), groups, finish=finish)


@metric(
    id="activity_window",
    name=gettext_noop("Activity window that the data suggest"),
    question=gettext_noop("After how many silent days do fewer than one in ten return, here or in each segment?"),
    formula="the shortest silence after which fewer than 10 % return, at least 30 and at most 730 days; from 30 returns on",
    unit="days",
    misleads="One window is in force for everybody, whatever the segments suggest: a customer's state must not change with a trait.",
    source="Silences by Kaplan-Meier, those that still last counted as long as they were seen.",
)
def activity_window(facts: Facts, periods: Periods) -> Cases:
    """The window suggested by the silences that begin in the periods asked, with what it was learned from."""
    found = return_later(facts, periods)

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        parts: list[tuple[Any, pd.DataFrame]] = list(frame.groupby("by", sort=True)) if "by" in frame else [("", frame)]
        told = [(by, suggest(part)) for by, part in parts]
        rows = pd.DataFrame([
            {"returns": s.returns, "typical_gap": s.gap_days, "at_risk_from": s.at_risk_days, "days": s.days,
             "reason": None if s.days else s.why} for _by, s in told
        ])  # fmt: skip
        return rows.assign(by=[by for by, _s in told]) if "by" in frame else rows

    return Cases(found.rows, ("days",), found.counts, number("days"), found.groups, finish=finish)


def silences(facts: Facts) -> ir.Table:
    """
    From each active day of a customer to their next, or to as_of where there is none.

    Returns:
        Columns customer_id, day (that began it), days (its length), returned (1, or 0 where it still lasts).
    """
    sources = {"purchase": [facts.purchases], "usage": [facts.uses]}
    parts = sources.get(facts.company.active_by, [facts.purchases, facts.uses])
    days = ibis.union(*(part.select("customer_id", "day") for part in parts)).distinct()
    days = days.mutate(after=days.day.lead().over(ibis.window(group_by="customer_id", order_by="day")))
    length = (days.after.fill_null(facts.today) - days.day).cast("int32")
    return days.select("customer_id", "day", days=length, returned=days.after.notnull().cast("int32"))


def typical_gap(facts: Facts) -> ir.Table:
    """The gap between active days that four of five gaps do not exceed: one row, column typical_gap (null: no gaps)."""
    gaps = silences(facts).filter(_.returned == 1).group_by("days").agg(gaps=_.count())
    so_far = gaps.mutate(
        reached=gaps.gaps.sum().over(ibis.cumulative_window(order_by="days")), all=gaps.gaps.sum().over()
    )
    return so_far.filter(5 * so_far.reached >= 4 * so_far["all"]).agg(typical_gap=_.days.min().cast("int32"))


def chances(counts: pd.DataFrame) -> pd.DataFrame:
    """
    The chance to return, from exact counts of silences by length.

    Args:
        counts: Columns days, returned, silent; one row per length.

    Returns:
        Its rows with at_risk (silences watched for so long) and chance (to return after more than so many silent days).
        What happens after fewer than 20 silences are under watch is not read.
    """
    curve = estimate(counts.rename(columns={"days": "duration", "returned": "ended", "silent": "running"}))
    watched = curve.loc[curve["at_risk"] >= min(_WATCHED, curve["at_risk"].max()), "survival"].tolist()
    never = watched[-1] if watched else 1.0
    chance = [max(0.0, 1 - never / silent) if silent > 0 else math.nan for silent in curve["survival"]]
    told = curve.rename(columns={"duration": "days", "ended": "returned", "running": "silent"})
    return told[["days", "returned", "silent", "at_risk"]].assign(chance=chance)


@dataclass(frozen=True)
class Suggestion:
    """
    The activity window customers' own rhythm suggests.

    Args:
        days: The window; None where there is not enough to go by.
        at_risk_days: Silent days from which a customer is at risk: 0.8 of the window.
        gap_days: The gap that four of five gaps do not exceed.
        returns: Returns it was learned from.
        why: How it came about, one sentence.
    """

    days: int | None
    at_risk_days: int | None
    gap_days: int | None
    returns: int
    why: str


def suggest(counts: pd.DataFrame) -> Suggestion:
    """
    The shortest silence after which fewer than 10 % return, at least 30 and at most 730 days.

    Args:
        counts: Columns days, returned, silent; one row per length, exact.
    """
    returns = int(counts["returned"].sum())
    if returns < ENOUGH:
        why = f"Not enough data: {returns} returns were seen, and a window is suggested from {ENOUGH} on."
        return Suggestion(None, None, None, returns, why)
    told = chances(counts)
    unlikely = told.loc[told["chance"] < UNLIKELY, "days"]
    found = int(unlikely.iloc[0]) if len(unlikely) else LONGEST
    days = min(max(found, SHORTEST), LONGEST)
    gaps = counts.sort_values("days")
    gap = int(gaps.loc[5 * gaps["returned"].cumsum() >= 4 * returns, "days"].iloc[0])
    clamped = "" if days == found else f" ({found} by the data alone)"
    why = f"After {days} silent days{clamped} fewer than 10 % return, by {returns} returns seen; four of five came within {gap} days."
    return Suggestion(days, math.ceil(0.8 * days), gap, returns, why)


def suggestion(facts: Facts, run: Callable[[ir.Table], pd.DataFrame]) -> Suggestion:
    """
    What the company's own data suggest.

    Args:
        facts: The tables.
        run: Has the engine compute an expression.
    """
    found = silences(facts)
    return suggest(
        run(found.group_by("days").agg(returned=_.returned.sum(), silent=(1 - _.returned).sum()).order_by("days"))
    )


def suggested_window(facts: Facts, run: Callable[[ir.Table], pd.DataFrame]) -> int:
    """The suggested activity window in days; 365 where there is not enough data to suggest one."""
    return suggestion(facts, run).days or 365
