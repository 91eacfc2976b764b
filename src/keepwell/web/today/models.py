"""What people decided of the reasons on Today."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class Kind(models.TextChoices):
    """What became of a reason."""

    DONE = "done", _("done")
    SNOOZED = "snoozed", _("snoozed")
    HANDED = "handed", _("handed over")
    NOT_RIGHT = "not_right", _("not right")


class Outcome(models.TextChoices):
    """What came of turning to a customer."""

    REACHED = "reached", _("Spoke with them")
    WROTE = "wrote", _("Wrote to them")
    NO_ANSWER = "no_answer", _("No answer")
    SOLVED = "solved", _("Solved otherwise")


class Decision(Record):
    """
    What somebody decided of one reason of one customer, with the evidence of then.

    Of a customer and reason the newest that stands holds.
    """

    customer_id = models.CharField(max_length=200)
    reason = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    morning = models.DateField()
    until = models.DateField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    because = models.CharField(max_length=500, blank=True)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="handed")
    amount = models.FloatField(null=True)
    chance = models.FloatField(null=True)
    days = models.FloatField(null=True)
    usual = models.FloatField(null=True)

    class Meta:
        """Asked for by customer, and by how long they hold."""

        indexes = (models.Index(fields=["customer_id", "reason"]), models.Index(fields=["until"]))

    def __str__(self) -> str:
        """What was decided of what."""
        return f"{self.customer_id}: {self.reason} {self.get_kind_display()}"
