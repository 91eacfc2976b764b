"""What moved MRR on each day? Every change on its own day, per customer or per subscription, beside the bridge between boundaries."""

from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure import bridge
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric
from keepwell.measure.money import ZERO, minor
from keepwell.measure.mrr import boundaries, held
from keepwell.measure.periods import Periods
from keepwell.measure.spells import FOREVER
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

PER = ("customer", "subscription")
"""Whose MRR a movement is a change of."""


@metric(
    id="mrr_ledger",
    name=gettext_noop("MRR movements, day by day"),
    question=gettext_noop(
        "What came and what went on every single day, also where it was gone again before the period's end?"
    ),
    formula="start + new + reactivation + expansion - contraction - churn = end, each change of a day counted on that day; the movements between the two boundaries beside it (*_between)",
    unit="money",
    misleads="Larger on both sides than mrr_movements: what came and went inside the period is in new and in churn."
    " Per subscription, a change of plan is churn of one and new of another. Each currency is told apart, at no rate.",
    source="The daily view of the same contracts; mrr_movements nets them between two boundaries.",
)
def mrr_ledger(facts: Facts, periods: Periods, *, per: str = "customer") -> Cases:
    """
    Movements on their days; the value is end less start.

    Args:
        facts: The tables.
        periods: Over which periods.
        per: customer, or subscription: whose MRR a movement changes.
    """
    if per not in PER:
        raise MetricError(f"per = {per!r}.", f"It is one of {', '.join(PER)}.", "Choose one of them.")
    apart = replace(facts, company=facts.company.model_copy(update={"rates": ()}))
    owned = _by_subscription(apart) if per == "subscription" else apart
    between = bridge.movements(boundaries(owned, periods))
    moved = bridge.movements(changes(owned)).mutate(period=periods.place(_.day)).filter(_.period.notnull())
    told = {name: moved[name] for name in bridge.AMOUNTS}
    nothing = dict.fromkeys(bridge.AMOUNTS, ZERO)
    keys = ("customer_id", "period", "currency")
    ends = between.select(*keys, "start", "end", **nothing, **{f"{n}_between": between[n] for n in bridge.AMOUNTS})
    days = moved.select(*keys, start=ZERO, end=ZERO, **told, **{f"{n}_between": ZERO for n in bridge.AMOUNTS})
    rows = ends.union(days.select(*ends.columns))
    if per == "subscription":
        rows = _by_customer(facts, rows)
    sums = ["start", *bridge.AMOUNTS, "end", *(f"{name}_between" for name in bridge.AMOUNTS)]
    counts = {**{name: _[name].sum() for name in sums}, **{f"{n}_events": (_[n] > 0).sum() for n in bridge.AMOUNTS}}
    groups = {name: _[name] > 0 for name in sums}
    value = bridge.total("end", "-start")
    return Cases(rows, ("period", "currency"), counts, value, groups, finish=every_period(periods))


def changes(facts: Facts) -> ir.Table:
    """
    Each customer's MRR before and after every day on which it, or a pause, began or ended.

    What starts on a day is there from that day on; what has that day as its first day without is gone.
    MRR is rounded after each day, so the changes of a customer add up to what they pay.

    Returns:
        Columns customer_id, currency, day, and those bridge.movements takes.
    """
    stretches = held(facts)
    paused = stretches.paused.cast("int64")
    key = ("customer_id", "currency", "digits")
    begins = stretches.select(*key, day="start_day", amount=stretches.amount.cast(MONEY), paused=paused)
    ended = stretches.filter(stretches.end_day < FOREVER)
    ends = ended.select(*key, day="end_day", amount=(-ended.amount).cast(MONEY), paused=-ended.paused.cast("int64"))
    daily = begins.union(ends).group_by(*key, "day").agg(amount=_.amount.sum().cast(MONEY), paused=_.paused.sum())
    so_far = ibis.cumulative_window(group_by=["customer_id", "currency"], order_by="day")
    in_order = {"group_by": ["customer_id", "currency"], "order_by": "day"}
    level = daily.mutate(exact=daily.amount.sum().over(so_far).cast(MONEY), pauses=daily.paused.sum().over(so_far))
    level = level.mutate(after=minor(level.exact, level.digits), paused_at_end=level.pauses > 0)
    level = level.mutate(
        before=level.after.lag().over(**in_order).fill_null(ZERO).cast(MONEY),
        paused_at_start=level.paused_at_end.lag().over(**in_order).fill_null(False),
    )
    first = level.filter(level.after > 0).group_by("customer_id").agg(first_paid=_.day.min())
    known = level.left_join(first, "customer_id").drop("customer_id_right")
    before = (known.first_paid < known.day).fill_null(False)
    return known.mutate(paid_before=before, start=known.before, end=known.after)


def _by_subscription(facts: Facts) -> Facts:
    """The same contracts, each subscription a customer of its own."""
    contracts = facts.read("subscriptions")
    alone = {"subscriptions": contracts.mutate(customer_id=contracts.subscription_id)}
    open_to_all = facts.company.model_copy(update={"excluded_customers": ()})
    return replace(facts, tables=alone, company=open_to_all, only=None)


def _by_customer(facts: Facts, rows: ir.Table) -> ir.Table:
    """Rows of subscriptions under the customers who hold them."""
    owners = facts.read("subscriptions").group_by(subscription="subscription_id").agg(holder=_.customer_id.min())
    named = rows.join(owners, rows.customer_id == owners.subscription)
    return named.mutate(customer_id=named.holder).select(*rows.columns)
