"""Where is the likelihood highest, and is that a summit? Newton's method in the logarithms of parameters, which are all above 0."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]

Surface = Callable[[Floats], tuple[float, Floats, Floats]]
"""From parameters the log-likelihood, its gradient and its matrix of second derivatives, by the parameters themselves."""

_STEPS, _LONGEST, _FLAT = 200, 1.5, 1e-7


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
        surface: See Surface.
        start: Parameters to begin with, above 0.

    Raises:
        ModelError: No summit is reached: the likelihood goes on rising, or is flat in some direction.
    """
    place = np.log(start)
    height, slope, bend = _in_logs(surface, place)
    damping, looks = 0.0, 1
    while np.max(np.abs(slope)) > _FLAT * max(1.0, abs(height)) * 1e-2 and looks < _STEPS:
        step = _step(slope, bend, damping)
        height_, slope_, bend_ = _in_logs(surface, place + step)
        looks += 1
        if np.isfinite(height_) and height_ >= height - 1e-12 * abs(height):
            place, height, slope, bend = place + step, height_, slope_, bend_
            damping = 0.0 if damping < 1e-8 * np.abs(bend).max() else damping / 8
            if np.max(np.abs(step)) < 1e-10:
                break
        else:
            damping = max(4 * damping, 1e-3 * float(np.abs(bend).max()))
    _must_be_a_summit(height, slope, bend)
    return Summit(np.exp(place), height, np.linalg.inv(-bend), looks)


def _in_logs(surface: Surface, place: Floats) -> tuple[float, Floats, Floats]:
    """The surface over the logarithms: chain rule."""
    parameters = np.exp(place)
    with np.errstate(all="ignore"):  # a step may go too far; it is then taken back
        height, slope, bend = surface(parameters)
        slope = slope * parameters
        return height, slope, bend * np.outer(parameters, parameters) + np.diag(slope)


def _step(slope: Floats, bend: Floats, damping: float) -> Floats:
    """Newton's step, damped until it leads upwards, and not too long."""
    least = float(np.linalg.eigvalsh(-bend)[0])
    size = float(np.abs(bend).max())
    lift = max(damping, 0.0 if least > 1e-10 * size else 1e-6 * size - 1.5 * least)
    step = np.linalg.solve(-bend + lift * np.eye(len(slope)), slope)
    longest = float(np.max(np.abs(step)))
    return step * min(1.0, _LONGEST / longest) if longest else step


def _must_be_a_summit(height: float, slope: Floats, bend: Floats) -> None:
    size = float(np.abs(bend).max()) if np.isfinite(bend).all() else np.inf
    flat = not np.isfinite(size) or float(np.linalg.eigvalsh(-bend)[0]) <= 1e-9 * size
    steep = not np.isfinite(height) or np.max(np.abs(slope)) > _FLAT * max(1.0, abs(height))
    if flat or steep:
        raise ModelError(
            "The likelihood has no summit in these data.",
            "A parameter runs off to nothing or without end, so the model does not fit them.",
            "Use more customers or a longer stretch of time, or another model.",
        )
