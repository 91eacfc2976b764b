"""Promises: late, due, next and closed; one promise with what became of it; how well they are kept; who takes them over."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.promises import standing
from keepwell.web.base.access import page, person, refused
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.forms import tried
from keepwell.web.base.models import Person
from keepwell.web.base.paging import number
from keepwell.web.base.roles import Reach
from keepwell.web.promises import actions, approval
from keepwell.web.promises.forms import (
    Approve,
    AskAnother,
    Break,
    Give,
    GiveAll,
    Keep,
    Move,
    PromiseForm,
    Refuse,
    Release,
)
from keepwell.web.promises.models import Alert, Promise, State
from keepwell.web.promises.sorts import names
from keepwell.web.promises.whom import asked, known, name_of, not_seen, people_of, sees
from keepwell.web.promises.whom import one as customer_of
from keepwell.web.touches.ahead import warn

_SHOWN = 50


def _row(each: Promise, customers: Any, sorts: dict[str, str]) -> dict[str, Any]:
    return {"promise": each, "name": name_of(customers, each.customer_id), "sort": sorts.get(each.sort, each.sort)}


def _rows(found: list[Promise]) -> list[dict[str, Any]]:
    customers, sorts = known({each.customer_id for each in found}), names()
    return [_row(each, customers, sorts) for each in found]


@page("customers")
def promises(request: HttpRequest) -> HttpResponse:
    """What is late, due today and next; or what was closed, what a rate counts, what is on the list of things never promised."""
    me, now, show = person(request), timezone.now(), request.GET.get("show", "")
    show = show if show in _SHOWS else ""
    whose = request.GET.get("whose", "own")
    customer = asked(request)
    among = of_customer(me, customer, Promise.objects) if customer else Promise.objects.filter(actions.of(me, whose))
    among = among.select_related("by")
    if (by := uuid_of(request.GET.get("by", ""))) is not None:
        among = among.filter(by=by)
    listed = _of(among, show, now)
    shown = Paginator(listed.order_by(*_ORDERS.get(show, ("-due_at", "pk") if show else ("due_at", "pk"))), _SHOWN)
    part = shown.get_page(number(request))
    plain = not (show or by or customer) and part.number == 1
    decided = approval.to_decide([me]) if plain else Promise.objects.none()
    deciding: Page[Any] = Paginator(decided, _SHOWN).get_page(number(request, "deciding"))
    rows, ends = _rows([*deciding, *part]), _ends(now)
    deciding.object_list, rows = rows[: len(deciding)], rows[len(deciding) :]
    groups = [
        {"id": id, "name": name, "rows": [row for row in rows if show or _standing(row["promise"], now, ends) == id]}
        for id, name in ([(show, _SHOWS[show]())] if show else _groups())
    ]  # fmt: skip
    told = {"room": "promises", "tab": "promises", "show": show, "whose": whose, "groups": groups, "page": part, "n": shown.count,
            "reaches": reaches(me), "rate": actions.rate(among, now), "one": by or customer, "deciding": deciding}  # fmt: skip
    return render(request, "promises/promises.html", told)


def of_customer(me: Person, customer: str, records: Any) -> Any:
    """What all of us have with one customer, for who sees them; otherwise only what is one's own."""
    told = known([customer]).get(customer)
    whole = sees(me, customer, told.owner if told else None)
    return (
        records.filter(customer_id=customer)
        if whole
        else records.filter(actions.of(me, me.reach), customer_id=customer)
    )


def _groups() -> list[tuple[str, str]]:
    return [
        ("late", _("Late")),
        ("due", _("Due today")),
        ("next", _("Next")),
        ("waiting", _("Wait for somebody's approval: not promised yet")),
    ]


def _standing(each: Promise, now: datetime, ends: datetime) -> str:
    return "waiting" if each.state == State.WAITING else standing("open", each.due_at, now, ends)


_ORDERS = {"closed": ("-closed_at", "pk")}


_SHOWS: dict[str, Callable[[], str]] = {
    "closed": lambda: _("Closed"),
    "counted": lambda: _("Fell due, or were broken before, in the last 90 days"),
    "kept": lambda: _("Kept on time, of those that fell due in the last 90 days"),
    "late": lambda: _("Kept late, of those that fell due in the last 90 days"),
    "broken": lambda: _("Broken, of those that fell due in the last 90 days"),
    "open": lambda: _("Still open, of those that fell due in the last 90 days"),
    "never": lambda: _("Promised although on the list of things never to promise"),
}
"""What else than the open ones can be looked at."""


def _of(among: QuerySet[Promise], show: str, now: datetime) -> QuerySet[Promise]:
    if show == "closed":
        return among.exclude(state__in=actions.OWED)
    if show == "never":
        return among.filter(listed=True)
    if show == "counted":
        return among.filter(actions.fell_due(now))
    if show in _SHOWS:
        return among.filter(actions.fell_due(now), state=show)
    return among.filter(state__in=actions.OWED)


def reaches(me: Person) -> list[tuple[str, str]]:
    """How far the person may look."""
    reach = [("own", _("Mine"))]
    if me.reach != Reach.OWN and me.team_id:
        reach.append(("team", _("My team's")))
    if me.reach == Reach.ALL:
        reach.append(("all", _("All")))
    return reach


def _ends(now: datetime) -> datetime:
    """When the reader's day ends."""
    today = timezone.localdate(now)
    return datetime.combine(today + timedelta(days=1), time(), timezone.get_current_timezone())


def uuid_of(text: str) -> UUID | None:
    """An id of an address, None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@page("customers", write="customers.write")
def new(request: HttpRequest) -> HttpResponse:
    """A promise to one customer."""
    me, id = person(request), asked(request)
    customer = customer_of(id)
    if blocked := not_seen(request, id, customer.owner):
        return blocked
    week = timezone.now().astimezone(ZoneInfo(customer.zone)).date() + timedelta(days=7)
    first = {
        "by": me.pk,
        "zone": customer.zone,
        "due_on": week,
        "due_time": time(10),
        "origin": request.GET.get("origin", "call"),
    }
    form = PromiseForm(request.POST or None, instance=Promise(customer_id=id, created_by=me), initial=first)
    form.among(people_of(id), me)
    made = tried(form, lambda: actions.promise(form.save(commit=False), timezone.now()))
    if made is not None:
        waits = made.state == State.WAITING
        words = _("It waits for the approval of %(who)s: %(text)s.") if waits else _("Promised: %(text)s.")
        offer_undo(request, words % {"text": made.text, "who": made.approver}, made)
        warn(request, made, id)
        return redirect("promise", made.pk)
    told = {"room": "promises", "form": form, "customer_id": id, "customer": customer}
    return render(request, "promises/new.html", told, status=400 if request.method == "POST" else 200)


def _found(request: HttpRequest, id: UUID) -> tuple[Promise, HttpResponse | None]:
    """A promise, and a refusal where the person neither gave it, nor sees whose it is, nor sees its customer."""
    found = get_object_or_404(Promise.objects.select_related("by", "approver", "created_by"), pk=id)
    if actions.visible(person(request)).filter(pk=id).exists():
        return found, None
    told = known([found.customer_id]).get(found.customer_id)
    if sees(person(request), found.customer_id, told.owner if told else None):
        return found, None
    return found, refused(request, _("%(name)s gave this promise. Ask them, or an administrator.") % {"name": found.by})


FORMS: dict[str, type[forms.Form]] = {"kept": Keep, "move": Move, "broken": Break, "released": Release, "give": Give}
"""What can be done with an open promise."""

WAITS: dict[str, type[forms.Form]] = {"approve": Approve, "refuse": Refuse, "ask": AskAnother}
"""What can be done with one that waits for an approval."""

_TYPED = "promise_typed"
"""Of the session: what somebody typed for a promise that another closed meanwhile."""


@page("customers")
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    """One promise."""
    found, blocked = _found(request, id)
    return blocked or _shown(request, found)


def _shown(request: HttpRequest, found: Promise, act: str = "", form: forms.Form | None = None) -> HttpResponse:
    me, first = person(request), {"due_on": found.due_on, "due_time": found.due_time, "zone": found.zone}
    offered = {
        name: form if name == act and form else kind(initial=first, auto_id=f"{name}-%s")
        for name, kind in _acts(found).items()
    }
    typed = request.session.pop(_TYPED, None) if request.session.get(_TYPED, {}).get("id") == str(found.pk) else None
    alerts = (
        Alert.objects.filter(promise=found, told_at__isnull=False).select_related("person").order_by("-told_at")[:3]
    )
    told = {"room": "promises", "act": act, "forms": offered, "moved": actions.moved_from(found), "typed": typed,
            "may": me.may("customers.write"), "mine": found.approver == me, "alerts": alerts, **_rows([found])[0]}  # fmt: skip
    return render(request, "promises/promise.html", told, status=400 if form else 200)


def _acts(found: Promise) -> dict[str, type[forms.Form]]:
    return {State.OPEN.value: FORMS, State.WAITING.value: WAITS}.get(found.state, {})


@page("customers", write="customers.write")
def settle(request: HttpRequest, id: UUID, act: str) -> HttpResponse:
    """Kept, moved, broken, released, given to somebody else; or approved or not."""
    found, blocked = _found(request, id)
    if blocked:
        return blocked
    kind = (FORMS | WAITS).get(act)
    if request.method != "POST" or kind is None:
        return redirect("promise", id)
    form = kind(request.POST, auto_id=f"{act}-%s")
    done = tried(form, lambda: _done(found, act, form, person(request))) if act in _acts(found) else None
    if done is None:
        found.refresh_from_db()
        return _shown(request, found, act, form) if act in _acts(found) else _lead(request, found, form)
    told = {"text": done.text, "what": _WORDS[act]() if act in _WORDS else done.get_state_display()}
    offer_undo(request, _("%(text)s: %(what)s.") % told, done)
    return redirect("promises")


def _lead(request: HttpRequest, found: Promise, form: forms.Form) -> HttpResponse:
    """To the promise somebody settled first, with what the second one typed."""
    change = found.history.select_related("history_user").first()
    said = {"who": change.history_user, "state": found.get_state_display()}
    told = _("%(who)s was first: it is settled already (%(state)s). Nothing of what you sent was done.")
    if change.history_user is None or change.history_user == person(request):
        told = _("It is settled already (%(state)s). Nothing of what you sent was done.")
    typed = [(str(field.label), form.data.get(field.html_name, "")[:1000]) for field in form]
    request.session[_TYPED] = {
        "id": str(found.pk), "told": told % {**said, "who": str(said["who"])}, "typed": [each for each in typed if each[1]]
    }  # fmt: skip
    return redirect("promise", found.pk)


_WORDS = {
    "move": lambda: _("moved"),
    "give": lambda: _("handed over"),
    "approve": lambda: _("approved, so it is promised"),
    "ask": lambda: _("somebody else is asked"),
}


def _done(found: Promise, act: str, form: Any, me: Person) -> Promise:
    said, now = form.cleaned_data, timezone.now()
    if act == "approve":
        return approval.approve(found.pk, me, now)
    if act == "refuse":
        return approval.refuse(found.pk, me, said["because"], now)
    if act == "ask":
        return approval.ask_another(found.pk, said["approver"])
    if act == "kept":
        return actions.keep(found.pk, said["evidence"], now)
    if act == "broken":
        return actions.broken(found.pk, said["because"], now)
    if act == "released":
        return actions.release(found.pk, said["released_by"], said["because"], now)
    if act == "move":
        return actions.move(found.pk, form.when(), said["because"], now)
    return actions.hand_over(Promise.objects.filter(pk=found.pk), said["to"])[0]


@page("customers")
def kept(request: HttpRequest) -> HttpResponse:
    """How well everybody one sees keeps promises."""
    me, now = person(request), timezone.now()
    people = sees_of(me)
    told = actions.rates(people, now)
    teams: dict[Any, list[actions.Kept]] = {}
    for each in told:
        teams.setdefault(each.person.team, []).append(each)
    rows = [
        {"team": team, "rate": actions.team_of(part), "people": part}
        | {name: sum(getattr(each, name) for each in part) for name in ("late", "broken", "owing")}
        for team, part in teams.items()
    ]
    return render(
        request, "promises/kept.html", {"room": "promises", "tab": "kept", "teams": rows, "widest": reaches(me)[-1][0]}
    )


def sees_of(me: Person) -> list[Person]:
    """Whose promises a person sees: everybody who signs in, and who gave some."""
    given = Q(is_active=True) | Q(pk__in=Promise.objects.values("by"))
    everybody = Person.objects.filter(given).select_related("team").order_by("team__name", "name")
    if me.reach == Reach.ALL:
        return [each for each in everybody if each.may("customers.write")]
    same = Q(pk=me.pk) | Q(team_id=me.team_id) if me.reach == Reach.TEAM and me.team_id else Q(pk=me.pk)
    return [each for each in everybody.filter(same) if each.may("customers.write")]


def leaves(me: Person) -> list[Person]:
    """Whose work a person may give to others: an administrator everybody's, others that of those they see."""
    return list(Person.objects.order_by("name")) if me.may("people") else sees_of(me)


@page(actions.APPROVES)
def hand_over(request: HttpRequest) -> HttpResponse:
    """All open promises of one person to another."""
    whose = uuid_of(request.GET.get("whose", ""))
    form = GiveAll(request.POST or None, initial={"whose": whose})
    me = person(request)
    form.limit(leaves(me))
    mine = Promise.objects.all() if me.may("people") else actions.visible(me)
    made = tried(form, lambda: actions.hand_over(mine.filter(by=form.cleaned_data["whose"]), form.cleaned_data["to"]))
    if made is not None:
        n = len(made)
        words = ngettext("%(n)d promise was handed to %(to)s.", "%(n)d promises were handed to %(to)s.", n)
        told = words % {"n": n, "to": form.cleaned_data["to"]}
        if n <= 100:
            offer_undo(request, told, *made)
        else:
            messages.success(request, told)
        return redirect(f"{reverse('promises')}?whose=team")
    owed = mine.filter(by=whose, state__in=actions.OWED) if whose else Promise.objects.none()
    part = Paginator(owed.select_related("by").order_by("due_at", "pk"), _SHOWN).get_page(number(request))
    told_ = {"room": "promises", "form": form, "rows": _rows(list(part)), "page": part, "whose": whose}
    return render(request, "promises/hand_over.html", told_, status=400 if request.method == "POST" else 200)
