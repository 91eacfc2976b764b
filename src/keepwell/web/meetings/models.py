"""Meetings with customers, and how often a customer wishes to hear from us."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.act.meetings import note_late
from keepwell.web.base.models import Record


class Kind(models.TextChoices):
    """What a meeting is for."""

    REGULAR = "regular", _("Regular meeting")
    REVIEW = "review", _("Quarterly review")
    RENEWAL = "renewal", _("Renewal")
    OTHER = "other", _("Something else")


class Sentiment(models.IntegerChoices):
    """How a customer feels about us, in five steps."""

    VERY_BAD = 1, _("Very unhappy")
    BAD = 2, _("Unhappy")
    MIDDLING = 3, _("Neither nor")
    GOOD = 4, _("Happy")
    VERY_GOOD = 5, _("Very happy")


class Stage(models.TextChoices):
    """Where a customer stands with us; see act.cadence.STAGES."""

    ONBOARDING = "onboarding", _("Onboarding")
    ADOPTION = "adoption", _("Adoption")
    VALUE = "value", _("Value")
    RENEWAL = "renewal", _("Renewal")


class Missed(models.TextChoices):
    """Who did not come."""

    THEIRS = "theirs", _("They did not come")
    OURS = "ours", _("We did not come")


class Meeting(Record):
    """
    One meeting with a customer; one whose time has come was held, unless somebody says that it was not.

    What was not held is called_off; where somebody waited in vain, missed says who did not come.
    """

    customer_id = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(_("what it is for"), max_length=10, choices=Kind.choices, default=Kind.REGULAR)
    starts_at = models.DateTimeField(_("when"), db_index=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    about = models.CharField(_("about"), max_length=200)
    with_whom = models.CharField(_("with whom of theirs"), max_length=200, blank=True)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who of us leads it"),
        on_delete=models.PROTECT,
        related_name="meetings",
    )
    uid = models.CharField(max_length=255, blank=True, editable=False)
    called_off = models.BooleanField(default=False, editable=False)
    missed = models.CharField(_("who did not come"), max_length=6, choices=Missed.choices, blank=True, editable=False)
    sentiment = models.PositiveSmallIntegerField(
        _("how they feel about us"), choices=Sentiment.choices, null=True, editable=False
    )
    because = models.CharField(_("why"), max_length=500, blank=True, editable=False)
    note = models.TextField(_("note"), max_length=8000, blank=True, editable=False)
    noted_at = models.DateTimeField(null=True, editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A sentiment is one of five; what a calendar calls one thing is one meeting."""

        verbose_name = _("meeting")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(sentiment__isnull=True) | models.Q(sentiment__range=(1, 5)), name="sentiment_of_five"
            ),
            models.UniqueConstraint(
                fields=["uid"], condition=models.Q(withdrawn_at__isnull=True) & ~models.Q(uid=""), name="one_meeting_a_uid"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        """When and about what."""
        return f"{self.starts_at:%Y-%m-%d} · {self.about}"

    @property
    def late(self) -> bool:
        """Whether it was held and its note came too late, or should be there by now."""
        return not self.called_off and note_late(self.starts_at, self.noted_at, timezone.now())

    @property
    def became(self) -> str:
        """What is said of one that was not held."""
        return str(self.get_missed_display() if self.missed else _("called off")) if self.called_off else ""


class CalendarLink(Record):
    """The private address of a person's calendar. Only its digest is kept; withdrawn it is ended."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        """One that holds a person."""

        constraints = (
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(withdrawn_at__isnull=True), name="one_calendar_a_person"
            ),
        )

    def __str__(self) -> str:
        """Whose."""
        return str(self.person)


class CalendarUse(models.Model):
    """How often a calendar was fetched in its newest minute: the rate, and when it was last fetched."""

    link = models.OneToOneField(CalendarLink, primary_key=True, on_delete=models.CASCADE, related_name="use")
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)


class Rhythm(Record):
    """What is known of one customer's rhythm beyond the data: their own wish, and a stage somebody said."""

    customer_id = models.CharField(max_length=200)
    wish = models.PositiveSmallIntegerField(
        _("they wish to hear from us every … days"),
        null=True,
        blank=True,
        help_text=_("0: only when they ask. Empty: they said nothing; then tier and stage decide."),
    )
    wish_words = models.CharField(_("in their words"), max_length=300, blank=True)
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, blank=True)
    stage_because = models.CharField(_("why this stage"), max_length=300, blank=True)

    class Meta:
        """One a customer."""

        verbose_name = _("rhythm")
        constraints = (
            models.UniqueConstraint(
                fields=["customer_id"], condition=models.Q(withdrawn_at__isnull=True), name="one_rhythm_a_customer"
            ),
        )

    def __str__(self) -> str:
        """Whose."""
        return self.customer_id
