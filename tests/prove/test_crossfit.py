"""Is each unit told of only by others, and is its score right on average?"""

import numpy as np
import pandas as pd
import pytest
from tests.prove.uplift_worlds import trial

from keepwell.errors import ModelError
from keepwell.prove.crossfit import apart, figure, folds, log, scores

FRAME = pd.DataFrame({
    "age": np.arange(300.0),
    "arm": ["treat", "control", "treat"] * 100,
    "propensity": [2 / 3, 1 / 3, 2 / 3] * 100,
    "kept": [1.0, 0.0, 1.0] * 100,
})  # fmt: skip


def test_control_is_the_first_arm():
    """Whatever the order of the rows and of the alphabet."""
    read = log(FRAME.replace({"treat": "a mail"}), ["age"], outcome="kept")
    assert read.arms == ("control", "a mail")
    assert read.place.tolist()[:3] == [1, 0, 1]
    assert read.yes_no


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arm": "treat"}, "where nobody was held out"),
        ({"kept": np.nan}, "outcome of 300 units is unknown"),
        ({"propensity": 0.0}, "Log propensities"),
        ({"propensity": np.nan}, "Log propensities"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(change, said):
    """With what to do next."""
    with pytest.raises(ModelError, match=said):
        log(FRAME.assign(**change), ["age"], outcome="kept")


def test_too_few_is_said():
    """Ninety-nine held out are not enough."""
    with pytest.raises(ModelError, match="Not enough data: control has 99 units"):
        log(FRAME.drop(1), ["age"], outcome="kept")


def test_a_missing_column_is_named():
    """Not a KeyError."""
    with pytest.raises(ModelError, match="lacks height"):
        log(FRAME, ["height"], outcome="kept")


def test_every_arm_is_dealt_evenly():
    """Of 300 treated and 100 held out, 60 and 20 in each of five folds."""
    place = np.repeat([1, 0], [300, 100])
    dealt = folds(place, 5, np.random.default_rng(0))
    assert np.bincount(dealt[place == 1]).tolist() == [60] * 5
    assert np.bincount(dealt[place == 0]).tolist() == [20] * 5


def test_nobody_is_told_of_by_himself():
    """Learned from and told of are apart, and all are told of once."""
    parts = list(apart(np.repeat([0, 1], 50), 4, np.random.default_rng(0)))
    assert all(not set(others) & set(own) for others, own in parts)
    assert sorted(np.concatenate([own for _others, own in parts])) == list(range(100))


def test_a_score_by_hand():
    """Treated at one half, bought, expected .6: .6 + (1 - .6) / .5 = 1.4; under control as expected."""
    told = scores(np.array([1]), np.array([1.0]), np.array([0.5]), np.array([[0.2, 0.6]]))
    assert told.tolist() == [[0.2, pytest.approx(1.4)]]


def test_scores_are_right_on_average_whatever_was_expected():
    """With nonsense expected, and unequal shares, the mean effect is the true one within its interval."""
    read, added = trial(40_000, 0.05, share=0.8)
    nonsense = np.column_stack([read.features["a"], -read.features["b"]])
    told = scores(read.place, read.outcome, read.propensity, nonsense)
    seen = figure(told[:, 1] - told[:, 0])
    assert seen.low < added.mean() < seen.high


def test_one_unit_tells_nothing():
    """Its interval has no ends."""
    assert (figure(np.array([3.0])).low, figure(np.array([3.0])).high) == (-np.inf, np.inf)


def test_the_chance_of_another_arm_is_refused():
    """Of one in ten held out, the chance of being treated for everybody makes the held out stand for a ninth of all."""
    chance = np.random.default_rng(3)
    treated = chance.random(4000) < 0.9
    frame = pd.DataFrame(
        {"age": chance.normal(size=4000), "group": np.where(treated, "mail", "No mail"), "kept": np.arange(4000) % 2.0}
    )
    asked = {"outcome": "kept", "arm": "group", "control": "No mail"}
    right = log(frame.assign(propensity=np.where(treated, 0.9, 0.1)), ["age"], **asked)
    assert right.arms == ("control", "mail")
    with pytest.raises(ModelError, match=r"units of control stand for 1[01] ?%"):
        log(frame.assign(propensity=0.9), ["age"], **asked)


def test_too_few_of_one_answer_tell_nobody_apart():
    """30 of 3,000 buy; of the 300 held out 3 would: whoever they are, they say nothing of whom to treat."""
    frame = pd.DataFrame({"a": np.arange(3000), "arm": ["control"] * 300 + ["mail"] * 2700})
    frame = frame.assign(propensity=np.where(frame["arm"] == "mail", 0.9, 0.1), bought=(frame["a"] % 100 == 0) * 1.0)
    with pytest.raises(ModelError, match=r"with 1\.00% of all, about 3 of 300 in control would say yes by themselves"):
        log(frame, ["a"], outcome="bought")
    often = frame.assign(kept=1 - frame["bought"])
    with pytest.raises(ModelError, match="would say no by themselves"):
        log(often, ["a"], outcome="kept")
