"""Which contracts renew next, what are they worth, and do we agree on how it will end?"""

import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import date_number

AHEAD = 180
"""Days ahead that are looked at."""

COLUMNS: dict[str, tuple[int, int]] = {"180-91": (91, 180), "90-61": (61, 90), "60-31": (31, 60), "30-0": (0, 30)}
"""Columns of the board: days to the renewal, from and to."""

INTERVALS = ("quarter", "year")
"""Contracts whose renewal somebody prepares; those by the month renew by themselves."""

NOTABLE = 2.0
"""A risk so many times that of all customers together speaks against a renewal."""


def coming(facts: Facts) -> ir.Table:
    """
    Paid contracts of a quarter or longer that renew within AHEAD days.

    Returns:
        Columns customer_id, subscription_id, plan, renews_on, days, yearly (in the currency of the contract), currency,
        leaving (whether an end is known already).
    """
    running = facts.stretches.filter(
        _.end_day.isnull() & _.renews_on.notnull() & (_.mrr > 0) & _.interval.isin(INTERVALS)
    )
    running = running.mutate(days=date_number(running.renews_on) - facts.today)
    near = running.filter((_.days >= 0) & (_.days <= AHEAD))
    ends = near.ends_on.notnull() & (near.ends_on <= near.renews_on)
    return near.select(
        "customer_id", "subscription_id", "plan", "renews_on", "days", "currency",
        yearly=near.mrr.cast("float64") * 12, leaving=ends | near.cancel_requested_at.notnull(),
    )  # fmt: skip


def next_renewal(facts: Facts) -> ir.Table:
    """Per customer the days to the next renewal: columns customer_id, renews_in."""
    return coming(facts).group_by("customer_id").agg(renews_in=_.days.min())


def usual_risk(portraits: ir.Table) -> ir.Table:
    """One row: usual, the mean risk of all who have one."""
    return portraits.filter(_.risk.notnull()).agg(usual=_.risk.mean())
