"""Who looks after a customer, and what they told us: their goals, their words, their needs, and whether we keep them."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.act.customer import Aim
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


class Said(Record):
    """Something of one customer, written down by one of us."""

    customer_id = models.CharField(max_length=200, db_index=True, editable=False)

    class Meta:
        """Each kind has its own table."""

        abstract = True


class Goal(Said):
    """What a customer wants to reach in their own business."""

    name = models.CharField(_("goal"), max_length=200)
    unit = models.CharField(_("unit"), max_length=40, help_text=_("Such as %, hours a week, EUR."))
    start = models.DateField(_("measured at the start on"))
    baseline = models.FloatField(_("value at the start"))
    target = models.FloatField(_("value wanted"))
    due = models.DateField(_("wanted by"))

    def __str__(self) -> str:
        """What is wanted."""
        return self.name

    @property
    def aim(self) -> Aim:
        """For the rules."""
        return Aim(self.baseline, self.target, self.start, self.due)


class Measured(Record):
    """A value on the way to a goal."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="values", editable=False)
    day = models.DateField(_("measured on"))
    value = models.FloatField(_("value"))

    def __str__(self) -> str:
        """The value."""
        return f"{self.goal}: {self.value:g}"


class Words(Said):
    """What we are worth to a customer, in their own words."""

    words = models.TextField(_("in their words"), max_length=1000, validators=(MaxLengthValidator(1000),))
    speaker = models.CharField(_("said by"), max_length=120)
    day = models.DateField(_("said on"))

    def __str__(self) -> str:
        """The words."""
        return self.words[:80]


class Horizon(models.TextChoices):
    """When a need matters."""

    NOW = "now", _("Now")
    NEXT = "next", _("Next")


class Need(Said):
    """What a customer said they need, now or next time."""

    words = models.TextField(_("what they need"), max_length=500, validators=(MaxLengthValidator(500),))
    source = models.CharField(_("how we know"), max_length=200, help_text=_("Who said it, and where."))
    horizon = models.CharField(_("when"), max_length=4, choices=Horizon.choices, default=Horizon.NOW)
    day = models.DateField(_("comes up on"), null=True, blank=True, help_text=_("Of a need of next time."))
    met_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        """Asked for by the day on which they come up."""

        indexes: ClassVar = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        """The need."""
        return self.words[:80]


class Outcome(models.TextChoices):
    """What we decided of keeping a customer."""

    INVEST = "invest", _("Invest")
    KEEP = "keep", _("Keep as it is")
    REPRICE = "reprice", _("Change the price")
    LET_GO = "let_go", _("Let go")


class Flag(models.TextChoices):
    """What a customer is worth beside money."""

    REFERENCE = "reference", _("Others come because of them")
    LEARNING = "learning", _("We learn from them")
    GROWTH = "growth", _("They will grow")
    MARKET = "market", _("They open a market")


class KeepDecision(Said):
    """Whether we want a customer; the newest that stands holds, and nothing is done to anybody because of it."""

    outcome = models.CharField(_("decision"), max_length=8, choices=Outcome.choices)
    flags = models.JSONField(default=list, blank=True)
    because = models.CharField(_("because"), max_length=500)
    review_on = models.DateField(_("to be looked at again on"))
    contribution = models.FloatField(null=True, editable=False)

    class Meta:
        """Asked for by the day of the review."""

        indexes: ClassVar = [models.Index(fields=["review_on"])]

    def __str__(self) -> str:
        """The decision."""
        return f"{self.customer_id}: {self.get_outcome_display()}"

    @property
    def strategic(self) -> list[str]:
        """Its flags, in words."""
        return [str(Flag(flag).label) for flag in self.flags if flag in Flag.values]
