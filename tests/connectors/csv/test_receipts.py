"""Are a grocer's receipts understood: baskets of households, in the headings tills write?"""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.tables import COMPANY, Brought

from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import guess

TILLS = {
    "lines": (
        "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,week,transaction_timestamp\n"
        "H1,S1,B1,P1,1,1.50,0.10,1,2026-03-28T23:30:00Z\n"
        "H1,S1,B1,P2,2,3.00,0.00,1,2026-03-28T23:30:00Z\n"
        "H2,S2,B2,P1,1,4.50,0.00,1,2026-03-29T21:59:59Z\n"
    ),
    "receipts": (
        "receipt_no,loyalty_card,store,receipt_time,receipt_total\n"
        "B1,H1,S1,2026-03-28T23:30:00Z,4.50\nB2,H2,S2,2026-03-29T21:59:59Z,4.50\n"
    ),
}


@pytest.mark.parametrize("till", TILLS)
def test_receipts_are_orders_of_households(tmp_path: Path, till: str) -> None:
    """Half past eleven at night in UTC is the next day in Helsinki; two lines of a basket are one order of 4.50."""
    brought = Brought(tmp_path, TILLS[till])
    assert brought.guess.problems == ()
    assert brought.rows("orders", "order_id, customer_id, strftime(ordered_at, '%d %H:%M:%S'), gross") == [
        ("B1", "H1", "28 23:30:00", Decimal("4.5")),
        ("B2", "H2", "29 21:59:59", Decimal("4.5")),
    ]


def test_a_time_of_day_and_a_zone_in_columns_of_their_own(tmp_path: Path) -> None:
    """Tills in two zones: a quarter to midnight in Berlin, five past in New York, none told, and a zone nobody knows."""
    brought = Brought(
        tmp_path,
        "basket_id,household_id,date,time,store_timezone,sales_value\n"
        "B1,H1,2026-03-28,23:45,Europe/Berlin,4.50\n"
        "B2,H1,2026-03-29 00:00:00,12:05 AM,America/New_York,4.50\n"
        "B3,H2,2026-03-29,23:45,,4.50\n"
        "B4,H2,2026-03-30,,Europe/Berlin,4.50\n"
        "B5,H2,2026-03-30,10:00,Europe/Nowhere,4.50\n",
    )
    assert brought.rows("orders", "order_id, strftime(ordered_at, '%d %H:%M')") == [
        ("B1", "28 22:45"),
        ("B2", "29 04:05"),
        ("B3", "29 20:45"),
        ("B4", "29 21:00"),
    ]
    assert brought.rejected() == [(5, "store_timezone", "Europe/Nowhere")]


def test_receipts_of_nobody_are_not_taken_for_refunds(tmp_path: Path) -> None:
    """Nothing speaks of money given back, so the customer is asked for; a list of returns is one."""
    receipts = "receipt_no,till,date,amount\nB1,4,2026-03-28,4.50\nB2,5,2026-03-29,4.50\n"
    brought = tmp_path / "receipts.csv"
    brought.write_text(receipts, "utf-8")
    told = guess(read_file(brought, tmp_path / "read"), COMPANY)
    assert told.mapping.table == "orders"
    assert any("no column looks like a customer" in problem for problem in told.problems)
    returns = Brought(tmp_path / "returns", receipts.replace("date", "return_date"))
    assert returns.mapping.table == "refunds"
