"""Does a forecast without action say what the past allows, and no more?"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import ProofError
from keepwell.prove.unaided import forecast, moves, noise


def test_an_alternating_figure_is_foretold_by_its_mean():
    """5, 6, 5, 6 …: the mean is off by a half each time, the last value by 1; 8 trials one ahead weigh as 12."""
    told = forecast([5, 6] * 6, 1, year=12)
    assert told.value == 5.5
    assert told.tried == 8
    assert told.degrees == 12
    assert 0.5 <= told.error < 0.6
    assert told.low == pytest.approx(told.value - 2.178813 * told.error, rel=1e-6)


def test_a_straight_line_goes_on():
    """0, 1, … 19 is 22 three periods later, and such forecasts were never off."""
    told = forecast(range(20), 3, year=12)
    assert told.value == pytest.approx(22)
    assert told.error == pytest.approx(0, abs=1e-9)


def test_a_season_is_found():
    """The twelve months of a year, four times over."""
    year = [1.0, 5, 2, 8, 3, 9, 4, 7, 6, 0, 2, 5]
    told = forecast(year * 4, 2, year=12)
    assert told.value == 5
    assert "year before" in told.method


def test_too_short_a_past_gives_no_interval():
    """Fifteen months, six ahead: six trials overlap too much; the last figure is carried on, without end."""
    told = forecast([0.9, 0.8] * 7 + [0.9], 6, year=12, floor=0, ceiling=1)
    assert (told.value, told.low, told.high) == (0.9, -math.inf, math.inf)
    assert not told.known
    assert math.isnan(told.chance(0.95, raise_=True))
    assert "Not enough data" in told.method


def test_a_share_stays_a_share():
    """The interval ends where shares do."""
    told = forecast([0.99, 0.7] * 8, 1, year=12, floor=0, ceiling=1)
    assert told.high == 1


def test_only_what_comes_after_a_gap_is_used():
    """Moves over two periods of 3, 4, 6: 3."""
    assert moves([1, math.nan, 3, 4, 6], 2).tolist() == [3]


def test_nothing_known_is_refused():
    """A forecast of nothing, or for no day ahead."""
    with pytest.raises(ProofError):
        forecast([math.nan], 1, year=12)
    with pytest.raises(ProofError):
        forecast([1.0], 0, year=12)


def test_restlessness_by_successive_differences():
    """Steps of 1 each: sqrt(1 / 2)."""
    assert noise([0, 1, 0, 1, 0, 1, 0]) == pytest.approx(math.sqrt(0.5))


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40), st.integers(1, 8))
def test_the_figure_lies_in_its_interval(past: list[float], ahead: int):
    """Whatever the past."""
    told = forecast(past, ahead, year=12)
    assert told.low <= told.value <= told.high


def test_chance_of_what_is_foretold_is_one_half():
    """At the forecast itself, either way."""
    told = forecast(np.random.default_rng(3).normal(size=40).tolist(), 2, year=12)
    assert told.chance(told.value, raise_=True) == pytest.approx(0.5)
    assert told.chance(told.value, raise_=False) == pytest.approx(0.5)
