"""Do cohorts keep what they show, and lean on the others where they show little?"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.errors import ModelError
from keepwell.understand.dropout import BgNbd
from keepwell.understand.pooling import BuyingByCohort

SIZES = (60, 800, 900, 700, 40, 1000, 900, 800)
"""Newcomers of eight quarters, the newest first; two are small."""


@cache
def simulated(*, seed: int, better: float) -> pd.DataFrame:
    """Eight quarters of newcomers, each buying *better* times as often as the one before; half a year more is kept aside (bought)."""
    chance = np.random.default_rng(seed)
    rows = []
    for cohort, size in enumerate(SIZES):
        pace = better ** (len(SIZES) - 1 - cohort)
        for _who in range(size):
            age = cohort * 91 + int(chance.integers(0, 91))
            rate, coin, time = chance.gamma(0.8, 0.3) * pace, chance.beta(0.8, 2.4), 0.0
            bought = [0]
            while True:
                time += chance.exponential(7 / max(rate, 1e-9))
                if time >= age + 182:
                    break
                bought.append(int(time))
                if chance.random() < coin:
                    break
            known = sorted({day for day in bought if day <= age})
            rows.append((len(known) - 1, known[-1], age, len({day for day in bought if day > age}), cohort))
    return pd.DataFrame(rows, columns=["repeats", "recency_days", "age_days", "bought", "cohort"])


NEWCOMER = pd.DataFrame({"repeats": [0], "recency_days": [0], "age_days": [0]})


def truth(*, better: float) -> list[float]:
    """What a newcomer of each quarter makes in the first year, by the parameters simulated from."""
    told = []
    for cohort in range(len(SIZES)):
        made = BgNbd()
        alpha = 1 / 0.3 / better ** (len(SIZES) - 1 - cohort)
        made.parameters_ = {"r": 0.8, "alpha": alpha, "a": 0.8, "b": 2.4}
        made.covariance_, made.leaves_ = np.zeros((4, 4)), True
        told.append(float(made.predict(NEWCOMER, days=365)["expected"].item()))
    return told


def test_cohorts_that_get_better_are_told_apart():
    """Each quarter's newcomers buy a fifth more often: told within three standard errors, and of the large ones twice as near as one figure for all."""
    seen = simulated(seed=1, better=1.2)
    told, right = BuyingByCohort().fit(seen).cohorts(), np.array(truth(better=1.2))
    assert (np.abs(told["expected"] - right) < 3 * told["expected_error"]).all()
    everybody = BgNbd().fit(seen).predict(NEWCOMER, days=365)["expected"].item()
    large = np.array(SIZES) > 100
    assert np.abs(told["expected"] - right)[large].mean() < 0.5 * np.abs(everybody - right)[large].mean()


def test_a_small_cohort_leans_on_the_others():
    """Of the cohort of forty less is known, so its parameters lie nearer to the common ones than if it stood alone."""
    made = BuyingByCohort().fit(simulated(seed=1, better=1.2))
    common = np.log(list(made.parameters_.values()))
    sure = np.sqrt(np.stack([np.diag(own) for own in made.own_]))
    assert sure[4].sum() > sure[5].sum()
    assert (np.abs(made.means_[4] - common) < 2.5 * np.sqrt(np.diag(made.covariance_))).all()


def test_cohorts_that_are_alike_are_pooled():
    """All buy alike: what is told of newcomers differs by a few per cent, less than their own data would have it."""
    told = BuyingByCohort().fit(simulated(seed=2, better=1.0)).cohorts()["expected"]
    assert told.max() / told.min() < 1.35


def test_put_away_and_taken_out():
    """Through JSON, and it answers the same; a cohort that was not there is told by what is common."""
    seen = simulated(seed=1, better=1.2)
    made = BuyingByCohort().fit(seen)
    again = BuyingByCohort.load(json.loads(json.dumps(made.save())))
    pd.testing.assert_frame_equal(again.predict(seen, days=91), made.predict(seen, days=91))
    older = pd.DataFrame({"repeats": [2], "recency_days": [100], "age_days": [5000]})
    assert np.isfinite(again.predict(older, days=91).to_numpy()).all()
    assert again.explain() == made.explain()
    assert "cohorts a newcomer bought again" in made.explain()


def test_less_than_three_cohorts_are_refused():
    """All newcomers of the sample came within twelve weeks."""
    with pytest.raises(ModelError, match="There are 1 cohorts of 300 days"):
        BuyingByCohort(cohort_days=300).fit(published.cells("sample"))
