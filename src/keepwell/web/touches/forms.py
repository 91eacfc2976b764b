"""What is said of a touch."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from keepwell.web.promises.forms import GiveAll, colleagues
from keepwell.web.touches.actions import questions
from keepwell.web.touches.models import Channel, Touch, Value


class TouchForm(forms.ModelForm):
    """A contact; whose it is says the address."""

    value = forms.ChoiceField(label=_("What they get out of it"), choices=[("", "–"), *Value.choices], required=False)

    class Meta:
        """Of a touch."""

        model = Touch
        fields = (
            "direction", "channel", "at", "contact", "subject", "value", "note", "answers", "pitch_because", "question", "pitch", "by",
        )  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "at": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
            "subject": forms.TextInput(attrs={"autofocus": True}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["direction"].choices = Touch._meta.get_field("direction").choices
        fields["channel"].choices = Channel.choices
        fields["by"].queryset = colleagues()
        waiting = questions(self.instance.customer_id)
        if waiting:
            fields["answers"].queryset = waiting
            fields["answers"].label_from_instance = lambda each: (
                f"{date_format(timezone.localtime(each.at), 'SHORT_DATETIME_FORMAT')} · {each.subject}"
            )
        else:
            del fields["answers"]
        fields["value"].help_text = _(
            "Needed when we turn to them. Just catching up is not in the list: it wastes their time."
        )
        fields["question"].help_text = _("When they turn to us: it waits until it is answered.")
        fields["at"].help_text = _("A moment ahead plans it.")
        if not (self.is_bound or self.instance.pitch_because):
            fields["pitch_because"].widget = forms.HiddenInput()

    def ask_why(self) -> None:
        """Show the field of why it is sold all the same; it stands there only where it is asked for."""
        field: Any = self.fields["pitch_because"]
        field.widget = forms.TextInput(attrs={"maxlength": 500})


class Close(forms.Form):
    """Why a question needs no answer."""

    because = forms.CharField(label=_("Why it needs no answer"), max_length=500)


class GiveTouches(GiveAll):
    """Whose questions and planned outreach go to whom."""


class PatienceForm(forms.Form):
    """Hours of each channel."""

    def __init__(self, *args: Any, hours: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for id, name in Channel.choices:
            self.fields[id] = forms.IntegerField(label=name, min_value=1, max_value=720, initial=hours[id])
