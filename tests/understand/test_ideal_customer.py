"""Is the ideal customer who stayed long and bought several things, and does the page admit it where a score is worth nothing?"""

import math
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand import ideal_customer as ic
from keepwell.understand.ideal_customer import Ideal

CLUB = Company(name="A club", active_by="subscription")


def _members(prefix, source, country, count, ends, plans=("basic",), since="2024-01-01"):
    """Customers alike: from a source and country, one stretch per plan, all from one day to another."""
    people = [(f"{prefix}{n}", country, source) for n in range(count)]
    stretches = [
        {"customer_id": who, "subscription_id": f"{who} {plan}", "plan": plan, "starts_on": since, "ends_on": ends}
        for who, _country, _source in people
        for plan in plans
    ]
    return people, stretches


def _club(*groups, as_of="2025-01-01", company=CLUB):
    people = [who for group in groups for who in group[0]]
    return world(
        as_of=as_of, company=company, customers=people, subscriptions=[row for group in groups for row in group[1]]
    )


TWO = ("basic", "extra")
GROUPS = (
    _members("a", "friend", "FI", 30, None, TWO),
    _members("b", "friend", "SE", 10, "2024-03-01"),
    _members("c", "ads", "FI", 6, None, TWO),
    _members("d", "ads", "SE", 30, "2024-03-01", TWO),
    _members("e", "ads", "SE", 24, None),
)
"""A hundred since 1 January 2024. The 60 who stay have 366 days, the others 60; two plans have a, c and d: ideal are a and c, 36."""


def _found(facts, ideal, names=("source", "country"), **options):
    return ic.traits(run(ic.counted(facts, ideal, names, **options)), ideal)


def test_long_and_several():
    """At most a quarter should have stayed so long; 60 share the longest stay, 366 days, so that is it. 36 of them had two plans."""
    frame = run(ic.cohort(_club(*GROUPS), Ideal()))
    assert frame["notable_days"].unique().tolist() == [366]
    assert sorted(frame.loc[frame["ideal"] == 1, "customer_id"].str[0].unique()) == ["a", "c"]
    assert (len(frame), int(frame["ideal"].sum())) == (100, 36)


def test_notably_long_is_what_few_reach():
    """Stays of 10, 20, 30 and 40 days: a quarter reached 40. A half reached 30."""
    rows = [(f"c{n}", "2024-01-01", f"2024-{day}") for n, day in enumerate(("01-11", "01-21", "01-31", "02-10"))]
    facts = world(as_of="2025-01-01", company=CLUB, subscriptions=rows)
    told = [run(ic.cohort(facts, Ideal(percentile, 0)))["notable_days"].iloc[0] for percentile in (75, 50)]
    assert told == [40, 30]


def test_who_came_too_late_is_in_neither_part():
    """Half a year before as_of nobody can have stayed 366 days: the newcomers are not counted against anybody."""
    late = _members("z", "friend", "FI", 50, None, TWO, since="2024-07-01")
    frame = run(ic.cohort(_club(*GROUPS, late), Ideal(percentile=60)))
    assert not frame["customer_id"].str.startswith("z").any()


def test_products_are_what_was_bought_and_kept():
    """Two products in orders that were kept, one sent back and one order wholly refunded: two products."""
    orders = [
        {"order_id": "o1", "customer_id": "ann", "ordered_at": "2025-01-01", "gross": 30},
        {"order_id": "o2", "customer_id": "ann", "ordered_at": "2025-01-05", "gross": 9, "refunded": 9},
    ]
    lines = [
        ("o1", "tea"),
        {"order_id": "o1", "line_no": 2, "product_id": "pot"},
        {"order_id": "o1", "line_no": 3, "product_id": "cup", "returned": True},
        ("o2", "jam"),
    ]
    frame = run(ic.stays(world(as_of="2025-02-01", orders=orders, order_lines=lines)))
    assert frame.values.tolist() == [["ann", 20089, 31, 2]]


def test_lifts_by_hand():
    """36 of 100 are ideal. Of 40 friends 30, 75 %: lift 2.08. Of 60 from ads 6, 10 %: lift 0.28. Of 36 Finns all: lift 2.78."""
    found = _found(_club(*GROUPS), Ideal(), pairs=False)
    told = {
        (row["trait"], row["value"]): (row["part"], row["customers"], round(row["lift"], 2), row["offered"])
        for row in found.to_dict("records")
    }
    assert told == {
        ("country", "FI"): (36, 36, 2.78, True), ("country", "SE"): (0, 64, 0.0, True),
        ("source", "friend"): (30, 40, 2.08, True), ("source", "ads"): (6, 60, 0.28, True),
    }  # fmt: skip


@pytest.mark.capability("S0-08")
def test_traits_of_few_are_not_offered():
    """With 41 customers asked for, the 40 friends and 36 Finns are counted together as few, and neither is told or weighed."""
    ideal = Ideal(least=41)
    frame = run(ic.counted(_club(*GROUPS), ideal, ("source", "country"), pairs=False))
    assert frame[frame["group"] == "few"][["trait", "customers"]].values.tolist() == [["country", 36], ["source", 40]]
    found = ic.traits(frame, ideal)
    assert set(found["value"]) == {"SE", "ads"}
    assert set(ic.weights(found, ideal)["value"]) <= {"SE", "ads"}


def test_unknown_traits_are_counted_as_such():
    """Thirty of unknown source are one group, not a trait."""
    frame = run(ic.counted(_club(*GROUPS, _members("u", None, "FI", 30, None)), Ideal(), ("source",)))
    assert frame.loc[frame["group"] == "unknown", ["value", "customers", "part"]].values.tolist() == [[None, 30, 0]]


def test_pairs_only_where_they_say_more_than_each():
    """Finnish friends are as ideal as Finns, all of them: the pair adds nothing. Nothing of ten is offered."""
    found = _found(_club(*GROUPS), Ideal())
    pairs = found[found["other"].notna()]
    assert sorted(pairs["customers"]) == [30, 54]
    assert not pairs["offered"].any()


def test_a_pair_that_says_more():
    """Friends are ideal as often as others, and so are Finns, but Finnish friends nearly never."""
    groups = (
        _members("a", "friend", "FI", 60, "2024-03-01", TWO), _members("b", "friend", "SE", 60, None, TWO),
        _members("c", "ads", "FI", 60, None, TWO), _members("d", "ads", "SE", 60, "2024-03-01", TWO),
    )  # fmt: skip
    found = _found(_club(*groups), Ideal())
    offered = found[found["offered"]]
    assert {(row["value"], row["other_value"], row["lift"]) for row in offered.to_dict("records")} == {
        ("friend", "FI", 0.0), ("friend", "SE", 2.0), ("ads", "FI", 2.0), ("ads", "SE", 0.0),
    }  # fmt: skip


def test_traits_without_meaning_are_not_offered():
    """Twenty customers a value, a quarter of each ideal by a coin that knows nothing: none of ten values is certain."""
    groups = [
        part
        for n in range(10)
        for part in (
            _members(f"y{n}-", f"s{n}", "FI", 8 + n % 3, None, TWO),
            _members(f"n{n}-", f"s{n}", "FI", 32 - n % 3, "2024-03-01"),
        )
    ]
    found = _found(_club(*groups), Ideal(least=20), ("source",))
    assert (len(found), found["judged"].all(), found["offered"].any()) == (10, True, False)


def test_traits_of_the_company_s_own_making():
    """A named trait is looked up among the customer's traits."""
    people = [{"customer_id": f"c{n}", "traits": {"industry": "food" if n < 30 else "toys"}} for n in range(60)]
    rows = [
        {
            "customer_id": f"c{n}",
            "subscription_id": f"c{n}",
            "starts_on": "2024-01-01",
            "ends_on": None if n < 20 else "2024-02-01",
        }
        for n in range(60)
    ]
    facts = world(as_of="2025-01-01", company=CLUB, customers=people, subscriptions=rows)
    found = _found(facts, Ideal(products=1), ("industry", "first_plan"), pairs=False)
    assert found[["value", "part", "customers"]].values.tolist()[0] == ["food", 20, 30]


def test_which_traits_a_company_made():
    """Forty have an industry, thirty of them a size, one a colour: the first two are told; who has none breaks nothing."""
    sizes = [
        {"industry": "food", **({"size": "small"} if n < 30 else {}), **({"colour": "red"} if not n else {})}
        for n in range(40)
    ]
    people = [{"customer_id": f"c{n}", "traits": own} for n, own in enumerate([*sizes, {}, None])]
    facts = world(as_of="2025-01-01", customers=people)
    assert run(ic.own_traits(facts)).values.tolist() == [["industry", 40], ["size", 30]]


@pytest.mark.capability("S0-08")
def test_a_lead_s_score_lists_its_reasons():
    """Friends: (30 + 30 x 0.36) / (40 + 30) / 0.36 = 1.619, 48 points. Finns: (36 + 10.8) / 66 / 0.36 = 1.970, 68. Both: 116."""
    ideal = Ideal()
    leads = ([("l1", "FI", "friend"), ("l2", "JP", "friend"), ("l3", None, None)], [])
    facts = _club(*GROUPS, leads)
    weighed = ic.weights(_found(facts, ideal), ideal)
    assert sorted(run(ic.leads(facts))["customer_id"]) == ["l1", "l2", "l3"]
    scored = run(ic.scored(facts, ic.leads(facts), weighed).order_by("customer_id"))
    friend = "source friend: more ideal customers than elsewhere (30 of 40)."
    finn = "country FI: more ideal customers than elsewhere (36 of 36)."
    assert scored.values.tolist() == [
        ["l1", 116, 2, finn, friend, None],
        ["l2", 48, 1, friend, None, None],
        ["l3", 0, 0, None, None, None],
    ]


NEWCOMERS = (
    _members("n", "friend", "FI", 40, None, since="2025-02-01"),
    _members("m", "friend", "FI", 10, "2025-04-01", since="2025-02-01"),
    _members("o", "ads", "SE", 30, None, since="2025-02-01"),
    _members("p", "ads", "SE", 70, "2025-04-01", since="2025-02-01"),
    _members("q", "friend", "FI", 99, None, since="2025-09-01"),
)
"""Of 50 friends who came in February 40 stay, of 100 from ads 30; the 99 of September came too late to be looked at after 180 days."""


def _proof(groups, days=180):
    facts = _club(*groups, as_of="2025-10-01")
    ideal, learned = Ideal(), date(2025, 1, 1)
    weighed = ic.weights(_found(replace(facts, as_of=learned), ideal), ideal)
    return ic.proof(run(ic.outcomes(facts, learned, weighed, days=days)), days=days)


@pytest.mark.capability("S0-08")
def test_the_proof_on_those_it_was_not_learned_from():
    """Learned on 1 January: 40 of 50 who scored high were kept, 30 of 100 others: 50 points apart, certainly above none."""
    told = _proof((*GROUPS, *NEWCOMERS))
    assert (told.high, told.high_kept, told.rest, told.rest_kept, told.holds) == (50, 40, 100, 30, True)
    assert told.apart[0] == pytest.approx(0.5)
    assert str(told).startswith(
        "The score held for customers it was not learned from: after 180 days 40 of 50 who scored high were still customers, and 30 of 100 of the others: +50 points ("
    )


@pytest.mark.capability("S0-08")
def test_the_admission_that_it_does_not_hold():
    """The same traits, but of 50 friends 15 stay, as do 30 of 100 from ads: no difference, and the page says so."""
    worse = (
        _members("n", "friend", "FI", 15, None, since="2025-02-01"),
        _members("m", "friend", "FI", 35, "2025-04-01", since="2025-02-01"),
        *NEWCOMERS[2:],
    )
    told = _proof((*GROUPS, *worse))
    assert (told.holds, told.apart[0]) == (False, 0.0)
    assert str(told).startswith("The score does not hold: after 180 days 15 of 50")
    assert str(told).endswith("Do not choose leads by it.")


def test_too_few_newcomers_prove_nothing():
    """Ten and twenty newcomers: not enough data, in words. Forty who score alike are not set apart by anything; nobody at all: the same as few."""
    few = pd.DataFrame({"points": [0, 50], "customers": [20, 10], "kept": [5, 9]})
    assert str(ic.proof(few, days=180)) == (
        "Not enough data to say whether leads who score high stay better: 10 newcomers scored high, 20 did not."
    )
    alike = _proof((*GROUPS, _members("n", "friend", "FI", 40, None, since="2025-02-01")))
    assert alike.holds is None
    assert str(alike) == "There is nothing to prove: no trait sets these 40 newcomers apart, all score alike."
    nobody = ic.proof(pd.DataFrame({"points": [], "customers": [], "kept": []}), days=180)
    assert (nobody.holds, str(nobody).startswith("Not enough data")) == (None, True)


def test_days_that_prove_nothing_are_refused():
    """Where one purchase keeps a customer for a year, everybody is kept after half a one."""
    facts = world(as_of="2025-01-01", orders=[("ann", "2024-01-01")])
    with pytest.raises(ModelError, match="After 180 days everybody who bought once is still counted"):
        ic.outcomes(facts, date(2024, 6, 1), pd.DataFrame(), days=180)


def test_an_empty_company_has_no_ideal():
    """No customers: no traits, no weights, no scores."""
    facts = world(as_of="2025-01-01", customers=["lead"])
    ideal = Ideal()
    found = ic.traits(run(ic.counted(facts, ideal)), ideal)
    assert found.empty
    assert run(ic.scored(facts, ic.leads(facts), ic.weights(found, ideal))).values.tolist() == [
        ["lead", 0, 0, None, None, None]
    ]


def test_a_trait_in_words():
    """Certain, perhaps chance, and too few: three sentences."""
    row = {"trait": "source", "value": "friend", "other": None, "part": 30, "customers": 40, "lift": 2.08, "low": 1.66, "high": 2.37, "judged": True, "certain": True}  # fmt: skip
    said = "source friend: 30 of 40 are ideal, 2.08 times as many as among all (1.66 to 2.37)"
    assert ic.sentence(pd.Series(row)) == f"{said}."
    assert ic.sentence(pd.Series({**row, "certain": False})) == f"{said}; that may be chance."
    few = pd.Series({**row, "judged": False, "lift": math.nan, "other": "country", "other_value": "FI"})
    assert (
        ic.sentence(few) == "source friend and country FI: 30 of 40 are ideal; too few to say whether that is chance."
    )
