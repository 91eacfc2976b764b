"""Is every customer in exactly one segment, and does the matrix tell who moved?"""

from dataclasses import replace
from datetime import date
from itertools import product

import ibis
import pytest

from keepwell.testing import run, world
from keepwell.understand.segments import (
    NEVER_BOUGHT,
    SEGMENTS,
    brought,
    matrix,
    moves,
    segments,
    sentences,
    value_segments,
)

ORDERS = [
    ("ann", "2025-01-01", 10),
    ("bob", "2025-02-01", 10), ("bob", "2025-02-10", 10),
    ("cid", "2025-01-03", 40), ("cid", "2025-03-01", 40), ("cid", "2025-03-11", 40),
    ("dot", "2025-01-05", 5), ("dot", "2025-02-02", 5), ("dot", "2025-02-20", 5), ("dot", "2025-04-01", 5),
    *(("eve", f"2025-0{month}-15", 100) for month in (1, 2, 3, 4, 5)),
]  # fmt: skip
"""Five buyers of 1 to 5 orders: every fifth is one of them. Money: 10, 20, 120, 20, 500."""
SHOP = world(as_of="2025-06-01", orders=ORDERS, customers=["fay", {"customer_id": "gil", "acquired_at": "2025-07-01"}])


def _named(table: ibis.Table, column: str = "segment") -> dict[str, str]:
    frame = run(table)
    return dict(zip(frame["customer_id"], frame[column], strict=True))


def test_every_combination_of_scores_is_of_one_segment():
    """All 125 combinations fit a rule, and every rule is the first to fit for some."""

    def first(scores):
        fits = [
            s.name
            for s in SEGMENTS
            if all(low <= n <= high for n, (low, high) in zip(scores, (s.recency, s.frequency, s.money), strict=True))
        ]
        return fits[0]

    assert {first(scores) for scores in product(range(1, 6), repeat=3)} == {segment.name for segment in SEGMENTS}


def test_five_buyers_and_one_who_never_bought():
    """Last days: ann 1 Jan (1), bob 10 Feb (2), cid 11 Mar (3), dot 1 Apr (4), eve 15 May (5). Orders 1 to 5 in that order.
    Money in fifths of 10, 20, 20, 120, 500: ann 1, bob 2, dot 2 as bob's equal, cid 4, eve 5. Gil comes later and is not there.
    """
    assert _named(segments(SHOP)) == {
        "ann": "long gone", "bob": "asleep", "cid": "cooling", "dot": "loyal", "eve": "champions", "fay": NEVER_BOUGHT,
    }  # fmt: skip


def test_equal_buyers_are_not_told_apart_by_a_word():
    """Ten who all bought on the last day: once each, they are lately come; six times each, nobody is a newcomer or long gone."""
    once = [(f"c{n}", "2025-05-31", 10) for n in range(10)]
    assert set(_named(segments(world(as_of="2025-06-01", orders=once))).values()) == {"newcomers"}
    often = [(name, f"2025-0{month}-28", 10) for name, _day, _money in once for month in range(1, 6)]
    assert set(_named(segments(world(as_of="2025-06-01", orders=often))).values()) == {"promising"}


def test_the_many_who_bought_once_are_not_frequent():
    """Nine bought once on days of their own, one ten times: the nine stand by their last day, from long gone to newcomers."""
    once = [(f"c{n}", f"2025-01-{n + 10}", 10) for n in range(9)]
    told = _named(
        segments(world(as_of="2025-06-01", orders=[*once, *(("z", f"2025-02-{n + 10}", 10) for n in range(10))]))
    )
    assert [told[f"c{n}"] for n in (0, 1, 2, 3, 6, 8)] == [
        "long gone", "long gone", "asleep", "asleep", "newcomers", "newcomers",
    ]  # fmt: skip
    assert told["z"] == "champions"


def test_guests_and_empty_companies():
    """A guest's order makes nobody a customer; without customers there are no segments."""
    assert _named(segments(world(as_of="2025-06-01", orders=[(None, "2025-01-01", 10)]))) == {}


def test_value_segments_by_hand():
    """670 in all. Eve's 500: nobody brings more. Cid's 120 come after 500, which is between 335 and 536: middle.
    The 20s come after 620: small, both of them. Fay brought nothing.
    """
    assert _named(value_segments(SHOP), "value_segment") == {
        "ann": "small", "bob": "small", "cid": "middle", "dot": "small", "eve": "top", "fay": "nothing",
    }  # fmt: skip


def test_subscriptions_bring_money_too():
    """Ten days of orders' worth: 40 for cid. Ann's 73 a month for 60 days are 73 * 60 * 12 / 365 = 144; a paused month and what begins later bring nothing."""
    shop = world(
        as_of="2025-03-02",
        orders=[("cid", "2025-01-03", 40), ("ann", "2025-01-04", 6)],
        subscriptions=[
            ("ann", "2025-01-01", None, 73),
            ("bob", "2025-01-01", "2025-01-31", 36.5),
            ("dot", "2025-01-01", None, 0),
            ("eve", "2025-02-01", None, 50, "paused"),
            ("fay", "2025-04-01", None, 500),
        ],
    )
    assert _named(brought(shop), "value") == {"ann": 150_000, "bob": 36_000, "cid": 40_000}
    told = _named(value_segments(shop), "value_segment")
    assert told == dict.fromkeys(("dot", "eve", "fay"), "nothing") | {"ann": "top", "cid": "middle", "bob": "small"}


def test_value_segments_of_other_values():
    """Ten customers of equal value are in one segment: none of them brings more than another."""
    equal = ibis.memtable({"customer_id": [f"c{n}" for n in range(10)], "value": [7] * 10})
    crowd = world(as_of="2025-06-01", customers=[f"c{n}" for n in range(10)])
    assert set(_named(value_segments(crowd, equal), "value_segment").values()) == {"top"}


def test_movements_between_two_mornings():
    """On 1 March: last days ann 1 Jan, cid 1 Mar is not yet there so 3 Jan, bob 10 Feb, eve 15 Feb, dot 20 Feb.
    Orders then: ann and cid 1, bob and eve 2, dot 3. Every move is in the matrix, with who made it.
    """
    early = segments(replace(SHOP, as_of=date(2025, 3, 1)))
    # recency ann 1, cid 2, bob 3, eve 4, dot 5; frequency cuts 1, 1, 2, 2: ann, cid 1; bob, eve 3; dot 5
    # money 10, 15 (dot), 20 (bob), 40 (cid), 200 (eve): ann 1, dot 2, bob 3, cid 4, eve 5
    assert _named(early) == {
        "ann": "long gone", "bob": "cooling", "cid": "asleep", "dot": "loyal", "eve": "big spenders", "fay": NEVER_BOUGHT,
    }  # fmt: skip
    moved = moves(early, segments(SHOP))
    cells = run(matrix(moved)).values.tolist()
    assert cells == [
        ["asleep", "cooling", 1], ["big spenders", "champions", 1], ["cooling", "asleep", 1], ["long gone", "long gone", 1],
        ["loyal", "loyal", 1], [NEVER_BOUGHT, NEVER_BOUGHT, 1],
    ]  # fmt: skip
    assert run(moved).set_index("customer_id").loc["bob"].tolist() == ["cooling", "asleep"]


def test_who_came_since():
    """Gil, won in July, was not here in June."""
    late = segments(replace(SHOP, as_of=date(2025, 8, 1)))
    frame = run(moves(segments(SHOP), late)).set_index("customer_id")
    assert frame.loc["gil"].tolist() == ["not here", NEVER_BOUGHT]


def test_the_matrix_in_words():
    """Each segment of the earlier morning has one sentence, with how many stayed and where most of the others went."""
    cells = run(matrix(ibis.memtable({
        "customer_id": ["a", "b", "c", "d", "e", "f", "g"],
        "was": ["loyal", "loyal", "loyal", "loyal", "asleep", "asleep", "not here"],
        "now": ["loyal", "cooling", "cooling", "not here", "asleep", "asleep", "newcomers"],
    })))  # fmt: skip
    assert sentences(cells) == [
        "2 were asleep, 2 still are.",
        "4 were loyal, 1 still is, 2 are now cooling, 1 elsewhere.",
        "1 came since, 1 is now newcomers.",
    ]


@pytest.mark.parametrize("as_of", [date(2025, 2, 1), date(2025, 4, 15), date(2026, 1, 1)])
def test_nobody_is_twice_or_missing(as_of):
    """On any morning the segments have as many customers as are known, each once; so have the value segments."""
    facts = replace(SHOP, as_of=as_of)
    for table in (segments(facts), value_segments(facts)):
        ids = run(table)["customer_id"].tolist()
        assert sorted(ids) == sorted(set(ids))
        assert set(ids) == {"ann", "bob", "cid", "dot", "eve", "fay"} | ({"gil"} if as_of.year == 2026 else set())
