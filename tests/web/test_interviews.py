"""Are customers asked openly, and is every loss told with its reason?"""

from collections.abc import Callable
from datetime import timedelta

import pandas as pd
import pytest
from django.test import Client
from tests.conftest import DESK_MORNING
from tests.web.conftest import MINE, THEIRS
from tests.web.test_meetings import customers_of, undo

from keepwell.act.interviews import KITS
from keepwell.errors import ConfigError
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import Seen, own
from keepwell.web.interviews import actions
from keepwell.web.interviews.kits import kit
from keepwell.web.interviews.models import CodeBook, Interview, Kit, Loss
from keepwell.web.interviews.reading import due, new_ones
from keepwell.web.interviews.register import Asked, losses

SignedIn = Callable[[str], Client]


def asked(whose: Seen | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    """Interviews that are due."""
    with company() as opened:
        return due(opened, whose or Seen(None), limit=5000)


def register(**chosen: object) -> object:
    """The register of losses."""
    with company() as opened:
        return losses(opened, Seen(None), Asked(**chosen), limit=5000)


def begun(client: Client, customer: str, kind: str, who: Person) -> Interview:
    """An interview that was opened through the page."""
    said = {"kind": kind, "happened_on": "2026-06-20", "interviewer": str(who.pk)}
    assert client.post(f"/interviews/of/{customer}/", said).status_code == 302
    return Interview.objects.get(customer_id=customer, kind=kind)


@pytest.mark.capability("S1-05")
def test_whoever_sold_does_not_ask_why_they_bought(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The owner who is a rep, or has the seat of sales, is refused; a colleague is not; of why they stay anybody asks."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    said = {"kind": "buy", "happened_on": "2026-06-20", "interviewer": str(people["rep"].pk)}
    refused = client.post(f"/interviews/of/{customer}/", said)
    assert refused.status_code == 400
    assert "sold to them" in refused.content.decode()
    begun(client, customer, "stay", people["rep"])
    begun(client, customer, "buy", people["success"])
    other = customers_of(MINE, 2)[1]
    Seat.objects.create(customer_id=other, function="sales", person=people["success"])
    assert actions.sells(people["success"], other)
    assert not actions.sells(people["rep"], other)


@pytest.mark.capability("S1-07")
def test_why_stay_asks_exactly_the_five_questions(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """In their order on the page; answers are kept word for word with codes, version and doubt, and stand on the customer's page."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made = begun(client, customer, "stay", people["rep"])
    page = client.get(f"/interviews/{made.pk}/of/{customer}/").content.decode()
    places = [page.index(question) for question in KITS["stay"].questions]
    assert places == sorted(places)
    assert page.count("<textarea") == 5
    said = {
        "answer_0": "You “listen”",
        "answer_4": "Price",
        "codes": ["people", "value"],
        "doubted": "true",
        "speaker": "Eva",
    }
    assert client.post(f"/interviews/{made.pk}/of/{customer}/", said).status_code == 302
    made.refresh_from_db()
    assert (made.answers, made.codes, made.doubted, made.state) == (
        ["You “listen”", "", "", "", "Price"],
        ["people", "value"],
        True,
        "done",
    )
    assert (made.kit.number, made.book and made.book.number) == (1, 1)
    shown = client.get(f"/interviews/of/{customer}/").content.decode()
    assert "You “listen”" in shown
    assert "was in doubt" in shown


@pytest.mark.capability("S1-08", "S1-09")
def test_why_leave_opens_with_the_statement_and_blocks_offers(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """While open nothing is offered; it wants where they went; done it frees the customer and tells the loss's root reason."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    assert not actions.blocks_offers(customer)
    made = begun(client, customer, "leave", people["rep"])
    assert actions.blocks_offers(customer)
    page = client.get(f"/interviews/{made.pk}/of/{customer}/").content.decode()
    assert page.index("do not try to change your mind") < page.index(KITS["leave"].questions[0])
    said = {"answer_0": "They were cheaper", "codes": ["price"]}
    path = f"/interviews/{made.pk}/of/{customer}/"
    assert client.post(path, said).status_code == 400
    assert client.post(path, {"answer_0": "x", "codes": ["made up"], "went": "competitor"}).status_code == 400
    assert client.post(path, said | {"went": "competitor", "went_to": "Rival Oy"}).status_code == 302
    assert not actions.blocks_offers(customer)
    loss = Loss.objects.get()
    assert (loss.root, loss.evidence, loss.interview) == ("price", "They were cheaper", made)


def test_a_declined_interview_frees_the_customer(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Declined it blocks no more, and undo opens it again."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made = begun(client, customer, "leave", people["rep"])
    page = client.post(f"/interviews/{made.pk}/declined/of/{customer}/", follow=True).content.decode()
    assert not actions.blocks_offers(customer)
    undo(client, page)
    assert actions.blocks_offers(customer)


@pytest.mark.capability("S1-05", "S1-07", "S1-08")
def test_what_happened_makes_interviews_due_once(people: dict[str, Person]) -> None:
    """New, renewed and lost customers are asked; once opened, or for those one does not see, not again."""
    rows, n = asked()
    assert set(n) == {"buy", "stay", "leave"}
    assert all(row.happened_on >= DESK_MORNING - timedelta(days=60) for row in rows.itertuples())
    assert {kind: int(part.shape[0]) for kind, part in rows.groupby("kind")} == n
    first = rows[rows["kind"] == "leave"].iloc[0]
    actions.begin(first.customer_id, "leave", people["rep"], first.happened_on)
    again, _n = asked()
    assert len(again) == len(rows) - 1
    mine, _n = asked(own(people["rep"]))
    assert set(mine["owner"]) <= {MINE}
    with pytest.raises(ConfigError, match="already"):
        actions.begin(first.customer_id, "leave", people["rep"], first.happened_on)


@pytest.mark.capability("S1-05", "S1-08")
def test_a_kit_with_an_offer_or_a_leading_question_is_refused(signed_in: SignedIn) -> None:
    """A manager makes the next version; the one before stays; the five of "stay" are asked as they are; a rep changes none."""
    client, path = signed_in("manager"), "/interviews/kit/leave/"
    said = {
        "about": "kit",
        "opening": "We only listen.",
        "questions": "What led you to leave?\nWhere could we improve?",
    }
    for wrong in (
        {"questions": "What if we gave you a discount?"},
        {"opening": "Come back to us."},
        {"questions": "Don't you miss us?"},
    ):
        assert client.post(path, said | wrong).status_code == 400
    assert client.post(path, said).status_code == 302
    assert (kit("leave").number, kit("leave").questions) == (2, ["What led you to leave?", "Where could we improve?"])
    assert len(Kit.objects.get(kind="leave", number=1).questions) == 5
    assert client.post("/interviews/kit/stay/", said).status_code == 400
    assert signed_in("rep").post(path, said).status_code == 403
    assert signed_in("rep").get(path).status_code == 200
    changed = Kit.objects.get(number=1)
    changed.opening = "Another"
    with pytest.raises(ConfigError, match="not changed"):
        changed.save()


@pytest.mark.capability("S1-05")
def test_codes_have_versions(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """An interview keeps the codes of its day; a code that stands twice is refused."""
    customer, client = customers_of(MINE)[0], signed_in("manager")
    old = begun(signed_in("rep"), customer, "stay", people["rep"])
    assert client.post("/interviews/kit/stay/", {"about": "codes", "codes": "a = One\na = Two"}).status_code == 400
    assert client.post("/interviews/kit/stay/", {"about": "codes", "codes": "a = One\nb = Two"}).status_code == 302
    assert [book.number for book in CodeBook.objects.order_by("number")] == [1, 2]
    old.refresh_from_db()
    assert old.book
    assert old.book.number == 1


@pytest.mark.capability("S3-06", "S1-09")
def test_the_register_counts_every_loss_and_who_nobody_knows_why(
    signed_in: SignedIn, people: dict[str, Person]
) -> None:
    """The table adds up to all losses; a reason that is told moves one from unknown, is found by its cell, and beats the data."""
    before = register()
    assert before.n == len(before.rows) == sum(n for parts in before.table.values() for n in parts.values())
    assert before.unknown == sum(not row["reason"] for row in before.rows)
    assert before.late == sum(row["overdue"] for row in before.rows)
    lost = next(row for row in before.rows if row["overdue"])
    client = signed_in("admin")
    said = {
        "customer": lost["customer_id"],
        "left_on": f"{lost['left_on']:%Y-%m-%d}",
        "root": "quality",
        "evidence": "Called on Monday",
    }
    assert client.post("/losses/tell/", said | {"root": "made up"}).status_code == 400
    assert client.post("/losses/tell/", said | {"evidence": " "}).status_code == 400
    assert client.post("/losses/tell/", said).status_code == 302
    after = register()
    assert (after.unknown, after.late, after.n) == (before.unknown - 1, before.late - 1, before.n)
    assert [row["customer_id"] for row in register(root="quality").rows] == [lost["customer_id"]]
    page = client.get("/losses/?root=quality").content.decode()
    assert "Called on Monday" in page
    client.post("/losses/tell/", said | {"root": "price"})
    assert Loss.objects.get().history.count() == 2


@pytest.mark.capability("S1-09", "S3-06")
@pytest.mark.parametrize("by", ["segment", "product", "seller"])
def test_reasons_are_told_by_segment_product_and_seller(signed_in: SignedIn, by: str) -> None:
    """Each way adds up to all losses; a column narrows the others too; of whom it is not known has a column of its own."""
    found = register(by=by)
    assert sum(n for parts in found.table.values() for n in parts.values()) == found.n == register().n
    column = found.columns[0]
    narrowed = register(by="segment", only=((by, column),))
    assert narrowed.n == sum(parts.get(column, 0) for parts in found.table.values())
    assert {row[by] for row in narrowed.rows} == {column}
    page = signed_in("admin").get("/losses/", {"by": by, by: column or "unknown", "root": "unknown"}).content.decode()
    assert "Share not known" in page
    assert "Root reason: not known" in page
    assert signed_in("admin").get("/losses/?by=nonsense&segment=nonsense").status_code == 200


@pytest.mark.capability("S1-05")
def test_the_share_of_newcomers_who_told_us_why(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Of ninety days whose interviews should be over; done, declined, open and not asked add up; each leads to its own."""
    with company() as opened:
        before = new_ones(opened, Seen(None), limit=5000)
    assert (before.last, before.first) == (DESK_MORNING - timedelta(days=31), DESK_MORNING - timedelta(days=120))
    assert before.n == len(before.rows) == sum(before.states.values()) > 2
    assert all(before.first <= row["came_on"] <= before.last for row in before.rows)
    one, two = (row["customer_id"] for row in before.rows[:2])
    asked_one = actions.begin(one, "buy", people["success"], before.rows[0]["came_on"])
    actions.hold(asked_one, ["Price"], ["price"], said={})
    actions.decline(actions.begin(two, "buy", people["success"], before.rows[1]["came_on"]))
    with company() as opened:
        after = new_ones(opened, Seen(None), state="done")
        mine = new_ones(opened, own(people["rep"]))
    assert (after.asked, after.n, [row["customer_id"] for row in after.rows]) == (1, before.n, [one])
    assert (after.states["declined"], after.states["none"]) == (1, before.states["none"] - 2)
    assert mine.n < before.n
    page = signed_in("admin").get("/interviews/new/").content.decode()
    assert f"1 of {before.n} who came" in page
    assert f"/interviews/of/{one}/" in signed_in("admin").get("/interviews/new/?state=done").content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_nothing_happened_on_days_nobody_has(signed_in: SignedIn, people: dict[str, Person], day: str) -> None:
    """Neither an interview nor a loss is of a day ahead or before anything was known."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    said = {"kind": "stay", "happened_on": day, "interviewer": str(people["rep"].pk)}
    assert client.post(f"/interviews/of/{customer}/", said).status_code == 400
    told = {"customer": customer, "left_on": day, "root": "price", "evidence": "x"}
    assert client.post("/losses/tell/", told).status_code == 400
    assert not Interview.objects.exists()
    assert not Loss.objects.exists()


def test_interviews_and_losses_of_customers_one_does_not_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Neither looked at, opened nor told; an analyst reads only."""
    theirs, client = customers_of(THEIRS)[0], signed_in("rep")
    made = actions.begin(theirs, "stay", people["stranger"], DESK_MORNING)
    assert client.get(f"/interviews/of/{theirs}/").status_code == 403
    assert client.get(f"/interviews/{made.pk}/of/{theirs}/").status_code == 403
    assert client.post(f"/interviews/{made.pk}/declined/of/{theirs}/").status_code == 403
    said = {"customer": theirs, "left_on": "2026-06-01", "root": "price", "evidence": "x"}
    assert client.post("/losses/tell/", said).status_code == 400
    assert signed_in("analyst").post("/losses/tell/", said).status_code == 403
    assert theirs not in client.get("/interviews/").content.decode()
    assert not Loss.objects.exists()


def test_pages_ask_the_database_little(signed_in: SignedIn, django_assert_max_num_queries: Callable) -> None:
    """However much there is."""
    client = signed_in("admin")
    for path in (
        "/interviews/?whose=all",
        "/losses/",
        "/losses/?root=%27%22%00&segment=x%00&late=1",
        "/interviews/kit/buy/",
    ):
        with django_assert_max_num_queries(14):
            assert client.get(path).status_code == 200


def test_no_loss_falls_out_of_the_table(signed_in: SignedIn) -> None:
    """Whose tier is not known has a column of their own: by segment the shown columns hold every loss, and none is called small for want of knowing."""
    found = register()
    with company() as opened:
        known = opened.lake.result(opened.lake.kept()["portraits"])
        unknown = set(opened.run(known.filter(known.value_segment.isnull()))["customer_id"])
    assert (
        sum(row.get(column, 0) for row in found.table.values() for column in found.columns)
        == found.n
        == len(found.rows)
    )
    assert {row["customer_id"] for row in found.rows if not row["segment"]} == unknown & {
        row["customer_id"] for row in found.rows
    }


@pytest.mark.capability("S2-01")
def test_a_forgotten_field_loses_nothing(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The form comes back with every word typed and with what is missing at its field."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made = begun(client, customer, "leave", people["rep"])
    said = {
        "answer_0": "They were cheaper, word for word",
        "speaker": "Aino",
        "went_to": "Rival Oy",
        "codes": ["price"],
    }
    page = client.post(f"/interviews/{made.pk}/of/{customer}/", said)
    told = page.content.decode()
    assert page.status_code == 400
    for words in ("They were cheaper, word for word", "Aino", "Rival Oy"):
        assert words in told
    assert "Where they do it now was not said" in told.split('name="went"')[0].split('name="went_to"')[0][-600:]
    made.refresh_from_db()
    assert made.state == "open"
    nothing = client.post(
        f"/interviews/{made.pk}/of/{customer}/", {"answer_0": " ", "went": "competitor"}
    ).content.decode()
    assert "Nothing was answered" in nothing
    assert "No reason was chosen" in nothing
    opened = {"kind": "buy", "happened_on": "2026-06-20", "interviewer": str(people["rep"].pk)}
    again = client.post(f"/interviews/of/{customer}/", opened).content.decode()
    assert 'value="2026-06-20"' in again
    assert "sold to them" in again


def test_losses_come_page_by_page(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every loss is on one page only, and the pages keep what the list is narrowed to."""
    monkeypatch.setattr("keepwell.web.interviews.reports._LISTED", 2)
    client, found = signed_in("admin"), register()
    first = client.get("/losses/?root=unknown").content.decode()
    assert "1 to 2, the newest first" in first
    more = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("#")[0]
    second = client.get(f"/losses/{more}").content.decode()
    ids = [row["customer_id"] for row in found.rows if not row["reason"]]
    assert all(f'href="/customers/{id}/"' in first for id in ids[:2])
    assert all(f'href="/customers/{id}/"' in second for id in ids[2:4])
