"""Are the scores of what was said the ones worked by hand?"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ModelError
from keepwell.understand import judging

FOUR = pd.DataFrame({"said": [0.1, 0.4, 0.35, 0.8], "happened": [0, 0, 1, 1]})
"""Two left, two stayed; the one with 0.35 was underrated."""


def said(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["said", "happened", "customers"])


GROUPS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 1), st.integers(1, 5)), min_size=2, max_size=12
).map(lambda rows: said(*((chance / 10, happened, many) for chance, happened, many in rows)))  # fmt: skip


def test_brier_of_four():
    """0.1², 0.4², 0.65² and 0.2²: 0.6325 / 4."""
    assert judging.brier(FOUR) == pytest.approx(0.158125, rel=1e-12)


def test_log_score_of_four():
    """The chances of what happened were 0.9, 0.6, 0.35 and 0.8."""
    assert judging.log_score(FOUR) == pytest.approx(-math.log(0.9 * 0.6 * 0.35 * 0.8) / 4, rel=1e-12)


def test_auc_of_four():
    """Of four pairs the one of 0.35 against 0.4 is the wrong way round."""
    assert judging.auc(FOUR) == 0.75


def test_equal_chances_count_half():
    """(0.5 left, 0.5 stayed) is half a pair; (0.5 left, 0.2 stayed) a whole one: 1.5 of 2."""
    assert judging.auc(said((0.5, 1, 1), (0.5, 0, 1), (0.2, 0, 1))) == 0.75


def test_average_precision_of_four():
    """From the top: hit (1 of 1), miss, hit (2 of 3): their mean is 5/6."""
    assert judging.average_precision(FOUR) == pytest.approx(5 / 6, rel=1e-12)


def test_a_ranking_that_says_nothing():
    """Everybody has 0.3, a quarter left: AUC 0.5, precision a quarter, no Gini."""
    frame = said((0.3, 0.25, 8))
    assert [judging.auc(frame), judging.average_precision(frame)] == [0.5, 0.25]
    assert judging.gini(said((0.3, 1, 2), (0.3, 0, 6))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("ranked", "expected"), [((3, 2, 1), 1), ((1, 2, 3), -1), ((2, 3, 1), 1 / 3), ((1, 1, 1), 0)])
def test_gini_of_three_amounts(ranked, expected):
    """5, 3 and 2: the best order has 0.2; 3, 5, 2 has areas 0.15 + 0.55 + 0.9, so 2 x 1.6 / 3 - 1 = 1/15, a third of it."""
    frame = pd.DataFrame({"said": ranked, "happened": [5, 3, 2]})
    assert judging.gini(frame) == pytest.approx(expected, abs=1e-12)


@given(GROUPS)
def test_gini_of_leaving_is_twice_auc_less_one(frame):
    """Whatever was said, where some left and some stayed."""
    auc = judging.auc(frame)
    assert math.isnan(auc) or judging.gini(frame) == pytest.approx(2 * auc - 1, abs=1e-9)


@given(GROUPS)
def test_a_group_is_its_customers(frame):
    """Three alike customers in one row are judged as in three rows."""
    each = frame.loc[frame.index.repeat(frame["customers"])].assign(customers=1)
    for score in (judging.brier, judging.log_score, judging.auc, judging.average_precision, judging.gini):
        assert score(frame) == pytest.approx(score(each), abs=1e-9, nan_ok=True)


def test_a_share_stands_for_its_customers():
    """Four with 0.25 of whom one left are one who left and three who did not."""
    group, apart = said((0.25, 0.25, 4)), said((0.25, 1, 1), (0.25, 0, 3))
    assert judging.brier(group) == judging.brier(apart) == 0.1875
    assert judging.log_score(group) == pytest.approx(judging.log_score(apart), rel=1e-12)


def test_nobody_has_no_score():
    """Not 0: nothing is known."""
    nobody = said()
    scores = (judging.brier, judging.log_score, judging.auc, judging.average_precision, judging.gini)
    assert [math.isnan(score(nobody)) for score in scores] == [True] * 5
    assert len(judging.calibration(nobody)) == 0


def test_what_was_not_said_is_not_judged():
    """A missing chance is refused, not taken for 0."""
    with pytest.raises(ModelError, match="1 of 2 rows lack what was said"):
        judging.brier(said((math.nan, 0, 1), (0.5, 1, 1)))


def test_impossible_things_happen_at_a_price():
    """A chance of 0 for what happened costs much, but is told as a number."""
    assert judging.log_score(said((0.0, 1, 1))) == pytest.approx(-math.log(1e-15), rel=1e-12)


def test_gain_over_another():
    """0.8 and 0.2 said where one left and one stayed, beside 0.5: log 1.6 each, without spread."""
    mean, error = judging.gain(said((0.8, 1, 1), (0.2, 0, 1)), said((0.5, 1, 1), (0.5, 0, 1)))
    assert (mean, error) == (pytest.approx(math.log(1.6), rel=1e-12), pytest.approx(0, abs=1e-12))


def test_gain_and_its_error():
    """0.8 said of two of whom one left: log 1.6 and log 0.4, mean half of log 0.64, error log 2."""
    mean, error = judging.gain(said((0.8, 0.5, 2)), said((0.5, 0.5, 2)))
    assert (mean, error) == (pytest.approx(math.log(0.64) / 2, rel=1e-12), pytest.approx(math.log(2), rel=1e-12))


def test_calibration_of_two_groups():
    """One of five with 0.2 left, four of five with 0.8: nothing is off."""
    rows = judging.calibration(said((0.2, 0.2, 5), (0.8, 0.8, 5)))
    assert rows[["said", "happened", "customers"]].values.tolist() == [[0.2, 0.2, 5], [0.8, 0.8, 5]]
    assert judging.calibration_error(rows) == pytest.approx(0, abs=1e-12)


def test_calibration_error_is_weighted():
    """Three with 0.4 of whom none left, one with 0.5 who left: 0.75 x 0.4 + 0.25 x 0.5."""
    rows = judging.calibration(said((0.4, 0, 3), (0.5, 1, 1)))
    assert judging.calibration_error(rows) == pytest.approx(0.425, rel=1e-12)


def test_tenths_of_twenty():
    """Twenty different chances make ten rows of two; the first has the lowest."""
    frame = pd.DataFrame({"said": np.arange(20) / 20, "happened": [0, 1] * 10})
    rows = judging.calibration(frame)
    assert rows["customers"].tolist() == [2] * 10
    assert rows["said"].tolist()[:2] == pytest.approx([0.025, 0.125])


def test_equal_chances_stay_together():
    """Ninety of a hundred have 0.1: they are one row."""
    rows = judging.calibration(said((0.1, 0.1, 90), (0.5, 0.5, 10)))
    assert rows["customers"].tolist() == [90, 10]


def test_jeffreys_ends():
    """None of one: Beta(1/2, 3/2) has the distribution 2/pi (asin sqrt x + sqrt(x (1 - x))); nobody of nobody has none."""
    low, high = judging.jeffreys(np.array([0.0, 1, 0]), np.array([1.0, 1, 0]))
    x = high[0]
    assert 2 / math.pi * (math.asin(math.sqrt(x)) + math.sqrt(x * (1 - x))) == pytest.approx(0.975, abs=1e-9)
    assert (low[0], high[1], low[1]) == (0, 1, pytest.approx(1 - x, abs=1e-9))
    assert np.isnan([low[2], high[2]]).all()


def test_jeffreys_holds_what_it_promises():
    """Of a thousand draws of 40 customers with 30 %, the interval holds 30 % in 93 to 97 of a hundred."""
    hits = np.random.default_rng(5).binomial(40, 0.3, 1000).astype(float)
    low, high = judging.jeffreys(hits, np.full(1000, 40.0))
    assert 0.93 <= ((low <= 0.3) & (high >= 0.3)).mean() <= 0.97


def test_a_row_in_words():
    """The sentence a person reads."""
    row = pd.Series({"said": 0.3, "happened": 0.31, "customers": 1240.0, "low": 0.284, "high": 0.336})
    told = judging.sentence(row).replace("\N{NO-BREAK SPACE}", " ")
    assert told == "Of the 1,240 customers we said had 30 %, 31 % left (95 % interval 28 % to 34 %)."


@pytest.mark.parametrize(
    ("share", "told"), [(0.004, "0.4 %"), (0.02, "2 %"), (0.0951, "10 %"), (0.315, "32 %"), (0, "0 %")]
)
def test_small_shares_keep_a_digit(share, told):
    """0.4 % is not 0 %."""
    assert judging.percent(share).replace("\N{NO-BREAK SPACE}", " ") == told


def test_crps_of_a_sure_guess_is_its_error():
    """Three said for sure, five happened: 2; two happened: 1; also beyond what was told of."""
    sure = np.array([[0.0, 0, 0, 1], [0, 0, 0, 1]])
    assert judging.crps(sure[:1], np.array([5.0]), np.ones(1)) == 2
    assert judging.crps(sure, np.array([5.0, 2]), np.array([1.0, 3])) == pytest.approx((2 + 3 * 1) / 4)


def test_crps_of_a_coin():
    """Half said of 0 and of 1, 0 happened: (0.5 - 1)²."""
    assert judging.crps(np.array([[0.5, 0.5]]), np.zeros(1), np.ones(1)) == 0.25


def test_pit_of_a_fair_coin_is_flat():
    """Half got 0, half got 1, as was said: ten equal bars."""
    bars = judging.pit(np.array([0.0, 0.5]), np.array([0.5, 1.0]), np.array([7.0, 7.0]))
    assert bars["share"].tolist() == pytest.approx([0.1] * 10)


def test_pit_shows_what_was_said_too_high():
    """Everybody got 0 although half was said of 1: all in the lower half."""
    bars = judging.pit(np.array([0.0]), np.array([0.5]), np.array([3.0]), bins=4)
    assert bars["share"].tolist() == pytest.approx([0.5, 0.5, 0, 0])


def test_pit_of_poisson_counts_is_flat():
    """What was drawn as said fills every bar with a tenth, within four standard errors."""
    from scipy.special import pdtr

    counts = np.random.default_rng(3).poisson(1.7, 20_000).astype(float)
    below = np.where(counts > 0, pdtr(counts - 1, 1.7), 0.0)
    bars = judging.pit(below, pdtr(counts, 1.7), np.ones(20_000))
    assert bars["share"].to_numpy() == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 20_000))


def test_count_score():
    """A quarter and a half were said of what happened to one and to three customers."""
    told = judging.count_score(np.array([0.25, 0.5]), np.array([1.0, 3.0]))
    assert told == pytest.approx((math.log(4) + 3 * math.log(2)) / 4, rel=1e-12)


def test_absolute_error():
    """Two said and five happened, to one; one said and one happened, to two: 3 / 3."""
    assert judging.absolute_error(said((2, 5, 1), (1, 1, 2))) == 1


def test_totals_of_a_hundred():
    """0.3 said of a hundred of whom 25 left: 30, a fifth too much, 5 / sqrt(21) standard deviations."""
    told = judging.totals(said((0.3, 0.25, 100)), np.array([0.21]))
    assert (told.said, told.happened, told.customers) == (30, 25, 100)
    assert (told.bias, told.z) == (pytest.approx(0.2), pytest.approx(5 / math.sqrt(21)))


def test_totals_without_a_spread_have_no_z():
    """What was not said is not told; of nothing there is no share."""
    told = judging.totals(said((2, 0, 3)))
    assert math.isnan(told.z)
    assert math.isnan(told.bias)


def test_scores_of_a_look():
    """Half said of two, of whom one left: the total is right, the Brier score a quarter, the log score log 2, the ranking chance."""
    even = said((0.5, 1, 1), (0.5, 0, 1))
    told = judging.scores(judging.totals(even, np.array([0.25, 0.25])), even)
    assert told == {
        "customers": 2, "said": 1, "happened": 1, "bias": 0, "error": pytest.approx(math.sqrt(0.5)), "z": 0,
        "brier": 0.25, "log_score": pytest.approx(math.log(2)), "auc": 0.5,
    }  # fmt: skip
