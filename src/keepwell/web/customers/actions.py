"""What people do to a customer's page: seats taken and left, goals measured, words and needs written down, keeping decided."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Role
from keepwell.web.customers.models import Function, Goal, Measured, Need, Said, Seat, Words

_FITTING = {
    Function.SALES: (Role.REP, Role.MANAGER),
    Function.SUCCESS: (Role.SUCCESS, Role.MANAGER),
    Function.MARKETING: (Role.MARKETER, Role.MANAGER),
    Function.SUPPORT: (Role.SUCCESS, Role.REP, Role.MANAGER),
}

WITHDRAWN: dict[str, type[Said]] = {"goal": Goal, "words": Words, "need": Need}
"""What can be taken back long after it was written."""


def today_in(zone: str) -> Any:
    """The day it is where the company is."""
    return datetime.now(ZoneInfo(zone)).date()


def seat(customer_id: str, function: Function, person: Person | None) -> list[Seat]:
    """
    Give a seat to somebody, or leave it empty; who had it keeps it in the history.

    Args:
        customer_id: The customer.
        function: Which seat.
        person: Who has it from now on; None is nobody.

    Returns:
        What changed, in the order in which it is undone.

    Raises:
        ConfigError: Nothing would change, or they sign in no more.
    """
    if person is not None and not person.is_active:
        raise ConfigError(
            _("%(name)s signs in no more.") % {"name": person}, "", _("Choose somebody who signs in here.")
        )
    try:
        with transaction.atomic():
            held = (
                Seat.objects.select_for_update().filter(customer_id=customer_id, function=function, until=None).first()
            )
            if (held.person_id if held else None) == (person.pk if person else None):
                raise ConfigError(_("Nothing would change: the seat is as you want it."), "", _("Load the page again."))
            changed: list[Seat] = []
            if held is not None:
                held.until = timezone.now()
                held.save()
                changed = [held]
            if person is not None:
                changed.insert(0, Seat.objects.create(customer_id=customer_id, function=function, person=person))
            return changed
    except IntegrityError:
        raise ConfigError(
            _("Somebody else changed this seat in the same moment."), "", _("Load the page again and look at it.")
        ) from None


def warnings(seats: dict[str, Seat | None], owner: str | None) -> list[str]:
    """What is not well with a customer's team, in sentences."""
    held = [each for each in seats.values() if each]
    told = [
        _("%(name)s signs in no more and still has the seat of %(seat)s.") % {"name": each.person, "seat": each.get_function_display()}
        for each in held
        if not each.person.is_active
    ]  # fmt: skip
    told += [
        _("%(name)s (%(role)s) has the seat of %(seat)s.")
        % {"name": each.person, "role": each.person.get_role_display(), "seat": each.get_function_display()}
        for each in held
        if each.person.role not in _FITTING[Function(each.function)]
    ]
    if not owner and not seats[Function.SALES] and not seats[Function.SUCCESS]:
        told.append(
            _("Nobody owns this customer: the data name no owner, and the seats of sales and success are empty.")
        )
    if len(held) > 1 and len({each.person_id for each in held}) == 1:
        told.append(_("One person has every seat: when they are away nobody knows this customer."))
    return told


def seats_of(customer_id: str) -> tuple[dict[str, Seat | None], list[Seat]]:
    """Who has which seat now, None for a gap; and who had one before, the latest first."""
    every = list(Seat.objects.filter(customer_id=customer_id).select_related("person").order_by("-created_at"))
    now: dict[str, Seat | None] = dict.fromkeys(Function.values)
    now.update({each.function: each for each in every if each.until is None})
    return now, sorted(
        (each for each in every if each.until), key=lambda each: each.until or each.created_at, reverse=True
    )


def goal_of(customer_id: str, id: UUID) -> Goal:
    """
    A goal of this customer.

    Raises:
        ConfigError: They have no such goal.
    """
    try:
        return Goal.objects.get(pk=id, customer_id=customer_id)
    except ObjectDoesNotExist:
        raise ConfigError(_("This customer has no such goal."), "", _("Load the page again.")) from None


def measured(goal: Goal, made: Measured) -> Measured:
    """
    Keep a value on the way to a goal.

    Raises:
        ConfigError: It was measured before the goal began.
    """
    if made.day <= goal.start:
        raise ConfigError(
            _("This was measured on or before the day the goal began."),
            "",
            _("Give a later day; the value at the start is its baseline."),
        )
    made.goal = goal
    made.save()
    return made


def met(customer_id: str, id: UUID, day: Any) -> Need:
    """
    Say that a need was met.

    Raises:
        ConfigError: There is no such open need.
    """
    need = Need.objects.filter(pk=id, customer_id=customer_id, met_on=None).first()
    if need is None:
        raise ConfigError(_("There is no such open need."), "", _("Load the page again."))
    need.met_on = day
    need.save()
    return need


def withdraw(customer_id: str, kind: str, id: UUID) -> Said:
    """
    Take back what was written; its history stays.

    Raises:
        ConfigError: There is no such record of this customer.
    """
    model = WITHDRAWN.get(kind)
    found: Any = model.objects.filter(pk=id, customer_id=customer_id).first() if model else None
    if found is None:
        raise ConfigError(_("There is no such record of this customer."), "", _("Load the page again."))
    found.withdrawn_at = timezone.now()
    found.save()
    record: Said = found
    return record
