"""What did orders bring, from whom, and how did that move? Revenue of purchases: never called recurring."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure import bridge
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric
from keepwell.measure.money import ZERO, converted, digits, minor, worth
from keepwell.measure.periods import Periods
from keepwell.measure.purchases import first_days
from keepwell.measure.takings import ledger, takings, with_previous, year_before
from keepwell.schema.clock import day_number
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

_CELL = ("period", "currency")


@metric(
    id="sales_summary",
    name=gettext_noop("Sales"),
    question=gettext_noop("What was sold, to how many, and how much of it came back?"),
    formula="net = gross - refunds of paid orders; guests' orders included",
    unit="money",
    misleads="Buyers include those who gave everything back. Gross includes shipping and tax as the source gave them. Counted by the order's period instead (refunds_by=order), later refunds still change old months.",
    source="Keepwell's own rule: a full refund voids the order, a partial one lowers the period it is given back in.",
)
def sales_summary(facts: Facts, periods: Periods, *, refunds_by: str = "refund") -> Cases:
    """
    Orders, buyers, gross, refunds and net.

    Args:
        facts: The tables.
        periods: Over which periods.
        refunds_by: "order" or "refund": in whose period money given back is taken off (see takings).
    """
    rows = takings(facts, periods, refunds_by=refunds_by)
    known = rows.customer_id.notnull()
    rows = rows.mutate(
        bought=(known & (rows.orders > 0)).cast("int64"), guest_orders=ibis.ifelse(known, 0, rows.orders).cast("int64")
    )
    counts = {
        "orders": _.orders.sum(),
        "buyers": _.bought.sum(),
        "guest_orders": _.guest_orders.sum(),
        "fully_refunded": _.fully_refunded.sum(),
        "gross": _.gross.sum(),
        "refunds": _.refunded.sum(),
        "net": _.net.sum(),
    }
    groups = {"buyers": _.bought == 1, "gave_back": _.refunded > 0}
    return Cases(rows, _CELL, counts, bridge.total("net"), groups, finish=every_period(periods))


@metric(
    id="revenue_per_customer",
    name=gettext_noop("Revenue per buyer"),
    question=gettext_noop("What does a buyer of the period spend in it?"),
    formula="net revenue of known buyers / known buyers",
    unit="money",
    misleads="Buyers only, and guests are left out; a few large buyers carry it (see concentration).",
    source="Net revenue over known buyers.",
)
def revenue_per_customer(facts: Facts, periods: Periods) -> Cases:
    """Net revenue per known buyer whose orders were not wholly refunded."""
    rows = takings(facts, periods)
    rows = rows.filter(rows.customer_id.notnull() & (rows.net > 0))
    counts = {"buyers": _.count(), "net": _.net.sum()}
    value = bridge.ratio(("net",), ("buyers",))
    return Cases(rows, _CELL, counts, value, {"buyers": _.net > 0}, finish=every_period(periods))


def pairs(facts: Facts, periods: Periods, refunds_by: str, against: str = "before") -> ir.Table:
    """
    Each customer's revenue of every period and of the one it is compared with, ready for bridge.movements.

    Revenue is net and never below 0; that of the earlier period is told at this period's rate, the drift as fx.

    Raises:
        MetricError: against is neither "before" nor "year".
    """
    if against not in _AGAINST:
        raise MetricError(
            f"against = {against!r}.",
            'It is "before" (the period before) or "year" (the same period a year before).',
            "Choose one.",
        )
    booked = ledger(facts, refunds_by).filter(_.customer_id.notnull())
    booked = booked.select(
        "customer_id", "currency", "day", net=(booked.gross - booked.refunded).cast(MONEY), digits=digits(booked.currency)
    )  # fmt: skip
    both = _AGAINST[against](booked, facts, periods)
    summed = both.group_by("customer_id", "period", "currency").agg(
        digits=both["digits"].max(),
        after=both.after.sum(where=both.this),
        **{name: both[name].sum(where=~both.this) for name in ("start", "before")},
    )
    money = {name: minor(summed[name].fill_null(0), summed["digits"]) for name in ("start", "before", "after")}
    summed = summed.mutate(**{name: ibis.greatest(amount, ZERO) for name, amount in money.items()}).drop("digits")
    summed = summed.filter((summed.before > 0) | (summed.after > 0)).left_join(first_days(facts), "customer_id")
    began = ibis.cases(*((summed.period == place, day_number(p.start)) for place, p in enumerate(periods)), else_=0)
    never = ibis.literal(value=False)
    return summed.drop("customer_id_right").mutate(
        end=summed.after,
        paid_before=(summed.first_day < began).fill_null(False),
        paused_at_start=never,
        paused_at_end=never,
    )


_KEY = ("customer_id", "currency", "digits")


def _with_the_one_before(booked: ir.Table, facts: Facts, periods: Periods) -> ir.Table:
    """Every line under its period (this) and under the next one, at the rates of both."""
    wider = with_previous(periods)
    placed = booked.mutate(period=wider.place(booked.day))
    told = converted(placed.filter(placed.period.notnull()), facts, wider)
    now, later = worth(told.net, told.rate_start, facts), worth(told.net, told.rate_end, facts)
    this = told.select(*_KEY, period=(told.period - 1).cast("int32"), start=now, before=now, after=now, this=True)
    last = told.select(*_KEY, "period", start=now, before=later, after=now, this=False)
    return this.filter(_.period >= 0).union(last.filter(_.period < len(periods)))


def _with_last_year(booked: ir.Table, facts: Facts, periods: Periods) -> ir.Table:
    """Every line under its period (this), and those of the same periods a year before at the rates of then and now."""
    ago = year_before(periods)
    either, later = Periods([*ago, *periods], unit=periods.unit), len(periods)
    parts = []
    for asked, shift, name in ((periods, later, "after"), (ago, 0, "start"), (ago, later, "before")):
        placed = booked.mutate(place=asked.place(booked.day))
        placed = placed.filter(placed.place.notnull())
        told = converted(placed.mutate(period=(placed.place + shift).cast("int32")), facts, either)
        money = worth(told.net, told.rate_start, facts)
        columns = {other: money if other == name else money - money for other in ("start", "before", "after")}
        parts.append(told.select(*_KEY, period="place", **columns, this=ibis.literal(name == "after")))
    return ibis.union(*parts)


_AGAINST = {"before": _with_the_one_before, "year": _with_last_year}


def _moved(
    facts: Facts, periods: Periods, refunds_by: str, against: str, value: Callable[[pd.DataFrame], pd.Series]
) -> Cases:
    rows = bridge.movements(pairs(facts, periods, refunds_by, against))
    return Cases(rows, _CELL, bridge.COUNTS, value, bridge.GROUPS, finish=every_period(periods))


_SEASONAL = "Seasonal: a December is followed by a January; set it against the same month a year before too (against=year). It is never recurring revenue."


@metric(
    id="revenue_movements",
    name=gettext_noop("Revenue movement"),
    question=gettext_noop("How did order revenue get from the period before to this one?"),
    formula="start + new + reactivation + expansion - contraction - churn + fx = end, with each customer's net order revenue",
    unit="money",
    misleads=_SEASONAL + " A customer who skips a period is churn and then a reactivation.",
    source="The bridge of MRR with net order revenue, floored at 0, in its place.",
)
def revenue_movements(facts: Facts, periods: Periods, *, refunds_by: str = "refund", against: str = "before") -> Cases:
    """
    The bridge of purchases, period over period; its value is end less start. Guests are in none of it.

    Args:
        facts: The tables.
        periods: Over which periods.
        refunds_by: "order" or "refund" (see takings).
        against: "before", or "year" for the same period a year before.
    """
    return _moved(facts, periods, refunds_by, against, bridge.total("end", "-start"))


@metric(
    id="revenue_grr",
    name=gettext_noop("Gross revenue kept, of purchases"),
    question=gettext_noop(
        "Of last period's order revenue, how much did the same customers bring again, growth not counted?"
    ),
    formula="sum of min(revenue now, revenue of the period before) per customer / revenue of the period before",
    unit="share",
    misleads=_SEASONAL,
    source="grr with net order revenue of two periods in a row.",
)
def revenue_grr(facts: Facts, periods: Periods, *, refunds_by: str = "refund", against: str = "before") -> Cases:
    """
    GRR of purchases.

    Args:
        facts: The tables.
        periods: Over which periods.
        refunds_by: "order" or "refund" (see takings).
        against: "before", or "year" for the same period a year before.
    """
    return _moved(facts, periods, refunds_by, against, bridge.ratio(("held",), ("before",)))


@metric(
    id="revenue_nrr",
    name=gettext_noop("Net revenue kept, of purchases"),
    question=gettext_noop("What did last period's customers bring this time, as a share of last time?"),
    formula="revenue now of customers with revenue in the period before / revenue of the period before",
    unit="share",
    misleads=_SEASONAL,
    source="nrr with net order revenue of two periods in a row.",
)
def revenue_nrr(facts: Facts, periods: Periods, *, refunds_by: str = "refund", against: str = "before") -> Cases:
    """
    NRR of purchases, without those who came back.

    Args:
        facts: The tables.
        periods: Over which periods.
        refunds_by: "order" or "refund" (see takings).
        against: "before", or "year" for the same period a year before.
    """
    return _moved(facts, periods, refunds_by, against, bridge.ratio(("held_or_grown",), ("before",)))
