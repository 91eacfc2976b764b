"""What did they say? Answers to surveys and interviews."""

from keepwell.schema.table import INSTANT, CanonicalTable, Column, Law

ANSWERS = CanonicalTable(
    "answers",
    "One answer to one question.",
    ("answer_id",),
    {
        "answer_id": Column("string", "Key of the answer.", required=True),
        "customer_id": Column("string", "Who answered.", required=True),
        "asked_at": Column(INSTANT, "When it was asked.", past=True),
        "answered_at": Column(INSTANT, "When it was answered; null means asked and silent.", past=True),
        "touchpoint": Column("string", "After what: onboarding, review, support, renewal, purchase."),
        "question": Column("string", "nps, csat, open … or the question itself.", required=True),
        "score": Column("float64", "The number given, on the question's own scale."),
        "text": Column("string", "The words given."),
        "code": Column("string", "Reason code given to the words."),
    },
    (
        Law(
            "nps_scale",
            "an nps score lies between 0 and 10",
            "score",
            lambda t: (t.question != "nps") | t.score.between(0, 10),
            "Check the scale of the survey.",
        ),
    ),
    refers={"customer_id": "customers"},
)
