"""Is the customer still there, or gone? What was seen could have come about either way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Bends = dict[tuple[int, int], Floats]
"""Second derivatives by pair of parameters, the smaller first; what is not there is 0."""


_AT_ONCE = 8192


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
    size = len(first.slope)
    height, bend, left = 0.0, np.zeros((size, size)), np.empty(len(weight))
    for begin in range(0, len(weight), _AT_ONCE):  # so that they stay in the cache
        some = slice(begin, begin + _AT_ONCE)
        place, other = first.place[some], second.place[some]
        one, two = first.height[place], second.height[other]
        apart = two - one
        less = np.exp(-np.abs(apart))
        height += float(weight[some] @ (np.maximum(one, two) + np.log1p(less)))
        left[some] = share = np.where(apart > 0, 1.0, less) / (1 + less)
        slopes = first.slope[:, place] - second.slope[:, other]
        bend += (slopes * (weight[some] * share * (1 - share))) @ slopes.T
    slope = np.zeros(size)
    for way, part in ((first, weight * (1 - left)), (second, weight * left)):
        cases = np.bincount(way.place, weights=part, minlength=len(way.height)).astype(np.float64)
        slope += way.slope @ cases
        bend += whole_bend(way.bend, cases, size)
    return height, slope, bend


def moments(share: Floats, slopes: Sequence[Floats]) -> tuple[Floats, Bends]:
    """
    Slope and bend of the log of a sum of terms, as far as the terms' slopes make them: their mean and their spread.

    Args:
        share: Of each term in the sum, (cases, terms); rows sum to 1.
        slopes: Of the terms' logs by each parameter, each (cases, terms) or (cases, 1).

    Returns:
        Means, (parameters, cases), and the spread by pair of parameters; the mean of the terms' own bends is to be added.
    """
    means = [np.einsum("ct,ct->c", share, np.broadcast_to(slope, share.shape)) for slope in slopes]
    apart = [slope - mean[:, None] for slope, mean in zip(slopes, means, strict=True)]
    spread = {}
    for row, one in enumerate(apart):
        weighed = share * one
        for column in range(row, len(apart)):
            spread[row, column] = np.einsum("ct,ct->c", weighed, np.broadcast_to(apart[column], share.shape))
    return np.stack(means), spread


def whole_bend(parts: Mapping[tuple[int, int], Floats], weight: Floats, size: int) -> Floats:
    """The symmetric matrix of weighted sums of second derivatives."""
    bend = np.zeros((size, size))
    for (row, column), values in parts.items():
        bend[row, column] += values @ weight
        if row != column:
            bend[column, row] = bend[row, column]
    return bend
