"""WooCommerce: orders by billing e-mail; names alone make nobody a customer."""

from pathlib import Path

from tests.connectors.exports import door, refused, rows, sheet, source, translated

COLUMNS = (
    "Order Number", "Order Date", "Order Status", "Order Total", "Order Refund Amount", "Order Currency", "Billing Email", "Billing Phone",
    "Billing First Name", "Billing Last Name", "Billing Country", "Customer User ID",
)  # fmt: skip
ORDER = {
    "Order Number": "1001", "Order Date": "2026-06-30 23:33:00", "Order Status": "Completed", "Order Total": "41.34", "Order Currency": "EUR",
    "Billing Email": "Ann@Example.com", "Billing First Name": "Ann", "Billing Last Name": "Lee", "Billing Country": "FI",
}  # fmt: skip
ANALYTICS = (
    "Date", "Order #", "N. Revenue (formatted)", "Status", "Customer", "Customer type", "Product(s)", "Items sold", "Coupon(s)",
    "Net Sales", "Attribution",
)  # fmt: skip


def test_an_order_belongs_to_its_billing_email(tmp_path: Path) -> None:
    """E-mails are compared in lower case; the order's own currency stands."""
    said = translated(
        "woocommerce",
        tmp_path,
        sheet(tmp_path, "o.csv", COLUMNS, [ORDER, ORDER | {"Order Number": "1002", "Billing Email": ""}]),
    )
    assert rows(said, "orders", "order_id", "customer_id", "ordered_at", "currency", "gross", "status", "country") == [
        ("1001", "ann@example.com", "2026-07-01 03:33:00", "EUR", "41.34", "paid", "FI"),
        ("1002", None, "2026-07-01 03:33:00", "EUR", "41.34", "paid", "FI"),
    ]
    assert rows(said, "customers", "customer_id", "name", "country") == [("ann@example.com", "Ann Lee", "FI")]
    assert any(note.startswith("Orders without billing e-mail or user: 1.") for note in said.notes)


def test_an_account_is_one_customer_whatever_its_email(tmp_path: Path) -> None:
    """User 5 wrote a new e-mail in July and is known by it, as a guest too; user 9 orders for four others and is nobody."""
    told = [
        ("1", "old@example.com", "5", "2026-06-01 10:00"), ("2", "new@example.com", "5", "2026-07-01 10:00"),
        ("3", "Old@example.com", "0", "2026-06-15 10:00"), ("4", "", "5", "2026-05-01 10:00"),
        *((str(n), f"{n}@example.com", "9", "2026-06-01 10:00") for n in range(5, 9)), ("9", "", "0", "2026-06-01 10:00"),
    ]  # fmt: skip
    listed = [
        ORDER | {"Order Number": n, "Billing Email": email, "Customer User ID": user, "Order Date": day}
        for n, email, user, day in told
    ]
    said = translated("woocommerce", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    theirs = [(f"{n}@example.com",) for n in range(5, 9)]
    assert rows(said, "orders", "customer_id") == [*[("new@example.com",)] * 4, *theirs, (None,)]
    assert any(note.startswith("Orders under another e-mail than their account has now: 2.") for note in said.notes)


def test_every_word_for_a_state(tmp_path: Path) -> None:
    """With and without wc-; a translated word is refused by row."""
    told = {
        "wc-completed": "paid", "processing": "paid", "On hold": "pending", "Pending payment": "pending", "failed": "failed",
        "Cancelled": "cancelled", "refunded": "refunded", "checkout-draft": "pending", "trash": "cancelled",
    }  # fmt: skip
    listed = [ORDER | {"Order Number": str(n), "Order Status": word} for n, word in enumerate([*told, "Abgeschlossen"])]
    said = translated("woocommerce", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert [state for (state,) in rows(said, "orders", "status")] == list(told.values())
    assert refused(said) == [(10, "Status", "Abgeschlossen")]


def test_refunds(tmp_path: Path) -> None:
    """A part given back leaves the rest; refunded without an amount is given back whole."""
    listed = [ORDER | {"Order Refund Amount": "1.34"}, ORDER | {"Order Number": "1002", "Order Status": "refunded"}]
    said = translated("woocommerce", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "refunded", "net", "status") == [
        ("1.34", "40", "partly_refunded"),
        ("41.34", "0", "refunded"),
    ]


def test_headings_as_other_exports_write_them(tmp_path: Path) -> None:
    """The same order under the headings of a plug-in that writes them as the database does."""
    columns = ("order_id", "order_date", "status", "order_total", "billing_email", "refunded_total")
    raw = source(
        tmp_path, "o.csv", columns, [["5", "2026-06-30 23:33:00", "wc-completed", "41.34", "ann@example.com", "0"]]
    )
    said = translated("woocommerce", tmp_path, raw)
    assert rows(said, "orders", "order_id", "customer_id", "gross", "currency") == [
        ("5", "ann@example.com", "41.34", "USD")
    ]


def test_the_analytics_report_makes_nobody_a_customer(tmp_path: Path) -> None:
    """Names are not read: two orders of one name are guests, and a loud note says which export knows customers."""
    listed = [
        [
            "2026-06-30 23:33:00",
            "1001",
            "$1,041.34",
            "completed",
            "Ann Lee",
            "new",
            "2× Mug",
            "2",
            "",
            "1041.34",
            "Direct",
        ],
        [
            "2026-07-01 10:00:00",
            "1002",
            "$10.00",
            "completed",
            "Ann Lee",
            "returning",
            "1× Mug",
            "1",
            "",
            "10",
            "Direct",
        ],
        [
            "2026-07-03 10:00:00",
            "1002",
            "-$4.00",
            "completed",
            "Ann Lee",
            "returning",
            "1× Mug",
            "1",
            "",
            "-4",
            "Direct",
        ],
    ]
    said = translated("woocommerce", tmp_path, source(tmp_path, "a.csv", ANALYTICS, listed))
    assert rows(said, "orders", "order_id", "customer_id", "gross", "refunded", "status") == [
        ("1001", None, "1041.34", "0", "paid"),
        ("1002", None, "10", "4", "partly_refunded"),
    ]
    assert rows(said, "refunds", "order_id", "refunded_at", "amount") == [("1002", "2026-07-03 14:00:00", "4")]
    assert "customers" not in said.tables
    assert any("by name only: 2 orders" in note and "billing e-mail" in note for note in said.notes)


def test_a_plain_list_of_orders_is_not_taken_for_woocommerce(tmp_path: Path) -> None:
    """Order, date, e-mail and total alone are anybody's; they are left to be shown and confirmed."""
    plain = source(tmp_path, "p.csv", ("Order ID", "Date", "Customer Email", "Total", "Status"), [])
    assert door("woocommerce").recognise(plain) is None
