"""What was spent, for what, and who stands behind it? Costs and customers of whole months, side by side."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.money import converted, digits, earlier, minor, months, worth
from keepwell.measure.mrr import boundaries, held
from keepwell.measure.periods import Period, Periods
from keepwell.measure.purchases import first_days
from keepwell.measure.spells import active_by
from keepwell.measure.takings import takings
from keepwell.schema.clock import date_number
from keepwell.schema.table import MONEY

Column = tuple[str, str]


def spend(facts: Facts, periods: Periods, purpose: str, *, lag_months: int = 0) -> ir.Table:
    """
    Money spent for a purpose, entry by entry, at the rate of the period's start.

    Args:
        facts: The tables.
        periods: Whole months each, for costs are recorded by month.
        purpose: acquire, retain, serve or goods.
        lag_months: How many months later the money is told, where it works that late.

    Returns:
        Columns customer_id (null: for nobody in particular), period, currency, category, and one named as the purpose.

    Raises:
        MetricError: A period is not made of whole months.
    """
    whole_months(periods)
    table = facts.read("costs").filter(_.purpose == purpose)
    spent_in = Periods(
        [Period(p.label, earlier(p.start, lag_months), earlier(p.end, lag_months)) for p in periods], unit=periods.unit
    )
    table = table.mutate(period=spent_in.place(date_number(table.month)), digits=digits(table.currency))
    told = converted(table.filter(table.period.notnull()), facts, periods)
    amount = minor(worth(told.amount, told.rate_start, facts), told.digits)
    return told.select("customer_id", "period", "currency", "category", **{purpose: amount})


def whole_months(periods: Periods) -> list[int]:
    """
    How many months each period has.

    Raises:
        MetricError: A period is not made of whole months.
    """
    found = [months(period) for period in periods]
    if None in found:
        raise MetricError(
            f"Periods of a {periods.unit} do not fit costs.",
            "Costs are recorded by month, so each period must be whole months.",
            "Ask by month, quarter, half or year.",
        )
    return [count for count in found if count is not None]


def first_paid(facts: Facts) -> ir.Table:
    """The day each customer first paid, for an order or a subscription: columns customer_id, first_day."""
    by = active_by(facts)
    bought = first_days(facts)
    served = held(facts).filter(_.amount > 0).select("customer_id", first_day="start_day")
    if by == "purchase":
        return bought
    paid = served if by == "subscription" else served.union(bought.select("customer_id", "first_day"))
    return paid.group_by("customer_id").agg(first_day=_.first_day.min())


def revenue(facts: Facts, periods: Periods, source: str) -> ir.Table:
    """
    What each customer brought in each period.

    Orders count net, refunds on their own day; subscriptions their MRR at the close, for each month of the period.

    Args:
        facts: The tables.
        periods: Whole months each where subscriptions count.
        source: "orders", "subscriptions", or "auto": what keeps the company's customers, and orders where both do,
            for payments of subscriptions are often recorded as orders, and money must not be counted twice.

    Returns:
        Columns customer_id, period, currency, revenue, mrr (null where orders count), payers (1 where there is revenue).
    """
    if counts_orders(facts, source):
        taken = takings(facts, periods, refunds_by="refund").filter(_.customer_id.notnull())
        earned, monthly = taken.net, ibis.null(MONEY)
    else:
        taken = boundaries(facts, periods).filter(_.end > 0)
        long = ibis.cases(*((taken.period == place, n) for place, n in enumerate(whole_months(periods))), else_=0)
        earned, monthly = (taken.end * long.cast("decimal(4, 0)")).cast(MONEY), taken.end
    one = ibis.literal(1, "int64")
    return taken.select("customer_id", "period", "currency", revenue=earned, mrr=monthly, payers=one)


def counts_orders(facts: Facts, source: str) -> bool:
    """
    Whether revenue is that of orders.

    Raises:
        MetricError: source is not auto, orders or subscriptions.
    """
    if source not in ("auto", "orders", "subscriptions"):
        raise MetricError(f"revenue = {source!r}.", "It is auto, orders or subscriptions.", "Choose one of them.")
    if source != "auto":
        return source == "orders"
    by = active_by(facts)
    return by == "purchase" or (by != "subscription" and "orders" in facts.tables)


def side_by_side(parts: Sequence[ir.Table], keys: Sequence[Column], counted: Sequence[Column]) -> ir.Table:
    """
    The rows of several tables under each other; what a table does not speak of is null, not 0.

    Args:
        parts: Tables with some of the columns.
        keys: Columns that name a row's cell and customer, with their types.
        counted: Columns that are summed, with their types.
    """
    columns = [*keys, *counted]
    filled = [
        part.select(
            **{name: part[name].cast(kind) if name in part.columns else ibis.null(kind) for name, kind in columns}
        )
        for part in parts
    ]
    return ibis.union(*filled) if len(filled) > 1 else filled[0]


def shared(frame: pd.DataFrame, periods: Periods, people: Sequence[str], currency: str) -> pd.DataFrame:
    """
    Counts of people, who have no currency, put beside the money of every currency of their period.

    A period without money gets one row in the company's currency, its money unknown.

    Args:
        frame: One row per cell; people stand in those whose currency is null.
        periods: The periods asked for; each gets its rows.
        people: The columns that count people.
        currency: The company's.
    """
    keys = [name for name in ("period", "by") if name in frame]
    cells = pd.DataFrame({"period": range(len(periods))})
    if "by" in frame:
        cells = cells.merge(pd.DataFrame({"by": sorted(frame["by"].unique())}), how="cross")
    named = frame["currency"].notna()
    counted = frame.loc[~named, [*keys, *people]].groupby(keys, as_index=False).sum()
    money = frame.loc[named].drop(columns=list(people))
    whole = cells.merge(counted, on=keys, how="left").merge(money, on=keys, how="left")
    for name in people:
        whole[name] = pd.to_numeric(whole[name]).fillna(0).astype("int64")
    whole["currency"] = whole["currency"].where(whole["currency"].notna(), currency)
    return whole.sort_values([*keys, "currency"], ignore_index=True)


def because(frame: pd.DataFrame, reasons: Sequence[tuple[pd.Series, str]]) -> pd.DataFrame:
    """The frame with the first reason that holds in each row, where one does."""
    told = pd.Series(None, index=frame.index, dtype=object)
    for holds, why in reversed(reasons):
        told = told.mask(holds.astype(bool), why)
    return frame.assign(reason=told) if told.notna().any() else frame
