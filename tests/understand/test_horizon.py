"""Do chances of other days follow what like customers did?"""

import math

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.horizon import curves, moved, widened

CHANCE = np.repeat([0.1, 0.6], 100)
GONE = np.concatenate(
    [np.r_[np.full(10, 30.0), np.full(10, 150.0), np.full(80, np.nan)], np.r_[np.full(60, 30.0), np.full(40, np.nan)]]
)
KNOWN = curves(CHANCE, GONE, np.full(200, 360.0), np.ones(200))
"""Of a hundred with little risk ten had left after 30 days and ten more after 150; of a hundred with much, sixty after 30."""


def at(asked: int) -> np.ndarray:
    return moved(np.array([0.1, 0.6]), KNOWN, 90, asked, np.array([0.1, 0.6]))


def test_its_own_day_is_untouched():
    """Day 90 is what was learned."""
    assert at(90) == pytest.approx([0.1, 0.6])


def test_later_more_of_the_quiet_ones_left():
    """Those still there left with a hazard of 10/90 after 150 days: 1 - 0.9 exp(-1/9); nobody of the others."""
    assert at(200) == pytest.approx([1 - 0.9 * math.exp(-10 / 90), 0.6])


def test_before_the_first_left_nobody_had():
    """They left after 30 days, so by day 31 all of them had, by day 30 none."""
    assert at(31) == pytest.approx([0.1, 0.6])
    assert at(30) == pytest.approx([0, 0])


def test_chances_only_rise():
    """Whatever the day."""
    told = np.array([at(day) for day in (1, 30, 90, 180, 360, 720)])
    assert (np.diff(told, axis=0) >= -1e-12).all()


def test_limits_bear_the_number_of_the_like():
    """A hundred like customers: at least a few points wide; beyond what was watched there are none."""
    frame = pd.DataFrame({"chance": [0.2], "low": [0.19], "high": [0.21]})
    near, far = (widened(frame, KNOWN, asked, np.array([0.1])).iloc[0] for asked in (200, 400))
    assert near["low"] < 0.14
    assert near["high"] > 0.27
    assert [math.isnan(far["low"]), math.isnan(far["high"])] == [True, True]


def test_nobody_ever_left():
    """Then nobody will have, as far as is known."""
    known = curves(np.full(5, 0.1), np.full(5, np.nan), np.full(5, 360.0), np.ones(5))
    assert moved(np.array([0.1]), known, 90, 200, np.array([0.1])) == pytest.approx([0.1])
    assert moved(np.array([0.1]), known, 90, 45, np.array([0.1])) == pytest.approx([0.05])
