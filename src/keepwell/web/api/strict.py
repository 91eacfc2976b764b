"""Did a program say only what is understood? JSON as its standard has it, and no parameter or field nobody reads."""

import json
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from ninja.errors import ValidationError
from ninja.parser import Parser

DEEPEST = 20
"""How deep a body is nested at most."""

_LONE = re.compile(rb"\\u[dD][89a-fA-F]")


class Reader(Parser):
    """JSON without NaN, Infinity, names said twice, halves of letters, and nesting no request needs."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """
        The body.

        Raises:
            ValueError: It is not such JSON; said in words.
        """
        try:
            said: dict[str, Any] = json.loads(
                request.body, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_once_each
            )
        except RecursionError:
            raise ValueError(_DEEP) from None
        _refuse_deep(said)
        if _LONE.search(request.body):
            _refuse_halves(request.body, said)
        return said


_DEEP = f"It is nested deeper than {DEEPEST} levels."


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON.")


def _finite(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{word[:40]} is too large a number.")
    return number


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:80]!r} is said twice.")
    return said


def _refuse_deep(said: Any) -> None:
    level = [said]
    for _depth in range(DEEPEST):
        level = [
            each
            for whole in level
            for each in (whole.values() if isinstance(whole, dict) else whole)
            if isinstance(each, dict | list)
        ] if isinstance(said, dict | list) else []  # fmt: skip
        if not level:
            return
    raise ValueError(_DEEP)


def _refuse_halves(body: bytes, said: Any) -> None:
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        at = _LONE.search(body)
        where = at.start() if at else 0
        raise ValueError(f"It holds half of a letter, near character {where}.") from None


def strict(view: Callable[..., Any]) -> Callable[..., Any]:
    """An operation that refuses what its description does not name, in its address and in its body."""
    models = view._ninja_operation.models  # type: ignore[attr-defined]
    asked = [model for model in models if model.__ninja_param_source__ == "query"]
    known = {name for model in asked for name in model.__ninja_flatten_map__}
    many = {name for model in asked for name in getattr(model, "__ninja_collection_fields__", ())}
    bodied = any(model.__ninja_param_source__ == "body" for model in models)

    @wraps(view)
    def answer(request: HttpRequest, **said: Any) -> Any:
        faults = [*_faults(request, known, many), *([] if bodied else _unread(request))]
        if faults:
            told = [{"loc": ("query" if asked else "body", name), "msg": words} for asked, name, words in faults]
            raise ValidationError(told)
        if any(isinstance(value, str) and "\x00" in value for value in said.values()):
            raise Http404
        return view(request, **said)

    return answer


def _faults(request: HttpRequest, known: set[str], many: set[str]) -> Iterator[tuple[bool, str, str]]:
    takes = f"It takes {', '.join(sorted(known))}." if known else "It takes none."
    for name, values in request.GET.lists():
        if name not in known:
            yield True, name[:80], f"This address has no such parameter. {takes}"
        elif len(values) > 1 and name not in many:
            yield True, name, "This is said more than once."
        elif any("\x00" in value for value in values):
            yield True, name, "This holds a character of nothing (NUL)."


def _unread(request: HttpRequest) -> Iterator[tuple[bool, str, str]]:
    """What stands in a body nobody reads."""
    if request.method == "GET" or not request.body:
        return
    try:
        said = Reader().parse_body(request)
    except ValueError as fault:
        yield False, "body", str(fault)
        return
    for name in said if isinstance(said, dict) else ["body"]:
        yield False, str(name)[:80], "This endpoint takes no body."
