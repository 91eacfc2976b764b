"""What was promised, which types are never to be promised, and what a customer was led to expect when they bought."""

import zoneinfo
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from keepwell.act.promises import moment
from keepwell.web.base.mailed import Mailed
from keepwell.web.base.models import Record


class State(models.TextChoices):
    """What became of a promise."""

    OPEN = "open", _("open")
    KEPT = "kept", _("kept on time")
    LATE = "late", _("kept late")
    BROKEN = "broken", _("broken")
    RELEASED = "released", _("released")
    WAITING = "waiting", _("waits for approval")
    REFUSED = "refused", _("not approved")


PROMISED = (State.OPEN, State.KEPT, State.LATE, State.BROKEN, State.RELEASED)
"""States of what the customer was promised: neither what waits for an approval nor what did not get one."""


class Origin(models.TextChoices):
    """Where a promise was given."""

    MAIL = "mail", _("Mail")
    CALL = "call", _("Call")
    MEETING = "meeting", _("Meeting")
    REVIEW = "review", _("Quarterly review")
    PLAN = "plan", _("Account plan")


class Promise(Record):
    """
    One promise to a customer.

    What was agreed is a day and a time on the customer's clock (due_on, due_time, zone); due_at is the moment they mean.
    """

    customer_id = models.CharField(max_length=200, db_index=True)
    to = models.CharField(_("to whom of them"), max_length=120, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promises", verbose_name=_("by whom of us")
    )
    text = models.CharField(_("what is promised"), max_length=500)
    sort = models.CharField(_("type"), max_length=40)
    due_on = models.DateField(_("day"))
    due_time = models.TimeField(_("time"))
    zone = models.CharField(_("time zone"), max_length=40)
    due_at = models.DateTimeField(editable=False)
    first_due_at = models.DateTimeField(editable=False)
    agreed_at = models.DateTimeField(null=True, editable=False)
    moves = models.PositiveSmallIntegerField(default=0, editable=False)
    moved_because = models.CharField(max_length=500, blank=True, editable=False)
    moved_late = models.BooleanField(default=False, editable=False)
    origin = models.CharField(_("promised in"), max_length=10, choices=Origin.choices)
    link = models.CharField(_("link to it"), max_length=500, blank=True)
    because = models.CharField(_("why it is promised all the same"), max_length=500, blank=True)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    listed = models.BooleanField(default=False, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    evidence = models.CharField(max_length=1000, blank=True, editable=False)
    released_by = models.CharField(max_length=120, blank=True, editable=False)

    class Meta:
        """Asked for by who holds them, by state and by when they are due."""

        indexes = (models.Index(fields=["state", "due_at"]), models.Index(fields=["by", "state", "due_at"]))

    def __str__(self) -> str:
        """What was promised to whom."""
        return f"{self.customer_id}: {self.text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it; the moment follows from the day and the time on the customer's clock."""
        self.due_at = moment(self.due_on, self.due_time, self.zone)
        if self.first_due_at is None:
            self.first_due_at = self.due_at
        super().save(*args, **kwargs)

    @property
    def there(self) -> datetime:
        """When it is due, as the customer's clock shows it; without a zone, so that no page puts it on another clock."""
        return self.due_at.astimezone(zoneinfo.ZoneInfo(self.zone)).replace(tzinfo=None)

    @property
    def overdue(self) -> bool:
        """Whether it is open and its moment has passed."""
        return self.state == State.OPEN and self.due_at < timezone.now()

    @property
    def linked(self) -> bool:
        """Whether what was given as its source can be opened."""
        return self.link.startswith(("https://", "http://"))


class Alert(Mailed):
    """That somebody was told of a promise before its moment; there is one for each moment, whoever asks how often."""

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, related_name="alerts")
    due_at = models.DateTimeField()

    class Meta:
        """One a moment and person."""

        constraints = (
            models.UniqueConstraint(fields=["promise", "person", "due_at"], name="one_alert_a_moment_and_person"),
        )

    def __str__(self) -> str:
        """Of what, and what became of it."""
        return f"{self.promise} ({self.state})"


class SortRule(Record):
    """What a company says of a type of promise: one of its own, or one of those it began with, said otherwise."""

    code = models.SlugField(_("short name"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    never = models.BooleanField(_("never to promise"), default=False)
    signs = models.TextField(
        _("words that tell it"), blank=True, help_text=_("One a line. A promise that uses one warns.")
    )

    class Meta:
        """One that stands for each type."""

        constraints = (
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(withdrawn_at__isnull=True), name="one_rule_a_sort"
            ),
        )

    def __str__(self) -> str:
        """Its name."""
        return self.name


class About(models.TextChoices):
    """What was expected."""

    OUTCOME = "outcome", _("Outcome")
    FEATURE = "feature", _("Feature")
    DATE = "date", _("Date")
    NOTHING = "nothing", _("Nothing was promised")


class Met(models.TextChoices):
    """What came of an expectation."""

    UNKNOWN = "unknown", _("not yet known")
    MET = "met", _("met")
    NOT_MET = "not_met", _("not met")


class Expectation(Record):
    """What a customer was led to expect when they bought, and what came of it at onboarding and at the first review."""

    customer_id = models.CharField(max_length=200, db_index=True)
    deal_id = models.CharField(_("deal"), max_length=200, blank=True)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="expectations", verbose_name=_("sold by")
    )
    sold_on = models.DateField(_("sold on"))
    about = models.CharField(_("kind"), max_length=10, choices=About.choices)
    text = models.CharField(_("what they expect"), max_length=500, blank=True)
    until = models.DateField(_("by when"), null=True, blank=True)
    onboarding = models.CharField(max_length=10, choices=Met.choices, default=Met.UNKNOWN, editable=False)
    review = models.CharField(max_length=10, choices=Met.choices, default=Met.UNKNOWN, editable=False)
    onboarding_note = models.CharField(max_length=500, blank=True, editable=False)
    review_note = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        """Asked for by seller."""

        indexes = (models.Index(fields=["seller", "sold_on"]),)

    def __str__(self) -> str:
        """Who expects what."""
        return f"{self.customer_id}: {self.text or self.get_about_display()}"

    @property
    def met(self) -> Met:
        """The last word: of the review where it has spoken, otherwise of the onboarding."""
        return Met(self.review if self.review != Met.UNKNOWN else self.onboarding)
