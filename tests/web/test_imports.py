"""Do data come in through the browser, shown before, taken back after, and never harmful?"""

import csv
import gzip
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from keepwell import demo
from keepwell.web import place
from keepwell.web.base import company, setup
from keepwell.web.base.models import Person
from keepwell.web.imports.models import Import, Source, Stage, uploads
from keepwell.web.imports.receiving import apart, harmless
from keepwell.web.imports.tidying import tidy
from keepwell.web.work import queue
from keepwell.web.work.models import Job
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]

ORDERS = "Order ID,Customer ID,Order Date,Total,Currency\n" + "".join(
    f"B{n},NEW{n % 7},2026-0{1 + n % 6}-1{n % 9},{10 + n}.50,EUR\n" for n in range(40)
)


def _work_but_rounds() -> None:
    """What a worker does, without being a process; rounds are taken as done."""
    while job := queue.claim("here"):
        if job.task.endswith(".take_round"):
            Job.objects.filter(pk=job.pk).update(state="done", lease_until=None)
        else:
            queue.work(job, "here")


def _file(name: str, content: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def _bring(client: Client, *files: SimpleUploadedFile) -> Import:
    """Upload and have it looked at."""
    response = client.post("/data/bring/", {"files": list(files)})
    assert response.status_code == 302, response.content.decode()
    _work_but_rounds()
    return Import.objects.order_by("-created_at").first()  # type: ignore[return-value]


def _page(client: Client, brought: Import) -> str:
    return client.get(f"/data/imports/{brought.pk}/").content.decode()


def test_a_file_is_shown_imported_and_taken_back(
    signed_in: SignedIn, own_company: Path, people: dict[str, Person]
) -> None:
    """Nothing changes before the word is given; then its rows are in, a round is asked for, and undo makes the lake what it was."""
    client = signed_in("analyst")
    with Workspace.open(own_company) as shop:
        before = shop.lake.rows()
    brought = _bring(client, _file("orders_2026.csv", ORDERS))
    page = _page(client, brought)
    assert brought.stage == Stage.READY, page
    assert "40 of 40 rows can come in" in page
    assert "Day of the order" in page
    assert "NEW3" in page
    with Workspace.open(own_company) as shop:
        assert shop.lake.rows() == before
    client.post(f"/data/imports/{brought.pk}/confirm/")
    assert "Waits for its turn" in _page(client, brought)
    _work_but_rounds()
    brought.refresh_from_db()
    assert (brought.stage, brought.counts) == (Stage.DONE, {"read": 40, "accepted": 40, "refused": 0, "known": 0})
    with Workspace.open(own_company) as shop:
        assert shop.lake.rows()["orders"] == before["orders"] + 40
    assert Job.objects.filter(task__endswith="take_round").count() == 1
    assert brought.created_by == people["analyst"]
    assert "40 rows read: 40 accepted" in client.get("/data/work/").content.decode()
    _round_is_told(client, brought)
    overview = client.get("/data/").content.decode()
    assert f"/data/batches/{brought.batch}/" in overview
    assert client.get(f"/data/batches/{brought.batch}/").status_code == 200
    client.post(f"/data/batches/{brought.batch}/take-back/")
    _work_but_rounds()
    with Workspace.open(own_company) as shop:
        assert shop.lake.rows() == before
    assert "was taken back" in _page(client, brought)
    refused = client.post(f"/data/batches/{brought.batch}/take-back/")
    assert refused.status_code == 400
    assert "taken back" in client.get(f"/data/batches/{brought.batch}/").content.decode()


def _round_is_told(client: Client, brought: Import) -> None:
    """That it waits, runs, and was done: of its own accord, until there is nothing more to tell."""
    follows = Job.objects.filter(task__endswith="take_round")
    follows.update(state="waiting")
    part, waits = f"/data/imports/{brought.pk}/round/", 'hx-trigger="every 2s"'
    for change, said, goes_on in (
        ({}, "A round is taken next", True),
        ({"state": "running", "started_at": timezone.now(), "done": 3, "total": 20}, "The round runs; then Today shows whom to turn to. 3 / 20", True),
        ({"state": "failed"}, "did not come to its end", False),
        ({"state": "done", "finished_at": timezone.now()}, "all pages know these rows", False),
    ):  # fmt: skip
        follows.update(**change)
        told = client.get(part).content.decode()
        assert said in told
        assert (waits in told) == goes_on
        assert said in _page(client, brought)


def test_refused_rows_are_told_and_can_be_fetched(signed_in: SignedIn, own_company: Path) -> None:
    """Each with its reason, HTML in cells as text, and no cell of the CSV is a formula."""
    client = signed_in("admin")
    bad = "X1,NEW1,2026-99-99,12.00,EUR\nX2,NEW1,<script>alert(1)</script>,5.00,EUR\nX3,NEW2,=1+1,5.00,EUR\n"
    brought = _bring(client, _file("orders.csv", ORDERS + bad))
    assert "<script>alert" not in _page(client, brought)
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.counts["refused"] == 3, (brought.counts, brought.job.error if brought.job else "")
    page = client.get(f"/data/batches/{brought.batch}/").content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    answer = client.get(f"/data/batches/{brought.batch}/refused.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert {row["row"] for row in rows} == {"41", "42", "43"}
    assert {(row["column"], row["means"]) for row in rows} == {("Order Date", "Day of the order")}
    assert any(row["value"] == "'=1+1" for row in rows)


def test_a_law_of_the_lake_is_told_in_the_words_of_the_page(signed_in: SignedIn, own_company: Path) -> None:
    """No name of a column nobody has seen stands alone, neither in the CSV nor in the list row by row."""
    client = signed_in("admin")
    brought = _bring(client, _file("orders.csv", ORDERS + "X1,NEW1,2091-01-01,12.00,EUR\n"))
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    answer = client.get(f"/data/batches/{brought.batch}/refused.csv")
    row = next(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert (row["column"], row["means"], row["wanted"]) == (
        "ordered_at",
        "Day of the order",
        "“Day of the order” is not in the future",
    )
    page = client.get(f"/data/batches/{brought.batch}/").content.decode()
    assert "ordered_at is not" not in page


def test_what_was_taken_back_can_be_brought_again(signed_in: SignedIn, own_company: Path) -> None:
    """As long as its files are kept: looked at anew, with what was said of it; nothing comes in before the word is given."""
    client = signed_in("analyst")
    brought = _bring(client, _file("orders_2026.csv", ORDERS))
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    address = f"/data/imports/{brought.pk}/bring-again/"
    pages = ("/data/", f"/data/batches/{brought.batch}/", f"/data/imports/{brought.pk}/")
    assert [address in client.get(page).content.decode() for page in pages] == [False, False, False]
    assert client.post(address).status_code == 400
    client.post(f"/data/batches/{brought.batch}/take-back/")
    _work_but_rounds()
    assert [address in client.get(page).content.decode() for page in pages] == [True, True, True]
    assert client.get(client.post(address)["location"]).status_code == 200
    _work_but_rounds()
    anew = Import.objects.order_by("-created_at").first()
    assert (anew.pk != brought.pk, anew.stage, anew.files[0]["name"]) == (True, Stage.READY, "orders_2026.csv")  # type: ignore[union-attr]
    client.post(f"/data/imports/{anew.pk}/confirm/")  # type: ignore[union-attr]
    _work_but_rounds()
    anew.refresh_from_db()  # type: ignore[union-attr]
    assert anew.counts == {"read": 40, "accepted": 40, "refused": 0, "known": 0}  # type: ignore[union-attr]
    (brought.folder / "orders_2026.csv").unlink()
    assert address not in client.get("/data/").content.decode()
    assert client.post(address).status_code == 400


def test_an_import_is_counted_in_one_way(signed_in: SignedIn, own_company: Path) -> None:
    """A row that comes in without a value is accepted, on its page, on the page of its rows and in both lists; one that stays out is refused."""
    client = signed_in("admin")
    people = "Customer ID,Name,Customer since\nN1,Ann,2026-01-05\nN2,Bob,2026-02-31\n,Eve,2026-01-06\n"
    brought = _bring(client, _file("people.csv", people))
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.counts == {"read": 3, "accepted": 2, "refused": 1, "known": 0}
    rows = client.get(f"/data/batches/{brought.batch}/")
    assert (rows.context["batch"].accepted, rows.context["batch"].quarantined, rows.context["batch"].spared) == (
        2,
        1,
        1,
    )
    assert "2 faults" not in rows.content.decode()
    overview = client.get("/data/")
    each = next(each for each in overview.context["every"] if each.id == brought.batch)
    fresh = next(each for each in overview.context["fresh"] if each.last.batch == brought.batch)
    assert (each.accepted, each.quarantined, fresh.last.refused) == (2, 1, 1)


def test_columns_that_are_not_understood_are_said(signed_in: SignedIn, own_company: Path) -> None:
    """Headings that say nothing are mapped in the form, words too, and the file comes in."""
    client = signed_in("analyst")
    lines = "".join(f"Z{n},K{n % 5},2026-03-{n + 10},{n}.00,zork\n" for n in range(1, 15))
    brought = _bring(client, _file("strange.csv", "aa,bb,cc,dd,ee\n" + lines))
    assert brought.stage == Stage.UNCLEAR
    assert "Say what its columns mean" in _page(client, brought)
    form = client.get(f"/data/imports/{brought.pk}/file/0/?table=orders").content.decode()
    assert 'name="means-4"' in form
    said = {"what": "columns", "table": "orders", "means-0": "order_id", "means-1": "customer_id", "means-2": "ordered_at",
            "means-3": "gross", "means-4": "status", "word-status-0": "paid", "currency": "EUR", "date_order": "year_first", "decimals": "point"}  # fmt: skip
    twice = client.post(f"/data/imports/{brought.pk}/file/0/", {**said, "means-4": "gross"})
    assert twice.status_code == 400
    assert "both said to be Amount, tax included" in twice.content.decode()
    lacking = client.post(f"/data/imports/{brought.pk}/file/0/", {**said, "means-1": ""})
    assert "lacks Customer number or E-mail address" in lacking.content.decode()
    assert client.post(f"/data/imports/{brought.pk}/file/0/", said).status_code == 302
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.stage == Stage.READY, _page(client, brought)
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.counts["accepted"] == 14, brought.counts
    later = _bring(client, _file("strange-next.csv", "aa,bb,cc,dd,ee\nZ90,K1,2026-05-20,9.00,zork\n"))
    assert later.stage == Stage.READY
    assert "gross" in _page(client, later)
    client.post(f"/data/imports/{later.pk}/confirm/")
    _work_but_rounds()
    later.refresh_from_db()
    assert later.counts["accepted"] == 1, later.counts


def _long_ago(known: Import, days: int) -> None:
    """As if it had been changed last so many days ago."""
    at = timezone.now() - timedelta(days=days)
    known.history.update(history_date=at)
    Import.everything.filter(pk=known.pk).update(created_at=at)


@pytest.mark.usefixtures("own_company")
def test_files_go_a_month_after_their_import_is_settled(signed_in: SignedIn) -> None:
    """What is in stays a month, what waits stays until its word, what nobody wants for half a year is left out; nothing else grows."""
    client = signed_in("analyst")
    done, waiting = (_bring(client, _file(f"{name}.csv", ORDERS.replace("B", name))) for name in ("one", "two"))
    client.post(f"/data/imports/{done.pk}/confirm/")
    _work_but_rounds()
    _long_ago(done, 29)
    _long_ago(waiting, 100)
    assert tidy(timezone.now()) == 0
    _long_ago(done, 31)
    (uploads() / "arriving-broken").write_bytes(b"half")
    os.utime(uploads() / "arriving-broken", (0, 0))
    assert (tidy(timezone.now()), done.folder.exists(), waiting.folder.exists()) == (1, False, True)
    assert not (uploads() / "arriving-broken").exists()
    assert "It is in." in _page(client, done)
    _long_ago(waiting, 200)
    tidy(timezone.now())
    waiting.refresh_from_db()
    assert (waiting.stage, waiting.folder.exists()) == (Stage.LEFT, True)
    assert tidy(timezone.now() + timedelta(days=31)) == 1


@pytest.mark.usefixtures("own_company")
def test_a_killed_import_still_finds_its_file(signed_in: SignedIn) -> None:
    """One that comes in, or failed on the way, keeps its files however old it is, as long as its job is not over."""
    client = signed_in("analyst")
    brought = _bring(client, _file("one.csv", ORDERS))
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _long_ago(brought, 400)
    assert tidy(timezone.now()) == 0
    _work_but_rounds()
    brought.refresh_from_db()
    assert (brought.stage, brought.counts["accepted"]) == (Stage.DONE, 40)


@pytest.mark.usefixtures("own_company")
def test_hostile_files_end_in_sentences(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty, swelling, damaged, locked, twice packed, no table: each is told, and nothing of it stays on the disk."""
    client = signed_in("admin")
    empty = client.post("/data/bring/", {"files": _file("empty.csv", b"")})
    assert (empty.status_code, "0 bytes" in empty.content.decode()) == (400, True)
    assert client.post("/data/bring/", {}).status_code == 400
    monkeypatch.setenv(place.UPLOAD, "1")
    large = client.post("/data/bring/", {"files": _file("large.csv", b"x" * (3 << 20))})
    assert (large.status_code, "more than this desk takes" in large.content.decode()) == (400, True)
    assert list(uploads().iterdir()) == []
    bomb, inner = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a,b\n" * (4 << 20))
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("twice.zip", bomb.getvalue()[:1000] + b"PK")
    for name, content, words in (
        ("bomb.zip", bomb.getvalue(), "unpacks to more than"),
        ("bomb.csv.gz", gzip.compress(b"a,b\n" * (4 << 20)), "unpacks to more than"),
        ("cut.zip", bomb.getvalue()[:500], "damaged"),
        ("twice.zip", inner.getvalue(), "packed twice"),
    ):
        brought = _bring(client, _file(name, content))
        assert words in _page(client, brought), name
        assert brought.job is not None
        assert brought.job.state == "failed"
        client.post(f"/data/imports/{brought.pk}/leave/")
        assert list(brought.folder.iterdir()) == []
    for name, content in (
        ("page.csv", b"<!doctype html><html>"),
        ("nul.csv", b"\x00" * 5000),
        ("p.parquet", b"PAR1xxxxPAR1"),
    ):
        brought = _bring(client, _file(name, content))
        assert brought.stage == Stage.UNCLEAR, _page(client, brought)
        assert "Traceback" not in _page(client, brought)


@pytest.mark.usefixtures("own_company")
def test_names_cannot_leave_their_folder(signed_in: SignedIn) -> None:
    """Paths in names of files and of zip members are only names; files are for nobody else to read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../evil.csv", ORDERS)
        archive.writestr("/etc/evil.csv", ORDERS.replace("B", "C"))
        archive.writestr("__MACOSX/._evil.csv", "x")
    brought = _bring(signed_in("admin"), _file("../../up\\export.zip", packed.getvalue()))
    assert [each["name"] for each in brought.files] == ["evil.csv", "evil-2.csv"]
    assert sorted(path.name for path in brought.folder.iterdir()) == [".preview.json", "evil-2.csv", "evil.csv"]
    assert brought.stage == Stage.READY
    modes = {stat.S_IMODE(path.stat().st_mode) for path in brought.folder.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(brought.folder.stat().st_mode) == 0o700


def test_names_are_short_and_plain() -> None:
    """Of a long one the ending stays; what turns text round is gone; nothing is never a name."""
    assert harmless("a" * 10_000_000 + ".csv").endswith("a.csv")
    assert len(harmless("a" * 10_000_000 + ".csv")) <= 100
    assert harmless("/x/..\\..\\\u202egnp.csv\x00") == "gnp.csv"
    assert harmless("...") == "file"
    assert len(harmless("漢" * 500 + ".csv").encode()) <= 200
    taken: set[str] = set()
    assert [apart(name, taken) for name in ("a.csv", "A.csv", "a.csv", "b")] == ["a.csv", "A-2.csv", "a-3.csv", "b"]


@pytest.mark.usefixtures("own_company")
def test_a_name_of_a_megabyte_is_refused(signed_in: SignedIn) -> None:
    """The upload is told to be none; nothing is kept."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="'
        + b"a" * (1 << 20)
        + b'"\r\n\r\na,b\r\n--x--\r\n'
    )
    answer = signed_in("admin").post("/data/bring/", body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert "Rename it" in answer.content.decode()


@pytest.mark.usefixtures("own_company")
def test_the_token_is_checked_though_the_body_is_read_late(people: dict[str, Person]) -> None:
    """Without it nothing is received, and nothing stays on the disk."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["admin"], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/data/bring/", {"files": _file("orders.csv", ORDERS)}).status_code == 403
    assert list(uploads().iterdir()) == []
    assert not Import.objects.exists()


@pytest.mark.capability("S1-22")
def test_a_source_that_is_late_is_called_stale(signed_in: SignedIn, own_company: Path) -> None:
    """Three exports a day apart, the last one ten days ago: the page says so in words, with rows, refusals and the newest day."""
    client = signed_in("analyst")
    now = datetime.now(UTC)
    for ago in (12, 11, 10):
        bad = "X9,NEW1,2026-99-99,12.00,EUR\n" if ago == 10 else ""
        brought = _bring(client, _file(f"late orders {ago}.csv", ORDERS.replace("\nB", f"\nB{ago}-") + bad))
        client.post(f"/data/imports/{brought.pk}/confirm/")
        _work_but_rounds()
        brought.refresh_from_db()
        record = own_company / "lake" / "batches" / brought.batch / "batch.json"
        told = json.loads(record.read_text())
        told["batch"]["made_at"] = (now - timedelta(days=ago)).isoformat()
        record.write_text(json.dumps(told))
    page = client.get("/data/").content.decode()
    row = next(part for part in page.split("<tr data-row>") if ">late orders</a>" in part)
    assert "stale" in row
    assert "Days between two imports, usually: 1. It came last 10 days ago." in row
    assert ">41</td>" in row
    assert ">1</a>" in row
    assert "Jun 2026" in row
    assert ">stale: late orders, 10 days" in client.get("/measures/").content.decode()
    assert "late orders" not in signed_in("rep").get("/measures/").content.decode()


@pytest.mark.usefixtures("own_company")
def test_what_is_left_out_while_it_is_looked_at_stays_out(signed_in: SignedIn) -> None:
    """The look ends after the person left it out: it stays left out, and cannot be tried again or confirmed."""
    client = signed_in("admin")
    client.post("/data/bring/", {"files": _file("orders.csv", ORDERS)})
    brought = Import.objects.get()
    client.post(f"/data/imports/{brought.pk}/leave/")
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.stage == Stage.LEFT
    for what in ("again", "confirm", "leave"):
        assert client.post(f"/data/imports/{brought.pk}/{what}/").status_code == 400, what
    assert "left out" in _page(client, brought)


@pytest.mark.parametrize("who", ["rep", "success", "marketer", "manager"])
def test_who_may_not_is_refused(signed_in: SignedIn, who: str) -> None:
    """Reps, success, marketers and managers neither see nor bring data."""
    client = signed_in(who)
    for path in ("/data/", "/data/bring/", "/data/batches/x/", "/data/work/", "/data/sources/new/"):
        assert client.get(path).status_code == 403, path
    assert client.post("/data/bring/", {"files": _file("orders.csv", ORDERS)}).status_code == 403
    assert not Import.objects.exists()


def test_only_administrators_say_addresses_and_nobody_sees_them(
    signed_in: SignedIn, own_company: Path, tmp_path: Path
) -> None:
    """The password is on no page and in no record; the rows come in like those of a file."""
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute('CREATE TABLE orders ("Order ID", "Customer ID", "Order Date", Total, Currency)')
        shop.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?)", [line.split(",") for line in ORDERS.splitlines()[1:]]
        )
    shop.close()
    assert signed_in("analyst").get("/data/sources/new/").status_code == 403
    client = signed_in("admin")
    secret = {"name": "Shop", "address": "postgresql://reader:hunter22@db.example/shop", "query": "orders"}
    client.post("/data/sources/new/", secret)
    (made,) = Source.objects.all()
    pages = [client.get(path).content.decode() for path in ("/data/", f"/data/sources/{made.pk}/", "/audit/")]
    assert not any("hunter22" in page for page in pages)
    assert "***" in pages[0]
    kept = own_company / "desk" / "addresses" / str(made.pk)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    client.post(f"/data/sources/{made.pk}/", {**secret, "address": f"sqlite:///{tmp_path / 'shop.db'}"})
    client.post(f"/data/sources/{made.pk}/fetch/")
    _work_but_rounds()
    brought = Import.objects.get()
    assert brought.stage == Stage.READY, _page(client, brought)
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work_but_rounds()
    brought.refresh_from_db()
    assert brought.counts["accepted"] == 40
    wrong = client.post("/data/sources/new/", {**secret, "address": "nonsense"})
    assert wrong.status_code == 400


def test_an_import_killed_between_staging_and_the_end_is_no_second_one(signed_in: SignedIn, own_company: Path) -> None:
    """The job is done again from the start after its batch was staged, and after it was committed: one batch, its rows once."""
    from keepwell.web.imports.tasks import bring

    client = signed_in("admin")
    brought = _bring(client, _file("orders.csv", ORDERS))
    client.post(f"/data/imports/{brought.pk}/confirm/")
    with Workspace.open(own_company) as shop:
        before, n = shop.lake.rows()["orders"], len(shop.batches())
    for _time in range(2):
        bring.func(str(brought.pk))
        Import.objects.filter(pk=brought.pk).update(stage=Stage.BRINGING)
    with Workspace.open(own_company) as shop:
        assert shop.lake.rows()["orders"] == before + 40
        assert len(shop.batches()) == n + 1
    brought.refresh_from_db()
    assert brought.counts["accepted"] == 40


@pytest.mark.usefixtures("own_company")
def test_pages_ask_the_database_little(
    signed_in: SignedIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """However many imports there are."""
    client = signed_in("admin")
    brought = _bring(client, _file("orders.csv", ORDERS))
    client.get("/data/")
    with django_assert_max_num_queries(11):  # type: ignore[attr-defined]
        assert client.get("/data/").status_code == 200
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        assert "Import it" in _page(client, brought)


@pytest.mark.slow
@pytest.mark.capability("S2-19")
@pytest.mark.django_db(transaction=True)
def test_from_an_empty_folder_to_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up code, company, a shop's export, one click: the worker imports it and takes the round, and Today shows people."""
    company.let_go()
    monkeypatch.setenv(place.COMPANY, str(tmp_path / "company"))
    (tmp_path / "company" / "desk").mkdir(parents=True)
    setup.forget()
    client = Client()
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/setup/"
    client.post("/setup/", {
        "code": setup.code(), "company": "Kaufladen", "currency": "EUR", "time_zone": "Europe/Berlin", "name": "Ada", "email": "ada@example.com",
        "password": "correct horse battery",
    })  # fmt: skip
    assert "Bring" in client.get("/data/").content.decode()
    source = tmp_path / "source"
    demo.generate(source, customers=400, seed=7, as_of=date(2026, 7, 1))
    names = sorted(source.rglob("*.parquet"))
    names = [path for path in names if "truth" not in path.parts]
    response = client.post("/data/bring/", {"files": [_file(path.name, path.read_bytes()) for path in names]})
    assert response.status_code == 302, response.content.decode()
    call_command("work", until_idle=True)
    brought = Import.objects.get()
    assert brought.stage == Stage.READY, _page(client, brought)
    client.post(f"/data/imports/{brought.pk}/confirm/")
    call_command("work", until_idle=True)
    brought.refresh_from_db()
    assert brought.stage == Stage.DONE
    done = [job.task.rpartition(".")[2] for job in Job.objects.filter(state="done").order_by("created_at")]
    assert done == ["look", "bring", "bring_desk", "take_round", "index_customers", "make_pages_ready"]
    assert "data-row" in client.get("/today/?whose=all").content.decode()
