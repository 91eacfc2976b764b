"""Does nonsense become a sentence, and never a number?"""

import math

import numpy as np
import pandas as pd
import pytest
from tests.prove.uplift_worlds import ARMS, trial

from keepwell.errors import KeepwellError
from keepwell.prove import open_ended, sequential, sound
from keepwell.prove.adjustment import adjusted_effect
from keepwell.prove.crossfit import Foretold, Log, figure, folds, scores
from keepwell.prove.effect import Estimate, alone, between
from keepwell.prove.lines import Line
from keepwell.prove.many import benjamini_hochberg, shrink
from keepwell.prove.means import chance_to_win, guardrail, mean_effect, post_stratified, share_effect
from keepwell.prove.moments import Moments
from keepwell.prove.policy import Price, afford, assign, choose, judge, spans
from keepwell.prove.qini import area, coefficient, curve, gain
from keepwell.prove.quantiles import ranks
from keepwell.prove.ratios import ratio_effect
from keepwell.prove.sequential import Look, Spending, boundaries, repeated_p_value
from keepwell.prove.stopping import at_stopping, drift_for, inflation
from keepwell.prove.unaided import forecast, moves
from keepwell.prove.uplift import Uplift, foretell
from keepwell.prove.whom import groups, held

NAN, INF = math.nan, math.inf
YES, NO = Moments.of_share("yes", 50, 500), Moments.of_share("yes", 40, 500)
OUTCOME, TREATED = np.array([1.0, 0, 1, 0]), np.array([1, 0, 0, 1])
ORDER = np.array([0.4, 0.3, 0.2, 0.1])
SPOILT = np.array([0.4, NAN, 0.2, 0.1])
EFFECT = share_effect(YES, NO, "yes")
TOLD = Foretold(np.zeros((4, 2)), np.zeros((4, 2)), np.ones((4, 2)), ARMS, "by hand")
ALONE = np.zeros(4, "int64")


def _log(**changed):
    log, _added = trial(400, 0.1)
    parts = {name: getattr(log, name) for name in ("features", "place", "outcome", "propensity", "arms")} | changed
    return Log(**parts)


def _features(value):
    features = trial(400, 0.1)[0].features.copy()
    features.iloc[3, 0] = value
    return features


def _first(values, value):
    told = values.astype("float64")
    told[0] = value
    return told


HOSTILE = {
    "more yeses than units": lambda: Moments.of_share("yes", 5, 3),
    "fewer yeses than none": lambda: Moments.of_share("yes", -1, 3),
    "part of a yes": lambda: Moments.of_share("yes", 1.5, 3),
    "an unknown count": lambda: Moments.of_share("yes", NAN, 3),
    "fewer units than none": lambda: Moments.of_share("yes", 0, -3),
    "half a unit": lambda: Moments(("yes",), 2.5, np.zeros(1), np.zeros((1, 1))),
    "an unknown mean": lambda: Moments(("yes",), 3, np.array([NAN]), np.zeros((1, 1))),
    "an infinite scatter": lambda: Moments(("yes",), 3, np.zeros(1), np.array([[INF]])),
    "variance below nothing": lambda: Moments(("yes",), 3, np.zeros(1), np.array([[-1.0]])),
    "squares below the sum's": lambda: Moments.of_sums(["spend"], 10, [100.0], [[500.0]]),
    "moments of another shape": lambda: Moments(("a", "b"), 3, np.zeros(1), np.zeros((1, 1))),
    "certainty": lambda: mean_effect(YES, NO, "yes", level=1.0),
    "no confidence": lambda: share_effect(YES, NO, "yes", level=0.0),
    "confidence in per cent": lambda: mean_effect(YES, NO, "yes", level=95),
    "unknown confidence": lambda: ratio_effect(YES, NO, "yes", "yes", level=NAN),
    "adjusted with certainty": lambda: adjusted_effect(YES, NO, "yes", [], level=1.5),
    "strata with certainty": lambda: post_stratified(
        {("t", "a"): YES, ("control", "a"): NO}, "yes", treated="t", level=2
    ),
    "no strata": lambda: post_stratified({}, "yes", treated="t"),
    "fewer units in an arm than none": lambda: Estimate(0.1, 0.1, -5),
    "an error below nothing": lambda: Estimate(0.1, -0.1, 5),
    "an effect of fewer than none": lambda: alone(1.0, 0.5, treated=-1, control=4),
    "a confidence below nothing": lambda: between(Estimate(1, 1, 5), Estimate(1, 1, 5), level=-0.95),
    "an unknown boundary": lambda: EFFECT.at(NAN),
    "a boundary below nothing": lambda: EFFECT.at(-1.96),
    "an endless margin": lambda: guardrail(EFFECT, INF, "higher"),
    "an unknown margin": lambda: guardrail(EFFECT, NAN, "higher"),
    "a belief without variance": lambda: chance_to_win(EFFECT, prior_variance=0),
    "an unknown belief": lambda: chance_to_win(EFFECT, prior_mean=NAN, prior_variance=1),
    "an unknown quantile": lambda: ranks(NAN, 1000),
    "a quantile of nobody": lambda: ranks(0.5, 0),
    "falling information": lambda: boundaries([100, 50], 200),
    "unknown information": lambda: boundaries([NAN], 200),
    "information below nothing": lambda: boundaries([-5], 200),
    "an infinite plan": lambda: boundaries([5], INF),
    "no false alarms": lambda: boundaries([5], 200, alpha=0),
    "nothing but false alarms": lambda: boundaries([5], 200, alpha=1),
    "an infinite exponent": lambda: Spending("power", INF),
    "an unknown share": lambda: Spending().spent(NAN, 0.05),
    "a share below nothing": lambda: Spending().spent(-0.5, 0.05),
    "spending more than all": lambda: Spending().spent(0.5, 5),
    "a look at nobody": lambda: repeated_p_value([Look(0, 1.0, 0.5)], 200),
    "an interval without a boundary": lambda: sequential.interval(1.0, 0.5, NAN),
    "always-valid without alarms": lambda: open_ended.boundary(10, 100, alpha=0),
    "always-valid with alarms only": lambda: open_ended.follow([Look(5, 1.0, 0.5)], 100, alpha=1),
    "always-valid of endless information": lambda: open_ended.boundary(INF, 100),
    "unknown evidence": lambda: open_ended.p_value(NAN, 10, 100),
    "evidence from nobody": lambda: open_ended.p_value(1.0, -1, 100),
    "tuned to nobody": lambda: open_ended.tuning(0),
    "other boundaries than looks": lambda: at_stopping([0.5, 1], [2.0], 1),
    "an unknown drift": lambda: at_stopping([1.0], [2.0], NAN),
    "an unknown power": lambda: drift_for([1.0], [1.96], NAN),
    "inflation without alarms": lambda: inflation([1.0], [1.96], alpha=0),
    "a p-value above 1": lambda: benjamini_hochberg([0.5, 1.5]),
    "a p-value below 0": lambda: benjamini_hochberg([-0.1]),
    "an infinite p-value": lambda: benjamini_hochberg([INF]),
    "plays without errors": lambda: shrink(pd.DataFrame({"estimate": [1.0, 2, 3]})),
    "plays surer than sure": lambda: shrink(pd.DataFrame({"estimate": [1.0, 2, 3], "error": [1.0, -1, 1]})),
    "unknown uplift": lambda: coefficient("qini", OUTCOME, TREATED, SPOILT),
    "infinite uplift": lambda: coefficient("uplift", OUTCOME, TREATED, ORDER * INF),
    "fewer uplifts": lambda: coefficient("qini", OUTCOME, TREATED, ORDER[:2]),
    "another curve": lambda: coefficient("lift", OUTCOME, TREATED, ORDER),
    "half treated": lambda: coefficient("qini", OUTCOME, TREATED / 2, ORDER),
    "an unknown outcome": lambda: coefficient("qini", _first(OUTCOME, NAN), TREATED, ORDER),
    "nobody": lambda: coefficient("qini", ORDER[:0], ORDER[:0], ORDER[:0]),
    "a curve of unknown uplift": lambda: curve("qini", OUTCOME, TREATED, SPOILT),
    "an area without draws": lambda: area("qini", OUTCOME, TREATED, ORDER, chance=np.random.default_rng(0), draws=0),
    "a gain of unknown uplift": lambda: gain(ORDER, SPOILT),
    "a gain of unknown scores": lambda: gain(SPOILT, ORDER),
    "a gain of nobody": lambda: gain(ORDER[:0], ORDER[:0]),
    "infinite features": lambda: foretell(_log(features=_features(INF)), np.random.default_rng(0)),
    "an infinite outcome": lambda: _log(outcome=_first(trial(400, 0.1)[0].outcome, INF)),
    "an unknown outcome in a log": lambda: _log(outcome=_first(trial(400, 0.1)[0].outcome, NAN)),
    "a chance of nothing": lambda: _log(propensity=_first(trial(400, 0.1)[0].propensity, 0)),
    "a chance above 1": lambda: _log(propensity=_first(trial(400, 0.1)[0].propensity, 1.5)),
    "an arm that is not there": lambda: _log(place=_first(trial(400, 0.1)[0].place, 7)),
    "fewer outcomes than units": lambda: _log(outcome=np.zeros(3)),
    "one fold": lambda: foretell(_log(), np.random.default_rng(0), count=1),
    "more folds than units": lambda: folds(np.zeros(3, "int64"), 5, np.random.default_rng(0)),
    "another way": lambda: foretell(_log(), np.random.default_rng(0), way="oracle"),
    "told of infinite features": lambda: Uplift().fit(_log(), chance=np.random.default_rng(0)).predict(_features(INF)),
    "scores of no chance": lambda: scores(ALONE, np.ones(4), np.zeros(4), np.zeros((4, 2))),
    "the mean of unknowns": lambda: figure(SPOILT),
    "foretold by nobody": lambda: Foretold(np.zeros((4, 2)), np.full((4, 2), NAN), np.ones((4, 2)), ARMS, ""),
    "foretold for another number of arms": lambda: Foretold(
        np.zeros((4, 3)), np.zeros((4, 2)), np.ones((4, 2)), ARMS, ""
    ),
    "an unknown margin on an outcome": lambda: Price(NAN),
    "an infinite margin": lambda: Price(np.array([1.0, INF])),
    "a cost below nothing": lambda: Price(1, {"treat": -1}),
    "an unknown cost": lambda: Price(1, {"treat": NAN}),
    "endless patience": lambda: Price(1, fatigue=-INF),
    "margins of others": lambda: judge(TOLD, ALONE, Price(np.ones(3))),
    "a choice of unknown value": lambda: choose(np.array([[0, NAN]])),
    "an unknown budget": lambda: afford(np.zeros((4, 2)), ALONE, np.zeros(2), NAN),
    "a debt": lambda: afford(np.zeros((4, 2)), ALONE, np.zeros(2), -5),
    "a policy for fewer": lambda: judge(TOLD, ALONE[:2]),
    "a policy of no arm": lambda: judge(TOLD, ALONE + 2),
    "groups of no arm": lambda: groups(TOLD, ALONE - 1),
    "a line through unknowns": lambda: held(SPOILT, ORDER),
    "an unknown exploration": lambda: spans(ALONE, 2, explore=NAN),
    "holding out less than nobody": lambda: spans(ALONE, 2, holdout=-0.1),
    "a bucket too many": lambda: assign(spans(ALONE, 2), np.array([0, 1, 2, 10_000])),
    "a line to infinity": lambda: Line.learn(np.array([[1.0], [INF]]), np.zeros(2)),
    "a line from fewer": lambda: Line.learn(np.ones((3, 1)), np.zeros(2)),
    "no year": lambda: forecast([1.0, 2.0], 1, year=0),
    "a floor above the ceiling": lambda: forecast([1.0, 2.0], 1, year=12, floor=1, ceiling=0),
    "no way ahead": lambda: moves([1.0, 2.0], 0),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nonsense_is_refused_in_a_sentence(what):
    """Of every public question: what came and what was wanted are told, and no warning or other failure comes before."""
    with pytest.raises(KeepwellError) as refused:
        HOSTILE[what]()
    assert refused.value.came.endswith((".", "?"))
    assert refused.value.wanted or refused.value.todo


def test_what_is_sound_passes():
    """Whole numbers are whole whatever their type, and an infinite boundary says that nothing is to be said."""
    assert (sound.count("n", 3.0), sound.count("n", np.int64(3)), sound.boundary(INF)) == (3, 3, INF)
    assert sound.above("x", 0.0, reached=True) == 0
    sound.known("x", [[1, 2]], (None, 2))


def test_corrected_data_may_shrink_a_look():
    """A later look on fewer units, as when some are merged, is held as one of other figures that brought nothing new; the ledger's looks stay readable."""
    looks = [Look(100, 0.5, 0.4), Look(90, 0.5, 0.4)]
    other = [looks[0], Look(100, 0.6, 0.4)]
    assert sequential.follow(looks, 200)[1].boundary == sequential.follow(other, 200)[1].boundary
