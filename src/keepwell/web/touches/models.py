"""Every contact with a customer, done or planned, and how long a question may wait by channel."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class Channel(models.TextChoices):
    """How people spoke."""

    CALL = "call", _("Call")
    MAIL = "mail", _("Mail")
    MEETING = "meeting", _("Meeting")
    VISIT = "visit", _("Visit")
    CHAT = "chat", _("Chat")
    VIDEO = "video", _("Video")
    SOCIAL = "social", _("Social media")
    POST = "post", _("Post")


class Direction(models.TextChoices):
    """Who turned to whom."""

    OUT = "out", _("We turned to them")
    IN = "in", _("They turned to us")


class Value(models.TextChoices):
    """What a touch carried."""

    NEWS = "news", _("News they can use")
    ANSWER = "answer", _("An answer")
    RESULT = "result", _("A result of theirs")
    IDEA = "idea", _("An idea")
    THANKS = "thanks", _("Thanks")
    PROMISE = "promise", _("Check of a promise")


class State(models.TextChoices):
    """Whether it was done."""

    DONE = "done", _("done")
    PLANNED = "planned", _("planned")
    DROPPED = "dropped", _("dropped")


class Touch(Record):
    """
    One contact with a customer by a person of ours, or of theirs.

    A question of theirs is open from at until answered_at; answer_by says how long it may wait.
    """

    customer_id = models.CharField(max_length=200, db_index=True)
    contact = models.CharField(_("with whom of them"), max_length=120, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="touches", verbose_name=_("who of us")
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE, editable=False)
    direction = models.CharField(_("who turned to whom"), max_length=3, choices=Direction.choices)
    channel = models.CharField(_("how"), max_length=10, choices=Channel.choices)
    at = models.DateTimeField(_("when"))
    value = models.CharField(_("what it carried"), max_length=10, choices=Value.choices, blank=True)
    subject = models.CharField(_("about"), max_length=200)
    note = models.TextField(_("note"), max_length=4000, blank=True)
    pitch = models.BooleanField(_("to sell something"), default=False)
    pitch_because = models.CharField(_("why all the same"), max_length=500, blank=True)
    question = models.BooleanField(_("they ask something"), default=False)
    answer_by = models.DateTimeField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_because = models.CharField(max_length=500, blank=True, editable=False)
    answers = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("answers")
    )

    class Meta:
        """Asked for by when, by who, and by what waits."""

        indexes = (
            models.Index(fields=["customer_id", "at"]),
            models.Index(fields=["by", "state", "at"]),
            models.Index(fields=["answer_by"], condition=models.Q(answered_at__isnull=True), name="what_waits"),
        )

    def __str__(self) -> str:
        """What it was about."""
        return f"{self.customer_id}: {self.get_channel_display()} · {self.subject}"

    @property
    def waits(self) -> bool:
        """Whether they asked and nobody has answered."""
        return self.question and self.answered_at is None

    @property
    def overdue(self) -> bool:
        """Whether they have waited longer than they should."""
        return self.waits and self.answer_by is not None and self.answer_by < timezone.now()


class Patience(Record):
    """Within how many hours a question through a channel is answered, where the company says otherwise than usual."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    hours = models.PositiveSmallIntegerField(_("hours"))

    class Meta:
        """One that stands for each channel."""

        constraints = (
            models.UniqueConstraint(
                fields=["channel"], condition=models.Q(withdrawn_at__isnull=True), name="one_patience_a_channel"
            ),
        )

    def __str__(self) -> str:
        """What it says."""
        return f"{self.get_channel_display()}: {self.hours} h"
