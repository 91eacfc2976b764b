"""The interface as one: every endpoint, its description, and what every answer has beside what was asked."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from keepwell.web.api import problems
from keepwell.web.api.rest import customers, imports, jobs, me, measures, people, today

_ABOUT = (
    "Everything a token's person may do on the desk, for programs. Writes carry an Idempotency-Key and are done once; "
    "lists go on with the cursor next; errors are problem details (RFC 9457)."
)


class _Strict(Parser):
    """JSON as its standard has it: without NaN and Infinity."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(request.body, parse_constant=self._refuse)
        return said

    @staticmethod
    def _refuse(word: str) -> float:
        raise ValueError(word)


class Interface(NinjaAPI):
    """The desk's interface; its description says in what form problems come."""

    def get_openapi_schema(self, **said: Any) -> OpenAPISchema:
        """The description (OpenAPI 3.1)."""
        schema = super().get_openapi_schema(**said)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {problems.TYPE: next(iter(answer["content"].values()))}
        return schema


api = Interface(
    title="Keepwell", version="1", description=_ABOUT, docs_url=None, urls_namespace="api", parser=_Strict()
)


def _told(_request: HttpRequest, fault: Any) -> HttpResponse:
    return problems.of(fault)


for _kind in (
    Exception,
    HttpError,
    ValidationError,
    Http404,
):  # each by its name: the framework has handlers of its own
    api.add_exception_handler(_kind, _told)
for _room in (me, customers, today, measures, imports, jobs, people):
    api.add_router("", _room.router)
