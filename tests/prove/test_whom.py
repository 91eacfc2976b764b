"""Are those found whom nobody should wake, and is no group believed for its name?"""

from dataclasses import replace

import numpy as np
import pytest
from tests.prove.uplift_worlds import trial

from keepwell.errors import ModelError
from keepwell.prove.policy import Price, choose
from keepwell.prove.uplift import foretell
from keepwell.prove.whom import GROUPS, groups, held


def grouped(log, price, seed=0):
    """The groups of one log by the usual way."""
    told = foretell(log, np.random.default_rng(seed))
    return groups(told, choose(price.net(told.uplift, told.arms)), price)


def test_sleeping_dogs_are_found():
    """A third loses ten points by being treated, the others gain ten; nine of ten of those found are truly harmed."""
    log, added = trial(10_000, lambda columns: 0.1 - 0.2 * (columns["a"] < -0.43))
    flagged = replace(log, features=log.features.assign(dog=(log.features["a"] < -0.43).astype("float64")))
    seen = grouped(flagged, Price(50, {"treat": 1}))
    dogs = seen.of == "do not wake"
    row = seen.told.set_index("group").loc["do not wake"]
    assert (added[dogs] < 0).mean() > 0.9
    assert dogs[added < 0].mean() > 0.7
    assert (row["advice"], bool(row["effect_high"] < 0)) == ("do not wake", True)


def test_who_is_worth_it_is_treated_and_the_rest_is_told_apart():
    """Persuadable pay; sure stay more often than lost when left alone; everybody is in one group."""
    log, _added = trial(8000, lambda columns: 0.05 + 0.1 * columns["a"].clip(0))
    seen = grouped(log, Price(20, {"treat": 2}))
    told = seen.told.set_index("group")
    assert told.loc["persuadable", "advice"] == "treat"
    assert told.loc["sure", "alone"] > told.loc["lost", "alone"]
    assert told["customers"].sum() == 8000
    assert set(seen.of) <= set(GROUPS)


def test_where_all_gain_nobody_is_called_harmed():
    """Ten points for everybody."""
    assert "do not wake" not in set(grouped(trial(4000, 0.1)[0], Price()).of)


def test_while_the_gate_is_closed_there_is_no_advice():
    """Ten points for everybody: choosing gains nothing over treating all, so no group is told to be treated; the same in code as on the page."""
    seen = grouped(trial(4000, 0.1)[0], Price(20, {"treat": 1}))
    assert seen.told["effect_low"].max() > 0
    assert seen.told["advice"].tolist() == [None] * len(seen.told)


def test_a_line_by_hand():
    """Foretold -1 and 1, scored 0 and 4: at 2, slope 2, and no error as nothing is left over."""
    line = held(np.array([0.0, 4, 0, 4]), np.array([-1.0, 1, -1, 1]))
    assert (line.at, line.slope.value, line.slope.error) == (2, 2, 0)
    assert [ends.tolist() for ends in line.bounds(np.array([0.0, 3]))] == [[2, 8], [2, 8]]


def test_an_order_upside_down_is_worth_nothing():
    """Everybody has the mean effect then, and its interval."""
    chance = np.random.default_rng(0)
    uplift = chance.normal(size=500)
    low, high = held(1 - uplift + chance.normal(size=500), uplift).bounds(uplift)
    assert (np.ptp(low), np.ptp(high)) == (0, 0)
    assert low[0] < 1 < high[0]


def test_one_of_several_arms_is_named():
    """Otherwise it is not known whose groups are wanted."""
    log, _added = trial(600, 0.1)
    told = foretell(log, np.random.default_rng(0))
    three = {name: np.repeat(getattr(told, name), [1, 2], axis=1) for name in ("expected", "uplift", "scores")}
    with pytest.raises(ModelError, match="Name one of them"):
        groups(replace(told, **three, arms=("control", "a", "b")), log.place)


@pytest.mark.slow
def test_harm_is_hardly_ever_invented():
    """Where treating does nothing to anybody, in at most six of a hundred of 200 trials a group is said to be harmed."""
    seen = [grouped(trial(2000, 0.0, seed=seed)[0], Price(), seed).told.set_index("group") for seed in range(200)]
    said = ["do not wake" in told.index and told.loc["do not wake", "effect_high"] < 0 for told in seen]
    assert np.mean(said) <= 0.06
