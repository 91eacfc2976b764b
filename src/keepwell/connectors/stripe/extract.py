"""Is this an export of a Stripe account?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "stripe"
CREATED = ("Created (UTC)", "Created date (UTC)")

PAYMENTS = Export(
    "payments",
    "the Stripe payments export",
    must=(("id",), CREATED, ("Amount",), ("Status",)),
    telling={},
    never=("Interval", "Cancel At Period End"),
)
CUSTOMERS = Export(
    "customers",
    "the Stripe customers export",
    must=(("id",), ("Email",), CREATED, ("Delinquent", "Total Spend")),
    telling={"Delinquent": 2, "Total Spend": 2, "Name": 1, "Description": 1},
)
SUBSCRIPTIONS = Export(
    "subscriptions",
    "the Stripe subscriptions export",
    must=(("id",), ("Customer ID", "Customer Email"), ("Interval",), ("Status",)),
    telling={
        "Cancel At Period End": 2,
        "Current Period End (UTC)": 2,
        "Current Period Start (UTC)": 1,
        "Canceled At (UTC)": 1,
        "Ended At (UTC)": 1,
        "Plan": 1,
        "Amount": 1,
        "Created (UTC)": 1,
    },
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the payments, customers or subscriptions export of Stripe."""
    return recognised(raw, NAME, (PAYMENTS, CUSTOMERS, SUBSCRIPTIONS))
