"""Whom to turn to first this morning, and what became of it."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from keepwell.act.reasons import REASONS
from keepwell.act.today import ORDER, Row
from keepwell.errors import ConfigError, ModelError
from keepwell.rounds.reading import newest
from keepwell.rounds.today import about
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
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

_LAST = 2_000
"""After so many rows of one part nobody is turned to this morning: there are no further pages."""

_DEEDS = [
    (str(Kind.DONE), "d", gettext_lazy("Done"), gettext_lazy("done")),
    (str(Kind.SNOOZED), "s", gettext_lazy("Snooze"), gettext_lazy("snooze")),
    (str(Kind.HANDED), "h", gettext_lazy("Hand over"), gettext_lazy("hand over")),
    (str(Kind.NOT_RIGHT), "x", gettext_lazy("Not right"), gettext_lazy("not right")),
]
"""What can be done with a row: kind, key, words of the button, words of the heading."""


@page("today")
def today(request: HttpRequest) -> HttpResponse:
    """Whom to turn to first, one row per customer."""
    me, whose, only = person(request), request.GET.get("whose", ""), request.GET.get("part", "")
    after = _after(request.GET.get("after", "")) if only else 0
    with company() as opened:
        try:
            many = _MORE if only else _SHOWN
            nobodys = not whose and not owns(opened, me)
            whole = nobodys or whose == "all"
            found = page_of(opened, me, whole=whole, only=only, limit=many, after=after)
        except ModelError:
            told = {"room": "today", "any": bool(opened.batches()), "may_bring": me.may("data")}
            return render(request, "today/none.html", told)
    told = {
        "room": "today",
        "found": found,
        "whole": whole,
        "nobodys": nobodys and bool(found.parts),
        "sees_none": nobodys and not found.parts and me.reach != Reach.ALL,
        **_days(found.morning),
        "names_url": reverse("person", args=[me.pk]) if me.may("people") else "",
        "only": only,
        "after": after,
        "before": max(0, after - _MORE),
        "last": _LAST,
        "order": _(ORDER),
        **_choices(me, found.morning),
    }
    told["lacking"] = [(_(REASONS[id].name), why) for id, why in found.lacking.items()]
    told["mine_hidden"] = Decision.objects.filter(until__gt=found.morning, created_by=me).count()
    return render(request, "today/today.html", told)


def _after(said: str) -> int:
    """How many rows of a part were shown already."""
    return min(int(said), _LAST) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _days(morning: date) -> dict[str, Any]:
    """The day it is, the last day of which the data tell, and whether that was another year."""
    day, until = timezone.localdate(), morning - timedelta(days=1)
    return {"day": day, "until": until, "old": day.year != until.year}


def _choices(me: Person, morning: date) -> dict[str, Any]:
    """What the dialogs offer."""
    days = [(_("Tomorrow"), 1), (_("In three days"), 3), (_("In a week"), 7), (_("In a month"), 30)]
    return {
        "deeds": _DEEDS,
        "colleagues": takers().exclude(pk=me.pk).order_by("name"),
        "outcomes": Outcome.choices,
        "snoozes": [(words, morning + timedelta(days=n)) for words, n in days],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page("today", write="customers.write")
def settle(request: HttpRequest) -> HttpResponse:
    """Done, snoozed, handed over, or not right: asked on a page of its own where there are no scripts, then kept."""
    if request.method != "POST":
        return _ask(request, str(request.GET.get("customer", "")), str(request.GET.get("kind", "")))
    form = Settle(request.POST)
    if not form.is_valid():
        raise ConfigError(" ".join(str(line) for lines in form.errors.values() for line in lines))
    said = form.cleaned_data
    row, morning = _row(person(request), said["customer"])
    try:
        made = decide(
            row, Kind(said["kind"]), morning, **{name: said[name] for name in ("until", "because", "outcome", "to")}
        )
    except ConfigError as fault:
        if request.headers.get("HX-Request"):
            raise
        return _ask(request, said["customer"], said["kind"], said, fault)
    words = _("%(name)s: %(what)s.") % {"name": row.name, "what": made[0].get_kind_display()}
    offer_undo(request, words, *made)
    if not request.headers.get("HX-Request"):
        return redirect("today")
    response = render(request, "today/settled.html")
    response["HX-Retarget"], response["HX-Reswap"] = f"#{row_id(row.customer_id)}", "delete"
    return response


def _ask(
    request: HttpRequest, customer: str, kind: str, said: dict[str, Any] | None = None, fault: ConfigError | None = None
) -> HttpResponse:
    """The form of one deed, with what was said and what is wrong with it."""
    if kind not in Kind.values:
        raise ConfigError(_("There is no such step."), "", _("Choose one on Today."))
    me = person(request)
    row, morning = _row(me, customer)
    deed = next(each for each in _DEEDS if each[0] == kind)
    told = {
        "room": "today",
        "row": row,
        "kind": kind,
        "doing": deed[2],
        "done": deed[3],
        "said": said or {},
        "fault": fault,
    }
    return render(request, "today/deed_page.html", told | _choices(me, morning), status=400 if fault else 200)


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
