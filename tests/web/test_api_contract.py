"""Does every endpoint keep what its description promises, whatever it is asked? Generated requests, each answer checked against the schema."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode

from keepwell.web.api import tokens
from keepwell.web.api.actions import make_token, offered
from keepwell.web.api.models import Answered, Delivery, Parcel
from keepwell.web.base.models import Person
from keepwell.web.today.models import Decision

EXAMPLES = int(os.environ.get("KEEPWELL_CONTRACT_EXAMPLES", "4"))
"""Requests an operation."""

OPERATIONS = (
    "me", "customers", "customer", "today", "settle", "metrics", "metric", "metric_members", "segment_count", "segment_members",
    "tables", "bring", "bring_events", "imports", "import", "import_refused", "ask_round", "jobs", "job", "people", "person",
    "invite", "deactivate",
)  # fmt: skip


@pytest.fixture
def schema(people: dict[str, Person]) -> Any:
    """The description, as programs read it."""
    from keepwell.web.wsgi import application

    load_all_checks()
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.mark.django_db
def test_every_operation_is_looked_at(schema: Any) -> None:
    """The list of operations here is the one of the description."""
    found = [found.ok().definition.raw["operationId"] for found in schema.get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_keeps_its_promise(
    schema: Any, people: dict[str, Person], name: str, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No fault of ours; documented statuses, types and forms only; what breaks the schema is refused; without a token nothing."""
    from schemathesis.specs.openapi import checks

    monkeypatch.setattr(tokens, "RATE", 1_000_000)
    _made, token = make_token(people["admin"], "contract", offered(people["admin"]), 1)
    looked = [
        schemathesis.checks.not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
        checks.response_headers_conformance, checks.response_schema_conformance, checks.negative_data_rejection,
        checks.ignored_auth, checks.unsupported_method,
    ]  # fmt: skip

    asked = []

    def ask(case: Any) -> None:
        asked.append(case)
        case.call_and_validate(headers=_signed(case, token), checks=looked)

    operation = schema.find_operation_by_id(name)
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except Exception as fault:  # noqa: BLE001  an operation that takes nothing has nothing to break
        pytest.skip(str(fault))
    _tried(ask, cases)
    assert asked


def _tried(ask: Any, cases: st.SearchStrategy[Any]) -> None:
    quiet = [
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ]
    bounded = settings(
        max_examples=EXAMPLES,
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


@pytest.mark.slow
def test_nothing_is_kept_of_what_was_refused(
    schema: Any, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that break the description of a write leave no trace."""
    monkeypatch.setattr(tokens, "RATE", 1_000_000)
    _made, token = make_token(people["admin"], "contract", offered(people["admin"]), 1)
    before = Person.objects.count()

    def ask(case: Any) -> None:
        answer = case.call(headers=_signed(case, token))
        assert 400 <= answer.status_code < 500

    for name in ("settle", "bring", "invite"):
        _tried(ask, schema.find_operation_by_id(name).as_strategy(generation_mode=GenerationMode.NEGATIVE))
    kept = [model.objects.count() for model in (Answered, Delivery, Parcel, Decision)]
    assert kept == [0, 0, 0, 0]
    assert Person.objects.count() == before
