"""What is said when a segment is kept."""

from typing import ClassVar

from django import forms

from keepwell.web.understanding.models import Segment


class Keep(forms.ModelForm):
    """A name, and for whom."""

    where = forms.CharField(max_length=20_000, widget=forms.HiddenInput)

    class Meta:
        """Of a segment."""

        model = Segment
        fields: ClassVar[tuple[str, ...]] = ("name", "shared")
