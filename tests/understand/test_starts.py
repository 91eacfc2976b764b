"""Does an ascent begin where it is highest, and go elsewhere where that leads nowhere?"""

import numpy as np
import pytest

from keepwell.errors import ModelError
from keepwell.understand.starts import climb_from


def hill(place: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """A hundred gamma waits of mean 2 and shape known: the log-likelihood of the rate has its summit at 1/2."""
    (rate,) = place
    return 100 * np.log(rate) - 200 * rate, np.array([100 / rate - 200]), np.array([[-100 / rate**2]])


def slope(place: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """It rises without end."""
    return float(place[0]), np.ones(1), np.zeros((1, 1))


def test_the_summit_is_reached():
    """From one half of it, or ten times as far."""
    found = climb_from(hill, [np.array([5.0]), np.array([0.25])])
    assert found.parameters == pytest.approx([0.5])
    assert found.height == pytest.approx(100 * np.log(0.5) - 100)


def test_places_that_are_none_are_passed_over():
    """Below 0 the likelihood is not defined."""
    assert climb_from(hill, [np.array([-1.0]), np.array([1.0])]).parameters == pytest.approx([0.5])


def test_no_summit_is_refused():
    """A slope without end, or no place where anything is defined."""
    with pytest.raises(ModelError, match="no summit"):
        climb_from(slope, [np.ones(1), np.full(1, 2.0)])
    with pytest.raises(ModelError, match="not defined anywhere near"):
        climb_from(hill, [np.array([-1.0])])
