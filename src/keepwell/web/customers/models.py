"""Who looks after a customer: one person per function at a time, with all who did before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Record


class Function(models.TextChoices):
    """What somebody looks after a customer for."""

    SALES = "sales", _("Sales")
    SUCCESS = "success", _("Customer success")
    MARKETING = "marketing", _("Marketing")
    SUPPORT = "support", _("Support")


class Seat(Record):
    """
    One person's place in a customer's team.

    Where somebody has the seat of sales or success, they own the customer, whatever the data say.
    """

    customer_id = models.CharField(max_length=200, db_index=True)
    function = models.CharField(_("function"), max_length=10, choices=Function.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        """One at a time in each seat."""

        constraints = (
            models.UniqueConstraint(
                fields=["customer_id", "function"],
                condition=models.Q(until__isnull=True, withdrawn_at__isnull=True),
                name="one_person_a_seat",
            ),
        )

    def __str__(self) -> str:
        """Who sits where."""
        return f"{self.person} · {self.get_function_display()} · {self.customer_id}"
