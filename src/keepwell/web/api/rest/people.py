"""People: who signs in, for administrators."""

# ruff: noqa: ARG001  the framework reads what a view takes

from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from keepwell.errors import ConfigError
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Body, Cursor, Key, Limit, page
from keepwell.web.api.tokens import Bearer
from keepwell.web.base import actions
from keepwell.web.base.forms import Invitation
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach, Role

router = Router(tags=["People"])

_ADMIN = Bearer(Scope.ADMIN, "people")


class Somebody(Schema):
    """Somebody who signs in."""

    id: str
    name: str
    email: str
    role: Role
    reach: Reach
    team: str | None
    active: bool


class Everybody(Schema):
    """A page of people."""

    items: list[Somebody]
    next: str | None


class Invited(Body):
    """Somebody new; they sign in by single sign-on, or with the link an administrator makes on the desk."""

    name: str = Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")
    email: str = Field(min_length=3, max_length=254, pattern=r"^[^\x00]*$")
    role: Role
    reach: Reach | None = Field(None, description="How far they see; null is what is usual for the role.")
    team: UUID | None = None
    known_as: list[str] = Field([], max_length=20, description="How the data name them as an owner.")


def _told(person: Person) -> Somebody:
    return Somebody(
        id=str(person.pk), name=person.name, email=person.email, role=Role(person.role), reach=Reach(person.reach),
        team=str(person.team_id) if person.team_id else None, active=person.is_active,
    )  # fmt: skip


@router.get("/people", auth=_ADMIN, response={200: Everybody, **PROBLEMS}, operation_id="people")
def people(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Everybody:
    """Everybody who signs in, or did."""
    listed = Person.objects.order_by("id")
    if last := cursors.after(request, cursor):
        listed = listed.filter(id__gt=UUID(last))
    found, more = page(listed[: limit + 1], limit)
    return Everybody(
        items=[_told(each) for each in found], next=cursors.before(request, str(found[-1].pk)) if more else None
    )


@router.get("/people/{uuid:id}", auth=_ADMIN, response={200: Somebody, **PROBLEMS}, operation_id="person")
def somebody(request: HttpRequest, id: UUID) -> Somebody:
    """One person."""
    return _told(_person(id))


@router.post("/people", auth=_ADMIN, response={201: Somebody, **PROBLEMS}, operation_id="invite")
@once(201)
def invite(request: HttpRequest, said: Invited, idempotency_key: Key) -> Deed:
    """Let somebody new sign in."""
    asked = {**said.model_dump(exclude_none=True, exclude={"known_as"}), "known_as": "\n".join(said.known_as)}
    form = Invitation(asked)
    if not form.is_valid():
        told = "; ".join(f"{name}: {' '.join(map(str, lines))}" for name, lines in form.errors.items())
        raise ConfigError(told)

    def deed() -> Somebody:
        made = form.save(commit=False)
        made.set_unusable_password()
        made.save()
        return _told(made)

    return deed


@router.post(
    "/people/{uuid:id}/deactivate", auth=_ADMIN, response={200: Somebody, **PROBLEMS}, operation_id="deactivate"
)
@once(200)
def deactivate(request: HttpRequest, id: UUID, idempotency_key: Key) -> Deed:
    """Let somebody sign in no more; their tokens end with them."""
    known = _person(id)

    def deed() -> Somebody:
        if known.is_active:
            actions.deactivate(known)
        return _told(known)

    return deed


def _person(id: UUID) -> Person:
    found = Person.objects.filter(pk=id).first()
    if found is None:
        raise Http404
    return found
