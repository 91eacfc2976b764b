"""What changes people and takes changes back."""

from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person, Record, Setting


def offer_undo(request: HttpRequest, words: str, *records: models.Model) -> None:
    """
    Tell what was done, with a way back.

    Args:
        request: Whose page shows it next.
        words: What was done, in a sentence.
        records: What was made or changed, of one kind.
    """
    numbers = ",".join(str(record.history.first().history_id) for record in records)  # type: ignore[attr-defined]
    messages.success(request, words, extra_tags=f"undo:{records[0]._meta.label_lower}:{numbers}")


def undo(person: Person, what: str) -> None:
    """
    Take changes back: what was made is withdrawn, what was changed is again as it was before.

    Args:
        person: Who asks.
        what: "app.model:1,2" of the changes, as offer_undo wrote it.

    Raises:
        ConfigError: No such change, it is somebody else's, or somebody changed the record since.
    """
    label, _colon, numbers = what.rpartition(":")
    with transaction.atomic():
        for number in numbers.split(","):
            _undo(person, _change(label, number))


def _undo(person: Person, change: Any) -> None:
    if change.history_user_id != person.pk and not person.may("audit"):
        raise ConfigError(_("Somebody else did this."), "", _("They can undo it, or a manager can."))
    newest = type(change).objects.filter(id=change.id).order_by("-history_date", "-history_id").first()
    if newest.history_id != change.history_id:
        raise ConfigError(_("It was changed again since."), "", _("Look at it, and change it by hand."))
    before = change.prev_record
    if before is not None:
        # only what the history keeps: of people it does not keep the password
        told = [field.name for field in change.tracked_fields if not field.primary_key]
        before.instance.save(force_update=True, update_fields=told)
        return
    kind = change.instance_type
    if not issubclass(kind, Record):
        raise ConfigError(_("This cannot be undone."), "", _("Change it by hand."))
    record = kind.everything.get(pk=change.id)
    record.withdrawn_at = timezone.now()
    record.save()


def _change(label: str, number: str) -> Any:
    try:
        return apps.get_model(label).history.get(history_id=int(number))
    except (LookupError, ValueError, AttributeError, models.ObjectDoesNotExist):
        raise ConfigError(_("There is no such change."), "", _("Look at it, and change it by hand.")) from None


def say_margin(percent: Decimal | None) -> Setting:
    """
    Say what is left of revenue after the cost of what was sold; what follows from it is known by the next round.

    Args:
        percent: Above 0 and at most 100; None is not known.

    Raises:
        ConfigError: The settings' file does not hold, or cannot be read.
    """
    kept = Setting.everything.filter(name="gross_margin").first() or Setting(name="gross_margin")
    kept.value = "" if percent is None else str((percent / 100).normalize())
    kept.withdrawn_at = None
    kept.save()
    return kept


def only_admin(person: Person) -> bool:
    """Whether nobody else is an administrator: without this person nobody could invite, or give the role to anybody."""
    others = Person.objects.filter(role="admin", is_active=True).exclude(pk=person.pk)
    return person.role == "admin" and person.is_active and not others.exists()


def deactivate(person: Person) -> None:
    """
    Let somebody sign in no more; what they did stays.

    Raises:
        ConfigError: They are the last administrator, or owe something: every room that holds debts is asked.
    """
    if only_admin(person):
        raise ConfigError(_("This is the only administrator."), "", _("Make somebody else an administrator first."))
    owed = [told for holds in DEBTS if (told := holds(person))]
    if owed:
        raise ConfigError(" ".join(owed), "", _("Hand them to somebody else first."))
    person.is_active = False
    person.save()


DEBTS: list[Any] = []
"""Functions of a person that say what they still owe ("3 open promises."), or nothing; rooms add theirs when they are ready."""
