"""Who spoke to whom? Every contact, by us or by them, human or machine."""

from keepwell.schema.table import INSTANT, CanonicalTable, Column

TOUCHES = CanonicalTable(
    "touches",
    "One contact between the company and a customer.",
    ("touch_id",),
    {
        "touch_id": Column("string", "Key of the touch.", required=True),
        "customer_id": Column("string", "With whom.", required=True),
        "contact_id": Column("string", "With which person of the account."),
        "touched_at": Column(INSTANT, "When, in UTC.", required=True, past=True),
        "direction": Column("string", "out: by us; in: by them.", required=True, one_of=("out", "in")),
        "channel": Column(
            "string",
            "mail, phone, meeting, chat, call, video, visit, post …; in all but mail and post both sides speak.",
            required=True,
        ),
        "human": Column(
            "boolean", "Whether a person wrote or spoke it; where it is not known, no list says that nobody did."
        ),
        "team": Column("string", "Marketing, sales, success, support."),
        "by": Column("string", "Who of us."),
        "reason": Column("string", "The value it carried: news, answer, result, idea, thanks, promise."),
        "subject": Column("string", "What it was about."),
    },
    refers={"customer_id": "customers"},
)
