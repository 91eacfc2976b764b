"""What people do with meetings and rhythms."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.meetings import NOTE_HOURS
from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.meetings.models import Meeting, Missed, Rhythm


def waiting_for_a_note() -> QuerySet[Meeting]:
    """Meetings held without a note, late ones and those that still have time; the oldest first."""
    held = Meeting.objects.filter(called_off=False, noted_at__isnull=True, starts_at__lte=timezone.now())
    return held.select_related("host").order_by("starts_at")


def notes_late() -> QuerySet[Meeting]:
    """Meetings held more than 48 hours ago without a note."""
    return waiting_for_a_note().filter(starts_at__lt=timezone.now() - timedelta(hours=NOTE_HOURS))


def note(meeting: Meeting, by: Person, *, sentiment: int, because: str, words: str) -> Meeting:
    """
    Write the note of a meeting that was held.

    Args:
        meeting: Which.
        by: Who writes.
        sentiment: How the customer feels about us, from 1 to 5.
        because: Why they feel so.
        words: What was said.

    Raises:
        ConfigError: It was not held yet, was called off, or no reason is given.
    """
    if meeting.called_off or meeting.starts_at > timezone.now():
        raise ConfigError(
            _("This meeting was not held."), _("A note tells of a meeting that was."), _("Write it afterwards.")
        )
    if not because.strip():
        raise ConfigError(
            _("No reason was given."), _("A feeling without its reason helps nobody."), _("Say why in a few words.")
        )
    meeting.sentiment, meeting.because, meeting.note = sentiment, because.strip(), words.strip()
    meeting.noted_at, meeting.noted_by = meeting.noted_at or timezone.now(), by
    meeting.save()
    return meeting


def not_held(meeting: Meeting, *, missed: str, because: str, words: str) -> Meeting:
    """
    Say that a meeting whose time has come was not held; what was written so far stays.

    Args:
        meeting: Which.
        missed: Who did not come, one of Missed; "" where it was called off.
        because: Why.
        words: What else is to be said.

    Raises:
        ConfigError: It is still ahead, or there is a note of it.
    """
    if missed and missed not in Missed.values:
        raise ConfigError(_("Nobody knows who did not come."), "", _("Choose one."))
    if missed and meeting.starts_at > timezone.now():
        raise ConfigError(_("This meeting is still ahead."), _("Nobody has missed it."), _("Call it off instead."))
    meeting.because, meeting.note, meeting.missed = because.strip()[:500], words.strip()[:8000], missed
    return call_off(meeting)


def take_place(meeting: Meeting) -> Meeting:
    """Say that a meeting takes place, or was held, after all; what was written stays."""
    meeting.called_off, meeting.missed = False, ""
    meeting.save()
    return meeting


def call_off(meeting: Meeting) -> Meeting:
    """
    Say that a meeting does not take place, or did not.

    Raises:
        ConfigError: There is a note of it.
    """
    if meeting.noted_at:
        raise ConfigError(_("There is a note of this meeting."), _("So it was held."), "")
    meeting.called_off = True
    meeting.save()
    return meeting


def rhythm_of(customer_id: str) -> Rhythm:
    """What is known of one customer's rhythm; nothing yet is an empty one that is not kept."""
    return Rhythm.objects.filter(customer_id=customer_id).first() or Rhythm(customer_id=customer_id)


def keep_rhythm(rhythm: Rhythm) -> Rhythm:
    """
    Keep what a customer wishes and where they stand.

    Raises:
        ConfigError: A stage without why.
    """
    if rhythm.stage and not rhythm.stage_because.strip():
        raise ConfigError(
            _("No reason was given for the stage."),
            _("Who comes after you wants to know why."),
            _("Say it in a few words."),
        )
    with transaction.atomic():
        rhythm.save()
    return rhythm
