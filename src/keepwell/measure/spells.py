"""Since when, and until when, was each customer kept? Spells: the heart of every count that follows."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts, shared

FOREVER = 2_000_000
"""A day number no end reaches."""


@shared
def spells(facts: Facts) -> ir.Table:
    """
    Every stretch of days [start_day, end_day) in which a customer was kept.

    What keeps a customer is the company's choice (active_by): paid service, a purchase for the activity window,
    use for the activity window, or any of them.
    Spells of one customer never touch or overlap.

    Returns:
        Columns customer_id, start_day, end_day (null: still running on as_of).
    """
    return union(reasons(facts).distinct(), facts)


def reasons(facts: Facts) -> ir.Table:
    """
    Every stretch of days for which something keeps a customer: paid service, or the activity window after a purchase or use.

    Stretches of one customer may overlap, touch and repeat; spells() joins them.

    Returns:
        Columns customer_id, start_day, end_day (null: without end; from as_of on: not known to be an end).
    """
    by = {"subscription": [served], "purchase": [bought], "usage": [used], "any": [served, bought, used]}
    parts = [part(facts) for part in by[active_by(facts)]]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def active_by(facts: Facts) -> str:
    """What keeps a customer: the settings' choice; where they leave it open, what there are tables of."""
    by = facts.company.active_by
    return kept_by(dict.fromkeys(facts.tables, 1)) if by == "auto" else by


def kept_by(rows: Mapping[str, int]) -> str:
    """
    What keeps a company's customers, by what is known of them: paid service, purchases, both ("any"), or use.

    Args:
        rows: Canonical table -> how many rows there are.
    """
    bought, served = rows.get("orders", 0) > 0, rows.get("subscriptions", 0) > 0
    if bought and served:
        return "any"
    if served:
        return "subscription"
    return "purchase" if bought or not rows.get("events", 0) else "usage"


def served(facts: Facts) -> ir.Table:
    """Paid service: paid stretches with a price, past-due ones for the grace days, paused ones for the pause days; not trials, not free plans."""
    return held(facts).select("customer_id", "start_day", "end_day")


def held(facts: Facts) -> ir.Table:
    """
    Stretches of paid service with the reason they ended.

    Past-due and paused stretches that follow each other share one allowance, counted from the first day.
    A past-due end is involuntary unless the source says otherwise; an end the customer asked for, and a pause that ran out, is not.

    Returns:
        Columns customer_id, start_day, end_day (null: not known before as_of), state, mrr, currency,
        involuntary (1, 0, null where not known).
    """
    priced = facts.stretches.filter(_.mrr > 0)  # what is paid for nothing is not paid
    waiting = priced.filter(_.state == "past_due").union(facts.stretches.filter(_.state == "paused"))
    waiting = runs(waiting, "subscription_id", "state")
    since = ibis.window(group_by=["subscription_id", "state", "run"])
    allowed = ibis.ifelse(waiting.state == "past_due", facts.company.grace_days, facts.company.pause_days)
    waiting = waiting.mutate(limit_day=(waiting.start_day.min().over(since) + allowed).cast("int32"))
    paid = priced.filter(_.state == "paid").mutate(limit_day=ibis.literal(FOREVER, "int32"))
    columns = (
        "customer_id",
        "start_day",
        "end_day",
        "state",
        "mrr",
        "currency",
        "limit_day",
        "involuntary",
        "cancel_requested_at",
    )
    both = paid.select(*columns).union(waiting.select(*columns))
    both = both.mutate(until=ibis.least(both.end_day.fill_null(FOREVER), both.limit_day))
    both = both.filter(both.until > both.start_day)
    return both.select(
        "customer_id",
        "start_day",
        "state",
        "mrr",
        "currency",
        end_day=ibis.ifelse(both.until < FOREVER, both.until, ibis.null("int32")).cast("int32"),
        involuntary=_involuntary(both),
    )


def _involuntary(ended: ir.Table) -> ir.IntegerValue:
    ran_out = ended.limit_day == ended.until
    return ibis.cases(
        (ran_out & (ended.state == "past_due"), 1),
        (ended.involuntary.notnull(), ended.involuntary.cast("int32")),
        (ended.state == "past_due", 1),
        (ended.cancel_requested_at.notnull() | (ended.state == "paused"), 0),
        else_=ibis.null("int32"),
    ).cast("int32")


def endings(facts: Facts) -> ir.Table:
    """
    Whether customers wanted to go, by the last day of paid service.

    Returns:
        Columns customer_id, end_day, involuntary (1, 0, null where not known); one row per customer and day.
        Where two subscriptions end on one day, the one that was wanted counts.
    """
    ended = held(facts).filter(_.end_day.notnull())
    return ended.group_by("customer_id", "end_day").agg(involuntary=_.involuntary.min())


def bought(facts: Facts) -> ir.Table:
    """Each purchase keeps the customer for the activity window, counted from its day."""
    return _kept_for_a_window(facts.purchases, facts)


def used(facts: Facts) -> ir.Table:
    """Each day of use keeps the customer for the activity window."""
    return _kept_for_a_window(facts.uses, facts)


def _kept_for_a_window(table: ir.Table, facts: Facts) -> ir.Table:
    end = (table.day + window_days(facts)).cast("int32")
    return table.select("customer_id", start_day="day", end_day=end)


def window_days(facts: Facts) -> int:
    """The activity window in force; the workspace puts the suggested one into the settings where the company chose none."""
    return facts.company.activity_window_days or 365


def union(parts: ir.Table, facts: Facts) -> ir.Table:
    """
    Overlapping and touching stretches of a customer become one.

    An end on or after as_of is not yet known to be an end: it becomes null.
    """
    joined = runs(parts, "customer_id")
    whole = joined.group_by("customer_id", "run").agg(
        start_day=_.start_day.min(), end_day=_.end_day.fill_null(FOREVER).max()
    )
    known = ibis.ifelse(whole.end_day < facts.today, whole.end_day, ibis.null("int32")).cast("int32")
    return whole.select("customer_id", "start_day", end_day=known)


def runs(stretches: ir.Table, *of: str) -> ir.Table:
    """
    The stretches, each with the number of the run it belongs to: a run's stretches overlap or touch.

    Args:
        stretches: Columns start_day, end_day (null: without end) and those of *of*.
        of: Columns whose values are told apart.
    """
    in_order = {"group_by": list(of), "order_by": ["start_day", "end_day"]}
    reached = stretches.end_day.fill_null(FOREVER).max().over(ibis.window(**in_order, preceding=(None, 1)))
    begins = stretches.mutate(begins=ibis.ifelse(reached.isnull() | (stretches.start_day > reached), 1, 0))
    return begins.mutate(run=begins.begins.sum().over(ibis.cumulative_window(**in_order))).drop("begins")
