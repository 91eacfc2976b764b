"""What shall be reached, by when, and who answers for it? A goal set in the browser as the command line sets it."""

import math
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.experiments import goals
from keepwell.experiments.figures import Asked, unit_of
from keepwell.prove.goal_words import judged, wanted
from keepwell.web.base.models import Person
from keepwell.web.measures.families import families
from keepwell.workspace import Workspace

_PERIODS = [
    ("month", gettext_lazy("month by month")),
    ("quarter", gettext_lazy("quarter by quarter")),
    ("week", gettext_lazy("week by week")),
    ("year", gettext_lazy("year by year")),
]


class GoalForm(forms.Form):
    """A figure, where it shall be, by when, and who answers for it."""

    metric = forms.ChoiceField(label=gettext_lazy("Figure"), initial="kept_share")
    target = forms.CharField(
        label=gettext_lazy("Target"),
        max_length=20,
        help_text=gettext_lazy("A share such as 90%, or money such as 120."),
    )
    by = forms.DateField(
        label=gettext_lazy("To be reached by the evening of"), widget=forms.DateInput(attrs={"type": "date"})
    )
    owner = forms.ChoiceField(label=gettext_lazy("Who answers for it"))
    every = forms.ChoiceField(label=gettext_lazy("Measured"), choices=_PERIODS, initial="month")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("metric", [(each.name, [(one.id, one.name) for one in each.metrics]) for each in families()])
        names = Person.objects.filter(is_active=True).order_by("name").values_list("name", flat=True)
        self._choices("owner", [(name, name) for name in dict.fromkeys(names)])

    def _choices(self, name: str, choices: list[Any]) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices

    def clean(self) -> dict[str, Any]:
        """The target in the unit of its figure: 90% is 0.9."""
        said = super().clean() or {}
        if {"metric", "target"} <= said.keys():
            value = _figure(said["target"], unit_of(said["metric"]))
            if math.isfinite(value):
                said["figure"] = value
            else:
                self.add_error(
                    "target", _("This is no such figure: a share is wanted as 90%, or as 0.9; money as 120.")
                )
        return said

    @property
    def wish(self) -> goals.Wish:
        """What is wanted, once the form is whole."""
        said = self.cleaned_data
        return goals.Wish(Asked(said["metric"], said["every"]), said["figure"], said["by"], said["owner"])


def _figure(said: str, unit: str) -> float:
    text = said.strip().replace("\N{NO-BREAK SPACE}", "").replace(",", ".")
    percent = text.endswith("%")
    try:
        value = float(text.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        return math.nan
    return math.nan if percent and unit != "share" else value


def feasible(opened: Workspace, wish: goals.Wish) -> list[str]:
    """
    What is wanted, and whether it can be reached, in sentences; nothing is entered.

    Raises:
        KeepwellError: There is nothing to measure a baseline from, or it is no goal.
    """
    goal, found = goals.drafted(opened, wish)
    return [wanted(goal), *judged(goal, found)]
