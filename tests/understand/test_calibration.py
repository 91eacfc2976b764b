"""Do log-odds become chances that hold?"""

import math

import numpy as np
import pytest

from keepwell.understand.calibration import beta_map, calibrated, chances, log_odds, logistic

NO_RIDGE, ZERO = np.array([1e-9, 1e-9]), np.zeros(2)


def test_a_line_through_two_groups():
    """One of four without the sign left, three of four with it: start log(1/3), slope 2 log 3."""
    columns = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = logistic(columns, np.array([0.25, 0.75]), np.array([4.0, 4.0]), NO_RIDGE, ZERO)
    assert found == pytest.approx([-math.log(3), 2 * math.log(3)], rel=1e-6)


def test_a_ridge_holds_what_data_would_drive_off():
    """Everybody with the sign left, nobody without: the slope stays finite, where its pull is its cost."""
    columns = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = logistic(columns, np.array([0.0, 1.0]), np.array([10.0, 10.0]), np.array([1.0, 1.0]), ZERO)
    chance = chances(columns @ found)
    assert columns.T @ (np.array([10.0, 10.0]) * (np.array([0.0, 1.0]) - chance)) == pytest.approx(found, abs=1e-8)


def test_chances_and_back():
    """0.2 is log(1/4); a certainty is told as a very large number, not as infinity."""
    assert log_odds(np.array([0.2]))[0] == pytest.approx(math.log(0.25))
    assert chances(log_odds(np.array([0.01, 0.5, 0.99]))) == pytest.approx([0.01, 0.5, 0.99])
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()


def test_what_holds_is_left_alone():
    """Chances drawn as said: the map is the identity within a tenth."""
    chance = np.random.default_rng(1)
    odds = chance.normal(-1, 1.5, 40_000)
    left = (chance.random(40_000) < chances(odds)).astype(float)
    grid = np.linspace(-4, 3, 8)
    assert log_odds(calibrated(grid, beta_map(odds, left, np.ones(40_000)))) == pytest.approx(grid, abs=0.15)


def test_what_was_said_too_boldly_is_toned_down():
    """Log-odds twice and one too high: the map halves and lowers them."""
    chance = np.random.default_rng(2)
    odds = chance.normal(0, 2, 40_000)
    left = (chance.random(40_000) < chances(odds / 2 - 1)).astype(float)
    told = calibrated(np.array([-2.0, 0.0, 2.0]), beta_map(odds, left, np.ones(40_000)))
    assert told == pytest.approx(chances(np.array([-2.0, -1.0, 0.0])), abs=0.02)


def test_the_total_is_right():
    """After calibration the mean chance of the rows is the share that left."""
    chance = np.random.default_rng(3)
    odds, left = chance.normal(0, 1, 500), (chance.random(500) < 0.1).astype(float)
    assert calibrated(odds, beta_map(odds, left, np.ones(500))).mean() == pytest.approx(left.mean(), abs=1e-4)


def test_what_ranks_upside_down_is_not_turned():
    """Leavers had the lower numbers: a and b stay at least 0, and nobody's order is reversed."""
    odds = np.linspace(-3, 3, 200)
    left = (odds < 0).astype(float)
    found = beta_map(odds, left, np.ones(200))
    assert (found[:2] >= 0).all()
    assert (np.diff(calibrated(odds, found)) >= -1e-12).all()


def test_with_little_to_learn_from_it_moves_little():
    """Four customers of whom one left, all told a quarter: still a quarter."""
    odds = np.full(4, math.log(1 / 3))
    told = calibrated(odds, beta_map(odds, np.array([1.0, 0, 0, 0]), np.ones(4)))
    assert told == pytest.approx(0.25, abs=1e-3)
