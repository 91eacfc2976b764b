"""Is the customer still there, or gone? What was seen could have come about either way."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Way:
    """
    How likely what was seen is in one of the ways it could have come about, by a few distinct cases.

    Args:
        height: Log-likelihood, shape (cases,).
        slope: Its derivative by each parameter, (parameters, cases).
        bend: Its second derivatives that are not 0: pair of parameters (the smaller first) -> (cases,).
        place: Which case each cell has, (cells,).
    """

    height: Floats
    slope: Floats
    bend: Mapping[tuple[int, int], Floats]
    place: Whole


def chance_of_first(first: Way, second: Way) -> Floats:
    """How likely it is that it came about in the first way, per cell."""
    apart = second.height[second.place] - first.height[first.place]
    return 1 / (1 + np.exp(np.minimum(apart, 700.0)))


def either(weight: Floats, first: Way, second: Way) -> tuple[float, Floats, Floats]:
    """
    The log of both ways' sum over all cells, its slope and its bend.

    The slope of such a log is the mean of both slopes; the bend is the mean of both bends and the spread of the slopes.

    Args:
        weight: Customers of each cell.
        first: One way.
        second: The other one; its height may be -inf.
    """
    one, two = first.height[first.place], second.height[second.place]
    apart = two - one
    less = np.exp(-np.abs(apart))
    height = weight @ (np.maximum(one, two) + np.log1p(less))
    share = np.where(apart > 0, 1.0, less) / (1 + less)
    kept, gone = weight * (1 - share), weight * share
    slopes = first.slope[:, first.place] - second.slope[:, second.place]
    bend = (slopes * (kept * share)) @ slopes.T
    slope = np.zeros(len(bend))
    for way, part in ((first, kept), (second, gone)):
        cases = np.bincount(way.place, weights=part, minlength=len(way.height)).astype(np.float64)
        slope += way.slope @ cases
        bend += whole_bend(way.bend, cases, len(slope))
    return float(height), slope, bend


def whole_bend(parts: Mapping[tuple[int, int], Floats], weight: Floats, size: int) -> Floats:
    """The symmetric matrix of weighted sums of second derivatives."""
    bend = np.zeros((size, size))
    for (row, column), values in parts.items():
        bend[row, column] += values @ weight
        if row != column:
            bend[column, row] = bend[row, column]
    return bend
