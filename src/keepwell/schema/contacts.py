"""Whom do we talk to? One row per person inside an account."""

from keepwell.schema.table import CanonicalTable, Column

CONTACTS = CanonicalTable(
    "contacts",
    "One person inside a customer account.",
    ("contact_id",),
    {
        "contact_id": Column("string", "Key of the contact.", required=True),
        "customer_id": Column("string", "The account.", required=True),
        "name": Column("string", "What to call them."),
        "email": Column("string", "Trimmed, lower case."),
        "phone": Column("string", "As given."),
        "role": Column("string", "Their part in the account, such as decides, uses, pays."),
        "language": Column("string", "BCP 47 tag."),
    },
    refers={"customer_id": "customers"},
    fills=True,
)
