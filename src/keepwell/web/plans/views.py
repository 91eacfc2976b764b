"""Plans: all of them, one customer's, the next version, signatures, actions, and the quarterly review."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.act.plans import FUNCTIONS, SWOT, blanks, holds
from keepwell.errors import ConfigError, ModelError
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.paging import number
from keepwell.web.customers.access import customer_page
from keepwell.web.customers.models import Function, Seat
from keepwell.web.meetings.faces import face, faces, pages
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans import actions
from keepwell.web.plans.forms import PARTS, SPACE, ActionForm, Decision, PlanForm, Settled, lines, lists
from keepwell.web.plans.models import Action, Version
from keepwell.web.plans.pack import QUARTER, desk, pack
from keepwell.web.plans.reviews import due_reviews
from keepwell.web.promises.models import PROMISED, Origin, Promise
from keepwell.web.touches.ahead import warn

_ROOM = {"room": "plans", "tab": "plans"}
_SHOWN = 50
"""Rows of one page of a list."""

_AHEAD = timedelta(days=548)
"""A plan reaches eighteen months ahead unless somebody says otherwise."""


@page("customers")
def plans(request: HttpRequest) -> HttpResponse:
    """Every plan of the customers one sees, open actions, and reviews that are due."""
    me, on = person(request), timezone.localdate()
    kept, open_ = list(actions.standing()), Action.objects.filter(state=Action.State.OPEN)
    known = faces(me, {each.customer_id for each in kept})
    last = {each.customer_id: each for each in kept}
    signed = actions.signed(kept)
    rows: list[dict[str, Any]] = [
        {"who": known[id], "version": version, "n": len(signed[id][-1].functions), "holds": holds(signed[id], on)}
        for id, version in last.items()
        if id in known
    ]
    told = {
        "every": _page(request, "every", sorted(rows, key=lambda row: row["who"].name)),
        "reviews": _page(request, "reviews", due_reviews(on, known)),
        "four": len(FUNCTIONS),
        "on": on,
        **pages(request, Action.objects.select_related("owner"), {"todo": open_.order_by("due", "pk")}, _SHOWN),
    }
    return render(request, "plans/plans.html", _ROOM | told)


def _page(request: HttpRequest, name: str, rows: list[Any]) -> Page[Any]:
    return Paginator(rows, _SHOWN).get_page(number(request, name))


@customer_page()
def plan(request: HttpRequest, customer_id: str) -> HttpResponse:
    """One customer's plan as it stands, with its signatures and actions."""
    versions = list(actions.standing([customer_id]))
    shown = _asked(versions, request.GET.get("version", ""))
    form = ActionForm(request.POST or None, initial={"owner": person(request).pk})
    made = tried(form, lambda: actions.decide(customer_id, **form.cleaned_data, on=timezone.localdate()))
    if made is not None:
        offer_undo(request, _("The action is kept."), made)
        warn(request, made, customer_id)
        return redirect("plan", customer_id)
    told: dict[str, Any] = {
        "who": face(customer_id), "version": shown, "versions": versions[::-1], "form": form, "on": timezone.localdate(),
        "holds": holds(actions.signed(versions).get(customer_id, []), timezone.localdate()),
        "actions": Action.objects.filter(customer_id=customer_id).select_related("owner", "meeting").order_by("state", "due"),
    }  # fmt: skip
    if shown:
        told |= _signatures(request, shown) | {
            "blank": blanks(vars(shown)),
            "swot": _swot(shown),
            "newest": shown == versions[-1],
        }
        told |= {"parts": dict(PARTS), "space": dict(SPACE)}
    return render(request, "plans/plan.html", _ROOM | told, status=400 if form.is_bound else 200)


def _asked(versions: list[Version], number: str) -> Version | None:
    found = [each for each in versions if str(each.number) == number]
    return next(iter(found or versions[-1:]), None)


def _swot(version: Version) -> list[tuple[str, str]]:
    return [(str(Version._meta.get_field(name).verbose_name).capitalize(), getattr(version, name)) for name in SWOT]  # type: ignore[union-attr]


def _signatures(request: HttpRequest, version: Version) -> dict[str, Any]:
    """The four places, and which of them this person may fill."""
    there = {
        each.function: each for each in version.signatures.select_related("person").filter(withdrawn_at__isnull=True)
    }
    me = person(request)
    mine = (
        [] if any(each.person_id == me.pk for each in there.values()) else actions.functions_of(me, version.customer_id)
    )
    named = {
        seat.function: seat.person
        for seat in Seat.objects.filter(customer_id=version.customer_id, until__isnull=True).select_related("person")
    }
    places = [
        {
            "function": name,
            "named": named.get(name),
            "words": Function(name).label,
            "signed": there.get(name),
            "mine": name in mine and name not in there,
        }
        for name in FUNCTIONS
    ]
    return {"places": places, "n": len(there), "four": len(FUNCTIONS)}


@customer_page()
def write_plan(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The next version, beginning from the one before."""
    before, on = actions.newest(customer_id), timezone.localdate()
    form = PlanForm(request.POST or None, instance=_copy(before), initial={"until": on + _AHEAD})
    parts = lists(request.POST or None, before)

    def keep() -> Version:
        says = {name: form.cleaned_data[name] for name in form.fields}
        return actions.next_version(customer_id, on, says | {name: lines(each) for name, each in parts.items()})

    made = tried(form, keep) if all(each.is_valid() for each in parts.values()) else None
    if made is not None:
        offer_undo(request, _("Version %(n)s is kept. Four people sign it.") % {"n": made.number}, made)
        return redirect("plan", customer_id)
    names = {
        "goals": _("Goals"),
        "people": _("People"),
        "whitespace": _("What they could have of ours"),
        "risks": _("Risks"),
    }
    told = {
        "who": face(customer_id),
        "form": form,
        "parts": [(name, names[name], each) for name, each in parts.items()],
        "before": before,
    }
    return render(request, "plans/write.html", _ROOM | told, status=400 if form.is_bound else 200)


def _copy(before: Version | None) -> Version:
    """A new version that says in words what the one before said, but for its horizon."""
    return Version(**{name: getattr(before, name) for name in ("renewal_terms", *SWOT)}) if before else Version()


@customer_page()
@require_POST
def sign_plan(request: HttpRequest, customer_id: str, id: UUID, function: str) -> HttpResponse:
    """A signature."""
    version = get_object_or_404(Version, pk=id, customer_id=customer_id)
    offer_undo(request, _("Signed."), actions.sign(version, person(request), function))
    return redirect("plan", customer_id)


@customer_page()
@require_POST
def settle_action(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """Done, or dropped because."""
    form = Settled(request.POST)
    if not form.is_valid():
        raise ConfigError(_("What became of it was not said."), "", _("Say done or dropped."))
    action = get_object_or_404(Action, pk=id, customer_id=customer_id)
    offer_undo(request, _("Kept."), actions.settle(action, form.cleaned_data["state"], form.cleaned_data["outcome"]))
    return redirect("plans") if request.GET.get("back") == "plans" else redirect("plan", customer_id)


@customer_page()
def review(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The pack of a quarterly review, and what was decided in it."""
    on, last = timezone.localdate(), actions.last_review(customer_id)
    form = Decision(request.POST or None, initial={"owner": person(request).pk})
    made = tried(form, lambda: _decided(customer_id, form.cleaned_data, on, last))
    if made is not None:
        words = _("The decision is kept as a promise."), _("The decision is kept as an action.")
        offer_undo(request, words[isinstance(made, Action)], made)
        return redirect("review", customer_id)
    with company() as opened:
        try:
            found = pack(opened, customer_id)
        except ModelError:
            return render(request, "plans/no_review.html", _ROOM | {"who": face(customer_id)})
    version = actions.newest(customer_id)
    told = {
        "who": face(customer_id), "pack": found, "version": version, "form": form, "last": last, "days": QUARTER, **desk(customer_id),
        "blank": [name for name in blanks(vars(version)) if name in SWOT] if version else list(SWOT),
        "swot": _swot(version) if version else [],
        "held": bool(last and last.starts_at <= timezone.now()),
        "given": Promise.objects.filter(customer_id=customer_id, origin=Origin.REVIEW, state__in=PROMISED, created_at__gte=last.starts_at).select_related("by") if last else [],
        "decided": last.decisions.filter(withdrawn_at__isnull=True).select_related("owner") if last else [],
    }  # fmt: skip
    return render(request, "plans/review.html", _ROOM | told, status=400 if form.is_bound else 200)


def _decided(customer_id: str, said: dict[str, Any], on: date, last: Meeting | None) -> Promise | Action:
    """What was decided in the last review, as a promise to them or as something to do among ourselves."""
    if last is None or last.starts_at > timezone.now():
        raise ConfigError(
            _("No quarterly review with them was held yet."),
            _("Decisions belong to a review."),
            _("Keep the review first, under Meetings."),
        )
    if said["promised"]:
        return actions.promised(customer_id, said["what"], said["owner"], said["due"], last)
    return actions.decide(customer_id, said["what"], said["owner"], said["due"], on, last)
