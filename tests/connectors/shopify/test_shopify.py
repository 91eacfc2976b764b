"""Shopify: states, guests, phones, lines, cancelled and test orders, hostile cells."""

from pathlib import Path

import pytest
from tests.connectors.exports import refused, rows, sheet, source, translated

from keepwell.errors import SourceError

COLUMNS = (
    "Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Lineitem discount", "Billing Name", "Shipping Country",
    "Cancelled at", "Payment Method", "Refunded Amount", "Vendor", "Id", "Source", "Phone",
)  # fmt: skip
ORDER = {
    "Name": "#1001", "Email": "Ann@Example.com ", "Financial Status": "paid", "Currency": "USD", "Shipping": "6.50", "Taxes": "2.84",
    "Total": "41.34", "Discount Amount": "0.00", "Created at": "2026-06-30 23:33:00 -0400", "Lineitem quantity": "2",
    "Lineitem name": "Mug", "Lineitem price": "16.00", "Lineitem sku": "MUG", "Lineitem discount": "1.00", "Billing Name": "Ann Lee",
    "Shipping Country": "US", "Refunded Amount": "0.00", "Vendor": "Pottery", "Id": "5001", "Source": "web", "Phone": "+15550001",
}  # fmt: skip
MORE = {
    "Name": "#1001", "Created at": "2026-06-30 23:33:00 -0400", "Lineitem quantity": "1", "Lineitem name": "Print",
    "Lineitem price": "10.00", "Lineitem sku": "PRI", "Lineitem discount": "0.00", "Vendor": "Pottery", "Phone": "+15550001",
}  # fmt: skip
CUSTOMERS = (
    "Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Default Address City", "Default Address Country Code",
    "Phone", "Total Spent", "Total Orders", "Note", "Tax Exempt", "Tags",
    "Fecha de nacimiento (customer.metafields.facts.birth_date)", "Loyalty tier (customer.metafields.custom.tier)",
)  # fmt: skip


def test_an_order_and_its_lines(tmp_path: Path) -> None:
    """One order of two rows: its money from the first, a line from each, the customer in lower case without the blank."""
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, [ORDER, MORE]))
    assert rows(
        said,
        "orders",
        "order_id",
        "customer_id",
        "ordered_at",
        "currency",
        "gross",
        "tax",
        "shipping",
        "status",
        "channel",
        "country",
    ) == [("5001", "ann@example.com", "2026-07-01 03:33:00", "USD", "41.34", "2.84", "6.5", "paid", "web", "US")]
    assert rows(said, "order_lines", "order_id", "line_no", "product_id", "name", "category", "quantity", "amount") == [
        ("5001", 1, "MUG", "Mug", "Pottery", "2", "31"),
        ("5001", 2, "PRI", "Print", "Pottery", "1", "10"),
    ]
    assert rows(said, "customers", "customer_id", "email", "phone", "name", "country") == [
        ("ann@example.com", "ann@example.com", "+15550001", "Ann Lee", "US")
    ]


def test_every_financial_status(tmp_path: Path) -> None:
    """Waiting money is pending, taken-back permission is cancelled; a translated word is refused with its row."""
    told = {
        "paid": "paid", "Partially_Paid": "paid", "partially_refunded": "partly_refunded", "refunded": "refunded", "pending": "pending",
        "authorized": "pending", "voided": "cancelled", "expired": "cancelled", "Partially refunded": "partly_refunded",
    }  # fmt: skip
    listed = [ORDER | {"Id": str(n), "Financial Status": word} for n, word in enumerate([*told, "maksettu"])]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert [state for (state,) in rows(said, "orders", "status")] == list(told.values())
    assert refused(said) == [(10, "Financial Status", "maksettu")]


def test_refunds_decide_the_state_of_a_sale(tmp_path: Path) -> None:
    """A part leaves the rest; all of it is refunded, whatever word stands there."""
    listed = [
        ORDER | {"Id": "1", "Refunded Amount": "1.34"},
        ORDER | {"Id": "2", "Financial Status": "partially_refunded", "Refunded Amount": "41.34"},
    ]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "refunded", "net", "status") == [
        ("1.34", "40", "partly_refunded"),
        ("41.34", "0", "refunded"),
    ]


def test_cancelled_and_test_orders_are_no_sales(tmp_path: Path) -> None:
    """A paid order that was cancelled is no sale, and it is told that its money was kept; the test gateway sells nothing."""
    listed = [
        ORDER | {"Id": "1", "Cancelled at": "2026-07-01 10:00:00 -0400"},
        ORDER | {"Id": "2", "Payment Method": "Bogus (for testing)"},
    ]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "status") == [("cancelled",), ("cancelled",)]
    assert any(note.startswith("Orders cancelled though money was kept: 1.") for note in said.notes)
    assert any(note.startswith("Orders paid through the test gateway: 1.") for note in said.notes)


def test_who_is_known_by_phone_and_who_by_nothing(tmp_path: Path) -> None:
    """Without e-mail the phone is the key, the e-mail behind it where it is one person's; a name is no key."""
    listed = [
        ORDER | {"Id": "1"},
        ORDER | {"Id": "2", "Email": "", "Phone": "+1 555 0001"},
        ORDER | {"Id": "3", "Email": "", "Phone": "+15550099"},
        ORDER | {"Id": "4", "Email": "n/a", "Phone": ""},
    ]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "customer_id") == [("ann@example.com",), ("ann@example.com",), ("+15550099",), (None,)]
    assert any(note.startswith("Orders with neither e-mail nor phone: 1.") for note in said.notes)
    assert any("same phone number: 1." in note for note in said.notes)


def test_a_phone_of_two_people_is_nobodys_key_to_an_email(tmp_path: Path) -> None:
    """Where two e-mails share a phone, an order with that phone alone is the phone's, not either's."""
    listed = [ORDER | {"Id": "1"}, ORDER | {"Id": "2", "Email": "bo@example.com"}, ORDER | {"Id": "3", "Email": ""}]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "customer_id") == [("ann@example.com",), ("bo@example.com",), ("+15550001",)]


def test_an_id_that_was_added_tells_who_it_is(tmp_path: Path) -> None:
    """The customers export knows whose the ID is; without it the ID is its own key; a billing phone is a phone."""
    people = [{"Customer ID": "'71", "Email": "ann@example.com"}, {"Customer ID": "'72", "Phone": "'+15559999"}]
    told = [
        ("71", "", ""),
        ("72", "", ""),
        ("73", "", ""),
        ("", "", "+1 555 9999"),
        ("71", "old@example.com", ""),
        ("", "", ""),
    ]
    listed = [
        ORDER
        | {"Id": f"50{n}", "Name": f"#{n}", "Phone": "", "Customer ID": id, "Email": email, "Billing Phone": phone}
        for n, (id, email, phone) in enumerate(told)
    ]
    orders = sheet(tmp_path, "o.csv", (*COLUMNS, "Customer ID", "Billing Phone"), listed)
    said = translated("shopify", tmp_path, sheet(tmp_path, "c.csv", CUSTOMERS, people), orders)
    assert [who for (who,) in rows(said, "orders", "customer_id")] == [
        "ann@example.com", "+15559999", "73", "+15559999", "ann@example.com", None,
    ]  # fmt: skip


def test_huge_quantities_do_not_stop_an_import(tmp_path: Path) -> None:
    """A line of a thousand million pieces at a million each has an amount nobody can write: the order stands, the amount is empty."""
    huge = ORDER | {"Lineitem quantity": "1000000000", "Lineitem price": "1000000.00"}
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, [huge]))
    assert rows(said, "orders", "gross") == [("41.34",)]
    assert rows(said, "order_lines", "amount") == [(None,)]


def test_a_file_twice_over_says_the_same_twice(tmp_path: Path) -> None:
    """Rows said again keep their keys: no line gets a new number, no order a second one."""
    listed = [ORDER, MORE, ORDER, MORE]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "order_lines", "order_id", "line_no") == [("5001", 1), ("5001", 2), ("5001", 1), ("5001", 2)]
    assert set(rows(said, "orders", "order_id", "gross")) == {("5001", "41.34")}


def test_an_export_without_the_optional_columns(tmp_path: Path) -> None:
    """Old exports have fewer columns; the order is then its name, its refund what its state says."""
    columns = (
        "Created at",
        "Lineitem name",
        "Total",
        "Name",
        "Financial Status",
        "Email",
        "Lineitem quantity",
        "Lineitem price",
    )
    old = {name: ORDER[name] for name in columns}
    listed = [old, old | {"Name": "#1002", "Financial Status": "refunded"}]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", columns, listed))
    assert rows(said, "orders", "order_id", "currency", "refunded", "net", "status") == [
        ("#1001", "USD", "0", "41.34", "paid"),
        ("#1002", "USD", "41.34", "0", "refunded"),
    ]


def test_an_export_without_its_totals_is_refused_by_name(tmp_path: Path) -> None:
    """Without Total nothing can be said of money: the message names the file and the column."""
    columns = tuple(column for column in COLUMNS if column not in ("Total", "Refunded Amount"))
    listed = [{name: value for name, value in ORDER.items() if name in columns}]
    with pytest.raises(SourceError, match=r"o\.csv has no column 'Total'"):
        translated("shopify", tmp_path, sheet(tmp_path, "o.csv", columns, listed))


def test_hostile_cells_are_refused_by_row_and_column(tmp_path: Path) -> None:
    """Formulas, words, impossible days and absurd amounts never become money or time; quotes in names stay names."""
    listed = [
        ORDER | {"Id": "1", "Total": "=1+1"},
        ORDER | {"Id": "2", "Created at": "2026-02-30 10:00:00 -0500"},
        ORDER | {"Id": "3", "Total": "99999999999999999999"},
        ORDER | {"Id": "4", "Total": ""},
        ORDER | {"Id": "5", "Currency": "dollars"},
        ORDER | {"Id": "6", "Billing Name": "Robert'); DROP TABLE orders;--", "Email": "o'neil@example.com"},
        ORDER | {"Id": "5.00E+12", "Name": "#1007"},
        ORDER | {"Id": "8", "Name": ""},
    ]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o'.csv", COLUMNS, listed))
    assert refused(said) == [
        (1, "Total", "=1+1"),
        (2, "Created at", "2026-02-30 10:00:00 -0500"),
        (3, "Total", "99999999999999999999"),
        (4, "Total", None),
        (5, "Currency", "dollars"),
        (8, "Name", None),
    ]
    assert rows(said, "orders", "order_id", "customer_id") == [
        ("6", "o'neil@example.com"),
        ("#1007", "ann@example.com"),
    ]


def test_an_empty_export_says_nothing(tmp_path: Path) -> None:
    """A header alone becomes empty tables and no refusals."""
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, []))
    assert (rows(said, "orders", "order_id"), said.rejected, said.notes) == ([], None, ())


def test_offsets_of_winter_and_summer_and_two_currencies(tmp_path: Path) -> None:
    """Each row's own offset holds, each order's own currency stands."""
    listed = [
        ORDER | {"Id": "1", "Created at": "2026-03-08 01:59:59 -0500"},
        ORDER | {"Id": "2", "Created at": "2026-03-08 03:00:00 -0400", "Currency": "CAD"},
    ]
    said = translated("shopify", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "ordered_at", "currency") == [
        ("2026-03-08 06:59:59", "USD"),
        ("2026-03-08 07:00:00", "CAD"),
    ]


def test_customers_with_marks_and_metafields(tmp_path: Path) -> None:
    """The apostrophe goes, tags and metafields become traits, the birthday a day; spent and orders are not taken over."""
    listed = [
        ["'7001", "Ann", "Lee", "Ann@Example.com", "yes", "Testville", "US", "'+15550001", "99.00", "3", "", "no", "vip, repeat", "1980-02-29", "gold"],
        ["'7002", "Bo", "", "", "no", "", "", "'+15550002", "0", "0", "", "no", "", "", ""],
        ["'7003", "", "", "", "no", "", "", "", "0", "0", "", "no", "", "soon", ""],
    ]  # fmt: skip
    said = translated("shopify", tmp_path, source(tmp_path, "c.csv", CUSTOMERS, listed))
    assert rows(said, "customers", "customer_id", "name", "phone", "birthday") == [
        ("ann@example.com", "Ann Lee", "+15550001", "1980-02-29"),
        ("+15550002", "Bo", "+15550002", None),
        ("7003", None, None, None),
    ]
    assert rows(said, "customers", "traits")[0][0] == {
        "city": "Testville",
        "email_marketing": "yes",
        "tax_exempt": "no",
        "tags": "vip, repeat",
        "fecha_de_nacimiento": "1980-02-29",
        "loyalty_tier": "gold",
    }


def test_customers_and_orders_together(tmp_path: Path) -> None:
    """Who is in the customers export is not said again by an order; a phone leads to the e-mail the customers export knows."""
    customer = ["'7001", "Ann", "Lee", "ann@example.com", "yes", "", "US", "'+15550001", "9", "1", "", "no", "", "", ""]
    orders = sheet(tmp_path, "o.csv", COLUMNS, [ORDER | {"Email": "", "Billing Name": "A. Lee"}])
    said = translated("shopify", tmp_path, source(tmp_path, "c.csv", CUSTOMERS, [customer]), orders)
    assert rows(said, "customers", "customer_id", "name") == [("ann@example.com", "Ann Lee")]
    assert rows(said, "orders", "customer_id") == [("ann@example.com",)]
