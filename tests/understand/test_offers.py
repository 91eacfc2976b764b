"""Is nothing offered twice, too much, or to the wrong customer, and does the page say when popularity is as good?"""

import math
from dataclasses import replace
from datetime import date

import ibis
import pytest

from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.offers import (
    Verdict,
    catalogue,
    hits,
    offers,
    open_issues,
    owned,
    popular,
    together,
    verdict,
)


def _shop(baskets, as_of="2025-06-01", **more):
    """Customers and what they bought: (customer, product, day)."""
    orders = [
        {"order_id": f"o{n}", "customer_id": who, "ordered_at": day} for n, (who, _product, day) in enumerate(baskets)
    ]
    lines = [(f"o{n}", product) for n, (_who, product, _day) in enumerate(baskets)]
    return world(as_of=as_of, orders=orders, order_lines=lines, **more)


def _crowd(prefix, count, *products, day="2025-05-01"):
    return [(f"{prefix}{n:02}", product, day) for n in range(count) for product in products]


SHOP = _shop(
    [
        *_crowd("a", 12, "kettle", "tea"),
        *_crowd("b", 12, "rope"),
        ("zoe", "kettle", "2025-05-02"),
        ("yan", "tea", "2025-05-02"),
        ("xia", "rope", "2025-05-02"),
    ]
)
"""Twelve have kettle and tea, twelve a rope; then one more of each. 13, 13 and 13 customers, 27 in all."""


def test_what_is_bought_together_by_hand():
    """12 have both; 13 x 13 / 27 = 6.26 would by chance: lift 1.917, 2.3 deviations. Likeness 12 / 13."""
    frame = run(together(SHOP).order_by("product_id"))
    assert frame[["product_id", "other_id", "both", "customers", "likeness"]].values.tolist() == [
        ["kettle", "tea", 12, 13, 923_076], ["tea", "kettle", 12, 13, 923_076],
    ]  # fmt: skip
    assert frame["lift"].tolist() == pytest.approx([12 * 27 / 169] * 2)


@pytest.mark.capability("S0-09")
def test_nobody_is_offered_what_they_have():
    """Zoe has a kettle and is offered tea, Yan the other way round; who has both, or a rope, is offered nothing."""
    frame = run(offers(SHOP))
    assert frame[["customer_id", "place", "product_id", "because"]].values.tolist() == [
        ["yan", 1, "kettle", "tea"], ["zoe", 1, "tea", "kettle"],
    ]  # fmt: skip


def test_offers_for_some():
    """Asked for zoe alone, she is offered what she is offered among all."""
    zoe = ibis.memtable({"customer_id": ["zoe"]})
    told, everybody = run(offers(SHOP, who=zoe)), run(offers(SHOP))
    assert told.values.tolist() == everybody[everybody["customer_id"] == "zoe"].values.tolist()
    assert set(run(popular(SHOP, who=zoe))["customer_id"]) == {"zoe"}


@pytest.mark.capability("S0-09")
def test_what_is_used_up_may_be_offered_again():
    """Ten of thirteen bought tea on a second day: it is used up, and offered to who has it beside a kettle; the kettle is not."""
    again = [(f"a{n:02}", "tea", "2025-05-20") for n in range(10)]
    baskets = [
        *_crowd("a", 12, "kettle", "tea"),
        *_crowd("b", 12, "rope"),
        ("zoe", "kettle", "2025-05-02"),
        ("yan", "tea", "2025-05-02"),
        *again,
    ]
    facts = _shop(baskets)
    goods = run(catalogue(facts)).set_index("product_id")
    assert goods.loc["tea", ["customers", "again", "replenishable"]].tolist() == [13, 10, True]
    frame = run(offers(facts))
    assert set(frame.loc[frame["customer_id"].str.startswith("a"), "product_id"]) == {"tea"}
    assert frame.loc[frame["customer_id"] == "zoe", "product_id"].tolist() == ["tea"]


@pytest.mark.capability("S0-09")
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-05-31 08:00", "kind": "ticket"}]}, ["yan"]),
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-05-31 08:00", "kind": "ticket", "value": 16.0}]}, ["yan", "zoe"]),
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-05-31 08:00", "kind": "complaint", "value": 16.5}]}, ["yan"]),
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-05-31 08:00", "kind": "ticket", "properties": {"status": "Solved"}}]}, ["yan", "zoe"]),
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-01-31 08:00", "kind": "ticket"}]}, ["yan", "zoe"]),
        ({"events": [{"customer_id": "zoe", "happened_at": "2025-06-01 08:00", "kind": "ticket"}]}, ["yan", "zoe"]),
        ({"answers": [("zoe", "2025-05-03", 6)]}, ["yan"]),
        ({"answers": [("zoe", "2025-05-03", 7)]}, ["yan", "zoe"]),
        ({"answers": [("zoe", "2025-05-03", 2), ("zoe", "2025-05-04", 9)]}, ["yan", "zoe"]),
        ({"answers": [("zoe", "2025-05-03", 9), {"customer_id": "zoe", "answered_at": "2025-05-04", "question": "csat", "score": 2}]}, ["yan"]),
    ],
)  # fmt: skip
def test_an_open_issue_silences_offers(more, told):
    """A ticket not yet solved (16 hours end with the day, 16.5 do not), or an unhappy last answer: no offer. Solved, old or better: offers again."""
    baskets = [
        *_crowd("a", 12, "kettle", "tea"),
        *_crowd("b", 13, "rope"),
        ("zoe", "kettle", "2025-05-02"),
        ("yan", "tea", "2025-05-02"),
    ]
    assert run(offers(_shop(baskets, **more)))["customer_id"].tolist() == told


def test_issues_are_told_by_name():
    """Who, what and since when; an answer on a day is one issue however often it was given."""
    facts = world(
        as_of="2025-06-01",
        events=[{"customer_id": "ann", "happened_at": "2025-05-30", "kind": "ticket"}],
        answers=[("ann", "2025-05-01", 1), ("ann", "2025-05-01", 3)],
    )
    frame = run(open_issues(facts).order_by("issue"))
    assert frame.values.tolist() == [["ann", "open ticket", 20238], ["ann", "unhappy answer", 20209]]


def test_never_more_than_twelve():
    """Fifteen things go with the kettle: twelve are offered, and a thirteenth cannot be asked for."""
    things = [f"thing {n:02}" for n in range(15)]
    facts = _shop([*_crowd("a", 12, "kettle", *things), *_crowd("b", 40, "rope"), ("zoe", "kettle", "2025-05-02")])
    assert run(offers(facts))["place"].tolist() == list(range(1, 13))
    assert run(popular(facts)).groupby("customer_id").size().max() == 12
    for ask in (offers, popular):
        with pytest.raises(ModelError, match="13 offers at once"):
            ask(facts, most=13)


def test_the_best_reason_and_the_sum_of_all():
    """Pot goes with kettle (12 of 12) and cup (12 of 24); who has both is offered it because of the kettle, as lid before it goes with one."""
    baskets = [
        *_crowd("a", 12, "kettle", "cup", "pot"),
        *_crowd("c", 12, "cup", "saw"),
        *_crowd("b", 60, "rope"),
        *_crowd("z", 1, "kettle", "cup"),
    ]
    frame = run(offers(_shop(baskets)))
    told = frame[frame["customer_id"] == "z00"]
    assert told[["place", "product_id", "because"]].values.tolist() == [[1, "pot", "kettle"], [2, "saw", "cup"]]


def test_what_is_not_sold_any_more_is_not_offered():
    """Nobody bought tea for a year: it is not offered, the kettle still is."""
    baskets = [
        *_crowd("a", 12, "tea", day="2024-05-01"),
        *_crowd("a", 12, "kettle"),
        *_crowd("b", 13, "rope"),
        ("zoe", "kettle", "2025-05-02"),
        ("yan", "tea", "2024-05-02"),
    ]
    assert run(offers(_shop(baskets)))["customer_id"].tolist() == ["yan"]


@pytest.mark.capability("S0-09")
@pytest.mark.parametrize(
    ("stock", "told"),
    [
        ([("tea", "2025-05-30", 0)], ["yan"]),
        ([("tea", "2025-05-30", 0), ("tea", "2025-05-31", 3)], ["yan", "zoe"]),
        ([("tea", "2025-05-30", 3), ("tea", "2025-05-31", 0)], ["yan"]),
        ([("tea", "2025-06-01", 0)], ["yan", "zoe"]),
        ([("cup", "2025-05-30", 0)], ["yan", "zoe"]),
    ],
)
def test_what_is_out_of_stock_is_not_offered(stock, told):
    """Zoe (kettle) is offered tea while the last count says there is some, or nobody counts; tomorrow's count is not known today."""
    events = [{"happened_at": day, "kind": "stock", "name": product, "value": left} for product, day, left in stock]
    baskets = [
        *_crowd("a", 12, "kettle", "tea"), *_crowd("b", 12, "rope"), ("zoe", "kettle", "2025-05-02"), ("yan", "tea", "2025-05-02"),
    ]  # fmt: skip
    facts = _shop(baskets, events=events)
    assert sorted(run(offers(facts))["customer_id"]) == told
    some = replace(facts, only=ibis.memtable({"customer_id": ["zoe"]}))
    assert run(catalogue(some))["product_id"].tolist() == ["kettle"]
    assert bool(run(catalogue(replace(facts, only=None))).set_index("product_id").loc["tea", "sold"]) == ("zoe" in told)


def test_too_few_buy_alike():
    """Nine with both are too few: no offers by it, and none at all in an empty shop or of guests."""
    few = _shop([*_crowd("a", 9, "kettle", "tea"), *_crowd("b", 20, "rope"), ("zoe", "kettle", "2025-05-02")])
    assert run(offers(few)).empty
    assert run(offers(world(as_of="2025-06-01"))).empty
    assert run(popular(world(as_of="2025-06-01", orders=[(None, "2025-01-01", 10)]))).empty


def test_what_is_sent_back_is_not_owned():
    """A returned line and a wholly refunded order leave nothing; two lines of a product on one day are one."""
    orders = [
        {"order_id": "o1", "customer_id": "ann", "ordered_at": "2025-05-01"},
        {"order_id": "o2", "customer_id": "ann", "ordered_at": "2025-05-02", "refunded": 10},
    ]
    lines = [
        ("o1", "tea"),
        {"order_id": "o1", "line_no": 2, "product_id": "tea"},
        {"order_id": "o1", "line_no": 3, "product_id": "pot", "returned": True},
        ("o2", "jam"),
    ]
    frame = run(owned(world(as_of="2025-06-01", orders=orders, order_lines=lines)))
    assert frame[["product_id", "days"]].values.tolist() == [["tea", 1]]


def test_popular_products_to_those_without():
    """Thirteen each: zoe lacks rope and tea, in order of their names."""
    frame = run(popular(SHOP))
    assert frame.loc[frame["customer_id"] == "zoe", ["place", "product_id", "customers"]].values.tolist() == [
        [1, "rope", 13],
        [2, "tea", 13],
    ]


def test_hits_of_both_lists_by_hand():
    """One offer each, made on 1 May. By likeness zoe is offered tea; by number everybody who has it not the rope.
    In May zoe and yan buy what goes together, xia of the rope people a kettle, and b00 only rope again, which is nothing new.
    """
    before = [
        *_crowd("a", 12, "kettle", "tea", day="2025-04-01"),
        *_crowd("b", 15, "rope", day="2025-04-01"),
        ("zoe", "kettle", "2025-04-02"),
        ("yan", "tea", "2025-04-02"),
    ]
    after = [
        ("zoe", "tea", "2025-05-02"),
        ("yan", "kettle", "2025-05-03"),
        ("b01", "kettle", "2025-05-03"),
        ("a01", "rope", "2025-05-04"),
        ("b00", "rope", "2025-05-09"),
        ("new", "tea", "2025-05-09"),
    ]
    frame = run(hits(_shop([*before, *after]), learned=date(2025, 5, 1), days=30, most=1))
    assert frame.values.tolist() == [[0, 1, 2], [1, 0, 2]]
    told = verdict(frame, most=1)
    assert (told.customers, told.together, told.popular, told.only_together, told.only_popular) == (4, 2, 2, 2, 2)
    assert str(told) == "Not enough data to judge offers: 4 customers bought something new to them, 100 are needed."


def test_days_that_are_not_over():
    """Thirty days after 15 May are not over on 1 June."""
    with pytest.raises(ModelError, match="30 days after 2025-05-15 are not over"):
        hits(SHOP, learned=date(2025, 5, 15), days=30)


def test_better_than_popularity_or_the_admission():
    """40 against 20 uneven ones: (20 - 1)² / 60 = 6.0, chance 0.014: better. 30 against 30: not, and the page says so."""
    better, equal = Verdict(200, 100, 80, 40, 20), Verdict(200, 90, 90, 30, 30)
    assert better.chance == pytest.approx(math.erfc(19 / math.sqrt(120)))
    assert (better.choice, equal.choice) == ("together", "popular")
    assert (
        str(better)
        == "Offers by what is bought together beat popularity: of 200 customers who bought something new to them, 50.0% found it among the 12 offers made before, 40.0% among the 12 most popular products."
    )
    assert str(equal).startswith("Offers by what is bought together do not beat popularity: of 200")
    assert Verdict(200, 80, 100, 20, 40).choice == "popular"
    assert math.isnan(Verdict(200, 2, 0, 2, 0).chance)
