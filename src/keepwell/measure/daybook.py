"""What did each day bring, and what did it give back? Purchases and refunds of known customers, each on its own day."""

import ibis.expr.types as ir

from keepwell.measure.facts import Facts
from keepwell.measure.takings import ledger
from keepwell.schema.table import MONEY


def daybook(facts: Facts) -> ir.Table:
    """
    Money from known customers, before as_of: the ledger of takings without guests and without what was wholly given back.

    Returns:
        Columns customer_id, day, currency, amount (exact; negative where given back), sale (1, or 0 for a refund).
    """
    booked = ledger(facts, "refund")
    booked = booked.filter(booked.customer_id.notnull() & (booked.fully_refunded == 0))
    amount = (booked.gross - booked.refunded).cast(MONEY)
    return booked.select("customer_id", "day", "currency", amount=amount, sale=booked.orders.cast("int32"))
