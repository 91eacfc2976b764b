"""What is said when a question is kept, and when it is mailed."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.measures.models import Mailing, View


class Keep(forms.ModelForm):
    """A name, and for whom."""

    class Meta:
        """Of a view."""

        model = View
        fields: ClassVar[tuple[str, ...]] = ("name", "shared")


class MailForm(forms.ModelForm):
    """How often, on which day, at which hour, and to whom."""

    class Meta:
        """Of a mailing."""

        model = Mailing
        fields: ClassVar[tuple[str, ...]] = ("rhythm", "weekday", "day", "hour")

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"] = forms.ModelMultipleChoiceField(
            people, label=_("To whom"), required=False, widget=forms.CheckboxSelectMultiple
        )
