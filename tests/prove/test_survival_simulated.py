"""Are intervals of time to churn right as often as they say? Invented experiments with customers assigned day by day."""

import math

import numpy as np
import pandas as pd
import pytest

from keepwell.prove.endpoint_survival import Risk, cox, days_kept, kept_after, log_rank

RUNS, UNITS, HELD_OUT, LOOK, HORIZON = 400, 3_000, 0.2, 90, 45
DAILY = {"control": 0.010, "mail": 0.0075}
"""Chance of leaving on a day: a hazard ratio of 0.749, as the logarithm of the shares that stay."""
CHANCE_OF_SO_FEW = 3 * math.sqrt(0.95 * 0.05 / RUNS)


def _experiment(chance: np.random.Generator, daily: dict[str, float]) -> Risk:
    """Assigned evenly over sixty days, looked at on the ninetieth."""
    arm = np.where(chance.random(UNITS) < HELD_OUT, "control", "mail")
    leaves = chance.geometric(np.vectorize(daily.get)(arm))
    watched = LOOK - 1 - chance.integers(0, 60, UNITS)
    ended = (leaves <= watched).astype("int64")
    units = pd.DataFrame({"arm": arm, "duration": np.minimum(leaves, watched), "ended": ended, "running": 1 - ended})
    return Risk.read(units.groupby(["arm", "duration"], as_index=False).sum(), "mail")


def _true_days(daily: float) -> float:
    """Mean days kept of the first 45, of those who leave with the same chance each day."""
    return sum((1 - daily) ** day for day in range(HORIZON))


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    """Each of the three intervals misses in about 5 of 100 experiments, and is centred on the truth."""
    chance = np.random.default_rng(11)
    log_ratio = math.log(math.log1p(-DAILY["mail"]) / math.log1p(-DAILY["control"]))
    truths = {
        "hazard": log_ratio,
        "share": (1 - DAILY["mail"]) ** HORIZON - (1 - DAILY["control"]) ** HORIZON,
        "days": _true_days(DAILY["mail"]) - _true_days(DAILY["control"]),
    }
    held = dict.fromkeys(truths, 0)
    off = dict.fromkeys(truths, 0.0)
    for _run in range(RUNS):
        risk = _experiment(chance, DAILY)
        told = {"hazard": cox(risk), "share": kept_after(risk, HORIZON), "days": days_kept(risk, HORIZON)}
        for name, effect in told.items():
            held[name] += effect.low <= truths[name] <= effect.high
            off[name] += (effect.difference - truths[name]) / effect.error / RUNS
    assert all(abs(count / RUNS - 0.95) < CHANCE_OF_SO_FEW for count in held.values()), held
    assert all(abs(mean) < 3 / math.sqrt(RUNS) + 0.05 for mean in off.values()), off


@pytest.mark.slow
def test_no_effect_is_found_where_there_is_none() -> None:
    """Of experiments without any effect the test finds one in about 5 of 100, as often on either side."""
    chance = np.random.default_rng(12)
    same = dict.fromkeys(DAILY, 0.01)
    scores = np.array([log_rank(_experiment(chance, same)).z for _run in range(RUNS)])
    assert abs((np.abs(scores) > 1.959964).mean() - 0.05) < CHANCE_OF_SO_FEW
    assert abs(scores.mean()) < 3 / math.sqrt(RUNS)
