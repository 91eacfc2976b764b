"""What had they bought who were lost, and who had sold it to them?"""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts


def had(facts: Facts, lost: ir.Table) -> ir.Table:
    """
    The product each had: the plan of their last subscription; of who had none, the family (where it has none, the name) of the
    dearest line of their last order.

    Args:
        facts: The tables.
        lost: With customer_id.

    Returns:
        customer_id, product; nobody of whom neither is known.
    """
    ids = lost.select("customer_id").distinct()
    plans = facts.stretches.filter(_.plan.notnull()).semi_join(ids, "customer_id")
    plans = _first(plans.select("customer_id", product="plan", at="start_day", weight=ibis.literal(0.0)))
    lines = facts.read("order_lines").filter(~_.returned.fill_null(False))
    lines = lines.mutate(product=ibis.coalesce(lines.category, lines.name, lines.product_id)).filter(
        _.product.notnull()
    )
    orders = facts.purchases.semi_join(ids, "customer_id").select("order_id", "customer_id", at="day")
    bought = orders.inner_join(
        lines.select("order_id", "product", weight=lines.amount.cast("float64").fill_null(0.0)), "order_id"
    )
    bought = _first(bought.select("customer_id", "product", "at", "weight"))
    return plans.union(bought.anti_join(plans, "customer_id"))


def sold(facts: Facts, people: ir.Table) -> ir.Table:
    """
    Who had sold to each: the owner of their last won deal, otherwise their owner.

    Args:
        facts: The tables.
        people: With customer_id and owner.

    Returns:
        customer_id, seller (null: not known).
    """
    deals = facts.read("deals").filter((_.outcome == "won") & _.owner.notnull() & _.customer_id.notnull())
    won = deals.semi_join(people, "customer_id")
    won = _first(won.select("customer_id", product="owner", at=facts.day(won.closed_at), weight=ibis.literal(0.0)))
    told = people.select("customer_id", "owner").left_join(won, "customer_id")
    return told.select("customer_id", seller=ibis.coalesce(told.product, told.owner))


def _first(rows: ir.Table) -> ir.Table:
    """Of each customer the newest row, of one moment the heaviest, of those the first by name."""
    rank = ibis.row_number().over(
        group_by="customer_id", order_by=[ibis.desc("at"), ibis.desc("weight"), "product"]
    )  # fmt: skip
    return rows.mutate(rank=rank).filter(_.rank == 0).select("customer_id", "product")
