"""Are the headings people really write known, and is what is not known said?"""

from pathlib import Path

import pytest
from tests.connectors.tables import Brought

from keepwell.connectors.mapping import Mapping

ORDERS = {
    "de": ("Beleg;Kd-Nr;Belegdatum;Betrag netto;Whg;Zustand;Rabatt", "R1;K1;24.01.2025;118,94;EUR;bezahlt;0,00"),
    "fr": ("N° commande;Code client;Date de vente;Montant TTC;Devise;Statut;Remise", "R1;K1;24/01/2025;118,94;EUR;payée;0,00"),
    "es": ("Nº pedido;Nº cliente;Fecha de compra;Importe total;Moneda;Estado;Descuento", "R1;K1;24/01/2025;118,94;EUR;pagado;0,00"),
    "fi": ("Tosite;Asiakasnumero;Ostopäivä;Loppusumma;Valuutta;Tila;Alennus", "R1;K1;24.01.2025;118,94;EUR;maksettu;0,00"),
    "hu": ("Bizonylat;Vevőkód;Vásárlás dátuma;Bruttó összeg;Deviza;Státusz;Kedvezmény", "R1;K1;2025.01.24;118,94;EUR;fizetve;0,00"),
}  # fmt: skip


@pytest.mark.parametrize("language", ORDERS)
def test_orders(tmp_path: Path, language: str) -> None:
    """Every column of a shop's own export has its meaning, and the word for paid is known."""
    heading, row = ORDERS[language]
    brought = Brought(tmp_path / "x", f"{heading}\n{row}\n{row.replace('R1', 'R2').replace('24', '25', 1)}\n")
    assert brought.guess is not None
    assert brought.guess.problems == ()
    assert list(brought.mapping.columns) == [
        "order_id",
        "customer_id",
        "ordered_at",
        "currency",
        "gross",
        "discount",
        "status",
    ]
    assert set(brought.mapping.words["status"].values()) == {"paid"}
    assert brought.rows("orders", "order_id, gross::DOUBLE") == [("R1", 118.94), ("R2", 118.94)]


@pytest.mark.parametrize(
    ("heading", "field"),
    [("Name des Kunden", "name"), ("Firma/Name", "name"), ("Firma", "name"), ("Raison sociale", "name"), ("Razón social", "name"), ("Cégnév", "name"),
     ("Kunde seit", "acquired_at"), ("angelegt am", "acquired_at"), ("Client depuis", "acquired_at"), ("Cliente desde", "acquired_at")],
)  # fmt: skip
def test_customers(tmp_path: Path, heading: str, field: str) -> None:
    """Their name, and since when they are customers."""
    cell = "Ann Aho" if field == "name" else "24.01.2025"
    mapping = Brought(tmp_path / "x", f"KdNr.;E-Mail;{heading}\nK1;a@b.example;{cell}\nK2;b@b.example;{cell}\n").mapping
    assert mapping.columns[field] == heading


def test_contracts(tmp_path: Path) -> None:
    """A price with its month in the heading, and the turns in which it is paid."""
    text = "Vertrag;Kd;Paket;Beginn;Ende;Preis/Monat;Turnus\nV1;K1;Plus;24.01.2025;;9,90;monatlich\nV2;K2;Plus;25.01.2025;;9,90;jährlich\n"
    mapping = Brought(tmp_path / "x", text).mapping
    assert mapping.columns == {
        "subscription_id": "Vertrag", "customer_id": "Kd", "plan": "Paket", "starts_on": "Beginn", "ends_on": "Ende", "mrr": "Preis/Monat", "interval": "Turnus",
    }  # fmt: skip
    assert mapping.words["interval"] == {"monatlich": "month", "jährlich": "year"}


def test_an_amount_without_a_known_heading(tmp_path: Path) -> None:
    """The only column of numbers with cents is taken, and said to be confirmed."""
    brought = Brought(tmp_path / "x", "Beleg;Kd;Wann;Zorkel\nR1;K1;24.01.2025;118,94\nR2;K1;25.01.2025;7,00\n")
    assert brought.guess is not None
    assert brought.mapping.columns["gross"] == "Zorkel"
    assert any('"Zorkel" alone holds numbers with cents' in doubt for doubt in brought.guess.doubts)


def test_what_is_before_tax_or_without_a_name_is_said(tmp_path: Path) -> None:
    """A net amount is taken, with a doubt; customers whose name nobody recognised are not brought in silence."""
    net = Brought(tmp_path / "x", "\n".join(ORDERS["de"]) + "\n").guess
    assert net is not None
    assert any("before tax" in doubt for doubt in net.doubts)
    named = Brought(tmp_path / "y", "KdNr;Zorkel\nK1;Ann Aho\nK2;Bo Berg\n").guess
    assert named is not None
    assert any('is it "Zorkel"' in doubt for doubt in named.doubts)


def test_a_wrong_day_of_a_customer_costs_only_the_day(tmp_path: Path) -> None:
    """The row comes in without it and is told by its number."""
    days = ["24.01.2025", "gestern", "25.01.2025", "26.01.2025", "27.01.2025"]
    text = "KdNr;Kunde seit\n" + "".join(f"K{n};{day}\n" for n, day in enumerate(days, start=1))
    brought = Brought(tmp_path / "x", text)
    assert brought.rows("customers", "customer_id, acquired_at IS NULL") == [
        ("K1", False),
        ("K2", True),
        ("K3", False),
        ("K4", False),
        ("K5", False),
    ]
    assert brought.rejected() == [(2, "Kunde seit", "gestern")]
    assert isinstance(brought.mapping, Mapping)
