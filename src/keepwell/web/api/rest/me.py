"""Who am I to the desk?"""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.tokens import Bearer, person

router = Router(tags=["Me"])


class Me(Schema):
    """For whom a token speaks, and what it may."""

    id: str
    name: str
    email: str
    role: str
    reach: str
    token: str
    scopes: list[str]
    expires_at: datetime


@router.get("/me", auth=Bearer(Scope.READ, "self"), response={200: Me, **PROBLEMS}, operation_id="me")
def me(request: HttpRequest) -> Me:
    """For whom this token speaks, what it is for, and until when."""
    who, token = person(request), request.auth  # type: ignore[attr-defined]
    return Me(
        id=str(who.pk), name=who.name, email=who.email, role=who.role, reach=who.reach,
        token=token.name, scopes=token.scopes, expires_at=token.expires_at,
    )  # fmt: skip
