"""What is said when a question is kept."""

from typing import ClassVar

from django import forms

from keepwell.web.measures.models import View


class Keep(forms.ModelForm):
    """A name, and for whom."""

    class Meta:
        """Of a view."""

        model = View
        fields: ClassVar[tuple[str, ...]] = ("name", "shared")
