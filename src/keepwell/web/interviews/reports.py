"""Two reports: the newcomers and whether they were asked why they bought, and every customer lost and why."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.errors import ConfigError, ModelError
from keepwell.rounds.lost import DAYS
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.paging import number
from keepwell.web.customers.access import owner_of, sees_none
from keepwell.web.customers.reach import seen
from keepwell.web.interviews import actions, kits
from keepwell.web.interviews.forms import LossForm
from keepwell.web.interviews.models import Kind
from keepwell.web.interviews.reading import new_ones as read_new_ones
from keepwell.web.interviews.register import SIDES, Asked, Losses
from keepwell.web.interviews.register import losses as read_losses
from keepwell.web.meetings.faces import face

UNKNOWN = "unknown"
"""How an address says that something is not known."""

_LISTED = 100
_SAYS = ("left_on", "root", "evidence")
_SIDES: dict[str, Any] = {
    "segment": gettext_lazy("By what they brought"),
    "product": gettext_lazy("By product"),
    "seller": gettext_lazy("By seller"),
}
_TIERS: dict[str, Any] = {
    "top": gettext_lazy("Top"),
    "middle": gettext_lazy("Middle"),
    "small": gettext_lazy("Small"),
    "nothing": gettext_lazy("Nothing known"),
}
_STATES: dict[str, Any] = {
    "done": gettext_lazy("interviewed"),
    "declined": gettext_lazy("declined"),
    "open": gettext_lazy("interview open"),
    "none": gettext_lazy("not asked"),
}


@page("customers")
def new_ones(request: HttpRequest) -> HttpResponse:
    """Customers who came, and whether somebody asked them why they bought."""
    state = request.GET.get("state", "")
    told: dict[str, Any] = {"room": "plans", "tab": "interviews", "state": state if state in _STATES else ""}
    with company() as opened:
        try:
            found = read_new_ones(
                opened, seen(person(request)), state=told["state"], page=number(request), limit=_LISTED
            )
            told["sees_none"] = not found.n and sees_none(opened, person(request))
        except ModelError:
            return render(request, "interviews/new_ones.html", told)
    listed = found.states.get(told["state"], 0) if told["state"] else found.n
    told |= {"found": found, "share": found.asked / found.n if found.n else None}
    told["page"] = Paginator(range(listed), _LISTED).get_page(number(request))
    told["states"] = [(id, name, found.states.get(id, 0)) for id, name in _STATES.items()]
    for row in found.rows:
        row["told"], row["tone"] = _STATES[row["state"]], {"done": "kept", "none": "lost"}.get(row["state"], "muted")
    return render(request, "interviews/new_ones.html", told)


def _asked(given: Any) -> Asked:
    by = given.get("by", "")
    only = tuple((side, _value(given[side])) for side in SIDES if side in given)
    root = _value(given["root"]) if "root" in given else None
    return Asked(by if by in SIDES else SIDES[0], root, only, given.get("late") == "1")


def _value(text: str) -> str:
    """What an address says of a side: "unknown" is of whom it is not known."""
    text = text.replace("\0", "")[:200]
    return "" if text == UNKNOWN else text


@page("customers")
def losses(request: HttpRequest) -> HttpResponse:
    """Every customer lost in the last months, and why: reasons by segment, product or seller."""
    asked, reasons = _asked(request.GET), kits.shown_book(Kind.LEAVE).codes
    told: dict[str, Any] = {"room": "plans", "tab": "losses", "days": DAYS, "reasons": reasons, "asked": asked}
    with company() as opened:
        try:
            found = read_losses(opened, seen(person(request)), asked, page=number(request), limit=_LISTED)
            told["sees_none"] = not found.n and sees_none(opened, person(request))
        except (ModelError, KeyError):
            return render(request, "interviews/losses.html", told)
    words = dict(told["reasons"])
    for row in found.rows:
        row["name_of"] = words.get(row["reason"], row["reason"])
    told |= {"found": found, "share": found.unknown / found.n if found.n else None, "narrowed": _narrowed(asked, words)}
    told |= {
        "sides": [(_address(asked, by=side), name, side == asked.by) for side, name in _SIDES.items()],
        "all": _address(asked),
        "page": Paginator(range(found.shown), _LISTED).get_page(number(request)),
    }
    return render(request, "interviews/losses.html", told | _table(asked, found, words))


def _table(asked: Asked, found: Losses, words: dict[str, str]) -> dict[str, Any]:
    """The table: a row a reason, and below what share of each column nobody knows."""
    sizes = {each: sum(parts.get(each, 0) for parts in found.table.values()) for each in found.columns}
    silent = found.table.get("", {})
    return {
        "columns": [{"name": _named(asked.by, each), "n": sizes[each], "url": _address(asked, **{asked.by: each or UNKNOWN}),
                     "silent": silent.get(each, 0) / sizes[each] if sizes[each] else None} for each in found.columns],
        "rest": found.n - sum(sizes.values()),
        "cells": [
            {"root": reason, "name": words.get(reason, reason), "n": sum(parts.values()), "url": _address(asked, root=reason or UNKNOWN),
             "rest": sum(parts.values()) - sum(parts.get(each, 0) for each in found.columns),
             "parts": [(parts.get(each, 0), _address(asked, root=reason or UNKNOWN, **{asked.by: each or UNKNOWN})) for each in found.columns]}
            for reason, parts in found.table.items()
        ],
    }  # fmt: skip


def _named(side: str, value: str) -> str:
    return str(_TIERS.get(value, value) if side == "segment" else value) or _("not known")


def _address(asked: Asked, **more: str) -> str:
    """The address of the register as it is narrowed, and further."""
    said = {**{side: value or UNKNOWN for side, value in asked.only}, "by": asked.by, **more}
    return f"?{urlencode({name: value for name, value in said.items() if (name, value) != ('by', SIDES[0])})}"


def _narrowed(asked: Asked, words: dict[str, str]) -> list[str]:
    """What the list is narrowed to, in words."""
    told = [f"{_SIDES[side]}: {_named(side, value)}" for side, value in asked.only]
    if asked.root is not None:
        told.append(_("Root reason: %(name)s") % {"name": words.get(asked.root, asked.root) or _("not known")})
    return [*told, *([_("Reason overdue")] if asked.late else [])]


@page("customers", write="customers.write")
def tell_loss(request: HttpRequest) -> HttpResponse:
    """Why somebody was lost; without scripts it is a page of its own."""
    said = request.POST or request.GET
    customer, left_on = (said.get(name, "").replace("\0", "").strip()[:200] for name in ("customer", "left_on"))
    if not seen(person(request)).covers(customer, owner_of(customer)):
        raise ConfigError(
            _("You do not see this customer."), "", _("Ask whoever looks after them, or an administrator.")
        )
    form = LossForm(request.POST or None, initial={"customer": customer, "left_on": left_on})
    form.offer(kits.shown_book(Kind.LEAVE).codes)
    kept = tried(form, lambda: actions.tell_loss(customer, *(form.cleaned_data[name] for name in _SAYS)))
    if kept is not None:
        offer_undo(request, _("The reason is kept."), kept)
        return redirect("losses")
    told = {"room": "plans", "tab": "losses", "form": form, "who": face(customer)}
    return render(request, "interviews/tell.html", told, status=400 if form.is_bound else 200)
