"""Under which parameters is what was seen likeliest, and are customers alike in something as far as these data tell?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from keepwell.understand.ascent import Place, Surface, ascend, over_logs
from keepwell.understand.cells import Cells
from keepwell.understand.process import Process

Floats = NDArray[np.float64]

ALIKE = 1e4
"""How concentrated a law is held to be where data say "without end": it then spreads by a hundredth of its mean."""
BEYOND_CHANCE = 3.0
"""So much more log-likelihood than chance gives two parameters more in 95 of 100 cases: half of chi-squared's 5.99."""
_MANY = 5000
"""Above so many cells, the way up is first found on coarser ones, which leaves two or three looks at all."""
_FEW = 2000
"""Above so many cells, corners are not looked for where nothing is gained by anybody's leaving."""
_FAR = 12.0
"""Logarithms of parameters beyond which no ascent begins."""


@dataclass(frozen=True)
class Found:
    """
    Where an ascent ended.

    Args:
        logs: Logarithms of the parameters.
        height: The log-likelihood.
        covariance: Of the logarithms; 0 for what was held.
        is_summit: Whether no place near is higher, but for what was held.
        alike: In what customers do not differ measurably; the law of it was held to be narrow.
    """

    logs: Floats
    height: float
    covariance: Floats
    is_summit: bool
    alike: tuple[str, ...] = ()


def likeliest(
    process: Process, scaled: Cells, above: float = -np.inf, *, null: Floats | None = None, near: Floats | None = None
) -> Found:
    """
    The likeliest parameters; where the likelihood rises until customers are alike in something, those of nearly alike ones.

    Args:
        process: The account.
        scaled: What was seen, by a unit of time that suits the ascent.
        above: A summit no higher than this is none.
        null: The logarithms of the parameters if nobody left; None for accounts in which nobody leaves.
        near: Parameters not far from the summit, where they are known; otherwise a way up is first found on coarser cells.

    Returns:
        Where it ended, which need not be a summit.
    """
    starts = [process.beginning(scaled)] if null is None else process.starts(np.exp(null))
    names, moving = list(process.names), np.zeros(len(process.names), bool)
    if null is not None and near is None and len(scaled.repeats) > _MANY:
        rough = _rough(process, scaled, null)
        if not rough.is_summit and rough.height <= BEYOND_CHANCE:  # nobody is seen to leave
            return Found(rough.logs, above, rough.covariance, is_summit=False)
        if rough.alike:
            found = risen(over_logs(lambda at: process.surface(at, scaled)), rough.logs, _held(process, rough.alike))
            if found.is_summit and found.height > above:
                return replace(found, alike=rough.alike)
        near = np.exp(rough.logs)
    free = _first(process, scaled, moving, starts if near is None else [near, *starts], above)
    if free.is_summit and free.height > above:
        return free
    if null is not None and len(scaled.repeats) > _FEW and free.height <= above + BEYOND_CHANCE:
        return free  # nobody is seen to leave, so nobody can be alike in it
    ended = np.exp(np.clip(free.logs, -_FAR, _FAR))
    best: Found | None = None
    for alike in _subsets(process.spreads):
        pairs = [tuple(names.index(name) for name in process.spreads[what]) for what in alike]
        narrow = [_narrow(start, pairs) for start in (ended, *starts)]
        found = replace(_first(process, scaled, _held(process, alike), narrow, above), alike=alike)
        if found.is_summit and found.height > above and (best is None or found.height > best.height + 1e-6):
            best = found
    return best if best is not None and best.height > free.height - BEYOND_CHANCE else free


def _rough(process: Process, scaled: Cells, null: Floats) -> Found:
    """Where coarser cells lead, which are far fewer; its height is what is gained on them against nobody's leaving."""
    coarse = scaled.coarser()
    still = _first(process.null, coarse, np.zeros(len(null), bool), [np.exp(null)], -np.inf)
    starts = process.starts(np.exp(null))
    found = likeliest(process, coarse, still.height, null=still.logs, near=starts[0])
    return replace(found, height=found.height - still.height)


def _held(process: Process, alike: Iterable[str]) -> NDArray[np.bool_]:
    """Which parameters are held where customers are alike in that."""
    held = [process.spreads[what][0] for what in alike]
    return np.isin(np.array(process.names), held)


def hold(surface: Surface, at: Floats, still: NDArray[np.bool_]) -> Surface:
    """
    A surface over the coordinates that are not held.

    Args:
        surface: Over all of them.
        at: What the held ones are.
        still: Which are held.
    """

    def held(moving: Floats) -> tuple[float, Floats, Floats]:
        whole = at.copy()
        whole[~still] = moving
        height, slope, bend = surface(whole)
        return height, slope[~still], bend[np.ix_(~still, ~still)]

    return held


def risen(surface: Surface, start: Floats, still: NDArray[np.bool_]) -> Found:
    """
    Where an ascent leads while some coordinates are held.

    Args:
        surface: Over all coordinates.
        start: Where to begin.
        still: Which are held.
    """
    place: Place = ascend(hold(surface, start, still) if still.any() else surface, start[~still])
    at, covariance = start.copy(), np.zeros((len(start), len(start)))
    at[~still] = place.at
    if place.is_summit:
        covariance[np.ix_(~still, ~still)] = np.linalg.inv(-place.bend)
    return Found(at, place.height, covariance, place.is_summit)


def _first(process: Process, seen: Cells, still: NDArray[np.bool_], starts: list[Floats], above: float) -> Found:
    """The first summit above some height that a start leads to, or else the highest place that one did."""
    surface, best = over_logs(lambda at: process.surface(at, seen)), None
    for start in starts:
        found = risen(surface, np.log(start), still)
        if found.is_summit and found.height > above:
            return found
        best = found if best is None or found.height > best.height else best
    assert best is not None
    return best


def _subsets(spreads: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """One, then several together."""
    names = tuple(spreads)
    return (some for many in range(1, len(names) + 1) for some in combinations(names, many))


def _narrow(start: Floats, pairs: Iterable[tuple[int, ...]]) -> Floats:
    """The same means by laws that hardly spread."""
    there = start.copy()
    for held, partner in pairs:
        there[partner] *= ALIKE / there[held]
        there[held] = ALIKE
    return there
