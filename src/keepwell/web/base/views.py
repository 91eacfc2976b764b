"""The first set-up, oneself, people and teams, every change, and the way back from one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError
from keepwell.web import place
from keepwell.web.base import actions, setup
from keepwell.web.base import company as companies
from keepwell.web.base.access import page, person, public
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.colleagues import colleagues
from keepwell.web.base.context import RAIL
from keepwell.web.base.devices import device
from keepwell.web.base.forms import CompanyForm, Invitation, Myself, Setup, TeamForm, tried
from keepwell.web.base.models import Person, Team
from keepwell.workspace import Workspace

_CHANGES = 200
"""Changes of one page; more where several happened in the moment at its end."""

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@page("self")
def home(request: HttpRequest) -> HttpResponse:
    """The first room a person may enter."""
    first = next(place for place in RAIL if person(request).may(place.right))
    return redirect(first.route)


@public
def begin(request: HttpRequest) -> HttpResponse:
    """The first set-up; once there is somebody it is closed for good."""
    if setup.done():
        return redirect("home")
    ask = not companies.exists()
    form = Setup(request.POST or None, ask_company=ask)
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "base/setup.html", {"form": form})
    said = form.cleaned_data
    if ask:
        made = Company.of({"name": said["company"], "currency": said["currency"], "time_zone": said["time_zone"]})
        Workspace.create(place.folder(), made).close()
    first = setup.first_person(said["email"], said["name"], said["password"], said["time_zone"])
    login(request, first, backend="allauth.account.auth_backends.AuthenticationBackend")
    record_authentication(request, first, "password", email=first.email)
    return redirect("home")


@page("self")
def settings(request: HttpRequest) -> HttpResponse:
    """Oneself, and what a person's role lets them set."""
    form = Myself(request.POST or None, instance=person(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Kept."))
        return redirect("settings")
    return render(request, "base/settings.html", {"room": "settings", "form": form})


@page("people")
def company(request: HttpRequest) -> HttpResponse:
    """What the company says of itself; what follows from it is known by the next round."""
    margin = Company.load(place.folder() / FILE_NAME).gross_margin
    form = CompanyForm(request.POST or None, initial={"margin": None if margin is None else (margin * 100).normalize()})
    kept = tried(form, lambda: actions.say_margin(form.cleaned_data["margin"]))
    if kept is not None:
        offer_undo(request, _("Kept. What follows from it is known by the next round."), kept)
        return redirect("company")
    return render(
        request, "base/company.html", {"room": "settings", "form": form}, status=400 if form.is_bound else 200
    )


@require_POST
@page("self")
def end_session(request: HttpRequest, id: int) -> HttpResponse:
    """Sign oneself out on one other device."""
    found = get_object_or_404(UserSession, pk=id, user=person(request))
    told = device(found.user_agent)
    found.end()
    messages.success(request, _("Signed out: %(device)s.") % {"device": told})
    return redirect("usersessions_list")


@page("people")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who signs in, and teams."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("people")
    told: dict[str, Any] = {"room": "settings", "people": colleagues(), "teams": Team.objects.all(), "form": form}
    return render(request, "base/people.html", told)


@page("people")
def invite(request: HttpRequest) -> HttpResponse:
    """Somebody new; the link with which they choose their password is shown once."""
    form = Invitation(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.set_unusable_password()
        made.save()
        return _linked(request, made)
    return render(request, "base/person.html", {"room": "settings", "form": form})


@require_POST
@page("people")
def link(request: HttpRequest, id: UUID) -> HttpResponse:
    """A new link with which somebody chooses their password, shown once; the one before holds until one of them is used."""
    return _linked(request, get_object_or_404(Person, pk=id, is_active=True))


def _linked(request: HttpRequest, somebody: Person) -> HttpResponse:
    told = {"room": "settings", "made": somebody, "link": _link(request, somebody)}
    return render(request, "base/invited.html", told)


def _link(request: HttpRequest, somebody: Person) -> str:
    """Where a person chooses a password; good for three days and once."""
    key = f"{user_pk_to_url_str(somebody)}-{default_token_generator.make_token(somebody)}"
    uid, _dash, token = key.partition("-")
    return request.build_absolute_uri(reverse("account_reset_password_from_key", args=[uid, token]))


@page("people")
def somebody(request: HttpRequest, id: UUID) -> HttpResponse:
    """What one person may do."""
    known = get_object_or_404(Person, pk=id)
    form = Invitation(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Kept."))
        return redirect("people")
    return render(request, "base/person.html", {"room": "settings", "form": form, "known_person": known})


@require_POST
@page("people")
def deactivate(request: HttpRequest, id: UUID) -> HttpResponse:
    """Somebody signs in no more, and wherever they are signed in they are out."""
    known = get_object_or_404(Person, pk=id)
    if known.is_active:
        try:
            actions.deactivate(known)
        except ConfigError as fault:
            if actions.only_admin(known):
                raise
            told = {"room": "settings", "somebody": known, "fault": fault}
            return render(request, "base/owes.html", told, status=400)
        messages.success(request, _("%(name)s signs in no more.") % {"name": known})
    else:
        known.is_active = True
        known.save()
        messages.success(request, _("%(name)s may sign in again.") % {"name": known})
    return redirect("people")


@page("audit")
def audit(request: HttpRequest) -> HttpResponse:
    """Every change: who, what, before and after; the newest first, and from each page those before it."""
    kinds = [model for model in apps.get_models() if hasattr(model, "history") and not hasattr(model, "history_id")]
    dates = [kind.history.order_by().values("history_date") for kind in kinds]
    before = _moment(request.GET.get("before", ""))
    found = [change for kind in kinds for change in _changes(kind, before)]
    found.sort(key=lambda change: change.history_date, reverse=True)
    last = found[_CHANGES - 1].history_date if len(found) > _CHANGES else None
    told = {
        "room": "settings",
        "changes": [_told(each) for each in found if last is None or each.history_date >= last],
        "n": dates[0].union(*dates[1:], all=True).count(),
        "older": (last - _EPOCH) // _MICROSECOND if last else None,
        "before": before,
    }
    return render(request, "base/audit.html", told)


def _changes(kind: Any, before: datetime | None) -> Any:
    """The newest changes of one kind, or those before a moment; read by their day, however many there are."""
    found = kind.history.select_related("history_user")
    return (found if before is None else found.filter(history_date__lt=before))[: _CHANGES + 1]


def _moment(said: str) -> datetime | None:
    """The moment an address names, in microseconds since 1970; None where it names none."""
    return _EPOCH + int(said) * _MICROSECOND if said.isdecimal() and len(said) < 17 else None


def _told(change: Any) -> dict[str, Any]:
    before = change.prev_record if change.history_type == "~" else None
    moved = change.diff_against(before, foreign_keys_are_objs=False).changes if before else []
    what = {"+": _("made"), "~": _("changed"), "-": _("removed")}[change.history_type]
    return {"at": change.history_date, "by": change.history_user, "what": what, "name": change.instance._meta.verbose_name,
            "record": str(change.instance), "moved": moved}  # fmt: skip


@require_POST
@page("self")
def undo(request: HttpRequest, what: str) -> HttpResponse:
    """Take one's last change back."""
    actions.undo(person(request), what)
    messages.success(request, _("Undone."))
    back = request.META.get("HTTP_REFERER", "")
    fine = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(back if fine else "/")
