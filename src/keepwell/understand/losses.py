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
            cells: Columns age, lost (1: left at that age; otherwise last seen at it), customers, and before (age at the end of
                the first contract, 0: none, below 0: not due yet) where there is one.
        """
        age, lost = (cells[name].to_numpy("int64") for name in ("age", "lost"))
        if "before" in cells:
            before = cells["before"].to_numpy("int64")
            age = np.select([before > 0, before < 0], [before, -before - 1], age)
            lost = np.select([before > 0, before < 0], [1, 0], lost)
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

    def surface(self, parameters: Floats, *, alike: bool = False) -> tuple[float, Floats, Floats]:
        """
        Log-likelihood, slope and bend by the parameters of a law; see log_survival.

        Args:
            parameters: Of the law.
            alike: Whether the law is the one of customers who do not differ.
        """
        height, slope, bend = (alike_surface if alike else differing_surface)(parameters, self.ages)
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


def log_survival(parameters: Floats, ages: Floats, *, alike: bool = False) -> Floats:
    """
    Logarithm of the share still there after so many renewals.

    Args:
        parameters: alpha and beta, and c where risks change: B(alpha, beta + age^c) / B(alpha, beta).
            Of customers who are alike rate, and c: exp(-rate age^c), what the other becomes where alpha and beta have no end.
        ages: Renewals, of any shape.
        alike: Which of the two.
    """
    known = 1 if alike else 2
    power = ages ** (parameters[known] if len(parameters) > known else 1.0)
    if alike:
        return -parameters[0] * power
    alpha, beta = parameters[:2]
    return special.betaln(alpha, beta + power) - special.betaln(alpha, beta)


def differing_surface(parameters: Floats, ages: Floats) -> tuple[Floats, Floats, Floats]:
    """
    Logarithm of survival with its slopes and bends by alpha, beta and, where given, c.

    Args:
        parameters: Two or three (k), above 0.
        ages: Renewals, shape (n,).

    Returns:
        Shapes (n,), (k, n), (k, k, n).
    """
    (alpha, beta), count = parameters[:2], len(parameters)
    power, moved, moved_ = _powers(float(parameters[2]) if count > 2 else 1.0, ages)
    far, whole = special.digamma(beta + power), special.digamma(alpha + beta + power)
    far_, whole_ = special.polygamma(1, beta + power), special.polygamma(1, alpha + beta + power)
    start, start_ = special.digamma(alpha + beta), special.polygamma(1, alpha + beta)
    by_power, by_power_ = far - whole, far_ - whole_
    slope = np.stack([start - whole, by_power + start - special.digamma(beta), by_power * moved])
    bend = np.empty((3, 3, len(ages)))
    bend[0, 0] = bend[0, 1] = bend[1, 0] = start_ - whole_
    bend[1, 1] = by_power_ + start_ - special.polygamma(1, beta)
    bend[0, 2] = bend[2, 0] = -whole_ * moved
    bend[1, 2] = bend[2, 1] = by_power_ * moved
    bend[2, 2] = by_power_ * moved**2 + by_power * moved_
    return log_survival(parameters, ages), slope[:count], bend[:count, :count]


def alike_surface(parameters: Floats, ages: Floats) -> tuple[Floats, Floats, Floats]:
    """The same of customers who do not differ, by rate and, where given, c."""
    rate, count = parameters[0], len(parameters)
    power, moved, moved_ = _powers(float(parameters[1]) if count > 1 else 1.0, ages)
    nothing = np.zeros_like(power)
    slope = np.stack([-power, -rate * moved])
    bend = np.stack([np.stack([nothing, -moved]), np.stack([-moved, -rate * moved_])])
    return log_survival(parameters, ages, alike=True), slope[:count], bend[:count, :count]


def _powers(c: float, ages: Floats) -> tuple[Floats, Floats, Floats]:
    """The ages to the power of c, and how that moves with c: once, twice."""
    logs = np.log(np.maximum(ages, 1.0))
    power = ages**c
    return power, power * logs, power * logs**2
