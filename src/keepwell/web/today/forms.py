"""What is said when a row of Today is settled."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.base.roles import who_may
from keepwell.web.today.models import Kind, Outcome


class Settle(forms.Form):
    """One decision of one row; which fields count depends on its kind."""

    customer = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=Kind.choices)
    until = forms.DateField(required=False)
    because = forms.CharField(required=False, max_length=500, strip=True)
    outcome = forms.ChoiceField(choices=[("", ""), *Outcome.choices], required=False)
    to = forms.ModelChoiceField(
        Person.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("Nobody of that name has a Today to find them on.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["to"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = takers()


def takers() -> "QuerySet[Person]":
    """To whom a customer may be handed: whoever signs in here and has a Today to find them on."""
    return Person.objects.filter(is_active=True, role__in=who_may("today"))
