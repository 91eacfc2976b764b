"""Do programs hold interviews, tell losses and write plans by the rules of the pages?"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from tests.web.conftest import MINE, THEIRS
from tests.web.test_api_records import Ask, one_of

from keepwell.web.base.models import Person
from keepwell.web.interviews.models import Interview, Loss
from keepwell.web.plans.models import Action, SignOff, Version


def _where(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [each["where"] for each in answer.json()["errors"]]


def test_an_interview_is_opened_and_held(ask: Ask, people: dict[str, Person]) -> None:
    """Opened once a key, with its questions; held with an answer for each; what it lacks is named; the loss learns its reason."""
    mine, day = one_of(MINE), timezone.localdate() - timedelta(days=3)
    said = {"customer_id": mine, "kind": "leave", "happened_on": day.isoformat()}
    made, again = (ask("rep", "post", "/interviews", said, key="1") for _ in range(2))
    assert (made.status_code, made.json()) == (201, again.json())
    told = made.json()
    assert (told["state"], told["interviewer"], Interview.objects.count()) == ("open", str(people["rep"].pk), 1)
    path, words = f"/interviews/{told['id']}/answers", ["They raised the price."] + [""] * (len(told["questions"]) - 1)
    few = ask("rep", "post", path, {"answers": words[:1], "codes": []}, key="2")
    assert (few.status_code, "questions" in few.json()["wanted"]) == (400, True)
    code = told["book"][0]["code"]
    unknown = ask("rep", "post", path, {"answers": words, "codes": ["weather"], "went": "not told"}, key="3")
    assert _where(unknown) == ["body.codes"]
    assert _where(ask("rep", "post", path, {"answers": words, "codes": [code]}, key="4")) == ["body.went"]
    assert Interview.objects.get().state == "open"
    held = ask(
        "rep", "post", path, {"answers": words, "codes": [code], "went": "competitor", "went_to": "Oak"}, key="5"
    )
    assert (held.status_code, held.json()["state"], held.json()["went"]) == (200, "done", "competitor")
    assert held.json()["answers"][0] == {"question": told["questions"][0], "answer": words[0]}
    assert (Loss.objects.get().root, Loss.objects.get().evidence) == (code, words[0])
    assert ask("rep", "post", f"/interviews/{told['id']}/decline", key="6").status_code == 400
    assert ask("stranger", "post", path, {"answers": words, "codes": [code]}, key="7").status_code == 404


def test_a_loss_gets_its_reason(ask: Ask) -> None:
    """With what it rests on; said again it replaces the one before; a reason nobody has in the book, and another's customer, are refused."""
    mine, day = one_of(MINE), (timezone.localdate() - timedelta(days=9)).isoformat()
    ask("rep", "post", "/interviews", {"customer_id": mine, "kind": "leave", "happened_on": day}, key="0")
    codes = [each["code"] for each in ask("rep", "get", "/interviews").json()["items"][0]["book"]]
    said = {"customer_id": mine, "left_on": day, "reason": codes[0], "rests_on": "their mail"}
    assert ask("rep", "post", "/losses", said, key="1").json() == said
    told = ask("rep", "post", "/losses", said | {"reason": codes[1], "rests_on": "a call"}, key="2")
    assert (told.status_code, Loss.objects.get().root) == (201, codes[1])
    assert ask("rep", "post", "/losses", said | {"reason": "weather"}, key="3").status_code == 400
    assert _where(ask("rep", "post", "/losses", said | {"rests_on": ""}, key="4")) == ["body.rests_on"]
    assert ask("rep", "post", "/losses", said | {"customer_id": one_of(THEIRS)}, key="5").status_code == 404
    assert Loss.objects.count() == 1


def test_a_plan_is_written_and_signed(ask: Ask, people: dict[str, Person]) -> None:
    """What is null stays as it was; a line it cannot read is named by its place; signed once a function, and only the newest."""
    mine, until = one_of(MINE), (timezone.localdate() + timedelta(days=400)).isoformat()
    said: dict[str, Any] = {"customer_id": mine, "strengths": "Loyal", "goals": [{"what": "Less scrap", "by": "June"}]}
    assert _where(ask("rep", "post", "/plans", said, key="1")) == ["body.until"]
    wrong = said | {"until": until, "risks": [{"what": "Price"}], "people": [{"named": "Ada"}]}
    assert _where(ask("rep", "post", "/plans", wrong, key="2")) == ["body.people.0.named"]
    assert _where(ask("rep", "post", "/plans", wrong | {"people": []}, key="3")) == ["body.risks.0.owner"]
    first = ask("rep", "post", "/plans", said | {"until": until}, key="4")
    assert (first.status_code, first.json()["version"], first.json()["says"]["strengths"]) == (201, 1, "Loyal")
    same = ask("rep", "post", "/plans", {"customer_id": mine}, key="5")
    assert (same.status_code, Version.objects.count()) == (400, 1)
    second = ask("rep", "post", "/plans", {"customer_id": mine, "threats": "A new rival"}, key="6").json()
    assert (second["version"], second["says"]["strengths"], second["says"]["goals"]) == (
        2,
        "Loyal",
        [{"what": "Less scrap", "measure": "", "by": "June"}],
    )
    sign = {"customer_id": mine, "version": 1, "function": "sales"}
    assert ask("rep", "post", "/plan-signatures", sign, key="7").status_code == 400
    signed = ask("rep", "post", "/plan-signatures", sign | {"version": 2}, key="8")
    assert (signed.status_code, signed.json()["signed_for"]) == (201, ["sales"])
    assert SignOff.objects.get().person == people["rep"]
    assert ask("rep", "post", "/plan-signatures", sign | {"version": 3}, key="9").status_code == 404
    assert ask("rep", "post", "/plans", said | {"customer_id": one_of(THEIRS)}, key="10").status_code == 404


def test_something_to_do_is_decided_and_settled(ask: Ask, people: dict[str, Person]) -> None:
    """By one person until a day that lies ahead; dropped only with a reason, and settled once."""
    mine, today = one_of(MINE), timezone.localdate()
    said = {"customer_id": mine, "what": "Count the crates", "due": (today + timedelta(days=5)).isoformat()}
    late = ask("rep", "post", "/plan-actions", said | {"due": (today - timedelta(days=1)).isoformat()}, key="1")
    made = ask("rep", "post", "/plan-actions", said, key="2")
    assert (late.status_code, made.status_code, made.json()["owner"]) == (400, 201, str(people["rep"].pk))
    path = f"/plan-actions/{made.json()['id']}/settlement"
    assert ask("rep", "post", path, {"state": "dropped"}, key="3").status_code == 400
    assert ask("stranger", "post", path, {"state": "done"}, key="4").status_code == 404
    assert ask("rep", "post", path, {"state": "done", "outcome": "Forty"}, key="5").json()["state"] == "done"
    assert ask("rep", "post", path, {"state": "done"}, key="6").status_code == 400
    assert (Action.objects.get().outcome, ask("rep", "get", f"/plans/{mine}").status_code) == ("Forty", 404)
