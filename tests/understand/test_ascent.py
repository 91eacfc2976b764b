"""Is a summit found, and is what is none known for it?"""

import numpy as np
import pytest

from keepwell.errors import ModelError
from keepwell.understand.ascent import ascend, climb, over_logs


def poisson(counts: tuple[int, ...]):
    """The log-likelihood of a common rate."""

    def surface(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        rate, total = at[0], sum(counts)
        return (
            total * np.log(rate) - len(counts) * rate,
            np.array([total / rate - len(counts)]),
            np.array([[-total / rate**2]]),
        )

    return surface


def test_the_likeliest_rate_is_the_mean():
    """2, 4 and 6 purchases: 4; its standard error is the root of 4 / 3, from far away too."""
    for start in (1e-3, 1.0, 1e4):
        summit = climb(poisson((2, 4, 6)), np.array([start]))
        assert summit.parameters == pytest.approx([4])
        assert summit.standard_errors == pytest.approx([np.sqrt(4 / 3)])
        assert summit.height == pytest.approx(12 * np.log(4) - 12)


def test_no_purchase_has_no_likeliest_rate():
    """The likelihood rises until the rate is nothing: there is no summit, and the message says what to do."""
    with pytest.raises(ModelError, match=r"no summit.*Use more customers"):
        climb(poisson((0, 0, 0)), np.array([1.0]))


def test_a_ridge_is_no_summit():
    """Only the product of both parameters counts."""

    def surface(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        far = np.log(at[0] * at[1])
        return -50 * far**2, -100 * far / at, 100 * (far - 1) / np.outer(at, at) + np.diag([0.0, 0.0])

    assert not ascend(over_logs(surface), np.log([3.0, 5.0])).is_summit


def test_a_step_too_far_is_taken_back():
    """Where the surface cannot be looked at, it is left alone: a root of what lies beyond 1 is none."""

    def surface(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        left = 1 - at[0]
        return (
            50 * (np.log(left) + 2 * np.log(at[0])),
            50 * (-1 / left + 2 / at),
            50 * np.array([[-1 / left**2 - 2 / at[0] ** 2]]),
        )

    assert climb(surface, np.array([0.01])).parameters == pytest.approx([2 / 3])
