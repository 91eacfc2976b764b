"""What people fill in about themselves, each other and the company; and how a form is tried so that nothing typed is lost."""

import secrets
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keepwell import currencies
from keepwell.errors import ConfigError
from keepwell.web.base import setup
from keepwell.web.base.actions import only_admin
from keepwell.web.base.models import Person, Team
from keepwell.web.base.roles import FIRST_REACH, Reach

Done = TypeVar("Done")


def tried(form: forms.BaseForm, act: Callable[[], Done]) -> Done | None:
    """What came of a form; a refusal stands at the form, so that nothing typed is lost."""
    if not form.is_valid():
        return None
    try:
        return act()
    except ConfigError as fault:
        form.add_error(None, " ".join(filter(None, (fault.came, fault.wanted, fault.todo))))
        return None


ZONES = [
    (zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone or zone == "UTC"
]


_COMMON = (
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "JPY",
    "CNY",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "CAD",
    "AUD",
    "INR",
    "BRL",
)


def _currencies() -> list[tuple[Any, Any]]:
    """Currencies of today with their names, those most books are kept in first."""
    from babel.numbers import get_currency_name

    language = (get_language() or "en").replace("zh-hans", "zh_Hans").replace("-", "_")
    told = {code: f"{code} · {get_currency_name(code, locale=language)}" for code in currencies.CURRENT}
    rest = sorted((code, name) for code, name in told.items() if code not in _COMMON)
    return [(_("Often used"), [(code, told[code]) for code in _COMMON]), (_("All of them"), rest)]


class CompanyForm(forms.Form):
    """What the company says of itself that no file of data tells."""

    margin = forms.DecimalField(
        label=_("Gross margin, in percent"),
        required=False,
        min_value=Decimal("0.1"),
        max_value=100,
        decimal_places=1,
        help_text=_("What is left of revenue after the cost of what was sold. Leave it empty where it is not known."),
    )


class Setup(forms.Form):
    """The first person of a new desk, and the company where there is none yet."""

    code = forms.CharField(label=_("Set-up code"), max_length=40, help_text=_("Printed where the desk was started."))
    company = forms.CharField(label=_("Company"), max_length=120)
    currency = forms.ChoiceField(label=_("Currency of its books"), choices=_currencies, initial="EUR")
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=ZONES, initial="UTC", widget=forms.Select(attrs={"data-own-zone": ""})
    )
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail address"))
    password = forms.CharField(
        label=_("A password"),
        min_length=10,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Ten characters or more."),
    )

    def __init__(self, *args: Any, ask_company: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ask_company:
            for name in ("company", "currency"):
                del self.fields[name]

    def clean_code(self) -> str:
        """The code as it was printed."""
        given = str(self.cleaned_data["code"]).strip()
        if not secrets.compare_digest(given.encode(), setup.code().encode()):
            raise forms.ValidationError(_("This is not the code. It is printed where the desk was started."))
        return given

    def clean_password(self) -> str:
        """A password that is not easily guessed."""
        given = str(self.cleaned_data["password"])
        validate_password(given)
        return given


_USUAL = _(
    "Usual is: own customers for sales and customer success, the team's for managers, all of them for the others."
)


class Invitation(forms.ModelForm):
    """Somebody new, or what somebody may do."""

    class Meta:
        """Of a person."""

        model = Person
        fields = ("name", "email", "role", "reach", "team", "known_as")
        widgets: ClassVar[dict[str, forms.Widget]] = {"known_as": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            usual = [("", _("what is usual for the role")), *Reach.choices]
            self.fields["reach"] = forms.ChoiceField(label=_("Sees"), choices=usual, required=False, help_text=_USUAL)
            self.initial["reach"] = ""

    def clean_email(self) -> str:
        """One address is one person, however it is spelt."""
        given = str(self.cleaned_data["email"]).lower()
        if Person.objects.filter(email=given).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Somebody has this address already. A new link for them is made on their own page, under People.")
            )
        return given

    def clean(self) -> dict[str, Any]:
        """A new person sees what is usual for the role; the only administrator stays one."""
        said = super().clean() or {}
        if not self.instance._state.adding and said.get("role") != "admin" and only_admin(self.instance):
            self.add_error("role", _("This is the only administrator. Make somebody else an administrator first."))
        if not said.get("reach"):
            said["reach"] = FIRST_REACH[said.get("role", "rep")]
        return said


class Myself(forms.ModelForm):
    """What a person says of themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=[("", _("the company's")), *ZONES], required=False)

    class Meta:
        """Of a person."""

        model = Person
        fields = ("name", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from django.conf import settings

        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=[("", _("the browser's")), *settings.LANGUAGES], required=False
        )


class TeamForm(forms.ModelForm):
    """A team."""

    class Meta:
        """Of a team."""

        model = Team
        fields = ("name",)
