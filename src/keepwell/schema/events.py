"""What did they do? Use, visits, logins: anything that is not money."""

from keepwell.schema.table import INSTANT, CanonicalTable, Column, Law

STATUS = ("open", "new", "pending", "closed", "solved", "resolved", "done")
"""What a ticket's property "status" may say."""

EVENTS = CanonicalTable(
    "events",
    "One thing a customer did.",
    ("event_id",),
    {
        "event_id": Column("string", "Key of the event; repeats of it are one event.", required=True),
        "customer_id": Column("string", "Who; null is a visitor not yet known."),
        "happened_at": Column(INSTANT, "When, in UTC.", required=True, past=True),
        "kind": Column(
            "string",
            "Family. usage: what keeps a user; visit; ticket or complaint: they wait until it is solved; value: they got something new, "
            "which starts the months with the same package anew; stock: how much of a product is left, of no customer; exposure: a page has "
            "shown an experiment; any other is kept too.",
            required=True,
        ),
        "name": Column(
            "string", "What exactly; of stock the product_id; of an exposure the experiment, or experiment:version."
        ),
        "value": Column(
            "float64",
            "A number the event carries: of a ticket the hours until it was solved, empty while it is open; of stock the pieces left.",
        ),
        "properties": Column(
            "map<string, string>",
            "Anything else, by name; status = closed, solved, resolved or done ends a ticket whose hours nobody tells; arm = what an "
            "exposure showed.",
        ),
    },
    conventions=(
        Law(
            "ticket_hours",
            "a ticket's value is the hours until it was solved, not below 0",
            "value",
            lambda t: ~t.kind.isin(["ticket", "complaint"]) | (t.value >= 0),
            "Leave it empty while the ticket is open.",
        ),
        Law(
            "ticket_status",
            "a ticket's status is open, new, pending, closed, solved, resolved or done",
            "properties",
            lambda t: ~t.kind.isin(["ticket", "complaint"]) | t.properties.get("status").lower().isin(STATUS),
            "Use one of them; any other counts as open.",
        ),
        Law(
            "stock_of_what",
            "stock names its product and how many pieces are left",
            "name",
            lambda t: (t.kind != "stock") | (t.name.notnull() & t.value.notnull()),
            "Give the product_id as name and the pieces as value.",
        ),
        Law(
            "exposure_of_what",
            "an exposure names its experiment, and the arm that was shown",
            "name",
            lambda t: (t.kind != "exposure") | (t.name.notnull() & t.properties.get("arm").notnull()),
            "Give the experiment, or experiment:version, as name, and what was shown as property arm.",
        ),
    ),
)
