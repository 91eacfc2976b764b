"""Does Today show whom to turn to, and keep what people decide?"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateformat import format as date_format
from tests.web.conftest import MINE, THEIRS

from keepwell.config import Company
from keepwell.web import place
from keepwell.web.base import company
from keepwell.web.base.models import Person
from keepwell.web.base.templatetags.desk import row_id
from keepwell.web.today.models import Decision
from keepwell.web.today.page import Page
from keepwell.web.today.page import page as page_of
from keepwell.web.today.sources import PROMISES, Due
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]


def _rows(page: str) -> list[str]:
    """The customers' ids on a page, in order."""
    return [part.split('"', 1)[0] for part in page.split('data-key="d" data-dialog="done" data-set-customer="')[1:]]


def test_a_rep_sees_their_own_customers(signed_in: SignedIn) -> None:
    """Every row of mine is owned by me in the data."""
    page = signed_in("rep").get("/today/").content.decode()
    assert _rows(page)
    assert MINE in page
    assert THEIRS not in page


def test_a_settled_row_is_gone_and_undo_brings_it_back(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Done with an outcome hides the customer; undo shows it again, and both stand in the history."""
    client = signed_in("rep")
    first = _rows(client.get("/today/").content.decode())[0]
    response = client.post("/today/settle/", {"customer": first, "kind": "done", "outcome": "reached"}, follow=True)
    page = response.content.decode()
    assert first not in _rows(page)
    undo = page.split('action="/undo/')[1].split('"')[0]
    back = client.post(f"/undo/{undo}", follow=True, headers={"referer": "http://testserver/today/"})
    assert first in _rows(back.content.decode())
    kept = Decision.everything.filter(customer_id=first)
    assert {each.created_by for each in kept} == {people["rep"]}
    assert all(each.history.count() == 2 and each.withdrawn_at for each in kept)


def test_a_snooze_needs_a_reason(signed_in: SignedIn) -> None:
    """Without a reason nothing is kept, and the page says what is wanted."""
    client = signed_in("rep")
    first = _rows(client.get("/today/").content.decode())[0]
    refused = client.post("/today/settle/", {"customer": first, "kind": "snoozed", "until": "2026-07-08"})
    assert refused.status_code == 400
    assert "No reason was given" in refused.content.decode()
    assert not Decision.objects.exists()


def test_what_is_handed_over_changes_hands(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The customer leaves the one's list and stands on the other's, though the data name the first as owner."""
    client = signed_in("rep")
    first = _rows(client.get("/today/").content.decode())[0]
    client.post("/today/settle/", {"customer": first, "kind": "handed", "to": str(people["stranger"].pk)})
    assert first not in _rows(client.get("/today/").content.decode())
    assert first in _rows(signed_in("stranger").get("/today/").content.decode())


def test_nobody_settles_what_they_do_not_see(signed_in: SignedIn) -> None:
    """Another team's customer cannot be settled, and nothing is kept."""
    theirs = _rows(signed_in("stranger").get("/today/").content.decode())[0]
    refused = signed_in("rep").post("/today/settle/", {"customer": theirs, "kind": "done", "outcome": "reached"})
    assert refused.status_code == 400
    assert not Decision.objects.exists()


def test_what_the_desk_knows_stands_first_and_once(
    signed_in: SignedIn, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promise late stands on top, its customer has one line with what the round found below it, and only the promiser sees it."""
    client = signed_in("rep")
    first = _rows(client.get("/today/").content.decode())[0]

    def owed(asked: list[Person], _morning: date) -> list[Due]:
        due = Due(first, PROMISES, "Send the plan to Eva, two days late.", "Send it", "/somewhere/", 2.0, late=True)
        return [due] if people["rep"] in asked else []

    monkeypatch.setattr("keepwell.web.today.sources.SOURCES", [owed])
    page = client.get("/today/").content.decode()
    assert page.index("Promises") < page.index("Send the plan to Eva") < page.index("Something to give")
    assert page.count(f'id="{row_id(first)}"') == 1
    assert _rows(page)[0] == first
    assert "Send the plan" not in signed_in("success").get("/today/").content.decode()
    assert "Send the plan" in signed_in("admin").get("/today/?whose=all").content.decode()


def test_a_morning_asks_the_database_little(signed_in: SignedIn, django_assert_max_num_queries: Any) -> None:
    """However many rows there are: at most twenty questions to the desk's database."""
    client = signed_in("admin")
    client.get("/today/?whose=all")
    with django_assert_max_num_queries(20):
        assert client.get("/today/?whose=all").status_code == 200


def test_who_owns_nobody_sees_all_and_is_told_why(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The administrator is nobody's owner in the data: all they see stands there, with the way to their names; asked for, only theirs."""
    client = signed_in("admin")
    page = client.get("/today/").content.decode()
    assert _rows(page)
    assert "No customer in the data is yours" in page
    assert f'<a href="/people/{people["admin"].pk}/">how the data name you</a>' in page
    mine = client.get("/today/?whose=mine").content.decode()
    assert not _rows(mine)
    assert "No customer in the data is yours" not in mine
    assert "No customer in the data is yours" not in signed_in("rep").get("/today/").content.decode()


def test_who_sees_nobody_is_told_so(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Not that nobody needs them: that they see no customers yet; nor anywhere else that all is well."""
    rep = people["rep"]
    rep.known_as = "Somebody Else"
    rep.save()
    page = signed_in("rep").get("/today/").content.decode()
    assert "You see no customers yet." in page
    assert "Nobody needs you" not in page
    assert "all you see are shown" not in page
    for path in (
        "/contacts/", "/interviews/", "/interviews/new/", "/losses/", "/renewals/", "/understanding/portraits/",
    ):  # fmt: skip
        empty = signed_in("rep").get(path).content.decode()
        assert "You see no customers yet." in empty, path
        for praise in ("Everybody heard from us", "Nobody is to be asked", "Nobody was lost", "Nothing renews here"):
            assert praise not in empty, path


def test_today_is_today(signed_in: SignedIn) -> None:
    """The head names the day it is, and beside it the last day of which the data tell: the day before the round's morning."""
    page = unescape(signed_in("rep").get("/today/").content.decode())
    head = page.split("<h1>")[1].split("</h1>")[0]
    assert head.startswith(f"Today, {date_format(timezone.localdate(), 'D j M')} ")
    assert "data up to Tue 30 Jun" in head


def test_what_the_list_cannot_tell_stands_below_it(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the open, in a sentence, and not among the reasons of the order."""
    why = {"ignored": "No contacts were brought in."}

    def lacking(*told: Any, **more: Any) -> Page:
        return replace(page_of(*told, **more), lacking=why)

    monkeypatch.setattr("keepwell.web.today.views.page_of", lacking)
    page = signed_in("rep").get("/today/").content.decode()
    below = page.split('id="not-known"')[1]
    assert "What this list cannot tell" in below
    assert "Paying and ignored: not known." in below
    assert "No contacts were brought in." in below


@pytest.mark.parametrize(("role", "button"), [("admin", True), ("rep", False)])
def test_an_empty_desk_leads_to_data(
    signed_in: SignedIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, button: bool
) -> None:
    """Before the first data whoever may bring them has the button; others are told who does; no day is claimed to be known."""
    Workspace.create(tmp_path / "new", Company(name="New")).close()
    company.let_go()
    monkeypatch.setenv(place.COMPANY, str(tmp_path / "new"))
    page = signed_in(role).get("/today/").content.decode()
    assert ('<a class="button primary" href="/data/bring/">' in page) == button
    assert ("An administrator or an analyst brings it" in page) != button
    assert "data up to" not in page


def test_nobody_is_handed_a_customer_they_cannot_find(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """An analyst has no Today: they are not offered, and refused where asked for all the same."""
    client = signed_in("rep")
    page = client.get("/today/").content.decode()
    assert f'value="{people["success"].pk}"' in page
    assert f'value="{people["analyst"].pk}"' not in page
    said = {"customer": _rows(page)[0], "kind": "handed", "to": str(people["analyst"].pk)}
    assert client.post("/today/settle/", said).status_code == 400
    assert not Decision.objects.exists()


def test_without_scripts_a_row_is_settled_by_pages(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Each of a row's four buttons is a link to a form; a form that lacks something comes back with what was said; GET keeps nothing."""
    client = signed_in("rep")
    page = unescape(client.get("/today/").content.decode())
    first = _rows(page)[0]
    for kind in ("done", "snoozed", "handed", "not_right"):
        assert f'href="/today/settle/?customer={first}&kind={kind}"' in page
        form = client.get("/today/settle/", {"customer": first, "kind": kind}).content.decode()
        assert f'<input type="hidden" name="customer" value="{first}">' in form
        assert f'name="kind" value="{kind}"' in form.split("<main")[1]
    assert not Decision.objects.exists()
    said = {"customer": first, "kind": "snoozed", "until": "2020-01-01", "because": "their board meets"}
    again = client.post("/today/settle/", said)
    assert again.status_code == 400
    assert "A snooze needs a day ahead" in again.content.decode()
    assert 'value="their board meets"' in again.content.decode()
    assert client.get("/today/settle/", {"customer": first, "kind": "nonsense"}).status_code == 400
    theirs = _rows(signed_in("stranger").get("/today/").content.decode())[0]
    assert client.get("/today/settle/", {"customer": theirs, "kind": "done"}).status_code == 400


def test_what_i_settled_is_listed_and_brought_back(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Who, why and until when, of my own only; brought back it stands on Today again, and that can be undone."""
    client = signed_in("rep")
    first = _rows(client.get("/today/").content.decode())[0]
    said = {"customer": first, "kind": "snoozed", "until": "2026-07-08", "because": "waiting for their board"}
    page = client.post("/today/settle/", said, follow=True).content.decode()
    assert 'href="/today/settled/"' in page
    listed = client.get("/today/settled/").content.decode()
    assert "waiting for their board" in listed
    assert "until 8 Jul 2026" in listed
    assert "waiting for their board" not in signed_in("admin").get("/today/settled/").content.decode()
    assert signed_in("admin").post("/today/settled/back/", {"customer": first}).status_code == 400
    back = client.post("/today/settled/back/", {"customer": first}, follow=True).content.decode()
    assert "is back on Today" in back
    assert first in _rows(client.get("/today/").content.decode())
    undo = back.split('action="/undo/')[1].split('"')[0]
    client.post(f"/undo/{undo}")
    assert first not in _rows(client.get("/today/").content.decode())


def test_a_part_is_read_page_by_page(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every customer of a part is reached by its pages, each once, and each page says which of how many it shows."""
    monkeypatch.setattr("keepwell.web.today.views._MORE", 5)
    client, found, address = signed_in("admin"), [], "/today/?part=keep&whose=all"
    first = unescape(client.get(address).content.decode())
    n = int(first.split('data-count="')[1].split('"')[0])
    assert n > 10
    assert f"1 to 5 of {n}" in first
    while address:
        page = unescape(client.get(address).content.decode())
        found += _rows(page)
        ahead = page.split('data-after href="')
        address = "/today/" + ahead[1].split(chr(34))[0] if len(ahead) > 1 else ""
    assert len(found) == len(set(found)) == n


def test_the_keys_of_a_row(signed_in: SignedIn) -> None:
    """P begins a promise, c logs a call and e a mail, each of the row's own customer; each address opens."""
    client = signed_in("rep")
    page = unescape(client.get("/today/").content.decode())
    first = _rows(page)[0]
    for key, address in (
        ("p", f"/promises/new/?customer={first}"),
        ("c", f"/touches/new/?customer={first}&channel=call"),
        ("e", f"/touches/new/?customer={first}&channel=mail"),
    ):
        assert f'data-key="{key}" href="{address}"' in page
        assert client.get(address).status_code == 200


def test_the_next_step_opens_where_it_is_done(signed_in: SignedIn) -> None:
    """Every step of Today leads to a page that is there, made ready for it, with the reasons beside; a renewal's to that renewal."""
    client = signed_in("manager")
    page = client.get("/today/?whose=all").content.decode()
    steps = dict(re.findall(r'<div class="do"><a class="button" data-key="a" href="([^"]+)">([^<]+)</a>', page))
    assert {"Prepare the renewal", "Call and ask"} <= set(steps.values())
    for url, name in steps.items():
        shown = client.get(unescape(url), follow=True)
        assert shown.status_code == 200
        told = shown.content.decode()
        if name == "Prepare the renewal":
            assert shown.redirect_chain[-1][0].startswith("/renewals/of/")
        if name == "Call and ask":
            assert '<option value="call" selected>' in told
            assert "chance of leaving within 90 days" in told
