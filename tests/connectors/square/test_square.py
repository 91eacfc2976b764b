"""Square: payments, refunds on their own day, split tenders, items, zones, guests."""

from pathlib import Path

from tests.connectors.exports import refused, rows, sheet, translated

COLUMNS = (
    "Date", "Time", "Time Zone", "Gross Sales", "Discounts", "Net Sales", "Tax", "Tip", "Total Collected", "Transaction ID", "Payment ID",
    "Event Type", "Customer ID", "Customer Name", "Refund Reason", "Transaction Status", "Location",
)  # fmt: skip
ITEM_COLUMNS = (
    "Date", "Time", "Time Zone", "Category", "Item", "Qty", "Price Point Name", "SKU", "Net Sales", "Tax", "Transaction ID", "Payment ID",
    "Event Type", "Customer ID",
)  # fmt: skip
EASTERN = {"Time Zone": "Eastern Time (US & Canada)", "Event Type": "Payment", "Transaction Status": "Complete"}
MUG = EASTERN | {
    "Date": "2026-06-30", "Time": "23:33:00", "Total Collected": "$1,041.34", "Tax": "$2.84", "Transaction ID": "T1", "Payment ID": "P1",
    "Customer ID": "C1", "Customer Name": "Ann Lee",
}  # fmt: skip
GUEST = EASTERN | {
    "Date": "2026-07-01", "Time": "09:00:00", "Total Collected": "$10.00", "Transaction ID": "T2", "Payment ID": "P2",
    "Customer Name": "Ann Lee",
}  # fmt: skip
RETURN = EASTERN | {
    "Date": "2026-08-02", "Time": "10:00:00", "Total Collected": "-$41.34", "Transaction ID": "T1", "Payment ID": "P1",
    "Event Type": "Refund", "Refund Reason": "Broken",
}  # fmt: skip


def test_a_payment_is_an_order_in_the_zone_its_row_names(tmp_path: Path) -> None:
    """23:33 Eastern on 30 June is 03:33 UTC on 1 July; $1,041.34 is money; a name makes no customer."""
    said = translated("square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, [MUG, GUEST]))
    assert rows(
        said, "orders", "order_id", "customer_id", "ordered_at", "gross", "refunded", "net", "status", "currency"
    ) == [
        ("T1", "C1", "2026-07-01 03:33:00", "1041.34", "0", "1041.34", "paid", "USD"),
        ("T2", None, "2026-07-01 13:00:00", "10", "0", "10", "paid", "USD"),
    ]
    assert rows(said, "customers", "customer_id", "name") == [("C1", "Ann Lee")]
    assert any(note.startswith("Sales without Customer ID: 1.") for note in said.notes)


def test_a_refund_is_filed_on_its_own_day_and_known_to_its_order(tmp_path: Path) -> None:
    """The refund of 2 August lowers what is left of the June order and is dated itself, for the customer of the sale."""
    said = translated("square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, [RETURN, MUG]))
    assert rows(said, "orders", "order_id", "gross", "refunded", "net", "status") == [
        ("T1", "1041.34", "41.34", "1000", "partly_refunded")
    ]
    assert rows(said, "refunds", "order_id", "customer_id", "refunded_at", "amount", "reason") == [
        ("T1", "C1", "2026-08-02 14:00:00", "41.34", "Broken")
    ]


def test_a_refund_under_its_own_transaction_is_tied_by_the_payment(tmp_path: Path) -> None:
    """Where a refund has a transaction of its own, its payment leads to the sale; where nothing does, it stands alone."""
    alone = RETURN | {"Transaction ID": "T9", "Payment ID": "P9", "Total Collected": "-$5.00"}
    said = translated(
        "square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, [MUG, RETURN | {"Transaction ID": "T8"}, alone])
    )
    assert rows(said, "orders", "order_id", "refunded") == [("T1", "41.34")]
    assert rows(said, "refunds", "order_id", "amount") == [("T1", "41.34"), ("T9", "5")]
    assert any(note.startswith("Refunds of sales that are not in this export: 1.") for note in said.notes)


def test_two_tenders_make_one_order_and_a_repeated_row_makes_nothing(tmp_path: Path) -> None:
    """$10 by card and $5 in cash of one transaction are one order of $15; the same rows again change nothing."""
    cash = GUEST | {"Payment ID": "P3", "Total Collected": "$5.00"}
    again = RETURN | {"Transaction ID": "T2", "Payment ID": "P2", "Total Collected": "($10.00)"}
    listed = [GUEST, cash, again]
    said = translated("square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, listed + listed))
    assert set(rows(said, "orders", "order_id", "gross", "refunded", "status")) == {
        ("T2", "15", "10", "partly_refunded")
    }
    assert len(set(rows(said, "refunds", "refund_id"))) == 1


def test_days_before_months_where_the_column_shows_it(tmp_path: Path) -> None:
    """31/05/2026 tells that 01/06/2026 is the first of June; 7:05 PM in London summer time is 18:05 UTC."""
    london = {"Time Zone": "London", "Time": "7:05:00 PM"}
    said = translated(
        "square",
        tmp_path,
        sheet(
            tmp_path, "t.csv", COLUMNS, [MUG | london | {"Date": "31/05/2026"}, GUEST | london | {"Date": "01/06/2026"}]
        ),
    )
    assert rows(said, "orders", "ordered_at") == [("2026-05-31 18:05:00",), ("2026-06-01 18:05:00",)]


def test_what_did_not_go_through_is_no_sale(tmp_path: Path) -> None:
    """A failed and a pending payment keep their state; a refund that failed and a word nobody knows are refused by row."""
    listed = [
        MUG | {"Transaction Status": "Failed"},
        GUEST | {"Transaction Status": "Pending"},
        RETURN | {"Transaction Status": "Failed"},
        GUEST | {"Transaction ID": "T5", "Transaction Status": "Valmis"},
        GUEST | {"Transaction ID": "T6", "Total Collected": "ten"},
        GUEST | {"Transaction ID": "T7", "Time Zone": "Moonbase"},
    ]
    said = translated("square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, listed))
    assert rows(said, "orders", "order_id", "status") == [("T1", "failed"), ("T2", "pending")]
    assert refused(said) == [
        (3, "Transaction Status", "Failed"),
        (4, "Transaction Status", "Valmis"),
        (5, "Total Collected", "ten"),
        (6, "Time Zone", "Moonbase"),
    ]


def test_items_are_lines_and_returned_items_are_marked(tmp_path: Path) -> None:
    """Two items of a transaction are its lines 1 and 2; the one that came back is a returned line with a number of its own."""
    mug = {
        "Date": "2026-06-30", "Time": "23:33:00", "Time Zone": "Eastern Time (US & Canada)", "Event Type": "Payment", "Item": "Mug",
        "Qty": "1.0", "SKU": "MUG", "Net Sales": "$30.00", "Tax": "$2.00", "Transaction ID": "T1", "Payment ID": "P1", "Category": "Cups",
    }  # fmt: skip
    print_ = mug | {"Item": "Print", "SKU": "PRI", "Net Sales": "$10.00", "Tax": "$0.50"}
    back = print_ | {"Event Type": "Refund", "Date": "2026-07-02", "Qty": "-1", "Net Sales": "-$10.00", "Tax": "-$0.50"}
    items = sheet(tmp_path, "i.csv", ITEM_COLUMNS, [back, mug, print_])
    said = translated("square", tmp_path, sheet(tmp_path, "t.csv", COLUMNS, [MUG]), items)
    lines = rows(said, "order_lines", "order_id", "name", "category", "quantity", "amount", "returned")
    assert lines == [
        ("T1", "Print", "Cups", "-1", "-10", True),
        ("T1", "Mug", "Cups", "1", "30", False),
        ("T1", "Print", "Cups", "1", "10", False),
    ]
    numbers = [number for (number,) in rows(said, "order_lines", "line_no")]
    assert numbers[1:] == [1, 2]
    assert numbers[0] > 1_000_000


def test_items_alone_make_orders_of_what_they_cost(tmp_path: Path) -> None:
    """Without transactions, an order is the sum of its items with tax, less what came back."""
    mug = {
        "Date": "2026-06-30", "Time": "23:33:00", "Time Zone": "Eastern Time (US & Canada)", "Event Type": "Payment", "Item": "Mug",
        "Qty": "1.0", "Net Sales": "$30.00", "Tax": "$2.00", "Transaction ID": "T1", "Payment ID": "P1", "Customer ID": "C1",
    }  # fmt: skip
    listed = [mug, mug | {"Item": "Print", "Net Sales": "$10.00", "Tax": "$0.50"}]
    back = mug | {"Event Type": "Refund", "Date": "2026-07-02", "Qty": "-1", "Net Sales": "-$30.00", "Tax": "-$2.00"}
    said = translated("square", tmp_path, sheet(tmp_path, "i.csv", ITEM_COLUMNS, [*listed, back]))
    assert set(rows(said, "orders", "order_id", "customer_id", "gross", "refunded", "net", "status")) == {
        ("T1", "C1", "42.5", "32", "10.5", "partly_refunded")
    }
    assert any("Without the transactions export" in note for note in said.notes)
