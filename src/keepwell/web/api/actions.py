"""What makes tokens, endpoints and deliveries, and tells programs what happened."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.errors import ConfigError
from keepwell.web.api import webhooks
from keepwell.web.api.models import SCOPE_RIGHTS, Delivery, Endpoint, Fate, Scope, Token
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.work.queue import ask

PREFIX = "kw_"
"""How a token begins, so that it is known for one where it was left lying."""

EVENTS: dict[str, Any] = {
    "round.done": gettext_lazy("A round was taken"),
    "import.done": gettext_lazy("Rows brought by a program are in"),
    "decision.made": gettext_lazy("Somebody decided of a customer on Today"),
    "promise.given": gettext_lazy("A promise was given"),
    "promise.closed": gettext_lazy("A promise was kept, broken or released"),
    "touch.logged": gettext_lazy("A contact was logged"),
    "meeting.noted": gettext_lazy("The note of a meeting was written"),
    "interview.held": gettext_lazy("An interview was held"),
    "loss.told": gettext_lazy("Somebody said why a customer was lost"),
    "plan.signed": gettext_lazy("A plan was signed"),
    "record.undone": gettext_lazy("What was told of here was taken back"),
}
"""What can be announced, in words; a room that announces more adds it here when it is ready."""


def digest(token: str) -> str:
    """What is kept of a token: of 256 random bits a plain digest cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def offered(person: Person) -> list[Scope]:
    """Scopes that would bring a person something."""
    return [scope for scope in Scope if person.may(SCOPE_RIGHTS[scope])]


def make_token(person: Person, name: str, scopes: Sequence[str], days: int) -> tuple[Token, str]:
    """
    A token of a person's own.

    Args:
        person: For whom it speaks.
        name: What it is for.
        scopes: What it may do.
        days: How long it holds, 1 to 366.

    Returns:
        What is kept, and the token itself, which is told here once and kept nowhere.

    Raises:
        ConfigError: Nothing it may do, or more than the person's role brings.
    """
    wanted = [scope for scope in Scope if scope in scopes]
    if not wanted or not set(wanted) <= set(offered(person)) or not 1 <= days <= 366:
        raise ConfigError(
            _("This token would bring nothing, or more than you have."), "", _("Choose among what is offered.")
        )
    told = PREFIX + secrets.token_urlsafe(32)
    ends = timezone.now() + timedelta(days=days)
    made = Token.objects.create(person=person, name=name, scopes=wanted, digest=digest(told), expires_at=ends)
    return made, told


def revoke(person: Person, token: Token) -> None:
    """
    End a token at once.

    Raises:
        ConfigError: It is somebody else's, and one is no administrator.
    """
    if token.person_id != person.pk and not person.may("people"):
        raise ConfigError(_("This is somebody else's token."), "", _("They can revoke it, or an administrator can."))
    token.withdrawn_at = timezone.now()
    token.save()


def make_endpoint(person: Person, url: str, events: Sequence[str], *, private: bool) -> tuple[Endpoint, str]:
    """
    Somebody to tell.

    Args:
        person: Who asks.
        url: Where they are told.
        events: Of what.
        private: Whether the address may lie inside.

    Returns:
        The endpoint, and the secret its messages are signed with, which is told here once.

    Raises:
        ConfigError: The address cannot be used, no known event was chosen, or the person does not see every customer.
    """
    webhooks.refuse_address(url, private=private)
    if not events or not set(events) <= set(EVENTS):
        raise ConfigError(_("No event was chosen."), "", _("Choose what they are told."))
    if not _whole(person):
        raise ConfigError(
            _("An endpoint is told of every customer, and you do not see every customer."),
            "",
            _("An administrator who sees all customers can make it."),
        )
    made = Endpoint.objects.create(
        url=url, events=sorted(events), private=private, turn=secrets.token_hex(16), created_by=person
    )
    return made, webhooks.secret(made)


def _whole(person: Person | None) -> bool:
    return person is not None and person.is_active and person.may("people") and person.reach == Reach.ALL


def announce(kind: str, about: dict[str, Any], *, key: str | None = None) -> int:
    """
    Tell every endpoint that wants to know; in the transaction of the change, so that either both are or neither.

    Args:
        kind: One of EVENTS.
        about: What happened, as JSON can hold it.
        key: Announced again under the same key it is the same event; None is always a new one.

    Returns:
        How many deliveries were made.
    """
    wanting = [
        each
        for each in Endpoint.objects.select_related("created_by")
        if kind in each.events and _whole(each.created_by)
    ]
    event = uuid.uuid5(uuid.NAMESPACE_URL, f"keepwell:{kind}:{key}") if key else uuid.uuid4()
    return sum(_deliver(endpoint, event, kind, about) for endpoint in wanting)


def _deliver(endpoint: Endpoint, event: uuid.UUID, kind: str, about: dict[str, Any]) -> bool:
    said = {"type": kind, "timestamp": timezone.now().isoformat(), "data": about}
    with transaction.atomic():
        made, new = Delivery.objects.get_or_create(
            endpoint=endpoint, event=event, defaults={"kind": kind, "body": json.dumps(said, separators=(",", ":"))}
        )
        if new:
            ask_try(made, 0)
    return new


def ask_try(delivery: Delivery, wait: float) -> None:
    """
    Ask the worker for the next try.

    Args:
        delivery: What is to be told.
        wait: Seconds from now.
    """
    from keepwell.web.api.tasks import tell

    delivery.next_at = timezone.now() + timedelta(seconds=wait)
    delivery.save(update_fields=["next_at"])
    key = f"webhook:{delivery.pk}:{delivery.round}:{delivery.tries}"
    lane = f"webhook:{delivery.endpoint_id.hex[-24:]}"
    ask(tell.using(run_after=delivery.next_at), lane=lane, key=key, delivery=str(delivery.pk), tries=delivery.tries)


def again(delivery: Delivery) -> None:
    """
    Tell it once more, from the first try on, under the same id.

    Raises:
        ConfigError: It still waits, or its endpoint is told nothing any more.
    """
    if delivery.state == Fate.WAITING:
        raise ConfigError(_("It waits for its next try already."), "", "")
    if delivery.endpoint.withdrawn_at:
        raise ConfigError(_("This endpoint is told nothing any more."), "", _("Make a new one."))
    with transaction.atomic():
        free = Delivery.objects.filter(pk=delivery.pk, round=delivery.round).exclude(state=Fate.WAITING)
        if free.update(state=Fate.WAITING, round=delivery.round + 1, tries=0, claimed_at=None):
            delivery.refresh_from_db()
            ask_try(delivery, 0)
