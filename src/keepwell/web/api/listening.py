"""What of the other rooms is announced? Records they make or change; rooms that do more announce it themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_save

from keepwell.web.api.actions import announce
from keepwell.web.interviews.models import Interview, Loss
from keepwell.web.interviews.models import State as Stands
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import SignOff
from keepwell.web.promises.models import PROMISED, Promise
from keepwell.web.promises.models import State as Fate
from keepwell.web.today.models import Decision
from keepwell.web.touches.models import State as Done
from keepwell.web.touches.models import Touch


@dataclass(frozen=True)
class Heard:
    """
    What becomes an event.

    Args:
        kind: One of EVENTS.
        of: The records.
        says: Fields that are told, beside the record's id.
        when: Whether a record as it now stands is one; the same twice is announced once.
        once: What makes it another one, beside the record's id: such as the moment it was closed.
    """

    kind: str
    of: type[Model]
    says: tuple[str, ...]
    when: Callable[[Any], bool] = lambda _record: True
    once: tuple[str, ...] = ()


HEARD = (
    Heard("decision.made", Decision, ("customer_id", "reason", "kind", "until")),
    Heard("promise.given", Promise, ("customer_id", "text", "sort", "by_id", "due_at"), lambda it: it.state == Fate.OPEN),
    Heard("promise.closed", Promise, ("customer_id", "text", "state", "by_id", "closed_at"),
          lambda it: it.state in PROMISED and it.state != Fate.OPEN, ("state", "closed_at")),
    Heard("touch.logged", Touch, ("customer_id", "direction", "channel", "at", "by_id", "question"),
          lambda it: it.state == Done.DONE),
    Heard("meeting.noted", Meeting, ("customer_id", "starts_at", "sentiment", "noted_at"),
          lambda it: it.noted_at is not None, ("noted_at",)),
    Heard("interview.held", Interview, ("customer_id", "kind", "codes", "held_at"), lambda it: it.state == Stands.DONE),
    Heard("loss.told", Loss, ("customer_id", "left_on", "root"), once=("root",)),
    Heard("plan.signed", SignOff, ("version_id", "function", "person_id")),
)  # fmt: skip


def begin() -> None:
    """Listen to the rooms."""
    for heard in HEARD:
        post_save.connect(partial(_saved, heard), sender=heard.of, dispatch_uid=f"api.{heard.kind}", weak=False)


def _saved(heard: Heard, instance: Any, *, created: bool, raw: bool = False, **_said: Any) -> None:
    if raw:
        return
    stands = instance.withdrawn_at is None and heard.when(instance)
    if not created and not stands:
        _undone(heard, instance)
    if not stands or (not created and _was(heard, instance)):
        return
    told = {"id": str(instance.pk)} | {name: _plain(getattr(instance, name)) for name in heard.says}
    announce(heard.kind, told, key=":".join([str(instance.pk), *(str(getattr(instance, name)) for name in heard.once)]))


def _undone(heard: Heard, instance: Any) -> None:
    """What was told is so no more: withdrawn, or taken back to what it was before; a given promise that is kept is not undone."""
    if (instance.withdrawn_at is not None or heard.once) and _before(heard, instance):
        told = {"id": str(instance.pk), "of": heard.kind, "customer_id": getattr(instance, "customer_id", None)}
        announce("record.undone", told, key=f"{instance.pk}:{instance.history.first().history_id}")


def _before(heard: Heard, instance: Any) -> Any:
    """What it was before it was saved, where that was told of; None where it was not."""
    was = next(iter(instance.history.all()[1:2]), None)
    return was.instance if was and was.withdrawn_at is None and heard.when(was.instance) else None


def _was(heard: Heard, instance: Any) -> bool:
    """Whether it was one before it was saved: whoever listens since then is not told that it happened now."""
    before = _before(heard, instance)
    return before is not None and all(getattr(before, name) == getattr(instance, name) for name in heard.once)


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool | list) else str(value)
