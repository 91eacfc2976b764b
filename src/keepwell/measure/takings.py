"""What was taken in each period, from whom, in which currency? Order money per customer, rounded once."""

from dataclasses import replace
from datetime import timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.money import ZERO, converted, digits, earlier, minor, months, worth
from keepwell.measure.periods import Period, Periods
from keepwell.schema.table import MONEY


def takings(facts: Facts, periods: Periods, *, refunds_by: str = "refund") -> ir.Table:
    """
    Money of orders per customer (null: all guests together), period and currency, at the rate of the period's start.

    Args:
        facts: The tables.
        periods: Over which periods.
        refunds_by: "refund": money given back lowers the period of the day it was given back, where the day is known, and the
            order's where it is not; "order": always the order's. An order wholly given back is void either way: it brings
            nothing in its own period and takes nothing from a later one.

    Returns:
        Columns customer_id, period, currency, orders, fully_refunded (counts), gross, refunded, net,
        and net_after: the net at the rate of the period's end.
    """
    booked = ledger(facts, refunds_by)
    booked = booked.mutate(period=periods.place(booked.day), digits=digits(booked.currency))
    told = converted(booked.filter(booked.period.notnull()), facts, periods)
    summed = told.group_by("customer_id", "period", "currency").agg(
        orders=told.orders.sum(),
        fully_refunded=told.fully_refunded.sum(),
        gross=worth(told.gross, told.rate_start, facts).sum(),
        refunded=worth(told.refunded, told.rate_start, facts).sum(),
        net_after=worth((told.gross - told.refunded).cast(MONEY), told.rate_end, facts).sum(),
        digits=told.digits.max(),
    )
    rounded = {name: minor(summed[name], summed.digits) for name in ("gross", "refunded", "net_after")}
    known = summed.mutate(**rounded)
    return known.mutate(net=(known.gross - known.refunded).cast(MONEY)).drop("digits")


def ledger(facts: Facts, refunds_by: str) -> ir.Table:
    """
    What was sold and given back, line by line.

    Returns:
        Columns customer_id, day, currency, orders, fully_refunded, gross, refunded.

    Raises:
        MetricError: refunds_by is neither "order" nor "refund".
    """
    if refunds_by not in ("order", "refund"):
        raise MetricError(f"refunds_by = {refunds_by!r}.", 'It is "order" or "refund".', "Choose one of them.")
    sales = facts.sales
    whole = ((sales.net <= 0) & (sales.gross > 0)).cast("int64")
    sold = sales.select(
        "order_id", "customer_id", "day", "currency", "gross", "refunded", orders=ibis.literal(1, "int64"), fully_refunded=whole
    )  # fmt: skip
    returned = dated_refunds(facts)
    if refunds_by == "order":
        returned = returned.filter(returned.order_id.isnull())
    else:
        told = returned.filter(returned.order_id.notnull())
        dated = told.group_by("order_id").agg(dated=_.refunded.sum().cast(MONEY))
        sold = sold.left_join(dated, "order_id")
        sold = sold.mutate(refunded=ibis.greatest((sold.refunded - sold.dated.fill_null(ZERO)).cast(MONEY), ZERO))
    returned = returned.filter(returned.day < facts.today)
    columns = ("customer_id", "day", "currency", "orders", "fully_refunded", "gross", "refunded")
    return sold.select(*columns).union(returned.select(*columns))


def dated_refunds(facts: Facts) -> ir.Table:
    """
    Refunds on the company's days: those of sales that were not wholly given back, and those the source names no order for.

    Refunds from as_of on are among them: they are not yet to be taken off, but neither do they lower the order before their day.

    Returns:
        Columns order_id, customer_id (the order's where the refund has one), day, currency, orders and fully_refunded (0),
        gross (0), refunded.
    """
    part = facts.sales.filter(facts.sales.net > 0).select(order_id="order_id", buyer="customer_id")
    everybody = replace(facts, only=None).read("refunds")  # a refund may name its order alone
    of_orders = everybody.inner_join(part, "order_id")
    of_orders = of_orders.mutate(customer_id=ibis.coalesce(of_orders.buyer, of_orders.customer_id)).drop("buyer")
    alone = facts.read("refunds")
    both = of_orders.select(*alone.columns).union(alone.filter(alone.order_id.isnull()))
    none = ibis.literal(0, "int64")
    return both.select(
        "order_id", "customer_id", "currency", day=facts.day(both.refunded_at), refunded=both.amount,
        orders=none, fully_refunded=none, gross=ZERO,
    )  # fmt: skip


def with_previous(periods: Periods) -> Periods:
    """The periods and the one before them, as long as the first: whole months where that has whole months, days otherwise."""
    first = periods[0]
    whole = months(first)
    start = earlier(first.start, whole) if whole else first.start - timedelta(days=first.days)
    return Periods([Period("before", start, first.start), *periods], unit=periods.unit)


def year_before(periods: Periods) -> Periods:
    """The same periods a year before: twelve months where they are whole months, 52 weeks otherwise."""
    weeks = timedelta(days=364)
    ago = [
        Period(p.label, earlier(p.start, 12), earlier(p.end, 12))
        if months(p)
        else Period(p.label, p.start - weeks, p.end - weeks)
        for p in periods
    ]
    return Periods(ago, unit=periods.unit)
