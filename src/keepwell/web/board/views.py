"""Are customers kept, and what is left undone? The board, and the lists behind what is told of our own doing."""

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.errors import KeepwellError
from keepwell.experiments import goals
from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.base.paging import number
from keepwell.web.board import discipline, gaps
from keepwell.web.board.setting import GoalForm, feasible
from keepwell.web.board.standing import board as read
from keepwell.web.customers.reach import seen

_SIZE = 100
"""Rows of a page of a list."""


@page("board")
def board(request: HttpRequest) -> HttpResponse:
    """Figures, goals, discipline and gaps; where they take a moment to work out, the page comes first."""
    me = person(request)
    whose = seen(me)
    told: dict[str, Any] = {"room": "board", "as_of": None, "may_set": me.may("goals")}
    with company() as opened:
        if not opened.lake.rows().get("customers"):
            return render(request, "board/board.html", told | {"nothing": True})
        told |= {"as_of": opened.as_of, "found": read(opened, whose, now="now" in request.GET)}
        if told["found"]:
            lost = discipline.lost(opened, whose)
            told |= {"gaps": gaps.gaps(opened, me, whose, lost), "shares": discipline.of_customers(opened, whose, lost)}
    if told["found"]:
        told["shares"] = [*discipline.of_people(me), *told["shares"]]
    return render(request, "board/board.html", told)


@page("goals")
def set_goal(request: HttpRequest) -> HttpResponse:
    """A goal: first whether it can be reached, then it is entered; what was changed in between is looked at again."""
    form = GoalForm(request.POST or None, initial={"owner": person(request).name})
    told: dict[str, Any] = {"room": "board", "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "board/goal.html", told)
    seen_before = request.POST.get("set", "")
    with company() as opened:
        try:
            if seen_before == _named(form):
                goals.set_(opened, form.wish)
                messages.success(request, _("The goal is set."))
                return redirect(f"{reverse('board')}#goals")
            told |= {"told": feasible(opened, form.wish), "told_of": _named(form)}
        except KeepwellError as fault:
            told["fault"] = fault
    return render(request, "board/goal.html", told)


def _named(form: GoalForm) -> str:
    """Names exactly what was said, so that only what was looked at is entered."""
    return sha256(repr(form.wish).encode()).hexdigest()[:32]


@page("board")
def gap(request: HttpRequest, id: str) -> HttpResponse:
    """The customers of one gap."""
    if id not in gaps.NAMES:
        raise Http404
    me, place = person(request), number(request)
    with company() as opened:
        found = gaps.listed(opened, me, seen(me), id, page=place, size=_SIZE)
    told = {
        "room": "board",
        "name": gaps.NAMES[id],
        "means": gaps.MEANS[id],
        "rows": found.rows,
        "page": Paginator(range(found.n), _SIZE).get_page(place),
    }
    return render(request, "board/gap.html", told)


@page("board")
def done(request: HttpRequest, id: str) -> HttpResponse:
    """What was to be done, and whether it was done as it should."""
    if id not in discipline.NAMES:
        raise Http404
    me, place, undone = person(request), number(request), request.GET.get("show") == "undone"
    with company() as opened:
        n, rows = discipline.listed(opened, me, seen(me), id, undone=undone, page=place, size=_SIZE)
    told = {"room": "board", "name": discipline.NAMES[id], "rows": rows, "undone": undone}
    told["page"] = Paginator(range(n), _SIZE).get_page(place)
    return render(request, "board/done.html", told)
