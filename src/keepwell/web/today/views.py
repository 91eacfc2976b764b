"""Whom to turn to first this morning, and what became of it."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.act.reasons import REASONS
from keepwell.act.today import ORDER, Row
from keepwell.errors import ConfigError, ModelError
from keepwell.rounds.reading import newest
from keepwell.rounds.today import about
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.templatetags.desk import row_id
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.reach import seen
from keepwell.web.today.actions import decide, handed_to
from keepwell.web.today.forms import Settle, takers
from keepwell.web.today.models import Decision, Kind, Outcome
from keepwell.web.today.page import owns
from keepwell.web.today.page import page as page_of

_SHOWN, _MORE = 7, 50
"""Customers of a part at first, and when more are asked for."""


@page("today")
def today(request: HttpRequest) -> HttpResponse:
    """Whom to turn to first, one row per customer."""
    me, whose, only = person(request), request.GET.get("whose", ""), request.GET.get("part", "")
    with company() as opened:
        try:
            many = _MORE if only else _SHOWN
            whole = whose == "all"
            found = page_of(opened, me, whole=whole, only=only, limit=many)
            nobodys = not whose and not found.parts and not owns(opened, me)
            if nobodys:
                whole, found = True, page_of(opened, me, whole=True, only=only, limit=many)
        except ModelError:
            told = {"room": "today", "any": bool(opened.batches()), "may_bring": me.may("data")}
            return render(request, "today/none.html", told)
    told = {
        "room": "today",
        "found": found,
        "whole": whole,
        "nobodys": nobodys,
        **_days(found.morning),
        "names_url": reverse("person", args=[me.pk]) if me.may("people") else "",
        "only": only,
        "order": ORDER,
        **_choices(me, found.morning),
    }
    told["lacking"] = [(REASONS[id].name, why) for id, why in found.lacking.items()]
    told["mine_hidden"] = Decision.objects.filter(until__gt=found.morning, created_by=me).count()
    return render(request, "today/today.html", told)


def _days(morning: date) -> dict[str, Any]:
    """The day it is, the last day of which the data tell, and whether that was another year."""
    day, until = timezone.localdate(), morning - timedelta(days=1)
    return {"day": day, "until": until, "old": day.year != until.year}


def _choices(me: Person, morning: date) -> dict[str, Any]:
    """What the dialogs offer."""
    days = [(_("Tomorrow"), 1), (_("In three days"), 3), (_("In a week"), 7), (_("In a month"), 30)]
    return {
        "colleagues": takers().exclude(pk=me.pk).order_by("name"),
        "outcomes": Outcome.choices,
        "snoozes": [(words, morning + timedelta(days=n)) for words, n in days],
    }


@require_POST
@page("today", write="customers.write")
def settle(request: HttpRequest) -> HttpResponse:
    """Done, snoozed, handed over, or not right."""
    me, form = person(request), Settle(request.POST)
    if not form.is_valid():
        raise ConfigError(" ".join(str(line) for lines in form.errors.values() for line in lines))
    said = form.cleaned_data
    row, morning = _row(me, said["customer"])
    made = decide(
        row,
        Kind(said["kind"]),
        morning,
        until=said["until"],
        because=said["because"],
        outcome=said["outcome"],
        to=said["to"],
    )
    words = _("%(name)s: %(what)s.") % {"name": row.name, "what": made[0].get_kind_display()}
    offer_undo(request, words, *made)
    if not request.headers.get("HX-Request"):
        return redirect("today")
    response = render(request, "today/settled.html")
    response["HX-Retarget"], response["HX-Reswap"] = f"#{row_id(row.customer_id)}", "delete"
    return response


def _row(me: Person, customer: str) -> tuple[Row, date]:
    """
    The customer's row of the morning, for whoever sees that customer.

    Raises:
        ConfigError: They have no reason any more, or the person does not see them.
    """
    with company() as opened:
        morning = newest(opened, None, "today")
        found = about(opened, [customer], morning)
    if customer in handed_to([me], morning) or seen(me).covers(customer, owner_of(customer)):
        if found:
            return found[0], morning
        raise ConfigError(_("This customer has no reason to be turned to any more."), "", _("Load the page again."))
    raise ConfigError(_("You do not see this customer."), "", _("Ask whoever looks after them, or an administrator."))
