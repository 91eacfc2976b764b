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
        "touchpoint": Column(
            "string",
            "After what: onboarding, review, support, renewal, purchase; leaving (exit, cancellation): whatever is said there is a reason for leaving.",
        ),
        "question": Column(
            "string",
            "nps (0 to 10), csat (1 to 5), open, or the question itself; sentiment: a colleague's note of how a customer feels (1 to 5), "
            "which counts for 60 days; renewal_in_doubt: whether they had doubted to renew (1: yes, 0: no), which counts for a year; heard (how did you hear): its code is how a customer came where the source is not known.",
            required=True,
        ),
        "score": Column("float64", "The number given, on the question's own scale."),
        "text": Column("string", "The words given."),
        "code": Column("string", "Reason code given to the words; of a reason for leaving it counts before the words."),
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
    conventions=(
        Law(
            "sentiment_scale",
            "a colleague's note (question sentiment) lies between 1 and 5",
            "score",
            lambda t: (t.question != "sentiment") | t.score.between(1, 5),
            "Give notes from 1 (bad) to 5 (good).",
        ),
        Law(
            "doubt_scale",
            "whether a renewal was in doubt (question renewal_in_doubt) is 1 or 0",
            "score",
            lambda t: (t.question != "renewal_in_doubt") | t.score.isin([0.0, 1.0]),
            "Give 1 where it was in doubt, 0 where it was not.",
        ),
        Law(
            "csat_scale",
            "a csat score lies between 1 and 5",
            "score",
            lambda t: (t.question != "csat") | t.score.between(1, 5),
            "Bring the survey to the scale 1 to 5: 4 and 5 count as satisfied.",
        ),
    ),
)
