"""Where is the likelihood highest, and is that a summit? Newton's method in the logarithms of parameters, which are all above 0."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]

Surface = Callable[[Floats], tuple[float, Floats, Floats]]
"""From a place the height there, the slope and the matrix of second derivatives."""

_STEPS, _LONGEST = 200, 1.5
_GAIN, _IDLE = 1e-4, 5
"""A step gains if it leads that much higher; after so many that do not, there is no summit near."""
_NEAR, _LEVEL, _FLAT = 1e-12, 1e-12, 1e-2
"""Squared standard errors still to go; slope, by height; the least bend that counts (a standard error of 10 in some direction)."""


@dataclass(frozen=True)
class Place:
    """
    Where an ascent ended.

    Args:
        at: Coordinates.
        height: The log-likelihood.
        slope: Its first derivatives, about 0 on a summit.
        bend: Its second derivatives, all downwards on a summit.
        looks: How often the surface was looked at.
    """

    at: Floats
    height: float
    slope: Floats
    bend: Floats
    looks: int

    @property
    def falls(self) -> bool:
        """Whether the surface bends downwards in every direction."""
        if not (np.isfinite(self.height) and np.isfinite(self.slope).all() and np.isfinite(self.bend).all()):
            return False
        return bool(np.linalg.eigvalsh(-self.bend)[0] > _FLAT)

    @property
    def to_go(self) -> float:
        """How far the summit still is, in squared standard errors; infinite where there is none near."""
        return float(self.slope @ np.linalg.solve(-self.bend, self.slope)) if self.falls else np.inf

    @property
    def is_summit(self) -> bool:
        """Whether it is level here, to a thousandth of a standard error, and falls in every direction."""
        return self.to_go < 1e-6


@dataclass(frozen=True)
class Summit:
    """
    The highest point.

    Args:
        parameters: There.
        height: Log-likelihood there.
        covariance: Of the logarithms of the parameters: the inverse of what the surface bends there.
        looks: How often the surface was looked at.
    """

    parameters: Floats
    height: float
    covariance: Floats
    looks: int

    @property
    def standard_errors(self) -> Floats:
        """Of the parameters, by the delta method."""
        return self.parameters * np.sqrt(np.diag(self.covariance))


def climb(surface: Surface, start: Floats) -> Summit:
    """
    Damped Newton steps from *start* to a summit.

    Args:
        surface: Over the parameters themselves.
        start: Parameters to begin with, above 0.

    Raises:
        ModelError: No summit is reached: the likelihood goes on rising, or is flat in some direction.
    """
    end = ascend(over_logs(surface), np.log(start))
    if not end.is_summit:
        raise ModelError(
            "The likelihood has no summit in these data.",
            "A parameter runs off to nothing or without end, so the model does not fit them.",
            "Use more customers or a longer stretch of time, or another model.",
        )
    return Summit(np.exp(end.at), end.height, np.asarray(np.linalg.inv(-end.bend), np.float64), end.looks)


def ascend(surface: Surface, start: Floats) -> Place:
    """
    Damped Newton steps upwards until it is level, or no step leads higher.

    Args:
        surface: Over any coordinates.
        start: Where to begin.

    Returns:
        Where it ended, which need not be a summit.
    """
    place = Place(start, *_look(surface, start), looks=1)
    damping, looks, idle = 0.0, 1, 0
    while looks < _STEPS and idle < _IDLE and not _done(place):
        step = _step(place, damping)
        there = _look(surface, place.at + step)
        looks += 1
        idle = idle + 1 if there[0] < place.height + _GAIN else 0
        if np.isfinite(there[0]) and there[0] >= place.height - 1e-13 * abs(place.height):
            place = Place(place.at + step, *there, looks)
            damping = 0.0 if damping < 1e-8 * np.abs(place.bend).max() else damping / 8
            if np.max(np.abs(step)) < 1e-10:
                break
        else:
            damping = max(4 * damping, 1e-3 * float(np.abs(place.bend).max()))
            if damping > 1e12 * float(np.abs(place.bend).max()):
                break
    return place


def over_logs(surface: Surface) -> Surface:
    """The same surface over the logarithms of its parameters: the chain rule."""

    def logs(place: Floats) -> tuple[float, Floats, Floats]:
        parameters = np.exp(place)
        height, slope, bend = surface(parameters)
        slope = slope * parameters
        return height, slope, bend * np.outer(parameters, parameters) + np.diag(slope)

    return logs


def _look(surface: Surface, at: Floats) -> tuple[float, Floats, Floats]:
    with np.errstate(all="ignore"):  # a step may go too far; it is then taken back
        height, slope, bend = surface(at)
    whole = np.isfinite(slope).all() and np.isfinite(bend).all()
    return (float(height) if whole else -np.inf), slope, bend


def _done(place: Place) -> bool:
    if not np.isfinite(place.height):
        return True
    return place.to_go <= _NEAR or bool(np.max(np.abs(place.slope)) <= _LEVEL * max(1.0, abs(place.height)))


def _step(place: Place, damping: float) -> Floats:
    """Newton's step, damped until it leads upwards, and not too long."""
    least = float(np.linalg.eigvalsh(-place.bend)[0])
    size = float(np.abs(place.bend).max())
    lift = max(damping, 0.0 if least > 1e-10 * size else 1e-6 * size - 1.5 * least)
    step = np.asarray(np.linalg.solve(-place.bend + lift * np.eye(len(place.slope)), place.slope), np.float64)
    longest = float(np.max(np.abs(step)))
    return step * min(1.0, _LONGEST / longest) if longest else step
