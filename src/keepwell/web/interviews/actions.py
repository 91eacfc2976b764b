"""What people do with interviews and losses."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.interviews import DUE
from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.models import Function, Seat
from keepwell.web.interviews.kits import book, kit
from keepwell.web.interviews.models import Interview, Kind, Loss, State


def sells(person: Person, customer_id: str) -> bool:
    """Whether a person sells to a customer: by the seat, otherwise by the owner in the data where they are a rep."""
    seat = Seat.objects.filter(customer_id=customer_id, function=Function.SALES, until__isnull=True).first()
    if seat:
        return seat.person_id == person.pk
    return person.role == "rep" and (owner_of(customer_id) or "") in person.names()


def begin(customer_id: str, kind: str, interviewer: Person, happened_on: date, because: str = "") -> Interview:
    """
    Open an interview; while one about leaving is open nobody wins them back.

    Args:
        customer_id: With whom.
        kind: Why they buy, stay or leave.
        interviewer: Who asks.
        happened_on: The day of what it is about.
        because: What happened.

    Raises:
        ConfigError: Whoever sold asks why they bought, there is one about this already, or the day lies ahead.
    """
    _refuse_no_day(happened_on)
    if kind == Kind.BUY and sells(interviewer, customer_id):
        raise ConfigError(
            _("%(who)s sold to them.") % {"who": interviewer},
            _("Nobody tells the one who sold what they did not like about it."),
            _("Ask a colleague to hold this interview."),
        )
    if Interview.objects.filter(customer_id=customer_id, kind=kind, happened_on=happened_on).exists():
        raise ConfigError(_("There is an interview about this already."), "", _("Open it."))
    return Interview.objects.create(
        customer_id=customer_id, kind=kind, interviewer=interviewer, happened_on=happened_on, because=because,
        due=happened_on + timedelta(days=DUE[kind]), kit=kit(kind), book=book(kind),
    )  # fmt: skip


def _refuse_no_day(day: date) -> None:
    """What happened lies neither ahead nor before anything could be known."""
    if day > timezone.localdate() or day.year < 1990:
        raise ConfigError(
            _("Nothing can have happened on %(day)s.") % {"day": day}, "", _("Choose the day it happened.")
        )


def hold(kept: Interview, answers: Sequence[str], codes: Sequence[str], *, said: dict[str, Any]) -> Interview:
    """
    Keep what they said, word for word, and how it is coded.

    Args:
        kept: The interview.
        answers: One for each question, as they said it; "" where they said nothing.
        codes: Of the book.
        said: speaker, went, went_to, doubted.

    Raises:
        ConfigError: Nothing was answered, no code was chosen, or of who left it is not said where they went.
    """
    if not any(each.strip() for each in answers):
        raise ConfigError(_("Nothing was answered."), "", _("Write down what they said, or that they declined."))
    known = {code for code, _words in kept.book.codes} if kept.book else set()
    if not codes or not set(codes) <= known:
        raise ConfigError(
            _("No reason was chosen."), _("Words are kept as they are, and coded beside."), _("Choose one or more.")
        )
    if kept.kind == Kind.LEAVE and not said.get("went"):
        raise ConfigError(_("Where they do it now was not said."), "", _("Choose “not told” where they did not tell."))
    with transaction.atomic():
        kept.answers, kept.codes = [each.strip() for each in answers], list(codes)
        for name in ("speaker", "went", "went_to", "doubted"):
            if name in said:
                setattr(kept, name, said[name])
        kept.state, kept.held_at = State.DONE, kept.held_at or timezone.now()
        kept.save()
        if kept.kind == Kind.LEAVE:
            _tell_loss(kept)
    return kept


def _tell_loss(kept: Interview) -> None:
    """The first code of an interview about leaving is the root reason, unless somebody told one before."""
    if Loss.objects.filter(customer_id=kept.customer_id, left_on=kept.happened_on).exists():
        return
    words = next(each for each in kept.answers if each)
    Loss.objects.create(
        customer_id=kept.customer_id,
        left_on=kept.happened_on,
        root=kept.codes[0],
        evidence=words[:1000],
        interview=kept,
    )


def decline(kept: Interview) -> Interview:
    """
    They do not want to be asked.

    Raises:
        ConfigError: It was held.
    """
    if kept.state == State.DONE:
        raise ConfigError(_("This interview was held."), "", "")
    kept.state = State.DECLINED
    kept.save()
    return kept


def tell_loss(customer_id: str, left_on: date, root: str, evidence: str) -> Loss:
    """
    Say why a customer was lost.

    Raises:
        ConfigError: The reason is no code of the book, nothing says what it rests on, or the day lies ahead.
    """
    _refuse_no_day(left_on)
    if root not in {code for code, _words in book(Kind.LEAVE).codes}:
        raise ConfigError(_("There is no such reason."), "", _("Choose one of the list."))
    if not evidence.strip():
        raise ConfigError(_("It is not said what the reason rests on."), "", _("Say who told it, or where it stands."))
    with transaction.atomic():
        kept = Loss.objects.filter(customer_id=customer_id, left_on=left_on).first()
        kept = kept or Loss(customer_id=customer_id, left_on=left_on)
        kept.root, kept.evidence = root, evidence.strip()
        kept.save()
    return kept


def blocks_offers(customer_id: str) -> bool:
    """Whether an interview about leaving is open with a customer: nothing is offered, and nobody wins them back, until it is done or declined."""
    return Interview.objects.filter(customer_id=customer_id, kind=Kind.LEAVE, state=State.OPEN).exists()
