"""Which two turned out to be one?"""

from keepwell.schema.table import INSTANT, CanonicalTable, Column, Law

MERGES = CanonicalTable(
    "merges",
    "One customer id that is another customer.",
    ("from_customer_id",),
    {
        "from_customer_id": Column("string", "The id that is given up.", required=True),
        "into_customer_id": Column("string", "The id that stays.", required=True),
        "merged_at": Column(INSTANT, "When it was found out, in UTC.", past=True),
    },
    (
        Law(
            "itself",
            "a customer is not merged into itself",
            "into_customer_id",
            lambda t: t.into_customer_id != t.from_customer_id,
            "Leave the row out.",
        ),
    ),
)
