"""What did I settle, and what is hidden until when? The list of it, and the way back."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.act.reasons import REASONS
from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.web.base.access import page, person
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.promises.whom import known, name_of
from keepwell.web.today import actions
from keepwell.web.today.models import Decision

_SHOWN = 50


@page("today")
def aside(request: HttpRequest) -> HttpResponse:
    """Customers one settled, the latest first, with why and until when."""
    me, morning = person(request), _morning()
    mine = _mine(me, morning) if morning else Decision.objects.none()
    customers = mine.values("customer_id").annotate(at=Max("created_at")).order_by("-at", "customer_id")
    shown = Paginator(customers, _SHOWN).get_page(request.GET.get("page"))
    ids = [row["customer_id"] for row in shown]
    decisions = list(mine.filter(customer_id__in=ids).select_related("to").order_by("-created_at", "id"))
    names = known(ids)
    told = [
        {"customer_id": id, "name": name_of(names, id), "decisions": _newest(decisions, id)} for id in ids
    ]  # fmt: skip
    return render(request, "today/aside.html", {"room": "today", "settled": told, "page": shown})


def _morning() -> date | None:
    with company() as opened:
        try:
            return newest(opened, None, "today")
        except ModelError:
            return None


def _mine(me: Person, morning: date) -> QuerySet[Decision]:
    return Decision.objects.filter(created_by=me, until__gt=morning)


def _newest(decisions: list[Decision], customer: str) -> list[dict[str, Any]]:
    """Of each reason of one customer the newest decision, which is the one that holds."""
    theirs: dict[str, Decision] = {}
    for each in decisions:
        if each.customer_id == customer:
            theirs.setdefault(each.reason, each)
    return [{"decision": each, "name": _reason(each.reason)} for each in theirs.values()]


def _reason(id: str) -> str:
    return _(REASONS[id].name) if id in REASONS else id


@require_POST
@page("today", write="customers.write")
def bring_back(request: HttpRequest) -> HttpResponse:
    """What one decided of a customer holds no more; the row stands on Today again."""
    customer = request.POST.get("customer", "").replace("\0", "")[:200]
    me, morning = person(request), _morning()
    back = actions.bring_back(_mine(me, morning).filter(customer_id=customer) if morning else Decision.objects.none())
    name = name_of(known([customer]), customer)
    offer_undo(request, _("%(name)s is back on Today.") % {"name": name}, *back)
    return redirect("aside")
