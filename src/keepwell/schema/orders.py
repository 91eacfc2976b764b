"""What did they buy, what came back? Orders, their lines and dated refunds."""

import ibis

from keepwell.schema.table import INSTANT, MONEY, MONEY_CURRENCY, CanonicalTable, Column, Law

EARLIEST = "1990-01-01"
"""An older day in an order is a default value, not a day (1970-01-01, 1900-01-01 ...)."""

ORDERS = CanonicalTable(
    "orders",
    "One order, paid or not.",
    ("order_id",),
    {
        "order_id": Column("string", "Key of the order.", required=True),
        "customer_id": Column("string", "Who bought; null is a guest, in no customer's history."),
        "ordered_at": Column(INSTANT, "When, in UTC.", required=True, past=True),
        "currency": Column("string", "ISO 4217, upper case.", required=True),
        "gross": Column(MONEY, "What the customer was to pay, shipping and tax included.", required=True),
        "discount": Column(MONEY, "What was taken off before gross."),
        "tax": Column(MONEY, "Tax inside gross."),
        "shipping": Column(MONEY, "Shipping inside gross."),
        "refunded": Column(MONEY, "What was given back up to now, never negative.", required=True),
        "net": Column(MONEY, "gross less refunded.", required=True),
        "status": Column(
            "string",
            "Paid and partly_refunded and refunded are sales; the others are not.",
            required=True,
            one_of=("paid", "partly_refunded", "refunded", "pending", "failed", "cancelled"),
        ),
        "delivered_at": Column(INSTANT, "When it reached the customer.", past=True),
        "channel": Column("string", "Web, store, phone … as the source says."),
        "country": Column("string", "Where it went."),
    },
    (
        Law(
            "too_old",
            f"ordered_at is not before {EARLIEST}",
            "ordered_at",
            lambda t: t.ordered_at >= _instant(EARLIEST),
            "Correct the date; an older one is usually a default value.",
        ),
        MONEY_CURRENCY,
        Law(
            "negative_gross",
            "gross is not negative",
            "gross",
            lambda t: t.gross >= 0,
            "Book money given back as a refund of the order it belongs to.",
        ),
        Law(
            "negative_refund",
            "refunded is not negative",
            "refunded",
            lambda t: t.refunded >= 0,
            "Give refunds as positive amounts.",
        ),
        Law(
            "over_refunded",
            "refunded is at most gross",
            "refunded",
            lambda t: t.refunded <= t.gross,
            "Check the refund; more cannot come back than was paid.",
        ),
        Law(
            "net_sum",
            "net is gross less refunded",
            "net",
            lambda t: t.net == t.gross - t.refunded,
            "Correct one of the three.",
        ),
    ),
    refers={"customer_id": "customers"},
)

ORDER_LINES = CanonicalTable(
    "order_lines",
    "One product in an order.",
    ("order_id", "line_no"),
    {
        "order_id": Column("string", "The order.", required=True),
        "line_no": Column("int64", "1 for the first line.", required=True),
        "product_id": Column("string", "SKU or product key."),
        "name": Column("string", "What it is called."),
        "category": Column("string", "Product family."),
        "quantity": Column("decimal(18, 4)", "How many; negative only for a return."),
        "amount": Column(MONEY, "Price of the line after its discount, in the order's currency."),
        "returned": Column("boolean", "Whether the line gives something back."),
    },
    (
        Law(
            "negative_quantity",
            "quantity is negative only on a returned line",
            "quantity",
            lambda t: (t.quantity >= 0) | t.returned.fill_null(False),
            "Mark the line as returned, or correct the quantity.",
        ),
    ),
    refers={"order_id": "orders"},
)

REFUNDS = CanonicalTable(
    "refunds",
    "Money given back for an order, on its own day.",
    ("refund_id",),
    {
        "refund_id": Column("string", "Key of the refund.", required=True),
        "order_id": Column("string", "The order; null where the source does not say."),
        "customer_id": Column("string", "Who got it."),
        "refunded_at": Column(INSTANT, "When, in UTC.", required=True, past=True),
        "currency": Column("string", "ISO 4217, upper case.", required=True),
        "amount": Column(MONEY, "How much, positive.", required=True),
        "reason": Column("string", "Why, as the source says."),
    },
    (
        MONEY_CURRENCY,
        Law("positive", "amount is above 0", "amount", lambda t: t.amount > 0, "Give the refund as a positive amount."),
    ),
)


def _instant(day: str) -> object:
    return ibis.timestamp(f"{day} 00:00:00", timezone="UTC")
