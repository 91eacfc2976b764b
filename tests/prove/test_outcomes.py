"""Is everybody told what became of them, from the moment they were assigned to the morning of the look, and not a moment more?"""

from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ProofError
from keepwell.measure.facts import Facts
from keepwell.prove.beforehand import beforehand
from keepwell.prove.endpoint_survival import Risk, log_rank, risk_table
from keepwell.prove.moments import moments_from, moments_table
from keepwell.prove.outcomes import NAMES, Watched, at_horizon, exposed, log, refuse_unlogged, standing, stays, watch
from keepwell.schema.clock import day_number
from keepwell.testing.worlds import Row, run, world

HOUSE = Company(name="A shop", time_zone="Europe/Helsinki", active_by="purchase", activity_window_days=30)
FIRST = day_number(date(2025, 6, 1))


def _put(unit: str, arm: str, at: str = "2025-06-01 09:00") -> Row:
    return {"experiment": "thanks", "unit": unit, "arm": arm, "assigned_at": at, "score": 0.5}


DRAWN = [
    _put("Ann", "mail"), _put("Ann", "mail", "2025-06-05 09:00"), _put("Ben", "control"), _put("Cid", "mail"), _put("Dot", "mail"),
    _put("Eve", "control"), _put("Fay", "mail"), _put("Gus", "control", "2025-06-25 09:00"),
    _put("Hal", "mail", "2025-07-01 00:10"),  # after the last evening in Helsinki, though not yet in UTC
    _put("Ida", "mail"), _put("Ida", "control"), {**_put("Ben", "mail"), "experiment": "another"},
    {**_put("Ann", "control"), "version": 2},
]  # fmt: skip

BOUGHT = [
    ("Ann", "2025-05-20", 10), {"order_id": "back", "customer_id": "Ann", "ordered_at": "2025-06-10", "gross": 20, "discount": 4},
    ("Ann", "2025-06-15 23:59", 5), ("Ann", "2025-06-16", 6), ("Ben", "2025-05-10", 10), ("Ben", "2025-07-02", 10), ("Cid", "2025-05-02", 10),
    ("Dot", "2025-05-01", 10), ("Dot", "2025-06-01 12:00", 5), ("Eve", "2025-06-01 08:00", 8), ("Fay", "2025-06-01 10:00", 7),
    ("Gus", "2025-06-20", 3), ("Ida", "2025-05-30", 3), ("Stranger", "2025-05-30", 3),
]  # fmt: skip


@pytest.fixture(scope="module")
def facts() -> Facts:
    """A shop where a purchase keeps for thirty days, known before 1 July 2025."""
    return world(
        as_of="2025-07-01", company=HOUSE, assignments=DRAWN, orders=BOUGHT,
        refunds=[("back", "2025-06-12", 2), ("back", "2025-06-20", 2)],
        events=[{"customer_id": "Ben", "happened_at": "2025-06-03", "kind": "letter", "name": "Opt-out"}],
        touches=[
            {"customer_id": "Eve", "touched_at": "2025-06-02", "direction": "in", "channel": "mail", "subject": "Complaint"},
            {"customer_id": "Eve", "touched_at": "2025-06-02", "direction": "out", "channel": "mail", "subject": "unsubscribe"},
            {"customer_id": "Dot", "touched_at": "2025-05-02", "direction": "in", "channel": "mail", "reason": "spam"},
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def watched(facts: Facts) -> Watched:
    """The first version of "thanks"."""
    return watch(facts, "thanks")


def _by_unit(table: ir.Table) -> dict[str, dict[str, object]]:
    return run(table).set_index("unit").to_dict("index")


def test_who_takes_part(watched: Watched) -> None:
    """The first assignment of each; not Hal, who is assigned on the morning of the look, nor Ida, who is in two arms."""
    told = _by_unit(watched.units)
    assert {unit: (row["arm"], row["day"] - FIRST) for unit, row in told.items()} == {
        "Ann": ("mail", 0), "Ben": ("control", 0), "Cid": ("mail", 0), "Dot": ("mail", 0), "Eve": ("control", 0),
        "Fay": ("mail", 0), "Gus": ("control", 24),
    }  # fmt: skip


def test_days_kept(watched: Watched) -> None:
    """
    From the day of assignment to the first day not kept.

    Ann buys again and again: 29 days are known after 1 June. Ben's thirty days end on 9 June. Cid was kept on 31 May and lost on the
    very day. Eve came an hour before. Gus is known for five days more. Dot was lost on 31 May and came back on the day: no
    customer when assigned; nor was Fay, who came an hour after.
    """
    told = _by_unit(stays(watched))
    assert {unit: (row["duration"], row["ended"]) for unit, row in told.items()} == {
        "Ann": (29, 0), "Ben": (8, 1), "Cid": (0, 1), "Eve": (29, 0), "Gus": (5, 0),
    }  # fmt: skip


def test_how_many_a_figure_rests_on(watched: Watched) -> None:
    """Of three held out all are customers, and two were assigned fourteen days ago; of four treated two are, and all were."""
    assert run(standing(watched, 14)).to_dict("list") == {
        "arm": ["control", "mail"], "assigned": [3, 4], "kept": [3, 2], "matured": [2, 4],
    }  # fmt: skip


def test_within_fourteen_days(watched: Watched) -> None:
    """Ann's order of 23:59 on 15 June is within, that of the 16th is not; what Eve bought before the moment is not either."""
    told = _by_unit(at_horizon(watched, 14))
    of = {name: {unit: row[name] for unit, row in told.items() if row[name]} for name in NAMES}
    assert sorted(told) == ["Ann", "Ben", "Cid", "Dot", "Eve", "Fay"]
    assert of == {
        "retained": {"Ann": 1, "Dot": 1, "Eve": 1, "Fay": 1}, "churned": {"Ben": 1, "Cid": 1},
        "spend": {"Ann": 25, "Dot": 5, "Fay": 7}, "orders": {"Ann": 2, "Dot": 1, "Fay": 1},
        "refunds": {"Ann": 2}, "discounts": {"Ann": 4}, "bought": {"Ann": 1, "Dot": 1, "Fay": 1},
        "refund": {"Ann": 1}, "unsubscribe": {"Ben": 1}, "complaint": {"Eve": 1},
    }  # fmt: skip


def test_ripe_units_only(watched: Watched) -> None:
    """Of a horizon of 29 days 30 June is the last day, and known; of 30 days nobody is ripe."""
    assert run(at_horizon(watched, 29, ["orders"])).shape[0] == 6
    assert run(at_horizon(watched, 30, ["orders"])).empty
    assert run(at_horizon(watched, 5, ["bought"])).shape[0] == 7


def test_nothing_after_the_look_is_looked_at(facts: Facts, watched: Watched) -> None:
    """A look on 11 June knows Ann's order of the day before, not the next; what it tells is what it told then."""
    then = watch(facts.on(date(2025, 6, 11)), "thanks")
    assert _by_unit(at_horizon(then, 9, ["spend"]))["Ann"]["spend"] == 20
    assert run(at_horizon(then, 10, ["spend"])).empty
    assert {unit: (row["duration"], row["ended"]) for unit, row in _by_unit(stays(then)).items()} == {
        "Ann": (9, 0), "Ben": (8, 1), "Cid": (0, 1), "Eve": (9, 0),
    }  # fmt: skip
    assert run(watch(facts.on(date(2025, 6, 1)), "thanks").units).empty


def test_what_was_known_before(watched: Watched) -> None:
    """Of Ann 12 days since her order of 10 euros; of Eve nothing, for she came on the day itself; of Fay nothing either."""
    told = _by_unit(beforehand(watched, 14))
    ann, eve = told["Ann"], told["Eve"]
    assert [ann[name] for name in ("recency", "tenure", "frequency", "money", "orders_before", "spend_before")] == [
        12, 12, 1, 10, 1, 10,
    ]  # fmt: skip
    assert ann["money_log"] == pytest.approx(2.3978952728)
    assert told["Ben"]["orders_before"] == 0
    assert [pd.isna(eve["recency"]), eve["frequency"], eve["money"]] == [True, 0, 0]
    assert len(told) == 7


def test_the_last_risk_before(watched: Watched) -> None:
    """Of mornings up to the day of assignment the last; of later ones nothing, and nothing where there is none."""
    risks = ibis.memtable(
        {
            "customer_id": ["Ann", "Ann", "Ann", "Ben"],
            "morning": [FIRST - 30, FIRST, FIRST + 1, FIRST + 1],
            "risk": [0.1, 0.2, 0.9, 0.9],
        }
    )
    told = _by_unit(beforehand(watched, 14, risks))
    assert told["Ann"]["risk"] == 0.2
    assert pd.isna(told["Ben"]["risk"])
    assert len(told) == 7


def test_merged_and_excluded(facts: Facts) -> None:
    """Ben is Bernhard too, and counts once under the id that stays; Cid is one of us and takes no part."""
    merges = world(as_of="2025-07-01", merges=[("Ben", "Bernhard")]).tables["merges"]
    company = HOUSE.model_copy(update={"excluded_customers": ["Cid"]})
    told = _by_unit(stays(watch(replace(facts, tables={**facts.tables, "merges": merges}, company=company), "thanks")))
    assert sorted(told) == ["Ann", "Bernhard", "Eve", "Gus"]
    assert told["Bernhard"]["duration"] == 8


def test_time_from_the_first_exposure(facts: Facts, watched: Watched) -> None:
    """Ann is shown it on 10 June, Ben would have been on the 4th; who was not exposed is not among them, in either arm."""
    shown = ibis.memtable(
        {
            "unit": ["Ann", "Ann", "Ben", "Stranger"],
            "at": pd.to_datetime(["2025-06-20", "2025-06-10", "2025-06-04", "2025-06-04"], utc=True),
        }
    )
    seen = watch(facts, "thanks", exposures=shown)
    assert {unit: row["day"] - FIRST for unit, row in _by_unit(seen.units).items()} == {"Ann": 9, "Ben": 3}
    counted = run(exposed(watched, seen))
    assert counted.to_dict("list") == {"arm": ["control", "mail"], "assigned": [3, 4], "exposed": [1, 1]}
    refuse_unlogged(counted)
    with pytest.raises(ProofError, match="No exposure of control was logged"):
        refuse_unlogged(counted.assign(exposed=[0, 1]))


def test_accounts_are_one_unit() -> None:
    """Two people of Acme and one of Bolt: what they did is the account's, and the day one of them leaves Acme stays."""
    people = [
        {"customer_id": "a1", "account_id": "Acme"}, {"customer_id": "a2", "account_id": "Acme"}, {"customer_id": "b1", "account_id": "Bolt"},
    ]  # fmt: skip
    facts = world(
        as_of="2025-07-01", company=HOUSE, customers=people, assignments=[_put("Acme", "mail"), _put("Bolt", "control")],
        orders=[("a1", "2025-05-05", 1), ("a2", "2025-05-25", 1), ("a1", "2025-06-02", 2), ("a2", "2025-06-03", 3), ("b1", "2025-05-05", 9)],
    )  # fmt: skip
    teams = watch(facts, "thanks", unit="account")
    assert {unit: row["spend"] for unit, row in _by_unit(at_horizon(teams, 14, ["spend"])).items()} == {
        "Acme": 5,
        "Bolt": 0,
    }
    assert {unit: row["ended"] for unit, row in _by_unit(stays(teams)).items()} == {"Acme": 0, "Bolt": 1}
    assert _by_unit(beforehand(teams, 14))["Acme"]["frequency"] == 2


def test_service_that_begins_that_day() -> None:
    """A first subscription begins with its day and counts; one that returns on the day does not."""
    facts = world(
        as_of="2025-07-01", company=Company(name="A club", active_by="subscription"), assignments=[_put("New", "mail"), _put("Old", "mail")],
        subscriptions=[("New", "2025-06-01", "2025-06-21"), ("Old", "2025-01-01", "2025-02-01"), ("Old", "2025-06-01", None)],
    )  # fmt: skip
    assert {unit: (row["duration"], row["ended"]) for unit, row in _by_unit(stays(watch(facts, "thanks"))).items()} == {
        "New": (20, 1)
    }


def test_use_keeps_a_customer_too() -> None:
    """Where anything keeps: who first used it an hour before the moment is a customer, who did an hour after is none yet."""
    facts = world(
        as_of="2025-07-01", company=Company(name="A tool", active_by="any", activity_window_days=30),
        assignments=[_put("Soon", "mail"), _put("Late", "control")],
        events=[("Soon", "2025-06-01 08:00"), ("Late", "2025-06-01 10:00")], orders=[("Late", "2025-06-01 11:00", 5)],
    )  # fmt: skip
    assert {unit: row["duration"] for unit, row in _by_unit(stays(watch(facts, "thanks"))).items()} == {"Soon": 29}


def test_to_the_verdict(watched: Watched) -> None:
    """From the company's tables to both kinds of answers, without a step between."""
    risk = Risk.read(run(risk_table(stays(watched))), "mail")
    assert (risk.units, risk.events, log_rank(risk).known) == ((2, 3), 2, True)
    arms = moments_from(run(moments_table(at_horizon(watched, 14), ["spend"])), ["spend"])
    assert (arms["mail"].n, arms["mail"].mean("spend")) == (4, 37 / 4)


def test_refusals(watched: Watched, facts: Facts) -> None:
    """An outcome nobody knows; and an experiment nobody was assigned to is empty, not an error."""
    with pytest.raises(ProofError, match="joy"):
        at_horizon(watched, 14, ["joy"])
    with pytest.raises(ProofError, match="-1 days"):
        at_horizon(watched, -1)
    assert run(log(facts, "nothing")).empty
