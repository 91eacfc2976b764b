"""What did it cost to win, keep and serve them?"""

from keepwell.schema.table import MONEY, MONEY_CURRENCY, CanonicalTable, Column, Law

COSTS = CanonicalTable(
    "costs",
    "Money spent in a month for a purpose.",
    ("cost_id",),
    {
        "cost_id": Column("string", "Key of the entry.", required=True),
        "month": Column("date", "First day of the month it belongs to.", required=True),
        "purpose": Column("string", "What for.", required=True, one_of=("acquire", "retain", "serve", "goods")),
        "category": Column("string", "ads, landing pages, mail, travel, lodging, team, tools …"),
        "amount": Column(MONEY, "How much, positive.", required=True),
        "currency": Column("string", "ISO 4217, upper case.", required=True),
        "customer_id": Column("string", "For whom, where it can be said."),
    },
    (
        MONEY_CURRENCY,
        Law("negative", "amount is not negative", "amount", lambda t: t.amount >= 0, "Give costs as positive amounts."),
        Law(
            "first_day",
            "month is the first day of a month",
            "month",
            lambda t: t.month.day() == 1,
            "Use the first day of the month.",
        ),
    ),
)
