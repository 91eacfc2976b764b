"""Whatever is said in an address or a form, is it answered or refused in words, and never with a fault of ours?"""

import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes
from uuid import UUID, uuid4

import pytest
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from tests.web.conftest import MINE

from keepwell.web.api import tokens
from keepwell.web.api.actions import make_endpoint, make_token, offered
from keepwell.web.api.interface import api
from keepwell.web.api.problems import TYPE
from keepwell.web.base.company import company
from keepwell.web.base.models import Person, Team
from keepwell.web.customers.models import Goal, Need
from keepwell.web.imports.models import Import, Source, Stage
from keepwell.web.interviews import actions as interviews
from keepwell.web.measures.models import View
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans import actions as plans
from keepwell.web.promises.models import Expectation, Promise
from keepwell.web.touches.models import Touch

VALUES = (
    "\x00", "a\x00b", "\u202e\u05d0\u200f", "{{7*7}}", "' OR 1=1 --", "=cmd|' /C calc'!A0", "../../../etc/passwd", str(2**63),
    "-1", "1e400", "NaN", "\u00b2", "\u0661", "0001-01-01", "9999-12-31", "0000-00-00", "[]", "%", "\ufffe", "x" * 20_000,
)  # fmt: skip
"""What is said to do harm."""

BROKEN = b"\xff\xfe\xed\xa0\x80"
"""Bytes that are no letters."""

WHOLE = bool(os.environ.get("KEEPWELL_HOSTILE"))
"""Whether each name is tried with each value alone, an hour's work; otherwise all names of an address together, with nothing and in turn."""

Made = dict[str, Any]


def patterns(found: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the desk's own rooms, but the interface's."""
    for each in (found or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif not route.startswith(("api/v1/", "sign-in/")):
            yield route, each


@pytest.fixture
def made(people: dict[str, Person], own_company: Path) -> Made:
    """One record of each kind, of one customer, by the converter or the name of the address that wants it."""
    admin, today, now = people["admin"], timezone.localdate(), timezone.now()
    with company() as opened:
        table = opened.facts().read("customers")
        id = str(opened.run(table.filter(table.owner == MINE).order_by("customer_id").limit(1))["customer_id"].iloc[0])
    of: dict[str, Any] = {"customer_id": id}
    due = {"due_on": today + timedelta(days=5), "due_time": now.time(), "zone": "Europe/Helsinki"}
    promise = Promise.objects.create(by=admin, text="Send it", sort="material", origin="call", **due, **of)
    touch = Touch.objects.create(by=admin, direction="in", channel="call", at=now, subject="When?", question=True, **of)
    meeting = Meeting.objects.create(starts_at=now - timedelta(hours=2), about="The year", host=admin, **of)
    empty: dict[str, Any] = {name: [] for name in ("goals", "people", "whitespace", "risks")}
    version = plans.next_version(id, today, {"until": today + timedelta(days=500), "strengths": "Quick", **empty})
    action = plans.decide(id, "Call them", admin, today + timedelta(days=3), today)
    interview = interviews.begin(id, "leave", people["success"], today - timedelta(days=3))
    goal = Goal.objects.create(
        name="Less waste", unit="%", start=today - timedelta(days=9), baseline=9, target=5, due=today, **of
    )
    need = Need.objects.create(words="More", source="Eva", **of)
    expectation = Expectation.objects.create(seller=admin, sold_on=today, about="outcome", text="Quick", **of)
    source = Source.objects.create(name="Shop", shown="postgresql://shop", query="orders")
    arrived = Import.objects.create(stage=Stage.UNCLEAR, files=[{"name": "a.csv", "bytes": 9}])
    (arrived.folder).mkdir()
    (arrived.folder / "a.csv").write_text("id,name\n1,Ada\n", "utf-8")
    view = View.objects.create(name="Kept", metric="kept_share", question={}, created_by=admin)
    token, _told = make_token(admin, "test", ["read"], 30)
    endpoint, _secret = make_endpoint(admin, "https://example.com/hook", ["round.done"], private=False)
    return {
        "customer_id": id, "metric": "kept_share", "kind": "leave", "function": "sales", "act": "kept",
        "promise": promise.pk, "settle_promise": promise.pk, "touch": touch.pk, "settle_touch": touch.pk, "meeting": meeting.pk,
        "meeting_off": meeting.pk, "sign_plan": version.pk, "settle_action": action.pk, "interview": interview.pk,
        "decline": interview.pk, "goal": goal.pk, "measured": goal.pk, "met": need.pk, "expectation": expectation.pk,
        "fetch": source.pk, "source": source.pk, "import": arrived.pk, "view": view.pk, "revoke_token": token.pk,
        "end_webhook": endpoint.pk, "person": people["rep"].pk, "team": Team.objects.all()[0].pk,
    }  # fmt: skip


def address(route: str, pattern: URLPattern, made: Made) -> str:
    """An address of a pattern that leads to a record of the test."""
    for name, converter in pattern.pattern.converters.items():
        told = made.get(name) or made.get("person" if "people" in route else "")
        if type(converter).__name__ == "UUIDConverter":
            named = str(pattern.name or "")
            near = next((value for key, value in made.items() if key in named and isinstance(value, UUID)), uuid4())
            told = made.get(named, near)
        told = told or "x"
        for spelt in (
            f"<path:{name}>",
            f"<uuid:{name}>",
            f"<slug:{name}>",
            f"<str:{name}>",
            f"<int:{name}>",
            f"<{name}>",
        ):
            route = route.replace(spelt, quote(str(told)))
    return f"/{route}"


class _Forms(HTMLParser):
    """Every form of a page: where it goes, and what it says as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.inside = self.chosen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or a field stands in it."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((said.get("action", "") if said.get("method", "").lower() == "post" else "-", {}))
        elif self.found and "name" in said and tag in ("input", "select", "textarea", "button"):
            fields = self.found[-1][1]
            if said.get("type") in ("checkbox", "radio") and "checked" not in said:
                fields.setdefault(said["name"], said.get("value", ""))
            else:
                fields[said["name"]] = said.get("value", "")
            self.chosen = said["name"] if tag == "select" else self.chosen
        elif (
            self.found
            and tag == "option"
            and self.chosen
            and ("selected" in said or not self.found[-1][1][self.chosen])
        ):
            self.found[-1][1][self.chosen] = said.get("value", "")


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What went wrong inside, in words."""
    told: list[str] = []

    def heard(**_said: Any) -> None:
        kind, fault, at = sys.exc_info()
        frames = []
        while at is not None:
            frames.append(f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}")
            at = at.tb_next
        told.append(f"{kind.__name__ if kind else ''}: {str(fault)[:150]} at {' < '.join(frames[::-1][:6])}")

    got_request_exception.connect(heard)
    yield told
    got_request_exception.disconnect(heard)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names that were asked for of an address or a form."""
    names: set[str] = set()
    for method in ("get", "getlist", "__getitem__", "__contains__"):
        real = getattr(QueryDict, method)

        def noted(self: Any, name: Any, *rest: Any, real: Any = real, **more: Any) -> Any:
            if isinstance(name, str):
                names.add(name)
            return real(self, name, *rest, **more)

        monkeypatch.setattr(QueryDict, method, noted)
    return names


def tried(names: list[str], turn: int) -> Iterator[dict[str, str]]:
    """What is said in each request of an address that reads some names; turn, another for each address, chooses."""
    if WHOLE:
        yield from ({name: value} for name in names for value in VALUES)
    elif names:
        yield dict.fromkeys(names, VALUES[0])
        yield {name: VALUES[1 + (at + turn) % (len(VALUES) - 1)] for at, name in enumerate(names)}


Walk = Callable[..., int]


@pytest.fixture
def walk(signed_in: Callable[[str], Client], faults: list[str]) -> Walk:
    """Asks as the administrator, keeps nothing of it, and gives the status."""
    client = signed_in("admin")
    client.raise_request_exception = False
    client.handler.raise_request_exception = False  # type: ignore[attr-defined]
    cookies = client.cookies.copy()

    def asked(method: str, path: str, **said: Any) -> Any:
        client.cookies = cookies.copy()
        with transaction.atomic():
            answer = getattr(client, method)(path, **said)
            b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        return answer

    return asked


@pytest.mark.slow
def test_no_address_falls(made: Made, walk: Walk, read: set[str], faults: list[str]) -> None:
    """Every page with every name it reads said in every hostile way: a page or a refusal."""
    wrong = []
    for turn, (route, pattern) in enumerate(patterns()):
        path = address(route, pattern, made)
        read.clear()
        walk("get", path)
        names = sorted(read - {"csrfmiddlewaretoken"})
        for said in tried(names, turn):
            query = "&".join(f"{quote(name)}={quote(value)}" for name, value in said.items())
            faults.clear()
            if walk("get", f"{path}?{query}").status_code >= 500:
                wrong.append((path, {name: value[:20] for name, value in said.items()}, *faults))
        query = "&".join(f"{quote(name)}={quote_from_bytes(BROKEN)}&{quote(name)}=2" for name in names)
        if walk("get", f"{path}?{query}").status_code >= 500:
            wrong.append((path, "broken letters, said twice", *faults))
    assert wrong == []


@pytest.mark.slow
def test_no_form_falls(made: Made, walk: Walk, read: set[str], faults: list[str]) -> None:
    """Every form with every field said in every hostile way, the others as they stand: kept or refused."""
    wrong, found = [], {address(route, pattern, made): dict[str, str]() for route, pattern in patterns()}
    for path in list(found):
        page = walk("get", path)
        if "text/html" in page.get("Content-Type", ""):
            reader = _Forms()
            reader.feed(page.content.decode())
            for action, fields in reader.found:
                where = (action or path).partition("?")[0]
                if action != "-" and where in found:
                    found[where] |= fields
    for turn, (path, fields) in enumerate(found.items()):
        fields.pop("csrfmiddlewaretoken", None)
        read.clear()
        walk("post", path, data=fields)
        names = sorted((read | set(fields)) - {"csrfmiddlewaretoken"})[:40]
        for said in tried(names, turn):
            faults.clear()
            if walk("post", path, data={**fields, **said}).status_code >= 500:
                wrong.append((path, {name: value[:20] for name, value in said.items()}, *faults))
    assert wrong == []


WORDS: dict[str, Any] = {"name": "x", "subject": "x", "about": "x", "text": "x", "because": "x", "outcome": "keep"}
"""What fields of the interface say that have to fit."""


def test_what_is_too_large_is_refused_in_words(made: Made, walk: Walk) -> None:
    """Ten megabytes in a field: a page that says so; to a program a problem."""
    refused = walk("post", "/settings/tokens/", data={"name": "x" * 10 * 2**20})
    assert refused.status_code == 400
    assert "This cannot be read" in refused.content.decode()


@pytest.mark.slow
def test_no_endpoint_falls(
    made: Made, people: dict[str, Person], faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every endpoint, with each of its parameters and fields said in every hostile way: an answer or a problem."""
    monkeypatch.setattr(tokens, "RATE", 1_000_000)
    _made, token = make_token(people["admin"], "hostile", offered(people["admin"]), 30)
    client, wrong = Client(raise_request_exception=False), []
    schema = api.get_openapi_schema()
    for turn, (path, methods) in enumerate(schema["paths"].items()):
        for method, operation in methods.items():
            for place, said in enumerate(_asked(operation, schema, turn)):
                where = path
                for name, value in said["path"].items():
                    where = where.replace(f"{{{name}}}", quote(value, safe=""))
                query = "&".join(f"{quote(name)}={quote(value)}" for name, value in said["query"].items())
                headers = {"authorization": f"Bearer {token}", "idempotency-key": f"{turn}-{place}"}
                body = {"data": said["body"], "content_type": "application/json"} if method != "get" else {}
                with transaction.atomic():
                    answer = getattr(client, method)(f"{where}?{query}", headers=headers, **body)
                    transaction.set_rollback(True)
                if answer.status_code >= 500 or (answer.status_code >= 400 and answer["Content-Type"] != TYPE):
                    wrong.append(
                        (method, path, {name: str(each)[:80] for name, each in said.items()}, answer.content[:200])
                    )
    assert wrong == []


def _asked(operation: dict[str, Any], schema: dict[str, Any], turn: int) -> Iterator[dict[str, Any]]:
    """Requests of one endpoint: its addresses and parameters hostile, then each field of its body."""
    named: dict[str, list[str]] = {"path": [], "query": []}
    for each in operation.get("parameters", []):
        if each["in"] in named:
            named[each["in"]].append(each["name"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = schema["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    for value in (
        VALUES
        if WHOLE
        else (VALUES[0], VALUES[1 + turn % (len(VALUES) - 1)], VALUES[1 + (turn + 7) % (len(VALUES) - 1)])
    ):
        said = {place: dict.fromkeys(names, value[:2000]) for place, names in named.items()}
        yield {**said, "body": dict.fromkeys(fields, value)}
        for name in fields:
            for hostile in (value, [value], {value: value}, 2**63, -1, 1e300, None, True):
                yield {**said, "path": dict.fromkeys(named["path"], "x"), "query": {}, "body": {**WORDS, name: hostile}}
