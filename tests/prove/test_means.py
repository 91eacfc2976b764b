"""Do differences of shares and means, strata and guardrails say what a hand would work out?"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import MetricError
from keepwell.prove.effect import Estimate, between
from keepwell.prove.means import chance_to_win, guardrail, mean_effect, post_stratified, share_effect
from keepwell.prove.moments import Moments


def _arm(values):
    values = np.asarray(values, "float64")
    return Moments(
        ("spend",), len(values), np.array([values.mean()]), np.array([[((values - values.mean()) ** 2).sum()]])
    )


def test_welch_by_hand():
    """1, 1, 7 against 0, 2, 4: difference 1, error sqrt(12/3 + 4/3), 16/3 squared over (16 + 16/9)/2 degrees = 3.2."""
    effect = mean_effect(_arm([1, 1, 7]), _arm([0, 2, 4]), "spend")
    assert (effect.difference, effect.error) == (1, pytest.approx(math.sqrt(16 / 3)))
    assert effect.degrees == pytest.approx(3.2)
    assert effect.relative == 0.5
    assert (effect.treated, effect.control, effect.unit) == (3, 3, "money")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 50), min_size=3, max_size=30), st.lists(st.integers(0, 50), min_size=3, max_size=30))
def test_other_labels_flip_signs_only(one, other):
    """Arms named the other way round: minus the difference, the same error, chance and verdict."""
    there, back = mean_effect(_arm(one), _arm(other), "spend"), mean_effect(_arm(other), _arm(one), "spend")
    assert there.difference == -back.difference
    assert there.known == back.known
    assert there.proven == back.proven
    if there.known:
        assert (there.error, there.p_value) == (pytest.approx(back.error), pytest.approx(back.p_value))
        assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


def test_one_unit_is_not_enough():
    """One customer in an arm has no spread: no interval and no verdict, not a figure."""
    effect = mean_effect(_arm([5]), _arm([0, 2, 4]), "spend")
    assert (effect.known, effect.proven, effect.low, effect.high) == (False, False, -math.inf, math.inf)
    assert "not enough data" in effect.method


def test_a_share_needs_ones_and_zeros():
    """Sums of money are no shares."""
    with pytest.raises(MetricError, match="spend is no yes or no"):
        share_effect(_arm([1, 1, 7]), _arm([0, 2, 4]), "spend")


def test_share_of_real_ones_and_zeros():
    """20 of 40 against 10 of 40, from rows: error sqrt(.25/40 + .1875/40)."""
    effect = share_effect(_arm([1, 1, 0, 0] * 10), _arm([1, 0, 0, 0] * 10), "spend")
    assert (effect.difference, effect.error) == (0.25, pytest.approx(math.sqrt(0.4375 / 40)))


def _yes(count, n):
    return Moments.of_share("yes", count, n)


@pytest.mark.parametrize(
    ("treated", "control"), [((18, 9000), (0, 1000)), ((0, 9000), (8, 1000)), ((40, 2000), (0, 100))]
)
def test_too_few_to_tell_of_rare_things(treated, control):
    """Of 18 in 10,000 a tenth is 1.8: too few to be expected in the small arm; nothing is ruled out, and no guardrail is safe."""
    effect = share_effect(_yes(*treated), _yes(*control), "yes")
    assert (effect.low, effect.high, effect.relative_low, effect.relative_high) == (
        -math.inf,
        math.inf,
        -math.inf,
        math.inf,
    )
    assert "not enough data: were there no effect, fewer than 5" in effect.method
    assert guardrail(effect, margin=0.01, worse="higher").verdict == "unclear"


def test_an_effect_that_is_total_is_shown():
    """50 of 50 against none of 50: the spread of both together, .25 (1/50 + 1/50), tells it."""
    effect = share_effect(_yes(50, 50), _yes(0, 50), "yes")
    assert effect.error == pytest.approx(0.1)
    assert effect.proven


@pytest.mark.parametrize(("rate", "treated", "control"), [(0.005, 9000, 1000), (0.01, 9000, 1000), (0.05, 1800, 200)])
def test_rare_things_and_uneven_arms_are_not_called_too_often(rate, treated, control):
    """Without an effect at most one in twenty pairs of arms differs, and neither side wins more than one in forty; all pairs added up."""
    from scipy.stats import binom

    ones, others = np.arange(1, int(rate * treated * 3)), np.arange(0, int(rate * control * 5) + 5)
    above = below = 0.0
    for n in ones[binom.pmf(ones, treated, rate) > 1e-4]:
        for m in others[binom.pmf(others, control, rate) > 1e-6]:
            effect = share_effect(_yes(int(n), treated), _yes(int(m), control), "yes")
            chance = binom.pmf(n, treated, rate) * binom.pmf(m, control, rate)
            above, below = above + chance * (effect.low > 0), below + chance * (effect.high < 0)
    assert above < 0.026
    assert below < 0.026


def test_nobody_in_either_arm():
    """No units at all: nothing is said, and nothing breaks."""
    none = Moments(("bought",), 0, np.zeros(1), np.zeros((1, 1)))
    assert not share_effect(none, none, "bought").known


def test_strata_by_hand():
    """
    Keen customers buy 10 or 12, others 0 or 2; two thirds of the mailed are keen, one third of control.

    Plainly the mailed spend 11 * 2/3 + 1/3 = 7.67 against 4.33; half of all are keen, so either arm's weighed mean is 6: nothing.
    """
    keen, cool = [10, 12] * 3, [0, 2] * 3
    cells = {
        ("mail", "keen"): _arm(keen * 2),
        ("mail", "cool"): _arm(cool),
        ("control", "keen"): _arm(keen),
        ("control", "cool"): _arm(cool * 2),
    }
    effect = post_stratified(cells, "spend", treated="mail")
    assert effect.difference == pytest.approx(0)
    within = 0.25 * (12 / 11 / 12 + 6 / 5 / 6) * 2
    assert effect.error == pytest.approx(math.sqrt(within))
    assert (effect.treated, effect.control) == (18, 18)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "n"), [(0.005, 10_000), (0.01, 10_000), (0.05, 2000)])
def test_rare_things_in_strata_are_not_called_too_often(rate, n):
    """Six strata, nine of ten treated, no effect: neither side wins more than one time in forty (and what chance adds to 500)."""
    chance, above, below = np.random.default_rng(3), 0, 0
    for _turn in range(500):
        stratum, mailed = chance.integers(0, 6, n), chance.random(n) < 0.9
        bought = chance.random(n) < rate * (stratum + 0.5) / 3
        cells = {
            (arm, str(at)): _yes(int(bought[own].sum()), int(own.sum()))
            for at in range(6)
            for arm, own in (("mail", mailed & (stratum == at)), ("control", ~mailed & (stratum == at)))
        }
        told = post_stratified(cells, "yes", treated="mail")
        above, below = above + (told.low > 0), below + (told.high < 0)
    assert max(above, below) < 0.04 * 500


def test_small_strata_are_taken_together():
    """A stratum with one customer in an arm joins others; no unit is lost."""
    cells = {
        ("mail", "big"): _arm([1, 2, 3, 4]),
        ("control", "big"): _arm([1, 2, 3, 5]),
        ("mail", "tiny"): _arm([9]),
        ("control", "none mailed"): _arm([2]),
    }
    effect = post_stratified(cells, "spend", treated="mail")
    assert (effect.treated, effect.control) == (5, 5)
    assert effect.difference == pytest.approx(19 / 5 - 13 / 5)


def test_strata_too_small_are_told():
    """Where no stratum will do, alone or together, that is said."""
    with pytest.raises(MetricError, match="No stratum has two units in each arm"):
        post_stratified({("mail", "a"): _arm([9]), ("control", "a"): _arm([1])}, "spend", treated="mail")
    with pytest.raises(MetricError, match="no units in any stratum"):
        post_stratified({}, "spend", treated="mail")


def test_guardrail_three_verdicts():
    """Complaints up by .001, error .001: at most .00264; safe for a margin of .003, unclear for .002; with error .0002, harm for .001."""
    effect = between(Estimate(0.003, 0.0008, 9000), Estimate(0.002, 0.0006, 9000))
    assert guardrail(effect, 0.003, "higher").harm == pytest.approx(0.001 + 1.6448536 * 0.001)
    assert guardrail(effect, 0.003, "higher").verdict == "safe"
    assert guardrail(effect, 0.002, "higher").verdict == "unclear"
    sure = between(Estimate(0.003, 0.00016, 9000), Estimate(0.002, 0.00012, 9000))
    assert guardrail(sure, 0.001, "higher").verdict == "harm"


def test_guardrail_looks_the_way_harm_lies():
    """The same change of satisfaction is harm downwards and safe upwards."""
    down = between(Estimate(7.0, 0.1, 900), Estimate(8.0, 0.1, 900))
    up = between(Estimate(8.0, 0.1, 900), Estimate(7.0, 0.1, 900))
    assert [guardrail(effect, 0.5, "lower").verdict for effect in (down, up)] == ["harm", "safe"]
    assert guardrail(up, 0.5, "lower").harm < 0


def test_guardrail_without_data_is_unclear():
    """Nothing known of harm is no safety."""
    effect = between(Estimate(0, 0, 90), Estimate(0, 0, 90))
    assert guardrail(effect, 0.5, "higher").verdict == "unclear"


def test_guardrail_margin_must_allow_something():
    """A margin below zero is refused."""
    with pytest.raises(MetricError, match="less than no harm"):
        guardrail(between(Estimate(1, 1, 9), Estimate(1, 1, 9)), -0.1, "higher")


def test_chance_to_win_carries_its_warning():
    """No effect seen is a chance of one half, and it is said that it does not allow daily looks."""
    told = chance_to_win(between(Estimate(1, 1, 9), Estimate(1, 1, 9)))
    assert told.chance == 0.5
    assert told.risk_of_treating == told.risk_of_not == pytest.approx(math.sqrt(2) / math.sqrt(2 * math.pi))
    assert "no cure for looking early" in told.warning


def test_no_chance_without_data():
    """Without spread nothing is believed."""
    with pytest.raises(MetricError, match="not enough data"):
        chance_to_win(between(Estimate(0, 0, 9), Estimate(0, 0, 9)))


@pytest.mark.slow
def test_weighed_intervals_cover():
    """Customers of three strata, drawn anew each time, the effect another in each: .95 of 4,000 intervals hold its mean."""
    chance = np.random.default_rng(12)
    held = 0
    for _turn in range(4000):
        stratum = chance.choice(3, 300, p=[0.5, 0.3, 0.2])
        mailed = chance.random(300) < 0.5
        spend = chance.normal(5.0 * stratum, 1) + mailed * (1.0 + stratum)
        cells = {
            (("control", "mail")[arm], str(place)): _arm(spend[(mailed == arm) & (stratum == place)])
            for arm in (0, 1)
            for place in range(3)
        }
        effect = post_stratified(cells, "spend", treated="mail")
        held += effect.low <= 1.7 <= effect.high
    assert held / 4000 == pytest.approx(0.95, abs=0.012)
