"""What people decide of the rows of Today."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.settling import FIGURES, Decided
from keepwell.act.today import Row
from keepwell.errors import ConfigError
from keepwell.schema.clock import day_number
from keepwell.web.base.models import Person
from keepwell.web.today.models import Decision, Kind

HOLDS = {Kind.DONE: 30, Kind.NOT_RIGHT: 90, Kind.HANDED: 30}
"""Days a decision holds, unless the evidence changes before; of a snooze the person says."""


def decide(
    row: Row,
    kind: Kind,
    morning: date,
    *,
    until: date | None = None,
    because: str = "",
    outcome: str = "",
    to: Person | None = None,
) -> list[Decision]:
    """
    Settle every reason of one row.

    Args:
        row: The customer with the reasons of the morning.
        kind: What was decided.
        morning: Of the round the row was read from.
        until: How long a snooze holds.
        because: Why, or a note.
        outcome: What came of it, of what is done.
        to: Who takes it over.

    Returns:
        One decision a reason, sharing what was said.

    Raises:
        ConfigError: A snooze without a day ahead or without a reason, "not right" without one, or nobody to hand it to.
    """
    _refuse(kind, morning, until, because, to)
    ends = until or morning + timedelta(days=HOLDS.get(kind, 30))
    with transaction.atomic():
        return [
            Decision.objects.create(
                customer_id=row.customer_id, reason=reason, kind=kind, morning=morning, until=ends, because=because[:500],
                outcome=outcome, to=to, **row.evidence.get(reason, {}),
            )
            for reason, _words in row.reasons
        ]  # fmt: skip


def _refuse(kind: Kind, morning: date, until: date | None, because: str, to: Person | None) -> None:
    if kind == Kind.SNOOZED and (until is None or until <= morning):
        raise ConfigError(_("A snooze needs a day ahead."), "", _("Choose until when it may wait."))
    if kind in (Kind.SNOOZED, Kind.NOT_RIGHT) and not because.strip():
        raise ConfigError(
            _("No reason was given."), _("Who comes after you wants to know why."), _("Say it in a few words.")
        )
    if kind == Kind.HANDED and (to is None or not to.is_active):
        raise ConfigError(_("Nobody was named to take it over."), "", _("Choose somebody who signs in here."))


def bring_back(decisions: "QuerySet[Decision]") -> list[Decision]:
    """
    Take decisions back, so that what they hid shows again.

    Raises:
        ConfigError: There are none.
    """
    with transaction.atomic():
        found = list(decisions.select_for_update().order_by("created_at", "id"))
        if not found:
            raise ConfigError(_("Nothing you settled is hidden there any more."), "", _("Load the page again."))
        now = timezone.now()
        for each in found:
            each.withdrawn_at = now
            each.save()
    return found


def decided(morning: date) -> dict[tuple[str, str], Decided]:
    """Customer and reason -> the newest decision of it that still holds on a morning."""
    holding = Decision.objects.filter(until__gt=morning).order_by("created_at", "id")
    return {
        (customer, reason): Decided(day_number(day), day_number(until), dict(zip(FIGURES, figures, strict=True)))
        for customer, reason, day, until, *figures in holding.values_list(
            "customer_id", "reason", "morning", "until", *FIGURES
        )
    }


def handed_to(people: Sequence[Person], morning: date) -> frozenset[str]:
    """Customers somebody handed to these people, as long as that holds."""
    held = Decision.objects.filter(kind=Kind.HANDED, to__in=people, until__gt=morning)
    return frozenset(held.values_list("customer_id", flat=True))
