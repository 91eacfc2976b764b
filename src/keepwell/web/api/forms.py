"""What is said of a token, and of an endpoint."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.api.actions import EVENTS, offered
from keepwell.web.api.models import Scope
from keepwell.web.base.models import Person


class NewToken(forms.Form):
    """A token of one's own."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("How long it holds"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year"))],
        coerce=int,
        initial=90,
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(str(scope), Scope(scope).label) for scope in offered(person)]  # type: ignore[attr-defined]


class NewEndpoint(forms.Form):
    """Somebody to tell."""

    url = forms.CharField(label=_("Address"), max_length=500, widget=forms.URLInput(attrs={"placeholder": "https://"}))
    events = forms.MultipleChoiceField(
        label=_("Told of"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )
    private = forms.BooleanField(
        label=_("It may lie inside our own network"),
        required=False,
        help_text=_("Otherwise private and local addresses are refused."),
    )
