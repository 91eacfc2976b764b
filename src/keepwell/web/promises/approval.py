"""Who lets a promise of the list be given? Somebody named, not oneself: until they decide it is not promised."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.promises.actions import APPROVES, may_approve
from keepwell.web.promises.models import Promise, State


def to_decide(people: list[Person]) -> QuerySet[Promise]:
    """Promises that wait for the approval of people; the first to fall due first."""
    return (
        Promise.objects.filter(approver__in=people, state=State.WAITING).select_related("by").order_by("due_at", "pk")
    )


def decides(person: Person) -> str:
    """How many promises wait for a person, in a sentence; "" where none does."""
    n = Promise.objects.filter(approver=person, state=State.WAITING).count()
    told = ngettext("%(n)d promise waits for the approval of %(name)s.", "%(n)d promises wait for the approval of %(name)s.", n)  # fmt: skip
    return told % {"name": person, "n": n} if n else ""


def _waiting(id: UUID) -> Promise:
    known = Promise.objects.select_for_update(of=("self",)).select_related("by", "created_by", "approver")
    found = known.get(pk=id)
    if found.state != State.WAITING:
        told = _("This promise does not wait for an approval any more: %(state)s.") % {
            "state": found.get_state_display()
        }
        raise ConfigError(told, "", _("Load the page again."))
    return found


def _mine(found: Promise, me: Person) -> None:
    """Nobody but the one who was named decides, and nobody their own."""
    if me in (found.by, found.created_by):
        raise ConfigError(_("This is your own promise."), _("Somebody else approves it."), _("Ask another approver."))
    if found.approver != me or not me.may(APPROVES):
        raise ConfigError(
            _("It waits for somebody else."), _("%(name)s decides.") % {"name": found.approver}, _("Ask another approver.")
        )  # fmt: skip


@transaction.atomic
def approve(id: UUID, me: Person, now: datetime) -> Promise:
    """
    Let a promise be given: from now on it is promised.

    Args:
        id: Of the promise.
        me: Who approves.
        now: The moment.

    Raises:
        ConfigError: It is one's own, waits for somebody else or for nobody any more, or its moment has passed.
    """
    found = _waiting(id)
    _mine(found, me)
    if found.due_at <= now:
        raise ConfigError(
            _("Its moment has passed."), _("Nothing can be promised for a moment that has passed."), _("Do not approve it; another can be promised.")
        )  # fmt: skip
    found.state, found.approved_at, found.agreed_at = State.OPEN, now, now
    found.save()
    return found


@transaction.atomic
def refuse(id: UUID, me: Person, because: str, now: datetime) -> Promise:
    """
    Do not let a promise be given.

    Raises:
        ConfigError: Without why, it is one's own, or waits for somebody else or for nobody any more.
    """
    if not because.strip():
        raise ConfigError(
            _("Nothing says why it is not approved."), "", _("Say why, so that the customer can be told.")
        )
    found = _waiting(id)
    _mine(found, me)
    found.state, found.closed_at, found.evidence = State.REFUSED, now, because.strip()
    found.save()
    return found


@transaction.atomic
def ask_another(id: UUID, approver: Person) -> Promise:
    """
    Ask somebody else to approve.

    Raises:
        ConfigError: They cannot, or it waits for nobody any more.
    """
    found = _waiting(id)
    found.approver = approver
    may_approve(found)
    found.save()
    return found
