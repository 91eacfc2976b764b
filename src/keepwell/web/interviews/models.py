"""Interviews of why customers buy, stay and leave; what is asked, how answers are coded; why customers were lost."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as told
from django.utils.translation import gettext_lazy as _

from keepwell.errors import ConfigError
from keepwell.web.base.models import Record


class Kind(models.TextChoices):
    """What an interview is about."""

    BUY = "buy", _("Why they buy")
    STAY = "stay", _("Why they stay")
    LEAVE = "leave", _("Why they leave")


class State(models.TextChoices):
    """How an interview stands."""

    OPEN = "open", _("open")
    DONE = "done", _("done")
    DECLINED = "declined", _("declined by them")


class Went(models.TextChoices):
    """Where somebody who left does it now."""

    COMPETITOR = "competitor", _("with a competitor")
    IN_HOUSE = "in-house", _("they do it themselves")
    NO_NEED = "no need", _("they need it no more")
    NOT_TOLD = "not told", _("not told")


class _Written(Record):
    """Something in versions nobody changes."""

    SAYS: tuple[str, ...] = ()

    class Meta:
        """Of several kinds."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep it once."""
        if not self._state.adding:
            kept = type(self).everything.get(pk=self.pk)
            if any(getattr(kept, name) != getattr(self, name) for name in self.SAYS):
                raise ConfigError(
                    told("This version is not changed: answers point to it."), "", told("Make the next version.")
                )
        super().save(*args, **kwargs)


class Kit(_Written):
    """One version of what is said and asked."""

    SAYS = ("kind", "number", "opening", "questions")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    number = models.PositiveIntegerField()
    opening = models.TextField(_("said before the first question"), max_length=2000)
    questions = models.JSONField(default=list)

    class Meta:
        """Numbered from one on."""

        verbose_name = _("interview kit")
        constraints = (models.UniqueConstraint(fields=["kind", "number"], name="one_kit_a_number"),)

    def __str__(self) -> str:
        """Which."""
        return f"{self.get_kind_display()} · v{self.number}"


class CodeBook(_Written):
    """One version of the reason codes of a kind: codes [[code, words]]."""

    SAYS = ("kind", "number", "codes")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    number = models.PositiveIntegerField()
    codes = models.JSONField(default=list)

    class Meta:
        """Numbered from one on."""

        verbose_name = _("reason codes")
        constraints = (models.UniqueConstraint(fields=["kind", "number"], name="one_book_a_number"),)

    def __str__(self) -> str:
        """Which."""
        return f"{self.get_kind_display()} · v{self.number}"


class Interview(Record):
    """One conversation: what was asked, what they said word for word, and how it was coded."""

    customer_id = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(_("about"), max_length=5, choices=Kind.choices)
    because = models.CharField(max_length=20, blank=True, editable=False)
    happened_on = models.DateField(editable=False)
    due = models.DateField(editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN, editable=False)
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who of us asks"), on_delete=models.PROTECT, related_name="interviews"
    )
    kit = models.ForeignKey(Kit, editable=False, on_delete=models.PROTECT, related_name="interviews")
    book = models.ForeignKey(CodeBook, null=True, editable=False, on_delete=models.PROTECT, related_name="interviews")
    speaker = models.CharField(_("who of theirs answered"), max_length=200, blank=True)
    answers = models.JSONField(default=list, editable=False)
    codes = models.JSONField(default=list, editable=False)
    went = models.CharField(_("where they do it now"), max_length=10, choices=Went.choices, blank=True)
    went_to = models.CharField(_("which one"), max_length=200, blank=True)
    doubted = models.BooleanField(_("the renewal was in doubt"), null=True, editable=False)
    held_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        """One about each thing that happened."""

        verbose_name = _("interview")
        constraints = (
            models.UniqueConstraint(
                fields=["customer_id", "kind", "happened_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_interview_a_reason",
            ),
        )
        indexes = (models.Index(fields=["kind", "state"]),)

    def __str__(self) -> str:
        """With whom, about what."""
        return f"{self.customer_id} · {self.get_kind_display()}"


class Loss(Record):
    """Why one customer was lost, as somebody found out, with what it rests on."""

    customer_id = models.CharField(max_length=200)
    left_on = models.DateField()
    root = models.CharField(_("root reason"), max_length=40)
    evidence = models.CharField(_("what it rests on"), max_length=1000)
    interview = models.ForeignKey(Interview, null=True, editable=False, on_delete=models.PROTECT, related_name="losses")

    class Meta:
        """One a loss."""

        verbose_name = _("loss")
        constraints = (
            models.UniqueConstraint(
                fields=["customer_id", "left_on"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_record_a_loss",
            ),
        )

    def __str__(self) -> str:
        """Who, and why."""
        return f"{self.customer_id} · {self.root}"
