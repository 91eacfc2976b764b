"""Since when, and until when, was each customer kept? Spells: the heart of every count that follows."""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts

FOREVER = 2_000_000
"""A day number no end reaches."""


def spells(facts: Facts) -> ir.Table:
    """
    Every stretch of days [start_day, end_day) in which a customer was kept.

    What keeps a customer is the company's choice (active_by): paid service, a purchase for the activity window,
    use for the activity window, or any of them.
    Spells of one customer never touch or overlap.

    Returns:
        Columns customer_id, start_day, end_day (null: still running on as_of).
    """
    kept_by = {"subscription": [served], "purchase": [bought], "usage": [used], "any": [served, bought, used]}
    parts = [part(facts) for part in kept_by[facts.company.active_by]]
    return union(ibis.union(*parts) if len(parts) > 1 else parts[0], facts)


def served(facts: Facts) -> ir.Table:
    """Paid service: paid stretches, past-due ones for the grace days, paused ones for the pause days; not trials, not free plans."""
    held = facts.stretches.filter(_.state.isin(["paid", "past_due", "paused"]))
    allowance = ibis.cases(
        (held.state == "past_due", facts.company.grace_days),
        (held.state == "paused", facts.company.pause_days),
        else_=ibis.null("int32"),
    )
    limit = held.start_day + allowance
    return held.select(
        "customer_id",
        "start_day",
        end_day=ibis.least(ibis.coalesce(held.end_day, limit), ibis.coalesce(limit, held.end_day)).cast("int32"),
    )


def bought(facts: Facts) -> ir.Table:
    """Each purchase keeps the customer for the activity window, counted from its day."""
    return _kept_for_a_window(facts.purchases, facts)


def used(facts: Facts) -> ir.Table:
    """Each day of use keeps the customer for the activity window."""
    return _kept_for_a_window(facts.uses, facts)


def _kept_for_a_window(table: ir.Table, facts: Facts) -> ir.Table:
    days = table.select("customer_id", "day").distinct()
    return days.select("customer_id", start_day="day", end_day=(days.day + window_days(facts)).cast("int32"))


def window_days(facts: Facts) -> int:
    """The activity window in force; the workspace puts the suggested one into the settings where the company chose none."""
    return facts.company.activity_window_days or 365


def union(parts: ir.Table, facts: Facts) -> ir.Table:
    """
    Overlapping and touching stretches of a customer become one.

    An end on or after as_of is not yet known to be an end: it becomes null.
    """
    closed = parts.mutate(end_day=ibis.coalesce(parts.end_day, FOREVER).cast("int32"))
    in_order = {"group_by": "customer_id", "order_by": ["start_day", "end_day"]}
    earlier = ibis.window(**in_order, preceding=(None, 1))
    reach = closed.mutate(reached=closed.end_day.max().over(earlier))
    begins = ibis.ifelse(reach.reached.isnull() | (reach.start_day > reach.reached), 1, 0)
    numbered = reach.mutate(begins=begins)
    numbered = numbered.mutate(island=numbered.begins.sum().over(ibis.cumulative_window(**in_order)))
    whole = numbered.group_by("customer_id", "island").agg(start_day=_.start_day.min(), end_day=_.end_day.max())
    known = ibis.ifelse(whole.end_day < facts.today, whole.end_day, ibis.null("int32"))
    return whole.select("customer_id", "start_day", end_day=known)
