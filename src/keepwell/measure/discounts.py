"""How much of the price is given away? Orders on offer, and what subscriptions would pay at list price."""

from dataclasses import replace

import pandas as pd
from ibis import _

from keepwell.measure import bridge
from keepwell.measure.cells import every_period
from keepwell.measure.costs import Column, side_by_side
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, share
from keepwell.measure.money import converted, digits, minor, worth
from keepwell.measure.mrr import boundaries
from keepwell.measure.periods import Periods
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

_KEYS: list[Column] = [("customer_id", "string"), ("period", "int32"), ("currency", "string")]


@metric(
    id="orders_on_offer",
    name=gettext_noop("Orders on offer"),
    question=gettext_noop("What share of the orders was bought at a discount, and how much was taken off?"),
    formula="orders with a discount / orders whose discount is known; discount_rate: money taken off / (money taken off + gross)",
    unit="share",
    misleads="A price lowered before the order is no discount here. Orders whose source tells no discount are in neither part. Who waits for offers and who gets them by chance look alike.",
    source="Share of orders on offer; orders wholly given back left out.",
)
def orders_on_offer(facts: Facts, periods: Periods) -> Cases:
    """Orders with something taken off, of those that say; guests' included."""
    sales = facts.sales.filter((_.net > 0) & _.discount.notnull())
    sales = sales.mutate(period=periods.place(sales.day), digits=digits(sales.currency)).filter(_.period.notnull())
    told = converted(sales, facts, periods)
    money = {name: minor(worth(told[name], told.rate_start, facts), told.digits) for name in ("discount", "gross")}
    rows = told.select("customer_id", "period", "currency", **money, on_offer=(told.discount > 0).cast("int64"))
    counts = {"orders": _.count(), **{name: _[name].sum() for name in ("on_offer", "discount", "gross")}}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = every_period(periods, {"orders": "No order of the period says its discount."})(frame)
        return whole.assign(discount_rate=bridge.ratio(("discount",), ("discount", "gross"))(whole))

    groups = {"buyers_on_offer": _.on_offer == 1, "buyers_at_full_price": _.on_offer == 0}
    return Cases(rows, ("period", "currency"), counts, share("on_offer", "orders"), groups, finish=finish)


@metric(
    id="mrr_on_offer",
    name=gettext_noop("MRR given away in discounts"),
    question=gettext_noop("How far is what subscriptions pay below what they would pay at list price?"),
    formula="1 - MRR / MRR at list price, at the close of the period",
    unit="share",
    misleads="Discounts that end become expansion without anybody buying more. A source that tells no list price looks as if nothing were given away.",
    source="MRR is told less the discounts that apply; the list price stands beside it.",
)
def mrr_on_offer(facts: Facts, periods: Periods) -> Cases:
    """MRR beside the same at list price; a subscription free by a discount counts at list price alone."""
    told = facts.read("subscriptions")
    listed = {**facts.tables, "subscriptions": told.mutate(mrr=told.list_mrr.fill_null(told.mrr))}
    paid, full = (boundaries(each, periods).filter(_.end > 0) for each in (facts, replace(facts, tables=listed)))
    parts = [paid.rename(mrr="end"), full.rename(list_mrr="end")]
    rows = side_by_side(parts, _KEYS, [("mrr", MONEY), ("list_mrr", MONEY)])
    counts = {name: _[name].sum().fill_null(0) for name in ("mrr", "list_mrr")}
    value = bridge.ratio(("mrr",), ("list_mrr",), less_from_one=True)
    groups = {"customers": _.list_mrr > 0}
    return Cases(rows, ("period", "currency"), counts, value, groups, finish=every_period(periods))
