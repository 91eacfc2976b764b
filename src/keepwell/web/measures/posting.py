"""When are views mailed, and to whom? Each due moment once: a mail is entered before it is sent, and never sent on a guess."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.core.mail import get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError, KeepwellError
from keepwell.web import place
from keepwell.web.base.mailed import AGAIN, TRIES, Fate, send
from keepwell.web.base.models import Person
from keepwell.web.measures.actions import open_to
from keepwell.web.measures.mail import letter
from keepwell.web.measures.models import Letter, Mailing, Recipient, View
from keepwell.web.work.queue import ask, told


def may_get(view: View) -> QuerySet[Person]:
    """People a view can be mailed to: its keeper, and where it is for everybody, everybody."""
    people = Person.objects.filter(is_active=True).order_by("name")
    return people if view.shared else people.filter(pk__in=[view.created_by_id])


@transaction.atomic
def schedule(view: View, made: Mailing, people: Collection[Person]) -> Mailing:
    """
    Mail a view from now on.

    Args:
        view: Which.
        made: How often; a moment that has passed does not count.
        people: To whom.

    Raises:
        ConfigError: To nobody, or to somebody who may not open it.
    """
    chosen, allowed = {each.pk: each for each in people}, set(may_get(view).values_list("pk", flat=True))
    if not chosen:
        raise ConfigError(_("Nobody is chosen."), _("A mail goes to somebody."), _("Choose one or more, or stop it."))
    if set(chosen) - allowed:
        raise ConfigError(
            _("Somebody chosen may not open this view."), _("A view of one's own is mailed to oneself."), _("Keep it for everybody first.")
        )  # fmt: skip
    made.view, made.since = view, timezone.now()
    made.save()
    for each in made.recipients.filter(withdrawn_at__isnull=True):
        if chosen.pop(each.person_id, None) is None:
            _withdraw(each)
    for person in chosen.values():
        Recipient.objects.create(mailing=made, person=person)
    return made


def _withdraw(record: Mailing | Recipient) -> None:
    record.withdrawn_at = timezone.now()
    record.save()


def stop(mailing: Mailing) -> Mailing:
    """Mail a view to nobody any more."""
    _withdraw(mailing)
    return mailing


def leave(to: Recipient) -> None:
    """Mail somebody a view no more; done before, it stays so."""
    if to.withdrawn_at is None:
        _withdraw(to)


def post(now: datetime) -> int:
    """
    Ask for every mail that is due, once for each due day.

    Args:
        now: The moment, with its zone.

    Returns:
        How many views are due; 0 where no server takes mail.
    """
    path = place.folder() / FILE_NAME
    if place.mail_server() is None or not path.exists():
        return 0
    zone, due = Company.load(path).time_zone, 0
    for mailing in Mailing.objects.filter(view__withdrawn_at__isnull=True, view__created_by__is_active=True):
        found = mailing.when(zone).due(now)
        if found and found[1] > mailing.since:
            ask(
                send_view,
                key=f"mail:{mailing.pk}:{found[0]}:0",
                mailing=str(mailing.pk),
                day=found[0].isoformat(),
                tries=0,
            )
            due += 1
    return due


@task()
def send_view(mailing: str, day: str, tries: int) -> dict[str, int]:
    """
    Mail a view to all who get it; taken up again after its worker died, who has theirs gets no second one.

    Args:
        mailing: Its id.
        day: The due day.
        tries: How many came before.
    """
    known, fates = Mailing.objects.select_related("view", "created_by").filter(pk=mailing).first(), []
    standing = (
        Recipient.objects.filter(mailing__in=[known] if known else [])
        .select_related("person")
        .order_by("person__name", "pk")
    )
    for place_, to in enumerate(standing):
        told(_("Mail"), place_, len(standing))
        fates.append(_send(known, to, date.fromisoformat(day), tries))
    if Fate.FAILED in fates and tries + 1 < TRIES:
        later = send_view.using(run_after=timezone.now() + AGAIN)
        ask(later, key=f"mail:{mailing}:{day}:{tries + 1}", mailing=mailing, day=day, tries=tries + 1)
    return {"sent": fates.count(Fate.SENT), "unsent": len(fates) - fates.count(Fate.SENT)}


def _send(mailing: Any, to: Recipient, due_on: date, tries: int) -> Fate:
    """One mail: entered, sent, and what became of it."""
    known, new = Letter.objects.get_or_create(
        mailing=mailing, person=to.person, due_on=due_on, defaults={"tries": tries + 1}
    )
    if not new and not known.again(tries):
        return Fate(known.state)
    if why := _barred(mailing.view, to):
        return known.tell(Fate.LEFT, why)
    try:
        mail = letter(known, to)
    except KeepwellError as fault:
        return known.tell(Fate.FAILED, fault.came)
    mail.connection = get_connection()
    return known.tell(*send(mail))


def _barred(view: View, to: Recipient) -> str:
    """Why somebody gets a view no more, looked at in the moment of sending; "" where they do."""
    keeper, person = view.created_by, Person.objects.get(pk=to.person_id)
    if not Recipient.objects.filter(pk=to.pk, mailing__withdrawn_at__isnull=True).exists():
        return _("It was stopped.")
    if keeper is None or not keeper.is_active:
        return _("Who keeps the view has left.")
    if not person.is_active:
        return _("They have left.")
    if not person.may("measures") or not open_to(person).filter(pk=view.pk).exists():
        return _("They may not open the view any more.")
    return ""
