"""At which age were customers lost, and how likely was that? Counts by age, and their likelihood where chances to leave differ."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Losses:
    """
    Customers by age, whatever cohort they are of.

    Args:
        lost: How many left at each age, from 0 (always none) on, shape (n,).
        kept: How many were last seen at each age without having left, shape (n,).
    """

    lost: Floats
    kept: Floats

    @classmethod
    def of(cls, cells: pd.DataFrame) -> "Losses":
        """
        First contracts only: who had an earlier one was lost at its end.

        Args:
            cells: Columns age, lost (0/1), customers, and before (age at the end of the first contract, 0: none) where there is one.
        """
        age, lost = (cells[name].to_numpy("int64") for name in ("age", "lost"))
        if "before" in cells:
            before = cells["before"].to_numpy("int64")
            age, lost = np.where(before > 0, before, age), np.where(before > 0, 1, lost)
        heads, size = cells["customers"].to_numpy("float64"), int(age.max(initial=0)) + 1
        gone = np.where(lost == 1, heads, 0.0)
        by_age = (np.bincount(age, weights=part, minlength=size) for part in (gone, heads - gone))
        return cls(*(part.astype(np.float64) for part in by_age))

    @cached_property
    def ages(self) -> Floats:
        """0, 1, 2 … up to the oldest."""
        return np.arange(len(self.lost), dtype=np.float64)

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.lost.sum() + self.kept.sum())

    @cached_property
    def exposed(self) -> Floats:
        """How many came to the renewal of each age, left or not; the first number is everybody."""
        return np.cumsum((self.lost + self.kept)[::-1])[::-1]

    @property
    def rate(self) -> float:
        """Losses per renewal, as if all customers and ages were alike."""
        return float(self.lost.sum() / self.exposed[1:].sum())

    @property
    def trend(self) -> float:
        """How much older those are who left than chance allows if every renewal were alike, in standard errors."""
        came, lost, ages = self.exposed[1:], self.lost[1:], self.ages[1:]
        apart = ages - float(came @ ages / came.sum())
        size = float(self.rate * (1 - self.rate) * (came @ apart**2))
        return float(apart @ (lost - self.rate * came)) / size**0.5 if size > 0 else 0.0

    def surface(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood, slope and bend by alpha, beta and, where there are three parameters, c."""
        alpha, beta, *c = parameters
        height, slope, bend = log_survival_surface(alpha, beta, c[0] if c else 1.0, self.ages)
        count = len(parameters)
        slope, bend = slope[:count], bend[:count, :count]
        there = self.lost[1:] > 0
        lost = self.lost[1:][there]
        fall = (height[:-1] - height[1:])[there]
        faller = (slope[:, :-1] - slope[:, 1:])[:, there]
        bender = (bend[..., :-1] - bend[..., 1:])[..., there]
        weight = 1 / np.expm1(fall)  # survival after the renewal over those lost at it
        own = slope[:, :-1][:, there] + weight * faller
        total = self.kept @ height + lost @ (height[:-1][there] + np.log(-np.expm1(-fall)))
        slopes = slope @ self.kept + own @ lost
        bends = bend @ self.kept + (bend[..., :-1][..., there] + weight * bender) @ lost
        bends -= (faller * (lost * weight * (1 + weight))) @ faller.T
        return float(total), slopes, bends

    def surface_of_alike(self, parameters: Floats, beta: float) -> tuple[float, Floats, Floats]:
        """The same by alpha and c, at one very large beta: customers do not differ."""
        height, slope, bend = self.surface(np.array([parameters[0], beta, parameters[1]]))
        free = [0, 2]
        return height, slope[free], bend[np.ix_(free, free)]

    def height(self, alpha: float, beta: float) -> float:
        """Log-likelihood of the shifted-beta-geometric law alone."""
        return self.surface(np.array([alpha, beta]))[0]


def log_survival(alpha: float, beta: float, c: float, ages: Floats) -> Floats:
    """Logarithm of the share still there after so many renewals: B(alpha, beta + age^c) / B(alpha, beta)."""
    return special.betaln(alpha, beta + ages**c) - special.betaln(alpha, beta)


def log_survival_surface(alpha: float, beta: float, c: float, ages: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Logarithm of survival with its slopes and bends by alpha, beta and c.

    Args:
        alpha: Above 0.
        beta: Above 0.
        c: Above 0; 1 is the shifted-beta-geometric law.
        ages: Renewals, shape (n,).

    Returns:
        Shapes (n,), (3, n), (3, 3, n).
    """
    with np.errstate(divide="ignore"):
        log_age = np.where(ages > 0, np.log(ages), 0.0)
    power = ages**c
    far, whole = special.digamma(beta + power), special.digamma(alpha + beta + power)
    far_, whole_ = special.polygamma(1, beta + power), special.polygamma(1, alpha + beta + power)
    start, start_ = special.digamma(alpha + beta), special.polygamma(1, alpha + beta)
    by_power, moved = far - whole, np.where(ages > 0, power * log_age, 0.0)
    by_power_ = far_ - whole_
    slope = np.stack([start - whole, by_power + start - special.digamma(beta), by_power * moved])
    bend = np.empty((3, 3, len(ages)))
    bend[0, 0] = bend[0, 1] = bend[1, 0] = start_ - whole_
    bend[1, 1] = by_power_ + start_ - special.polygamma(1, beta)
    bend[0, 2] = bend[2, 0] = -whole_ * moved
    bend[1, 2] = bend[2, 1] = by_power_ * moved
    bend[2, 2] = by_power_ * moved**2 + by_power * moved * log_age
    return log_survival(alpha, beta, c, ages), slope, bend
