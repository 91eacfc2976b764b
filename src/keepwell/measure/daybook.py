"""What did each day bring, and what did it give back? Purchases and refunds, each on its own day."""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.table import MONEY


def daybook(facts: Facts) -> ir.Table:
    """
    Money from known customers, before as_of.

    A wholly refunded order is void: neither it nor its refunds are there. Of a partly refunded one, refunds with a day of their
    own count on that day; what was given back without one lowers the order itself.

    Returns:
        Columns customer_id, day, currency, amount (exact; negative where given back), sale (1, or 0 for a refund).
    """
    bought, refunds = facts.purchases, facts.tables.get("refunds")
    if refunds is None:
        return _sold(bought, bought.net)
    dated = refunds.filter(_.order_id.notnull()).group_by(refunded_order="order_id").agg(dated=_.amount.sum())
    both = bought.left_join(dated, bought.order_id == dated.refunded_order)
    undated = ibis.greatest(both.refunded - both.dated.fill_null(0), 0)
    back = refunds.select("order_id", "amount", day=facts.day(refunds.refunded_at)).filter(_.day < facts.today)
    back = back.join(bought.select("order_id", "customer_id", "currency"), "order_id")
    given = back.select(
        "customer_id", "day", "currency", amount=(-back.amount).cast(MONEY), sale=ibis.literal(0, "int32")
    )
    return _sold(both, both.gross - undated).union(given)


def _sold(orders: ir.Table, amount: ir.DecimalValue) -> ir.Table:
    return orders.select("customer_id", "day", "currency", amount=amount.cast(MONEY), sale=ibis.literal(1, "int32"))
