"""What is written in a plan, and what is to be done."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.act.plans import SWOT
from keepwell.web.base.models import Person
from keepwell.web.plans.models import Action, Version

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

PARTS = [
    ("decides", _("decides")),
    ("uses", _("uses")),
    ("blocks", _("blocks")),
    ("missing", _("missing: we should know them")),
]
SPACE = [
    ("own", _("they own it")),
    ("fit", _("would fit")),
    ("offered", _("was offered")),
    ("no", _("nothing for them")),
]


class Goal(forms.Form):
    """What they want to reach."""

    what = forms.CharField(label=_("What they want to reach"), max_length=300, required=False)
    measure = forms.CharField(label=_("How it is measured"), max_length=200, required=False)
    by = forms.CharField(label=_("By when"), max_length=40, required=False)


class Somebody(forms.Form):
    """Somebody of theirs."""

    name = forms.CharField(label=_("Who"), max_length=120, required=False)
    part = forms.ChoiceField(label=_("Their part"), choices=PARTS, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class Space(forms.Form):
    """Something of ours they could have."""

    what = forms.CharField(label=_("What of ours"), max_length=200, required=False)
    state = forms.ChoiceField(label=_("How it stands"), choices=SPACE, required=False)


class Risk(forms.Form):
    """What may go wrong."""

    what = forms.CharField(label=_("What may go wrong"), max_length=300, required=False)
    owner = forms.CharField(label=_("Who of us watches it"), max_length=120, required=False)
    answer = forms.CharField(label=_("What we do about it"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """A risk has an owner."""
        said = super().clean() or {}
        if said.get("what") and not said.get("owner"):
            self.add_error("owner", _("A risk has somebody who watches it."))
        return said


LISTS = {"goals": Goal, "people": Somebody, "whitespace": Space, "risks": Risk}
"""Parts of a plan that are lists: name -> the form of one line; its first field says whether the line is there."""


class PlanForm(forms.ModelForm):
    """What a plan says in words."""

    class Meta:
        """Of a version."""

        model = Version
        fields = ("until", "renewal_terms", "strengths", "weaknesses", "opportunities", "threats")
        widgets: ClassVar[dict[str, forms.Widget]] = {"until": _DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].help_text = _("Twelve to twenty-four months ahead.")
        for name in ("renewal_terms", *SWOT):
            self.fields[name].widget.attrs["rows"] = 4


def lists(data: Any, before: Version | None) -> dict[str, Any]:
    """The lists of a plan to be filled in, with what stood before and two empty lines."""
    made = {}
    for name, form in LISTS.items():
        kind = forms.formset_factory(form, extra=2, max_num=60, absolute_max=80)
        made[name] = kind(data, prefix=name, initial=None if data else getattr(before, name, []))
    return made


def lines(formset: Any) -> list[dict[str, str]]:
    """The lines of a list that say something."""
    first = next(iter(formset.form.base_fields))
    return [dict(each) for each in formset.cleaned_data if each.get(first)]


class ActionForm(forms.ModelForm):
    """Something one person is to do until a day."""

    class Meta:
        """Of an action."""

        model = Action
        fields = ("what", "owner", "due")
        widgets: ClassVar[dict[str, forms.Widget]] = {"due": _DAY}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Person.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]


class Decision(ActionForm):
    """What was decided in a review: promised to them, or to be done among ourselves."""

    promised = forms.BooleanField(
        label=_("We promised it to them"), required=False, initial=True,
        help_text=_("Then it stands among promises, due at five in the afternoon on their clock, and is kept with evidence."),
    )  # fmt: skip


class Settled(forms.Form):
    """What became of an action."""

    state = forms.ChoiceField(choices=[("done", _("done")), ("dropped", _("dropped"))])
    outcome = forms.CharField(max_length=300, required=False)
