"""Does the line find a slope where there is one, and none where there is none?"""

import numpy as np
import pytest

from keepwell.prove.lines import Line

CHANCE = np.random.default_rng(2)
COLUMNS = CHANCE.normal(size=(4000, 4))
COLUMNS[CHANCE.random(4000) < 0.2, 3] = np.nan


def test_a_slope_is_found():
    """Three for each of the first column, within a tenth; a start of five."""
    line = Line.learn(COLUMNS, 5 + 3 * np.clip(COLUMNS[:, 0], -2, 2) + CHANCE.normal(size=4000))
    at = line.expected(np.array([[0.0, 0, 0, 0], [1.0, 0, 0, 0]]))
    assert at == pytest.approx([5, 8], abs=0.15)


def test_noise_has_hardly_a_slope():
    """What it foretells of noise scatters by less than a twentieth of the noise."""
    line = Line.learn(COLUMNS, CHANCE.normal(size=4000))
    assert line.expected(COLUMNS).std() < 0.05


def test_being_unknown_counts():
    """Those of whom the last column is unknown have two more."""
    line = Line.learn(COLUMNS, 2.0 * np.isnan(COLUMNS[:, 3]) + CHANCE.normal(0, 0.1, 4000))
    at = line.expected(np.array([[0.0, 0, 0, np.nan], [0.0, 0, 0, 0]]))
    assert at == pytest.approx([2, 0], abs=0.05)


def test_a_column_nobody_knows_does_no_harm():
    """All unknown, or all the same."""
    odd = np.column_stack([COLUMNS[:, 0], np.full(4000, np.nan), np.ones(4000)])
    assert np.isfinite(Line.learn(odd, COLUMNS[:, 0]).expected(odd)).all()
