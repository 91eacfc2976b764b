"""Does the look tell a newcomer what will come in, in their words, and does the import keep what the look said?"""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keepwell.connectors.mapping.words import FIELDS
from keepwell.web import place
from keepwell.web.base import company, setup
from keepwell.web.imports import wording
from keepwell.web.imports.models import Import, Stage
from keepwell.web.work import queue
from keepwell.web.work.models import Job
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]

CUSTOMERS = (
    "KdNr.;Name des Kunden;Kunde seit;Werbung\nQ-1;Zoë Ähre;03.04.2025;ja\nQ-2;Ole Ost;12.05.2091;nein\nQ-3;Ida Ilm;gestern;ja\nQ-4;Uwe Ufer;24.12.2024;ja\n"
    + "".join(f"Q-{n};Eva Eck;0{n}.02.2025;ja\n" for n in range(5, 10))
)
ORDERS = "Beleg;Kd;Wann;Betrag netto;Zustand;Whg\n" + "".join(
    f"B{n};Q-{1 + n % 4};{10 + n}.01.2026;1{n},94;{('bezahlt', 'storniert', 'erstattet', 'offen')[n % 4]};EUR\n"
    for n in range(20)
)
CONTRACTS = "Vertrag;Kd-Nr;Paket;Beginn;Ende;Preis/Monat;Turnus\nV1;Q-1;Plus;01.01.2025;;9,90;monatlich\nV2;Q-2;Basis;13.05.2025;01.02.2025;9,90;monatlich\n"


def _work() -> None:
    while job := queue.claim("here"):
        if job.task.endswith(".take_round"):
            Job.objects.filter(pk=job.pk).update(state="done", lease_until=None)
        else:
            queue.work(job, "here")


def _bring(client: Client, **files: str) -> Import:
    sent = [SimpleUploadedFile(f"{name}.csv", content.encode()) for name, content in files.items()]
    assert client.post("/data/bring/", {"files": sent}).status_code == 302
    _work()
    return Import.objects.order_by("-created_at")[0]


def _words(client: Client, address: str) -> str:
    """The page as a person reads it."""
    page = client.get(address).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def test_german_files_are_understood_at_the_first_look(signed_in: SignedIn, own_company: Path) -> None:
    """Headings and words of state are known, the words are shown for confirming, and nothing speaks of a command line."""
    client = signed_in("analyst")
    brought = _bring(client, kunden=CUSTOMERS, rechnungen=ORDERS, abos=CONTRACTS)
    page = _words(client, f"/data/imports/{brought.pk}/")
    assert brought.stage == Stage.READY, page
    assert "30 of 31 rows can come in" in page
    assert "bezahlt = paid" in page
    assert "storniert = cancelled" in page
    assert "monatlich = monthly" in page
    assert "“Betrag netto” is an amount before tax".replace("“", '"').replace("”", '"') in page
    assert "Kept by its name" not in page or "“Werbung”" in page
    for inside in ("--", "words.", "customer_id", "acquired_at", "ends_on", "[("):
        assert inside not in page, inside


def test_the_import_refuses_what_the_look_foretold(signed_in: SignedIn, own_company: Path) -> None:
    """The same laws: an end before its start is foretold; a wrong day of a customer is left empty, told, and costs no order."""
    client = signed_in("analyst")
    brought = _bring(client, kunden=CUSTOMERS, rechnungen=ORDERS, abos=CONTRACTS)
    before = _words(client, f"/data/imports/{brought.pk}/")
    reasons = [
        "1 row · abos.csv · “Ende” · wanted: “Ends on” is not before “Begins on”",
        "1 row comes in without this value · kunden.csv · “Kunde seit”",
    ]
    assert [reason for reason in reasons if reason not in before] == []
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work()
    brought.refresh_from_db()
    assert brought.counts == {"read": 31, "accepted": 30, "refused": 1, "known": 0}
    after = _words(client, f"/data/batches/{brought.batch}/")
    assert [reason for reason in reasons if reason not in after] == []
    assert "2091-05-12" in after
    with Workspace.open(own_company) as shop:
        tables = shop.lake.tables()
        mine = tables["customers"].filter(tables["customers"].customer_id.startswith("Q-"))
        known = shop.run(
            mine.select("customer_id", "name", empty=mine.acquired_at.isnull()).order_by("customer_id").limit(4)
        )
        bought = tables["orders"].filter(tables["orders"].customer_id == "Q-2")
        assert len(shop.run(bought.select("order_id"))) == 5
    assert known.to_dict("list") == {
        "customer_id": ["Q-1", "Q-2", "Q-3", "Q-4"], "name": ["Zoë Ähre", "Ole Ost", "Ida Ilm", "Uwe Ufer"], "empty": [False, True, True, False],
    }  # fmt: skip
    overview = _words(client, "/data/")
    assert "29 Jan 2026" in overview  # the newest order, of an import of three files with names of their own


def test_most_rows_refused_is_no_green_button(signed_in: SignedIn, own_company: Path) -> None:
    """The head says how many of how many, one line says why for all, and importing the rest is not what is proposed."""
    client = signed_in("analyst")
    lines = "".join(f"N{n},P{n},2026-01-02,{'5.00' if n < 2 else 'zwölf'}\n" for n in range(1, 1501))
    brought = _bring(client, bad="order id,customer id,order date,total\n" + lines)
    if brought.stage == Stage.UNCLEAR:  # what holds no numbers is no amount until a person says so
        said = {"what": "columns", "table": "orders", "means-0": "order_id", "means-1": "customer_id", "means-2": "ordered_at", "means-3": "gross", "currency": "EUR"}  # fmt: skip
        assert client.post(f"/data/imports/{brought.pk}/file/0/", said).status_code == 302
        _work()
    page = _words(client, f"/data/imports/{brought.pk}/")
    assert "1 of 1,500 rows can come in" in page
    assert "Import 1 row only" in page
    assert page.count("zwölf") < 4
    assert "1,499 rows · bad.csv" in page
    assert 'primary">Import' not in client.get(f"/data/imports/{brought.pk}/").content.decode()


def test_words_are_asked_when_a_column_is_said_to_hold_them(signed_in: SignedIn, own_company: Path) -> None:
    """At once, with what is guessed of them chosen; a word nobody knows is asked about before the look is taken again."""
    client = signed_in("analyst")
    lines = "".join(
        f"S{n},P{n},2026-01-{n + 10},5.00,{word}\n" for n, word in enumerate(["bezahlt", "zork", "bezahlt"])
    )
    brought = _bring(client, odd="aa,bb,cc,dd,ee\n" + lines)
    address = f"/data/imports/{brought.pk}/file/0/"
    said = {"table": "orders", "means-0": "order_id", "means-1": "customer_id", "means-2": "ordered_at", "means-3": "gross", "means-4": "status", "currency": "EUR"}  # fmt: skip
    asked = client.post(address, {**said, "what": "words"}).content.decode()
    assert '<option value="paid" selected>paid</option>' in asked
    assert 'name="word-status-1"' in asked
    shown = client.post(address, {**said, "what": "columns"})
    assert (shown.status_code, "rows with a word that is not known" in shown.content.decode()) == (200, True)
    answer = client.post(address, {**said, "what": "columns", "word-status-0": "paid", "word-status-1": ""})
    assert answer.status_code == 302
    _work()
    page = _words(client, f"/data/imports/{brought.pk}/")
    assert "2 of 3 rows can come in" in page
    assert "a word whose meaning is known" in page


def test_files_keep_their_address(signed_in: SignedIn, own_company: Path) -> None:
    """The second file stays the second, whatever is understood of the first."""
    client = signed_in("analyst")
    brought = _bring(client, first="aa,bb\nx,y\n", second=ORDERS)
    assert "What first.csv means" in _words(client, f"/data/imports/{brought.pk}/file/0/")
    assert "What second.csv means" in _words(client, f"/data/imports/{brought.pk}/file/1/")


def test_every_column_and_hint_is_said_in_words() -> None:
    """No canonical name is left to read, and no hint of a terminal outlives the way into the browser."""
    bare = {name for fields in FIELDS.values() for name in fields if wording.field("", name) == name.replace("_", " ")}
    assert bare == set()
    told = [
        'letters are read as X, e.g. "ä", in 1 line. Say --encoding if they are wrong.',
        "Save it as UTF-8, or say which it is: --encoding NAME, such as cp1257, cp874 or iso8859_8.",
        "save the file as UTF-8, or say --encoding cp1250.",
        "Give the columns their names: add a first line, or import it with --columns customer_id,date,amount.",
        "add a first line, or import it with --columns customer_id,date,amount --delimiter blanks (as many names as columns).",
        "Say which status it is, under words.status of the column mapping.",
        "Say what the columns mean: keepwell import … --mapping FILE (docs/how-to/import.md).",
        "Say the rest in a file: keepwell import … --mapping FILE (docs/how-to/import.md).",
    ]
    assert [each for each in map(wording.plainly, told) if re.search("--|words\\.|keepwell|mapping", each)] == []


def test_readme_and_page_count_the_same_languages() -> None:
    """What is promised in two places is one promise."""
    root = Path(__file__).resolve().parents[2]
    page = (root / "src/keepwell/web/imports/templates/imports/bring.html").read_text("utf-8")
    assert "in eight languages" in (root / "README.md").read_text("utf-8")
    assert "in eight languages" in page


@pytest.mark.django_db(transaction=True)
def test_the_first_set_up_and_the_empty_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Currencies have names and are those of today; before the first data no day is claimed to be known."""
    company.let_go()
    monkeypatch.setenv(place.COMPANY, str(tmp_path / "company"))
    (tmp_path / "company" / "desk").mkdir(parents=True)
    setup.forget()
    client = Client()
    page = client.get("/setup/").content.decode()
    assert "EUR · Euro" in page
    assert "DDM" not in page
    assert 'minlength="10"' in page
    assert "data-own-zone" in page
    said = {
        "code": setup.code(),
        "company": "Laden",
        "currency": "CHF",
        "time_zone": "Europe/Zurich",
        "name": "Ada",
        "email": "a@example.com",
    }
    wrong = client.post("/setup/", {**said, "password": "short"}).content.decode()
    assert '<div class="wrong"><label' in wrong
    assert client.post("/setup/", {**said, "password": "correct horse battery"}).status_code == 302
    empty = client.get("/data/").content.decode()
    assert "as of" not in empty
    assert empty.count(">Bring data<") == 1
