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
    paid = [facts.read("orders").ordered_at, facts.read("refunds").refunded_at]
    instants = [*paid, used.happened_at, stretches.cancel_requested_at]
    known = [
        instant.epoch_seconds().cast("int64").name("at").as_table().mutate(kind=ibis.literal("instant"))
        for instant in instants
    ]
    starts = date_number(stretches.starts_on).cast("int64").name("at").as_table().mutate(kind=ibis.literal("day"))
    return ibis.union(*known, starts).group_by("kind").agg(first=_.at.min(), last=_.at.max())
