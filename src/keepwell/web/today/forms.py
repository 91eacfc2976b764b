"""What is said when a row of Today is settled."""

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.today.models import Kind, Outcome


class Settle(forms.Form):
    """One decision of one row; which fields count depends on its kind."""

    customer = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=Kind.choices)
    until = forms.DateField(required=False)
    because = forms.CharField(required=False, max_length=500, strip=True)
    outcome = forms.ChoiceField(choices=[("", ""), *Outcome.choices], required=False)
    to = forms.ModelChoiceField(
        Person.objects.filter(is_active=True),
        required=False,
        error_messages={"invalid_choice": _("Nobody of that name signs in here.")},
    )
