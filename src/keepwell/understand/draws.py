"""How far could what was learned be off? Draws of the parameters around the summit, as the curvature there allows."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NORMAL_90 = 1.6448536269514722
"""Two-sided 90 % of the normal law."""


def draws(parameters: Mapping[str, float], covariance: Floats, chance: np.random.Generator, count: int) -> Floats:
    """
    Parameters as likely as what was seen allows: normal in their logarithms (Laplace's approximation).

    Args:
        parameters: Name -> value at the summit, above 0.
        covariance: Of the logarithms; it may be of less than full rank.
        chance: Where chance comes from.
        count: How many.

    Returns:
        Shape (count, parameters), columns in the order of *parameters*.
    """
    spread, directions = np.linalg.eigh(covariance)
    steps = chance.standard_normal((count, len(spread))) * np.sqrt(np.maximum(spread, 0.0))
    return np.array(list(parameters.values())) * np.exp(steps @ directions.T)


def errors(parameters: Mapping[str, float], covariance: Floats) -> dict[str, float]:
    """Standard error of each parameter, by the delta method from the covariance of the logarithms."""
    sizes = np.array(list(parameters.values())) * np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return dict(zip(parameters, sizes.tolist(), strict=True))
