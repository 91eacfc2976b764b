"""Is this an export of a WooCommerce shop?"""

from keepwell.connectors.contract import Match, Raw
from keepwell.connectors.headers import Export, recognised

NAME = "woocommerce"

EMAIL_NAMES = ("Billing Email", "Billing Email Address", "Email (Billing)", "Billing: E-mail Address", "billing_email")
ORDER_NAMES = ("Order ID", "order_id", "Order Number", "order_number", "Order #")
TOTAL_NAMES = ("Order Total", "Order Total Amount", "order_total", "Total")
STATUS_NAMES = ("Order Status", "order_status", "Status", "post_status")
DATE_NAMES = ("Order Date", "order_date", "Date", "Date Created", "date_created", "post_date")

ANALYTICS = Export(
    "analytics",
    "the WooCommerce analytics report of orders (customers by name only)",
    must=(("Order #",), ("Customer",), ("Net Sales", "N. Revenue (formatted)"), ("Status",)),
    telling={
        "N. Revenue (formatted)": 3,
        "Customer type": 2,
        "Product(s)": 2,
        "Items sold": 1,
        "Coupon(s)": 1,
        "Attribution": 1,
        "Net Sales": 1,
    },
)
ORDERS = Export(
    "orders",
    "a WooCommerce order export with billing e-mails",
    must=(EMAIL_NAMES, ORDER_NAMES, TOTAL_NAMES, STATUS_NAMES, DATE_NAMES),
    telling={},
    never=("Financial Status", "Purchase Point", "Amount Refunded", "Lineitem name"),
)


def recognise(raw: Raw) -> Match | None:
    """Whether a source is an order export of WooCommerce, or its analytics report."""
    return recognised(raw, NAME, (ANALYTICS, ORDERS))
