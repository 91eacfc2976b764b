"""Whom is meant? An expression, counted while it is written, kept under a name, and explained for one customer."""

import difflib
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.errors import ExpressionError
from keepwell.measure.profile import COLUMNS
from keepwell.web.base.access import page, person, refused
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.reach import seen
from keepwell.web.measures import files
from keepwell.web.measures.answers import trait_names
from keepwell.web.measures.words import cell, defined
from keepwell.web.understanding import actions
from keepwell.web.understanding.building import HOWS, Row, choices, columns_of, rows_of, strange, written
from keepwell.web.understanding.forms import Keep
from keepwell.web.understanding.meant import chosen, meant, place, reasons
from keepwell.web.understanding.models import Segment


def _where(said: Any) -> str:
    return str(said.get("where", "")).strip()


def _examples() -> list[tuple[str, str]]:
    return [
        (_("bought often, silent for long"), "orders >= 3 and recency_days > 90"),
        (_("at risk, worth most"), "at_risk and monetary_score >= 4"),
        (_("new, one order so far"), "tenure_days < 90 and orders = 1"),
        (_("unhappy and still here"), "kept and nps <= 6"),
        (_("nobody contacted them for half a year"), "kept and (touched_days > 180 or touched_days is unknown)"),
        (_("without an owner"), "kept and owner is unknown"),
        (_("payment past due"), 'state = "past_due"'),
        (_("lost this year, used to buy often"), 'left_on >= "2026-01-01" and frequency_score >= 4'),
    ]


@page("understanding")
def build(request: HttpRequest) -> HttpResponse:
    """An expression, written or chosen row by row, with its count, the first customers, and what can be asked."""
    me, chosen_rows, word = person(request), _chosen(request.GET), _word(request.GET)
    where = _where(request.GET) if chosen_rows is None else written(chosen_rows, word)
    told: dict[str, Any] = {
        "room": "understanding",
        "where": where,
        "examples": _examples(),
        "columns": COLUMNS.items(),
    }
    told |= {"form": Keep(initial={"where": where}), "segments": actions.segments_of(me)}
    with company() as opened:
        told["traits"] = trait_names(opened)
        told |= _builder(opened, where, chosen_rows, word)
        if where:
            try:
                found = meant(opened, where, seen(me))
                told |= {"found": found, "rows": _rows(found.rows, found.columns)}
            except ExpressionError as fault:
                told |= _wrong(where, fault, told["offered"])
    return render(request, "understanding/segments.html", told)


def _word(said: Any) -> str:
    return "or" if said.get("word") == "or" else "and"


def _chosen(said: Any) -> list[Row] | None:
    """The rows of the form as they were sent, with one more or one less where that was asked; None where none were sent."""
    if "column" not in said:
        return None
    parts = zip(said.getlist("column"), said.getlist("how"), said.getlist("value"), strict=False)
    rows = [Row(column[:200], how if how in HOWS else "=", value[:500]) for column, how, value in parts][:50]
    gone = said.get("remove", "")
    if gone.isascii() and gone.isdigit() and int(gone[:4]) < len(rows):
        del rows[int(gone)]
    return [*rows, Row()] if "add" in said else rows


def _builder(opened: Any, where: str, rows: list[Row] | None, word: str) -> dict[str, Any]:
    """What the rows show; what was written by hand and says more than rows can has none."""
    offered = columns_of(opened)
    if rows is None:
        read = rows_of(where) if where else ([], "and")
        rows, word = read or ([], "and")
        told: dict[str, Any] = {"rich": read is None}
    else:
        told = {"rich": False}
    shown = [replace(row, choices=choices(opened, row.column) if row.column in offered else ()) for row in rows]
    names = [(name, name.removeprefix("traits.").replace("_", " ")) for name in offered]
    return told | {"chosen": shown or [Row()], "word": word, "offered": offered, "names": names, "hows": HOWS.items()}


def _wrong(where: str, fault: ExpressionError, columns: list[str]) -> dict[str, Any]:
    """What is wrong, and where; a word nobody knows is named before anything else."""
    odd = strange(where, columns)
    if odd is None:
        return {"fault": fault, "place": place(where, fault)}
    name, at = odd
    near = difflib.get_close_matches(name.lower(), columns, 1)
    marked = (where[:at], name, where[at + len(name) :])
    return {"fault": fault, "place": marked, "odd": name, "near": near[0] if near else ""}


def _rows(frame: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": row["customer_id"],
            "name": row["name"] if defined(row["name"]) else row["customer_id"],
            "cells": [(name, _told(name, row[name])) for name in columns],
        }
        for row in frame.to_dict("records")
    ]


def _told(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return cell(name, value, "count") if defined(value) else ""


@page("understanding")
def people_csv(request: HttpRequest) -> HttpResponse:
    """Everybody an expression means whom one sees, as a file."""
    with company() as opened:
        rows = opened.run(chosen(opened, _where(request.GET), seen(person(request))))
    return files.csv(rows, "segment.csv")


@page("understanding")
def keep(request: HttpRequest) -> HttpResponse:
    """Keep a segment under a name; without scripts it is a page of its own."""
    where = _where(request.POST or request.GET)
    form = Keep(request.POST or None, initial={"where": where})
    made = tried(form, lambda: actions.keep(person(request), **form.cleaned_data))
    back = f"{reverse('segments')}?{urlencode({'where': where})}"
    if made is not None:
        offer_undo(request, _("Kept as %(name)s.") % {"name": made.name}, made)
        return redirect(back)
    told = {"room": "understanding", "form": form, "where": where, "back": back}
    return render(request, "understanding/keep.html", told, status=400 if form.is_bound else 200)


@require_POST
@page("understanding")
def remove(request: HttpRequest, id: UUID) -> HttpResponse:
    """Let a segment go."""
    found = get_object_or_404(Segment.objects, pk=id)
    actions.withdraw(person(request), found)
    offer_undo(request, _("%(name)s is removed.") % {"name": found.name}, found)
    return redirect("segments")


@page("understanding")
def why(request: HttpRequest) -> HttpResponse:
    """Why one customer is among those an expression means, or is not."""
    where, customer_id = _where(request.GET), request.GET.get("customer", "").strip()[:200]
    told: dict[str, Any] = {"room": "understanding", "where": where, "customer_id": customer_id}
    if where and customer_id:
        owner = owner_of(customer_id)
        if not seen(person(request)).covers(customer_id, owner):
            return refused(
                request, _("Whoever looks after this customer can tell you, or an administrator can let you see more.")
            )
        try:
            with company() as opened:
                found = reasons(opened, where, customer_id)
        except ExpressionError as fault:
            told |= {"fault": fault, "place": place(where, fault)}
        else:
            told |= {
                "parts": [(each, [(name, _told(name, value)) for name, value in each.values]) for each in found],
                "holds": found[0].holds,
            }
    return render(request, "understanding/why.html", told)
