"""Is this an export of a Stripe account?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "stripe"
CREATED = ("Created (UTC)", "Created date (UTC)")

PAYMENTS = Export(
    "payments",
    "the Stripe payments export",
    must=(("id",), CREATED, ("Amount",), ("Status",)),
    telling={
        "Amount Refunded": 3,
        "Captured": 2,
        "Converted Amount": 1,
        "Converted Currency": 1,
        "Currency": 1,
        "Fee": 1,
        "Mode": 1,
        "Payment Source Type": 1,
        "Customer ID": 1,
        "Customer Email": 1,
        "PaymentIntent ID": 1,
        "Description": 1,
    },
    never=("Interval", "Cancel At Period End"),
)
CUSTOMERS = Export(
    "customers",
    "the Stripe customers export",
    must=(("id",), ("Email",), ("Created (UTC)", "Created date (UTC)"), ("Delinquent", "Total Spend")),
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
