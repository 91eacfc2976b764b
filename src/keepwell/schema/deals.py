"""Which sales were tried, won and lost?"""

from keepwell.schema.table import INSTANT, MONEY, MONEY_CURRENCY, CanonicalTable, Column, Law

DEALS = CanonicalTable(
    "deals",
    "One attempt to sell.",
    ("deal_id",),
    {
        "deal_id": Column("string", "Key of the deal.", required=True),
        "customer_id": Column("string", "To whom; null where the source does not say."),
        "name": Column("string", "What it is called."),
        "opened_at": Column(INSTANT, "When it began, in UTC.", past=True),
        "closed_at": Column(INSTANT, "When it was won or lost, in UTC."),
        "outcome": Column("string", "Where it stands.", required=True, one_of=("open", "won", "lost")),
        "amount": Column(MONEY, "What it is worth."),
        "currency": Column("string", "ISO 4217, upper case."),
        "owner": Column("string", "Who of us."),
    },
    (
        MONEY_CURRENCY,
        Law(
            "closed_when",
            "a won or lost deal has its closing time",
            "closed_at",
            lambda t: (t.outcome == "open") | t.closed_at.notnull(),
            "Give the day it was closed.",
        ),
    ),
)
