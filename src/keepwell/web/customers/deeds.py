"""What is written to a customer's page, and who has no keep-decision yet."""

from functools import partial
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.errors import ConfigError
from keepwell.rounds import customer as reading
from keepwell.rounds.losing import losing, ready
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.paging import before, number
from keepwell.web.customers import actions
from keepwell.web.customers.access import customer_page
from keepwell.web.customers.forms import DecisionForm, GoalForm, MeasuredForm, NeedForm, SeatForm, WordsForm
from keepwell.web.customers.models import Function, KeepDecision
from keepwell.web.customers.reach import seen

_LISTED = 100


def _back(customer_id: str, part: str) -> HttpResponseRedirect:
    return redirect(f"{reverse('customer', args=[customer_id])}#{part}")


def _checked(form: BaseForm) -> dict[str, Any]:
    """
    What a form says.

    Raises:
        ConfigError: It does not hold; every fault with the name of its field.
    """
    if not form.is_valid():
        faults = [
            f"{form.fields[name].label}: {line}" if name in form.fields else str(line)
            for name, lines in form.errors.items() for line in lines
        ]  # fmt: skip
        raise ConfigError(" ".join(faults), "", _("Go back and correct it."))
    return form.cleaned_data


def _today() -> Any:
    with company() as opened:
        return actions.today_in(opened.settings.time_zone)


@customer_page(write="seats")
@require_POST
def seat(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Give a seat, or leave it empty."""
    said = _checked(SeatForm(request.POST))
    function = Function(said["function"])
    changed = actions.seat(customer_id, function, said["person"])
    words = (
        _("%(name)s has the seat of %(seat)s.") % {"name": said["person"], "seat": function.label} if said["person"]
        else _("The seat of %(seat)s is empty.") % {"seat": function.label}
    )  # fmt: skip
    offer_undo(request, words, *changed)
    return _back(customer_id, "team")


@customer_page()
@require_POST
def goal(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Write down a goal of theirs."""
    form = GoalForm(request.POST, today=_today())
    _checked(form)
    form.instance.customer_id = customer_id
    offer_undo(request, _("The goal is written down."), form.save())
    return _back(customer_id, "goals")


@customer_page()
@require_POST
def measured(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """Write down a value on the way to a goal."""
    form = MeasuredForm(request.POST, today=_today())
    _checked(form)
    made = actions.measured(actions.goal_of(customer_id, id), form.save(commit=False))
    offer_undo(request, _("The value is written down."), made)
    return _back(customer_id, "goals")


@customer_page()
@require_POST
def words(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Write down what they said we are worth to them."""
    form = WordsForm(request.POST, today=_today())
    _checked(form)
    form.instance.customer_id = customer_id
    offer_undo(request, _("Their words are kept."), form.save())
    return _back(customer_id, "words")


@customer_page()
@require_POST
def need(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Write down what they need."""
    form = NeedForm(request.POST, today=_today())
    _checked(form)
    form.instance.customer_id = customer_id
    offer_undo(request, _("The need is written down."), form.save())
    return _back(customer_id, "needs")


@customer_page()
@require_POST
def met(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """A need was met."""
    offer_undo(request, _("The need is met."), actions.met(customer_id, id, _today()))
    return _back(customer_id, "needs")


@customer_page()
@require_POST
def withdraw(request: HttpRequest, customer_id: str, id: UUID, kind: str) -> HttpResponse:
    """Take back what was written."""
    offer_undo(request, _("Taken back; its history stays."), actions.withdraw(customer_id, kind, id))
    return _back(customer_id, {"goal": "goals", "need": "needs"}.get(kind, kind))


@customer_page()
@require_POST
def decide(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Decide whether we want them; nothing is done to anybody because of it."""
    form = DecisionForm(request.POST, today=_today())
    _checked(form)
    with company() as opened:
        brought = reading.brought(opened, reading.ids_of(opened, customer_id))
    form.instance.customer_id, form.instance.contribution = customer_id, brought.value
    offer_undo(request, _("The decision is kept."), form.save())
    return _back(customer_id, "keep")


@page("customers")
def undecided(request: HttpRequest) -> HttpResponse:
    """Customers who cost more than they bring and of whom nobody decided, or whose decision is to be looked at again."""
    whose, today = seen(person(request)), _today()
    words, place = request.GET.get("words", "").replace("\0", "").strip()[:100], number(request)
    holding = KeepDecision.objects.filter(review_on__gt=today).values_list("customer_id", flat=True).distinct()
    told: dict[str, Any] = {"room": "customers", "words": words, "place": place}
    with company() as opened:
        told["currency"] = opened.settings.currency
        if "now" not in request.GET and not ready(opened):
            return render(request, "customers/undecided.html", told)
        asked = partial(losing, opened, among=whose.of, decided=list(holding), words=words, limit=_LISTED)
        found = asked(offset=(place - 1) * _LISTED)
        if found.customers and not found.rows:  # somebody decided of the last ones meanwhile
            found = asked(offset=before(found.customers, place, _LISTED))
    told |= {"found": found, "page": Paginator(range(found.customers), _LISTED).get_page(place)}
    return render(request, "customers/undecided.html", told)
