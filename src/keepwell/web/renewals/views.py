"""The renewals board, and one renewal."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.act.plans import FUNCTIONS
from keepwell.act.renewals import COLUMNS
from keepwell.errors import ModelError
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.paging import number
from keepwell.web.customers.access import customer_page, sees_none
from keepwell.web.customers.reach import Seen, own, seen
from keepwell.web.meetings.faces import face
from keepwell.web.plans.actions import signed, standing
from keepwell.web.plans.models import Action
from keepwell.web.renewals import actions
from keepwell.web.renewals.forms import Assess, Decide
from keepwell.web.renewals.models import Assessment, Outcome, Renewal
from keepwell.web.renewals.reading import DECIDED, Asked, Board, board

_CARDS, _MORE = 12, 200
"""Cards of a column on the board, and on one page where one column is looked at."""


@page("customers")
def renewals(request: HttpRequest) -> HttpResponse:
    """Renewals of the next half year, by how near they are."""
    me, given = person(request), request.GET
    column = given.get("column", "")
    asked = Asked(
        owner=given.get("owner", "").replace("\0", "")[:200],
        unplanned=given.get("plan") == "missing",
        differ=given.get("differ") == "1",
        column=column if column in (*COLUMNS, DECIDED) else "",
    )
    whose = own(me) if given.get("whose") == "mine" else seen(me)
    told: dict[str, Any] = {"room": "plans", "tab": "renewals", "asked": asked, "mine": given.get("whose") == "mine"}
    with company() as opened:
        try:
            place = number(request) if asked.column else 1
            found = board(opened, whose, asked, page=place, limit=_MORE if asked.column else _CARDS)
            n = sum(each.n for each in found.columns)
            told["sees_none"] = not n and sees_none(opened, me)
        except ModelError:
            return render(request, "renewals/board.html", told)
    _beside(found)
    rest = given.copy()
    for name in ("column", "page"):
        rest.pop(name, None)
    told |= {"board": found, "rest": rest.urlencode(), "n": n}
    told["page"] = Paginator(range(n), _MORE).get_page(place) if asked.column else None
    return render(request, "renewals/board.html", told)


def _beside(found: Board) -> None:
    """Each card with its plan's signatures, the next action, and what both think in words."""
    cards = [card for column in found.columns for card in column.cards]
    ids = {card["customer_id"] for card in cards}
    plans, todo = signed(standing(ids)), {}
    for each in Action.objects.filter(customer_id__in=ids, state=Action.State.OPEN).order_by("-due"):
        todo[each.customer_id] = each
    for card in cards:
        newest = plans.get(card["customer_id"], [None])[-1]
        card["version"], card["signatures"] = newest, len(newest.functions) if newest else 0
        card["four"], card["action"] = len(FUNCTIONS), todo.get(card["customer_id"])
        card["own"] = dict(Assessment.choices).get(card["assessment"], "")
        card["ended"] = dict(Outcome.choices).get(card["outcome"], "")


@customer_page()
def renewal(request: HttpRequest, customer_id: str) -> HttpResponse:
    """One renewal: what the system and the owner think, and how it ended; without a day the customer's next one."""
    if "day" not in request.GET:
        return _next(customer_id)
    try:
        renews_on = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        raise Http404(_("There is no such renewal.")) from None
    subscription_id = request.GET.get("contract", "").replace("\0", "")[:200]
    kept = actions.renewal(customer_id, subscription_id, renews_on)
    with company() as opened:
        try:
            found = board(opened, Seen(None), Asked(customer=customer_id), limit=_MORE)
        except ModelError:
            raise Http404(_("There is no such renewal.")) from None
    _beside(found)
    card = _card(found, subscription_id, renews_on)
    if card is None and kept._state.adding:
        raise Http404(_("There is no such renewal."))
    which = request.POST.get("about", "")
    assess = Assess(
        request.POST if which == "assess" else None, initial={"assessment": kept.assessment, "because": kept.because}
    )
    decide = Decide(request.POST if which == "decide" else None, initial={"outcome": kept.outcome, "yearly": kept.yearly, "because": kept.outcome_because})  # fmt: skip
    if request.method == "POST" and (done := _kept(request, kept, assess, decide)):
        return done
    told = {
        "room": "plans", "tab": "renewals", "who": face(customer_id), "card": card, "kept": kept, "assess": assess, "decide": decide,
        "board": found, "was": kept.history.select_related("history_user") if not kept._state.adding else [],
    }  # fmt: skip
    return render(request, "renewals/renewal.html", told, status=400 if request.method == "POST" else 200)


def _next(customer_id: str) -> HttpResponse:
    """The page of a customer's nearest renewal, or of the customer where none is near."""
    with company() as opened:
        try:
            found = board(opened, Seen(None), Asked(customer=customer_id), limit=_MORE)
        except ModelError:
            return redirect("customer", customer_id)
    cards = [card for column in found.columns for card in column.cards]
    if not cards:
        return redirect("customer", customer_id)
    first = min(cards, key=lambda card: card["renews_on"])
    of = {"contract": first["subscription_id"], "day": f"{first['renews_on']:%Y-%m-%d}"}
    return redirect(f"{reverse('renewal', args=[customer_id])}?{urlencode(of)}")


def _kept(request: HttpRequest, kept: Renewal, assess: Assess, decide: Decide) -> HttpResponse | None:
    """Keep what was said, where it holds."""
    done = tried(assess, lambda: actions.assess(kept, person(request), **assess.cleaned_data)) or tried(
        decide, lambda: actions.decide(kept, **decide.cleaned_data)
    )
    if done is None:
        return None
    offer_undo(request, _("Kept."), done)
    return redirect("renewals")


def _card(found: Board, subscription_id: str, renews_on: date) -> dict[str, Any] | None:
    for column in found.columns:
        for card in column.cards:
            if (
                card["subscription_id"] == subscription_id
                and card["renews_on"].strftime("%Y-%m-%d") == renews_on.isoformat()
            ):
                return card
    return None
