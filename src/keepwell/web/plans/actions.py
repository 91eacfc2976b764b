"""What people do with plans: the next version, a signature, and things to do."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.plans import LONGEST, SHORTEST, Signed, holds, horizon_fits, may_sign
from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.meetings.models import Kind, Meeting
from keepwell.web.plans.models import Action, SignOff, Version
from keepwell.web.promises.actions import promise
from keepwell.web.promises.models import Origin, Promise
from keepwell.web.promises.whom import one as customer_of

TO_DO, EVENING = "work", time(17)
"""Type of promise, and hour on their clock, of what was decided in a review."""


def next_version(customer_id: str, on: date, says: dict[str, Any]) -> Version:
    """
    The next version of a plan; the four sign it anew.

    Args:
        customer_id: Whose.
        on: The day it is made.
        says: Its parts, see Version.SAYS.

    Raises:
        ConfigError: It reaches less than twelve or more than twenty-four months ahead, or says nothing new.
    """
    if not horizon_fits(on, says["until"]):
        raise ConfigError(
            _("The plan reaches until %(day)s.") % {"day": says["until"]},
            _("A plan reaches %(least)s to %(most)s months ahead.") % {"least": SHORTEST, "most": LONGEST},
            _("Choose such a day."),
        )
    with transaction.atomic():
        before = newest(customer_id)
        if before and all(getattr(before, name) == value for name, value in says.items()):
            raise ConfigError(_("Nothing was changed."), "", _("The version before holds."))
        last = Version.everything.filter(customer_id=customer_id).aggregate(last=Max("number"))["last"] or 0
        return Version.objects.create(customer_id=customer_id, number=last + 1, **says)


def newest(customer_id: str) -> Version | None:
    """The newest version of a plan."""
    return Version.objects.filter(customer_id=customer_id).order_by("-number").first()


def functions_of(person: Person, customer_id: str) -> list[str]:
    """For which functions a person may sign a customer's plan."""
    seats = list(Seat.objects.filter(customer_id=customer_id, until__isnull=True).values_list("function", "person_id"))
    held = [function for function, who in seats if who == person.pk]
    return may_sign(person.role, held, [function for function, _who in seats])


def sign(version: Version, person: Person, function: str) -> SignOff:
    """
    Sign the newest version of a plan.

    Raises:
        ConfigError: There is a newer one, the person may not sign for that function, or it or they have signed.
    """
    now = newest(version.customer_id)
    if now is None or now.pk != version.pk:
        raise ConfigError(_("There is a newer version."), "", _("Read and sign that one."))
    if function not in functions_of(person, version.customer_id):
        raise ConfigError(
            _("You do not sign for this function."),
            _("Whoever has that seat of the customer signs; where nobody has it, whoever has the role, or a manager."),
            _("Ask to be given the seat in the customer's team."),
        )
    with transaction.atomic():
        for each in version.signatures.filter(withdrawn_at__isnull=True).select_related("person"):
            if each.function == function or each.person_id == person.pk:
                raise ConfigError(
                    _("%(who)s has signed for %(function)s already.")
                    % {"who": each.person, "function": each.get_function_display()},
                    _("Four people sign, one for each function."),
                    "",
                )
        return SignOff.objects.create(version=version, person=person, function=function)


def signed(versions: Iterable[Version]) -> dict[str, list[Signed]]:
    """Customer -> their versions with who signed them; versions with signatures fetched beforehand."""
    found: dict[str, list[Signed]] = {}
    for each in versions:
        functions = frozenset(one.function for one in each.signatures.all() if one.withdrawn_at is None)
        found.setdefault(each.customer_id, []).append(Signed(each.number, each.until, functions))
    return found


def standing(customers: Iterable[str] | None = None) -> QuerySet[Version]:
    """Versions with their signatures, of some customers or of all."""
    kept = Version.objects.prefetch_related("signatures").order_by("customer_id", "number")
    return kept if customers is None else kept.filter(customer_id__in=list(customers))


def planned(on: date) -> set[str]:
    """Customers whose plan, signed by four, holds on a day."""
    whole = Version.objects.filter(until__gte=on).prefetch_related("signatures")
    return {customer for customer, versions in signed(whole).items() if holds(versions, on)}


def decide(customer_id: str, what: str, owner: Person, due: date, on: date, meeting: Meeting | None = None) -> Action:
    """
    Somebody is to do something until a day.

    Args:
        customer_id: For whom.
        what: What.
        owner: One person.
        due: Until when.
        on: The day it is decided.
        meeting: Where it was decided.

    Raises:
        ConfigError: The day lies back, or the person signs in no more.
    """
    if due < on:
        raise ConfigError(_("The day lies back."), "", _("Choose one that is still to come."))
    if not owner.is_active:
        raise ConfigError(_("%(who)s signs in no more.") % {"who": owner}, "", _("Choose somebody else."))
    return Action.objects.create(customer_id=customer_id, what=what, owner=owner, due=due, meeting=meeting)


def promised(customer_id: str, what: str, owner: Person, due: date, meeting: Meeting) -> Promise:
    """
    What was decided in a review and promised to them becomes a promise, due at EVENING on their clock.

    Args:
        customer_id: To whom.
        what: What.
        owner: Who of us promises.
        due: Until when.
        meeting: Where it was decided.

    Raises:
        ConfigError: The day lies back, they sign in no more, or it is never to be promised.
    """
    made = Promise(
        customer_id=customer_id, to=meeting.with_whom[:120], by=owner, text=what, sort=TO_DO, due_on=due, due_time=EVENING,
        zone=customer_of(customer_id).zone, origin=Origin.REVIEW,
    )  # fmt: skip
    return promise(made, timezone.now())


def settle(action: Action, state: str, outcome: str) -> Action:
    """
    Say what became of an action.

    Raises:
        ConfigError: It was settled before, or is dropped without why.
    """
    if action.state != Action.State.OPEN:
        raise ConfigError(_("This was settled already."), "", "")
    if state == Action.State.DROPPED and not outcome.strip():
        raise ConfigError(
            _("No reason was given."), _("Who comes after you wants to know why."), _("Say it in a few words.")
        )
    action.state, action.outcome = state, outcome.strip()
    action.save()
    return action


def last_review(customer_id: str) -> Meeting | None:
    """The newest quarterly review with a customer that was not called off."""
    reviews = Meeting.objects.filter(customer_id=customer_id, kind=Kind.REVIEW, called_off=False)
    return reviews.order_by("-starts_at").first()


def owed(person: Person) -> str:
    """What a person still owes of plans, in words."""
    n = Action.objects.filter(owner=person, state=Action.State.OPEN).count()
    return ngettext("%(n)s open action of a plan.", "%(n)s open actions of plans.", n) % {"n": n} if n else ""
