"""A person's own calendar: its private address, what programs fetch there, and files that are brought from it."""

from copy import deepcopy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from keepwell.act.calendar import written
from keepwell.errors import ConfigError
from keepwell.web import place
from keepwell.web.base.access import page, person, public
from keepwell.web.base.actions import offer_undo
from keepwell.web.meetings import bringing, feed
from keepwell.web.meetings.faces import faces
from keepwell.web.meetings.models import CalendarLink, CalendarUse, Meeting

_BROUGHT = "calendar_brought"
"""Of the session: what a file told, until it is kept or left."""


@page("customers")
def calendar(request: HttpRequest) -> HttpResponse:
    """The private address of one's calendar: made, renewed and ended here."""
    me, shown = person(request), ""
    if request.method == "POST" and request.POST.get("what") == "end":
        feed.end_link(me)
        messages.success(request, _("The address is ended."))
        return redirect("calendar")
    if request.method == "POST":
        _link, told = feed.make_link(me)
        base = place.address() or request.build_absolute_uri("/").rstrip("/")
        shown = f"{base}{reverse('calendar_feed', args=[told])}"
    link = CalendarLink.objects.filter(person=me).first()
    used = CalendarUse.objects.filter(link=link).first() if link else None
    told_ = {"room": "plans", "tab": "meetings", "link": link, "used": used, "shown": shown}
    return render(request, "meetings/calendar.html", told_)


@public
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001  the token alone says whose it is
    """One's calendar for programs: whoever has the address reads it, and nothing else."""
    link = feed.link_of(token)
    if link is None:
        return HttpResponse(_("There is no such calendar."), status=404, content_type="text/plain; charset=utf-8")
    if link.withdrawn_at or not link.person.is_active or not link.person.may("customers"):
        return HttpResponse(_("This calendar was ended."), status=410, content_type="text/plain; charset=utf-8")
    if feed.fetched(link) > feed.RATE:
        wait = {"Retry-After": "60"}
        words = _("This calendar was fetched too often in this minute.")
        return HttpResponse(words, status=429, content_type="text/plain; charset=utf-8", headers=wait)
    with translation.override(link.person.tongue):
        told = written(feed.entries(link.person, timezone.now()), f"Keepwell · {link.person}")
    headers = {"Content-Disposition": 'inline; filename="keepwell.ics"', "X-Robots-Tag": "noindex"}
    return HttpResponse(told, content_type="text/calendar; charset=utf-8", headers=headers)


@page("customers", write="customers.write")
def bring(request: HttpRequest) -> HttpResponse:
    """A calendar file: taken, looked at row by row, kept."""
    me, what = person(request), request.POST.get("what")
    if request.method == "POST" and what == "leave":
        request.session.pop(_BROUGHT, None)
        return redirect("bring_meetings")
    if request.method == "POST" and what == "keep" and _BROUGHT in request.session:
        return _keep(request)
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise ConfigError(_("No file came."), "", _("Choose an .ics file."))
            request.session[_BROUGHT] = bringing.understood(file.read(bringing.LARGEST + 1), me, timezone.now())
        except ConfigError as fault:
            told = {"room": "plans", "tab": "meetings", "fault": fault}
            return render(request, "meetings/bring.html", told, status=400)
        return redirect("bring_meetings")
    return _looked_at(request, {})


def _looked_at(request: HttpRequest, typed: dict[int, dict[str, Any]], status: int = 200) -> HttpResponse:
    """The rows with what is known of each; what somebody typed stays."""
    brought = deepcopy(request.session.get(_BROUGHT))
    told: dict[str, Any] = {"room": "plans", "tab": "meetings", "brought": brought}
    if brought:
        bringing.standing(brought["rows"])
        for at, row in enumerate(brought["rows"]):
            chosen = row["customers"][0][0] if len(row["customers"]) == 1 else ""
            row |= {"i": at, "chosen": chosen, "ticked": bool(chosen) or row["state"] != "new"} | typed.get(at, {})
        told |= {"rows": brought["rows"], "takes": any(row["state"] in _TAKEN for row in brought["rows"])}
    return render(request, "meetings/bring.html", told, status=status)


_TAKEN = ("new", "moves", "calls off")


def _keep(request: HttpRequest) -> HttpResponse:
    me, rows = person(request), deepcopy(request.session[_BROUGHT]["rows"])
    bringing.standing(rows)
    here = dict(Meeting.objects.filter(uid__in=[row["uid"] for row in rows]).values_list("uid", "customer_id"))
    typed = {
        at: _said(request, at, row, here.get(row["uid"], "")) for at, row in enumerate(rows) if row["state"] in _TAKEN
    }
    if any(said["asks"] for said in typed.values()):
        return _looked_at(request, typed, status=400)
    chosen = [(rows[at], said["chosen"]) for at, said in typed.items() if said["ticked"]]
    visible = faces(me, {customer for _row, customer in chosen})
    made = bringing.bring([(row, customer) for row, customer in chosen if customer in visible], me)
    request.session.pop(_BROUGHT, None)
    if not made:
        messages.success(request, _("Nothing new was kept."))
        return redirect("meetings")
    words = ngettext("%(n)d meeting is kept.", "%(n)d meetings are kept.", len(made)) % {"n": len(made)}
    offer_undo(request, words, *made)
    return redirect("meetings")


def _said(request: HttpRequest, at: int, row: bringing.Row, here: str) -> dict[str, Any]:
    """What was said of a row: whether it is taken, with which customer, and whether that has still to be asked."""
    post = request.POST
    customer = here or post.get(f"customer-{at}", "").replace("\0", "")[:200]
    words = post.get(f"words-{at}", "").replace("\0", "").strip()[:200]
    ticked = bool(post.get(f"take-{at}") or words)  # who names the customer wants it
    told = {"ticked": ticked, "chosen": customer, "words": words, "asks": False, "customers": row["customers"]}
    if ticked and not customer:
        found = bringing.meant(words, person(request)) if words else row["customers"]
        told |= {
            "customers": found,
            "asks": len(found) != 1 or not words,
            "chosen": found[0][0] if len(found) == 1 else "",
        }
    return told
