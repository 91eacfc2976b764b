"""Is this an export of a Shopify shop?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "shopify"

ORDERS = Export(
    "orders",
    "the Shopify orders export",
    must=(("Name",), ("Financial Status",), ("Lineitem name",)),
    telling={
        "Financial Status": 3,
        "Lineitem quantity": 2,
        "Lineitem name": 2,
        "Lineitem price": 2,
        "Fulfillment Status": 1,
        "Paid at": 1,
        "Created at": 1,
        "Total": 1,
        "Refunded Amount": 1,
    },
)
CUSTOMERS = Export(
    "customers",
    "the Shopify customers export",
    must=(("First Name",), ("Last Name",), ("Email",), ("Total Spent",), ("Total Orders",)),
    telling={"Tax Exempt": 2, "Total Spent": 1, "Total Orders": 1, "Tags": 1, "Note": 1},
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the orders or the customers export of Shopify."""
    return recognised(raw, NAME, (ORDERS, CUSTOMERS))
