"""What is said of promises and of expectations."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from keepwell.web.base.forms import ZONES
from keepwell.web.base.models import Person
from keepwell.web.base.roles import who_may
from keepwell.web.promises.actions import APPROVES, When
from keepwell.web.promises.models import Expectation, Met, Origin, Promise, SortRule
from keepwell.web.promises.sorts import sorts


def day() -> forms.DateInput:
    """A field of a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def clock() -> forms.TimeInput:
    """A field of a time."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def colleagues() -> Any:
    """Everybody who signs in and may act on customers."""
    return Person.objects.filter(is_active=True, role__in=who_may("customers.write")).order_by("name")


class Due(forms.Form):
    """A moment on the customer's clock."""

    due_on = forms.DateField(label=_("Day"), widget=day())
    due_time = forms.TimeField(label=_("Time"), widget=clock())
    zone = forms.ChoiceField(label=_("On the clock of"), choices=ZONES)

    def when(self) -> When:
        """The moment."""
        said = self.cleaned_data
        return When(said["due_on"], said["due_time"], said["zone"])


class PromiseForm(forms.ModelForm):
    """A promise."""

    zone = forms.ChoiceField(label=_("On the clock of"), choices=ZONES)
    sort = forms.ChoiceField(label=_("Type"))

    class Meta:
        """Of a promise; whose it is says the address."""

        model = Promise
        fields = ("text", "to", "by", "sort", "due_on", "due_time", "zone", "origin", "link", "because", "approver")
        labels: ClassVar[dict[str, Any]] = {"text": _("What is promised"), "to": _("To whom of them")}
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "due_on": day(), "due_time": clock(), "text": forms.TextInput(attrs={"autofocus": True}),
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorts().values()
        fine = [(sort.id, sort.name) for sort in known if not sort.never]
        never = [(sort.id, sort.name) for sort in known if sort.never]
        choices: list[Any] = [*fine, (_("Never to promise"), never)] if never else fine
        self.fields["sort"].choices = choices  # type: ignore[attr-defined]
        self.fields["origin"].choices = Origin.choices  # type: ignore[attr-defined]
        by, approver = cast("Any", self.fields["by"]), cast("Any", self.fields["approver"])
        by.queryset, by.empty_label = colleagues(), None
        approver.queryset, approver.empty_label = approvers(), _("nobody: the reason is enough")
        approver.label = _("Who has to approve it")
        approver.help_text = _("It waits for them, and is promised only once they approve.")
        self.fields["link"].help_text = _("The mail, the notes of the meeting, the plan.")

    def among(self, theirs: Sequence[str], me: Person) -> None:
        """
        Offer the account's people, and of the approvers those who are not oneself.

        Args:
            theirs: What the account's people are called.
            me: Who fills it in.
        """
        self.theirs = theirs
        self.fields["to"].widget.attrs |= {"list": "theirs"} if theirs else {}
        self.fields["approver"].queryset = approvers().exclude(pk=me.pk)  # type: ignore[attr-defined]

    @property
    def needed(self) -> bool:
        """Whether a reason or an approver was asked for, or given."""
        return bool(self.instance.listed or self["because"].value() or self["approver"].value())

    def clean_link(self) -> str:
        """Where it can be opened it is a page; anything else is told as words."""
        return str(self.cleaned_data["link"]).strip()


class Keep(forms.Form):
    """What shows that a promise was kept."""

    evidence = forms.CharField(label=_("What shows it"), max_length=1000, help_text=_("A link, or a sentence."))


class Break(forms.Form):
    """Why a promise was broken."""

    because = forms.CharField(label=_("What happened, and what they were told"), max_length=1000)


class Release(forms.Form):
    """Who of the customer released us."""

    released_by = forms.CharField(label=_("Who of the customer released us"), max_length=120)
    because = forms.CharField(label=_("What they said"), max_length=1000, required=False)


class Move(Due):
    """Another moment, and why."""

    because = forms.CharField(label=_("Why, and what they were told"), max_length=500)


def approvers() -> Any:
    """Everybody who may approve what is on the list of things never to promise."""
    return colleagues().filter(role__in=who_may(APPROVES))


class Approve(forms.Form):
    """That a promise may be given; there is nothing to say."""


class Refuse(forms.Form):
    """Why a promise may not be given."""

    because = forms.CharField(label=_("Why not"), max_length=1000)


class AskAnother(forms.Form):
    """Who else is asked to approve."""

    approver = forms.ModelChoiceField(
        Person.objects.none(), label=_("Who approves it"), empty_label=_("Choose somebody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["approver"].queryset = approvers()  # type: ignore[attr-defined]


class Give(forms.Form):
    """Who takes a promise over."""

    to = forms.ModelChoiceField(Person.objects.none(), label=_("To"), empty_label=_("Choose somebody"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = colleagues()  # type: ignore[attr-defined]


class GiveAll(Give):
    """Whose promises go to whom."""

    whose = forms.ModelChoiceField(
        Person.objects.order_by("-is_active", "name"), label=_("Open promises of"), empty_label=_("Choose somebody")
    )
    field_order = ("whose", "to")

    def limit(self, people: Sequence[Person]) -> None:
        """Only of people whose work is seen."""
        self.fields["whose"].queryset = Person.objects.filter(pk__in=[each.pk for each in people]).order_by("name")  # type: ignore[attr-defined]


class SortForm(forms.ModelForm):
    """A type of promise."""

    class Meta:
        """Of a company's rule."""

        model = SortRule
        fields = ("name", "never", "signs")
        widgets: ClassVar[dict[str, forms.Widget]] = {"signs": forms.Textarea(attrs={"rows": 4})}


class ExpectationForm(forms.ModelForm):
    """What a customer was led to expect."""

    class Meta:
        """Of an expectation; whose it is says the address."""

        model = Expectation
        fields = ("about", "text", "until", "seller", "sold_on")
        widgets: ClassVar[dict[str, forms.Widget]] = {"until": day(), "sold_on": day()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seller"].queryset = colleagues()  # type: ignore[attr-defined]
        self.fields["until"].help_text = _("Needed where a date was promised.")


class Compare(forms.Form):
    """What came of an expectation."""

    met = forms.ChoiceField(label=_("What came of it"), choices=Met.choices)
    note = forms.CharField(label=_("In the customer's words"), max_length=500, required=False)
