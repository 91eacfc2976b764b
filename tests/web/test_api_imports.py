"""Do rows a program brings get into the lake, whole and once, and is every refused one told?"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.web import api_desk

from keepwell.web.api import parcels
from keepwell.web.api.actions import make_token
from keepwell.web.api.models import Answered, Parcel
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.work import queue
from keepwell.workspace import Workspace

Send = Callable[..., Any]


@pytest.fixture
def send(people: dict[str, Person], own_company: Path) -> Send:
    """Sends in the name of the analyst, to a company of the test's own."""
    _made, token = make_token(people["analyst"], "shop", ["read", "import"], 30)

    def sent(method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"authorization": f"Bearer {token}", **({"idempotency-key": key} if key else {})}
        said = {} if method == "get" else {"data": body, "content_type": "application/json"}
        return getattr(Client(), method)(f"/api/v1{path}", headers=headers, **said)

    return sent


def work() -> None:
    """Do all that waits, as the worker does."""
    while job := queue.claim("test"):
        queue.work(job, "test")


def _customer(id: str) -> dict[str, Any]:
    with company() as opened:
        people = opened.facts().read("customers")
        found = opened.run(people.filter(people.customer_id == id))
    return {} if found.empty else dict(found.iloc[0])


ROWS = [
    {"customer_id": "api-1", "kind": "person", "name": "  Ada ", "email": "Ada@Example.com", "traits": {"size": 7}},
    {"customer_id": "api-2", "acquired_at": "yesterday"},
    {"customer_id": "api-3", "colour": "green"},
    {"name": "nobody"},
    {"customer_id": "api-5", "kind": "robot"},
    {"customer_id": "api-6", "acquired_at": "2026-06-01T08:00:00+03:00"},
]


def test_rows_are_in_and_refused_ones_told_row_by_row(send: Send) -> None:
    """Six rows: two are in; a day that is none, a column that is none, no key, and an unknown kind are refused, each with its reason."""
    asked = send("post", "/imports/customers", {"source": "shop", "rows": ROWS}, key="1")
    assert asked.status_code == 202
    assert (asked.json()["job"]["state"], asked.json()["accepted"]) == ("waiting", None)
    work()
    told = send("get", f"/imports/{asked.json()['id']}").json()
    assert told["job"]["state"] == "done", told["job"]["error"]
    assert (told["rows"], told["accepted"], told["refused"], told["known"]) == (6, 2, 4, 0)
    refused = send("get", f"/imports/{told['id']}/refused").json()["items"]
    assert [(each["row"], each["column"]) for each in refused] == [
        (2, "acquired_at"), (3, "colour"), (4, "customer_id"), (5, "kind"),
    ]  # fmt: skip
    assert refused[0]["value"] == "yesterday"
    assert "moment with its offset" in refused[0]["law"]
    kept = _customer("api-1")
    assert (kept["name"], kept["email"], kept["traits"]) == ("Ada", "ada@example.com", {"size": "7"})
    assert f"{_customer('api-6')['acquired_at']:%Y-%m-%dT%H:%M}" == "2026-06-01T05:00"
    assert bytes(Parcel.objects.get().content) == b""


def test_refused_rows_come_in_pages(send: Send) -> None:
    """One a page, all of them together are all of them."""
    asked = send("post", "/imports/customers", {"rows": ROWS}, key="1").json()
    work()
    found, cursor = [], ""
    while cursor is not None:
        page = send("get", f"/imports/{asked['id']}/refused?limit=1{cursor and '&cursor=' + cursor}").json()
        found, cursor = found + page["items"], page["next"]
    assert [each["row"] for each in found] == [2, 3, 4, 5]


def test_a_key_is_one_import_for_good(send: Send) -> None:
    """Sent again it is the same import, even after its answer is kept no more; other rows under the key are refused."""
    rows = {"rows": [{"customer_id": "api-1"}]}
    one, two = (send("post", "/imports/customers", rows, key="k") for _ in range(2))
    assert one.json() == two.json()
    work()
    Answered.objects.all().delete()
    late = send("post", "/imports/customers", rows, key="k")
    assert (late.status_code, late.json()["id"], late.json()["accepted"]) == (202, one.json()["id"], 1)
    assert send("post", "/imports/customers", {"rows": [{"customer_id": "x"}]}, key="k").status_code == 409
    Answered.objects.all().delete()
    assert send("post", "/imports/customers", {"rows": [{"customer_id": "x"}]}, key="k").status_code == 409
    assert Parcel.objects.count() == 1


def test_known_rows_change_nothing(send: Send) -> None:
    """The same rows under another key are all known."""
    for key in ("1", "2"):
        last = send("post", "/imports/customers", {"rows": [{"customer_id": "api-1", "name": "Ada"}]}, key=key).json()[
            "id"
        ]
        work()
    told = send("get", f"/imports/{last}").json()
    assert (told["accepted"], told["known"]) == (0, 1)


def test_an_import_cut_off_anywhere_goes_in_once(send: Send) -> None:
    """Stopped after staging, and after committing, before anybody was told: taken up again it is in once, with the same counts."""
    for stop in ("staged", "committed"):
        body = {"rows": [{"customer_id": f"api-{stop}", "name": stop}]}
        id = send("post", "/imports/customers", body, key=stop).json()["id"]
        with Workspace.open(parcels.place.folder()) as opened:
            batch = parcels._staged(opened, Parcel.objects.get(pk=id))
            if stop == "committed":
                opened.commit(batch)
        work()
        told = send("get", f"/imports/{id}").json()
        assert (told["batch"], told["accepted"], told["known"]) == (batch.id, 1, 0)
        with Workspace.open(parcels.place.folder()) as opened:
            assert [each.digest for each in opened.batches()].count(batch.digest) == 1


def test_money_days_and_events_are_read_as_the_language_has_them(send: Send) -> None:
    """An event with a number, properties and a moment is in; money as text and number is exact; hostile cells are refused."""
    event = {
        "event_id": "e1",
        "happened_at": "2026-06-01T08:00:00Z",
        "kind": "usage",
        "value": 2.5,
        "properties": {"a": "b"},
    }
    asked = send("post", "/events", {"rows": [event, {**event, "event_id": "e2", "value": "many"}]}, key="1").json()
    work()
    told = send("get", f"/imports/{asked['id']}").json()
    assert (told["table"], told["accepted"], told["refused"]) == ("events", 1, 1)
    table = parcels.TABLES["orders"]
    money = next(name for name, column in table.columns.items() if column.type.startswith("decimal"))
    for cell in ("12.50", 12.5, 1, "0.0001"):
        assert parcels.opened(table, [{money: cell}])[1] == []
    for cell in ("12,50", "NaN", "1e30", True, [], {}, "0.00001", "\x00", "infinity"):
        assert parcels.opened(table, [{money: cell}])[1][0][1] == money


def test_an_import_is_its_askers_own(send: Send, people: dict[str, Person]) -> None:
    """Another who may import does not see it."""
    id = send("post", "/imports/customers", {"rows": [{"customer_id": "x"}]}, key="1").json()["id"]
    _made, token = make_token(people["admin"], "other", ["import"], 30)
    for path in (f"/imports/{id}", f"/imports/{id}/refused"):
        assert Client().get(f"/api/v1{path}", headers={"authorization": f"Bearer {token}"}).status_code == 404
    assert Client().get("/api/v1/imports", headers={"authorization": f"Bearer {token}"}).json()["items"] == []


def test_ten_thousand_rows_and_not_one_more(send: Send) -> None:
    """A batch of ten thousand is taken in one request; one more row is refused before anything is kept."""
    rows = [{"customer_id": f"many-{n}", "name": f"Name {n}"} for n in range(10_001)]
    assert send("post", "/imports/customers", {"rows": rows}, key="1").status_code == 422
    id = send("post", "/imports/customers", {"rows": rows[:-1]}, key="2").json()["id"]
    work()
    assert send("get", f"/imports/{id}").json()["accepted"] == 10_000


@pytest.mark.slow
def test_the_same_at_the_same_moment_is_one(tmp_path: Path) -> None:
    """Twelve threads with one key, on the desk's own database in a file or on PostgreSQL: one import, one person, one answer."""
    told = _desk("together", tmp_path)
    assert told == {"statuses": [201, 202], "answers": 24, "bodies": 2, "parcels": 1, "jobs": 1, "people": 2}


@pytest.mark.slow
@pytest.mark.faults
def test_a_killed_worker_loses_no_message(tmp_path: Path) -> None:
    """Killed after it sent and before it heard: the other side hears it once more, under the same id, and it counts as delivered."""
    told = _desk("killed", tmp_path)
    assert told["state"] == "delivered"
    assert len(told["heard"]) >= 2
    assert len(set(told["heard"])) == 1


def _database() -> dict[str, str]:
    """An empty database of its own where the tests run on PostgreSQL; SQLite's lies in the folder."""
    address = os.environ.get("KEEPWELL_DATABASE")
    if not address:
        return {}
    import psycopg

    name = f"desk_{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return {"KEEPWELL_DATABASE": address.replace("/postgres?", f"/{name}?")}


def _desk(what: str, folder: Path) -> dict[str, Any]:
    words = [sys.executable, api_desk.__file__, what, str(folder / "company")]
    done = subprocess.run(
        words, env={**os.environ, **_database()}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
