"""Are a grocer's receipts understood: baskets of households, in the headings tills write?"""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.tables import Brought

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
