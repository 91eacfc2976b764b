"""Meetings, their notes, and contacts that are due."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.meetings import trend
from keepwell.errors import ModelError
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.paging import number
from keepwell.web.customers.access import customer_page, sees_none
from keepwell.web.customers.reach import own, seen
from keepwell.web.meetings.actions import keep_rhythm, not_held, note, rhythm_of, take_place, waiting_for_a_note
from keepwell.web.meetings.cadence import contacts as read_contacts
from keepwell.web.meetings.faces import face, pages
from keepwell.web.meetings.forms import MeetingForm, NoteForm, RhythmForm
from keepwell.web.meetings.models import Meeting, Missed, Sentiment, Stage
from keepwell.web.touches.ahead import warn

_SHOWN, _LATELY = 50, 60
"""Rows of one page of a list; days back of meetings that were held."""


@page("customers")
def meetings(request: HttpRequest) -> HttpResponse:
    """Notes that are wanted, meetings ahead, and those held lately."""
    now = timezone.now()
    lately = Meeting.objects.filter(starts_at__gt=now - timedelta(days=_LATELY))
    lists = {
        "wanted": waiting_for_a_note().order_by("starts_at", "pk"),
        "ahead": Meeting.objects.filter(called_off=False, starts_at__gt=now).order_by("starts_at", "pk"),
        "lately": lately.filter(called_off=False, noted_at__isnull=False).order_by("-starts_at", "pk"),
        "missed": lately.filter(called_off=True, starts_at__lte=now).order_by("-starts_at", "pk"),
    }
    found = pages(request, Meeting.objects.select_related("host"), lists, _SHOWN)
    told = {"room": "plans", "tab": "meetings", "now": now, "days": _LATELY, **found}
    return render(request, "meetings/meetings.html", told)


@customer_page()
def meetings_of(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Every meeting with one customer, and where their feeling goes."""
    kept, now = Meeting.objects.filter(customer_id=customer_id).order_by("-starts_at", "pk"), timezone.now()
    felt = list(kept.filter(sentiment__isnull=False).values_list("sentiment", flat=True))
    shown = Paginator(kept.select_related("host", "noted_by"), _SHOWN).get_page(number(request))
    missed = Counter(kept.exclude(missed="").values_list("missed", flat=True))
    told = {
        "room": "plans",
        "tab": "meetings",
        "who": face(customer_id),
        "page": shown,
        "trend": trend([each for each in reversed(felt) if each]),
        "felt": any(each.sentiment for each in shown),
        "missed": [(name, missed[id]) for id, name in Missed.choices if missed[id]],
        "past": kept.filter(starts_at__lte=now).count(),
        "now": now,
    }
    return render(request, "meetings/of.html", told)


@customer_page()
def plan_meeting(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A meeting that is planned, or was held without having been planned here."""
    first = {"host": person(request).pk, "kind": request.GET.get("kind", "regular")}
    form = MeetingForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.customer_id = customer_id
        made.save()
        offer_undo(request, _("The meeting is kept."), made)
        warn(request, made, customer_id)
        return redirect("meeting", made.pk, customer_id)
    return render(
        request, "meetings/new.html", {"room": "plans", "tab": "meetings", "who": face(customer_id), "form": form}
    )


@customer_page()
def meeting(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """One meeting, and its note."""
    kept = get_object_or_404(Meeting.objects.select_related("host", "noted_by"), pk=id, customer_id=customer_id)
    said = {"sentiment": kept.sentiment, "because": kept.because, "words": kept.note}
    form = NoteForm(request.POST or None, initial=said)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        note(kept, person(request), sentiment=given["sentiment"], because=given["because"], words=given["words"])
        offer_undo(request, _("The note is kept."), kept)
        return redirect("meetings_of", customer_id)
    told = {
        "room": "plans",
        "tab": "meetings",
        "who": face(customer_id),
        "meeting": kept,
        "form": form,
        "held": kept.starts_at <= timezone.now(),
    }
    return render(request, "meetings/meeting.html", told)


@customer_page()
def meeting_off(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """A meeting that does not take place, or to which somebody did not come; what was typed of it stays."""
    kept = get_object_or_404(Meeting, pk=id, customer_id=customer_id)
    if request.method != "POST":
        return redirect("meeting", id, customer_id)
    said = {name: request.POST.get(name, "").replace("\0", "") for name in ("missed", "because", "words")}
    not_held(kept, **said)
    words = _("Kept: %(what)s.") if kept.missed else _("The meeting is called off.")
    offer_undo(request, words % {"what": kept.became}, kept)
    return redirect("meetings_of", customer_id)


@customer_page()
def meeting_on(request: HttpRequest, customer_id: str, id: UUID) -> HttpResponse:
    """A meeting that takes place, or was held, after all."""
    kept = get_object_or_404(Meeting, pk=id, customer_id=customer_id)
    if request.method == "POST":
        offer_undo(request, _("The meeting stands again."), take_place(kept))
    return redirect("meeting", id, customer_id)


@page("customers")
def contacts(request: HttpRequest) -> HttpResponse:
    """Who should have heard from us by now."""
    me, whole, asked = person(request), request.GET.get("whose") == "all", number(request)
    told = {"room": "plans", "tab": "contacts", "whole": whole, "stages": dict(Stage.choices)}
    with company() as opened:
        try:
            found = read_contacts(opened, seen(me) if whole else own(me), page=asked, limit=_SHOWN)
            told["sees_none"] = not found.whole and sees_none(opened, me)
        except ModelError:
            return render(request, "meetings/contacts.html", told)
    told |= {"found": found, "page": Paginator(range(found.overdue), _SHOWN).get_page(asked)}
    return render(request, "meetings/contacts.html", told)


@customer_page()
def rhythm(request: HttpRequest, customer_id: str) -> HttpResponse:
    """One customer's rhythm: their own wish, their stage with all it was, and when the next contact is due."""
    kept = rhythm_of(customer_id)
    form = RhythmForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        offer_undo(request, _("Kept."), keep_rhythm(form.save(commit=False)))
        return redirect("rhythm", customer_id)
    with company() as opened:
        try:
            found = read_contacts(opened, seen(person(request)), only=customer_id)
        except ModelError:
            found = None
    was = kept.history.select_related("history_user") if kept.created_at else []
    told = {
        "room": "plans",
        "tab": "contacts",
        "who": face(customer_id),
        "form": form,
        "was": was,
        "found": found,
        "sentiments": Sentiment.choices,
    }
    told["row"] = found.rows[0] if found and found.rows else None
    return render(request, "meetings/rhythm.html", told)
