"""Magento: dates of the grid, states, two currencies, refunds, customers."""

from pathlib import Path

from tests.connectors.exports import refused, rows, sheet, translated

COLUMNS = (
    "ID", "Purchase Point", "Purchase Date", "Bill-to Name", "Grand Total (Base)", "Grand Total (Purchased)", "Status", "Customer Email",
    "Customer Name", "Shipping and Handling", "Total Refunded",
)  # fmt: skip
ORDER = {
    "ID": "000000017", "Purchase Point": "Main Website\n   Main Store", "Purchase Date": "Jun 30, 2026 11:33:00 PM", "Status": "Complete",
    "Grand Total (Base)": "$1,041.34", "Grand Total (Purchased)": "$1,041.34", "Customer Email": " Ann@Example.com", "Customer Name": "Ann Lee",
    "Shipping and Handling": "$6.50",
}  # fmt: skip
CUSTOMERS = ("ID", "Name", "Email", "Group", "Phone", "Country", "Customer Since", "Web Site", "Confirmed email", "Account Created in", "Date of Birth")  # fmt: skip


def test_an_order_of_the_grid(tmp_path: Path) -> None:
    """The grid's evening of 30 June in New York is 03:33 UTC; leading zeros of the number stay."""
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, [ORDER]))
    assert rows(
        said, "orders", "order_id", "customer_id", "ordered_at", "gross", "shipping", "refunded", "status", "channel"
    ) == [
        (
            "000000017",
            "ann@example.com",
            "2026-07-01 03:33:00",
            "1041.34",
            "6.5",
            "0",
            "paid",
            "Main Website Main Store",
        )
    ]
    assert rows(said, "customers", "customer_id", "name") == [("ann@example.com", "Ann Lee")]


def test_every_word_for_a_state(tmp_path: Path) -> None:
    """Codes and labels are understood; a shop's own word is refused by row, never guessed."""
    told = {
        "complete": "paid", "Processing": "paid", "Closed": "refunded", "pending": "pending", "Pending Payment": "pending",
        "On Hold": "pending", "holded": "pending", "Suspected Fraud": "pending", "canceled": "cancelled", "Payment Review": "pending",
    }  # fmt: skip
    listed = [ORDER | {"ID": str(n), "Status": word} for n, word in enumerate([*told, "Ready to ship"])]
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert [state for (state,) in rows(said, "orders", "status")] == list(told.values())
    assert refused(said) == [(11, "Status", "Ready to ship")]


def test_refunds_lower_the_order_and_closed_ones_are_given_back(tmp_path: Path) -> None:
    """A part is partly refunded; closed without an amount is wholly refunded."""
    listed = [ORDER | {"ID": "1", "Total Refunded": "$41.34"}, ORDER | {"ID": "2", "Status": "closed"}]
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "order_id", "refunded", "net", "status") == [
        ("1", "41.34", "1000", "partly_refunded"),
        ("2", "1041.34", "0", "refunded"),
    ]


def test_an_order_in_another_currency_counts_in_the_shops_own(tmp_path: Path) -> None:
    """200 euro of which 50 were given back are 220 dollars of which 55 were given back."""
    euro = {"Grand Total (Base)": "$220.00", "Grand Total (Purchased)": "200,00 €", "Total Refunded": "50,00 €"}
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, [ORDER | euro]))
    assert rows(said, "orders", "currency", "gross", "refunded", "net", "shipping") == [
        ("USD", "220", "55", "165", None)
    ]
    assert any(note.startswith("Orders paid in another currency") for note in said.notes)


def test_dates_as_the_database_writes_them_and_with_the_day_first(tmp_path: Path) -> None:
    """2026-01-15 23:00:00 is winter time in New York, 04:00 UTC; 31/01/2026 shows that days come first."""
    listed = [ORDER | {"ID": "1", "Purchase Date": "2026-01-15 23:00:00"}]
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "ordered_at") == [("2026-01-16 04:00:00",)]
    folder = tmp_path / "second"
    folder.mkdir()
    listed = [
        ORDER | {"ID": "1", "Purchase Date": "31/01/2026 10:00:00"},
        ORDER | {"ID": "2", "Purchase Date": "02/01/2026 10:00:00"},
    ]
    said = translated("magento", folder, sheet(folder, "o.csv", COLUMNS, listed))
    assert rows(said, "orders", "ordered_at") == [("2026-01-31 15:00:00",), ("2026-01-02 15:00:00",)]


def test_customers_of_the_grid_are_not_said_twice(tmp_path: Path) -> None:
    """Who is in the customers grid comes from there, with birthday and group; a buyer who is not comes from the order."""
    ann = {
        "ID": "7", "Name": "Ann Lee", "Email": "ann@example.com", "Group": "Wholesale", "Phone": "555-123-4567", "Country": "United States",
        "Customer Since": "Jan 5, 2024 3:04:05 PM", "Date of Birth": "1980-02-29",
    }  # fmt: skip
    orders = sheet(
        tmp_path,
        "o.csv",
        COLUMNS,
        [ORDER, ORDER | {"ID": "18", "Customer Email": "bo@example.com", "Customer Name": "Bo"}],
    )
    said = translated("magento", tmp_path, sheet(tmp_path, "c.csv", CUSTOMERS, [ann]), orders)
    assert rows(said, "customers", "customer_id", "name", "phone", "acquired_at", "birthday", "traits") == [
        (
            "ann@example.com",
            "Ann Lee",
            "5551234567",
            "2024-01-05 20:04:05",
            "1980-02-29",
            {"customer_group": "Wholesale"},
        ),
        ("bo@example.com", "Bo", None, None, None, None),
    ]


def test_only_purchased_totals(tmp_path: Path) -> None:
    """A grid without base totals is read by what was purchased."""
    columns = tuple(column for column in COLUMNS if column != "Grand Total (Base)")
    order = {name: value for name, value in ORDER.items() if name in columns}
    said = translated("magento", tmp_path, sheet(tmp_path, "o.csv", columns, [order]))
    assert rows(said, "orders", "gross") == [("1041.34",)]
