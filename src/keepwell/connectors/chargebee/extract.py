"""Is this an export of a Chargebee site?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "chargebee"


def key(name: str) -> tuple[str, ...]:
    """The headings a key of the API goes by in an export."""
    return (f"subscription.{name}", f"subscriptions.{name}", f"subscription[{name}]", f"subscription_{name}")


REPORT = Export(
    "subscriptions",
    "the Chargebee subscriptions report",
    must=(
        ("Canceled On", "Cancelled On", "Cancelled At"),
        ("Subscription Billing Period", "Billing Period"),
        ("Current Plan", "Plan", "Plan Name", "Item Price"),
    ),
    telling={
        "Recurring Discount MRR": 2,
        "Current Billing Term Start Date": 2,
        "Auto-Collection": 2,
        "Reason Code": 1,
        "Plan Quantity": 2,
        "Trial End": 1,
    },
)
API = Export(
    "subscriptions",
    "the Chargebee export with the keys of the API",
    must=(key("id"), key("status")),
    telling={},
    never=("links.subscription",),
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the subscriptions report or the export of Chargebee."""
    return recognised(raw, NAME, (REPORT, API))
