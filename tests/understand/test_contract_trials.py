"""Are contracts that ended set beside what was said of them, on mornings of the past, without looking ahead?"""

import json
from datetime import date

import numpy as np
import pytest

from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.backtest import Trial
from keepwell.understand.contract_trials import examine, outcomes
from keepwell.understand.renewals import BetaDiscreteWeibull, ShiftedBetaGeometric

BOTH = (ShiftedBetaGeometric, BetaDiscreteWeibull)


def club(customers: int, *, alpha: float = 0.8, beta: float = 6.0, seed: int = 5):
    """Members who came over two years up to July 2025, billed by 30 days, each with a chance of their own to leave."""
    chance = np.random.default_rng(seed)
    rows, today = [], np.datetime64("2025-07-01")
    for n in range(customers):
        began = today - np.timedelta64(int(chance.integers(1, 730)), "D")
        life = int(min(chance.geometric(chance.beta(alpha, beta)), 500))
        ends = began + np.timedelta64(round(life * 30.4375), "D")
        rows.append((f"c{n}", str(began), str(ends) if ends < today else None))
    return world(as_of="2025-07-01", subscriptions=rows)


def test_what_happened_is_counted_by_hand():
    """
    On 1 March, 30 days ahead: Ann and Bo have a contract; Bo's ends on 15 March. Cy's ended on 1 February.

    Di's ends on 31 March, the day after the last one looked at; Ed comes on 10 March and is not there yet.
    Flo's ended on 10 March and began anew on the 20th: it ended all the same.
    """
    rows = [
        ("Ann", "2025-01-01", None),
        ("Bo", "2025-01-01", "2025-03-15"),
        ("Cy", "2025-01-01", "2025-02-01"),
        ("Di", "2025-01-01", "2025-03-31"),
        ("Ed", "2025-03-10", "2025-03-20"),
        ("Flo", "2025-01-01", "2025-03-10"),
        ("Flo", "2025-03-20", None),
    ]
    facts = world(as_of="2025-07-01", subscriptions=rows)
    needs = outcomes(ShiftedBetaGeometric(), facts, Trial(date(2025, 3, 1), 30))
    told = run(needs.customers.order_by("customer_id"))
    assert dict(zip(told["customer_id"], told["left"], strict=True)) == {"Ann": 0, "Bo": 1, "Cy": 0, "Di": 0, "Flo": 1}
    cells = run(needs.cells)
    assert cells.loc[cells["lost"] == 0, ["customers", "left"]].sum().tolist() == [4, 2]


@pytest.mark.slow
def test_a_true_law_passes_its_trial():
    """
    Of 4,000 members drawn from the law, three mornings, 60 days ahead: totals within three standard deviations, every tenth
    within its interval or nearly so, and better than the rate of the 60 days before.
    """
    mornings = [Trial(date(2025, month, 1), 60) for month in (1, 3, 5)]
    told = examine(BOTH, club(4_000), mornings, run)
    rows = told.scores[told.scores["model"] == "sbg"]
    assert len(rows) == 3
    assert rows["z"].abs().max() < 3
    assert rows["gain"].mean() > 0
    assert told.better_than_rule
    tenths = told.calibration("sbg")
    assert ((tenths["low"] <= tenths["said"]) & (tenths["said"] <= tenths["high"])).mean() >= 0.7
    about = json.loads(json.dumps(told.about(), allow_nan=False))
    assert about["beats_the_rules"]
    assert {row["model"] for row in about["scores"]} == {"sbg", "bdw"}
    assert sum(row["customers"] for row in about["calibration"]) == sum(row["customers"] for row in about["mornings"])
    said = told.told()
    assert said.startswith("Tried on 3 mornings of the past, 60 days ahead each: Contract renewals")
    assert "better than the rate of the days before does" in said
    assert "we said had" in said


@pytest.mark.slow
def test_no_signal_is_said_to_be_none():
    """Where all leave alike the model is no better than the rate, and says so."""
    told = examine([ShiftedBetaGeometric], club(3_000, alpha=4e4, beta=4e5), [Trial(date(2025, 5, 1), 31)], run)
    assert told.better_than_rule is False
    assert "no better than the rate of the days before does: there is no more in these data" in told.told()


def test_what_could_not_be_tried_is_named():
    """With ten members nothing is learned, on any morning; the reason is the model's own."""
    with pytest.raises(ModelError, match=r"Nothing could be learned.*on 2025-05-01: Not enough data"):
        examine([ShiftedBetaGeometric], club(10), [Trial(date(2025, 5, 1), 30)], run)
