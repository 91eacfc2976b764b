"""From when to when is anything known?"""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import date_number


def first_and_last(facts: Facts) -> ir.Table:
    """
    When things first and last happened, per kind of fact.

    Ends of subscriptions do not count: they may lie ahead, or only say where the export stopped.

    Returns:
        Columns kind ("instant": seconds from 1970 in UTC; "day": day numbers of the company), first and last;
        null where there is nothing.
    """
    stretches = facts.read("subscriptions")
    used = facts.read("events").filter(_.kind == "usage")
    deals = facts.read("deals")
    paid = [facts.read("orders").ordered_at, facts.read("refunds").refunded_at]
    sold = [deals.opened_at, deals.filter(_.outcome != "open").closed_at]
    instants = [*paid, *sold, used.happened_at, stretches.cancel_requested_at]
    known = [_seconds(instant).mutate(kind=ibis.literal("instant")) for instant in instants]
    starts = date_number(stretches.starts_on).cast("int64").name("at").as_table().mutate(kind=ibis.literal("day"))
    return ibis.union(*known, starts).group_by("kind").agg(first=_.at.min(), last=_.at.max())


def earliest(facts: Facts) -> ir.Table:
    """
    When something was first told of customers that does not count as activity: made known, spoken with, asked.

    Returns:
        Column at: seconds from 1970 in UTC, null where there is nothing.
    """
    instants = [
        facts.read("customers").acquired_at,
        facts.read("touches").touched_at,
        facts.read("answers").answered_at,
    ]
    return ibis.union(*map(_seconds, instants)).agg(at=_.at.min())


def _seconds(instant: ir.TimestampColumn) -> ir.Table:
    return instant.epoch_seconds().cast("int64").name("at").as_table()
