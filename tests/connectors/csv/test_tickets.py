"""Are tickets of a help desk understood as tickets, and is an answer of no day never taken in silence?"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.connectors.tables import Brought

GERMAN = """Ticket;Kundennr.;Eröffnet;Geschlossen;Betreff;Kategorie;Priorität;Bewertung
T1;K1;25.07.2026;03.08.2026;Kaputt;Produkt;normal;1
T2;K2;13.07.2026;;Rechnung falsch;Rechnung;hoch;
T3;K1;11.05.2026;10.05.2026;Verspätet;Lieferung;normal;4
"""
HEADINGS = {
    "en": "Ticket ID;Customer ID;Opened;Closed;Subject;Status",
    "de": "Ticketnummer;Kundennummer;Eröffnet am;Geschlossen am;Betreff;Status",
    "fi": "Tikettinumero;Asiakasnumero;Avattu;Suljettu;Aihe;Tila",
    "hu": "Hibajegy száma;Ügyfélkód;Megnyitva;Lezárva;Tárgy;Állapot",
    "zh": "工单编号;客户编号;创建时间;关闭时间;主题;状态",
    "ja": "チケット番号;顧客番号;作成日;完了日;件名;ステータス",
}
SOLVED = {"en": "solved", "de": "gelöst", "fi": "ratkaistu", "hu": "megoldva", "zh": "已解决", "ja": "解決済み"}


def test_tickets_are_tickets(tmp_path: Path) -> None:
    """With their days, their subject and what else is told; what was given for them is an answer of the day they were solved."""
    brought = Brought(tmp_path / "x", GERMAN)
    assert brought.guess is not None
    assert (brought.guess.problems, brought.mapping.table) == ((), "tickets")
    assert brought.rows("events", "event_id, customer_id, kind, name, value, properties['Priorität']") == [
        ("ticket-T1", "K1", "ticket", "Kaputt", 216.0, "normal"),
        ("ticket-T2", "K2", "ticket", "Rechnung falsch", None, "hoch"),
    ]
    assert brought.rows("answers", "customer_id, answered_at, touchpoint, question, score::DOUBLE") == [
        ("K1", datetime(2026, 8, 2, 21, tzinfo=UTC), "support", "csat", 1.0)
    ]
    assert [(row, column) for row, column, _ in brought.rejected()] == [(3, "Geschlossen")]


@pytest.mark.parametrize("language", HEADINGS)
def test_in_every_language(tmp_path: Path, language: str) -> None:
    """Headings and words of state; one that is solved on no day has its state."""
    word = SOLVED[language]
    brought = Brought(
        tmp_path / "x", f"{HEADINGS[language]}\nT1;K1;2026-07-25;2026-07-26;x;{word}\nT2;K2;2026-07-25;;y;{word}\n"
    )
    assert brought.guess is not None
    assert (brought.guess.problems, brought.mapping.table) == ((), "tickets")
    assert list(brought.mapping.columns) == [
        "ticket_id", "customer_id", "opened_at", "closed_at", "subject", "ticket_status",
    ]  # fmt: skip
    assert brought.rows("events", "value, properties['status']") == [(24.0, "solved"), (None, "solved")]


def test_opened_anew(tmp_path: Path) -> None:
    """A ticket that says it is open waits, whatever end it had; an hour on one side alone is no fault."""
    brought = Brought(
        tmp_path / "x",
        "ticket_id,customer_id,opened_at,solved_at,title,status\n"
        "1,K1,2026-07-25 14:30,2026-07-25,a,reopened\n2,K1,2026-07-25 14:30,2026-07-25,b,closed\n",
    )
    assert brought.rows("events", "value, properties['status']") == [(None, "open"), (0.0, "solved")]
    assert brought.rejected() == []


@pytest.mark.parametrize(
    ("text", "table"),
    [("ticket_id,customer_id,date,amount,status\n1,A,2026-01-13,9.50,paid\n", "orders"),
     ("customer_id,created,status,support_tickets,name\nA,2026-01-13,gold,3,Ann Aho\n", "customers"),
     ("customer,sent at,channel,subject\nA,2026-01-13,mail,support\n", "touches"),
     ("customer_id,date,score,comment\nA,2026-01-13,9,support was good\n", "answers"),
     ("deal_id,customer,created_at,closed,stage,amount\nD1,A,2026-01-13,2026-02-13,won,5.00\n", "deals")],
)  # fmt: skip
def test_others_stay_what_they_were(tmp_path: Path, text: str, table: str) -> None:
    """Receipts called tickets, people with a count of tickets, contacts, surveys and deals."""
    assert Brought(tmp_path / "x", text).mapping.table == table


def test_answers_have_a_day(tmp_path: Path) -> None:
    """An answer of no day counts nowhere: it is said, and refused row by row; who is silent has none to give."""
    brought = Brought(tmp_path / "x", "customer_id,nps,comment\nA,9,good\nB,,\n")
    assert brought.guess is not None
    assert any("on which day they answered" in doubt for doubt in brought.guess.doubts)
    assert brought.rejected() == [(1, "answered_at", None)]
    some = Brought(tmp_path / "y", "customer_id,nps,answered_at\nA,9,2026-01-13\nB,3,\n")
    assert (some.rows("answers", "customer_id"), some.rejected()) == ([("A",)], [(2, "answered_at", None)])


RENEWALS = {
    "de": "Abo-Nr;Kundennr.;Tarif;Beginn;Ende;Monatspreis;Währung;Verlängerung am",
    "en": "Subscription;Customer;Plan;Start;End;MRR;Currency;Renewal",
    "fi": "Sopimusnumero;Asiakasnumero;Taso;Alkaa;Päättyy;Kuukausihinta;Valuutta;Seuraava uusiutuminen",
    "hu": "Előfizetés;Ügyfélkód;Csomag;Kezdete;Vége;Havidíj;Pénznem;Megújulás napja",
    "zh": "合同编号;客户编号;套餐;开始日期;结束日期;月费;货币;续费日",
    "ja": "契約番号;顧客番号;プラン;開始日;終了日;月額;通貨;次回更新日",
}


@pytest.mark.parametrize("language", RENEWALS)
def test_renewals(tmp_path: Path, language: str) -> None:
    """The day on which a contract renews is understood."""
    brought = Brought(tmp_path / "x", f"{RENEWALS[language]}\nA1;K1;Plus;2023-12-10;;19.90;EUR;2027-04-15\n")
    assert brought.mapping.table == "subscriptions"
    assert brought.rows("subscriptions", "renews_on::VARCHAR") == [("2027-04-15",)]
