"""Customers: search, and one customer's page."""

import base64
import binascii
import json
from datetime import UTC, date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.rounds import customer as reading
from keepwell.rounds import timeline as times
from keepwell.rounds.timeline import Entry
from keepwell.understand.health import ANSWER_DAYS, NOTE_DAYS
from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.base.context import led_to
from keepwell.web.base.templatetags.desk import known
from keepwell.web.customers import moments, panels
from keepwell.web.customers.access import customer_page
from keepwell.web.customers.actions import seats_of, today_in, warnings
from keepwell.web.customers.facts import facts
from keepwell.web.customers.finding import found
from keepwell.web.customers.forms import DecisionForm, GoalForm, MeasuredForm, NeedForm, SeatForm, WordsForm
from keepwell.web.customers.models import Function, KeepDecision
from keepwell.web.customers.reach import OWNING
from keepwell.web.customers.telling import goals_of, needs_of, words_of
from keepwell.workspace import Workspace

_SHOWN, _SUGGESTED, _PAGE = 50, 8, 25

KINDS = {
    "order": gettext_lazy("Orders"), "subscription": gettext_lazy("Subscriptions"), "touch": gettext_lazy("Contacts"),
    "answer": gettext_lazy("Answers"), "ticket": gettext_lazy("Tickets"), "event": gettext_lazy("Use and visits"),
}  # fmt: skip


@page("customers")
def customers(request: HttpRequest) -> HttpResponse:
    """Search among the customers one sees."""
    words = request.GET.get("q", "").strip()[:200]
    rows, making = found(person(request), words, _SHOWN + 1)
    told = {"room": "customers", "q": words, "found": rows[:_SHOWN], "more": len(rows) > _SHOWN, "making": making}
    return render(request, "customers/customers.html", told)


@page("customers")
def suggest(request: HttpRequest) -> HttpResponse:
    """The first few, as one types, and pages that are called so."""
    words = request.GET.get("q", "").strip()[:200]
    rows = found(person(request), words, _SUGGESTED)[0] if words else []
    told = {"found": rows, "words": words, "pages": led_to(person(request), words)}
    return render(request, "customers/suggest.html", told)


@customer_page()
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Everything known of one customer."""
    kind = _kind(request)
    with company() as opened:
        row = reading.row_of(opened, customer_id)
        if row is None:
            raise Http404
        ids = reading.ids_of(opened, customer_id)
        told = reading.known_of(opened, customer_id)
        contracts = times.contracts(opened, ids)
        shown = {
            "figures": facts(told, contracts, reading.brought(opened, ids), opened.settings.currency),
            "contacts": times.contacts(opened, ids),
            "inside": times.people_of(opened, ids) if row["kind"] == "account" else [],
        }
        lines = _timeline(opened, customer_id, ids, kind, None)
        currency, today = opened.settings.currency, today_in(opened.settings.time_zone)
    name = row["name"] or customer_id
    shown |= {
        "room": "customers", "customer_id": customer_id, "who": {"customer_id": customer_id}, "name": name, "row": row, "told": told, "currency": currency,
        "traits": dict(row["traits"] or ()), "contracts": contracts, "today": today, **_head(told), **lines,
        **_team(request, customer_id, row["owner"]), **_said(request, customer_id, today),
        "panels": panels.panels(customer_id, request), "note_days": NOTE_DAYS, "answer_days": ANSWER_DAYS,
    }  # fmt: skip
    return render(request, "customers/customer.html", shown)


def _head(told: reading.Known) -> dict[str, Any]:
    """Stage, tier, since when, reasons, and what is next to nothing new."""
    row = told.portrait
    stage = None
    if row:
        stage = (
            ("kept", _("Customer"))
            if row["kept"]
            else ("lost", _("Lost"))
            if known(row["left_on"])
            else ("", _("Never bought"))
        )
        if row["kept"] and row["at_risk"]:
            stage = ("risk", _("At risk by silence"))
    return {
        "stage": stage,
        "since": row.get("kept_since_on") if row.get("kept") else None,
        "left_on": row.get("left_on"),
        "reasons": [row[f"reason_{place}"] for place in (1, 2, 3) if row.get(f"reason_{place}")],
    }


def _team(request: HttpRequest, customer_id: str, owner: str | None) -> dict[str, Any]:
    now, before = seats_of(customer_id)
    may = person(request).may("seats")
    return {
        "seats": [(Function(function), held) for function, held in now.items()],
        "former": before[:20],
        "keepers": list(dict.fromkeys(str(held.person) for function in OWNING if (held := now[function]))),
        "warnings": warnings(now, owner),
        "seat_form": SeatForm() if may else None,
    }


def _said(request: HttpRequest, customer_id: str, today: date) -> dict[str, Any]:
    """What was written down, and the forms of those who may write."""
    decisions = list(
        KeepDecision.objects.filter(customer_id=customer_id).select_related("created_by").order_by("-created_at")[:5]
    )
    told: dict[str, Any] = {
        "goals": goals_of(customer_id, today), **words_of(customer_id, today), **needs_of(customer_id, today),
        "decision": decisions[0] if decisions else None, "decided_before": decisions[1:],
    }  # fmt: skip
    if person(request).may("customers.write"):
        told["forms"] = {
            "goal": GoalForm(today=today, auto_id="goal-%s"), "words": WordsForm(today=today, auto_id="words-%s"),
            "need": NeedForm(today=today, auto_id="need-%s"), "measured": MeasuredForm(today=today, auto_id="measured-%s"),
            "decision": DecisionForm(today=today, auto_id="decision-%s"),
        }  # fmt: skip
    return told


def _kind(request: HttpRequest) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in KINDS or asked in moments.KINDS else ""


@customer_page()
def timeline(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A further page of what happened, or one kind of it."""
    with company() as opened:
        ids = reading.ids_of(opened, customer_id)
        told = _timeline(opened, customer_id, ids, _kind(request), _cursor(request.GET.get("before", "")))
    part = "customers/lines.html" if request.headers.get("HX-Request") else "customers/timeline_page.html"
    return render(request, part, {"room": "customers", "customer_id": customer_id, "name": customer_id, **told})


def _timeline(
    opened: Workspace, customer_id: str, ids: reading.Ids, kind: str, before: tuple[datetime, str, str] | None
) -> dict[str, Any]:
    own = tuple(KINDS) if not kind else (kind,) if kind in KINDS else ()
    entries = times.timeline(opened, ids, kinds=own, before=before, limit=_PAGE + 1) if own else []
    kept = {entry.place: entry for entry in moments.moments(customer_id, kind, before, _PAGE + 1)}
    entries = [*kept.values(), *(entry for entry in entries if entry.place not in kept)]
    entries.sort(key=lambda entry: entry.place, reverse=True)
    shown = entries[:_PAGE]
    held = times.contents(opened, [entry.key for entry in shown if entry.kind == "order"])
    return {
        "kind": kind, "kinds": {**KINDS, **moments.KINDS},
        "lines": [(entry, held.get(entry.key, []) if entry.kind == "order" else []) for entry in shown],
        "next": _as_cursor(shown[-1]) if len(entries) > _PAGE else "",
    }  # fmt: skip


def _as_cursor(entry: Entry) -> str:
    at, kind, key = entry.place
    return base64.urlsafe_b64encode(json.dumps([at.astimezone(UTC).isoformat(), kind, key]).encode()).decode()


def _cursor(told: str) -> tuple[datetime, str, str] | None:
    """
    The place a cursor names; None where there is none.

    Raises:
        Http404: It is none of ours.
    """
    if not told:
        return None
    try:
        at, kind, key = json.loads(base64.urlsafe_b64decode(told.encode()))
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, TypeError, binascii.Error, OverflowError):
        raise Http404(_("This page of the timeline does not exist.")) from None
    if not isinstance(kind, str) or not isinstance(key, str) or "\0" in kind + key:
        raise Http404(_("This page of the timeline does not exist."))
    return moment, kind, key
