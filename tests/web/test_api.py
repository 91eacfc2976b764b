"""Does the interface give a token what its person has, and not more, and does it say plainly what is wrong?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.conftest import MINE, THEIRS

from keepwell.web.api import tokens
from keepwell.web.api.actions import make_token, offered
from keepwell.web.api.models import Scope, Token, Use
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.today.models import Decision

SignedIn = Callable[[str], Client]
Ask = Callable[..., Any]


def _somebodys(owner: str, at: int = 0) -> str:
    with company() as opened:
        people = opened.facts().read("customers")
        theirs = people.filter(people.owner == owner).order_by("customer_id").limit(at + 1)
        return str(opened.run(theirs)["customer_id"].iloc[at])


def test_a_token_says_for_whom_it_speaks(ask: Ask) -> None:
    """Me: the person, the scopes, and how many requests the minute still has."""
    answer = ask("rep", "get", "/me")
    assert answer.status_code == 200
    assert answer.json()["email"] == "rep@example.com"
    assert answer.json()["scopes"] == ["read", "write"]
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("600", "599")


def test_only_the_digest_of_a_token_is_kept(people: dict[str, Person]) -> None:
    """Neither the record nor its history holds the token; it is 256 random bits."""
    made, told = make_token(people["rep"], "test", ["read"], 30)
    kept = [*Token.objects.values_list(), *Token.history.values_list()]
    assert told.startswith("kw_")
    assert len(told) == 3 + 43
    assert told not in repr(kept)
    assert made.digest in repr(kept)


def test_no_token_expired_revoked_or_of_somebody_gone_opens(people: dict[str, Person]) -> None:
    """Each is told as a problem with 401; so is a cookie, and a token that was made up."""
    made, told = make_token(people["rep"], "test", ["read"], 30)

    def status(word: str) -> int:
        return int(Client().get("/api/v1/me", headers={"authorization": f"Bearer {word}"}).status_code)

    assert status(told) == 200
    made.expires_at = timezone.now() - timedelta(seconds=1)
    made.save()
    assert status(told) == 401
    made.expires_at, made.withdrawn_at = timezone.now() + timedelta(days=1), timezone.now()
    made.save()
    assert status(told) == 401
    made.withdrawn_at = None
    made.save()
    assert status(told) == 200
    people["rep"].is_active = False
    people["rep"].save()
    assert status(told) == 401
    assert status("kw_" + "a" * 43) == 401


def test_a_cookie_is_no_token(signed_in: SignedIn) -> None:
    """Who is signed in with a browser is nobody to the interface, to look and to write."""
    client = signed_in("admin")
    assert client.get("/api/v1/me").status_code == 401
    refused = client.post("/api/v1/rounds", headers={"idempotency-key": "1"}, content_type="application/json")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert refused["WWW-Authenticate"] == "Bearer"


WANTS = [
    ("get", "/customers", None, Scope.READ, "customers"),
    ("get", "/today", None, Scope.READ, "today"),
    ("get", "/metrics", None, Scope.READ, "measures"),
    ("get", "/segments/count?where=orders>=3", None, Scope.READ, "customers"),
    ("get", "/jobs", None, Scope.READ, "data"),
    ("get", "/people", None, Scope.ADMIN, "people"),
    ("get", "/imports", None, Scope.IMPORT, "data"),
    ("get", "/promises", None, Scope.READ, "customers"),
    ("get", "/meetings", None, Scope.READ, "customers"),
    ("get", "/goals", None, Scope.READ, "board"),
    ("get", "/experiments", None, Scope.READ, "measures"),
    ("post", "/rounds", {}, Scope.WRITE, "data"),
    (
        "post",
        "/meetings",
        {"customer_id": "nobody", "about": "x", "starts_at": "2026-06-01T08:00:00Z"},
        Scope.WRITE,
        "customers.write",
    ),
    ("post", "/imports/customers", {"rows": [{"customer_id": "new"}]}, Scope.IMPORT, "data"),
    ("post", "/events", {"rows": [{"event_id": "1"}]}, Scope.IMPORT, "data"),
    ("post", "/people", {"name": "New", "email": "new@example.com", "role": "rep"}, Scope.ADMIN, "people"),
    ("post", "/today/settlements", {"customer_id": "nobody", "kind": "done"}, Scope.WRITE, "customers.write"),
]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["rep", "success", "marketer", "analyst", "manager", "admin"])
def test_scope_and_role_are_both_wanted(ask: Ask, people: dict[str, Person], who: str) -> None:
    """Every endpoint x every scope x every role: open where the token has the scope and the role the right, only there."""
    wrong = []
    for place, (method, path, body, scope, right) in enumerate(WANTS):
        for given in offered(people[who]):
            answer = ask(who, method, path, body, key=f"{who}{place}{given}", scopes=[given])
            open_ = given == scope and people[who].may(right)
            if (answer.status_code != 403) != open_:
                wrong.append((who, path, given, answer.status_code))
    assert wrong == []


def test_a_token_brings_no_scope_its_role_lacks(people: dict[str, Person]) -> None:
    """A rep cannot make a token for people or imports, and one who is no administrator any more has none with effect."""
    from keepwell.errors import ConfigError

    with pytest.raises(ConfigError):
        make_token(people["rep"], "test", ["read", "admin"], 30)
    _made, told = make_token(people["admin"], "test", ["admin"], 30)
    Person.objects.filter(pk=people["admin"].pk).update(role="rep")
    answer = Client().get("/api/v1/people", headers={"authorization": f"Bearer {told}"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:keepwell:problem:role"


def test_customers_come_in_pages_and_only_those_seen(ask: Ask) -> None:
    """All pages together are every customer of mine once, in order; nobody of another's."""
    with company() as opened:
        people = opened.facts().read("customers")
        mine = list(opened.run(people.filter(people.owner == MINE).order_by("customer_id"))["customer_id"])
    found, cursor = [], ""
    while True:
        page = ask("rep", "get", f"/customers?limit=50{cursor}").json()
        found += [each["customer_id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(mine) > 50
    assert found == mine


def test_a_cursor_is_good_for_its_own_list_and_person_only(ask: Ask) -> None:
    """Changed, taken to another list, or to another person, it is refused."""
    cursor = ask("rep", "get", "/customers?limit=1").json()["next"]
    assert ask("rep", "get", f"/customers?limit=1&cursor={cursor}").status_code == 200
    for who, path in (
        ("rep", f"/customers?q=a&cursor={cursor}"), ("rep", f"/customers?cursor={cursor}x"),
        ("stranger", f"/customers?cursor={cursor}"), ("rep", f"/segments/members?where=kept&cursor={cursor}"),
    ):  # fmt: skip
        refused = ask(who, "get", path)
        assert (refused.status_code, refused.json()["type"]) == (400, "urn:keepwell:problem:cursor")


def test_a_portrait_is_told_to_those_who_see_the_customer(ask: Ask) -> None:
    """Mine is told; of another's, and of nobody, the answers are the same."""
    mine = ask("rep", "get", f"/customers/{_somebodys(MINE)}")
    assert mine.status_code == 200
    assert mine.json()["known"]["owner"] == MINE
    assert {"email", "phone"}.isdisjoint(mine.json()["known"])
    theirs, nobody = (ask("rep", "get", f"/customers/{id}") for id in (_somebodys(THEIRS), "nobody"))
    assert (theirs.status_code, nobody.status_code) == (404, 404)
    assert theirs.content == nobody.content


def test_no_expression_tells_of_somebody_unseen(ask: Ask) -> None:
    """A segment or metric narrowed to another's customer counts nobody; whoever sees everybody finds them."""
    theirs = _somebodys(THEIRS)
    where = f"customer_id='{theirs}'"
    assert ask("rep", "get", f"/segments/count?where={where}").json()["customers"] == 0
    assert ask("admin", "get", f"/segments/count?where={where}").json()["customers"] == 1
    assert ask("rep", "get", f"/segments/members?where={where}").json()["items"] == []
    bought = f"owner='{THEIRS}' and orders>=3"
    rep, admin = (
        ask(who, "get", f"/metrics/revenue_per_customer?period=year&where={bought}").json() for who in ("rep", "admin")
    )
    assert (rep["among"], rep["cells"]) == ("seen", [])
    assert admin["among"] == "everybody"
    assert admin["cells"]


def test_a_metric_and_the_people_behind_a_cell(ask: Ask) -> None:
    """The members of a cell are as many as its count says, for everybody and for one's own."""
    for who in ("admin", "rep"):
        told = ask(who, "get", "/metrics/active_customers?period=month&start=2026-03-01&end=2026-04-01").json()
        cell = next(each for each in told["cells"] if each["period"] == "2026-03")
        path = "/metrics/active_customers/members?period=month&start=2026-03-01&end=2026-04-01&cell=period=2026-03"
        found, cursor = 0, ""
        while cursor is not None:
            page = ask(who, "get", path + (f"&limit=500&cursor={cursor}" if cursor else "&limit=500")).json()
            found, cursor = found + len(page["items"]), page["next"]
        assert found == cell["value"] > 0


def test_today_is_settled_once(ask: Ask) -> None:
    """Settled with a key twice it is decided once, and gone from the list; another body under the key is refused."""
    before = ask("rep", "get", "/today").json()
    first = before["items"][0]["customer_id"]
    body = {"customer_id": first, "kind": "done", "outcome": "reached"}
    made, again = (ask("rep", "post", "/today/settlements", body, key="one") for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.json() == made.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Decision.objects.filter(customer_id=first).count() == len(made.json()["decisions"])
    assert {each.created_by.email for each in Decision.objects.all()} == {"rep@example.com"}
    assert first not in {each["customer_id"] for each in ask("rep", "get", "/today").json()["items"]}
    other = ask("rep", "post", "/today/settlements", {**body, "kind": "not_right", "because": "x"}, key="one")
    assert (other.status_code, other.json()["type"]) == (409, "urn:keepwell:problem:idempotency-key-reused")
    theirs = ask("stranger", "get", "/today").json()["items"][0]["customer_id"]
    assert ask("rep", "post", "/today/settlements", {**body, "customer_id": theirs}, key="two").status_code == 404
    assert not Decision.objects.filter(customer_id=theirs).exists()


def test_a_refusal_says_what_came_and_what_was_wanted(ask: Ask) -> None:
    """Keepwell's own errors are problems with their three parts; a wrong request says where."""
    wrong = ask("rep", "get", "/metrics/retenton")
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "application/problem+json")
    assert wrong.json()["came"] == "There is no metric 'retenton'."
    assert "Did you mean" in wrong.json()["wanted"]
    segment = ask("rep", "get", "/segments/count?where=orders>=").json()
    assert isinstance(segment["at"], int)
    unreadable = ask("rep", "get", "/customers?limit=0")
    assert unreadable.status_code == 422
    assert unreadable.json()["errors"][0]["where"] == "query.limit"


def test_every_fault_is_a_problem(ask: Ask) -> None:
    """No such address, no such method, no JSON, no JSON type, no key, too large: each with its status, none as a page."""
    client = Client()
    rounds = {"idempotency-key": "x"}
    faults = {
        404: client.get("/api/v1/nothing/at/all"),
        405: client.delete("/api/v1/me"),
        415: client.post("/api/v1/rounds", "a=b", content_type="application/x-www-form-urlencoded", headers=rounds),
        413: client.post("/api/v1/events", b" " * (16 * 2**20 + 1), content_type="application/json", headers=rounds),
        400: ask("admin", "post", "/events", "{'", key="x"),
        422: ask("admin", "post", "/rounds"),
    }
    for status, answer in faults.items():
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status
        assert answer.json()["title"]
    assert faults[405]["Allow"] == "GET"
    assert ask("admin", "post", "/events", '{"rows": [{"value": NaN}]}', key="x").status_code == 400


def test_too_many_requests_wait(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the rate of a minute: 429, with when to come back; another token is not held back."""
    monkeypatch.setattr(tokens, "RATE", 3)
    minute = timezone.now().replace(second=0, microsecond=0)
    assert ask("rep", "get", "/me").status_code == 200
    Use.objects.update(minute=minute, count=3)
    refused = ask("rep", "get", "/me")
    assert refused.status_code == 429 or timezone.now().minute != minute.minute
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert ask("success", "get", "/me").status_code == 200


def test_what_did_not_change_is_not_sent_again(ask: Ask) -> None:
    """An answer has a tag; asked for with it, it is 304 without a body."""
    first = ask("rep", "get", "/metrics")
    second = ask("rep", "get", "/metrics", **{"if-none-match": first["ETag"]})
    assert (second.status_code, second.content) == (304, b"")


def test_an_administrator_invites_and_lets_go(ask: Ask, people: dict[str, Person]) -> None:
    """Invited once per key, with the reach of the role; the same address twice is refused; who is let go has no token."""
    body = {"name": "New", "email": "new@example.com", "role": "manager"}
    made, again = (ask("admin", "post", "/people", body, key="new") for _ in range(2))
    assert (made.status_code, made.json()) == (201, again.json())
    assert made.json()["reach"] == "team"
    twice = ask("admin", "post", "/people", {**body, "name": "Other"}, key="other")
    assert (twice.status_code, "address" in twice.json()["detail"]) == (400, True)
    assert ask("rep", "get", "/me").status_code == 200
    gone = ask("admin", "post", f"/people/{people['rep'].pk}/deactivate", key="gone")
    assert gone.json()["active"] is False
    assert ask("rep", "get", "/me").status_code == 401
    last = ask("admin", "post", f"/people/{people['admin'].pk}/deactivate", key="last")
    assert last.json()["came"] == "This is the only administrator."


def test_a_round_is_asked_for_once(ask: Ask) -> None:
    """Two requests are one waiting job, which can be looked at; a rep may neither ask nor look."""
    one, two = (ask("analyst", "post", "/rounds", key=key) for key in ("a", "b"))
    assert one.status_code == 202
    assert one.json()["id"] == two.json()["id"]
    assert ask("analyst", "get", f"/jobs/{one.json()['id']}").json()["state"] == "waiting"
    asked = ask("analyst", "get", "/jobs").json()["items"]
    assert [(each["task"], each["id"] == one.json()["id"]) for each in asked] == [
        ("take_round", True),
        ("bring_desk", False),
    ]
    assert ask("rep", "get", f"/jobs/{one.json()['id']}").status_code == 403


def test_people_make_and_revoke_tokens_on_a_page(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A token is shown once, used, listed without itself, and revoked; nobody else's can be, but by an administrator."""
    client = signed_in("rep")
    page = client.post("/settings/tokens/", {"name": "Shop", "scopes": ["read"], "days": "30"}).content.decode()
    told = page.split("<code>kw_")[1].split("<")[0]
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer kw_{told}"}).status_code == 200
    later = client.get("/settings/tokens/").content.decode()
    assert "Shop" in later
    assert told not in later
    token = Token.objects.get()
    assert "Shop" not in signed_in("stranger").get("/settings/tokens/").content.decode()
    assert signed_in("stranger").post(f"/settings/tokens/{token.pk}/revoke/").status_code == 400
    client.post(f"/settings/tokens/{token.pk}/revoke/")
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer kw_{told}"}).status_code == 401
    assert [each.history_user for each in token.history.all()] == [people["rep"], people["rep"]]
    client.post("/settings/tokens/", {"name": "x", "scopes": ["admin"], "days": "30"})
    assert Token.objects.count() == 0


def test_the_reference_shows_every_endpoint(signed_in: SignedIn) -> None:
    """A plain page made of the description, which itself is open to programs."""
    schema = Client().get("/api/v1/openapi.json").json()
    page = signed_in("rep").get("/settings/api/").content.decode()
    assert len(schema["paths"]) >= 18
    assert [path for path in schema["paths"] if path not in page] == []


def test_pages_ask_little_of_the_database(
    ask: Ask, people: dict[str, Person], django_assert_max_num_queries: Any
) -> None:
    """A list takes as many questions of the database for one row as for many."""
    ask("analyst", "post", "/rounds", key="a")
    ask("admin", "get", "/people", scopes=["admin"])
    with django_assert_max_num_queries(6):
        jobs = ask("analyst", "get", "/jobs")
    with django_assert_max_num_queries(6):
        everybody = ask("admin", "get", "/people", scopes=["admin"])
    assert (len(jobs.json()["items"]), len(everybody.json()["items"])) == (2, len(people))
