"""What has each customer bought in all, and in which fifth of the buyers are they? Sums to a morning, and RFM scores."""

from datetime import timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.money import converted, digits, minor, worth
from keepwell.measure.periods import Period, Periods
from keepwell.measure.purchases import order_days
from keepwell.tongue import gettext_noop

SCORED = {"recency_score": "last_day", "frequency_score": "orders", "monetary_score": "net"}
"""Each score, and the sum it ranks: later, more and larger are better."""


def own_money(table: ir.Table, amount: str, facts: Facts) -> ir.Table:
    """The rows with currency, money (exact, in the told currency at today's rate) and home (whether that is the company's)."""
    today = Periods([Period("now", facts.as_of, facts.as_of + timedelta(days=1))], unit="day")
    placed = table.mutate(period=ibis.literal(0, "int32"), digits=digits(table.currency))
    told = converted(placed, facts, today)
    return told.mutate(money=worth(told[amount], told.rate_start, facts), home=told.currency == facts.company.currency)


def buyers(facts: Facts) -> ir.Table:
    """
    Everybody who bought before as_of: one row each.

    Returns:
        Columns customer_id, orders, net (in the company's currency, rounded once), orders_elsewhere (orders in a currency
        without a rate, which are not in net), first_day and last_day.
    """
    bought = own_money(facts.purchases, "net", facts)
    away = (~bought.home).cast("int64")
    summed = bought.group_by("customer_id").agg(
        net=bought.money.sum(where=bought.home), first_day=bought.day.min(), last_day=bought.day.max(), orders_elsewhere=away.sum()
    )  # fmt: skip
    counted = order_days(facts).group_by("customer_id").agg(orders=_.orders.sum())
    both = summed.join(counted, "customer_id")
    home = digits(ibis.literal(facts.company.currency))
    return both.select(
        "customer_id", "orders", "orders_elsewhere", "first_day", "last_day", net=minor(both.net.fill_null(0), home)
    )


def scores(facts: Facts) -> ir.Table:
    """
    Recency, frequency and money of every buyer as fifths of all buyers: 5 is the best, 1 the least.

    The k-th cut is the smallest value that k fifths of the buyers do not exceed, so equal buyers have equal scores.

    Returns:
        The columns of buyers(), and recency_score, frequency_score, monetary_score.
    """
    beside = whole = buyers(facts)
    for column in SCORED.values():
        beside = beside.cross_join(cuts(whole, column))
    told = {name: fifth(beside, column) for name, column in SCORED.items()}
    return beside.select(*whole.columns, **told)


def cuts(table: ir.Table, column: str) -> ir.Table:
    """
    The four values at which a column is cut into fifths: the k-th is the smallest that k fifths of the rows do not exceed.

    Returns:
        One row, columns named for the column and 1 to 4.
    """
    counted = table.group_by(column).agg(n=_.count())
    summed = counted.mutate(
        reached=_.n.sum().over(ibis.cumulative_window(order_by=column)) * 5, everybody=_.n.sum().over(ibis.window())
    )
    return summed.agg(
        **{f"{column}_{k}": summed[column].min(where=summed.reached >= k * summed.everybody) for k in range(1, 5)}
    )


def fifth(table: ir.Table, column: str) -> ir.IntegerValue:
    """In which fifth a row stands, 1 to 5; the table carries what cuts() gave beside its own columns."""
    above = [(table[column] > table[f"{column}_{k}"]).cast("int32") for k in range(1, 5)]
    return (above[0] + above[1] + above[2] + above[3] + 1).cast("int32")


@metric(
    id="rfm",
    name=gettext_noop("Buyers by recency, frequency and money"),
    question=gettext_noop("How many buyers stand in each fifth by how lately, how often and for how much they bought?"),
    formula="buyers per cell of three scores from 1 to 5 (5: latest, most orders, most money), each score a fifth of all buyers on as_of",
    unit="count",
    misleads="Scores rank buyers among each other: in a shrinking shop somebody still has 5. Many equal buyers share a score, so fifths need not be equally full.",
    source="Fifths cut at values: the k-th cut is the smallest value that k fifths of the buyers do not exceed.",
)
def rfm(facts: Facts, periods: Periods) -> Cases:  # noqa: ARG001  as_of alone says who bought when
    """Buyers, their orders and money by the three scores on as_of, whatever the periods."""
    counts = {"customers": _.count(), "orders": _.orders.sum(), "net": _.net.sum()}
    return Cases(scores(facts), tuple(SCORED), counts, number("customers"), {"customers": _.orders > 0})
