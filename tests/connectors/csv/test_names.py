"""Are tables understood in the languages of those who export them, and is what is not understood said?"""

import time
from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.tables import COMPANY, Brought

from keepwell.connectors import recognise
from keepwell.connectors.csv import CONNECTOR
from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Mapping, fingerprint, guess
from keepwell.connectors.mapping.words import FIELDS, likeness
from keepwell.errors import ConfigError, UnrecognisedError
from keepwell.testing.check_connector import check_connector

LANGUAGES = {
    "English": "Order Number;Customer ID;Order Date;Order Total;Status\n1;A7;31.12.2025 10:00;1.234,50;Completed\n2;A7;01.01.2026 10:00;5,00;Cancelled\n",
    "suomi": "Tilausnumero;Asiakasnumero;Tilauspäivä;Loppusumma;Tila\n1;A7;31.12.2025 10.00;1 234,50;Maksettu\n2;A7;1.1.2026 10.00;5,00;Peruttu\n",
    "magyar": "Rendelésszám;Vevőkód;Rendelés dátuma;Végösszeg;Állapot\n1;A7;2025.12.31. 10:00;1 234,50;Teljesítve\n2;A7;2026. 01. 01. 10:00;5,00;Törölve\n",
    "简体中文": "订单号,客户编号,下单时间,订单金额,订单状态\n1,A7,2025年12月31日 10:00,1234.50,已完成\n2,A7,2026年1月1日 10:00,5.00,已取消\n",
    "日本語": '注文番号,顧客ID,注文日時,合計金額,ステータス\n1,A7,2025/12/31 10:00,"1,234.50",完了\n2,A7,2026/1/1 10:00,5.00,キャンセル\n',
    "Deutsch": "Rechnungsnummer;Kundennummer;Rechnungsdatum;Gesamtbetrag;Bestellstatus\n1;A7;31.12.2025 10:00;1.234,50;bezahlt\n2;A7;01.01.2026 10:00;5,00;storniert\n",
    "français": "Numéro commande;ID client;Date commande;Montant total;Statut\n1;A7;31/12/2025 10:00;1 234,50;Payée\n2;A7;01/01/2026 10:00;5,00;Annulée\n",
    "español": "Número de pedido;ID cliente;Fecha de pedido;Importe total;Estado\n1;A7;31/12/2025 10:00;1.234,50;Pagado\n2;A7;01/01/2026 10:00;5,00;Cancelado\n",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_shop_says_the_same_in_every_language(tmp_path: Path, language: str) -> None:
    """The same two orders, whatever the language of headings, states, days and numbers."""
    brought = Brought(tmp_path, LANGUAGES[language])
    assert brought.guess.problems == ()
    assert brought.rows(
        "orders", "order_id, customer_id, strftime(ordered_at, '%Y-%m-%d %H:%M'), gross, status, net"
    ) == [
        ("1", "A7", "2025-12-31 08:00", Decimal("1234.50"), "paid", Decimal("1234.50")),
        ("2", "A7", "2026-01-01 08:00", Decimal(5), "cancelled", Decimal(5)),
    ]
    assert brought.rows("customers", "customer_id, kind") == [("A7", "person")]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("customers", "customer_id,email,signup date,country,shoe size\nA,ann@example.com,2025-01-02,FI,38\n"),
        ("refunds", "refund id,order id,refund date,refund amount\nR1,O1,2025-01-02,5.00\n"),
        (
            "subscriptions",
            "subscription_id,customer_id,plan,start_date,end_date,mrr\nS1,A,Basic,2025-01-01,2025-03-01,29.00\n",
        ),
        ("events", "user_id,event,timestamp\nA,login,2025-01-02 10:00:00\n"),
        ("touches", "customer_id,channel,direction,sent_at,subject\nA,mail,outbound,2025-01-02 10:00,News\n"),
        ("answers", "customer_id,nps score,comment,responded at\nA,9,good,2025-01-02\n"),
        ("costs", "month,category,spend\n2025-01,Advertising,500.00\n"),
        ("deals", "deal id,customer id,stage,close date,amount\nD1,A,Closed Won,2025-01-02,900.00\n"),
        ("merges", "old customer id,new customer id\nA,B\n"),
        ("order_lines", "order id,sku,quantity,unit price\nO1,P1,2,5.00\n"),
    ],
)
def test_every_kind_of_table_is_told_from_the_others(tmp_path: Path, table: str, text: str) -> None:
    """A table is known by what only it has."""
    brought = Brought(tmp_path, text)
    assert (brought.mapping.table, brought.guess.problems) == (table, ())
    assert len(brought.rows(table, "1")) == 1


def test_headings_are_alike_whatever_their_dress() -> None:
    """Case, blanks, underscores, camels and accents do not matter; a longer name is another name."""
    words = FIELDS["orders"]["ordered_at"]
    assert {
        likeness(name, words) > 0
        for name in ("Order Date", "order_date", "OrderDate", "ORDER DATE", "Order-Date (UTC)", "tilauspaiva")
    } == {True}
    assert likeness("Order date of the previous order", words) == 0


def test_the_guess_is_said_in_lines_to_confirm(tmp_path: Path) -> None:
    """Each field names its column and what proved its spelling."""
    lines = Brought(tmp_path, LANGUAGES["Deutsch"]).guess.describe()
    assert 'orders.ordered_at ← "Rechnungsdatum" (day first, from 31.12.2025 10:00)' in lines
    assert 'orders.gross ← "Gesamtbetrag" (decimal comma, from 1.234,50)' in lines
    assert "orders.status: bezahlt = paid, storniert = cancelled" in lines
    assert any(line.startswith("please confirm: the file names no currency") for line in lines)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """No amount, or only a name for a customer: a problem that names the columns, and nothing is guessed."""
    (tmp_path / "t").mkdir()
    for text, told in (
        ("customer_id,order_id,order_date\nA,1,2025-01-02\n", "no column looks like an amount"),
        ("name,order date,total\nAnn Lee,2025-01-02,5.00\n", "two people may have one name"),
        ("customer,date,total,status\nA,2025-01-02,5.00,flubbed\n", "'flubbed' (1 row)"),
    ):
        raw = _raw(tmp_path, text)
        assert told in " ".join(guess(raw, COMPANY).problems)
        match = CONNECTOR.recognise(raw)
        assert match is not None
        with pytest.raises(UnrecognisedError, match="is not understood"):
            CONNECTOR.translate([(raw, match)], COMPANY, tmp_path / "t")


def test_a_table_of_nothing_known_is_nobody_s(tmp_path: Path) -> None:
    """Two columns that mean nothing are recognised by no door, and the refusal names them."""
    raw = _raw(tmp_path, "foo,bar\n1,2\n")
    assert recognise(raw) is None
    with pytest.raises(UnrecognisedError, match=r"foo, bar"):
        guess(raw, COMPANY)


def test_a_mapping_is_remembered_and_can_be_corrected(tmp_path: Path) -> None:
    """A mapping goes to TOML and back unchanged; a corrected one is obeyed; one that does not hold is refused."""
    brought = Brought(tmp_path / "one", LANGUAGES["suomi"])
    mapping = Mapping.from_toml(brought.mapping.to_toml())
    assert mapping == brought.mapping
    corrected = mapping.model_copy(
        update={"constants": {"currency": "SEK"}, "words": {"status": {"maksettu": "paid", "peruttu": "failed"}}}
    )
    again = Brought(tmp_path / "two", LANGUAGES["suomi"], mapping=Mapping.from_toml(corrected.to_toml()))
    assert again.rows("orders", "currency, status") == [("SEK", "paid"), ("SEK", "failed")]
    for text in ("table = ", 'table = "cats"\n[columns]\n', 'table = "orders"\ncolour = "red"\n[columns]\n'):
        with pytest.raises(ConfigError):
            Mapping.from_toml(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('table = "orders"\ndecimal = "comma"\n[columns]\n', "There is no setting decimal; did you mean decimals?"),
        ('table = "order"\n[columns]\n', "did you mean orders?"),
        ('table = "orders"\n', "columns is missing"),
        ('table = "orders"\nencoding = "cp1250"\n[columns]\n', "keepwell import FILE --encoding cp1250"),
        ('table = "orders"\ndelimiter = "blanks"\n[columns]\n', "keepwell import FILE --delimiter blanks"),
        ('table = "orders"\ncolumns = "a,b"\n', "keepwell import FILE --columns"),
        ('table = "orders"\n[columns]\norder_id = 1\n', "columns.order_id is not a text"),
        ('table = "orders"\nwords = "x"\n[columns]\n', "words is a table of its own: write [words]"),
        ('table = "orders"\ntraits = "x"\n[columns]\n', 'traits is a list: write ["one", "two"].'),
    ],
)
def test_faults_of_a_mapping_are_told_in_words(text: str, told: str) -> None:
    """Each fault is a sentence that names the key, what it may be, or the flag that was meant."""
    with pytest.raises(ConfigError) as refused:
        Mapping.from_toml(text)
    assert told in str(refused.value)
    assert "input" not in str(refused.value).casefold()


def test_an_account_beside_the_customer_is_the_account_they_belong_to(tmp_path: Path) -> None:
    """With a customer of its own a row's account is where the customer belongs; alone it is the customer."""
    (tmp_path / "both").mkdir()
    (tmp_path / "alone").mkdir()
    both = Brought(tmp_path / "both", "user_id,account_id,email,signup date\nU1,A1,ann@example.com,2025-01-02\n")
    alone = Brought(tmp_path / "alone", "account_id,email,signup date\nA1,ann@example.com,2025-01-02\n")
    assert both.rows("customers", "customer_id, account_id") == [("U1", "A1")]
    assert alone.rows("customers", "customer_id") == [("A1",)]


def test_orders_of_one_number_and_several_customers_are_not_merged(tmp_path: Path) -> None:
    """Without columns of lines the first row of a number counts; another customer, day or amount is refused, a repeat is none."""
    brought = Brought(
        tmp_path,
        "order_id,customer_id,order_date,total\n1,A,2025-01-02,5.00\n1,B,2025-01-02,6.00\n1,A,2025-01-03,5.00\n"
        "1,A,2025-01-02,7.00\n1,A,2025-01-02,5.00\n2,C,2025-01-02,9.00\n",
    )
    assert brought.rows("orders", "_row, order_id, customer_id, gross") == [
        (1, "1", "A", Decimal(5)),
        (5, "1", "A", Decimal(5)),
        (6, "2", "C", Decimal(9)),
    ]
    assert brought.rows("customers", "customer_id", "customer_id") == [("A",), ("C",)]
    assert [(row, column, value.split(" after ")[0]) for row, column, value in brought.rejected()] == [
        (2, "order_id", "1, B, 2025-01-02, 6.0000"),
        (3, "order_id", "1, A, 2025-01-03, 5.0000"),
        (4, "order_id", "1, A, 2025-01-02, 7.0000"),
    ]
    assert any(doubt.startswith("3 rows repeat the number of an order") for doubt in brought.guess.doubts)


@pytest.mark.parametrize("kind", ["orders", "customers"])
def test_a_file_of_three_thousand_columns_is_understood_in_seconds(tmp_path: Path, kind: str) -> None:
    """What no field knows costs next to nothing; a minute is far more than is needed."""
    known, cells = {
        "orders": ("order_id,customer_id,order_date,total", "1,A,2025-01-22,5.00"),
        "customers": ("customer_id,email,signup date", "A,ann@example.com,2025-01-02"),
    }[kind]
    extra = [f"measured {n}" for n in range(3000)]
    began = time.monotonic()
    brought = Brought(tmp_path, f"{known},{','.join(extra)}\n{cells}{',x' * 3000}\n")
    assert brought.rows(kind, "customer_id") == [("A",)]
    assert len(brought.mapping.traits) == {"orders": 0, "customers": 300}[kind]
    assert time.monotonic() - began < 60


def test_a_heading_that_stands_twice_is_asked(tmp_path: Path) -> None:
    """Two columns called amount: the first is taken, and that is to be confirmed; two called note are nobody's matter."""
    brought = Brought(
        tmp_path, "order_id,customer_id,order_date,Amount,amount,note,note\n1,A,2025-01-22,5.00,6.00,x,y\n"
    )
    assert brought.rows("orders", "gross") == [(Decimal(5),)]
    told = [doubt for doubt in brought.guess.doubts if "stands" in doubt]
    assert told == ['the heading "Amount" stands 2 times; the first is taken, not the later ("amount.2").']


def test_rows_with_products_are_lines_of_their_order(tmp_path: Path) -> None:
    """With a product in every row, rows of one number are one order, and their amounts are added."""
    brought = Brought(
        tmp_path,
        "order_id,customer_id,order_date,sku,amount\n1,A,2025-01-02,P,5.00\n1,A,2025-01-02,Q,6.00\n",
    )
    assert brought.rows("orders", "order_id, gross") == [("1", Decimal(11))]


def test_a_header_is_known_again_in_any_order() -> None:
    """The fingerprint does not look at order, case or blanks, but at every name."""
    assert fingerprint(["Order ID", "Total"]) == fingerprint(["total ", "order  id"])
    assert fingerprint(["Order ID", "Total"]) != fingerprint(["Order ID", "Total", "Tax"])


def test_the_csv_door_passes_the_examination(tmp_path: Path) -> None:
    """Canonical tables, nothing lost, the same twice."""
    check_connector(CONNECTOR, [_raw(tmp_path, LANGUAGES["English"])], COMPANY, tmp_path)


def _raw(folder: Path, text: str):

    (folder / "x.csv").write_text(text, "utf-8")
    return read_file(folder / "x.csv", folder / "read")


def test_one_row_is_told_as_one(tmp_path: Path) -> None:
    """A single guest, a single repeated number and a single order of two lines, each in good English."""
    guest = Brought(tmp_path / "guest", "order_id,customer_id,date,total\n1,,2025-01-02,5\n2,A,2025-01-02,5\n")
    assert "table.csv: 1 row names no customer; it is a sale to a guest, in nobody's history." in guest.translated.notes
    guests = Brought(tmp_path / "guests", "order_id,customer_id,date,total\n1,,2025-01-02,5\n2,,2025-01-02,5\n")
    assert (
        "table.csv: 2 rows name no customer; they are sales to guests, in nobody's history." in guests.translated.notes
    )
    twice = Brought(tmp_path / "twice", "order_id,customer_id,date,total\n1,A,2025-01-02,5\n1,A,2025-01-02,6\n")
    assert twice.guess
    assert any(doubt.startswith("1 row repeats the number of an order") for doubt in twice.guess.doubts)
    lines = "order_id,customer_id,date,product_id,quantity,unit_price\n1,A,2025-01-02,P,1,5\n1,A,2025-01-02,Q,-1,0\n"
    brought = Brought(tmp_path / "lines", lines)
    assert brought.guess
    assert brought.guess.mapping.because["order_id"] == "1 order in 2 rows"


@pytest.mark.parametrize(
    "text",
    [
        "plan_id,plan_name,billing_period,price\n1,Basic,monthly,29.0\n2,Basic,annual,299.0\n",
        "sku,title,colour\nA-1,Mug,blue\nB-2,Cup,red\n",
    ],
)
def test_a_list_others_refer_to_is_told_as_one(tmp_path: Path, text: str) -> None:
    """Plans and products hold no customers and no days: leave them out, or put their names where they are referred to."""
    with pytest.raises(UnrecognisedError, match="a list others refer to, such as plans or products") as refused:
        Brought(tmp_path, text)
    key = text.partition(",")[0]
    assert refused.value.todo.startswith(
        f'Leave it out. Where its names are wanted, put them beside "{key}" in the file'
    )


def test_orders_without_a_customer_are_no_list(tmp_path: Path) -> None:
    """A table with days asks for the customer instead."""
    raw = _raw(tmp_path, "order_id,date,total\n1,2025-01-02,5\n")
    assert guess(raw, COMPANY).problems[0].startswith("no column looks like a customer")
