"""What is written of an interview and of a loss."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.interviews.models import Interview, Kind, Went


class Begin(forms.Form):
    """Who asks, and about what."""

    kind = forms.ChoiceField(label=_("About"), choices=Kind.choices)
    happened_on = forms.DateField(
        label=_("The day of what it is about"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    interviewer = forms.ModelChoiceField(
        Person.objects.filter(is_active=True).order_by("name"), label=_("Who of us asks"),
        help_text=_("Why they buy is asked by somebody who did not sell to them."),
    )  # fmt: skip
    because = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)


class Held(forms.Form):
    """What they said, question by question, and how it is coded."""

    def __init__(self, *args: Any, interview: Interview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = []
        for place, question in enumerate(interview.kit.questions):
            name = f"answer_{place}"
            self.fields[name] = forms.CharField(
                label=question, required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 3})
            )
            self.asked.append(name)
        self.fields["speaker"] = forms.CharField(label=_("Who of theirs answered"), max_length=200, required=False)
        if interview.kind == Kind.LEAVE:
            self.fields["went"] = forms.ChoiceField(
                label=_("Where they do it now"), choices=[("", "–"), *Went.choices], required=False
            )
            self.fields["went_to"] = forms.CharField(label=_("Which one"), max_length=200, required=False)
        if interview.kind == Kind.STAY:
            self.fields["doubted"] = forms.NullBooleanField(
                label=_("Was the renewal in doubt?"),
                required=False,
                widget=forms.Select(choices=[("", _("not told")), ("true", _("yes")), ("false", _("no"))]),
            )
        codes = [(code, words) for code, words in interview.book.codes] if interview.book else []
        self.fields["codes"] = forms.MultipleChoiceField(
            label=_("Which reasons are in it, the root first"),
            choices=codes,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self) -> dict[str, Any]:
        """What is missing is told at its field."""
        said = super().clean() or {}
        if not any((said.get(name) or "").strip() for name in self.asked):
            self.add_error(self.asked[0], _("Nothing was answered. Write down what they said, or that they declined."))
        if not said.get("codes") and "codes" not in self.errors:
            self.add_error(
                "codes", _("No reason was chosen. Choose one or more: words are kept as they are, and coded beside.")
            )
        if "went" in self.fields and not said.get("went") and "went" not in self.errors:
            self.add_error("went", _("Where they do it now was not said. Choose “not told” where they did not tell."))
        return said

    def words(self) -> list[str]:
        """The answers in the order of the questions."""
        return [self.cleaned_data[name] for name in self.asked]


class LossForm(forms.Form):
    """Why somebody was lost."""

    customer = forms.CharField(max_length=200, widget=forms.HiddenInput)
    left_on = forms.DateField(widget=forms.HiddenInput)
    root = forms.CharField(label=_("Root reason"), max_length=40)
    evidence = forms.CharField(label=_("What it rests on"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))

    def offer(self, codes: Iterable[tuple[str, str]]) -> None:
        """What can be chosen; what is no code of the book the rules refuse."""
        self.fields["root"].widget = forms.Select(choices=[("", _("Choose one")), *codes])


class KitForm(forms.Form):
    """What is said and asked, and the codes."""

    opening = forms.CharField(label=_("Said before the first question"), max_length=2000, widget=forms.Textarea)
    questions = forms.CharField(
        label=_("Questions"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8}), help_text=_("One a line.")
    )


class CodesForm(forms.Form):
    """Reason codes."""

    codes = forms.CharField(
        label=_("Reason codes"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line: code = words."),
    )

    def pairs(self) -> list[tuple[str, str]]:
        """Code and words of each line."""
        lines = [line.partition("=") for line in self.cleaned_data["codes"].splitlines() if line.strip()]
        return [(code.strip()[:40], words.strip()[:120] or code.strip()[:120]) for code, _sign, words in lines]
