"""Is leaving set beside what was said of it on mornings of the past, without looking ahead, and beside rules of thumb?"""

import json
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest

from keepwell.errors import ModelError
from keepwell.schema.clock import day_number
from keepwell.testing import run, world
from keepwell.understand import backtest, risk_trials
from keepwell.understand.backtest import Trial
from keepwell.understand.churn import ChurnHazard
from keepwell.understand.risk_trials import Examination, Trialled, examine, hazard

OPENED, AS_OF = date(2023, 1, 1), date(2025, 9, 27)  # 1,000 days
MAKE = partial(ChurnHazard, days=90, mornings=5)


def club(many: int, seed: int, *, weak: float, strong: float, as_of: date = AS_OF):
    """Members who leave by a coin tossed each day; those of the plan weak after *weak* days on average, the others after *strong*."""
    chance = np.random.default_rng(seed)
    first = chance.integers(0, 900, many)
    is_weak = chance.random(many) < 0.5
    last = first + 1 + chance.exponential(np.where(is_weak, weak, strong)).astype(int)
    known = (as_of - OPENED).days
    rows = [
        {
            "customer_id": f"c{n}",
            "starts_on": str(OPENED + timedelta(days=int(first[n]))),
            "ends_on": str(OPENED + timedelta(days=int(last[n]))) if last[n] < known else None,
            "plan": "weak" if is_weak[n] else "strong",
        }
        for n in range(many)
        if first[n] < known
    ]
    return world(as_of=as_of, subscriptions=rows)


def said(chances: list[float], happened: list[int]) -> Trialled:
    """One look told by hand."""
    return Trialled(Trial(date(2025, 1, 1), 90), pd.DataFrame({"said": chances, "happened": happened}, dtype="float64"))


def test_a_class_of_silence_leaves_as_it_did():
    """
    Two hundred customers, two classes of a hundred: of the shorter nobody left, of the longer all did; half of all.

    Each class is told one more customer of whom half left: 0.5 / 101 and 100.5 / 101; who has no number, of whom nothing was seen, 0.5 / 1.
    """
    then = np.arange(200.0)
    told = hazard(then, (then >= 100).astype(float), np.array([3.0, 500.0, np.nan]))
    assert told.tolist() == [0.5 / 101, 100.5 / 101, 0.5]


def test_silence_and_lateness_by_hand():
    """
    Ann ordered 30 days ago and used it 4 days ago: silent for 4. Her orders are half as late as usual, her use, on 9 days
    of the last 90 (5 in the last 30, 2 per 30 before), comes every 10 days: 0.4. Bo did neither.
    """
    rows = pd.DataFrame({
        "last_order": [30, None], "last_use": [4, None], "order_late": [0.5, None],
        "use_days_30": [5, 0], "use_days_before": [2.0, 0.0],
    })  # fmt: skip
    assert risk_trials._silence(rows).tolist() == pytest.approx([4, np.nan], nan_ok=True)
    assert risk_trials._lateness(rows).tolist() == pytest.approx([0.4, np.nan], nan_ok=True)


def test_only_what_was_known_is_learned_from():
    """On day 20,180, 90 days ahead: an end on day 20,179 is known, one on the day itself is not, and that morning's rows are not looked at."""
    rows = pd.DataFrame({
        "cut_day": [20_000, 20_000, 20_090, 20_090, 20_180], "left_after": [30, 200, 89, 90, 5],
    })  # fmt: skip
    morning = date(1970, 1, 1) + timedelta(days=20_180)
    assert day_number(morning) == 20_180
    known = risk_trials._known(rows, Trial(morning, 90))
    assert known["cut_day"].tolist() == [20_000, 20_000, 20_090, 20_090]
    assert known["left_after"].tolist() == pytest.approx([30, np.nan, 89, np.nan], nan_ok=True)


def test_one_perfect_look_in_sentences():
    """Ten customers, half of whom left as said, beside the rule that said a half of each: better, and one morning is too few."""
    told = Examination(
        {"churn_hazard": [said([0.9] * 5 + [0.1] * 5, [1] * 5 + [0] * 5)], "last_rate": [said([0.5] * 10, [1] * 5 + [0] * 5)]},
        {"churn_hazard": "Chance of leaving", "last_rate": "Last period's rate"}, {},
    )  # fmt: skip
    assert told.told().splitlines()[:5] == [
        "Tried on one morning of the past, 90 days ahead each: Chance of leaving.",
        "Only one morning could be tried: too few to tell luck from skill. 3 take a longer past.",
        "It told who would leave better than every rule of thumb beside it.",
        "Of 10 customers it had said that 5 would leave; 5 did.",
        "Of a leaver and a stayer it gave the leaver the higher risk in 100\N{NO-BREAK SPACE}% of pairs (50\N{NO-BREAK SPACE}% is chance).",
    ]
    assert told.told().splitlines()[-1].startswith("Of the 5 customers we said had 90\N{NO-BREAK SPACE}%, 100")
    assert told.gains["last_rate"][0] == pytest.approx(np.log(0.9 / 0.5))


def test_where_nobody_left_nothing_is_made_up():
    """No ranking, no bias; the file can hold it."""
    looks = {"churn_hazard": [said([0.1, 0.2], [0, 0])], "last_rate": [said([0.1, 0.1], [0, 0])]}
    told = Examination(looks, {"churn_hazard": "Chance of leaving"}, {})
    assert "Nobody left, or everybody did" in told.told()
    assert "it had said that 0 would leave; 0 did." in told.told()
    about = json.loads(json.dumps(told.about(), allow_nan=False))
    assert about["scores"][0]["auc"] is None
    assert about["mornings"][0]["morning"] == "2025-01-01"


@pytest.mark.slow
def test_who_leaves_by_a_plan_is_told_better_than_by_the_rate():
    """Half leave after 200 days on average, half after 2,000: totals hold within three errors, leavers rank above stayers."""
    facts = club(1_500, 4, weak=200, strong=2_000)
    told = examine([MAKE], facts, backtest.trials(facts, OPENED, 90), run)
    rows = told.scores[told.scores["model"] == "churn_hazard"]
    assert len(rows) == 3
    assert told.unbeaten == []
    assert told.means.loc["churn_hazard", "auc"] > 0.65
    assert abs(rows["said"].sum() - rows["happened"].sum()) < 3 * np.sqrt((rows["error"] ** 2).sum())
    tenths = told.calibration("churn_hazard")
    assert ((tenths["low"] <= tenths["said"]) & (tenths["said"] <= tenths["high"])).mean() >= 0.6
    about = json.loads(json.dumps(told.about(), allow_nan=False))
    assert about["beats_the_rules"]
    assert {row["model"] for row in about["scores"]} == {"churn_hazard", "last_rate"}
    assert sum(row["customers"] for row in about["calibration"]) == sum(row["customers"] for row in about["mornings"])


@pytest.mark.slow
def test_members_who_leave_by_a_coin_are_told_no_better_than_by_the_rate():
    """Nothing tells them apart; that is what is said."""
    facts = club(1_500, 5, weak=300, strong=300)
    told = examine([MAKE], facts, backtest.trials(facts, OPENED, 90), run)
    assert told.unbeaten == ["last_rate"]
    assert "no better than last period's rate: there is no more in these data." in told.told()
    assert "everybody was told the same chance" in told.told()


@pytest.mark.slow
def test_what_comes_after_the_look_changes_nothing():
    """The same look, asked on the day its days are over and 90 days later: the same chances, and the same leavers."""
    tried = [Trial(AS_OF - timedelta(days=180), 90)]
    early, late = (
        examine([MAKE], club(800, 6, weak=150, strong=1_500, as_of=as_of), tried, run)
        for as_of in (AS_OF - timedelta(days=90), AS_OF)
    )
    for way in ("churn_hazard", "last_rate"):
        one, other = (told.trialled[way][0].said.sort_values(["said", "happened"]) for told in (early, late))
        np.testing.assert_allclose(one.to_numpy(), other.to_numpy())


def test_a_morning_without_customers_is_refused():
    """In words a person can act on."""
    facts = world(as_of=AS_OF, subscriptions=[("ann", "2025-09-01", None)])
    with pytest.raises(ModelError, match="Nobody was a customer on 2025-06-29"):
        examine([MAKE], facts, [Trial(AS_OF - timedelta(days=90), 90)], run)
