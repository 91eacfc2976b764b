"""Does a customer's page show everything known, to whoever sees that customer, and keep what people write down?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.web.conftest import MINE, THEIRS

from keepwell.rounds import customer as reading
from keepwell.rounds import timeline as times
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers import panels
from keepwell.web.customers.actions import seats_of, today_in
from keepwell.web.customers.models import Goal, KeepDecision, Measured, Need, Seat, Words
from keepwell.web.customers.telling import surfaced

SignedIn = Callable[[str], Client]


def _customer_of(owner: str | None, kind: str = "account") -> str:
    """The first customer of an owner in the data."""
    with company() as opened:
        people = opened.facts().read("customers")
        owned = people.owner.isnull() if owner is None else people.owner == owner
        found = opened.run(people.filter(owned & (people.kind == kind)).order_by("customer_id").limit(1))
    return str(found["customer_id"].iloc[0])


def _buyer() -> str:
    """Somebody with more than thirty things in their timeline."""
    with company() as opened:
        events = opened.facts().read("touches")
        many = events.group_by("customer_id").agg(n=events.count())
        return str(opened.run(many.order_by(many.n.desc(), "customer_id").limit(1))["customer_id"].iloc[0])


def _page(client: Client, customer: str, **asked: Any) -> str:
    answer = client.get(f"/customers/{customer}/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def _undone(client: Client, page: str) -> None:
    undo = page.split('action="/undo/')[-1].split('"')[0]
    client.post(f"/undo/{undo}")


def test_the_page_says_what_the_round_knows(signed_in: SignedIn) -> None:
    """Name, figures with their meaning, parts of health, offers and what happened; unknown parts are shown as such."""
    mine = _customer_of(MINE)
    with company() as opened:
        known = reading.known_of(opened, mine)
    page = _page(signed_in("rep"), mine)
    assert str(known.portrait["name"]) in page
    for name in (
        "Risk of leaving, 90 days",
        "Value of the next year",
        "Next renewal",
        "Health",
        "Contribution, last 365 days",
    ):
        assert f"What {name} means" in page
    assert page.count("<h1>") == 1
    unknown = sum(part.points is None for part in known.parts)
    assert page.count('class="hatched"') == unknown
    assert page.count("customers bought it") == len(known.offers) <= 12
    for room in ("plans/of", "meetings/of", "interviews/of"):
        assert f'href="/{room}/{mine}/"' in page


def test_only_who_sees_a_customer_opens_the_page(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Another team's customer is refused with whom to ask; a seat in their team opens it; nobody at all is not found."""
    theirs = _customer_of(THEIRS)
    client = signed_in("rep")
    refused = client.get(f"/customers/{theirs}/")
    assert (refused.status_code, THEIRS in refused.content.decode()) == (403, True)
    Seat.objects.create(customer_id=theirs, function="support", person=people["rep"])
    assert client.get(f"/customers/{theirs}/").status_code == 200
    for hostile in ("nobody", "x' OR '1'='1", "a\0b", "../../etc", "%", "客户"):
        assert client.get(f"/customers/{hostile}/").status_code == 404


def test_a_merged_customer_leads_to_who_they_are_now(signed_in: SignedIn) -> None:
    """The old id is redirected to the id that stays, whose page also tells what the old one did."""
    with company() as opened:
        gone, stays = opened.run(opened.facts().tables["merges"].limit(1))[
            ["from_customer_id", "into_customer_id"]
        ].iloc[0]
        assert gone in reading.ids_of(opened, stays).all
        assert reading.row_of(opened, gone) is None
    answer = signed_in("admin").get(f"/customers/{gone}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/customers/{stays}/")


def test_the_timeline_is_whole_page_by_page(signed_in: SignedIn) -> None:
    """All pages together tell everything once, the newest first; one kind tells only that kind."""
    many, client = _buyer(), signed_in("admin")
    with company() as opened:
        ids = reading.ids_of(opened, many)
        whole = times.timeline(opened, ids, limit=5000)
        touches = times.timeline(opened, ids, kinds=("touch",), limit=5000)
    assert [entry.place for entry in whole] == sorted((entry.place for entry in whole), reverse=True)
    assert len({entry.place for entry in whole}) == len(whole) > 30
    page, seen, address = _page(client, many), 0, ""
    while True:
        seen += page.count("<time datetime=")
        if "before=" not in page:
            break
        address = "/customer/" + page.split('hx-get="/customer/')[1].split('"')[0].replace("&amp;", "&")
        page = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert seen == len(whole)
    assert {entry.kind for entry in touches} == {"touch"}
    assert len(touches) == sum(entry.kind == "touch" for entry in whole)
    assert "<h1>" in client.get(address).content.decode()  # without htmx it is a page
    assert client.get(address.split("before=")[0] + "before=nonsense").status_code == 404


def test_a_room_adds_its_panel(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registered panel stands on the page with its rows."""
    mine = _customer_of(MINE)
    monkeypatch.setattr(
        panels, "PANELS", [lambda who, _request: panels.Panel("x", "X", "customers/suggest.html", [who])]
    )
    assert '<a href="#x">X</a>' in _page(signed_in("rep"), mine)


def test_who_holds_a_seat_looks_after_them(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Whoever took over is named in the head of the page, and to whoever does not see the customer any more."""
    mine = _customer_of(MINE)
    assert f"owner in the data: {MINE}" in _page(signed_in("rep"), mine)
    signed_in("admin").post(f"/customer/seat/{mine}/", {"function": "sales", "person": str(people["stranger"].pk)})
    assert "looks after" not in _page(signed_in("admin"), mine).split("looked after by Stranger")[0]
    refused = signed_in("rep").get(f"/customers/{mine}/")
    assert refused.status_code == 403
    assert "Stranger looks after this customer." in refused.content.decode()


def test_a_seat_is_given_moved_and_emptied(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The holder changes, the one before stays in the history, the undo restores them, and a gap is shown as one."""
    mine, client = _customer_of(MINE), signed_in("admin")
    give = f"/customer/seat/{mine}/"
    client.post(give, {"function": "success", "person": str(people["success"].pk)})
    page = client.post(
        give, {"function": "success", "person": str(people["stranger"].pk)}, follow=True
    ).content.decode()
    now, before = seats_of(mine)
    assert now["success"] is not None
    assert (now["success"].person, [seat.person for seat in before]) == (people["stranger"], [people["success"]])
    assert "Stranger (Sales rep) has the seat of Customer success." in page
    _undone(client, page)
    restored = seats_of(mine)[0]["success"]
    assert restored is not None
    assert restored.person == people["success"]
    client.post(give, {"function": "success", "person": ""})
    assert seats_of(mine)[0]["success"] is None
    again = client.post(give, {"function": "success", "person": ""})
    assert (again.status_code, "Nothing would change" in again.content.decode()) == (400, True)


@pytest.mark.parametrize("role", ["rep", "success", "marketer", "analyst"])
def test_only_managers_and_administrators_give_seats(signed_in: SignedIn, people: dict[str, Person], role: str) -> None:
    """Nobody else may, and nobody else is shown the form."""
    mine = _customer_of(MINE)
    people[role].known_as = MINE
    people[role].save()
    client = signed_in(role)
    assert "Give or empty a seat" not in _page(client, mine)
    refused = client.post(f"/customer/seat/{mine}/", {"function": "sales", "person": str(people["rep"].pk)})
    assert refused.status_code == 403
    assert not Seat.objects.exists()


@pytest.mark.capability("S1-18")
def test_a_goal_past_due_without_a_value_is_unknown(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It is written down, measured, on track; one whose day is over without a value says that nobody knows, and is not green."""
    mine, client, today = _customer_of(MINE), signed_in("rep"), today_in("Europe/Helsinki")
    start, due = today - timedelta(200), today + timedelta(200)
    said = {"name": "Fewer errors", "unit": "%", "start": start, "baseline": 20, "target": 10, "due": due}
    assert client.post(f"/customer/goal/{mine}/", said).status_code == 302
    goal = Goal.objects.get()
    assert goal.created_by == people["rep"]
    yesterday = today - timedelta(1)
    client.post(f"/customer/measured/{goal.pk}/{mine}/", {"value": 14, "day": yesterday})
    assert Measured.objects.get().value == 14
    assert "on track" in _page(client, mine)
    Goal.objects.create(customer_id=mine, name="Old", unit="h", start=start, baseline=1, target=2, due=yesterday)
    page = _page(client, mine)
    assert "no value says how it ended" in page
    refused = client.post(f"/customer/goal/{mine}/", {**said, "target": 20})
    assert (refused.status_code, "The value wanted is the value there is." in refused.content.decode()) == (400, True)
    early = client.post(f"/customer/measured/{goal.pk}/{mine}/", {"value": 14, "day": start})
    assert early.status_code == 400


@pytest.mark.capability("S1-06")
def test_their_words_are_a_gap_after_ninety_days(signed_in: SignedIn) -> None:
    """Nothing said is a gap; said today it is none; said ninety-one days ago it is one again."""
    mine, client, today = _customer_of(MINE), signed_in("rep"), today_in("Europe/Helsinki")
    assert "Nobody wrote down what we are worth" in _page(client, mine)
    said = {"words": "<b>We stopped counting</b>", "speaker": "Eva", "day": today}
    page = client.post(f"/customer/words/{mine}/", said, follow=True).content.decode()
    assert "&lt;b&gt;We stopped counting" in page
    assert "ask them" not in page
    Words.objects.update(day=today - timedelta(91))
    assert "Nothing was said for 90 days" in _page(client, mine)
    ahead = client.post(f"/customer/words/{mine}/", {**said, "day": today + timedelta(1)})
    assert ahead.status_code == 400


@pytest.mark.capability("S2-12")
def test_a_need_of_next_time_surfaces_on_its_day(signed_in: SignedIn) -> None:
    """It waits under Next, is listed once its day has come, and is gone when met; undo brings it back."""
    mine, client, today = _customer_of(MINE), signed_in("rep"), today_in("Europe/Helsinki")
    said = {"words": "A second shop", "source": "Eva, at the fair", "horizon": "next"}
    assert client.post(f"/customer/need/{mine}/", said).status_code == 400
    client.post(f"/customer/need/{mine}/", {**said, "day": today + timedelta(5)})
    need = Need.objects.get()
    assert surfaced(today) == []
    assert surfaced(today + timedelta(5)) == [need]
    page = client.post(f"/customer/met/{need.pk}/{mine}/", follow=True).content.decode()
    assert "No need of theirs is written down" in page
    _undone(client, page)
    assert "A second shop" in _page(client, mine)
    client.post(f"/customer/withdraw/need/{need.pk}/{mine}/")
    assert not Need.objects.exists()
    assert Need.everything.get().withdrawn_at


def test_nothing_is_written_of_a_customer_one_does_not_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Every deed is refused for another team's customer, and for who may only read; one customer's record is not another's."""
    mine, theirs, client = _customer_of(MINE), _customer_of(THEIRS), signed_in("rep")
    need = Need.objects.create(customer_id=theirs, words="x", source="y")
    deeds = [f"goal/{theirs}/", f"words/{theirs}/", f"need/{theirs}/", f"decide/{theirs}/", f"met/{need.pk}/{theirs}/"]
    assert {client.post(f"/customer/{deed}").status_code for deed in deeds} == {403}
    assert client.post(f"/customer/met/{need.pk}/{mine}/").status_code == 400
    assert {signed_in("analyst").post(f"/customer/{deed}").status_code for deed in deeds} == {403}
    assert client.get(f"/customer/need/{mine}/").status_code == 405
    need.refresh_from_db()
    assert need.met_on is None


@pytest.mark.capability("S1-10")
def test_a_loss_maker_is_listed_until_somebody_decides(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """They stand on the list, leave it with a decision, and are back when it is to be looked at again; nothing else happens to them."""
    client, today = signed_in("admin"), today_in("Europe/Helsinki")
    page = client.get("/keep-decisions/?now=1").content.decode()
    assert 'hx-trigger="load"' not in client.get("/keep-decisions/").content.decode()
    listed = [part.split("/#keep")[0] for part in page.split('data-open-row href="/customers/')[1:]]
    assert listed
    said = {
        "outcome": "reprice",
        "because": "They bring others",
        "flags": ["reference"],
        "review_on": today + timedelta(90),
    }
    shown = client.post(f"/customer/decide/{listed[0]}/", said, follow=True).content.decode()
    assert "Change the price" in shown
    assert "Others come because of them" in shown
    made = KeepDecision.objects.get()
    assert made.contribution is not None
    assert made.contribution < 0
    assert made.created_by == people["admin"]
    assert f"/customers/{listed[0]}/#keep" not in client.get("/keep-decisions/").content.decode()
    KeepDecision.objects.update(review_on=today)
    assert f"/customers/{listed[0]}/#keep" in client.get("/keep-decisions/").content.decode()
    found = client.get(f"/keep-decisions/?words={listed[0]}").content.decode()
    assert found.count("data-open-row") == 1
    assert "Nobody of them is meant" in client.get("/keep-decisions/?words=nobody-is-called-so").content.decode()
    past = client.post(f"/customer/decide/{listed[0]}/", {**said, "review_on": today})
    assert past.status_code == 400


def test_a_page_asks_the_desk_a_bounded_number_of_questions(
    signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    """However many goals, seats and needs there are."""
    mine, client, today = _customer_of(MINE), signed_in("admin"), today_in("Europe/Helsinki")
    for number in range(5):
        goal = Goal.objects.create(
            customer_id=mine,
            name=f"Goal {number}",
            unit="h",
            start=today - timedelta(9),
            baseline=0,
            target=9,
            due=today,
        )
        Measured.objects.create(goal=goal, day=today, value=3)
        Need.objects.create(customer_id=mine, words="x", source="y")
    _page(client, mine)
    with django_assert_max_num_queries(16):
        assert "Goal 4" in _page(client, mine)


def test_without_a_round_the_page_still_tells_what_happened(signed_in: SignedIn, own_company: Any) -> None:
    """Nothing is known of risk and health, which is said; the timeline is there."""
    import shutil

    shutil.rmtree(own_company / "lake" / "results")
    page = _page(signed_in("rep"), _customer_of(MINE))
    assert "No round was taken yet" in page
    assert "not known" in page
    assert "<time datetime=" in page


def test_the_shares_of_health_come_to_a_hundred() -> None:
    """3, 3, 3, 2, 2, 2 and 1 of 16 are 19, 19, 19, 12, 12, 12 and 6 when cut off: the first of those cut off most gets what lacks."""
    from keepwell.rounds.customer import _shares

    told = _shares({"rhythm": 3, "use": 3, "payment": 3, "tickets": 2, "answer": 2, "note": 2, "contact": 1})
    assert [round(100 * share) for share in told.values()] == [19, 19, 19, 13, 12, 12, 6]
    assert _shares({}) == {}
