"""What do Magento's orders and customers say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.translation import (
    EMAIL,
    KEY,
    MONEY,
    PHONE,
    TEXT,
    Field,
    Translation,
    heading,
    instant,
    text,
    traits,
    words,
)

STATUSES = {
    "complete": "paid",
    "completed": "paid",
    "processing": "paid",
    "closed": "refunded",
    "pending": "pending",
    "new": "pending",
    "pending_payment": "pending",
    "pending_paypal": "pending",
    "payment_review": "pending",
    "paypal_reversed": "pending",
    "paypal_canceled_reversal": "pending",
    "fraud": "pending",
    "suspected_fraud": "pending",
    "holded": "pending",
    "on_hold": "pending",
    "hold": "pending",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "rejected": "cancelled",
}
"""Status, as code or as label -> state of the order; processing is paid and not yet sent, closed is wholly given back."""
TRAITS = ("customer_group", "gender", "company", "city", "state", "website")


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Magento's orders and customers; the customer of an order is its e-mail, guests' checkouts included.

    Args:
        raws: Orders and customers grids.
        company: Zone of the grid's times, currency of its base amounts (the grid names neither).
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    there = {match.export for _, match in raws}
    with Translation(into) as translation:
        translation.sheets(raws, "customers", "customers", lambda raw: _customer_columns(translation, raw, company))
        translation.view(
            "known", f"SELECT {_customer()}, {traits({name: name for name in TRAITS})} AS traits FROM all_customers"
        )
        if "customers" in there:
            translation.add("customers", "SELECT *, 'person' AS kind FROM known")
        if "orders" in there:
            translation.sheets(raws, "orders", "orders", lambda raw: _order_columns(translation, raw, company))
            _orders(translation, company)
        return translation.finish()


def _customer_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    day_first = translation.day_first(raw, ("Customer Since",))
    return {
        "id": Field(("ID",), KEY),
        "name": Field(("Name",)),
        "email": Field(("Email",), EMAIL),
        "phone": Field(("Phone",), PHONE),
        "country": Field(("Country",)),
        "acquired_at": Field(("Customer Since",), instant(company.time_zone, day_first=day_first)),
        "birthday": Field(
            ("Date of Birth",), instant("UTC", day_first=translation.day_first(raw, ("Date of Birth",), day_first))
        ),
        "customer_group": Field(("Group",)),
        "gender": Field(("Gender",)),
        "company": Field(("Company",)),
        "city": Field(("City",)),
        "state": Field(("State/Province",)),
        "website": Field(("Web Site",)),
    }


def _customer() -> str:
    """The SQL of a customer's columns."""
    return (
        "_row, _source, coalesce(email, id) AS customer_id, name, email, phone, country, acquired_at, "
        "local_date(birthday, 'UTC') AS birthday"
    )


def _order_columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    """What is read of the orders grid; its times are the shop's wall clock."""
    day_first = translation.day_first(raw, ("Purchase Date",))
    base = heading(raw, ("Grand Total (Base)",)) is not None
    return {
        "id": Field(("ID",), KEY, essential=True, filled=True),
        "ordered_at": Field(
            ("Purchase Date",), instant(company.time_zone, day_first=day_first), essential=True, filled=True
        ),
        "base": Field(("Grand Total (Base)", "Grand Total (Purchased)"), MONEY, essential=True, filled=base),
        "purchased": Field(("Grand Total (Purchased)",), MONEY),
        "refunded": Field(("Total Refunded",), MONEY),
        "shipping": Field(("Shipping and Handling",), MONEY),
        "status": Field(("Status",), TEXT, essential=True, filled=True),
        "email": Field(("Customer Email",), EMAIL),
        "person": Field(("Customer Name", "Bill-to Name")),
        "channel": Field(("Purchase Point",)),
    }


def _orders(translation: Translation, company: Company) -> None:
    """Amounts are those of the base currency; what was refunded in another one is turned at the order's own rate."""
    rate = (
        "CASE WHEN purchased > 0 AND purchased <> base THEN CAST(base AS DOUBLE) / CAST(purchased AS DOUBLE) ELSE 1 END"
    )
    back = f"coalesce(CAST(round(CAST(refunded AS DOUBLE) * {rate}, 4) AS DECIMAL(18, 4)), if(state = 'refunded', base, 0))"
    translation.view("stated", f"SELECT *, {words(STATUSES)}[word(status)] AS state FROM all_orders")
    translation.refuse(
        "stated WHERE state IS NULL", "orders", "Status", "status", f"is one of {', '.join(STATUSES)}",
        "Export with the admin's language set to English, or correct the word; a state of your own must be told as "
        "one of these.",
    )  # fmt: skip
    translation.view(
        "understood",
        f"SELECT *, id AS order_id, email AS customer_id, {back} AS given_back FROM stated WHERE state IS NOT NULL",
    )
    translation.add(
        "orders",
        f"SELECT _row, _source, order_id, customer_id, ordered_at, {text(company.currency)} AS currency, base AS "
        "gross, "
        "if(purchased <> base, NULL, shipping) AS shipping, given_back AS refunded, base - given_back AS net, "
        "sale_state(state, base, given_back) AS status, regexp_replace(channel, '\\s+', ' ', 'g') AS channel FROM "
        "understood",
    )
    translation.buyers("understood", {"email": "email", "name": "person"})
    translation.note(
        f"The orders grid names neither currency nor time zone: base amounts were taken as {company.currency}, "
        f"times as the wall clock of {company.time_zone}."
    )
    translation.tell("understood", "order_id", NOTES)


NOTES = {
    "customer_id IS NULL": "Orders without an e-mail: {n}. Their money counts, but they are in no customer's history, "
    "for a name alone is not enough to know a person by.",
    "purchased <> base": "Orders paid in another currency than the shop's own: {n}. They count in the shop's own.",
    "given_back > 0": "Orders with refunds: {n}. This export does not say when money was given back, "
    "so refunds count on the day of the order.",
    "state = 'refunded' AND given_back < base": "Orders closed though not all money was given back: {n}. "
    "They stand as refunded, with what was given back.",
}
"""What must be known of the orders: condition -> sentence."""
