"""What is said of a meeting and of a rhythm."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.models import Person
from keepwell.web.meetings.models import Meeting, Rhythm, Sentiment


class MeetingForm(forms.ModelForm):
    """A meeting that is planned, or was held."""

    class Meta:
        """Of a meeting."""

        model = Meeting
        fields = ("kind", "about", "starts_at", "minutes", "with_whom", "host")
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = Person.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]
        self.fields["starts_at"].help_text = _("A time that has passed: it was held, and wants a note within 48 hours.")

        self.fields["minutes"].required = False
        self.fields["minutes"].widget.attrs |= {"min": 5, "max": 10_080, "step": 5}

    def clean_minutes(self) -> int:
        """An hour where nothing is said; a week at most."""
        given: int | None = self.cleaned_data["minutes"]
        if given is not None and not 1 <= given <= 10_080:
            raise forms.ValidationError(_("Choose from 1 minute to a week."))
        return given or 60

    def clean_starts_at(self) -> datetime:
        """A day that people meet on; others cannot be shown in every time zone."""
        given: datetime = self.cleaned_data["starts_at"]
        if not 1990 <= given.year <= 2100:
            raise forms.ValidationError(_("Choose a day between 1990 and 2100."))
        return given


class NoteForm(forms.Form):
    """What was said, and how they feel about us."""

    sentiment = forms.TypedChoiceField(
        label=_("How they feel about us"), choices=Sentiment.choices, coerce=int, widget=forms.RadioSelect
    )
    because = forms.CharField(label=_("Why they feel so"), max_length=500, help_text=_("As they said it, if you can."))
    words = forms.CharField(label=_("What was said"), max_length=8000, required=False, widget=forms.Textarea)


class RhythmForm(forms.ModelForm):
    """What a customer wishes, and where they stand."""

    class Meta:
        """Of a rhythm."""

        model = Rhythm
        fields = ("wish", "wish_words", "stage", "stage_because")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].help_text = _("Left open, it is told from the days since they came and to their renewal.")
        self.fields["wish"].widget.attrs |= {"min": 0, "max": 730}
