"""The interface as one: every endpoint, its description, and what every answer has beside what was asked."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from keepwell.web.api import problems
from keepwell.web.api.rest import (
    board,
    customers,
    experiments,
    imports,
    interviews,
    jobs,
    me,
    measures,
    meetings,
    people,
    plans,
    promises,
    renewals,
    today,
    touches,
)
from keepwell.web.api.strict import Reader, strict

_ABOUT = (
    "Everything a token's person may do on the desk, for programs. Writes carry an Idempotency-Key and are done once; "
    "lists go on with the cursor next; errors are problem details (RFC 9457)."
)


class Interface(NinjaAPI):
    """The desk's interface; its description says in what form problems come."""

    def get_openapi_schema(self, **said: Any) -> OpenAPISchema:
        """The description (OpenAPI 3.1); put together once, for it takes most of a second. Nothing in its addresses differs."""
        return self._described if not any(said.values()) else self.described(**said)

    @cached_property
    def _described(self) -> OpenAPISchema:
        return self.described()

    def described(self, **said: Any) -> OpenAPISchema:
        """The description, put together anew."""
        schema = super().get_openapi_schema(**said)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {problems.TYPE: next(iter(answer["content"].values()))}
        return schema


api = Interface(title="Keepwell", version="1", description=_ABOUT, docs_url=None, urls_namespace="api", parser=Reader())
api.add_decorator(strict, mode="operation")


def _told(_request: HttpRequest, fault: Any) -> HttpResponse:
    return problems.of(fault)


for _kind in (
    Exception,
    HttpError,
    ValidationError,
    Http404,
):  # each by its name: the framework has handlers of its own
    api.add_exception_handler(_kind, _told)
_ROOMS = (
    me,
    customers,
    today,
    promises,
    touches,
    meetings,
    plans,
    renewals,
    interviews,
    measures,
    board,
    experiments,
    imports,
    jobs,
    people,
)
for _room in _ROOMS:
    api.add_router("", _room.router)
