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
