"""Is a customer found by the beginning of any word, by whoever sees them, however the word is spelt?"""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from django.test import Client
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st
from tests.web.conftest import MINE, THEIRS

from keepwell.rounds import people as index
from keepwell.rounds.people import folded, search
from keepwell.web.base.company import company
from keepwell.web.base.context import BENEATH, RAIL
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ångström GmbH", "angstrom gmbh"), ("ÉCOLE-d'été", "ecole d ete"), ("田中商店", "田 中 商 店"), ("Straße", "strasse"),
        ("o'Neil_2", "o neil 2"), ("김민수", "김 민 수"), ("c000000010", "c000000010"), ("  ", ""),
    ],
)  # fmt: skip
def test_text_is_compared_without_accents_and_cases(text: str, expected: str) -> None:
    """Accents, cases and signs do not matter; eastern letters are words."""
    assert folded(text) == expected


@given(st.text(max_size=40))
def test_whatever_is_typed_is_no_fault(typed: str) -> None:
    """Quotes, stars and brackets of the index's own language are letters that are not there."""
    asked = index._asked(typed)
    if not asked:
        return
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE VIRTUAL TABLE words USING fts5 (text, owner)")
        assert made.execute("SELECT count(*) FROM words WHERE words MATCH ?", (asked,)).fetchone() == (0,)


def _found(client: Client, q: str) -> list[str]:
    page = client.get("/customers/", {"q": q}).content.decode()
    return [part.split('/"')[0] for part in page.split('data-open-row href="/customers/')[1:]]


def test_a_customer_is_found_by_name_id_and_address(signed_in: SignedIn) -> None:
    """By the beginning of any word of a name in any order, without accents, by the id, and by the address of a contact."""
    client = signed_in("admin")
    with company() as opened:
        contact = opened.run(opened.facts().read("contacts").order_by("contact_id").limit(1)).iloc[0]
        people = opened.facts().read("customers")
        row = opened.run(people.filter(people.customer_id == contact["customer_id"])).iloc[0]
    id, name = str(row["customer_id"]), str(row["name"])
    first, second = name.split()[:2]
    for typed in (
        id,
        name.upper(),
        f"{second[:4]} {first[:5]}",
        contact["email"],
        f"{first[0]}\u0301{first[1:]} {second}",
    ):
        assert id in _found(client, typed), typed
    assert _found(client, id)[0] == id
    assert _found(client, "qqqq") == _found(client, "***") == []


def test_people_find_only_whom_they_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A rep finds their own, not another's; a seat adds one, a seat of somebody else takes one away; suggestions alike."""
    with company() as opened:
        table = opened.facts().read("customers")
        both = opened.run(table.filter(table.owner.isin([MINE, THEIRS])).order_by("customer_id"))
    mine = str(both.loc[both["owner"] == MINE, "customer_id"].iloc[0])
    theirs = str(both.loc[both["owner"] == THEIRS, "customer_id"].iloc[0])
    client = signed_in("rep")
    assert (_found(client, mine), _found(client, theirs)) == ([mine], [])
    assert set(_found(client, "")) <= set(both.loc[both["owner"] == MINE, "customer_id"])
    Seat.objects.create(customer_id=theirs, function="sales", person=people["rep"])
    Seat.objects.create(customer_id=mine, function="sales", person=people["stranger"])
    assert (_found(client, mine), _found(client, theirs)) == ([], [theirs])
    assert f"/customers/{theirs}/" in client.get("/suggest-customers/", {"q": theirs}).content.decode()
    assert f"/customers/{mine}/" not in client.get("/suggest-customers/", {"q": mine}).content.decode()
    assert client.get("/suggest-customers/", {"q": ""}).content.decode().strip() == ""


def test_pages_are_found_by_their_names(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """By the beginnings of words, in the reader's language; beside customers, and only pages they may enter."""
    told = signed_in("rep").get("/suggest-customers/", {"q": "los"}).content.decode()
    assert 'href="/losses/"' in told
    assert (
        'href="/settings/webhooks/"' not in signed_in("rep").get("/suggest-customers/", {"q": "webh"}).content.decode()
    )
    assert 'href="/settings/webhooks/"' in signed_in("admin").get("/suggest-customers/", {"q": "webh"}).content.decode()
    assert "/renewals/" not in signed_in("rep").get("/suggest-customers/", {"q": "newals"}).content.decode()
    for language in ("fi", "ja", "zh-hans"):
        Person.objects.filter(pk=people["rep"].pk).update(language=language)
        with override(language):
            name = gettext("Renewals")
        words = name[:4] if language == "fi" else name[-2:]
        assert 'href="/renewals/"' in signed_in("rep").get("/suggest-customers/", {"q": words}).content.decode()


@pytest.mark.parametrize("role", ["rep", "success", "marketer", "analyst", "manager", "admin"])
def test_every_page_that_is_offered_opens(signed_in: SignedIn, people: dict[str, Person], role: str) -> None:
    """What the search leads somebody to they may enter."""
    client = signed_in(role)
    for place in (*RAIL, *BENEATH):
        if people[role].may(place.right):
            assert client.get(place.url).status_code == 200, place.url


def test_suggestions_escape_what_they_show(signed_in: SignedIn) -> None:
    """What was typed comes back as text."""
    page = signed_in("admin").get("/suggest-customers/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script" not in page


def test_too_many_customers_are_put_into_the_index_in_the_background(
    signed_in: SignedIn, own_company: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an index the lake itself is asked, one job is asked for, and after it the index answers."""
    from keepwell.web.customers import finding
    from keepwell.web.customers.tasks import index_customers

    monkeypatch.setattr(finding, "_AT_ONCE", 0)
    with company() as opened:
        (opened.lake.work / "people.sqlite").unlink(missing_ok=True)
        id = str(opened.run(opened.facts().read("customers").order_by("customer_id").limit(1))["customer_id"].iloc[0])
        wanted = index.digest(opened)
    client = signed_in("admin")
    assert id in _found(client, id)
    assert "is being made" in client.get("/customers/").content.decode()
    assert Job.objects.filter(task=index_customers.module_path).count() == 1
    assert index_customers.func(wanted)["customers"] == 3000
    assert "is being made" not in client.get("/customers/").content.decode()
    with company() as opened:
        assert [each.customer_id for each in search(opened, id)] == [id]
