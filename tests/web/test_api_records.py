"""Do programs write promises, touches, meetings and decisions by the rules of the pages, and read what their person sees?"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.conftest import MINE, THEIRS

from keepwell.experiments import assigning, goals, planning
from keepwell.experiments.figures import Asked
from keepwell.prove.plan import Plan
from keepwell.web.api.models import Parcel
from keepwell.web.base.company import company, let_go
from keepwell.web.base.models import Person
from keepwell.web.customers.models import KeepDecision
from keepwell.web.interviews import actions as interviews
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans import actions as plans
from keepwell.web.promises.models import Promise
from keepwell.web.touches.models import Touch
from keepwell.workspace import Workspace

Ask = Callable[..., Any]


def one_of(owner: str) -> str:
    """A customer of an owner in the data."""
    with company() as opened:
        people = opened.facts().read("customers")
        return str(
            opened.run(people.filter(people.owner == owner).order_by("customer_id").limit(1))["customer_id"].iloc[0]
        )


def _promise(customer: str, **more: Any) -> dict[str, Any]:
    day = (timezone.localdate() + timedelta(days=7)).isoformat()
    return {"customer_id": customer, "text": "Send the plan", "sort": "material", "due_on": day, "due_time": "10:00",
            "origin": "call", **more}  # fmt: skip


def test_a_promise_is_given_looked_at_and_kept(ask: Ask, people: dict[str, Person]) -> None:
    """Given once per key by the token's person, on the customer's clock; kept only with what shows it; both in the history."""
    mine = one_of(MINE)
    made, again = (ask("rep", "post", "/promises", _promise(mine), key="p") for _ in range(2))
    assert (made.status_code, made.json()) == (201, again.json())
    told = made.json()
    assert (told["by"], told["state"], told["due_time"]) == (str(people["rep"].pk), "open", "10:00")
    assert [each["id"] for each in ask("rep", "get", "/promises?state=open").json()["items"]] == [told["id"]]
    path = f"/promises/{told['id']}/settlements"
    bare = ask("rep", "post", path, {"what": "kept"}, key="k0")
    assert (bare.status_code, bare.json()["errors"][0]["where"]) == (422, "body.evidence")
    kept = ask("rep", "post", path, {"what": "kept", "evidence": "the mail of Monday"}, key="k1")
    assert (kept.status_code, kept.json()["state"]) == (200, "kept")
    twice = ask("rep", "post", path, {"what": "broken", "because": "late"}, key="k2")
    assert (twice.status_code, "closed already" in twice.json()["came"]) == (400, True)
    assert [each.history_user for each in Promise.objects.get().history.all()] == [people["rep"], people["rep"]]


def test_what_is_never_promised_wants_a_reason_here_too(ask: Ask) -> None:
    """A type on the list is refused without a reason or an approver; so is a day that has passed, and another's customer."""
    mine = one_of(MINE)
    never = next(each["id"] for each in ask("rep", "get", "/promise-types").json()["items"] if each["never"])
    refused = ask("rep", "post", "/promises", _promise(mine, sort=never), key="1")
    assert (refused.status_code, "never promised" in refused.json()["came"]) == (400, True)
    past = ask("rep", "post", "/promises", _promise(mine, due_on="2020-01-01"), key="2")
    assert (past.status_code, "passed" in past.json()["came"]) == (400, True)
    theirs, nobody = (ask("rep", "post", "/promises", _promise(who), key=who) for who in (one_of(THEIRS), "nobody"))
    assert (theirs.status_code, nobody.status_code) == (404, 404)
    assert Promise.objects.count() == 0


def test_a_promise_is_seen_as_far_as_its_giver_or_customer_is(ask: Ask, people: dict[str, Person]) -> None:
    """A stranger sees neither list nor one; the manager of the team sees both; released, moved and given go by the rules."""
    id = ask("rep", "post", "/promises", _promise(one_of(MINE)), key="p").json()["id"]
    assert ask("stranger", "get", "/promises?whose=all").json()["items"] == []
    assert ask("stranger", "get", f"/promises/{id}").status_code == 404
    assert (
        ask("stranger", "post", f"/promises/{id}/settlements", {"what": "broken", "because": "x"}, key="s").status_code
        == 404
    )
    assert [each["id"] for each in ask("manager", "get", "/promises?whose=team").json()["items"]] == [id]
    later = {"what": "moved", "due_on": (timezone.localdate() + timedelta(days=9)).isoformat(), "due_time": "12:30",
             "zone": "Europe/Helsinki", "because": "They asked"}  # fmt: skip
    moved = ask("rep", "post", f"/promises/{id}/settlements", later, key="m").json()
    assert (moved["moves"], moved["due_time"], moved["zone"]) == (1, "12:30", "Europe/Helsinki")
    given = ask(
        "rep", "post", f"/promises/{id}/settlements", {"what": "given", "to": str(people["success"].pk)}, key="g"
    )
    assert given.json()["by"] == str(people["success"].pk)
    done = ask("success", "post", f"/promises/{id}/settlements", {"what": "released", "released_by": "Eva"}, key="r")
    assert (done.json()["state"], done.json()["released_by"]) == ("released", "Eva")


def test_a_touch_carries_something_or_is_refused(ask: Ask) -> None:
    """Ours without a value, or with words that say nothing, is refused; theirs is a question that waits until it is answered, once."""
    mine = one_of(MINE)
    empty = {"customer_id": mine, "direction": "out", "channel": "call", "subject": "Catching up"}
    refused = ask("rep", "post", "/touches", empty, key="1")
    assert (refused.status_code, "what they get out of it" in refused.json()["came"]) == (400, True)
    assert ask("rep", "post", "/touches", {**empty, "value": "news"}, key="7").status_code == 400
    empty |= {"subject": "The autumn list"}
    asked = ask("rep", "post", "/touches", {**empty, "direction": "in", "subject": "When?", "question": True}, key="2")
    assert (asked.status_code, asked.json()["question"], asked.json()["answered_at"]) == (201, True, None)
    assert [each["id"] for each in ask("rep", "get", "/touches?waiting=true").json()["items"]] == [asked.json()["id"]]
    answer = {**empty, "value": "answer", "answers": asked.json()["id"]}
    assert ask("rep", "post", "/touches", answer, key="3").status_code == 201
    assert ask("rep", "get", f"/touches/{asked.json()['id']}").json()["answered_at"]
    again = ask("rep", "post", "/touches", answer, key="4")
    assert (again.status_code, again.json()["errors"][0]["where"]) == (422, "body.answers")
    ahead = {**empty, "value": "news", "at": (timezone.now() + timedelta(days=2)).isoformat()}
    planned = ask("rep", "post", "/touches", ahead, key="5").json()
    done = ask("rep", "post", f"/touches/{planned['id']}/settlements", {"what": "done"}, key="6").json()
    assert (planned["state"], done["state"]) == ("planned", "done")
    assert ask("stranger", "get", f"/touches/{planned['id']}").status_code == 404
    assert Touch.objects.count() == 3


def test_a_meeting_is_written_down_and_noted(ask: Ask, people: dict[str, Person]) -> None:
    """Held it wants a note with its reason; one ahead has none yet; others' meetings are not there."""
    mine = one_of(MINE)
    body = {"customer_id": mine, "about": "The year", "starts_at": (timezone.now() - timedelta(hours=3)).isoformat()}
    made = ask("rep", "post", "/meetings", body, key="1")
    assert (made.status_code, made.json()["host"]) == (201, str(people["rep"].pk))
    id = made.json()["id"]
    assert [each["id"] for each in ask("rep", "get", "/meetings?which=wanting").json()["items"]] == [id]
    assert ask("rep", "post", f"/meetings/{id}/note", {"sentiment": 6, "because": "x"}, key="2").status_code == 422
    noted = ask("rep", "post", f"/meetings/{id}/note", {"sentiment": 4, "because": "It works"}, key="3").json()
    assert (noted["sentiment"], noted["noted_by"]) == (4, str(people["rep"].pk))
    off = ask("rep", "post", f"/meetings/{id}/call-off", key="4")
    assert (off.status_code, "note" in off.json()["came"]) == (400, True)
    later = {**body, "starts_at": (timezone.now() + timedelta(days=3)).isoformat()}
    ahead = ask("rep", "post", "/meetings", later, key="5").json()["id"]
    early = ask("rep", "post", f"/meetings/{ahead}/note", {"sentiment": 4, "because": "x"}, key="6")
    assert (early.status_code, early.json()["came"]) == (400, "This meeting was not held.")
    vain = ask("rep", "post", "/meetings", body, key="7").json()["id"]
    told = ask("rep", "post", f"/meetings/{vain}/not-held", {"missed": "theirs", "words": "Waited an hour"}, key="8")
    assert (told.json()["called_off"], told.json()["missed"], told.json()["note"]) == (True, "theirs", "Waited an hour")
    assert ask("rep", "post", f"/meetings/{ahead}/not-held", {"missed": "ours"}, key="9").status_code == 400
    assert ask("stranger", "get", "/meetings").json() == {"items": [], "next": None}
    assert ask("stranger", "get", f"/meetings/{id}").status_code == 404


def test_pages_of_few_among_many_go_on_to_the_end(ask: Ask, people: dict[str, Person]) -> None:
    """Of meetings with many customers a rep gets all of theirs, once each, in pages of two."""
    mine, theirs, now = one_of(MINE), one_of(THEIRS), timezone.now()
    for place in range(9):
        Meeting.objects.create(
            customer_id=mine if place % 2 else theirs, starts_at=now, about=str(place), host=people["rep"]
        )
    found: list[str] = []
    path = "/meetings?limit=2"
    while path:
        told = ask("rep", "get", path).json()
        found += [each["about"] for each in told["items"]]
        path = f"/meetings?limit=2&cursor={told['next']}" if told["next"] else ""
    assert found == ["7", "5", "3", "1"]


def test_plans_and_reviews_are_told(ask: Ask, people: dict[str, Person]) -> None:
    """The newest version with who signed it, its actions, the review that is due; another's are not there."""
    mine, today = one_of(MINE), timezone.localdate()
    assert ask("rep", "get", f"/plans/{mine}").status_code == 404
    says = {name: [] for name in ("goals", "people", "whitespace", "risks")}
    version = plans.next_version(mine, today, {"until": today + timedelta(days=500), "strengths": "Quick", **says})
    plans.sign(version, people["rep"], "sales")
    plans.decide(mine, "Call them", people["rep"], today + timedelta(days=3), today)
    listed = ask("rep", "get", "/plans").json()["items"]
    assert [(each["customer_id"], each["version"], each["signed_for"], each["holds"]) for each in listed] == [
        (mine, 1, ["sales"], None)
    ]
    whole = ask("rep", "get", f"/plans/{mine}").json()
    assert (whole["says"]["strengths"], [each["what"] for each in whole["actions"]]) == ("Quick", ["Call them"])
    assert ask("stranger", "get", "/plans").json()["items"] == []
    assert ask("stranger", "get", f"/plans/{mine}").status_code == 404
    assert ask("rep", "get", "/reviews").status_code == 200
    pack = ask("rep", "get", f"/reviews/{mine}").json()
    assert (pack["customer_id"], pack["last"], pack["pack"]["portrait"]["customer_id"]) == (mine, None, mine)


def test_interviews_and_losses_are_told(ask: Ask, people: dict[str, Person]) -> None:
    """An interview with its answers; the register of losses in pages, each customer once; only of those one sees."""
    mine = one_of(MINE)
    made = interviews.begin(mine, "stay", people["success"], timezone.localdate() - timedelta(days=3))
    told = ask("rep", "get", f"/interviews/{made.pk}").json()
    assert (told["customer_id"], told["kind"], told["state"]) == (mine, "stay", "open")
    assert [each["id"] for each in ask("rep", "get", "/interviews?kind=stay&state=open").json()["items"]] == [
        str(made.pk)
    ]
    assert ask("rep", "get", "/interviews?kind=leave").json()["items"] == []
    assert ask("stranger", "get", f"/interviews/{made.pk}").status_code == 404
    whole = ask("admin", "get", "/losses?limit=7").json()
    following = ask("admin", "get", f"/losses?limit=7&cursor={whole['next']}").json()
    lost = [(each["customer_id"], each["left_on"]) for each in whole["items"] + following["items"]]
    assert (len(set(lost)), whole["customers"] > 14) == (14, True)
    one = ask("admin", "get", f"/losses/{lost[0][0]}").json()
    assert (one["customer_id"], one["left_on"]) == lost[0]
    assert {each["owner"] for each in ask("rep", "get", "/losses").json()["items"]} == {MINE}


def test_renewals_come_by_day_in_pages(ask: Ask) -> None:
    """Everything together is what the board counts; a rep's own are those of their customers."""
    found: list[Any] = []
    path = "/renewals?limit=200"
    while path:
        told = ask("admin", "get", path).json()
        found += told["items"]
        path = f"/renewals?limit=200&cursor={told['next']}" if told["next"] else ""
    days = [each["renews_on"] for each in found]
    assert (days == sorted(days), len({each["subscription_id"] for each in found})) == (True, len(found))
    assert found
    assert {each["owner"] for each in ask("rep", "get", "/renewals").json()["items"]} <= {MINE}


def test_keeping_is_decided_with_its_reason(ask: Ask, people: dict[str, Person]) -> None:
    """Kept with what they bring; a day that lies back is refused, and so is a customer one does not see."""
    mine = one_of(MINE)
    body = {"customer_id": mine, "outcome": "keep", "flags": ["reference"], "because": "Others come",
            "review_on": (timezone.localdate() + timedelta(days=200)).isoformat()}  # fmt: skip
    made = ask("rep", "post", "/keep-decisions", body, key="1")
    assert (made.status_code, made.json()["flags"], made.json()["by"]) == (201, ["reference"], str(people["rep"].pk))
    late = ask("rep", "post", "/keep-decisions", {**body, "review_on": "2020-01-01"}, key="2")
    assert (late.status_code, late.json()["errors"][0]["where"]) == (422, "body.review_on")
    assert ask("stranger", "post", "/keep-decisions", body, key="3").status_code == 404
    assert [each["id"] for each in ask("rep", "get", "/keep-decisions").json()["items"]] == [made.json()["id"]]
    assert KeepDecision.objects.get().contribution is not None


@pytest.fixture
def playing(own_company: Path) -> Path:
    """A company with an experiment that is drawn, and a goal."""
    with Workspace.open(own_company) as opened:
        said = {
            "experiment": "mail", "version": 1, "owner": "Sanna", "what": "A mail.", "expected": "Ten more are spent a head.",
            "arms": {"control": 0.5, "mail": 0.5}, "start": opened.as_of, "end": opened.as_of + timedelta(days=90),
            "review": opened.as_of + timedelta(days=97), "smallest_effect": 30.0, "max_n": 10_000, "where": "orders >= 1",
            "primary": {"kind": "spend", "days": 60}, "costs": {"mail": "0.40"}, "currency": "EUR",
        }  # fmt: skip
        planning.freeze(opened, Plan.of(said), anyway=True)
        assigning.draw(opened, "mail")
        goals.set_(opened, goals.Wish(Asked("kept_share"), 0.995, date(2026, 12, 31), "Maria"))
    let_go()
    return own_company


@pytest.mark.slow
def test_who_is_in_which_arm_and_what_was_shown(ask: Ask, playing: Path) -> None:
    """The same answer as the command gives; what was shown comes in as events, once however often it is told."""
    with Workspace.open(playing) as opened:
        mine = one_of(MINE)
        _plan, drawn, _row = assigning.who(opened, "mail", mine)
    told = ask("rep", "get", f"/experiments/mail/arm?customer={mine}").json()
    assert (told["experiment"], told["unit"], told["arm"], told["bucket"]) == ("mail:1", mine, drawn.arm, drawn.bucket)
    assert ask("rep", "get", f"/experiments/mail/arm?customer={one_of(THEIRS)}").status_code == 404
    assert ask("admin", "get", "/experiments/mail/arm?customer=nobody-yet").json()["assigned_at"] is None
    assert ask("admin", "get", "/experiments/other/arm?customer=x").status_code == 400
    assert "mail:1" in {each["name"] for each in ask("rep", "get", "/experiments").json()["items"]}
    shown = {"exposures": [{"customer_id": mine, "arm": "mail", "at": "2026-07-01T08:00:00Z"}]}
    first, again = (ask("admin", "post", "/experiments/mail/exposures", shown, key="e") for _ in range(2))
    assert (first.status_code, first.json()) == (202, again.json())
    assert (Parcel.objects.get().table, Parcel.objects.get().rows) == ("events", 1)


@pytest.mark.slow
def test_the_board_and_its_goals_are_told_to_those_who_lead(ask: Ask, playing: Path) -> None:
    """Goals by name with how they stand, the board as the page has it; a rep is refused."""
    listed = ask("manager", "get", "/goals").json()["items"]
    assert [(each["name"], each["target"], each["owner"]) for each in listed] == [("kept_share", 0.995, "Maria")]
    one = ask("manager", "get", "/goals/kept_share").json()
    assert (one["by"], bool(one["standing"]), bool(one["told"])) == ("2026-12-31", True, True)
    assert ask("manager", "get", "/goals/nothing").status_code == 404
    board = ask("manager", "get", "/board").json()
    assert [each["name"] for each in board["goals"]] == ["kept_share"]
    assert board["customers"] > 0
    assert ask("rep", "get", "/board").status_code == 403


def test_a_page_and_a_program_write_the_same_record(ask: Ask, people: dict[str, Person]) -> None:
    """Of the same promise the page's record and the program's differ in nothing but who and when they were made."""
    mine = one_of(MINE)
    body = _promise(mine, zone="Europe/Helsinki", to="Eva")
    ask("rep", "post", "/promises", body, key="1")
    client = Client()
    client.force_login(people["rep"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(f"/promises/new/?customer={mine}", {**body, "by": str(people["rep"].pk)})
    left, right = Promise.objects.order_by("created_at").values()
    same = {name for name, value in left.items() if right[name] == value}
    assert set(left) - same == {"id", "created_at"}
