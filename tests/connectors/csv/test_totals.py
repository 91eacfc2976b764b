"""Is a line of sums told from a customer, and kept aside with its reason?"""

from pathlib import Path

import pytest
from tests.connectors.tables import Brought


@pytest.mark.parametrize(
    "word",
    ["Summe", "TOTAL", "Gesamt", " Gesamtsumme: ", "Yhteensä", "Összesen", "合计", "合計", "総計", "Grand Total"],
)
def test_a_line_of_sums_is_no_customer(tmp_path: Path, word: str) -> None:
    """It is refused by its word, and everybody else comes in."""
    brought = Brought(tmp_path / "x", f"Kundennr.;Name;Kunde seit\nK1;Ann Aho;2025-01-30\nK2;Bo Ek;\n{word};2;\n")
    assert brought.mapping.table == "customers"
    assert brought.rows("customers", "customer_id") == [("K1",), ("K2",)]
    assert brought.rejected() == [(3, "Kundennr.", word)]


def test_who_is_called_so_and_has_a_day_comes_in(tmp_path: Path) -> None:
    """A customer may be called Total: in a row of sums no day stands. A product may be called so too."""
    text = "order id;customer id;order date;product;quantity;unit price\n1;Total;2025-01-30;Summe;1;2.50\n1;Total;2025-01-30;Tea;1;3.50\n"
    brought = Brought(tmp_path / "x", text)
    assert brought.rows("orders", "customer_id, gross::DOUBLE") == [("Total", 6.0)]
    assert brought.rejected() == []


def test_sums_of_orders_say_that_they_are_sums(tmp_path: Path) -> None:
    """Beside the day that is wanted."""
    brought = Brought(
        tmp_path / "x", "Bestellnr;Kundennr;Datum;Betrag\nB1;K1;30.01.2025;2,50\nB2;K1;31.01.2025;3,50\nGesamt;;;6,00\n"
    )
    assert (3, "Bestellnr", "Gesamt") in brought.rejected()
    assert brought.rows("orders", "order_id") == [("B1",), ("B2",)]
