"""Does every reason name whom it should, with the numbers that say why, and nobody else?"""

from datetime import date

import ibis
import pytest

from keepwell.act.reasons import EVIDENCE, REASONS, Seen
from keepwell.act.today import beside, first, pressing, reasons, rows
from keepwell.config import Company
from keepwell.testing import run, world

AS_OF = "2025-07-01"

PORTRAITS = {
    "customer_id": "string", "name": "string", "owner": "string", "risk": "float64", "value_year": "float64", "reason_1": "string",
    "birthday": "date", "kept": "boolean", "orders": "int64", "net": "float64", "first_order_on": "date",
    "last_order_on": "date", "gap_days": "float64", "plan": "string", "mrr": "float64",
}  # fmt: skip


def people(*given):
    """Portraits: what a row leaves out is not known; everybody is kept and never ordered."""
    whole = [{**dict.fromkeys(PORTRAITS), "kept": True, "orders": 0, **row} for row in given]
    return ibis.memtable({name: [row[name] for row in whole] for name in PORTRAITS}, schema=PORTRAITS)


def told(reason, facts, **found):
    """Rows of one reason: customer -> what is known."""
    frame = run(REASONS[reason].rows(Seen(facts, found)))
    assert list(frame.columns) == list(EVIDENCE)
    assert frame["customer_id"].is_unique
    return {row["customer_id"]: row for row in frame.to_dict("records")}


def words(reason, row):
    """One row in words."""
    return REASONS[reason].words(row, "EUR")


def test_a_notable_risk_weighs_what_it_may_cost():
    """Risks .4, .1, .1 and .0: mean .15, so only .4 is twice that; 1,000 a year times .4 are 400 at stake."""
    portraits = people(
        {"customer_id": "ann", "risk": 0.4, "value_year": 1000.0, "reason_1": "No order for 90 days."},
        {"customer_id": "bob", "risk": 0.1},
        {"customer_id": "cid", "risk": 0.1},
        {"customer_id": "dan", "risk": 0.0},
        {"customer_id": "eve"},
    )
    found = told("risk", world(as_of=AS_OF), portraits=portraits)
    assert list(found) == ["ann"]
    assert found["ann"]["weight"] == pytest.approx(400)
    assert words("risk", found["ann"]) == (
        "40% chance of leaving within 90 days (all customers: 15.0%). €1,000 of the coming year at stake."
        " No order for 90 days. Effect unproven."
    )


def test_renewals_of_the_next_sixty_days():
    """Due today and in 59 days, not in 60, nor of a contract by the month, nor one that ends; two contracts of one customer are one."""
    contracts = [
        {
            "customer_id": who,
            "starts_on": "2025-01-01",
            "renews_on": on,
            "interval": each,
            "mrr": 20,
            "ends_on": ends,
            "plan": "Gold",
        }
        for who, on, each, ends in (
            ("ann", "2025-07-01", "year", None),
            ("bob", "2025-08-29", "quarter", None),
            ("cid", "2025-08-30", "year", None),
            ("dan", "2025-07-05", "month", None),
            ("eve", "2025-07-05", "year", "2025-06-01"),
            ("ann", "2025-07-09", "year", None),
        )
    ]
    found = told("renewal", world(as_of=AS_OF, subscriptions=contracts))
    assert {who: (row["days"], row["weight"]) for who, row in found.items()} == {"ann": (0, 480.0), "bob": (59, 240.0)}
    assert words("renewal", found["ann"]) == "Gold renews today; €480 a year."
    assert words("renewal", found["bob"]) == "Gold renews in 59 days; €240 a year."


def test_who_wrote_and_was_not_answered():
    """Ann wrote after our last letter; Bob was answered; a machine's letter answers nobody; Dan wrote too long ago."""
    touches = [
        {"customer_id": "ann", "touched_at": "2025-06-20", "direction": "out"},
        {"customer_id": "ann", "touched_at": "2025-06-28", "direction": "in", "subject": "the invoice"},
        {"customer_id": "bob", "touched_at": "2025-06-20", "direction": "in"},
        {"customer_id": "bob", "touched_at": "2025-06-21", "direction": "out"},
        {"customer_id": "cid", "touched_at": "2025-06-20", "direction": "in"},
        {"customer_id": "cid", "touched_at": "2025-06-21", "direction": "out", "human": False},
        {"customer_id": "dan", "touched_at": "2025-05-20", "direction": "in"},
    ]
    found = told("unanswered", world(as_of=AS_OF, touches=touches))
    assert {who: row["days"] for who, row in found.items()} == {"ann": 3, "cid": 11}
    assert words("unanswered", found["ann"]) == (
        "Wrote or called 3 days ago about “the invoice”; no person of ours has answered since."
    )


def test_who_waits_for_help_and_who_is_unhappy():
    """Two open tickets of Ann, of which the older counts; a 3 given by Bob and not asked since."""
    facts = world(
        as_of=AS_OF,
        events=[
            {"customer_id": "ann", "happened_at": "2025-06-21", "kind": "ticket", "value": None},
            {"customer_id": "ann", "happened_at": "2025-06-26", "kind": "complaint", "value": None},
            {"customer_id": "cid", "happened_at": "2025-06-26", "kind": "ticket", "value": 5.0},
        ],
        answers=[("bob", "2025-06-30", 3), ("cid", "2025-06-30", 9)],
    )
    waits, unhappy = told("ticket", facts), told("unhappy", facts)
    assert list(waits) == ["ann"]
    assert words("ticket", waits["ann"]) == "Asked for help on 2 days, first 10 days ago; not solved yet."
    assert list(unhappy) == ["bob"]
    assert words("unhappy", unhappy["bob"]) == "Was unhappy when asked 1 day ago, and has not been asked since."


def test_a_bad_answer_waits_for_ninety_days():
    """Given ninety days ago it waits for us, given ninety-one days ago nobody waits any more."""
    facts = world(as_of=AS_OF, answers=[("ann", "2025-04-02", 3), ("bob", "2025-04-01", 3)])
    assert {who: row["days"] for who, row in told("unhappy", facts).items()} == {"ann": 90}


def test_who_is_silent_beyond_their_rhythm():
    """Silent for more than twice the usual gap and two weeks; not of fewer than four orders, nor whose risk is known, nor who is lost."""
    steady = {"orders": 4, "net": 300.0, "gap_days": 20.0, "last_order_on": date(2025, 5, 21)}
    portraits = people(
        {"customer_id": "ann", **steady, "value_year": 702.0},  # 41 days ago, usually 20
        {"customer_id": "bob", **steady, "last_order_on": date(2025, 5, 22)},  # 40 days ago: not more than twice
        {"customer_id": "cid", **steady, "orders": 3},
        {"customer_id": "dan", **steady, "risk": 0.1},
        {"customer_id": "eve", **steady, "kept": False},
        {"customer_id": "fay", **steady, "gap_days": 3.0, "last_order_on": date(2025, 6, 17)},  # 14 days ago
        {"customer_id": "gus", **steady},
    )
    found = told("quiet", world(as_of=AS_OF), portraits=portraits)
    assert {who: (row["days"], row["weight"]) for who, row in found.items()} == {"ann": (41, 702.0), "gus": (41, 300.0)}
    said = "Silent for 41 days. Usually every 20 days"
    assert words("quiet", found["ann"]) == f"{said}. €702 expected of the coming year."
    assert words("quiet", found["gus"]) == f"{said}."


def test_what_stands_beside_the_reasons():
    """Plan and price, orders and their worth, the last and the rhythm; what is not known is left out."""
    bought = {"orders": 12, "net": 1234.4, "last_order_on": date(2025, 6, 12), "gap_days": 20.4}
    assert beside({**bought, "plan": None, "mrr": None}, "EUR") == (
        "12 orders, €1,234 · the last on 12 Jun 2025 · usually every 20 days"
    )
    pays = {"plan": "Crew", "mrr": 58.5, "orders": 0, "net": None, "last_order_on": None, "gap_days": None}
    assert beside(pays, "SEK") == "Crew, SEK\N{NO-BREAK SPACE}58 a month"
    once = {"orders": 1, "net": 30.0, "last_order_on": date(2025, 6, 1), "gap_days": float("nan")}
    assert beside(once, "EUR") == "1 order, €30 · the last on 1 Jun 2025"
    assert beside({}, "EUR") == ""


@pytest.mark.parametrize(
    ("as_of", "born", "days"),
    [
        ("2025-07-01", "1980-07-01", 0),
        ("2025-07-01", "1980-07-07", 6),
        ("2025-07-01", "1980-07-08", None),
        ("2025-12-30", "1980-01-02", 3),
        ("2025-02-27", "1980-02-29", 1),
        ("2024-02-27", "1980-02-29", 2),
        ("2025-07-01", "1980-06-30", None),
    ],
)
def test_birthdays(as_of, born, days):
    """Today, six days ahead, not seven; over New Year; the 29th of February on the 28th where there is none; yesterday's is over."""
    portraits = people({"customer_id": "ann", "birthday": date.fromisoformat(born)})
    found = told("birthday", world(as_of=as_of), portraits=portraits)
    assert {who: row["days"] for who, row in found.items()} == ({} if days is None else {"ann": days})


def test_new_customers_are_thanked_for_a_week():
    """A first order seven days ago is thanked for, one of eight days ago is not."""
    portraits = people(
        {"customer_id": "ann", "orders": 1, "net": 30.0, "first_order_on": date(2025, 6, 24)},
        {"customer_id": "bob", "orders": 1, "net": 30.0, "first_order_on": date(2025, 6, 23)},
    )
    found = told("welcome", world(as_of=AS_OF, orders=[("ann", "2025-06-24", 30)]), portraits=portraits)
    assert {who: row["days"] for who, row in found.items()} == {"ann": 7}
    assert words("welcome", found["ann"]) == "First order 7 days ago, €30.00."


@pytest.mark.parametrize(("merges", "amount"), [(True, 25.5), (False, 20.5)])
def test_the_first_order_is_told_by_its_own_money(merges, amount):
    """20.50 in the morning, 5 in the evening, 100 a day later: 25.50 where a day's orders are one, else 20.50; never 125.50."""
    at = [("2025-06-24 09:00", 30.5, 10), ("2025-06-24 19:00", 5, 0), ("2025-06-25 09:00", 100, 0)]
    facts = world(
        as_of=AS_OF,
        company=Company(name="A shop", merge_same_day_orders=merges),
        orders=[("ann", *each) for each in at],
    )
    portraits = people({"customer_id": "ann", "orders": 3, "net": 125.5, "first_order_on": date(2025, 6, 24)})
    assert told("welcome", facts, portraits=portraits)["ann"]["amount"] == amount


def test_a_first_order_in_money_without_a_rate_is_thanked_for_without_an_amount():
    """Francs nobody has a rate for are not told as euros, nor as nothing."""
    facts = world(
        as_of=AS_OF, orders=[{"customer_id": "ann", "ordered_at": "2025-06-24", "gross": 30, "currency": "CHF"}]
    )
    portraits = people({"customer_id": "ann", "orders": 1, "first_order_on": date(2025, 6, 24)})
    assert words("welcome", told("welcome", facts, portraits=portraits)["ann"]) == "First order 7 days ago."


def test_lists_of_the_round_become_reasons():
    """Satisfied but silent, the same package beyond the alarm only, paying and never heard of us: each with its own words."""
    portraits = people({"customer_id": "ann", "value_year": 50.0}, {"customer_id": "bob"})
    silent = ibis.memtable({
        "customer_id": ["ann"], "question": ["nps"], "score": [9.0], "ordered_days": [61], "order_gap_days": [35.0],
        "used_days": [None], "use_gap_days": [None],
    }, schema={"customer_id": "string", "question": "string", "score": "float64", "ordered_days": "int32",
               "order_gap_days": "float64", "used_days": "int32", "use_gap_days": "float64"})  # fmt: skip
    same = ibis.memtable(
        {"customer_id": ["ann", "bob"], "plan": ["Gold", "Gold"], "months": [14, 12], "stage": ["alarm", "warn"]}
    )
    ignored = ibis.memtable(
        {"customer_id": ["bob"], "contacted_days": [None]}, schema={"customer_id": "string", "contacted_days": "int32"}
    )
    facts = world(as_of=AS_OF)
    row = told("silent", facts, portraits=portraits, satisfied_but_silent=silent)["ann"]
    assert (row["weight"], words("silent", row)) == (
        50.0,
        "Answered 9 (nps), then silent for 61 days. Usually every 35 days.",
    )
    kept = told("same_package", facts, portraits=portraits, same_package=same)
    assert {who: words("same_package", row) for who, row in kept.items()} == {
        "ann": "Gold for 14 months, and nothing new."
    }
    never = told("ignored", facts, portraits=portraits, paying_and_ignored=ignored)
    assert words("ignored", never["bob"]) == "Pays, and no contact by a person of ours is known."


def test_one_row_per_customer_with_all_reasons():
    """Ann's risk comes before her birthday; Bob waits the longest of those who wait; Cid only has a birthday."""
    portraits = people(
        {
            "customer_id": "ann",
            "name": "Ann",
            "owner": "Mia",
            "risk": 0.9,
            "value_year": 10.0,
            "birthday": date(1980, 7, 1),
        },
        {"customer_id": "bob", "risk": 0.0},
        {"customer_id": "cid", "risk": 0.0, "birthday": date(1980, 7, 2)},
        {"customer_id": "dan", "risk": 0.0},
    )
    touches = [
        {"customer_id": who, "touched_at": on, "direction": "in"}
        for who, on in (("bob", "2025-06-10"), ("dan", "2025-06-20"))
    ]
    seen = Seen(world(as_of=AS_OF, touches=touches), {"portraits": portraits, "risk": portraits})
    table, lacking = reasons(seen)
    named = table.left_join(portraits.select("customer_id", "name", "owner"), "customer_id").drop("customer_id_right")
    order = pressing(named)
    assert run(first(order, 9))[["customer_id", "group_place", "rank"]].values.tolist() == [
        ["ann", 0, 0],
        ["bob", 1, 0],
        ["dan", 1, 1],
        ["cid", 2, 0],
    ]
    assert run(first(order, 1))[["customer_id", "group_place", "customers"]].values.tolist() == [
        ["ann", 0, 1],
        ["bob", 1, 2],
        ["cid", 2, 1],
    ]
    in_order = named.inner_join(first(order, 9), "customer_id").order_by("group_place", "rank")
    ann, *others = rows(run(in_order).to_dict("records"), "EUR")
    assert (ann.name, ann.owner, ann.group, ann.step) == ("Ann", "Mia", "keep", "Call and ask")
    assert [id for id, _words in ann.reasons] == ["risk", "birthday"]
    assert [(row.name, row.owner, row.step) for row in others] == [
        ("bob", "", "Answer"),
        ("dan", "", "Answer"),
        ("cid", "", "Send a card"),
    ]
    assert {"renewal": "No contracts are known.", "ticket": "No tickets are known."}.items() <= lacking.items()


def test_nothing_known_is_nothing_told():
    """No table and no round: no reason, and of every one what it lacks."""
    table, lacking = reasons(Seen(world(as_of=AS_OF), {}))
    assert run(table).empty
    assert set(lacking) == set(REASONS)


def test_a_table_that_stands_empty_tells_nothing():
    """The lake shows every table, empty ones too: where a step refused, or nothing was brought, the reason is not built and says why."""
    portraits = people({"customer_id": "ann"})
    why = {"touches": "No contacts were brought in.", "paying_and_ignored": "No contacts were brought in."}
    seen = Seen(world(as_of=AS_OF, touches=[], answers=[]), {"portraits": portraits}, why)
    _table, lacking = reasons(seen)
    assert (lacking["ignored"], lacking["unanswered"]) == (
        "No contacts were brought in.",
        "No contacts were brought in.",
    )
    assert "unhappy" not in lacking


def test_a_gap_is_told_once():
    """A reason that lacks answers, and rests on a list that lacks them too, says so in one sentence."""
    none = "No answers were brought in."
    why = {"answers": none, "satisfied_but_silent": f"{none} No contacts were brought in."}
    seen = Seen(world(as_of=AS_OF, answers=[]), {"portraits": people({"customer_id": "ann"})}, why)
    assert reasons(seen)[1]["silent"] == f"{none} No contacts were brought in."
