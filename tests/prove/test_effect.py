"""Do an effect's interval and verdict say the same, at any boundary, absolute and relative?"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.prove.effect import Estimate, alone, between, delta_relative

figures = st.floats(-50, 50).map(lambda value: round(value, 3))
errors = st.floats(0.01, 20).map(lambda value: round(value, 3))
boundaries = st.floats(0.1, 8).map(lambda value: round(value, 3))
degrees = st.sampled_from([math.inf, 3.0, 25.5, 4000.0])


def test_two_shares_by_hand():
    """30 % of 100 against 20 % of 100: ten points, error sqrt(.3*.7/100 + .2*.8/100) = .0608276, z 1.644."""
    effect = between(Estimate(0.3, math.sqrt(0.0021), 100), Estimate(0.2, 0.04, 100), unit="share")
    assert effect.difference == pytest.approx(0.1)
    assert effect.error == pytest.approx(0.0608276, abs=1e-7)
    assert (effect.low, effect.high) == pytest.approx((-0.0192199, 0.2192199), abs=1e-7)
    assert effect.relative == pytest.approx(0.5)
    assert (effect.treated, effect.control, effect.proven) == (100, 100, False)


def test_fieller_by_hand():
    """Figures 3 and 2, errors 1/2 each, at two standard errors: (3 - 2q)^2 = q^2 + 1 has 3q^2 - 12q + 8 = 0, so q is 2 -+ 2/sqrt(3)."""
    effect = between(Estimate(3, 0.5, 10), Estimate(2, 0.5, 10)).at(2)
    assert (effect.relative_low, effect.relative_high) == pytest.approx((1 - 2 / math.sqrt(3), 1 + 2 / math.sqrt(3)))


@settings(deadline=None)
@given(figures, errors, st.floats(0.01, 50), errors, boundaries, degrees)
def test_relative_verdict_is_the_absolute_one(treated, noise, control, error, boundary, degrees):
    """The relative interval excludes zero exactly when the absolute does, bounded or not, on the same side."""
    effect = between(Estimate(treated, noise, 9), Estimate(control, error, 9), degrees=degrees).at(boundary)
    if min(abs(effect.low), abs(effect.high)) < 1e-9:
        return
    assert (effect.relative_low > 0, effect.relative_high < 0) == (effect.low > 0, effect.high < 0)
    assert effect.relative_low <= effect.relative + 1e-9
    assert effect.relative <= effect.relative_high + 1e-9


@settings(deadline=None)
@given(figures, errors, st.floats(0.01, 50), errors, boundaries, degrees)
def test_proven_is_passing_the_boundary(treated, noise, control, error, boundary, degrees):
    """The verdict of the interval is that of the score, also where few degrees of freedom widen it."""
    effect = between(Estimate(treated, noise, 9), Estimate(control, error, 9), degrees=degrees).at(boundary)
    if abs(abs(effect.z) - boundary) < 1e-6:
        return
    assert effect.proven == (abs(effect.z) > boundary)


@settings(deadline=None)
@given(figures, errors, figures, errors, degrees)
def test_other_names_flip_signs_only(treated, noise, control, error, degrees):
    """What is treated minus control is minus what is control minus treated, with the same chance."""
    one, two = Estimate(treated, noise, 9), Estimate(control, error, 9)
    there, back = between(one, two, degrees=degrees), between(two, one, degrees=degrees)
    assert (there.difference, there.low, there.high) == (-back.difference, -back.high, -back.low)
    assert (there.error, there.p_value, there.proven) == (back.error, back.p_value, back.proven)


def test_without_spread_nothing_is_said():
    """None of a thousand bought in either arm: the difference is 0, but the interval is everything and there is no chance to tell."""
    effect = between(Estimate(0, 0, 1000), Estimate(0, 0, 1000), unit="share", method="Difference of shares")
    assert (effect.low, effect.high, effect.proven, effect.known) == (-math.inf, math.inf, False, False)
    assert math.isnan(effect.p_value)
    assert "not enough data" in effect.method


def test_control_near_zero_leaves_the_rise_open():
    """Control .001 with error .001 may be next to nothing: the rise has a lower end, and no upper one."""
    effect = between(Estimate(0.02, 0.002, 900), Estimate(0.001, 0.001, 900))
    assert effect.proven
    assert 0 < effect.relative_low < math.inf
    assert (effect.relative_high, effect.bounded) == (math.inf, False)


def test_both_near_zero_leave_everything_open():
    """Neither figure can be told from zero: any relative effect is possible."""
    effect = between(Estimate(0.0011, 0.001, 900), Estimate(0.001, 0.001, 900))
    assert (effect.relative_low, effect.relative_high) == (-math.inf, math.inf)


def test_nothing_is_relative_to_a_loss():
    """A control that loses money has no relative effect: unknown, not infinite."""
    effect = between(Estimate(3, 1, 9), Estimate(-2, 1, 9))
    assert [math.isnan(figure) for figure in (effect.relative, effect.relative_low, effect.relative_high)] == [True] * 3
    assert effect.difference == 5


def test_no_look_yet_no_verdict():
    """At an infinite boundary nothing is proven, however large."""
    effect = between(Estimate(900, 1, 9), Estimate(1, 1, 9), degrees=16).at(math.inf)
    assert (effect.low, effect.high, effect.proven) == (-math.inf, math.inf, False)
    assert (effect.relative_low, effect.relative_high) == (-math.inf, math.inf)


def test_one_sided_asks_one_thing():
    """A guardrail's interval is open where nothing is asked, and its chance is half where the sign is right."""
    two = between(Estimate(3, 1, 9), Estimate(1, 0.5, 9))
    above = between(Estimate(3, 1, 9), Estimate(1, 0.5, 9), side="above")
    below = between(Estimate(3, 1, 9), Estimate(1, 0.5, 9), side="below")
    assert above.p_value == pytest.approx(two.p_value / 2)
    assert below.p_value == pytest.approx(1 - two.p_value / 2)
    assert (above.high, above.relative_high, below.low, below.relative_low) == (
        math.inf,
        math.inf,
        -math.inf,
        -math.inf,
    )
    assert above.low == pytest.approx(2 - 1.6448536 * math.sqrt(1.25))


def test_alone_has_no_relative():
    """A difference of logarithms of hazards is relative already."""
    effect = alone(-0.369, 0.19, treated=216, control=216, unit="log hazard")
    assert math.isnan(effect.relative)
    assert effect.p_value == pytest.approx(0.0521, abs=1e-4)


@pytest.mark.slow
def test_fieller_covers_and_delta_misses():
    """Shares .02 and .03 of 2,000 each, 20,000 times: .95 of Fieller's intervals hold .5, and delta finds a third where the test finds half."""
    chance = np.random.default_rng(20)
    drawn = np.column_stack([chance.binomial(2000, 0.03, 20_000), chance.binomial(2000, 0.02, 20_000)])
    told = []
    for treated, control in (pairs := np.unique(drawn, axis=0, return_counts=True))[0]:
        arms = [Estimate(p, math.sqrt(p * (1 - p) / 2000), 2000) for p in (treated / 2000, control / 2000)]
        effect = between(*arms)
        told.append((effect.relative_low <= 0.5 <= effect.relative_high, effect.proven, delta_relative(effect).proven))
    kept, found, by_delta = np.average(told, axis=0, weights=pairs[1])
    assert kept == pytest.approx(0.949, abs=0.005)
    assert found == pytest.approx(0.526, abs=0.012)
    assert by_delta == pytest.approx(0.302, abs=0.012)
