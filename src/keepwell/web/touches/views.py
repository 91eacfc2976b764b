"""Touches: who waits, what is planned and what was done; a new one; what carried value; how long a question may wait."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.act.today import Row
from keepwell.errors import ConfigError, ModelError
from keepwell.rounds.today import about
from keepwell.web.base.access import page, person, refused
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.models import Person
from keepwell.web.base.paging import number
from keepwell.web.base.roles import Reach
from keepwell.web.promises.actions import APPROVES
from keepwell.web.promises.views import leaves, of_customer, reaches, sees_of, uuid_of
from keepwell.web.promises.whom import asked, known, name_of, not_seen, sees
from keepwell.web.promises.whom import one as customer_of
from keepwell.web.touches import actions
from keepwell.web.touches.ahead import address, crowd, warn
from keepwell.web.touches.forms import Close, GiveTouches, PatienceForm, TouchForm
from keepwell.web.touches.models import Patience, State, Touch

_SHOWN = 50


@page("customers")
def touches(request: HttpRequest) -> HttpResponse:
    """Who waits for an answer, what is planned, and what was done."""
    me, now, whose = person(request), timezone.now(), request.GET.get("whose", "own")
    customer = asked(request)
    among = of_customer(me, customer, Touch.objects) if customer else Touch.objects.filter(actions.of(me, whose))
    among = among.select_related("by")
    by = uuid_of(request.GET.get("by", ""))
    if by is not None:
        among = among.filter(by=by)
    done = (
        among.filter(actions.ours(now))
        if request.GET.get("show") == "ours"
        else among.filter(state=State.DONE).exclude(question=True, answered_at__isnull=True)
    )
    lists = {
        "waiting": among.filter(question=True, answered_at__isnull=True).order_by("answer_by", "pk"),
        "planned": among.filter(state=State.PLANNED).order_by("at", "pk"),
        "done": done.order_by("-at", "pk"),
    }
    parts = {name: Paginator(each, _SHOWN).get_page(number(request, name)) for name, each in lists.items()}
    met = crowd(_people(me, whose), now)
    shown = [each for part in parts.values() for each in part]
    customers = known({each.customer_id for each in (*shown, *(week[0] for week in met))})
    for part in parts.values():
        part.object_list = _rows(part, customers)
    told = {"room": "promises", "tab": "touches", "whose": whose, "reaches": reaches(me), "customer": customer, **parts,
            "met": [{"id": them[0].customer_id, "name": name_of(customers, them[0].customer_id), "them": [(each, address(each)) for each in them]} for them in met]}  # fmt: skip
    return render(request, "touches/touches.html", told)


def _people(me: Person, whose: str) -> list[Person] | None:
    """Whose tasks are meant; None is everybody's."""
    if whose == Reach.ALL and me.reach == Reach.ALL:
        return None
    if Reach.OWN not in (whose, me.reach) and me.team_id:
        return list(Person.objects.filter(Q(pk=me.pk) | Q(team_id=me.team_id)))
    return [me]


def _rows(found: Any, customers: Any) -> list[dict[str, Any]]:
    return [{"touch": each, "name": name_of(customers, each.customer_id)} for each in found]


@page("customers", write="customers.write")
def new(request: HttpRequest) -> HttpResponse:
    """A contact with one customer, done or planned; beside it what all of us do with them."""
    now, id = timezone.now(), asked(request)
    customer = customer_of(id)
    if blocked := not_seen(request, id, customer.owner):
        return blocked
    form = TouchForm(request.POST or None, instance=Touch(customer_id=id), initial=_first(request, id))
    made = tried(form, lambda: actions.log(form.save(commit=False), now))
    if made is not None:
        offer_undo(request, _("Kept: %(what)s.") % {"what": made[0].subject}, *made)
        warn(request, made[0], id)
        return redirect("touch", made[0].pk)
    if form.is_bound and form.cleaned_data.get("pitch"):
        form.ask_why()
    told = {"room": "customers", "form": form, "customer_id": id, "customer": customer, "rows": actions.beside(id, now),
            "turned_to": _turned_to(id)}  # fmt: skip
    return render(request, "touches/new.html", told, status=400 if request.method == "POST" else 200)


def _turned_to(id: str) -> Row | None:
    """Why the customer stands on Today, if they do."""
    with company() as opened:
        try:
            found = about(opened, [id])
        except ModelError:
            return None
    return found[0] if found else None


def _first(request: HttpRequest, id: str) -> dict[str, Any]:
    """What the form begins with: what the address says, or an answer to the question it names."""
    asked = {name: request.GET[name] for name in ("direction", "channel", "value") if request.GET.get(name)}
    first: dict[str, Any] = {
        "by": person(request),
        "at": timezone.now(),
        "direction": "out",
        "channel": "call",
        **asked,
    }
    wanted = uuid_of(request.GET.get("answers", ""))
    question = actions.questions(id).filter(pk=wanted).first() if wanted else None
    if question is not None:
        first |= {"answers": question, "value": "answer", "channel": question.channel, "contact": question.contact,
                  "subject": question.subject}  # fmt: skip
    return first


def _found(request: HttpRequest, id: UUID) -> tuple[Touch, Any, HttpResponse | None]:
    """A touch with its customer, and a refusal where the person neither made it nor sees whose it is nor its customer."""
    found = get_object_or_404(Touch.objects.select_related("by", "answers"), pk=id)
    customer = known([found.customer_id]).get(found.customer_id)
    me = person(request)
    if Touch.objects.filter(actions.of(me, me.reach), pk=id).exists() or sees(
        me, found.customer_id, customer.owner if customer else None
    ):
        return found, customer, None
    return (
        found,
        customer,
        refused(request, _("%(name)s made this contact. Ask them, or an administrator.") % {"name": found.by}),
    )


@page("customers")
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    """One contact."""
    found, customer, blocked = _found(request, id)
    return blocked or _shown(request, found, customer, Close())


def _shown(request: HttpRequest, found: Touch, customer: Any, form: Close) -> HttpResponse:
    told = {"room": "promises", "touch": found, "name": customer.name if customer else found.customer_id, "form": form,
            "rows": actions.beside(found.customer_id, timezone.now()), "customer_id": found.customer_id,
            "may": person(request).may("customers.write")}  # fmt: skip
    return render(request, "touches/touch.html", told, status=400 if form.is_bound else 200)


@require_POST
@page("customers", write="customers.write")
def settle(request: HttpRequest, id: UUID, act: str) -> HttpResponse:
    """A question that needs no answer, or outreach that was done or is dropped."""
    found, customer, blocked = _found(request, id)
    if blocked:
        return blocked
    now = timezone.now()
    if act == "close":
        form = Close(request.POST)
        done = tried(form, lambda: [actions.close(found.pk, form.cleaned_data["because"], now)])
        if done is None:
            return _shown(request, found, customer, form)
    elif act in ("done", "dropped"):
        done = actions.settle(found.pk, done=act == "done", now=now)
    else:
        raise ConfigError(_("There is no such step."), "", _("Load the page again."))
    offer_undo(request, _("Kept: %(what)s.") % {"what": done[0].subject}, *done)
    return redirect("touches")


@page("customers")
def worth(request: HttpRequest) -> HttpResponse:
    """What share of everybody's contacts carried something."""
    people = sees_of(person(request))
    told = {
        "room": "promises",
        "tab": "touches",
        "rows": actions.worth(people, timezone.now()),
        "widest": reaches(person(request))[-1][0],
    }
    return render(request, "touches/worth.html", told)


@page("people")
def times(request: HttpRequest) -> HttpResponse:
    """Within how many hours a question of each channel is answered."""
    known_hours = actions.hours()
    form = PatienceForm(request.POST or None, hours=known_hours)
    if form.is_valid():
        for channel, hours in form.cleaned_data.items():
            if hours != known_hours[channel]:
                rule = Patience.objects.filter(channel=channel).first() or Patience(channel=channel)
                rule.hours = hours
                rule.save()
        messages.success(request, _("Kept. Questions logged from now on wait that long."))
        return redirect("answer_times")
    return render(
        request, "touches/times.html", {"room": "promises", "form": form}, status=400 if form.is_bound else 200
    )


@page(APPROVES)
def hand_over(request: HttpRequest) -> HttpResponse:
    """All open questions and planned contacts of one person to another."""
    me, form = (
        person(request),
        GiveTouches(request.POST or None, initial={"whose": uuid_of(request.GET.get("whose", ""))}),
    )
    form.limit(leaves(me))
    made = tried(form, lambda: actions.hand_over(form.cleaned_data["whose"], form.cleaned_data["to"]))
    if made is not None:
        words = ngettext("%(n)d was handed to %(to)s.", "%(n)d were handed to %(to)s.", len(made))
        offer_undo(request, words % {"n": len(made), "to": form.cleaned_data["to"]}, *made[:100])
        return redirect("touches")
    return render(
        request, "touches/hand_over.html", {"room": "promises", "form": form}, status=400 if form.is_bound else 200
    )
