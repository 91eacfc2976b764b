"""Is every page open to those whom it is for, and to nobody else?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.web.conftest import MINE, THEIRS

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import RIGHTS, Role

SignedIn = Callable[[str], Client]
SAMPLES = {
    "uuid": "01890000-0000-7000-8000-000000000000",
    "int": "4000000",  # nobody's: the first session is that of whoever asks
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
}


def _patterns(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        else:
            yield route, each


def _pages() -> Iterator[tuple[str, Any]]:
    """Every address of the desk's own rooms, filled with samples, and its view; sign-in's are the library's."""
    for route, pattern in _patterns(get_resolver().url_patterns):
        if route.startswith(("sign-in/", "api/")):
            continue
        address = route
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            address = address.replace(f"<{kind}:{name}>", SAMPLES[kind])
        yield f"/{address}", pattern.callback


def _somebodys(owner: str) -> str:
    with company() as opened:
        people = opened.facts().read("customers")
        return str(opened.run(people.filter(people.owner == owner).limit(1))["customer_id"].iloc[0])


def test_every_view_says_whom_it_is_for() -> None:
    """Every view of every room is marked with a right that exists, or as open to everybody."""
    unmarked = [address for address, view in _pages() if not hasattr(view, "right")]
    assert unmarked == []
    rights = {getattr(view, "right", None) for _address, view in _pages()} - {None}
    assert len(rights) > 3
    assert rights <= set(RIGHTS)


@pytest.mark.django_db
def test_nobody_comes_in_without_signing_in(people: dict[str, Person], client: Client) -> None:
    """Whoever is not signed in is led to the sign-in, by every page that is not open to everybody."""
    open_ = [
        address
        for address, view in _pages()
        if getattr(view, "right", None)
        and not client.get(address).headers.get("location", "").startswith("/sign-in/login/")
        and client.get(address).status_code != 405
    ]
    assert open_ == []


@pytest.mark.slow
def test_each_role_sees_what_its_rights_bring(signed_in: SignedIn) -> None:
    """Every address x every role: refused where the role lacks the right, and only there; to look and to write."""
    wrong = []
    for role in Role:
        client = signed_in(role)
        client.raise_request_exception = False
        for address, view in _pages():
            if getattr(view, "right", None) is None:
                continue
            for right, answer in ((view.right, client.get), (view.write, client.post)):
                response = answer(address)
                if response.status_code != 405 and (response.status_code == 403) != (role not in RIGHTS[right]):
                    wrong.append((role, address, response.status_code))
                if response.status_code >= 500:
                    wrong.append((role, address, response.status_code))
    assert wrong == []


@pytest.mark.slow
def test_one_customers_pages_are_for_those_who_see_that_customer(signed_in: SignedIn) -> None:
    """Every page of one customer: a rep is refused another team's customer and told who looks after them, not their own."""
    client, wrong = signed_in("rep"), []
    for owner, refused in ((MINE, False), (THEIRS, True)):
        customer = _somebodys(owner)
        for route, pattern in _patterns(get_resolver().url_patterns):
            if not getattr(pattern.callback, "of_customer", False):
                continue
            address = "/" + route.replace("<path:customer_id>", customer)
            for name, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
                address = address.replace(f"<{kind}:{name}>", SAMPLES[kind])
            response = client.get(address)
            if (response.status_code == 403) != refused:
                wrong.append((address, response.status_code))
            if refused and owner not in response.content.decode():
                wrong.append((address, "does not say who looks after them"))
    assert wrong == []


def test_a_seat_outweighs_the_owner_in_the_data(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Whoever is given the seat of success sees the customer, and the owner in the data no longer does."""
    from keepwell.web.customers.models import Function, Seat

    customer = _somebodys(THEIRS)
    assert signed_in("rep").get(f"/customers/{customer}/").status_code == 403
    Seat.objects.create(customer_id=customer, function=Function.SUCCESS, person=people["rep"])
    assert signed_in("rep").get(f"/customers/{customer}/").status_code == 200
    assert signed_in("stranger").get(f"/customers/{customer}/").status_code == 403


def test_headers_close_what_a_page_does_not_need(signed_in: SignedIn) -> None:
    """No inline script, no foreign source, no frame around us, nothing kept by a cache between."""
    response = signed_in("rep").get("/settings/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    assert "<script>" not in page
    assert " style=" not in page


def test_an_address_that_is_nowhere_keeps_the_frame(signed_in: SignedIn) -> None:
    """Whoever mistypes stays in the desk, and is told so; a page that breaks tells neither code nor settings."""
    client = signed_in("rep")
    lost = client.get("/nowhere/")
    assert lost.status_code == 404
    assert "There is nothing here" in lost.content.decode()
    assert 'class="rail"' in lost.content.decode()
    assert "A fault of ours" in render_to_string("500.html")


def test_a_form_of_another_site_changes_nothing(people: dict[str, Person]) -> None:
    """Without the page's own token nothing is sent, and the person is told what to do."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["rep"], backend="allauth.account.auth_backends.AuthenticationBackend")
    refused = client.post("/settings/", {"name": "Somebody else"})
    assert refused.status_code == 403
    assert "Send it again" in refused.content.decode()
    people["rep"].refresh_from_db()
    assert people["rep"].name == "rep one"


@pytest.mark.usefixtures("people")
def test_whoever_was_signed_out_signs_in_first_and_comes_back() -> None:
    """What was sent is not done: the page, or the part of it that asked, is led to the sign-in and from there back to where it was."""
    client, page = Client(), "http://testserver/today/?whose=all"
    sent = client.post("/today/settle/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert (sent.status_code, sent.headers["HX-Redirect"]) == (401, "/sign-in/login/?next=/today/%3Fwhose%3Dall")
    assert (
        client.post("/promises/new/", headers={"Referer": page}).headers["Location"]
        == "/sign-in/login/?next=/today/%3Fwhose%3Dall"
    )
    assert (
        client.post("/promises/new/", headers={"Referer": "https://elsewhere.example/x"}).headers["Location"]
        == "/sign-in/login/?next=/promises/new/"
    )
    assert client.get("/today/").headers["Location"] == "/sign-in/login/?next=/today/"
