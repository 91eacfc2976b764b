"""How many purchases of all customers together, and how sure is that? Customers differ by chance each, parameters are off for all at once."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keepwell.understand.part import Part

Floats = NDArray[np.float64]

_STEP = 1e-4


@dataclass(frozen=True)
class Total:
    """
    Of all customers together.

    Args:
        expected: Days with a purchase.
        error: The standard deviation of their number, were the model right: each customer's own chance, and what is not known of the parameters.
        customers: How many there are.
    """

    expected: float
    error: float
    customers: float

    @classmethod
    def of(cls, parts: Iterable[Part], time: float) -> "Total":
        """
        Of parts that may hang together: what is not known of their parameters is taken to be off the same way in all.

        Args:
            parts: Who.
            time: How far ahead, in units.
        """
        expected, chance, unsure, customers = np.sum([(0.0, 0.0, 0.0, 0.0), *(_told(p, time) for p in parts)], axis=0)
        return cls(float(expected), math.hypot(math.sqrt(max(chance, 0.0)), unsure), float(customers))

    def spread(self, beyond: float) -> float:
        """
        The standard deviation, were the model wrong by some share of the total besides.

        Args:
            beyond: The share; see backtest.Examination.beyond.
        """
        return math.hypot(self.error, beyond * self.expected)

    def said(self, *, days: int, beyond: float, level: float) -> dict[str, Any]:
        """
        The total with its interval, as JSON can hold it; where *beyond* is not known there is none.

        Args:
            days: How far it looked ahead.
            beyond: As for spread().
            level: How sure the interval is to hold what comes.

        Returns:
            days, said, low, high, level, customers, stretch (by how much wider the interval is than the model's own).
        """
        told = {"days": days, "said": self.expected, "level": level, "customers": round(self.customers)}
        if not self.error > 0 or math.isnan(beyond):
            return {**told, "low": None, "high": None, "stretch": None}
        half = float(special.ndtri((1 + level) / 2)) * self.spread(beyond)
        low, high = max(self.expected - half, 0.0), self.expected + half
        return {**told, "low": low, "high": high, "stretch": self.spread(beyond) / self.error}


def _told(part: Part, time: float) -> tuple[float, float, float, float]:
    """Expected, its variance by chance, its standard error by the parameters (delta method), and customers."""
    who, (ahead, case) = part.seen.customers, part.ahead
    mean = part.alive * ahead.expected(time)[case]
    chance = float(who @ (part.alive * 2 * ahead.pairs(time)[case] + mean - mean**2))
    steps = np.eye(len(part.values)) * _STEP
    slope = np.array([(_sum(part, step, time) - _sum(part, -step, time)) / (2 * _STEP) for step in steps])
    unsure = math.sqrt(max(float(slope @ part.covariance @ slope), 0.0))
    return float(who @ mean), chance, unsure, float(who.sum())


def _sum(part: Part, step: Floats, time: float) -> float:
    """What all are expected to buy together, were the parameters' logarithms a step elsewhere."""
    values = part.values * np.exp(step)
    ahead, case = part.process.ahead(values, part.seen)
    return float(part.seen.customers @ (part.process.alive(values, part.seen) * ahead.expected(time)[case]))
