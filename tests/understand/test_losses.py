"""Is the likelihood of losses by age what the definition says, slope and bend included?"""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from keepwell.understand.losses import Losses, log_survival


def cells(rows: list[tuple]) -> pd.DataFrame:
    """Rows of age, lost, customers, before."""
    return pd.DataFrame(rows, columns=["age", "lost", "customers", "before"])


def test_counts_by_age():
    """Three lost at 1, two at 2, four seen to 2; one who is back since was lost at 1: ten came to the first renewal, six to the second."""
    seen = Losses.of(cells([(1, 1, 3, 0), (2, 1, 2, 0), (2, 0, 4, 0), (0, 0, 5, 0), (2, 0, 1, 1)]))
    assert seen.lost.tolist() == [0, 4, 2]
    assert seen.kept.tolist() == [5, 0, 4]
    assert seen.exposed.tolist() == [15, 10, 6]
    assert seen.rate == pytest.approx(6 / 16)


def test_what_is_not_due_yet_is_no_loss():
    """Who left before renewal 3 was due (2), and whose first contract ended before renewal 2 was due (-2), were seen to 2 and 1."""
    seen = Losses.of(cells([(2, 2, 5, 0), (0, 0, 3, -2)]))
    assert seen.lost.tolist() == [0, 0, 0]
    assert seen.kept.tolist() == [0, 3, 5]


def test_nobody_is_no_ages():
    """No cells: nobody lost, nobody kept."""
    assert Losses.of(cells([])).total == 0


def test_likelihood_by_the_definition():
    """One lost at 2 and one kept at 3 with alpha = 1, beta = 2: S(t) = 2 / (2 + t), so log(2/3 - 2/4) + log(2/5)."""
    seen = Losses.of(cells([(2, 1, 1, 0), (3, 0, 1, 0)]))
    assert seen.surface(np.array([1.0, 2.0]))[0] == pytest.approx(np.log(2 / 3 - 2 / 4) + np.log(2 / 5))


def test_the_wider_law_counts_ages_by_their_power():
    """B(1, 2 + 3^2) / B(1, 2) = 2 / 11."""
    assert np.exp(log_survival(np.array([1.0, 2, 2]), np.array([0.0, 3.0]))) == pytest.approx([1, 2 / 11])


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.05, 20), st.floats(0.05, 20), st.floats(0.3, 2.5),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1), st.integers(1, 50)), min_size=1, max_size=12),
)  # fmt: skip
def test_slope_and_bend_are_those_of_the_likelihood(alpha, beta, c, rows):
    """By small differences at any place, for any counts."""
    seen = Losses.of(cells([(max(age, lost), lost, n, 0) for age, lost, n in rows]))
    check_slopes(seen.surface, np.array([alpha, beta, c]))
    check_slopes(seen.surface, np.array([alpha, beta]))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.01, 3),
    st.floats(0.3, 2),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(1, 50)), min_size=1),
)
def test_slope_and_bend_where_customers_do_not_differ(rate, c, rows):
    """The same for the law of customers alike."""
    seen = Losses.of(cells([(max(age, lost), lost, n, 0) for age, lost, n in rows]))
    check_slopes(partial(seen.surface, alike=True), np.array([rate, c]))
    check_slopes(partial(seen.surface, alike=True), np.array([rate]))


def check_slopes(surface, place: np.ndarray) -> None:
    """Slope and bend against differences of height and slope."""
    height, slope, bend = surface(place)
    assert np.isfinite(height)
    size = max(1.0, float(np.abs(slope).max()), float(np.abs(bend).max()))
    for k in range(len(place)):
        step = np.zeros(len(place))
        step[k] = 1e-5 * place[k]
        higher, lower = surface(place + step), surface(place - step)
        assert slope[k] == pytest.approx((higher[0] - lower[0]) / (2 * step[k]), abs=1e-5 * max(size, abs(height)))
        assert bend[k] == pytest.approx((higher[1] - lower[1]) / (2 * step[k]), abs=1e-4 * size)


def test_customers_alike_are_the_end_of_a_road():
    """With alpha + beta of ten millions the beta law is the plain one: a tenth leaves each time, of power 1 and of power 1.5."""
    ages = np.arange(10.0)
    for c in (1.0, 1.5):
        far = log_survival(np.array([1e6, 9e6, c]), ages)
        assert far == pytest.approx(log_survival(np.array([-np.log(0.9), c]), ages, alike=True), abs=1e-4)


def test_survival_holds_far_out():
    """After 3,650 daily renewals with a power of 2 it is still the ratio of the two beta functions, by their asymptotics."""
    far = log_survival(np.array([0.5, 3.0, 2.0]), np.array([3650.0]))[0]
    power = 3650.0**2
    near = special.gammaln(0.5) - 0.5 * np.log(power + 3 + (0.5 - 1) / 2) - special.betaln(0.5, 3)
    assert far == pytest.approx(near, abs=1e-9)


def test_a_trend_is_seen_in_standard_errors():
    """Constant losses have none; losses that grow with age are far beyond two standard errors."""
    steady = Losses.of(cells([(1, 1, 200, 0), (2, 1, 160, 0), (3, 1, 128, 0), (3, 0, 512, 0)]))
    rising = Losses.of(cells([(1, 1, 100, 0), (2, 1, 200, 0), (3, 1, 350, 0), (3, 0, 350, 0)]))
    assert steady.trend == pytest.approx(0, abs=1e-9)
    assert rising.trend > 5
