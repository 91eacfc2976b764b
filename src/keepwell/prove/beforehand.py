"""What was known of each unit before the day it was assigned? Covariates the play cannot have changed."""

import ibis
import ibis.expr.types as ir

from keepwell.prove.outcomes import Watched, happenings

YEAR = 365

RFM = (
    "recency",
    "tenure",
    "frequency",
    "money",
    "frequency_log",
    "money_log",
    "orders_before",
    "spend_before",
)
"""Recency, frequency and money: what foretells spending, and staying, well enough to take noise off."""


def beforehand(watched: Watched, days: int, risks: ir.Table | None = None) -> ir.Table:
    """
    Covariates of each unit as of the morning of its day of assignment: only what is dated before that day.

    Units may be assigned on different days; each is told by its own past. Unknown stays null: see adjustment.filled().

    Args:
        watched: From watch().
        days: The horizon: what was spent in as many days before is the best single guess of what will be.
        risks: Columns customer_id, morning (day number), risk: the chances of leaving that rounds told; of several mornings up to
            the day of assignment the last one counts. A round of a morning knows nothing of that day.

    Returns:
        unit, then RFM: recency (days since the last order) and tenure (since the first; both null: none), frequency and money of the last 365 days,
        both as logarithms of one more, orders_before and spend_before of as many days as the horizon; risk where *risks* are given.
    """
    done = happenings(watched.facts, ["orders", "spend"])
    units = watched.units.select("unit", "day")
    past = done.inner_join(units, "unit", rname="unit_{name}")
    past = past.filter(past.day < past.unit_day)
    lately, before = past.day >= past.unit_day - YEAR, past.day >= past.unit_day - days
    told = past.group_by("unit").agg(
        last=past.day.max(where=past.orders > 0),
        first=past.day.min(where=past.orders > 0),
        frequency=past.orders.sum(where=lately),
        money=past.spend.sum(where=lately),
        orders_before=past.orders.sum(where=before),
        spend_before=past.spend.sum(where=before),
    )
    joined = units.left_join(told, "unit")
    sums = {name: joined[name].fill_null(0.0) for name in ("frequency", "money", "orders_before", "spend_before")}
    known = joined.mutate(
        recency=(joined.day - joined["last"]).cast("float64"),
        tenure=(joined.day - joined["first"]).cast("float64"),
        **sums,
    )
    more = ibis.greatest(known.money, ibis.literal(0.0))
    known = known.mutate(frequency_log=(known.frequency + 1).ln(), money_log=(more + 1).ln())
    table = known.select("unit", *RFM)
    return table if risks is None else _with_risk(watched, table, risks)


def _with_risk(watched: Watched, table: ir.Table, risks: ir.Table) -> ir.Table:
    """The last risk told on a morning up to the day of assignment; null where there was none."""
    told = risks.select(unit=risks.customer_id, morning=risks.morning, risk=risks.risk.cast("float64"))
    known = told.inner_join(watched.units.select("unit", "day"), "unit")
    known = known.filter(known.morning <= known.day)
    ranked = known.mutate(
        place=ibis.row_number().over(group_by="unit", order_by=[ibis.desc("morning"), ibis.desc("risk")])
    )
    last = ranked.filter(ranked.place == 0).select(risk_of="unit", risk="risk")
    return table.left_join(last, [("unit", "risk_of")]).drop("risk_of")
