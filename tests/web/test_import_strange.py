"""Does a file without headings come in through the browser, and is what holds no table refused at the door?"""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keepwell.web.imports.models import Import, Stage
from keepwell.web.work import queue
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]
_NAMES = "number,customer,day,pieces,amount"


def _work() -> None:
    while job := queue.claim("here"):
        if job.task.endswith(".take_round"):
            Job.objects.filter(pk=job.pk).update(state="done", lease_until=None)
        else:
            queue.work(job, "here")


@pytest.mark.slow
@pytest.mark.capability("S1-22")
def test_a_file_without_headings_comes_in_through_the_browser(
    signed_in: SignedIn, own_company: Path, shared_data: Path
) -> None:
    """The page that does not understand it leads to the form that names its columns; then what they mean is said, and it comes in."""
    client, file = signed_in("admin"), shared_data / "cdnow_sample" / "CDNOW_sample.txt"
    client.post("/data/bring/", {"files": [SimpleUploadedFile(file.name, file.read_bytes())]})
    _work()
    (brought,) = Import.objects.all()
    page = client.get(f"/data/imports/{brought.pk}/").content.decode()
    way = f"/data/imports/{brought.pk}/file/0/"
    assert f'href="{way}"' in page
    form = client.get(way).content.decode()
    assert 'name="columns"' in form
    client.post(way, {"columns": _NAMES, "delimiter": "blanks", "encoding": "", "connector": ""})
    _work()
    means = ("", "customer_id", "ordered_at", "", "net")
    said = {f"means-{at}": field for at, field in enumerate(means)}
    client.post(
        way,
        {
            "what": "columns",
            "table": "orders",
            "rows": "records",
            "date_order": "year_first",
            "decimals": "point",
            "zone": "",
            "negatives": "refunds",
            "currency": "USD",
            **said,
        },
    )
    _work()
    brought.refresh_from_db()
    assert brought.stage == Stage.READY, unescape(client.get(f"/data/imports/{brought.pk}/").content.decode())
    client.post(f"/data/imports/{brought.pk}/confirm/")
    _work()
    brought.refresh_from_db()
    assert (brought.stage, brought.counts["read"]) == (Stage.DONE, 6919)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20),
        ("README", b"Read me first, please."),
        ("notes.md", b"# Notes"),
        ("orders.csv", b"%PDF-1.7 hello there"),
    ],
)
def test_what_holds_no_table_is_refused_at_the_door(
    signed_in: SignedIn, own_company: Path, name: str, content: bytes
) -> None:
    """A picture, a README, a PDF under another name: told at once what is wanted, and nothing waits to be looked at."""
    refused = signed_in("admin").post("/data/bring/", {"files": [SimpleUploadedFile(name, content)]})
    assert refused.status_code == 400
    assert "no table is in it" in unescape(refused.content.decode())
    assert not Import.objects.exists()


def test_what_looks_odd_is_told_before_it_comes_in(signed_in: SignedIn, own_company: Path) -> None:
    """An address without an @, a country in two spellings, a contract of the future: each with how many, and none refused."""
    people = "customer_id,name,email,country\n" + "".join(
        f"Z{n},Name {n},{mail},{land}\n"
        for n, (mail, land) in enumerate(
            [("a@b.fi", "DE"), ("not an address", "Deutschland"), ("c@d.fi", "DE"), ("e@f.fi", "FI")]
        )
    )
    contracts = "subscription_id,customer_id,plan,starts_on,ends_on,state,mrr,currency\n" + "".join(
        f"K{n},Z{n},Plus,{day},,paid,9.90,EUR\n" for n, day in enumerate(["2025-01-01", "2031-02-03", "2025-03-01"])
    )
    client = signed_in("admin")
    sent = [SimpleUploadedFile("people.csv", people.encode()), SimpleUploadedFile("contracts.csv", contracts.encode())]
    client.post("/data/bring/", {"files": sent})
    _work()
    (brought,) = Import.objects.all()
    page = unescape(client.get(f"/data/imports/{brought.pk}/").content.decode())
    assert "What looks odd" in page, page
    odd = page.split('id="odd"')[1].split("</section>")[0]
    assert "1 e-mail address has no @ and is left empty: not an address." in odd
    assert "1 country stands as a word beside codes of two letters" in odd
    assert "1 contract begins only after today: 2031-02-03." in odd
