"""Is everybody told who wants to know, signed, safely, and until they took it?"""

import base64
import hashlib
import hmac
import http.server
import ipaddress
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.conftest import MINE
from tests.web.test_api_imports import work
from tests.web.test_api_records import one_of
from tests.web.test_touches import undo

from keepwell.errors import ConfigError
from keepwell.web.api import webhooks
from keepwell.web.api.actions import announce, make_endpoint
from keepwell.web.api.listening import HEARD
from keepwell.web.api.models import Delivery, Endpoint
from keepwell.web.base.models import Person
from keepwell.web.interviews.models import Interview
from keepwell.web.promises.models import Promise
from keepwell.web.today.models import Decision
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]


class Hook(http.server.BaseHTTPRequestHandler):
    """Somebody who is told; answers what it was told to answer, one after the other."""

    answers: list[int]
    heard: list[tuple[dict[str, str], str]]

    def do_POST(self) -> None:
        """Hear one message."""
        self.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])).decode()))
        status = self.answers.pop(0) if self.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_said: Any) -> None:
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[Any]:
    """A real server on this machine."""
    handler = type("Listening", (Hook,), {"answers": [], "heard": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()


def _hurry() -> None:
    """The next try is now."""
    Job.objects.filter(state="waiting").update(run_after=timezone.now())
    work()


def test_a_message_is_signed_as_the_standard_has_it(hook: Any, people: dict[str, Person]) -> None:
    """Id, moment and body under the secret that was shown; the body says what happened and when."""
    _made, secret = make_endpoint(people["admin"], hook.url, ["round.done"], private=True)
    assert announce("round.done", {"morning": "2026-07-01"}) == 1
    work()
    headers, body = hook.heard[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    wanted = hmac.new(base64.b64decode(secret[len("whsec_") :]), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert json.loads(body)["type"] == "round.done"
    assert json.loads(body)["data"] == {"morning": "2026-07-01"}
    assert Delivery.objects.get().state == "delivered"


def test_the_signature_of_a_known_message() -> None:
    """Worked by hand with openssl of a key of 24 zero bytes: of msg_1.1700000000.{}."""
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    by_hand = hmac.digest(bytes(24), b"msg_1.1700000000.{}", "sha256")
    assert webhooks.signature(secret, "msg_1", 1_700_000_000, "{}") == "v1," + base64.b64encode(by_hand).decode()


def test_what_is_not_taken_is_told_again_under_the_same_id(hook: Any, people: dict[str, Person]) -> None:
    """A fault, a redirect that is not followed, then yes: three tries, one id, each later than the one before."""
    hook.answers[:] = [500, 302]
    make_endpoint(people["admin"], hook.url, ["round.done"], private=True)
    announce("round.done", {})
    work()
    told = Delivery.objects.get()
    assert (told.state, told.tries, told.status) == ("waiting", 1, 500)
    assert len(told.answer) == 400
    assert 3 < (told.next_at - timezone.now()).total_seconds() <= 5
    _hurry()
    assert Delivery.objects.get().status == 302
    _hurry()
    assert Delivery.objects.get().state == "delivered"
    assert len(hook.heard) == 3
    assert len({headers["webhook-id"] for headers, _body in hook.heard}) == 1


def test_given_up_it_is_said_so_and_can_be_told_again(
    hook: Any, people: dict[str, Person], signed_in: SignedIn
) -> None:
    """After eight tries it is given up, the page says so with a link, and a button tells it once more."""
    hook.answers[:] = [503] * 8
    make_endpoint(people["admin"], hook.url, ["round.done"], private=True)
    announce("round.done", {})
    for _ in range(9):
        _hurry()
    told = Delivery.objects.get()
    assert (told.state, told.tries, len(hook.heard)) == ("given_up", 8, 8)
    client = signed_in("admin")
    assert "?state=given_up" in client.get("/settings/webhooks/").content.decode()
    assert "given up" in client.get("/settings/webhooks/deliveries/?state=given_up").content.decode()
    client.post(f"/settings/webhooks/deliveries/{told.pk}/again/")
    work()
    assert Delivery.objects.get().state == "delivered"
    assert len({headers["webhook-id"] for headers, _body in hook.heard}) == 1


def test_who_is_gone_is_told_no_more(hook: Any, people: dict[str, Person]) -> None:
    """410 gives up at once."""
    hook.answers[:] = [410]
    make_endpoint(people["admin"], hook.url, ["round.done"], private=True)
    announce("round.done", {})
    work()
    assert Delivery.objects.get().state == "given_up"


def test_an_event_is_one_message_for_each_who_wants_it(people: dict[str, Person]) -> None:
    """Announced twice under its key it is told once; who chose other events, or was ended, is not told."""
    make_endpoint(people["admin"], "https://a.example/", ["round.done"], private=False)
    make_endpoint(people["admin"], "https://b.example/", ["import.done"], private=False)
    ended, _secret = make_endpoint(people["admin"], "https://c.example/", ["round.done"], private=False)
    ended.withdrawn_at = timezone.now()
    ended.save()
    assert [announce("round.done", {}, key="1") for _ in range(2)] == [1, 0]
    assert Job.objects.count() == Delivery.objects.count() == 1


def test_a_webhook_brings_no_more_than_its_maker_sees(people: dict[str, Person]) -> None:
    """Only who sees every customer may make one; made by somebody who does not any more, it is told nothing."""
    Person.objects.filter(pk=people["admin"].pk).update(reach="team")
    people["admin"].refresh_from_db()
    with pytest.raises(ConfigError):
        make_endpoint(people["admin"], "https://a.example/", ["round.done"], private=False)
    Person.objects.filter(pk=people["admin"].pk).update(reach="all")
    people["admin"].refresh_from_db()
    make_endpoint(people["admin"], "https://a.example/", ["round.done"], private=False)
    Person.objects.filter(pk=people["admin"].pk).update(role="rep")
    assert announce("round.done", {}) == 0


def test_a_decision_is_announced_with_it(people: dict[str, Person], signed_in: SignedIn) -> None:
    """Settling a row on Today makes one delivery a reason."""
    make_endpoint(people["admin"], "https://a.example/", ["decision.made"], private=False)
    page = signed_in("rep").get("/today/").content.decode()
    first = page.split('data-key="d" data-dialog="done" data-set-customer="')[1].split('"')[0]
    signed_in("rep").post("/today/settle/", {"customer": first, "kind": "done", "outcome": "reached"})
    told = [json.loads(each.body)["data"] for each in Delivery.objects.all()]
    assert told
    assert {each["customer_id"] for each in told} == {first}


def test_what_is_undone_is_announced(people: dict[str, Person], signed_in: SignedIn, ask: Any) -> None:
    """A decision withdrawn and a promise that is open again; a given promise that is kept was not undone."""
    make_endpoint(people["admin"], "https://a.example/", ["record.undone"], private=False)
    page = signed_in("rep").get("/today/").content.decode()
    first = page.split('data-key="d" data-dialog="done" data-set-customer="')[1].split('"')[0]
    settled = signed_in("rep").post(
        "/today/settle/", {"customer": first, "kind": "done", "outcome": "reached"}, follow=True
    )
    assert not Delivery.objects.exists()
    undo(signed_in("rep"), settled.content.decode())
    decisions = Decision.everything.count()
    due = (timezone.localdate() + timedelta(days=9)).isoformat()
    given = {
        "customer_id": first,
        "text": "Send the plan",
        "sort": "material",
        "due_on": due,
        "due_time": "10:00",
        "origin": "call",
    }
    promised = ask("rep", "post", "/promises", given, key="1").json()
    ask("rep", "post", f"/promises/{promised['id']}/settlements", {"what": "kept", "evidence": "mail"}, key="2")
    assert Delivery.objects.count() == decisions
    kept = Promise.objects.get()
    kept.history.first().prev_record.instance.save(force_update=True)
    told = [json.loads(each.body)["data"] for each in Delivery.objects.order_by("created_at")]
    assert [each["of"] for each in told] == ["decision.made"] * decisions + ["promise.closed"]
    assert {each["customer_id"] for each in told} == {first}
    assert told[-1]["id"] == str(kept.pk)


def test_what_is_done_of_a_customer_is_announced(ask: Any, people: dict[str, Person]) -> None:
    """A promise given and kept, a contact, an interview, a loss and a signature: once each, however often the record is saved."""
    make_endpoint(people["admin"], "https://a.example/", [each.kind for each in HEARD], private=False)
    mine, today = one_of(MINE), timezone.localdate()
    due = (today + timedelta(days=9)).isoformat()
    given = {
        "customer_id": mine,
        "text": "Send the plan",
        "sort": "material",
        "due_on": due,
        "due_time": "10:00",
        "origin": "call",
    }
    promised = ask("rep", "post", "/promises", given, key="1").json()
    ask("rep", "post", f"/promises/{promised['id']}/settlements", {"what": "kept", "evidence": "mail"}, key="2")
    asked = ask(
        "rep", "post", "/interviews", {"customer_id": mine, "kind": "leave", "happened_on": today.isoformat()}, key="3"
    ).json()
    words = {
        "answers": ["Too dear"] + [""] * (len(asked["questions"]) - 1),
        "codes": [asked["book"][0]["code"]],
        "went": "not told",
    }
    ask("rep", "post", f"/interviews/{asked['id']}/answers", words, key="4")
    until = (today + timedelta(days=400)).isoformat()
    ask("rep", "post", "/plans", {"customer_id": mine, "until": until, "strengths": "Loyal"}, key="5")
    ask("rep", "post", "/plan-signatures", {"customer_id": mine, "version": 1, "function": "sales"}, key="6")
    make_endpoint(people["admin"], "https://later.example/", [each.kind for each in HEARD], private=False)
    Promise.objects.get().save()  # nothing of it is news, not even to who listens only now
    Interview.objects.get().save()
    told = [json.loads(each.body) for each in Delivery.objects.order_by("created_at")]
    assert [each["type"] for each in told] == [
        "promise.given",
        "promise.closed",
        "interview.held",
        "loss.told",
        "plan.signed",
    ]
    assert [each["data"].get("customer_id", mine) for each in told] == [mine] * 5
    assert (told[1]["data"]["state"], told[1]["data"]["by_id"]) == ("kept", str(people["rep"].pk))


INSIDE = (
    "http://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://192.168.1.1:8443/x", "https://169.254.169.254/latest/",
    "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[fd00::1]/", "https://0.0.0.0/",
)  # fmt: skip
WRONG = (
    "http://example.com/", "ftp://example.com/", "https://", "javascript:alert(1)", "https://a:b@example.com/", "https://example.com/#x",
    "https://exa mple.com/", "https://example.com/\r\nX: y", "https://example.com:99999/", "https://[::1", "",
)  # fmt: skip


@pytest.mark.parametrize("url", INSIDE)
def test_what_lies_inside_is_refused_unless_allowed(url: str) -> None:
    """Private, local, and wrapped so; when it is made, and again when it is told, whatever its name says by then."""
    with pytest.raises(ConfigError):
        webhooks.refuse_address(url, private=False)
    webhooks.refuse_address(url, private=True)
    assert webhooks.send(url, {}, "{}", private=False).status is None


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_address_is_refused_even_if_allowed(url: str) -> None:
    """Not encrypted, with a name in it, or no address at all."""
    with pytest.raises(ConfigError):
        webhooks.refuse_address(url, private=True)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up once, and the very address that was looked at is spoken to; one inside among several refuses all."""
    assert not webhooks.outside(ipaddress.ip_address("2002:a00:1::1"))
    assert webhooks.outside(ipaddress.ip_address("93.184.216.34"))
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *_said, **_more: found)
    heard = webhooks.send("https://rebound.example/", {}, "{}", private=False)
    assert heard.status is None
    assert "private network" in heard.said


def test_who_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the call and says nothing is left when patience is over; a closed port is said so."""
    import socket

    monkeypatch.setattr(webhooks, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert webhooks.send(f"http://127.0.0.1:{port}/", {}, "{}", private=True).status is None
    assert "refused" in webhooks.send(f"http://127.0.0.1:{port}/", {}, "{}", private=True).said


def test_an_endpoint_is_made_on_a_page_and_its_secret_shown_once(signed_in: SignedIn) -> None:
    """Shown when it is made, never again, and neither the record nor its history holds it; only administrators come in."""
    client = signed_in("admin")
    refused = client.post(
        "/settings/webhooks/", {"url": "https://10.0.0.1/", "events": ["round.done"]}
    ).content.decode()
    assert "private network" in refused
    page = client.post("/settings/webhooks/", {"url": "https://a.example/", "events": ["round.done"]}).content.decode()
    secret = page.split("whsec_")[1].split("<")[0]
    assert secret not in client.get("/settings/webhooks/").content.decode()
    assert secret not in repr([*Endpoint.objects.values_list(), *Endpoint.history.values_list()])
    client.post(f"/settings/webhooks/{Endpoint.objects.get().pk}/end/")
    assert announce("round.done", {}) == 0
    assert signed_in("manager").get("/settings/webhooks/").status_code == 403
