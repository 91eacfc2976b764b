"""If that is the risk of ninety days, what is it of a year? Each fifth of the customers goes the way its like have gone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.understand.judging import jeffreys

Floats = NDArray[np.float64]
GROUPS, POINTS = 5, 60
"""How many groups of like risk have a curve of their own, and at how many days a curve is told at most."""


def curves(chance: Floats, gone: Floats, seen: Floats, weight: Floats) -> dict[str, Any]:
    """
    How leaving went on after the morning, by the risk that was said.

    Args:
        chance: What is said of each row, shape (n,).
        gone: Days until they had left, NaN where they had not, shape (n,).
        seen: Days for which it is known, shape (n,).
        weight: Customers of each row, shape (n,).

    Returns:
        edges (of the groups, by chance), and per group days and hazard (summed up to that day), seen and customers (how many
        were watched so many days).
    """
    edges = np.unique(np.quantile(chance, np.arange(1, GROUPS) / GROUPS, method="higher"))
    edges = edges[edges > chance.min()]
    group = np.searchsorted(edges, chance, side="right")
    told = [
        {**_curve(gone[own], seen[own], weight[own]), **_known(seen[own], weight[own])}
        for own in (group == k for k in range(len(edges) + 1))
    ]
    return {"edges": edges.tolist(), "curves": told}


def _known(seen: Floats, weight: Floats) -> dict[str, list[float]]:
    """For how long customers have been watched, and how many for as long."""
    watched, place = np.unique(seen, return_inverse=True)
    return {"seen": watched.tolist(), "customers": np.bincount(place, weight).tolist()}


def _curve(gone: Floats, seen: Floats, weight: Floats) -> dict[str, list[float]]:
    """
    The hazard summed up from the morning on.

    Source: Nelson (1969), Journal of Quality Technology 1(1); Aalen (1978), Annals of Statistics 6(4).
    """
    left = ~np.isnan(gone)
    table = pd.DataFrame({"day": np.where(left, gone, seen), "left": weight * left, "all": weight})
    by_day = table.groupby("day", sort=True).sum()
    there = by_day["all"][::-1].cumsum()[::-1]
    hazard = (by_day["left"] / there).cumsum()[by_day["left"] > 0]
    if not len(hazard):
        return {"days": [], "hazard": []}
    told = hazard.iloc[np.unique(np.linspace(0, len(hazard) - 1, POINTS).astype("int64"))]
    return {"days": [float(day) + 1 for day in told.index], "hazard": [float(each) for each in told]}


def moved(chance: Floats, known: Mapping[str, Any], own: int, asked: int, group_by: Floats) -> Floats:
    """
    Chances of having left by another day.

    Beyond the day learned for, those still there leave as their like did; before it, as many of the leavers had left.

    Args:
        chance: Of having left by day *own*, shape (n,).
        known: What curves() found.
        own: The day learned for.
        asked: The day asked for.
        group_by: The chances by which customers are put into groups, shape (n,).
    """
    group = np.searchsorted(np.asarray(known["edges"], "float64"), group_by, side="right")
    then, now = (np.array([_left_by(curve, day) for curve in known["curves"]]) for day in (asked, own))
    if asked >= own:
        return 1 - (1 - chance) * ((1 - then) / np.maximum(1 - now, 1e-12))[group]
    share = np.where(now > 0, then / np.where(now > 0, now, 1.0), asked / own)
    return chance * share[group]


def widened(told: pd.DataFrame, known: Mapping[str, Any], asked: int, group_by: Floats) -> pd.DataFrame:
    """
    Limits no narrower than the number of like customers bears of whom it is known who left by that day; NaN where there are none.

    Args:
        told: Columns chance, low, high, by the day asked for.
        known: What curves() found.
        asked: The day asked for.
        group_by: The chances by which customers are put into groups, shape (n,).
    """
    group = np.searchsorted(np.asarray(known["edges"], "float64"), group_by, side="right")
    watched = [
        max((many for day, many in zip(curve["seen"], curve["customers"], strict=True) if day >= asked), default=np.nan)
        for curve in known["curves"]
    ]
    many = np.array(watched, "float64")[group]
    chance = told["chance"].to_numpy("float64")
    low, high = jeffreys(chance * many, many)
    return told.assign(
        low=np.where(np.isnan(many), np.nan, np.minimum(low, told["low"])), high=np.maximum(high, told["high"])
    )


def _left_by(curve: Mapping[str, Sequence[float]], day: float) -> float:
    """Share who had left by a day; beyond what is known the hazard goes on as it was on average."""
    days, hazard, watched = curve["days"], curve["hazard"], max(curve["seen"])
    if not days:
        return 0.0
    summed = hazard[max(int(np.searchsorted(days, day, side="right")) - 1, 0)] if day >= days[0] else 0.0
    return 1 - float(np.exp(-summed * max(1.0, day / watched)))
