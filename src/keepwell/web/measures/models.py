"""Questions that somebody keeps to look at again, and to whom their answers are mailed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.act.mailing import When
from keepwell.web.base.mailed import Mailed
from keepwell.web.base.models import Record


class View(Record):
    """A question under a name: one's own, or for everybody."""

    name = models.CharField(_("name"), max_length=80)
    metric = models.CharField(max_length=80, editable=False)
    question = models.JSONField(default=dict, editable=False)
    shared = models.BooleanField(_("for everybody"), default=False)

    def __str__(self) -> str:
        """Its name."""
        return self.name


class Rhythm(models.TextChoices):
    """How often a view is mailed."""

    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")


class Weekday(models.IntegerChoices):
    """Days of the week as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Mailing(Record):
    """A view that is mailed: how often, on which day and at which hour of the company's clocks."""

    view = models.ForeignKey(View, editable=False, on_delete=models.PROTECT, related_name="mailings")
    rhythm = models.CharField(_("how often"), max_length=7, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), choices=Weekday.choices, default=Weekday.MONDAY)
    day = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=(MinValueValidator(1), MaxValueValidator(31)),
        help_text=_("In shorter months the last day."),
    )  # fmt: skip
    hour = models.PositiveSmallIntegerField(
        _("hour"), default=7, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )
    since = models.DateTimeField(editable=False)

    class Meta:
        """One a view."""

        constraints = (
            models.UniqueConstraint(fields=["view"], condition=models.Q(withdrawn_at__isnull=True), name="one_mailing_a_view"),
        )  # fmt: skip

    def __str__(self) -> str:
        """Of which view, how often."""
        return f"{self.view} · {self.get_rhythm_display()}"

    def when(self, zone: str) -> When:
        """Its rhythm on a company's clocks."""
        return When(self.rhythm, self.weekday, self.day, self.hour, zone)  # type: ignore[arg-type]


class Recipient(Record):
    """Somebody to whom a view is mailed; withdrawn where they, or the view's keeper, stopped it."""

    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="recipients")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mailed")

    class Meta:
        """Once each."""

        constraints = (
            models.UniqueConstraint(
                fields=["mailing", "person"], condition=models.Q(withdrawn_at__isnull=True), name="one_copy_a_person"
            ),
        )

    def __str__(self) -> str:
        """Who gets it."""
        return f"{self.mailing}: {self.person}"


class Letter(Mailed):
    """One mail of one due day to one person."""

    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, related_name="letters")
    due_on = models.DateField()

    class Meta:
        """One a person and due day."""

        constraints = (
            models.UniqueConstraint(fields=["mailing", "person", "due_on"], name="one_letter_a_person_and_day"),
        )

    def __str__(self) -> str:
        """To whom, of which day, and what became of it."""
        return f"{self.person} · {self.due_on} ({self.state})"
