"""Is this an export of a Magento (Adobe Commerce) shop?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "magento"

ORDERS = Export(
    "orders",
    "the Magento orders grid",
    must=(("ID",), ("Purchase Date",), ("Grand Total (Base)", "Grand Total (Purchased)"), ("Status",)),
    telling={
        "Purchase Point": 2,
        "Bill-to Name": 2,
        "Ship-to Name": 1,
        "Grand Total (Base)": 2,
        "Grand Total (Purchased)": 2,
        "Customer Email": 1,
        "Total Refunded": 1,
    },
)
CUSTOMERS = Export(
    "customers",
    "the Magento customers grid",
    must=(("ID",), ("Email",), ("Customer Since",)),
    telling={"Customer Since": 3, "Group": 1, "Web Site": 1, "Confirmed email": 2, "Account Created in": 2, "Name": 1},
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the orders or the customers grid of Magento."""
    return recognised(raw, NAME, (ORDERS, CUSTOMERS))
