"""What does metered use bring a month? Beside MRR, never in it."""

from dataclasses import replace
from datetime import date

import ibis
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure import bridge
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric
from keepwell.measure.money import earlier
from keepwell.measure.periods import Period, Periods
from keepwell.measure.takings import takings
from keepwell.tongue import gettext_noop

_OVER = 3
"""Months whose mean is told."""


@metric(
    id="usage_mrr",
    name=gettext_noop("Metered use a month"),
    question=gettext_noop("What has metered use brought a month, over the last three months?"),
    formula="net of orders of the metered channel in the three months up to the close / 3",
    unit="money",
    misleads="A mean of the past, not a promise: nobody is bound to use as much again. Young customers' months before they came count as 0.",
    source="Metered use is left out of MRR; its trailing mean of three months stands beside it.",
)
def usage_mrr(facts: Facts, periods: Periods, *, channel: str = "metered") -> Cases:
    """
    Trailing mean of what metered use brought.

    Args:
        facts: The tables.
        periods: Each ends with a month.
        channel: The channel under which invoices for metered use stand among the orders.
    """
    closes = [_three_months(period) for period in periods]
    single = sorted({month for months_ in closes for month in months_})
    asked = Periods([Period(f"{first:%Y-%m}", first, earlier(first, -1)) for first in single], unit="month")
    taken = takings(_metered(facts, channel), asked).filter(_.customer_id.notnull())
    belongs = [(place, single.index(month)) for place, months_ in enumerate(closes) for month in months_]
    pairs = ibis.memtable(
        {"period": [place for place, _month in belongs], "month": [month for _place, month in belongs]},
        schema={"period": "int32", "month": "int32"},
    )
    rows = taken.rename(month="period").join(pairs, "month").select("customer_id", "period", "currency", "net")
    summed = rows.group_by("customer_id", "period", "currency").agg(net=_.net.sum())
    counts = {"net": _.net.sum(), "customers": (_.net > 0).sum()}

    def value(frame: pd.DataFrame) -> pd.Series:
        return bridge.total("net")(frame) / _OVER

    return Cases(summed, ("period", "currency"), counts, value, {"customers": _.net > 0}, finish=every_period(periods))


def _three_months(period: Period) -> list[date]:
    """The first days of the months up to the period's end."""
    if period.end.day != 1:
        raise MetricError(
            f"The period {period.label} does not end with a month.",
            "Metered use is told by months.",
            "Ask by month, quarter, half or year.",
        )
    return [earlier(period.end, back) for back in range(_OVER, 0, -1)]


def _metered(facts: Facts, channel: str) -> Facts:
    """The facts with the invoices for metered use alone, and what was given back of them."""
    keeps = {"orders": lambda t: t.channel == channel, "refunds": lambda t: t.order_id.notnull()}
    kept = {name: facts.tables[name].filter(keep) for name, keep in keeps.items() if name in facts.tables}
    return replace(facts, tables={**facts.tables, **kept})
