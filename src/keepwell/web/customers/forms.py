"""What is written down about a customer."""

from datetime import date
from math import isfinite
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.customers.models import Flag, Function, Goal, KeepDecision, Measured, Need, Words

_DAY = {"type": "date"}


class SeatForm(forms.Form):
    """Who has a seat from now on; nobody leaves it empty."""

    function = forms.ChoiceField(label=_("Seat"), choices=Function.choices)
    person = forms.ModelChoiceField(
        Person.objects.filter(is_active=True).order_by("name"),
        label=_("Person"),
        required=False,
        empty_label=_("nobody"),
    )


class Dated(forms.ModelForm):
    """What is written down of the past: its day is not ahead."""

    past: ClassVar[tuple[str, ...]] = ()
    ahead: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.today = today
        for name in (*self.past, *self.ahead):
            self.fields[name].widget = forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
        for name in self.past:
            self.fields[name].initial = self.fields[name].initial or today
            self.fields[name].widget.attrs["max"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Days lie where they belong, numbers are numbers."""
        said = super().clean() or {}
        for name in self.past:
            if said.get(name) and said[name] > self.today:
                self.add_error(name, _("This day is still ahead."))
        for name in self.ahead:
            if said.get(name) and said[name] <= self.today:
                self.add_error(name, _("This day has to lie ahead."))
        for name, value in said.items():
            if isinstance(value, float) and not isfinite(value):
                self.add_error(name, _("A number is wanted."))
        return said


class GoalForm(Dated):
    """A goal of the customer's business."""

    past = ("start",)

    class Meta:
        """Of a goal."""

        model = Goal
        fields = ("name", "unit", "start", "baseline", "target", "due")
        widgets: ClassVar[dict[str, forms.Widget]] = {"due": forms.DateInput(attrs=_DAY, format="%Y-%m-%d")}

    def clean(self) -> dict[str, Any]:
        """It ends after it began, and wants something to change."""
        said = super().clean()
        if said.get("start") and said.get("due") and said["due"] <= said["start"]:
            self.add_error("due", _("It is wanted before it begins."))
        if said.get("baseline") is not None and said.get("baseline") == said.get("target"):
            self.add_error("target", _("The value wanted is the value there is."))
        return said


class MeasuredForm(Dated):
    """A value on the way."""

    past = ("day",)

    class Meta:
        """Of a measured value."""

        model = Measured
        fields = ("value", "day")


class WordsForm(Dated):
    """What they said we are worth to them."""

    past = ("day",)

    class Meta:
        """Of words."""

        model = Words
        fields = ("words", "speaker", "day")
        widgets: ClassVar[dict[str, forms.Widget]] = {"words": forms.Textarea(attrs={"rows": 2})}


class NeedForm(Dated):
    """What they need."""

    class Meta:
        """Of a need."""

        model = Need
        fields = ("words", "source", "horizon", "day")
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "words": forms.Textarea(attrs={"rows": 2}),
            "day": forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
        }

    def clean(self) -> dict[str, Any]:
        """A need of next time has its day; one of now has none."""
        said = super().clean()
        if said.get("horizon") == "next" and not said.get("day"):
            self.add_error("day", _("When does it come up? A need of next time wants a day."))
        if said.get("horizon") == "now":
            said["day"] = None
        return said


class DecisionForm(Dated):
    """Whether we want them."""

    ahead = ("review_on",)
    flags = forms.MultipleChoiceField(
        label=_("What they are worth beside money"),
        choices=Flag.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        """Of a decision."""

        model = KeepDecision
        fields = ("outcome", "flags", "because", "review_on")
