"""Is a write done once, however often it is asked for? Its key, its answer and its effect are kept together or not at all."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Schema
from ninja.errors import HttpError, ValidationError

from keepwell.errors import KeepwellError
from keepwell.web.api.models import Answered
from keepwell.web.api.problems import refusal
from keepwell.web.api.tokens import person

KEPT = timedelta(days=2)
"""How long an answer is given again."""

Deed = Callable[[], Schema | dict[str, Any]]


def once(status: int = 200) -> Callable[[Callable[..., Deed]], Callable[..., HttpResponse]]:
    """
    A write of the interface; its view looks and refuses, and gives back the deed, which is done in one transaction with its answer.

    Args:
        status: Of the answer when it is done.
    """

    def marked(view: Callable[..., Deed]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, idempotency_key: str, **said: Any) -> HttpResponse:
            asked = name(request)
            known = _known(request, idempotency_key, asked)
            if known:
                return known
            try:
                deed = view(request, idempotency_key=idempotency_key, **said)
            except (KeepwellError, HttpError, ValidationError):
                if known := _known(request, idempotency_key, asked):  # done in the meantime by the same request
                    return known
                raise
            return _done(request, idempotency_key, asked, deed, status)

        return answer

    return marked


def name(request: HttpRequest) -> str:
    """What is asked: its address and its body."""
    return sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()


def _known(request: HttpRequest, key: str, asked: str) -> HttpResponse | None:
    found = Answered.objects.filter(person=person(request), key=key, created_at__gt=timezone.now() - KEPT).first()
    if found is None:
        return None
    if found.digest != asked:
        raise refusal(409, "This Idempotency-Key was used for another request.", kind="idempotency-key-reused")
    return _answer(found.status, found.body, again=True)


def _done(request: HttpRequest, key: str, asked: str, deed: Deed, status: int) -> HttpResponse:
    me = person(request)
    try:
        with transaction.atomic():
            Answered.objects.filter(created_at__lte=timezone.now() - KEPT).delete()
            claimed = Answered.objects.create(person=me, key=key, digest=asked)
            made = deed()
            told = made.model_dump(mode="json") if isinstance(made, Schema) else made
            claimed.status, claimed.body = status, json.dumps(told, cls=DjangoJSONEncoder)
            claimed.save()
    except IntegrityError:
        if known := _known(request, key, asked):  # the same request at the same moment was first
            return known
        raise
    return _answer(claimed.status, claimed.body)


def _answer(status: int, body: str, *, again: bool = False) -> HttpResponse:
    response = HttpResponse(body, status=status, content_type="application/json")
    if again:
        response["Idempotent-Replayed"] = "true"
    return response
