"""Whose customers does a person see, and is no more asked than that takes?"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import MINE, THEIRS
from tests.web.test_meetings import customers_of

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import Seen, own, seen

SignedIn = Callable[[str], Client]


@pytest.fixture
def seats(people: dict[str, Person]) -> dict[str, tuple[str, bool]]:
    """Seats of every kind, and some hundred of others: what is meant -> a customer, and whether the rep's own are to hold them."""
    mine, theirs = customers_of(MINE, 6), customers_of(THEIRS, 3)
    rep, other = people["rep"], people["stranger"]

    def sits(customer: str, function: str, who: Person) -> None:
        Seat.objects.create(customer_id=customer, function=function, person=who)

    sits(mine[1], "sales", other)
    sits(mine[2], "support", other)
    sits(mine[3], "sales", other)
    sits(mine[3], "support", rep)
    sits(theirs[0], "marketing", rep)
    Seat.objects.create(customer_id=theirs[1], function="sales", person=rep, until="2026-01-01T00:00Z")
    for at in range(120):
        sits(f"elsewhere-{at}", "success", other)
    return {
        "by the data": (mine[0], True), "taken over by somebody": (mine[1], False), "helped by somebody": (mine[2], True),
        "taken over, with a seat of one's own": (mine[3], True), "a seat of one's own": (theirs[0], True),
        "a seat that ended": (theirs[1], False), "nothing": (theirs[2], False),
    }  # fmt: skip


def owner_of(customer: str) -> str:
    """Who looks after a customer in the data."""
    return MINE if customer in customers_of(MINE, 5000) else THEIRS


def test_one_customer_is_asked_of_alone(people: dict[str, Person], seats: dict[str, tuple[str, bool]]) -> None:
    """Each is seen or not as it should be, in one question that brings that customer's seats and no others."""
    for meant, (customer, sees) in seats.items():
        owner = owner_of(customer)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert own(people["rep"]).covers(customer, owner) is sees, meant
        assert len(asked) == 1, meant
        assert f"'{customer}'" in asked[0]["sql"], meant


def test_a_table_is_narrowed_in_one_question(
    people: dict[str, Person], seats: dict[str, tuple[str, bool]], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The rows that stay are those that are covered one by one; who sees all is not asked for."""
    with company() as opened:
        table = opened.facts().read("customers")
        with django_assert_num_queries(1):
            kept = set(opened.run(own(people["rep"]).of(table))["customer_id"])
        everybody = opened.run(table.select("customer_id", "owner")).to_dict("records")
        with django_assert_num_queries(0):
            people["admin"].reach = "all"
            assert len(opened.run(seen(people["admin"]).of(table))) == len(everybody)
    whose = own(people["rep"])
    assert len(whose.added) == 2
    with django_assert_num_queries(0):
        assert kept == {row["customer_id"] for row in everybody if whose.covers(row["customer_id"], row["owner"])}
    assert {meant for meant, (customer, _sees) in seats.items() if customer in kept} == {
        meant for meant, (_customer, sees) in seats.items() if sees
    }


def test_more_can_be_added(people: dict[str, Person], seats: dict[str, tuple[str, bool]]) -> None:
    """Whose customers were handed over for a day joins them; whatever is made of the sets is a set of its own."""
    whose, other = own(people["rep"]), seats["nothing"][0]
    more = replace(whose, added=whose.added | {other})
    assert more.covers(other, THEIRS)
    assert not whose.covers(other, THEIRS)
    assert set(more.added) == {other, seats["a seat of one's own"][0], seats["taken over, with a seat of one's own"][0]}
    assert Seen(frozenset(), frozenset({other})).covers(other, None)
    assert len({own(people["rep"]), own(people["rep"]), more}) == 2
    Seat.objects.create(customer_id=other, function="support", person=people["rep"])
    assert own(people["rep"]) != whose


def test_the_page_of_one_customer_reads_no_seats_of_others(
    signed_in: SignedIn, people: dict[str, Person], seats: dict[str, tuple[str, bool]]
) -> None:
    """However many there are."""
    customer = seats["by the data"][0]
    with CaptureQueriesContext(connection) as asked:
        assert signed_in("rep").get(f"/meetings/of/{customer}/").status_code == 200
    of_seats = [each["sql"] for each in asked if 'FROM "customers_seat"' in each["sql"]]
    assert of_seats
    assert all(f"'{customer}'" in each for each in of_seats)
