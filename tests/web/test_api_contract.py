"""Does every endpoint keep what its description promises, whatever it is asked? Generated requests, each answer checked against the schema."""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.models import TextChoices
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ninja import Schema
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode

from keepwell.web.api import tokens
from keepwell.web.api.actions import make_token, offered
from keepwell.web.api.models import Answered, Delivery, Parcel
from keepwell.web.base.models import Person
from keepwell.web.customers.models import KeepDecision
from keepwell.web.interviews.models import Interview, Loss
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import Action, SignOff, Version
from keepwell.web.promises.models import Promise
from keepwell.web.today.models import Decision
from keepwell.web.touches.models import Touch

EXAMPLES = int(os.environ.get("KEEPWELL_CONTRACT_EXAMPLES", "4"))
"""Requests an operation, of each kind: as the description wants it, and otherwise."""

OPERATIONS = (
    "me", "customers", "customer", "today", "settle", "promise_types", "promises", "promise", "give_promise", "settle_promise",
    "touches", "touch", "log_touch", "settle_touch", "meetings", "meeting", "plan_meeting", "note_meeting", "call_off",
    "plans", "plan", "reviews", "review", "interviews", "interview", "losses", "loss", "renewals", "keep_decisions",
    "decide_keeping", "metrics", "metric", "metric_members", "segment_count", "segment_members", "board", "goals", "goal",
    "experiments", "arm", "bring_exposures", "tables", "bring", "bring_events", "imports", "import", "import_refused",
    "ask_round", "jobs", "job", "people", "person", "invite", "deactivate", "not_held", "begin_interview", "hold_interview",
    "decline_interview", "tell_loss", "write_plan", "sign_plan", "decide_action", "settle_action",
)  # fmt: skip

KEPT = (
    Answered,
    Delivery,
    Parcel,
    Decision,
    Promise,
    Touch,
    Meeting,
    KeepDecision,
    Person,
    Interview,
    Loss,
    Version,
    SignOff,
    Action,
)
"""What writes leave behind."""


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The application keeps the test's connection open between requests: the transaction of the test lives in it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def _described() -> Any:
    """The description, as programs read it; it is the same whoever reads it."""
    from keepwell.web.wsgi import application

    load_all_checks()
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.mark.django_db
def test_every_operation_is_looked_at(people: dict[str, Person]) -> None:
    """The list of operations here is the one of the description."""
    found = [found.ok().definition.raw["operationId"] for found in _described().get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.django_db
def test_a_name_means_one_form(people: dict[str, Person]) -> None:
    """Two forms, or lists of words, of one name would be described as one."""

    def all_of(form: type[Any]) -> Iterator[type[Any]]:
        for each in form.__subclasses__():
            yield each
            yield from all_of(each)

    ours = {each for each in all_of(Schema) if each.__module__.startswith("keepwell.")}
    names = [each.__name__ for each in (*ours, *TextChoices.__subclasses__())]
    twice = {name for name in names if names.count(name) > 1}
    assert twice & {each.__name__ for each in ours} == set()
    assert twice & set(_described().raw_schema["components"]["schemas"]) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_keeps_its_promise(people: dict[str, Person], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No fault of ours; documented statuses, types and forms only; what breaks the schema is refused, and leaves nothing; without a token nothing."""
    from schemathesis.specs.openapi import checks

    monkeypatch.setattr(tokens, "RATE", 1_000_000)
    _made, token = make_token(people["admin"], "contract", offered(people["admin"]), 1)
    always = [
        schemathesis.checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_headers_conformance, checks.response_schema_conformance, checks.negative_data_rejection,
        checks.unsupported_method,
    ]  # fmt: skip
    asked: list[Any] = []

    def ask(case: Any) -> None:
        asked.append(case)  # a token is wanted whatever is asked: looked at once
        looked = always if len(asked) > 1 else [*always, checks.ignored_auth]
        case.call_and_validate(headers=_signed(case, token), checks=looked)

    def break_(case: Any) -> None:
        answer = case.call_and_validate(headers=_signed(case, token), checks=always)
        assert 400 <= answer.status_code < 500 or not writes

    operation = _described().find_operation_by_id(name)
    writes = "requestBody" in operation.definition.raw  # what reads may break nothing but a header that is given anyhow
    _tried(ask, operation.as_strategy(generation_mode=GenerationMode.POSITIVE), EXAMPLES if _takes(operation) else 1)
    assert asked
    before = [model.objects.count() for model in KEPT]
    try:
        broken = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    except Exception:  # noqa: BLE001  an operation that takes nothing has nothing to break
        assert not _takes(operation)
        return
    _tried(break_, broken, EXAMPLES)
    assert [model.objects.count() for model in KEPT] == before or not writes


def _takes(operation: Any) -> bool:
    """Whether a request of it says anything but who asks."""
    raw = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody"))


def _tried(ask: Any, cases: st.SearchStrategy[Any], most: int) -> None:
    quiet = [
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ]
    bounded = settings(
        max_examples=most,
        deadline=None,
        suppress_health_check=quiet,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
    )
    bounded(given(cases)(ask))()


def _signed(case: Any, token: str) -> dict[str, str]:
    """The token, unless leaving it out is what the request does wrong."""
    return {"Authorization": f"Bearer {token}"} if "Authorization" in (case.headers or {}) else {}
