"""What did they do? Use, visits, logins: anything that is not money."""

from keepwell.schema.table import INSTANT, CanonicalTable, Column

EVENTS = CanonicalTable(
    "events",
    "One thing a customer did.",
    ("event_id",),
    {
        "event_id": Column("string", "Key of the event; repeats of it are one event.", required=True),
        "customer_id": Column("string", "Who; null is a visitor not yet known."),
        "happened_at": Column(INSTANT, "When, in UTC.", required=True, past=True),
        "kind": Column("string", "Family: usage, visit, ticket …", required=True),
        "name": Column("string", "What exactly."),
        "value": Column("float64", "A number the event carries."),
        "properties": Column("map<string, string>", "Anything else, by name."),
    },
)
