"""Who are they? One row per person or account that can be kept."""

from keepwell.schema.table import INSTANT, CanonicalTable, Column

CUSTOMERS = CanonicalTable(
    "customers",
    "One person or account that can be kept.",
    ("customer_id",),
    {
        "customer_id": Column(
            "string", "The one key of a customer; a lower-case e-mail where a source has no better.", required=True
        ),
        "kind": Column("string", "A person or an account with people in it.", one_of=("person", "account")),
        "name": Column("string", "What to call them."),
        "email": Column("string", "Trimmed, lower case."),
        "phone": Column("string", "As given."),
        "acquired_at": Column(INSTANT, "When they became known; not the first purchase.", past=True),
        "source": Column("string", "Where they came from, as the company calls it."),
        "country": Column("string", "ISO 3166 two letters where known, otherwise as given."),
        "language": Column("string", "BCP 47 tag."),
        "time_zone": Column("string", "IANA zone of the customer."),
        "birthday": Column("date", "Day of birth."),
        "owner": Column("string", "Who looks after them."),
        "account_id": Column("string", "The account this person belongs to."),
        "traits": Column("map<string, string>", "Anything else known, by name."),
    },
    fills=True,
)
