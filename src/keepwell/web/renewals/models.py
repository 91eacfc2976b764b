"""What people think of a renewal, and how it ended."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class Assessment(models.TextChoices):
    """What the owner thinks."""

    LIKELY = "likely", _("likely")
    UNSURE = "unsure", _("unsure")
    UNLIKELY = "unlikely", _("unlikely")


class Outcome(models.TextChoices):
    """How a renewal ended."""

    RENEWED = "renewed", _("renewed")
    GROWN = "grown", _("renewed for more")
    SHRUNK = "shrunk", _("renewed for less")
    ENDED = "ended", _("not renewed")


class Renewal(Record):
    """One renewal of one contract."""

    customer_id = models.CharField(max_length=200, db_index=True)
    subscription_id = models.CharField(max_length=200)
    renews_on = models.DateField(db_index=True)
    assessment = models.CharField(_("how it will end"), max_length=8, choices=Assessment.choices, blank=True)
    because = models.CharField(_("why"), max_length=300, blank=True)
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(_("how it ended"), max_length=8, choices=Outcome.choices, blank=True)
    outcome_because = models.CharField(_("why"), max_length=300, blank=True)
    yearly = models.DecimalField(_("what they will pay a year"), max_digits=18, decimal_places=2, null=True, blank=True)

    class Meta:
        """One record a renewal."""

        verbose_name = _("renewal")
        constraints = (
            models.UniqueConstraint(
                fields=["subscription_id", "renews_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_record_a_renewal",
            ),
        )

    def __str__(self) -> str:
        """Which."""
        return f"{self.customer_id} · {self.renews_on}"
