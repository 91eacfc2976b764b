"""Do customers buy again, and how often? Purchases, counted by the company's days."""

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, share
from keepwell.measure.periods import Periods
from keepwell.tongue import gettext_noop


def order_days(facts: Facts) -> ir.Table:
    """
    The days on which customers bought: columns customer_id, day, orders.

    Fully refunded orders and guests are not there. Orders of one day are one where the company merges them.
    """
    days = facts.purchases.group_by("customer_id", "day").agg(orders=_.count())
    return days.mutate(orders=ibis.literal(1, "int64")) if facts.company.merge_same_day_orders else days


def first_days(facts: Facts) -> ir.Table:
    """Each customer's first purchase: columns customer_id, first_day."""
    return facts.purchases.group_by("customer_id").agg(first_day=_.day.min())


def first_two(facts: Facts) -> ir.Table:
    """Each customer's first and second order: columns customer_id, first_day, second_day (null: none yet)."""
    days = order_days(facts)
    known = days.join(days.group_by("customer_id").agg(first_day=_.day.min()), "customer_id")
    another = (known.day > known.first_day) | (known.orders > 1)
    return known.group_by("customer_id", "first_day").agg(second_day=known.day.min(where=another))


@metric(
    id="repeat_rate",
    name=gettext_noop("Repeat purchase rate of a window"),
    question=gettext_noop("Of the customers who had bought before the period began, how many bought in it?"),
    formula="customers with a first purchase before the period who bought in the window / customers with a first purchase before it",
    unit="share",
    misleads="Falls as the base ages: everyone who ever bought stays in the denominator. First-time buyers of the window are in neither part; orders wholly given back do not count.",
    source="First-time buyers of the window are in neither part; days are the company's own.",
)
def repeat_rate(facts: Facts, periods: Periods, *, within: int = 0) -> Cases:
    """
    Existing customers who bought again.

    Args:
        facts: The tables.
        periods: Each begins a window, with its first day.
        within: Days the window has; 0 is the whole period. A window that is not over has no value.
    """
    _at_least(0, "within", within)
    span = _windows(periods, within)
    existing = first_days(facts).cross_join(span).filter(_.first_day < _.from_day)
    joined = existing.left_join(_bought_in(facts, periods, within), ["customer_id", "period"])
    rows = joined.select("customer_id", "period", returned=joined.returned.fill_null(0))
    counts = {"existing": _.count(), "returned": _.returned.sum(), "silent": (1 - _.returned).sum()}
    groups = {"existing": _.returned >= 0, "returned": _.returned == 1, "silent": _.returned == 0}
    last_days = [(period.end if not within else period.start).toordinal() + within for period in periods]

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = every_period(periods, {"existing": "Nobody had bought before the period."})(frame)
        return whole.assign(complete=[last_days[place] <= facts.as_of.toordinal() for place in whole["period"]])

    return Cases(rows, ("period",), counts, share("returned", "existing"), groups, _own_end, finish)


def _windows(periods: Periods, within: int) -> ir.Table:
    span = periods.table().rename(from_day="start_day", to_day="end_day")
    return span.mutate(to_day=(span.from_day + within).cast("int32")) if within else span


def _bought_in(facts: Facts, periods: Periods, within: int) -> ir.Table:
    """Columns customer_id, period, returned (1): who bought in which window."""
    days = facts.purchases.select("customer_id", "day")
    if within:
        days = days.distinct().cross_join(_windows(periods, within))
        bought = days.filter((days.day >= days.from_day) & (days.day < days.to_day)).select("customer_id", "period")
    else:
        bought = days.select("customer_id", period=periods.place(days.day)).filter(_.period.notnull())
    return bought.distinct().mutate(returned=ibis.literal(1, "int64"))


def _own_end(frame: pd.DataFrame) -> pd.Series:
    """Whether a window is over is told by its own days, not by its period's."""
    return pd.Series(-1, index=frame.index)


def _at_least(least: int, name: str, value: int) -> None:
    if value < least:
        raise MetricError(f"{name} = {value}.", f"It is a number of days, at least {least}.", "Choose a larger one.")


@metric(
    id="repeat_within",
    name=gettext_noop("Second order within N days"),
    question=gettext_noop(
        "Of the customers whose first order is long enough ago to tell, how many ordered again within N days?"
    ),
    formula="customers with a second order at most N days after the first / customers whose N days after the first are over",
    unit="share",
    misleads="A cohort's figure rests on its mature customers only; the newest cohorts have few (see eligible).",
    source="Only customers whose N days are over are asked.",
)
def repeat_within(facts: Facts, periods: Periods, *, days: int = 90) -> Cases:
    """
    Mature repeat purchase rate by the period of the first order.

    Args:
        facts: The tables.
        periods: Cohorts: in which of them the first order lies.
        days: N. Day N itself counts, and must be over.
    """
    _at_least(1, "days", days)
    two = first_two(facts)
    two = two.mutate(cohort=periods.place(two.first_day), eligible=(two.first_day + days < facts.today).cast("int64"))
    soon = (two.second_day - two.first_day <= days).fill_null(False).cast("int64")
    rows = two.filter(two.cohort.notnull()).mutate(repeated=soon * two.eligible, repeated_so_far=soon)
    names = ("eligible", "repeated", "repeated_so_far")
    counts = {"customers": _.count(), **{name: _[name].sum() for name in names}}
    groups = {
        **{name: _[name] == 1 for name in names},
        "not_repeated": (_.eligible == 1) & (_.repeated == 0),
    }
    return Cases(rows, ("cohort",), counts, share("repeated", "eligible"), groups)


@metric(
    id="purchase_frequency",
    name=gettext_noop("Purchase frequency"),
    question=gettext_noop("How many orders does a buyer place in the period?"),
    formula="orders / distinct buyers of the period",
    unit="orders",
    misleads="Buyers only: it cannot fall below 1, and grows with the length of the period; compare equal ones.",
    source="Orders over distinct buyers; a year's with rolling periods of 365 days.",
)
def purchase_frequency(facts: Facts, periods: Periods) -> Cases:
    """Orders per buyer."""
    days = order_days(facts)
    rows = days.group_by("customer_id", period=periods.place(days.day)).agg(placed=_.orders.sum())
    counts = {"buyers": _.count(), "orders": _.placed.sum()}
    rows = rows.filter(rows.period.notnull())
    groups = {"buyers": _.placed > 0, "several": _.placed > 1}
    finish = every_period(periods, {"buyers": "Nobody bought in the period."})
    return Cases(rows, ("period",), counts, share("orders", "buyers"), groups, finish=finish)


@metric(
    id="lifetime_repeat",
    name=gettext_noop("Buyers who ever bought twice"),
    question=gettext_noop("Of everyone who had bought by the end of the period, how many had bought at least twice?"),
    formula="customers with two or more orders / customers with one or more, by the end of the period",
    unit="share",
    misleads="New buyers have had no time for a second order: fast growth lowers it; for equal time use repeat_within. Orders wholly given back do not count, nor do those who only placed such.",
    source="Three numbers go by this name; this is one of them (see repeat_rate, lifetime_repeat, returning_share).",
)
def lifetime_repeat(facts: Facts, periods: Periods) -> Cases:
    """Buyers with two or more orders."""
    rows = first_two(facts).cross_join(periods.table()).filter(_.first_day < _.end_day)
    rows = rows.select("customer_id", "period", again=(rows.second_day < rows.end_day).fill_null(False).cast("int64"))
    counts = {"buyers": _.count(), "repeated": _.again.sum()}
    groups = {"buyers": _.again >= 0, "repeated": _.again == 1, "once": _.again == 0}
    finish = every_period(periods, {"buyers": "Nobody had bought yet."})
    return Cases(rows, ("period",), counts, share("repeated", "buyers"), groups, finish=finish)


@metric(
    id="returning_share",
    name=gettext_noop("Share of returning customers"),
    question=gettext_noop("Of the customers who bought in the period, how many had bought before it?"),
    formula="buyers of the period with a first purchase before it / buyers of the period",
    unit="share",
    misleads="Rises when fewer new customers come; it is no repeat rate, for it asks the buyers, not the base. Orders wholly given back do not count.",
    source="Three numbers go by this name; this is one of them (see repeat_rate, lifetime_repeat, returning_share).",
)
def returning_share(facts: Facts, periods: Periods) -> Cases:
    """Buyers of the period who are not new."""
    bought = facts.purchases.select("customer_id", period=periods.place(facts.purchases.day))
    known = bought.filter(bought.period.notnull()).distinct().join(first_days(facts), "customer_id")
    before = periods.place(known.first_day).fill_null(-1) != known.period
    rows = known.select("customer_id", "period", returning=before.cast("int64"))
    counts = {"buyers": _.count(), "returning": _.returning.sum(), "first_time": (1 - _.returning).sum()}
    groups = {"buyers": _.returning >= 0, "returning": _.returning == 1, "first_time": _.returning == 0}
    finish = every_period(periods, {"buyers": "Nobody bought in the period."})
    return Cases(rows, ("period",), counts, share("returning", "buyers"), groups, finish=finish)
