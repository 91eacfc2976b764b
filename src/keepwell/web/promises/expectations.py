"""What customers were led to expect at the sale, what came of it, and the report by seller."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.web.base.access import page, person, refused
from keepwell.web.base.actions import offer_undo
from keepwell.web.base.company import company
from keepwell.web.base.forms import tried
from keepwell.web.base.models import Person
from keepwell.web.base.paging import number
from keepwell.web.customers.reach import seen
from keepwell.web.promises import expecting
from keepwell.web.promises.forms import Compare, ExpectationForm, colleagues
from keepwell.web.promises.models import Expectation
from keepwell.web.promises.views import uuid_of
from keepwell.web.promises.whom import asked, known, name_of, not_seen, sees
from keepwell.web.promises.whom import one as customer_of

_SHOWN, _DEALS = 50, 20


@page("customers")
def expectations(request: HttpRequest) -> HttpResponse:
    """The report by seller, the won deals that say nothing, and the expectations themselves."""
    me = person(request)
    found = expecting.visible(me)
    sellers = expecting.by_seller(found)
    show, seller = request.GET.get("show", ""), uuid_of(request.GET.get("seller", ""))
    if show in expecting.LAST:
        found = found.filter(expecting.LAST[show])
    if seller is not None:
        found = found.filter(seller=seller)
    part = Paginator(found.order_by("-sold_on", "pk"), _SHOWN).get_page(number(request))
    customers = known({each.customer_id for each in part})
    place = number(request, "silent")
    deals, n = expecting.silent_deals(seen(me), page=place, limit=_DEALS)
    told = {"room": "promises", "tab": "expectations", "sellers": sellers, "page": part, "show": show,
            "rows": [{"expectation": each, "name": name_of(customers, each.customer_id)} for each in part],
            "deals": deals, "silent": Paginator(range(n), _DEALS).get_page(place), "narrowed": bool(show or seller)}  # fmt: skip
    return render(request, "promises/expectations.html", told)


@page("customers", write="customers.write")
def new(request: HttpRequest) -> HttpResponse:
    """What one customer was led to expect."""
    id, deal = asked(request), asked(request, "deal")
    customer = customer_of(id)
    if blocked := not_seen(request, id, customer.owner):
        return blocked
    first = {"seller": person(request), "sold_on": timezone.localdate(), **_of_deal(id, deal)}
    form = ExpectationForm(request.POST or None, instance=Expectation(customer_id=id, deal_id=deal), initial=first)
    made = tried(form, lambda: expecting.expect(form.save(commit=False)))
    if made is not None:
        offer_undo(request, _("Kept: %(what)s.") % {"what": made.text or made.get_about_display()}, made)
        return redirect("expectation", made.pk)
    told = {"room": "promises", "form": form, "customer_id": id, "customer": customer, "deal": first.get("deal")}
    return render(request, "promises/new_expectation.html", told, status=400 if request.method == "POST" else 200)


def _of_deal(customer_id: str, deal_id: str) -> dict[str, Any]:
    """What the data say of a deal: its name, its day and its seller."""
    if not deal_id:
        return {}
    with company() as opened:
        deals = opened.facts().read("deals")
        asked = deals.filter((deals.deal_id == deal_id) & (deals.customer_id == customer_id))
        found = opened.run(asked.select("name", "owner", "closed_at")).to_dict("records")
    if not found:
        return {}
    deal = found[0]
    told: dict[str, Any] = {"deal": deal["name"] if isinstance(deal["name"], str) else deal_id}
    if isinstance(deal["closed_at"], datetime) and deal["closed_at"] == deal["closed_at"]:
        told["sold_on"] = deal["closed_at"].date()
    people: list[Person] = list(colleagues())
    if isinstance(deal["owner"], str) and (who := expecting.seller_of(deal["owner"], people)):
        told["seller"] = who
    return told


@page("customers", write="customers.write")
def one(request: HttpRequest, id: UUID) -> HttpResponse:
    """One expectation, compared at onboarding and at the first review."""
    found = get_object_or_404(Expectation.objects.select_related("seller"), pk=id)
    customer = known([found.customer_id]).get(found.customer_id)
    mine = expecting.visible(person(request)).filter(pk=id).exists()
    if not mine and not sees(person(request), found.customer_id, customer.owner if customer else None):
        return refused(request, _("%(name)s sold this. Ask them, or an administrator.") % {"name": found.seller})
    look = request.POST.get("look", "")
    forms = {name: _compared(request, found, name, bound=name == look) for name in expecting.LOOKS}
    if look in forms:
        said = forms[look]
        done = tried(said, lambda: expecting.compare(found, look, said.cleaned_data["met"], said.cleaned_data["note"]))
        if done is not None:
            offer_undo(request, _("Kept: %(what)s.") % {"what": done.met.label}, done)
            return redirect("expectation", id)
    told = {"room": "promises", "expectation": found, "name": customer.name if customer else found.customer_id,
            "looks": [(_("At onboarding"), "onboarding", forms["onboarding"]), (_("At the first review"), "review", forms["review"])],
            "may": person(request).may("customers.write")}  # fmt: skip
    return render(request, "promises/expectation.html", told, status=400 if request.method == "POST" else 200)


def _compared(request: HttpRequest, found: Expectation, look: str, *, bound: bool) -> Compare:
    first = {"met": getattr(found, look), "note": getattr(found, f"{look}_note")}
    return Compare(request.POST if bound else None, initial=first, auto_id=f"{look}-%s")
