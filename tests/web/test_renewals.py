"""Does the board show what renews, what we think of it, and what lacks a plan?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.conftest import DESK_MORNING

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import Seen, own
from keepwell.web.plans.models import SignOff, Version
from keepwell.web.renewals.models import Renewal
from keepwell.web.renewals.reading import Asked, Board, board

SignedIn = Callable[[str], Client]


def seen(whose: Seen | None = None, **asked: object) -> Board:
    """The board."""
    with company() as opened:
        return board(opened, whose or Seen(None), Asked(**asked), limit=500)


def cards(found: Board) -> list[dict]:
    """All cards."""
    return [card for column in found.columns for card in column.cards]


def path(card: dict) -> str:
    """The page of one renewal."""
    return f"/renewals/of/{card['customer_id']}/?day={card['renews_on']:%Y-%m-%d}&contract={card['subscription_id']}"


@pytest.mark.capability("S1-23")
def test_every_column_sums_what_stands_in_it(people: dict[str, Person]) -> None:
    """N and money are those of the cards, each card lies within its days, and all are by the quarter or year."""
    found = seen()
    assert sum(column.n for column in found.columns) > 20
    for column in found.columns:
        assert column.n == len(column.cards)
        assert column.yearly == pytest.approx(sum(card["yearly"] for card in column.cards))
        if column.name != "decided" and column.cards:
            last, first = (int(part) for part in column.name.split("-"))
            assert all(first <= card["days"] <= last for card in column.cards)
            assert all(
                card["renews_on"].date() == DESK_MORNING + timedelta(days=int(card["days"])) for card in column.cards
            )


def test_one_sees_ones_own_renewals(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A seat brings a customer's renewal onto the board; without it the page of the renewal is refused."""
    card = next(each for each in cards(seen()) if each["owner"] is None)
    client = signed_in("rep")
    assert card["customer_id"] not in client.get("/renewals/").content.decode()
    assert client.get(path(card)).status_code == 403
    assert client.post(path(card), {"about": "assess", "assessment": "likely", "because": "x"}).status_code == 403
    Seat.objects.create(customer_id=card["customer_id"], function="success", person=people["rep"])
    assert card["customer_id"] in client.get("/renewals/").content.decode()
    assert [
        each["customer_id"] for each in cards(seen(own(people["rep"]))) if each["customer_id"] == card["customer_id"]
    ]
    assert client.get(path(card)).status_code == 200


@pytest.mark.capability("S1-20")
def test_what_the_owner_thinks_stands_beside_the_system(signed_in: SignedIn) -> None:
    """Against a likely one "unlikely" disagrees and is found by the filter; with its history and undo."""
    card = next(each for each in cards(seen()) if each["risky"] is False)
    client = signed_in("admin")
    page = client.post(
        path(card), {"about": "assess", "assessment": "unlikely", "because": "Budget cut"}, follow=True
    ).content.decode()
    assert "we disagree" in page
    assert [each["subscription_id"] for each in cards(seen(differ=True))] == [card["subscription_id"]]
    kept = Renewal.objects.get()
    assert kept.assessed_by
    client.post(path(card), {"about": "assess", "assessment": "unsure", "because": "New budget"})
    assert cards(seen(differ=True)) == []
    assert "Budget cut" in client.get(path(card)).content.decode()
    assert kept.history.count() == 2


def test_a_decided_renewal_moves_to_the_last_column(signed_in: SignedIn) -> None:
    """How it ended needs a reason; afterwards nobody assesses it any more."""
    card, client = cards(seen())[0], signed_in("admin")
    assert client.post(path(card), {"about": "decide", "outcome": "renewed"}).status_code == 400
    assert client.post(path(card), {"about": "decide", "outcome": "renewed", "because": "Signed"}).status_code == 302
    assert [each["subscription_id"] for each in cards(seen(column="decided"))] == [card["subscription_id"]]
    assert client.post(path(card), {"about": "assess", "assessment": "likely", "because": "x"}).status_code == 400


@pytest.mark.capability("S1-23")
def test_renewals_without_a_plan_four_have_signed_are_listed(people: dict[str, Person]) -> None:
    """With four signatures the renewal leaves the list; with three it stays."""
    before = seen(unplanned=True)
    customer = cards(before)[0]["customer_id"]
    of_them = sum(card["customer_id"] == customer for card in cards(before))
    version = Version.objects.create(customer_id=customer, number=1, until=timezone.localdate() + timedelta(days=400))
    for function, who in (("sales", "rep"), ("success", "success"), ("marketing", "marketer")):
        SignOff.objects.create(version=version, function=function, person=people[who])
    assert len(cards(seen(unplanned=True))) == before.unplanned
    SignOff.objects.create(version=version, function="support", person=people["admin"])
    after = seen(unplanned=True)
    assert after.unplanned == before.unplanned - of_them
    assert customer not in {card["customer_id"] for card in cards(after)}


def test_no_such_renewal(signed_in: SignedIn) -> None:
    """A made-up contract of a real customer, a day that is none, and an unknown column lead nowhere harmful."""
    card, client = cards(seen())[0], signed_in("admin")
    assert client.get(f"/renewals/of/{card['customer_id']}/?day=2026-08-01&contract=nothing").status_code == 404
    assert client.get(f"/renewals/of/{card['customer_id']}/?day=2026-99-01").status_code == 404
    assert client.get(f"/renewals/of/{card['customer_id']}/?day=2026-08-01&contract=%00").status_code == 404
    assert client.get("/renewals/?column=%3Cscript%3E&owner=%27x%00&plan=1&differ=2").status_code == 200
    assert Renewal.objects.count() == 0


def test_the_board_asks_the_database_little(signed_in: SignedIn, django_assert_max_num_queries: Callable) -> None:
    """However many cards it has."""
    client = signed_in("admin")
    with django_assert_max_num_queries(14):
        assert client.get("/renewals/").status_code == 200


def test_what_was_said_of_others_is_not_reached_through_ones_own(
    signed_in: SignedIn, people: dict[str, Person]
) -> None:
    """Another customer's contract named on the page of one's own is no renewal of theirs, and stays as it is."""
    mine, other = cards(seen())[:2]
    Seat.objects.create(customer_id=mine["customer_id"], function="success", person=people["rep"])
    client = signed_in("admin")
    client.post(path(other), {"about": "assess", "assessment": "likely", "because": "Secret"})
    crossed = path({**other, "customer_id": mine["customer_id"]})
    assert signed_in("rep").get(crossed).status_code == 404
    said = {"about": "assess", "assessment": "unlikely", "because": "x"}
    assert signed_in("rep").post(crossed, said).status_code == 404
    assert Renewal.objects.get().because == "Secret"


@pytest.mark.capability("S1-23")
def test_a_card_says_only_what_is_known(signed_in: SignedIn) -> None:
    """No line for what nobody said, one thing to press, days from the nearer to the farther, and no column under a dash."""
    page = signed_in("admin").get("/renewals/").content.decode()
    assert "91–180 days" in page
    assert "180-91 days" not in page
    assert "No plan" not in page
    assert "not said" not in page
    assert "–</span><small>" not in page
    for card in page.split('<li class="card')[1:]:
        assert card.split("</li>")[0].count('class="button"') == 1
