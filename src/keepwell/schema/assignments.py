"""Who was treated, who was held out?"""

from keepwell.schema.table import INSTANT, MONEY, CanonicalTable, Column

ASSIGNMENTS = CanonicalTable(
    "assignments",
    "One unit put into one arm of an experiment.",
    ("experiment", "version", "unit"),
    {
        "experiment": Column("string", "Key of the experiment.", required=True),
        "unit": Column("string", "Customer or account id.", required=True),
        "arm": Column("string", "Treatment or holdout arm.", required=True),
        "assigned_at": Column(INSTANT, "When, in UTC.", required=True),
        "version": Column(
            "int64", "Version of the experiment, 1 at first; every version is drawn anew.", required=True
        ),
        "salt": Column("string", "What the arm was drawn with, so that anybody can draw it again."),
        "bucket": Column("int64", "Where the unit fell, 0 to 9,999."),
        "propensity": Column("float64", "The chance it had of this arm, above 0 and at most 1."),
        "eligible_reason": Column("string", "What made it eligible."),
        "triggered_at": Column(INSTANT, "When that happened, in UTC."),
        "score": Column("float64", "The score it was chosen by, as it was then."),
        "model_version": Column("string", "The model that gave the score."),
        "planned_cost": Column(MONEY, "What the contact was to cost, in the company's currency; 0 for the held out."),
    },
)
