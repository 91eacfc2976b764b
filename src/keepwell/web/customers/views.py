"""Customers: search, and one customer's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from keepwell.rounds.reading import newest
from keepwell.web.base.access import page, person
from keepwell.web.base.company import company
from keepwell.web.customers.access import customer_page
from keepwell.web.customers.reach import seen

_SHOWN = 50


@page("customers")
def customers(request: HttpRequest) -> HttpResponse:
    """Search among the customers one sees."""
    words = request.GET.get("q", "").strip()[:200]
    with company() as opened:
        people = seen(person(request)).of(opened.facts().read("customers"))
        for word in words.split()[:5]:
            people = people.filter(
                people.name.fill_null("").contains(word)
                | people.name.fill_null("").lower().contains(word.lower())
                | people.customer_id.lower().contains(word.lower())
            )
        found = opened.run(
            people.select("customer_id", "name", "owner", "country").order_by("name", "customer_id").limit(_SHOWN + 1)
        )
    told = {
        "room": "customers",
        "q": words,
        "found": found.head(_SHOWN).to_dict("records"),
        "more": len(found) > _SHOWN,
    }
    return render(request, "customers/customers.html", told)


@customer_page()
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Everything known of one customer."""
    with company() as opened:
        people = opened.lake.result(opened.lake.kept(newest(opened))["portraits"])
        found = opened.run(people.filter(people.customer_id == customer_id))
        currency = opened.settings.currency
    portrait = found.iloc[0].to_dict() if len(found) else {}
    return render(
        request,
        "customers/customer.html",
        {"room": "customers", "customer_id": customer_id, "portrait": portrait, "currency": currency},
    )
