"""Does the chance of leaving hold, does it say so when nothing tells, and are its reasons the customer's own?"""

import json
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from keepwell.config import Company
from keepwell.errors import ModelError
from keepwell.testing import world
from keepwell.testing.worlds import run
from keepwell.understand import find, judging
from keepwell.understand.churn import ChurnHazard


def people(many: int = 3000, seed: int = 1, *, strength: float = 1.0) -> pd.DataFrame:
    """Customers of whom a quarter leave; visits and plan matter as much as *strength* says, shoe size does not."""
    chance = np.random.default_rng(seed)
    visits, shoe = chance.poisson(4, many), chance.normal(40, 3, many)
    plan = chance.choice(["basic", "plus"], many)
    odds = -1.2 + strength * (-0.6 * (visits - 4) + 1.0 * (plan == "basic") - 0.5)
    left = (chance.random(many) < 1 / (1 + np.exp(-odds))).astype(int)
    return pd.DataFrame({"visits": visits, "shoe": shoe, "plan": plan, "left": left})


def mornings(strength: float, seed: int = 2) -> pd.DataFrame:
    """The same people on four mornings 90 days apart, leaving within 90 days by their visits, or later."""
    parts = []
    for place, day in enumerate((20_000, 20_090, 20_180, 20_270)):
        part = people(1500, seed + place, strength=strength)
        chance = np.random.default_rng(seed + 10 + place)
        within = chance.integers(0, 90, len(part)).astype(float)
        parts.append(
            part.assign(cut_day=day, left_after=np.where(part["left"] == 1, within, np.nan)).drop(columns="left")
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def learned() -> ChurnHazard:
    return ChurnHazard(days=90).fit(people())


def test_what_matters_is_found_and_holds(learned):
    """On people it has not seen, its chances are right by every tenth, and two of three pairs and more are in order."""
    fresh = people(20_000, seed=9)
    told = learned.predict(fresh, days=90)
    frame = pd.DataFrame({"said": told["chance"], "happened": fresh["left"]})
    assert judging.auc(frame) > 0.75
    assert judging.calibration_error(judging.calibration(frame)) < 0.03
    assert learned.signal


def test_the_limits_hold_the_truth(learned):
    """In nine of ten tenths of new people, the share who left lies between the mean limits."""
    fresh = people(20_000, seed=9)
    told = learned.predict(fresh, days=90).assign(left=fresh["left"])
    tenth = pd.qcut(told["chance"], 10, labels=False, duplicates="drop")
    means = told.groupby(tenth).mean()
    assert ((means["low"] <= means["left"]) & (means["left"] <= means["high"])).mean() >= 0.9


@pytest.mark.parametrize("seed", range(3))
def test_no_signal_is_said(seed):
    """Where leaving has nothing to do with anything, everybody is told the plain rate and its limits."""
    table = people(seed=seed, strength=0).assign(noise=lambda t: np.random.default_rng(seed).random(len(t)))
    model = ChurnHazard().fit(table, chance=np.random.default_rng(seed))
    told = model.predict(table.head(3), days=90)
    assert not model.signal
    assert model.explain().startswith("No signal in this data")
    assert told["chance"].tolist() == [table["left"].mean()] * 3
    assert model.reasons(table.head(2)) == [[], []]


def test_no_signal_in_time():
    """The plain rate is that of the last morning."""
    table = mornings(0)
    model = ChurnHazard(days=90).fit(table)
    last = table[table["cut_day"] == 20_270]
    assert not model.signal
    assert model.predict(table.head(1), days=90)["chance"].tolist() == [last["left_after"].notna().mean()]


def test_in_time_the_last_morning_judges():
    """Three older mornings teach and calibrate; the 1,500 people of the last judge."""
    model = ChurnHazard(days=90).fit(mornings(1))
    assert model.signal
    assert [how["customers"] for how in model.judged_.values()] == [1500, 1500]
    assert "Judged on 1,500 customers it had not seen" in model.explain()


def test_a_column_that_knows_is_named_and_not_used(learned):
    """With a date of leaving beside the rest, what is learned is what is learned without it."""
    table = people().assign(goodbye=lambda t: np.where(t["left"] == 1, "2025-03-01", None))
    model = ChurnHazard().fit(table)
    assert "goodbye is left out" in model.explain()
    assert model.predict(table, days=90).equals(learned.predict(table, days=90))


def test_a_trait_filled_in_on_leaving_is_named_in_time():
    """A trait without a date is asked about leaving at any time, not only within the 90 days."""
    table = mornings(1)
    later = np.random.default_rng(3).random(len(table)) < 0.2
    table["left_after"] = table["left_after"].mask(table["left_after"].isna() & later, 200.0)
    model = ChurnHazard(days=90).fit(table.assign(trait_why=np.where(table["left_after"].notna(), "moved", None)))
    assert list(model.leaks_) == ["trait_why"]


def test_a_trait_that_knows_of_ends_ahead_is_named():
    """It marks leavers and as many more whose contract is known to end later: only beside those it is pure."""
    table = mornings(1)
    ahead = table["left_after"].isna() & (np.random.default_rng(3).random(len(table)) < 0.3)
    table = table.assign(trait_closed=np.where(table["left_after"].notna() | ahead, "yes", "no"))
    assert ChurnHazard(days=90).fit(table).leaks_ == {}
    gone = (table["left_after"].notna() | ahead).astype(int)
    model = ChurnHazard(days=90).fit(table.assign(gone=gone))
    assert list(model.leaks_) == ["trait_closed"]
    assert "gone" not in model.encoding_


def test_put_away_and_taken_out_it_says_the_same(learned):
    """Through JSON text, to the last digit."""
    again = ChurnHazard.load(json.loads(json.dumps(learned.save())))
    fresh = people(200, seed=4)
    assert again.predict(fresh, days=90).equals(learned.predict(fresh, days=90))
    assert again.explain() == learned.explain()


def test_learned_twice_it_is_the_same(learned):
    """Nothing is left to chance that is not passed in."""
    assert ChurnHazard(days=90).fit(people()).save() == learned.save()


def test_reasons_are_the_customer_s_own(learned):
    """Somebody without visits on the basic plan: the visits speak most for leaving, with their number."""
    one = pd.DataFrame({"visits": [0], "shoe": [40.0], "plan": ["basic"]})
    found = learned.reasons(one)[0]
    assert (found[0].text, found[0].part > 0) == ("Visits: 0.", True)
    assert "On the plan basic." in [reason.text for reason in found]


def test_parts_add_up_to_what_is_said(learned):
    """The exact contributions and one number for all make the log-odds."""
    from keepwell.understand import encoding

    columns = encoding.columns(people(50, seed=3), learned.encoding_)
    rest = learned._learner.log_odds(columns) - learned._learner.parts(columns).sum(axis=1)
    assert rest == pytest.approx(np.full(50, rest[0]), abs=1e-9)


def test_too_few_are_told_the_plain_rate():
    """Thirty customers of whom six left: nobody is told apart, and the limits are wide."""
    table = people(30).assign(left=[1] * 6 + [0] * 24)
    model = ChurnHazard().fit(table)
    told = model.predict(table.head(1), days=90).iloc[0]
    assert "Not enough data" in model.explain()
    assert "20\N{NO-BREAK SPACE}% left (95" in model.explain()
    assert told["chance"] == 0.2
    assert told["high"] - told["low"] > 0.25


def test_two_mornings_are_too_few():
    """Learning, calibrating and judging take three; the plain rate is that of the last, on which everybody stands once."""
    table = mornings(1)
    model = ChurnHazard(days=90).fit(table[table["cut_day"] >= 20_180])
    last = table[table["cut_day"] == 20_270]
    assert "on three mornings 90 days apart" in model.explain()
    assert "n = 1,500)" in model.explain()
    assert model.base_["rate"] == last["left_after"].notna().mean()


def test_a_young_company_is_told_apart_when_older_mornings_saw_nobody_leave():
    """Nobody left of the first morning, sixty of each of two later ones: halves of the middle one teach and calibrate, and all is judged."""
    silent = np.tile(np.arange(600) % 200, 3)
    day = np.repeat([20_000, 20_090, 20_180], 600)
    left = np.where((silent >= 180) & (day > 20_000), 10.0, np.nan)
    model = ChurnHazard(days=90).fit(pd.DataFrame({"last_order": silent, "cut_day": day, "left_after": left}))
    told = model.predict(pd.DataFrame({"last_order": [10, 190]}), days=90)["chance"]
    assert model.verdict_ == "recency"
    assert model.judged_["recency"]["customers"] == 600
    assert told[0] < 0.02
    assert told[1] > 0.8


def test_whichever_came_later_keeps_a_customer():
    """Who last bought or used 180 days ago or more leaves, the other one may be long ago: said of the later one, and as a reason."""
    chance = np.random.default_rng(8)
    order, use = chance.integers(0, 300, (2, 4000))
    day = np.repeat([20_000, 20_090, 20_180, 20_270], 1000)
    left = np.where(np.minimum(order, use) >= 180, 10.0, np.nan)
    table = pd.DataFrame({"last_order": order, "last_use": use, "cut_day": day, "left_after": left})
    model = ChurnHazard(days=90).fit(table)
    there = pd.DataFrame({"last_order": [250, 250, 5], "last_use": [250, 5, 250]})
    assert (model.predict(there, days=90)["chance"] > 0.5).tolist() == [True, False, False]
    assert "Neither bought nor used anything for 250 days." in [each.text for each in model.reasons(there)[0]]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pd.DataFrame({"left_after": [], "cut_day": []}), "Nobody was a customer"),
        (pd.DataFrame({"visits": [1, 2]}), "does not say of every customer whether they left"),
        (pd.DataFrame({"left": [1, None]}), "does not say of every customer whether they left"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(table, told):
    """In words a person can act on."""
    with pytest.raises(ModelError, match=told):
        ChurnHazard().fit(table)


def test_nothing_is_said_before_learning():
    """Not a number, but what to do."""
    with pytest.raises(ModelError, match="Call fit"):
        ChurnHazard().predict(people(2), days=90)


def test_nobody_is_told_nothing(learned):
    """A company that has lost everybody: no rows, no reasons, no fault."""
    nobody = people(1).iloc[:0]
    assert len(learned.predict(nobody, days=90)) == 0
    assert learned.reasons(nobody) == []


def test_further_ahead_more_have_left():
    """Chances rise with the days, and those of the learned horizon are untouched by the others."""
    table = mornings(1)
    model = ChurnHazard(days=90).fit(table)
    told = [model.predict(table.head(200), days=days)["chance"] for days in (30, 90, 180)]
    assert (told[0] <= told[1] + 1e-12).all()
    assert (told[1] <= told[2] + 1e-12).all()
    assert told[0].sum() < 0.5 * told[1].sum()


def test_it_is_registered():
    """Under its own name."""
    import keepwell.understand.churn  # noqa: F401

    assert find("churn_hazard") is ChurnHazard


def lives(seed: int, many: int = 1500) -> list[tuple[int, int]]:
    """First and last day (of 1,000) of customers who leave by a coin tossed each day, whoever they are."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 900, many)
    return list(zip(first.tolist(), (first + 1 + chance.exponential(300, many)).astype(int).tolist(), strict=True))


def learned_from(facts) -> ChurnHazard:
    model = ChurnHazard(days=90, mornings=6)
    return model.fit(run(model.past(facts, run_lot(model, facts)).cells))


def run_lot(model, facts):
    return ibis.memtable(run(model.drawn(facts)))


@pytest.mark.slow
def test_members_who_leave_by_a_coin_have_no_signal():
    """From subscriptions to the verdict: nothing is found where there is nothing."""
    opened = date(2023, 1, 1)
    rows = [
        (
            f"c{n}",
            str(opened + timedelta(days=first)),
            str(opened + timedelta(days=last)) if last < 1000 else None,
            10 + n % 3,
        )
        for n, (first, last) in enumerate(lives(1))
    ]
    model = learned_from(world(as_of=opened + timedelta(days=1000), subscriptions=rows))
    assert model.explain().startswith("No signal in this data")


@pytest.mark.slow
def test_buyers_at_random_have_no_signal_beyond_the_days():
    """Everybody buys every 60 days on average by a coin: who has not for long is lost by definition, and nothing else tells."""
    opened, chance = date(2023, 1, 1), np.random.default_rng(3)
    rows = [
        (f"c{n}", f"{opened + timedelta(days=int(day))} 12:00", 20)
        for n in range(900)
        for day in np.flatnonzero(chance.random(1000) < 1 / 60)
    ]
    company = Company(name="A shop", activity_window_days=120)
    model = learned_from(world(as_of=opened + timedelta(days=1000), company=company, orders=rows))
    assert model.explain().startswith("No signal in this data beyond how long ago")
    assert list(model.encoding_) == ["last_order"]
    text = model.reasons(pd.DataFrame({"last_order": [110], "order_gap": [60.0]}))[0][0].text
    assert text == "No order for 110 days."
