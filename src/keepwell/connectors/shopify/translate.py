"""What do Shopify's orders and customers say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.accounts import add_accounts, owned
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.headers import folded
from keepwell.connectors.translation import (
    CURRENCY,
    EMAIL,
    KEY,
    MONEY,
    NUMBER,
    PHONE,
    Field,
    Translation,
    heading,
    instant,
    text,
    traits,
    words,
)

STATUSES = {
    "paid": "paid",
    "partially_paid": "paid",
    "partially_refunded": "partly_refunded",
    "refunded": "refunded",
    "pending": "pending",
    "authorized": "pending",
    "unpaid": "pending",
    "voided": "cancelled",
    "expired": "cancelled",
}
"""Financial Status -> state of the order."""

CUSTOMER_COLUMNS = {
    "shopify_id": Field(("Customer ID",), KEY),
    "email": Field(("Email",), EMAIL),
    "phone": Field(("Phone",), PHONE),
    "first_name": Field(("First Name",)),
    "last_name": Field(("Last Name",)),
    "company": Field(("Default Address Company", "Company")),
    "city": Field(("Default Address City", "City")),
    "country": Field(("Default Address Country Code", "Country Code", "Default Address Country", "Country")),
    "email_marketing": Field(("Accepts Email Marketing", "Accepts Marketing")),
    "sms_marketing": Field(("Accepts SMS Marketing",)),
    "tax_exempt": Field(("Tax Exempt",)),
    "tags": Field(("Tags",)),
}
CUSTOMER_TRAITS = ("company", "city", "email_marketing", "sms_marketing", "tax_exempt", "tags")
BUYER = {
    "email": "email",
    "phone": "phone",
    "name": "coalesce(person, shipped_to)",
    "country": "coalesce(country, billing_country)",
}
"""What an order knows of its customer."""
BIRTHDAY = "customer.metafields.facts.birth_date"


def order_columns(company: Company) -> dict[str, Field]:
    """The columns of the orders export that are read; times without an offset are the company's."""
    when = instant(company.time_zone)
    return {
        "name": Field(("Name",), KEY, essential=True, filled=True),
        "id": Field(("Id",), KEY),
        "email": Field(("Email",), EMAIL),
        "account": Field(("Customer ID", "Customer Id"), KEY),
        "own_phone": Field(("Phone",), PHONE),
        "billing_phone": Field(("Billing Phone",), PHONE),
        "word": Field(("Financial Status",), essential=True),
        "cancelled_at": Field(("Cancelled at",), when),
        "ordered_at": Field(("Created at",), when, essential=True, filled=True),
        "currency": Field(("Currency",), CURRENCY),
        "total": Field(("Total",), MONEY, essential=True),
        "discount": Field(("Discount Amount",), MONEY),
        "tax": Field(("Taxes",), MONEY),
        "shipping": Field(("Shipping",), MONEY),
        "refunded": Field(("Refunded Amount",), MONEY),
        "payment": Field(("Payment Method",)),
        "channel": Field(("Source",)),
        "country": Field(("Shipping Country",)),
        "billing_country": Field(("Billing Country",)),
        "person": Field(("Billing Name",)),
        "shipped_to": Field(("Shipping Name",)),
        "quantity": Field(("Lineitem quantity",), NUMBER),
        "product": Field(("Lineitem name",)),
        "price": Field(("Lineitem price",), MONEY),
        "sku": Field(("Lineitem sku",), KEY),
        "line_discount": Field(("Lineitem discount",), MONEY),
        "vendor": Field(("Vendor",)),
    }


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Shopify's orders, their lines and customers; the customer of an order is its e-mail, else its phone, else nobody.

    Args:
        raws: Orders and customers exports.
        company: Zone of times that carry no offset, currency of an export that names none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    with Translation(into) as translation:
        _customers(translation, raws)
        translation.sheets(raws, "orders", "orders", lambda _: order_columns(company))
        if any(match.export == "orders" for _, match in raws):
            _buyers_told(translation)
            _orders(translation, company, refunds_told=_all_have(raws, "Refunded Amount"))
            _lines(translation)
            translation.buyers("understood", BUYER)
        return translation.finish()


def _all_have(raws: Sequence[tuple[Raw, Match]], column: str) -> bool:
    return all(heading(raw, (column,)) for raw, match in raws if match.export == "orders")


def _customers(translation: Translation, raws: Sequence[tuple[Raw, Match]]) -> None:
    """The customers export: one row each, metafields and marks as traits; totals are left to be measured."""
    parts = []
    for raw, match in raws:
        if match.export == "customers":
            metafields = {column: f"metafield_{n}" for n, column in enumerate(raw.columns) if ".metafields." in column}
            added = {name: Field((column,)) for column, name in metafields.items()}
            sheet = translation.sheet(raw, "customers", CUSTOMER_COLUMNS | added)
            named = {name: name for name in CUSTOMER_TRAITS} | {
                _label(column): name for column, name in metafields.items()
            }
            birthday = next((name for column, name in metafields.items() if BIRTHDAY in column), "NULL")
            parts.append(
                f"SELECT _row, _source, coalesce(email, phone, shopify_id) AS customer_id, shopify_id AS account, email, phone, country, "
                f"nullif(concat_ws(' ', first_name, last_name), '') AS name, TRY_CAST({birthday} AS DATE) AS birthday, "
                f"{traits(named)} AS traits FROM {sheet}"
            )
    nobody = (
        "SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS account, NULL::VARCHAR AS email, NULL::VARCHAR AS phone "
        "WHERE false"
    )
    translation.view("known", " UNION ALL BY NAME ".join(parts) or nobody)
    if parts:
        translation.add("customers", "SELECT * EXCLUDE (account), 'person' AS kind FROM known")


def _label(column: str) -> str:
    """'Loyalty tier (customer.metafields.custom.tier)' is called loyalty_tier."""
    return folded(column.split("(", maxsplit=1)[0]).replace(" ", "_") or column


def _buyers_told(translation: Translation) -> None:
    """Orders under the e-mail their customer has now, where the export was made to name the customer's ID."""
    add_accounts(
        translation,
        "SELECT account, email, NULL::TIMESTAMPTZ AS moment, true AS sure FROM known UNION ALL "
        "SELECT account, email, ordered_at, false FROM all_orders",
    )
    translation.view(
        "told_orders",
        f"SELECT * EXCLUDE (own_phone, billing_phone), coalesce(own_phone, billing_phone) AS phone FROM {owned('all_orders')}",
    )
    translation.view(
        "members",
        "SELECT account, min(customer_id) AS member FROM known WHERE account IS NOT NULL GROUP BY account",
    )


def _orders(translation: Translation, company: Company, *, refunds_told: bool) -> None:
    """Rows that open an order: they carry its money; the other rows of an order carry only a line."""
    given_back = "coalesce(refunded, 0)" if refunds_told else "CASE WHEN state = 'refunded' THEN total ELSE 0 END"
    translation.view(
        "phones",
        "SELECT phone, min(email) AS email FROM (SELECT phone, email FROM told_orders UNION ALL SELECT phone, email "
        "FROM known) "
        "WHERE phone IS NOT NULL AND email IS NOT NULL GROUP BY phone HAVING count(DISTINCT email) = 1",
    )
    translation.view(
        "headed",
        f"SELECT * EXCLUDE (id), {_order_key()} AS order_id, {words(STATUSES)}[word(word)] AS state "
        "FROM told_orders WHERE word IS NOT NULL OR total IS NOT NULL",
    )
    translation.view(
        "understood",
        f"SELECT headed.*, {given_back} AS given_back, coalesce(headed.email, phones.email, member, "
        "headed.phone, headed.account) AS customer_id, "
        "headed.email IS NULL AND phones.email IS NOT NULL AS by_phone, "
        "coalesce(payment ILIKE '%bogus%', false) AS test FROM headed LEFT JOIN phones ON phones.phone = headed.phone "
        "LEFT JOIN members ON members.account = headed.account "
        "WHERE state IS NOT NULL AND total IS NOT NULL",
    )
    _refusals(translation)
    translation.add(
        "orders",
        f"SELECT _row, _source, order_id, customer_id, ordered_at, coalesce(currency, {text(company.currency)}) AS "
        "currency, "
        "total AS gross, discount, tax, shipping, given_back AS refunded, total - given_back AS net, "
        "CASE WHEN cancelled_at IS NOT NULL OR test THEN 'cancelled' ELSE sale_state(state, total, given_back) END "
        "AS status, channel, coalesce(country, billing_country) AS country FROM understood",
    )
    translation.tell("understood", "order_id", _notes(company))


def _order_key() -> str:
    """The Id; a spreadsheet that wrote it as 5.00E+12 has lost it, then the name of the order."""
    return "CASE WHEN id IS NULL OR regexp_matches(id, '^[0-9.,]+[eE]') THEN name ELSE id END"


def _refusals(translation: Translation) -> None:
    translation.refuse(
        "headed WHERE state IS NULL",
        "orders",
        "Financial Status",
        "word",
        f"is one of {', '.join(STATUSES)}",
        "Export with the shop's language set to English, or correct the word.",
    )
    translation.refuse(
        "headed WHERE state IS NOT NULL AND total IS NULL",
        "orders",
        "Total",
        "total",
        "must be given on the first row of an order",
        "Fill in the total of the order.",
    )


def _lines(translation: Translation) -> None:
    """Every row with a product is a line of the order with its name; numbers start again where the order starts again."""
    translation.view(
        "placed",
        "SELECT *, last_value(key IGNORE NULLS) OVER earlier AS above, greatest(count(key) OVER earlier, 1) AS "
        "block FROM "
        f"(SELECT *, CASE WHEN word IS NOT NULL OR total IS NOT NULL THEN {_order_key()} END AS key FROM all_orders) "
        "WINDOW earlier AS (PARTITION BY _source, name ORDER BY _row)",
    )
    translation.add(
        "order_lines",
        "SELECT _row, _source, coalesce(above, max(key) OVER (PARTITION BY _source, name), name) AS order_id, "
        "row_number() OVER (PARTITION BY _source, name, block ORDER BY _row) AS line_no, sku AS product_id, "
        "product AS name, vendor AS category, quantity, "
        "TRY_CAST(CAST(quantity AS DECIMAL(20, 4)) * price - coalesce(line_discount, 0) AS DECIMAL(18, 4)) AS amount "
        "FROM placed",
    )


def _notes(company: Company) -> dict[str, str]:
    """What must be known of the orders: condition -> sentence."""
    return {
        "customer_id IS NULL": "Orders with neither e-mail nor phone: {n}. Their money counts, but they are in no customer's "
        "history, for a name alone is not enough to know a person by.",
        "by_phone": "Orders without e-mail given to the one customer with the same phone number: {n}.",
        "word(word) = 'partially_paid'": "Orders partly paid: {n}. They count with their full total.",
        "cancelled_at IS NOT NULL AND state NOT IN ('pending', 'cancelled') AND given_back < total": "Orders cancelled though "
        "money was kept: {n}. They do not count as sales.",
        "test": "Orders paid through the test gateway: {n}. They are kept as cancelled.",
        "state = 'partly_refunded' AND given_back = 0": "Orders partly refunded of which the export does not say how much: {n}.",
        "currency IS NULL": f"Orders that name no currency: {{n}}. {company.currency} was assumed.",
        "given_back > 0": "Orders with refunds: {n}. This export does not say when money was given back, "
        "so refunds count on the day of the order.",
    }
