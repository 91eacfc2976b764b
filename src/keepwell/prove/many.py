"""Of many plays or figures, which hold? Corrections for asking often, and estimates drawn towards what plays usually do."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import KeepwellError
from keepwell.prove import sound

Floats = NDArray[np.float64]

FEWEST = 3
"""From fewer plays nothing can be learned about plays."""


def benjamini_hochberg(p_values: Sequence[float]) -> Floats:
    """
    P-values to hold against the share of false findings one accepts among the findings.

    For secondary figures and for the portfolio of plays. Plays looked at often go in with their repeated_p_value().

    Args:
        p_values: One per question; nan where nothing can be said, which is neither counted nor judged.

    Returns:
        Adjusted p-values in the same order: a finding where at most, say, 0.05.

    Raises:
        KeepwellError: A number that is no chance.

    Source: Benjamini and Hochberg (1995), JRSS B 57(1).
    """
    return _adjusted(p_values, lambda ranked, n: _falling(ranked * n / np.arange(1, n + 1)))


def holm(p_values: Sequence[float]) -> Floats:
    """
    P-values to hold against the chance of even one false finding.

    Args:
        p_values: As for benjamini_hochberg().

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).
    """
    return _adjusted(p_values, lambda ranked, n: np.maximum.accumulate(ranked * np.arange(n, 0, -1)))


def bonferroni(p_values: Sequence[float]) -> Floats:
    """
    P-values times the number of questions: the plainest guard against even one false finding.

    Args:
        p_values: As for benjamini_hochberg().
    """
    return _adjusted(p_values, lambda ranked, n: ranked * n)


def shrink(effects: pd.DataFrame) -> pd.DataFrame:
    """
    Each play's effect drawn towards what plays usually do, by as much as it is uncertain.

    The plays that look best are those that were also lucky; drawn together they are as large as they will prove on average.
    Effects are taken as normal around a common mean, and how far plays differ is averaged over, not guessed.

    Args:
        effects: One row per play: estimate, error; all of one unit. An error that is nan (unproven) stays unknown.

    Returns:
        The same rows with: own, own_error, shrunk, shrunk_error, shrunk_low, shrunk_high (95 %), kept (the weight of the play's own estimate).
        All shrunk columns are nan where fewer than three plays are known.

    Source: Rubin (1981), Journal of Educational Statistics 6(4): flat priors on the mean and on the spread of plays.
    """
    if lacking := [name for name in ("estimate", "error") if name not in effects]:
        raise KeepwellError(f"The plays lack {' and '.join(lacking)}.", "Columns estimate and error.", "Name them so.")
    if (effects["error"] < 0).any():
        sound.above("The standard error of a play", float(effects["error"].min()), reached=True)
    own, error = (effects[name].to_numpy("float64") for name in ("estimate", "error"))
    known = np.isfinite(own) & np.isfinite(error) & (error > 0)
    told = np.full((5, len(own)), math.nan)
    if known.sum() >= FEWEST:
        told[:, known] = _pooled(own[known], error[known])
    columns = ("shrunk", "shrunk_error", "shrunk_low", "shrunk_high", "kept")
    return effects.drop(columns=["estimate", "error"]).assign(
        own=own, own_error=error, **dict(zip(columns, told, strict=True))
    )


def _pooled(own: Floats, error: Floats) -> Floats:
    """Means, deviations, 95 % ends and weights of the plays' effects, averaged over how far plays may differ."""
    spread = _grid(own, error)[:, None]
    total = spread**2 + error**2
    precision = (1 / total).sum(axis=1, keepdims=True)
    mean = (own / total).sum(axis=1, keepdims=True) / precision
    log = -0.5 * (np.log(total) + (own - mean) ** 2 / total).sum(axis=1) - 0.5 * np.log(precision[:, 0])
    chance = np.exp(log - log.max())
    chance *= np.gradient(spread[:, 0])
    chance /= chance.sum()
    kept = spread**2 / total
    centre = kept * own + (1 - kept) * mean
    variance = kept * error**2 + (1 - kept) ** 2 / precision
    shrunk = chance @ centre
    deviation = np.sqrt(chance @ (variance + (centre - shrunk) ** 2))
    low, high = (_quantile(centre, np.sqrt(variance), chance, at) for at in (0.025, 0.975))
    return np.stack([shrunk, deviation, low, high, chance @ kept])


def _grid(own: Floats, error: Floats) -> Floats:
    """How far plays may differ: from nothing to far beyond what was seen, closer together near nothing."""
    scale = max(float(np.ptp(own)), float(error.max()))
    return scale * np.expm1(np.linspace(0, math.log1p(100), 241)) / 10


def _quantile(centre: Floats, deviation: Floats, chance: Floats, at: float) -> Floats:
    """Where a mixture of normal laws has so much below it, per play, by bisection."""
    from scipy.special import ndtr

    low, high = (centre - 10 * deviation).min(axis=0), (centre + 10 * deviation).max(axis=0)
    for _ in range(40):
        middle = (low + high) / 2
        below = chance @ ndtr((middle - centre) / deviation) < at
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _falling(ranked: Floats) -> Floats:
    """Each the least of itself and all that follow."""
    return np.minimum.accumulate(ranked[::-1])[::-1]


def _adjusted(p_values: Sequence[float], rule: Callable[[Floats, int], Floats]) -> Floats:
    """The rule applied to the known p-values from the smallest, back in their order."""
    given = np.asarray(p_values, "float64")
    known = ~np.isnan(given)
    if ((given[known] < 0) | (given[known] > 1)).any():
        raise KeepwellError(
            f"A p-value of {given[known][(given[known] < 0) | (given[known] > 1)][0]:g}.",
            "A chance lies between 0 and 1.",
            "Give p-values, or nan where nothing is known.",
        )
    places = np.flatnonzero(known)[np.argsort(given[known], kind="stable")]
    told = given.copy()
    told[places] = np.minimum(rule(given[places], len(places)), 1.0)
    return told
