"""Is all that opens a dialog done by a browser without scripts too: a link, a page, a form that comes back filled?"""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from django.test import Client
from tests.web.conftest import THEIRS
from tests.web.test_meetings import customers_of

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.interviews.models import Loss
from keepwell.web.measures.models import View
from keepwell.web.understanding.models import Segment
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]


class Plain(HTMLParser):
    """What a browser without scripts has of a page's main part: its links, and the form that sends something, as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.form: dict[str, str] | None = None
        self.action = self.text = self._link = self._area = self._select = ""
        self._inside = False
        self.feed(page.split("<main")[1].split("</main>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link, a form, or a field with what it holds."""
        said = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._link = said.get("href", "")
        if tag == "form" and said.get("method") == "post" and self.form is None:
            self.form, self.action, self._inside = {}, said.get("action", ""), True
        if not self._inside or self.form is None:
            return
        if tag == "input" and (said.get("type") != "checkbox" or "checked" in said):
            self.form[said["name"]] = said.get("value", "on" if said.get("type") == "checkbox" else "")
        if tag == "textarea":
            self._area = said["name"]
            self.form[self._area] = ""
        if tag == "select":
            self._select = said["name"]
        if tag == "option" and ("selected" in said or self._select not in self.form):
            self.form[self._select] = said["value"]

    def handle_data(self, data: str) -> None:
        """Words: of the page, of a link, or written in a field."""
        self.text += data
        if self._link and data.strip():
            self.links.setdefault(data.strip(), self._link)
        if self._area and self.form is not None:
            self.form[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        """What ends."""
        if tag == "form":
            self._inside = False
        if tag == "a":
            self._link = ""
        if tag == "textarea":
            self._area = ""


def followed(client: Client, address: str, words: str) -> tuple[str, Plain]:
    """The page a link of a page leads to, and its address."""
    to = urljoin(address, Plain(client.get(address).content.decode()).links[words])
    response = client.get(to)
    assert response.status_code == 200
    return to, Plain(response.content.decode())


def sent(client: Client, at: str, page: Plain, **typed: str) -> Any:
    """What comes of a form as it stands, with what was typed into it."""
    assert page.form is not None
    assert set(typed) <= set(page.form) | {"shared"}
    return client.post(urljoin(at, page.action), page.form | typed)


def test_a_view_is_kept(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The question goes with it; a name that is taken comes back as it was typed, and another is kept."""
    client, address = signed_in("rep"), "/measures/kept_share/?unit=quarter"
    at, page = followed(client, address, "Keep this view")
    assert sent(client, at, page, name="Mine")["Location"] == address
    refused = sent(client, at, page, name="Mine", shared="on")
    again = Plain(refused.content.decode())
    assert refused.status_code == 400
    assert "You keep a view of that name already" in again.text
    assert again.form is not None
    assert (again.form["name"], again.form["shared"], again.form["unit"]) == ("Mine", "on", "quarter")
    assert sent(client, at, again, name="Ours").status_code == 302
    assert [each.question for each in View.objects.order_by("name")] == [{"unit": "quarter"}] * 2


def test_why_somebody_was_lost_is_said(signed_in: SignedIn) -> None:
    """Without a reason it comes back with what it rests on; with one it is kept of the customer of that row."""
    client = signed_in("admin")
    at, page = followed(client, "/losses/?root=unknown", "Say why")
    refused = sent(client, at, page, evidence="Called on Monday")
    again = Plain(refused.content.decode())
    assert refused.status_code == 400
    assert again.form is not None
    assert again.form["evidence"] == "Called on Monday"
    made_up = sent(client, at, again, root="made up")
    assert made_up.status_code == 400
    assert "There is no such reason" in Plain(made_up.content.decode()).text
    assert not Loss.objects.exists()
    assert sent(client, at, again, root="price").status_code == 302
    kept = Loss.objects.get()
    assert (kept.root, kept.evidence) == ("price", "Called on Monday")
    assert page.form is not None
    assert (kept.customer_id, str(kept.left_on)) == (page.form["customer"], page.form["left_on"])


def test_the_page_of_a_loss_is_for_who_sees_the_customer(signed_in: SignedIn) -> None:
    """Neither name nor form of whom one does not see; of nobody there is none; a day that is none is refused at the form."""
    at, page = followed(signed_in("admin"), "/losses/?root=unknown", "Say why")
    theirs = f"/losses/tell/?customer={customers_of(THEIRS)[0]}&left_on=2026-06-01"
    refused = signed_in("rep").get(theirs)
    assert (refused.status_code, Plain(refused.content.decode()).form) == (400, None)
    assert signed_in("admin").get("/losses/tell/").status_code == 404
    wrong = sent(signed_in("admin"), at, page, left_on="never", root="price", evidence="x")
    assert wrong.status_code == 400
    assert "valid date" in Plain(wrong.content.decode()).text
    assert not Loss.objects.exists()


def test_an_import_is_taken_back(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It is asked first; one that is not there leads to where that is told."""
    with company() as opened:
        batch = next(each.id for each in opened.batches() if each.state == "committed")
    client, address = signed_in("admin"), f"/data/batches/{batch}/"
    at, page = followed(client, address, "Take it back")
    assert not Job.objects.exists()
    assert sent(client, at, page)["Location"] == address
    assert Job.objects.get().args["batch"] == batch
    assert client.get("/data/batches/none/take-back/")["Location"] == "/data/batches/none/"


def test_a_segment_is_kept(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """With its condition; a name of somebody else's for everybody comes back as it was typed."""
    Segment.objects.create(created_by=people["rep"], name="Loyal", expression="orders >= 9", shared=True)
    client, where = signed_in("analyst"), 'orders >= 3 and country = "FI"'
    at, page = followed(client, f"/understanding/segments/?{urlencode({'where': where})}", "Keep this segment")
    assert page.form is not None
    assert page.form["where"] == where
    refused = sent(client, at, page, name="Loyal", shared="on")
    again = Plain(refused.content.decode())
    assert refused.status_code == 400
    assert "Somebody else keeps a segment of that name" in again.text
    assert again.form is not None
    assert (again.form["name"], again.form["where"]) == ("Loyal", where)
    assert sent(client, at, again, name="Finns").status_code == 302
    assert Segment.objects.get(name="Finns").expression == where


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "x", "where": ""}])
def test_what_is_missing_of_a_segment_is_said(
    signed_in: SignedIn, people: dict[str, Person], said: dict[str, str]
) -> None:
    """At the form, and nothing is kept."""
    told = signed_in("analyst").post("/understanding/segments/keep/", {"where": "orders >= 3"} | said)
    assert told.status_code == 400
    assert not Segment.objects.exists()
