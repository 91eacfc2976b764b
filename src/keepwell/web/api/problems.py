"""What is an error to a program? Problem details (RFC 9457), whatever went wrong and wherever."""

import json
import logging
from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import RawPostDataException
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ConfigDict, Field

from keepwell.errors import ExpressionError, KeepwellError, LakeBusyError

LARGEST = 16 * 2**20
"""Bytes of a request."""

TYPE = "application/problem+json"

BODY = "said"
"""What views call the body of a request."""


class Fault(Schema):
    """One thing that is wrong with a request."""

    where: str = Field(description="Where it stands, such as body.rows.0 or query.limit.")
    says: str = Field(description="What is wanted.")


class Problem(Schema):
    """What went wrong, after RFC 9457."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"required": ["type", "title", "status"]})

    type: str = Field("about:blank", description="Names the kind of problem.")
    title: str = Field("", description="The kind of problem in words.")
    status: int = Field(400, description="The status of the answer.")
    detail: str | None = Field(None, description="What came, what was wanted, and what to do.")
    came: str | None = None
    wanted: str | None = None
    todo: str | None = None
    at: int | None = Field(None, description="Of an expression: the character where it went wrong, 0 is the first.")
    errors: list[Fault] | None = None


PROBLEMS = dict.fromkeys((400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503), Problem)
"""Every endpoint may answer these."""


def refusal(status: int, detail: str, *, kind: str = "", **headers: str) -> HttpError:
    """
    What is raised to refuse a request.

    Args:
        status: Of the answer.
        detail: In words.
        kind: Names the kind where the status does not say enough.
        headers: Of the answer, with _ for -.
    """
    fault = HttpError(status, detail)
    fault.kind = kind  # type: ignore[attr-defined]
    fault.headers = {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[attr-defined]
    return fault


def problem(status: int, detail: str = "", *, kind: str = "", **more: Any) -> HttpResponse:
    """
    An answer that says what went wrong.

    Args:
        status: Of the answer.
        detail: In words.
        kind: Names the kind where the status does not say enough.
        more: Further members.
    """
    told = {
        "type": f"urn:keepwell:problem:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    told |= {name: value for name, value in {"detail": detail, **more}.items() if value not in ("", None)}
    return HttpResponse(json.dumps(told), status=status, content_type=TYPE)


def _where(place: Sequence[Any]) -> str:
    """As whoever sent it knows it: they never heard what our views call a body."""
    return ".".join(str(each) for at, each in enumerate(place) if (at, each) != (1, BODY))


def of(fault: Exception) -> HttpResponse:
    """The problem an exception stands for."""
    if isinstance(fault, KeepwellError):
        return _refused(fault)
    if isinstance(fault, ValidationError):
        errors = [{"where": _where(each["loc"]), "says": str(each["msg"])} for each in fault.errors]
        return problem(422, "The request is not as the description of this endpoint wants it.", errors=errors[:100])
    if isinstance(fault, AuthenticationError):
        answer = problem(401, "A token is wanted: Authorization: Bearer kw_…. People make theirs under Settings.")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(fault, HttpError):
        answer = problem(fault.status_code, _words(fault), kind=getattr(fault, "kind", ""))
        for name, value in getattr(fault, "headers", {}).items():
            answer[name] = value
        return answer
    if isinstance(fault, Http404):
        return problem(404, "There is nothing here, or it is not yours to see.")
    if isinstance(fault, RequestDataTooBig | RawPostDataException):
        return problem(413, f"A request has at most {LARGEST // 2**20} MB.")
    if isinstance(fault, PermissionDenied):
        return problem(403, "This is not open to you.")
    logging.getLogger("keepwell.api").error("An answer failed", exc_info=fault)
    return problem(500, "This went wrong on our side; it is written down there.")


def _words(fault: HttpError) -> str:
    """What an error says; of a body that cannot be read also why."""
    said = str(fault).rstrip(".") + "."
    return f"{said} {fault.__cause__}" if isinstance(fault.__cause__, ValueError) else said


def _refused(fault: KeepwellError) -> HttpResponse:
    busy = isinstance(fault, LakeBusyError)
    at = fault.at if isinstance(fault, ExpressionError) else None
    answer = problem(
        503 if busy else 400, str(fault), kind="refused", came=fault.came, wanted=fault.wanted, todo=fault.todo, at=at
    )
    if busy:
        answer["Retry-After"] = "5"
    return answer


def told(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose every fault is told as a problem, whose body is bounded, and whose answers have a tag."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _refuse_body(request)
            response = view(request, *args, **kwargs)
        except Exception as fault:  # noqa: BLE001  whatever it is, a program gets a problem and no page
            response = of(fault)
        return _finished(request, response)

    return answer


def _refuse_body(request: HttpRequest) -> None:
    """Bound what is read, and want JSON."""
    if request.method in ("GET", "HEAD"):
        return
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise RequestDataTooBig
    if body and request.content_type != "application/json":
        raise refusal(415, "The body is wanted as JSON: Content-Type: application/json.")
    request._body = body


def _finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code == 405 and response.get("Content-Type") != TYPE:
        allowed = response.get("Allow", "")
        response = problem(405, f"This address takes {allowed}.")
        response["Allow"] = allowed
    for name, value in getattr(request, "allowance", {}).items():
        response[name] = value
    if request.method == "GET" and response.status_code == 200 and isinstance(response, HttpResponse):
        tag = f'"{sha256(response.content).hexdigest()[:32]}"'
        if tag in request.headers.get("If-None-Match", ""):
            kept = {name: value for name, value in response.items() if name.startswith("RateLimit")}
            response = HttpResponse(status=304, headers=kept)
        response["ETag"] = tag
    return response
