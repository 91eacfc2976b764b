"""Account plans in versions nobody changes, who signed them, and what somebody is to do."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as told
from django.utils.translation import gettext_lazy as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Record
from keepwell.web.customers.models import Function
from keepwell.web.meetings.models import Meeting


class Version(Record):
    """
    One version of one customer's plan; what it says never changes: who wants it otherwise makes the next.

    goals: [{"what", "measure", "by"}]; people: [{"name", "part", "note"}]; whitespace: [{"what", "state"}];
    risks: [{"what", "owner", "answer"}].
    """

    SAYS = ("customer_id", "number", "until", "goals", "people", "whitespace", "risks", "renewal_terms",
            "strengths", "weaknesses", "opportunities", "threats")  # fmt: skip

    customer_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    until = models.DateField(_("the plan reaches until"))
    goals = models.JSONField(default=list)
    people = models.JSONField(default=list)
    whitespace = models.JSONField(default=list)
    risks = models.JSONField(default=list)
    renewal_terms = models.TextField(
        _("renewal terms"), blank=True, max_length=4000, help_text=_("What we want to renew, on which terms, and how.")
    )
    strengths = models.TextField(_("strengths"), blank=True, max_length=1000)
    weaknesses = models.TextField(_("weaknesses"), blank=True, max_length=1000)
    opportunities = models.TextField(_("opportunities"), blank=True, max_length=1000)
    threats = models.TextField(_("threats"), blank=True, max_length=1000)

    class Meta:
        """Numbered from one on."""

        verbose_name = _("plan")
        constraints = (models.UniqueConstraint(fields=["customer_id", "number"], name="one_version_a_number"),)

    def __str__(self) -> str:
        """Whose, and which."""
        return f"{self.customer_id} · v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it once."""
        if not self._state.adding:
            kept = Version.everything.get(pk=self.pk)
            if any(getattr(kept, name) != getattr(self, name) for name in self.SAYS):
                raise ConfigError(
                    told("A version of a plan is not changed."),
                    "",
                    told("Make the next version; the four sign it anew."),
                )
        super().save(*args, **kwargs)


class SignOff(Record):
    """One of four signatures under one version."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="signatures")
    function = models.CharField(_("for"), max_length=10, choices=Function.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")

    class Meta:
        """One of each function, and nobody twice."""

        verbose_name = _("signature")
        constraints = (
            models.UniqueConstraint(
                fields=["version", "function"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_signature_a_function",
            ),
            models.UniqueConstraint(
                fields=["version", "person"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_signature_a_person",
            ),
        )

    def __str__(self) -> str:
        """Who, for what."""
        return f"{self.person} · {self.get_function_display()}"


class Action(Record):
    """Something one person is to do for a customer until a day: of a plan, or decided in a meeting."""

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    customer_id = models.CharField(max_length=200, db_index=True)
    what = models.CharField(_("what"), max_length=300)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="actions"
    )
    due = models.DateField(_("until"), db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True, editable=False)
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="decisions"
    )

    class Meta:
        """Asked for by how they stand."""

        verbose_name = _("action")
        indexes = (models.Index(fields=["state", "due"]),)

    def __str__(self) -> str:
        """What."""
        return self.what
