"""What do Square's transactions and items say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.square.zones import zone_of
from keepwell.connectors.translation import (
    KEY,
    MONEY,
    NO_SOURCE,
    NUMBER,
    WORD,
    Field,
    Kind,
    Translation,
    cell,
    heading,
    text,
    words,
)

STATUSES = {
    "complete": "paid",
    "completed": "paid",
    "paid": "paid",
    "captured": "paid",
    "pending": "pending",
    "open": "pending",
    "approved": "pending",
    "authorized": "pending",
    "failed": "failed",
    "declined": "failed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "voided": "cancelled",
}
"""Transaction Status -> state of the order."""
PAYMENT_PART = "concat_ws(':', transaction, coalesce(payment, concat(epoch(happened_at), ' ', total)))"
REFUND_PART = "concat_ws(':', transaction, payment, epoch(happened_at)::BIGINT, total)"
"""What makes two rows the same money: said twice, in overlapping exports, it counts once."""


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Square's payments as orders, its refunds on their own day, its items as lines; a customer is Square's Customer ID.

    Args:
        raws: Transactions and items exports; items alone make orders of their own.
        company: Currency (Square names none) and zone where a row names none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    there = {match.export for _, match in raws}
    rows = "transactions" if "transactions" in there else "items"
    with Translation(into) as translation:
        for export in ("transactions", "items"):
            translation.sheets(raws, export, "orders", lambda raw: _columns(translation, raw, company))
        _happened(translation, rows)
        _orders(translation, company)
        _refunds(translation, company)
        if "items" in there:
            _lines(translation)
        translation.view("known", "SELECT NULL::VARCHAR AS customer_id WHERE false")
        translation.buyers("sold", {"name": "person"})
        _notes(translation, company, rows)
        return translation.finish()


def _columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    """What is read of a transactions or items export; its dates are the wall clock of the zone each row names."""
    zones = _zones(translation, raw)
    american = any((zone or "").startswith(("America/", "Pacific/Honolulu")) for zone in zones.values()) or not zones
    day_first = translation.day_first(raw, ("Date",), otherwise=not american)
    zone = f"coalesce({words({k: v for k, v in zones.items() if v})}[trim(cell_zone)], {text(company.time_zone)})"
    if not any(zones.values()):
        zone = text(company.time_zone)
    when = Kind(
        lambda date: f"instant({date} || coalesce(' ' || trim(cell_time), ''), {zone}, {str(day_first).lower()})",
        "is a day, with its time beside it, such as 2026-06-30 and 23:33:00",
        "Correct the date or the time in the file and import it again.",
    )
    named = Kind(
        lambda cell: (
            f"CASE WHEN trim({cell}) IN ({', '.join(text(k) for k, v in zones.items() if v) or text('')}) THEN "
            f"{cell} END"
        ),
        "is a time zone such as Eastern Time (US & Canada) or America/New_York",
        "Write the IANA name of the zone, such as America/New_York.",
    )
    items = heading(raw, ("Item",)) is not None
    return {
        "happened_at": Field(("Date",), when, essential=True, filled=True),
        "time": Field(("Time",)),
        "zone": Field(("Time Zone",), named),
        "transaction": Field(("Transaction ID",), KEY, essential=True, filled=True),
        "payment": Field(("Payment ID",), KEY),
        "reference": Field(("Order Reference ID",), KEY),
        "event": Field(("Event Type",), WORD),
        "status": Field(("Transaction Status",)),
        "customer_id": Field(("Customer ID",), KEY),
        "person": Field(("Customer Name",)),
        "reason": Field(("Refund Reason", "Notes")),
        "channel": Field(("Channel", "Source", "Location")),
        "item": Field(("Item",)),
        "category": Field(("Category",)),
        "sku": Field(("SKU",), KEY),
        "quantity": Field(("Qty",), NUMBER),
        "collected": Field(("Total Collected",), MONEY, essential=not items and raw is not NO_SOURCE),
        "net": Field(("Net Sales",), MONEY, essential=items),
        "discount": Field(("Discounts",), MONEY),
        "tax": Field(("Tax",), MONEY),
    }


def _zones(translation: Translation, raw: Raw) -> dict[str, str | None]:
    """The names of zones in a source, with what they mean."""
    column = cell(raw, "Time Zone")
    if heading(raw, ("Time Zone",)) is None:
        return {}
    found = translation.ask(
        f"SELECT DISTINCT trim({column}) FROM {translation.raw(raw)} WHERE trim({column}) <> '' ORDER BY 1 LIMIT 1000"
    )
    return {name: zone_of(name) for (name,) in found}


def _happened(translation: Translation, rows: str) -> None:
    """Payments and refunds, told apart by the event, or by the sign where it is not said; each with the part of money it is."""
    total = "collected" if rows == "transactions" else "net + coalesce(tax, 0)"
    nth = (
        ""
        if rows == "transactions"
        else " || ':' || row_number() OVER (PARTITION BY _source, transaction, payment, back ORDER BY _row)"
    )
    translation.view(
        "said",
        f"SELECT *, if(back, {REFUND_PART}, {PAYMENT_PART}){nth} AS part FROM (SELECT *, {total} AS total, "
        f"contains(coalesce(event, ''), 'refund') OR coalesce({total} < 0, false) AS back, "
        f"if(status IS NULL, 'paid', {words(STATUSES)}[word(status)]) AS state FROM all_{rows})",
    )
    for (condition, column, value, law), remedy in REFUSED.items():
        translation.refuse(f"said WHERE {condition}", "orders", column, value, law, remedy)
    translation.view("paid", "SELECT * FROM said WHERE state IS NOT NULL AND total IS NOT NULL AND NOT back")
    translation.view("given", "SELECT * FROM said WHERE state = 'paid' AND total IS NOT NULL AND back")


REFUSED = {
    (
        "state IS NULL",
        "Transaction Status",
        "status",
        f"is one of {', '.join(STATUSES)}",
    ): "Export with the dashboard's language set to English, or correct the word.",
    ("state IS NOT NULL AND total IS NULL", "Total Collected", "total", "must be given"): "Fill in what was collected.",
    (
        "state <> 'paid' AND total IS NOT NULL AND back",
        "Transaction Status",
        "status",
        "a refund has gone through",
    ): "Leave the row out: a refund that was not completed gave nothing back.",
}
"""When a row is refused (condition, heading, value, law), and what to do."""


def _orders(translation: Translation, company: Company) -> None:
    """One order per transaction: its payments are added up, and so are the refunds that name it."""
    translation.view(
        "sales",
        "SELECT transaction, min(happened_at) AS ordered_at, max(customer_id) AS customer_id, max(person) AS person, "
        "max(channel) AS channel, "
        "if(bool_or(state = 'paid'), 'paid', max(state)) AS state, sum(discount) AS discount, sum(tax) AS tax, "
        "if(bool_or(state = 'paid'), sum(total) FILTER (state = 'paid'), max(total)) AS gross FROM (SELECT "
        "transaction, part, "
        "min(happened_at) AS happened_at, max(customer_id) AS customer_id, max(person) AS person, max(channel) AS "
        "channel, max(state) AS state, "
        "max(abs(discount)) AS discount, max(tax) AS tax, max(total) AS total FROM paid GROUP BY transaction, part) "
        "GROUP BY transaction",
    )
    translation.view(
        "keys",
        "SELECT key, min(transaction) AS sale FROM (SELECT transaction AS key, transaction FROM paid UNION ALL "
        "SELECT payment, transaction FROM paid UNION ALL SELECT reference, transaction FROM paid) "
        "WHERE key IS NOT NULL GROUP BY key HAVING count(DISTINCT transaction) = 1",
    )
    translation.view(
        "tied",
        "SELECT given.*, coalesce(own.sale, through.sale, named.sale) AS sale FROM given LEFT JOIN keys own ON "
        "own.key = given.transaction "
        "LEFT JOIN keys through ON through.key = given.payment LEFT JOIN keys named ON named.key = given.reference",
    )
    translation.view(
        "sold",
        "SELECT paid._row, paid._source, transaction AS order_id, sales.* EXCLUDE (transaction), "
        "coalesce(back.amount, 0) AS given_back "
        "FROM paid JOIN sales USING (transaction) LEFT JOIN (SELECT sale, sum(amount) AS amount FROM "
        "(SELECT sale, part, max(abs(total)) AS amount FROM tied GROUP BY sale, part) GROUP BY sale) back ON "
        "back.sale = transaction",
    )
    translation.add(
        "orders",
        f"SELECT _row, _source, order_id, customer_id, ordered_at, {text(company.currency)} AS currency, gross, "
        "discount, tax, "
        "given_back AS refunded, gross - given_back AS net, sale_state(state, gross, given_back) AS status, channel "
        "FROM sold",
    )


def _refunds(translation: Translation, company: Company) -> None:
    """Money given back, on the day it was; of the customer of the sale where the refund names none."""
    translation.add(
        "refunds",
        "SELECT tied._row, tied._source, part AS refund_id, coalesce(sale, tied.transaction) AS order_id, "
        "happened_at AS refunded_at, "
        f"coalesce(tied.customer_id, sales.customer_id) AS customer_id, {text(company.currency)} AS currency, "
        "abs(total) AS amount, reason "
        "FROM tied LEFT JOIN sales ON sales.transaction = tied.sale",
    )


def _lines(translation: Translation) -> None:
    """Items as lines of their transaction; those given back are numbered by the second they came back in."""
    translation.add(
        "order_lines",
        "SELECT _row, _source, coalesce(sale, transaction) AS order_id, sku AS product_id, item AS name, category, "
        "quantity, net AS amount, "
        "back AS returned, nth + if(back, epoch(happened_at)::BIGINT * 1000, 0) AS line_no FROM (SELECT *, "
        "contains(coalesce(event, ''), 'refund') OR coalesce(net < 0, false) AS back, row_number() OVER "
        "(PARTITION BY _source, transaction, payment, contains(coalesce(event, ''), 'refund'), if(net < 0, "
        "happened_at, NULL) ORDER BY _row) AS nth "
        "FROM all_items) LEFT JOIN keys ON keys.key = transaction",
    )


def _notes(translation: Translation, company: Company, rows: str) -> None:
    translation.note(f"Square's exports name no currency: {company.currency} was assumed.")
    if rows == "items":
        translation.note(
            "Without the transactions export, orders are what their items cost with tax: tips, service charges and "
            "states are not known."
        )
    translation.tell(
        "sold",
        "order_id",
        {
            "customer_id IS NULL": "Sales without Customer ID: {n}. Their money counts, but they are in no customer's history, "
            "for a name alone is not enough to know a person by.",
        },
    )
    translation.tell(
        "tied",
        "part",
        {
            "sale IS NULL": "Refunds of sales that are not in this export: {n}. They are kept on their own day; import the sales "
            "together with them, and the orders know it.",
        },
    )
