"""Is each way judged by what it had not seen?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.judging import jeffreys
from keepwell.understand.trial import Seen, Trial, best, in_folds, in_halves, in_time, limits, near, trial


def test_three_mornings_in_time():
    """The last judges, the one before calibrates, the older teach; in the end all but the last teach, and it calibrates."""
    plan = in_time(np.array([30.0, 10, 20, 30, 10, 0]))
    ((learn, calibrate, judge),) = plan.rounds
    assert [rows.tolist() for rows in (learn, calibrate, judge, plan.last, plan.final)] == [
        [1, 4, 5],
        [2],
        [0, 3],
        [1, 2, 4, 5],
        [0, 3],
    ]
    assert in_time(np.array([10.0, 20, 20])) is None


def test_two_halves_in_time():
    """Each half of the middle morning teaches while the other calibrates; leavers are parted evenly; the last is judged once."""
    left = np.array([0.0, 1, 0, 1, 0, 0, 1, 1, 0])
    plan = in_halves(np.array([0.0, 10, 10, 10, 10, 20, 20, 20, 20]), left)
    assert [[rows.tolist() for rows in turn] for turn in plan.rounds] == [
        [[0, 1, 2], [3, 4], [5, 6]],
        [[0, 3, 4], [1, 2], [7, 8]],
    ]
    assert (plan.last.tolist(), plan.final.tolist()) == ([0, 1, 2, 3, 4], [5, 6, 7, 8])
    assert in_halves(np.array([10.0, 20, 20]), left[:3]) is None


def test_five_parts():
    """Every row judges once, and never teaches or calibrates in that round."""
    plan = in_folds(np.random.default_rng(1).permutation(23))
    judged = np.sort(np.concatenate([judge for _l, _c, judge in plan.rounds]))
    assert judged.tolist() == list(range(23))
    assert all(
        len(set(learn) | set(calibrate) | set(judge)) == 23 == len(learn) + len(calibrate) + len(judge)
        for learn, calibrate, judge in plan.rounds
    )


@pytest.fixture(scope="module")
def tried():
    """A column that tells, and 2,000 customers in five parts."""
    chance = np.random.default_rng(6)
    columns = chance.normal(0, 1, (2000, 1))
    left = (chance.random(2000) < 1 / (1 + np.exp(1 - 1.5 * columns[:, 0]))).astype(float)
    seen, plan = Seen(columns, left, np.ones(2000)), in_folds(np.arange(2000))
    return {kind: trial(kind, seen, plan) for kind in ("logistic", "trees")}


def test_a_true_line_is_best_told_by_a_line(tried):
    """By the log score, and far better than the plain rate."""
    assert best(tried) == "logistic"
    assert tried["logistic"].better > 10


def test_the_plainer_way_is_taken_unless_clearly_beaten(tried):
    """Beside itself under another name; but not where it tells nothing."""
    assert best({**tried, "plain": tried["logistic"]}, "plain") == "plain"
    nothing = Trial(tried["logistic"].rate, tried["logistic"].rate, tried["logistic"].log_odds)
    assert best({**tried, "plain": nothing}, "plain") == "logistic"
    assert best({"plain": nothing}, "plain") == ""


def test_scores_are_told(tried):
    """How many judged, how many left, and calibration in tenths."""
    told = tried["trees"].scores()
    assert (told["customers"], len(told["calibration"]["said"])) == (2000, 10)
    assert told["log_score"] < told["rate_log_score"]


def test_limits_come_from_the_like():
    """A hundred told 0.2 of whom 20 left; forty told 0.9 of whom 36: Jeffreys' limits of each, and the chance always within."""
    said = pd.DataFrame(
        {"said": [0.2] * 100 + [0.9] * 40, "happened": [1.0] * 20 + [0] * 80 + [1] * 36 + [0] * 4, "customers": 1.0}
    )
    low, high = limits(np.array([0.2, 0.9, 0.999]), near(said))
    expected = jeffreys(np.array([20.0, 36.0]), np.array([100.0, 40.0]))
    assert low[:2] == pytest.approx(expected[0], rel=1e-9)
    assert high[:2] == pytest.approx(expected[1], rel=1e-9)
    assert high[2] >= 0.999


def test_nineteen_are_widened_to_twenty():
    """Few of the same chance borrow the nearest: limits are never those of a handful."""
    said = pd.DataFrame({"said": [0.01] * 500 + [0.99] * 3, "happened": [0.0] * 500 + [1.0] * 3, "customers": 1.0})
    low, _high = limits(np.array([0.99]), near(said))
    assert low[0] < 0.5
