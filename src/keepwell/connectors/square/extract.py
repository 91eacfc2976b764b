"""Is this an export of a Square account?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "square"

TRANSACTIONS = Export(
    "transactions",
    "the Square transactions export",
    must=(("Date",), ("Time Zone",), ("Transaction ID",), ("Total Collected", "Net Total")),
    telling={
        "Event Type": 2,
        "Payment ID": 2,
        "Gross Sales": 2,
        "Net Sales": 1,
        "Total Collected": 2,
        "Partial Refunds": 1,
        "Customer ID": 1,
        "Tip": 1,
        "Location": 1,
    },
)
ITEMS = Export(
    "items",
    "the Square items export",
    must=(("Date",), ("Time Zone",), ("Transaction ID",), ("Item",)),
    telling={
        "Event Type": 2,
        "Payment ID": 2,
        "Price Point Name": 2,
        "Qty": 2,
        "Category": 1,
        "SKU": 1,
        "Net Sales": 1,
    },
    never=("Total Collected",),
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is the transactions or the items export of Square."""
    return recognised(raw, NAME, (TRANSACTIONS, ITEMS))
