"""Is a customer's goal on track, which needs speak now, is their word still fresh, and does keeping them pay? Rules without a clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import date_number

FRESH_DAYS = 90
"""After so many days a measured value, and a customer's own words, are too old to speak."""

_TOLERANCE = 0.9
"""Of the way that should be made by then: who has made so much of it is on track."""

STATES = ("reached", "on_track", "off_track", "missed", "unknown")

YEAR = 365
"""Days of money that a keep-decision looks at."""


@dataclass(frozen=True)
class Aim:
    """
    A goal of a customer's own business.

    Args:
        baseline: The value at the start.
        target: The value wanted.
        start: The day of the baseline.
        due: The day by which it is wanted.
    """

    baseline: float
    target: float
    start: date
    due: date


def way(aim: Aim, value: float) -> float:
    """The share of the way from the baseline to the target that a value stands for; below 0 where it went the other way."""
    return (value - aim.baseline) / (aim.target - aim.baseline) if aim.target != aim.baseline else 1.0


def state(aim: Aim, values: Iterable[tuple[date, float]], today: date) -> str:
    """
    Whether a goal is on track.

    Args:
        aim: The goal.
        values: Measured values with their days, in any order.
        today: The day of the look.

    Returns:
        reached: the newest value is at the target or beyond. missed: it is not, and was measured on the due day or later.
        on_track, off_track: beside the straight line from baseline to target, with a tenth of it allowed. unknown: nothing measured
        after the start, nothing for FRESH_DAYS, or the due day is over and no value tells how it ended: never on track then.
    """
    known = sorted((day, value) for day, value in values if aim.start < day <= today)
    if not known:
        return "unknown"
    day, value = known[-1]
    made = way(aim, value)
    if made >= 1:
        return "reached" if day >= aim.due or today <= aim.due or today - day <= timedelta(FRESH_DAYS) else "unknown"
    if today > aim.due:
        return "missed" if day >= aim.due else "unknown"
    if today - day > timedelta(FRESH_DAYS):
        return "unknown"
    wanted = (day - aim.start).days / max((aim.due - aim.start).days, 1)
    return "on_track" if made >= wanted * _TOLERANCE else "off_track"


def speaks_now(horizon: str, day: date | None, today: date) -> bool:
    """Whether a need is one of now: it was stated as such, or its day has come."""
    return horizon == "now" or (day is not None and day <= today)


def stale(said: Sequence[date], today: date) -> bool:
    """Whether nothing was said for FRESH_DAYS, or ever."""
    return not said or today - max(said) > timedelta(FRESH_DAYS)


def contributions(facts: Facts) -> ir.Table:
    """
    What customers brought in the last year before as_of, and what was spent on each of them by name.

    Orders less refunds and subscription days times the monthly price count, in the company's own currency alone; costs that name the
    customer (serve, retain, goods) are taken off. Orders in another currency are counted in "elsewhere" and not added.

    Returns:
        customer_id, revenue, costs, goods (part of costs), elsewhere (orders), all of 365 days; only customers with any of them.
    """
    home, first = facts.company.currency, facts.today - YEAR
    sales = facts.sales.filter(_.customer_id.notnull() & (_.day >= first))
    bought = sales.select(
        "customer_id", revenue=ibis.ifelse(sales.currency == home, sales.net.cast("float64"), 0.0), costs=0.0, goods=0.0,
        elsewhere=(sales.currency != home).cast("int64"),
    )  # fmt: skip
    parts = [bought, _spent(facts, home), _paid(facts, first, home)]
    summed = ibis.union(*parts).group_by("customer_id")
    return summed.agg(**{name: _[name].sum() for name in ("revenue", "costs", "goods", "elsewhere")})


def _spent(facts: Facts, home: str) -> ir.Table:
    costs = facts.read("costs")
    day = date_number(costs.month)
    wanted = costs.customer_id.notnull() & costs.purpose.isin(["serve", "retain", "goods"]) & (costs.currency == home)
    spent = costs.filter(wanted & (day >= facts.today - YEAR) & (day < facts.today))
    amount = spent.amount.cast("float64")
    goods = ibis.ifelse(spent.purpose == "goods", amount, 0.0)
    return spent.select("customer_id", revenue=0.0, costs=amount, goods=goods, elsewhere=ibis.literal(0, "int64"))


def _paid(facts: Facts, first: int, home: str) -> ir.Table:
    runs = facts.stretches.filter(_.state.isin(["paid", "past_due"]))
    start, end = ibis.greatest(runs.start_day, first), ibis.coalesce(runs.end_day, facts.today)
    days = ibis.ifelse(end > start, end - start, 0).cast("float64")
    mine = runs.currency == home
    money = ibis.ifelse(mine, runs.mrr.cast("float64") * 12.0 * days / float(YEAR), 0.0)
    return runs.select("customer_id", revenue=money, costs=0.0, goods=0.0, elsewhere=(~mine & (days > 0)).cast("int64"))


@dataclass(frozen=True)
class Contribution:
    """
    What one customer brought in a year, less what serving and keeping them cost.

    Args:
        revenue: Orders less refunds, and subscription fees.
        costs: Costs that name them; None where the company records none that name a customer.
        margin: The share of revenue left after goods; None where nobody knows it.
        value: revenue × margin - costs; None where it cannot be told.
        loses: Whether they cost more than they bring, whatever the margin; None where the margin would decide.
    """

    revenue: float
    costs: float | None
    margin: float | None
    value: float | None
    loses: bool | None


def contribution(revenue: float, costs: float | None, goods: float, margin: float | None) -> Contribution:
    """
    One customer's contribution.

    Args:
        revenue: Of a year.
        costs: That name the customer, goods among them; None where none are recorded of anybody.
        goods: What of the costs was goods: then the margin is not taken off a second time.
        margin: The company's gross margin; None where nobody knows it.
    """
    if costs is None:
        return Contribution(revenue, None, margin, None, None)
    kept = 1.0 if goods > 0 else margin
    if kept is None:
        return Contribution(revenue, costs, margin, None, True if costs > revenue else None)
    value = revenue * kept - costs
    return Contribution(revenue, costs, margin, value, value < 0)
