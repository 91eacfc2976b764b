"""Is everything a program says understood, or refused by its name?"""

from collections.abc import Callable
from typing import Any

import pytest

from keepwell.web.api.models import Answered

Ask = Callable[..., Any]


def _wheres(answer: Any) -> list[str]:
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    return [each["where"] for each in answer.json()["errors"]]


def test_an_unknown_parameter_is_refused_by_its_name(ask: Ask) -> None:
    """Of a list, of one that takes none, and beside those it takes; each is named, with what there is."""
    refused = ask("admin", "get", "/customers?limit=1&page=2&sort=name")
    assert _wheres(refused) == ["query.page", "query.sort"]
    assert "cursor, limit, q" in refused.json()["errors"][0]["says"]
    assert _wheres(ask("admin", "get", "/me?verbose=1")) == ["query.verbose"]
    assert _wheres(ask("admin", "post", "/rounds?now=1", key="one")) == ["query.now"]
    assert _wheres(ask("admin", "get", "/customers?limit=1&limit=2")) == ["query.limit"]
    assert (
        ask("admin", "get", "/metrics/active_customers/members?cell=period=2026-03&cell=period=2026-03").status_code
        == 200
    )


def test_an_unknown_field_is_refused_by_its_name(ask: Ask) -> None:
    """Of a body, beside those it takes; and of a request that takes none. Nothing is kept."""
    person = {"name": "New", "email": "new@example.com", "role": "rep"}
    assert [
        each.rpartition(".")[2]
        for each in _wheres(ask("admin", "post", "/people", {**person, "admin": True}, key="one"))
    ] == ["admin"]
    assert [each.rpartition(".")[2] for each in _wheres(ask("admin", "post", "/rounds", {"now": True}, key="one"))] == [
        "now"
    ]
    rows = {"rows": [{"customer_id": "1"}], "table": "orders"}
    assert [
        each.rpartition(".")[2] for each in _wheres(ask("admin", "post", "/imports/customers", rows, key="one"))
    ] == ["table"]
    assert Answered.objects.count() == 0
    assert ask("admin", "post", "/rounds", {}, key="one").status_code == 202


UNREADABLE = {
    '{"rows": [{"value": NaN}]}': "NaN is no number",
    '{"rows": [{"value": 1e400}]}': "too large a number",
    '{"rows": [{"a": 1, "a": 2}]}': "'a' is said twice",
    '{"rows": [{"a": "\\ud800"}]}': "half of a letter",
    '{"rows": [{"a": %s}]}' % ("[" * 40 + "]" * 40): "nested deeper",
    '{"rows": [{"a": %s}]}' % ("[" * 50_000 + "]" * 50_000): "nested deeper",
    '{"rows": [{"a": %s}]}' % ("9" * 5_000): "digit",
    "{'": "Expecting property name",
}  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_is_no_json_is_refused_in_words(ask: Ask, body: str) -> None:
    """Numbers JSON has not, names said twice, halves of letters, nesting without end: 400, and why."""
    answer = ask("admin", "post", "/events", body, key="one")
    assert answer.status_code == 400
    assert UNREADABLE[body] in answer.json()["detail"]


def test_whole_letters_and_words_from_right_to_left_are_welcome(ask: Ask) -> None:
    """A letter of two halves is one, and marks of direction are text as any other."""
    rows = '{"rows": [{"customer_id": "1", "name": "\\ud83d\\ude00 \\u202e \\u05d0"}]}'
    assert ask("admin", "post", "/imports/customers", rows, key="one").status_code == 202


@pytest.mark.parametrize("path", ["/customers?q=%00", "/segments/count?where=%00", "/customers/a%00b", "/metrics/%00"])
def test_a_nought_is_refused(ask: Ask, path: str) -> None:
    """A character of nothing, which databases do not keep, is refused in an address as anywhere."""
    assert ask("admin", "get", path).status_code in (400, 404, 422)
