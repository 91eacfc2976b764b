"""What do WooCommerce's orders say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.accounts import add_accounts, owned
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.translation import (
    CURRENCY,
    EMAIL,
    KEY,
    MONEY,
    PHONE,
    TEXT,
    Field,
    Kind,
    Translation,
    instant,
    text,
    words,
)
from keepwell.connectors.woocommerce.extract import DATE_NAMES, EMAIL_NAMES, ORDER_NAMES, STATUS_NAMES, TOTAL_NAMES

STATUSES = {
    "completed": "paid",
    "complete": "paid",
    "processing": "paid",
    "paid": "paid",
    "shipped": "paid",
    "delivered": "paid",
    "partially_refunded": "partly_refunded",
    "refunded": "refunded",
    "on_hold": "pending",
    "pending": "pending",
    "pending_payment": "pending",
    "draft": "pending",
    "checkout_draft": "pending",
    "auto_draft": "pending",
    "failed": "failed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "trash": "cancelled",
}
"""Status, with or without wc- -> state of the order; processing is paid and not yet sent."""


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    WooCommerce's orders; the customer is the billing e-mail, an account's newest one; nobody where an export has only names.

    Args:
        raws: Order exports, analytics reports.
        company: Zone of the site's times, currency of an export that names none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    there = {match.export for _, match in raws}
    with Translation(into) as translation:
        translation.sheets(raws, "orders", "orders", lambda raw: _order_columns(translation, raw, company))
        translation.sheets(raws, "analytics", "orders", lambda raw: _analytics_columns(translation, raw, company))
        add_accounts(translation, "SELECT account, email, ordered_at AS moment, false AS sure FROM all_orders")
        _orders(translation, company)
        if "orders" in there:
            translation.view("known", "SELECT NULL::VARCHAR AS customer_id WHERE false")
            translation.buyers(
                "understood",
                {"email": "email", "phone": "phone", "name": "person", "country": "coalesce(country, billed_in)"},
            )
        translation.tell("understood", "order_id", _notes(company))
        return translation.finish()


ACCOUNT = Kind(lambda cell: f"nullif({KEY.read(cell)}, '0')")
"""The number of a user; 0 is nobody's."""


def _order_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    """An order export, under the headings of the widespread plug-ins."""
    when = instant(company.time_zone, day_first=translation.day_first(raw, DATE_NAMES))
    return {
        "id": Field(ORDER_NAMES, KEY, essential=True, filled=True),
        "parent": Field(("Parent Order ID", "Parent ID", "parent_id", "post_parent"), KEY),
        "ordered_at": Field(DATE_NAMES, when, essential=True, filled=True),
        "status": Field(STATUS_NAMES, TEXT, essential=True, filled=True),
        "total": Field(TOTAL_NAMES, MONEY, essential=True, filled=True),
        "refunded": Field(("Order Refund Amount", "Refund Amount", "Total Refunded", "refunded_total"), MONEY),
        "discount": Field(("Cart Discount Amount", "Discount Total", "Order Discount", "discount_total"), MONEY),
        "tax": Field(("Order Total Tax Amount", "Order Tax", "Total Tax", "tax_total", "order_tax"), MONEY),
        "shipping": Field(("Order Shipping Amount", "Order Shipping", "Shipping Total", "shipping_total"), MONEY),
        "currency": Field(("Order Currency", "Currency", "order_currency"), CURRENCY),
        "email": Field(EMAIL_NAMES, EMAIL, essential=True),
        "phone": Field(("Billing Phone", "Phone (Billing)", "billing_phone"), PHONE),
        "account": Field(("Customer User ID", "Customer ID", "customer_id", "customer_user", "User ID"), ACCOUNT),
        "first_name": Field(("Billing First Name", "First Name (Billing)", "billing_first_name")),
        "last_name": Field(("Billing Last Name", "Last Name (Billing)", "billing_last_name")),
        "country": Field(("Shipping Country", "Country Code (Shipping)", "shipping_country")),
        "billed_in": Field(("Billing Country", "Country Code (Billing)", "billing_country")),
    }


def _analytics_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    """The analytics report: its money is net of tax and shipping, its customers are names, which are not read."""
    when = instant(company.time_zone, day_first=translation.day_first(raw, ("Date",)))
    return {
        "id": Field(("Order #",), KEY, essential=True, filled=True),
        "ordered_at": Field(("Date",), when, essential=True, filled=True),
        "status": Field(("Status",), TEXT, essential=True, filled=True),
        "total": Field(("Net Sales", "N. Revenue (formatted)"), MONEY, essential=True, filled=True),
        "channel": Field(("Attribution",)),
    }


def _orders(translation: Translation, company: Company) -> None:
    """Rows of money earned are orders; rows of money given back (below zero) are refunds on their own day."""
    given_back = "greatest(coalesce(refunded, 0), if(state = 'refunded' AND coalesce(refunded, 0) = 0, total, 0), coalesce(back.amount, 0))"
    translation.view(
        "stated",
        f"SELECT *, {words(STATUSES)}[regexp_replace(word(status), '^wc_', '')] AS state FROM "
        f"(SELECT *, false AS nameless FROM {owned('all_orders')} UNION ALL BY NAME SELECT *, true AS nameless FROM all_analytics)",
    )
    translation.refuse(
        "stated WHERE state IS NULL", "orders", "Status", "status", f"is one of {', '.join(STATUSES)}",
        "Export with the site's language set to English, or correct the word; a state of your own must be told as "
        "one of these.",
    )  # fmt: skip
    translation.view(
        "given", "SELECT *, coalesce(nullif(parent, '0'), id) AS sale FROM stated WHERE state IS NOT NULL AND total < 0"
    )
    translation.view(
        "understood",
        f"SELECT earned.*, id AS order_id, coalesce(email, account) AS customer_id, {given_back} AS "
        "given_back, "
        "nullif(concat_ws(' ', first_name, last_name), '') AS person FROM (SELECT * FROM stated WHERE state IS NOT "
        "NULL AND total >= 0) earned "
        "LEFT JOIN (SELECT sale, sum(amount) AS amount FROM (SELECT DISTINCT sale, id, ordered_at, -total AS amount "
        "FROM given) "
        "GROUP BY sale) back ON back.sale = earned.id",
    )
    translation.add(
        "orders",
        f"SELECT _row, _source, order_id, customer_id, ordered_at, coalesce(currency, {text(company.currency)}) AS "
        "currency, total AS gross, "
        "discount, tax, shipping, given_back AS refunded, total - given_back AS net, sale_state(state, total, "
        "given_back) AS status, "
        "channel, coalesce(country, billed_in) AS country FROM understood",
    )
    if translation.ask("SELECT count(*) FROM given") != [(0,)]:
        translation.add(
            "refunds",
            "SELECT given._row, given._source, concat_ws(':', given.id, epoch(given.ordered_at)::BIGINT, "
            "-given.total) AS refund_id, "
            "sale AS order_id, coalesce(sold.customer_id, given.email) AS customer_id, given.ordered_at AS refunded_at, "
            f"coalesce(given.currency, {text(company.currency)}) AS currency, -given.total AS amount FROM given "
            "LEFT JOIN (SELECT order_id, max(customer_id) AS customer_id FROM understood GROUP BY order_id) sold ON "
            "sold.order_id = given.sale",
        )


def _notes(company: Company) -> dict[str, str]:
    """What must be known of the orders: condition -> sentence."""
    return {
        "nameless": "The analytics report names customers by name only: {n} orders. Two people share a name and one person writes it in "
        "two ways, so nobody was guessed: their money counts (without tax and shipping, as the report has it), but "
        "they are in no "
        "customer's history. For customers, export the orders with the billing e-mail and import that file instead.",
        "customer_id IS NULL AND NOT nameless": "Orders without billing e-mail or user: {n}. Their money counts, but they are in no "
        "customer's history, for a name alone is not enough to know a person by.",
        "email <> told_email": "Orders under another e-mail than their account has now: {n}. They are the same customer's, under the e-mail of now.",
        "currency IS NULL": f"Orders that name no currency: {{n}}. {company.currency} was assumed.",
        "state = 'refunded' AND coalesce(refunded, 0) = 0": "Orders refunded of which the export does not say how much: {n}. "
        "They count as wholly given back.",
        "given_back > 0": "Orders with refunds: {n}. Where the export does not say when money was given back, "
        "refunds count on the day of the order.",
    }
