"""Who was treated, who was held out?"""

from keepwell.schema.table import INSTANT, CanonicalTable, Column

ASSIGNMENTS = CanonicalTable(
    "assignments",
    "One unit put into one arm of an experiment.",
    ("experiment", "unit"),
    {
        "experiment": Column("string", "Key of the experiment.", required=True),
        "unit": Column("string", "Customer or account id.", required=True),
        "arm": Column("string", "Treatment or holdout arm.", required=True),
        "assigned_at": Column(INSTANT, "When, in UTC.", required=True),
    },
)
