"""What is said of a renewal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.renewals.models import Assessment, Outcome


class Assess(forms.Form):
    """How it will end, as its owner thinks."""

    assessment = forms.ChoiceField(label=_("How it will end"), choices=Assessment.choices, widget=forms.RadioSelect)
    because = forms.CharField(label=_("Why"), max_length=300)


class Decide(forms.Form):
    """How it ended."""

    outcome = forms.ChoiceField(label=_("How it ended"), choices=Outcome.choices, widget=forms.RadioSelect)
    yearly = forms.DecimalField(
        label=_("What they will pay a year"), required=False, min_value=0, max_digits=16, decimal_places=2
    )
    because = forms.CharField(label=_("Why"), max_length=300)
