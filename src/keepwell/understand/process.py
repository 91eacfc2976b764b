"""How do customers buy, and how do they leave? What every such account of them must be able to tell."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keepwell.understand.cells import Cells

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

YEAR_DAYS = 365
"""Days of a year in yearly rates."""

_LITTLE = 1e-13


class Ahead(ABC):
    """What lies ahead of customers who are still there, per case: all arrays have shape (cases,). Times are in units."""

    @abstractmethod
    def expected(self, time: float) -> Floats:
        """How many more purchases they make in the time."""

    @abstractmethod
    def at_least(self, count: int, time: float) -> Floats:
        """How likely they make that many more purchases or more; *count* is at least 1."""

    def reaching(self, most: int, time: float) -> Floats:
        """How likely they make 1, 2 … *most* more purchases or more, shape (cases, most)."""
        return np.stack([self.at_least(count, time) for count in range(1, most + 1)], axis=1)

    def pairs(self, time: float) -> Floats:
        """How many pairs of further purchases: the mean of N (N - 1) / 2, from which the variance of N follows."""
        total, count = 0.0 * self.at_least(1, time), 2
        while (likely := self.at_least(count, time)).max(initial=0.0) * count > _LITTLE:
            total += (count - 1) * likely
            count += 1
        return total

    @abstractmethod
    def staying(self, time: float) -> Floats:
        """How likely they have not left after *time*."""

    @abstractmethod
    def stay(self) -> Floats:
        """How long they stay on average; infinite where the average does not exist."""

    @abstractmethod
    def median_stay(self) -> Floats:
        """After how long half of them have left; infinite where half never do."""

    @abstractmethod
    def discounted(self, force: float, time: float | None) -> Floats:
        """
        Purchases to be expected, each worth the less the later it comes: by exp(-force x time).

        Args:
            force: Of discounting, per unit of time, above 0 where *time* is None.
            time: How far ahead; None is for ever.
        """


class Flow(Ahead):
    """What lies ahead where the pace of purchases is known at every time."""

    @abstractmethod
    def pace(self, time: Floats) -> Floats:
        """Purchases to be expected per unit of time, *time* from now, of those who are here now."""

    @abstractmethod
    def staying(self, time: float | Floats) -> Floats:
        """See Ahead; *time* may differ by case."""

    @property
    @abstractmethod
    def scale(self) -> Floats:
        """A time over which their pace changes noticeably."""

    def median_stay(self) -> Floats:
        """See Ahead."""
        return half_life(self.staying, self.scale)

    def discounted(self, force: float, time: float | None) -> Floats:
        """See Ahead: the pace, summed up by Gauss-Legendre over the logarithm of time."""
        end = 40 / force if time is None else time
        last = np.log1p(end / self.scale)
        total = np.zeros_like(self.scale)
        for node, weight in zip(*legendre(48), strict=True):
            when = self.scale * np.expm1(last * node)
            total += weight * np.exp(-force * when) * self.pace(when) * (self.scale + when)
        return total * last


def half_life(staying: Callable[[Floats], Floats], scale: Floats) -> Floats:
    """When half of them have left: by halving the logarithm of time."""
    short, long = np.full_like(scale, -30.0), np.full_like(scale, 60.0)
    for _ in range(60):
        middle = (short + long) / 2
        here = staying(scale * np.exp(middle)) > 0.5
        short, long = np.where(here, middle, short), np.where(here, long, middle)
    return np.where(long > 59, np.inf, scale * np.exp(long))


class Process(ABC):
    """
    An account of how customers buy and leave.

    Args:
        names: Of its parameters, which are all above 0 (class attribute, as are the following).
        timed: Those which are times; they change with the unit. Where there are none, times are counted, not measured.
        null: The same account if nobody left.
        effects: What may differ between groups of customers: the name of a factor -> how the parameters' logarithms move with its own.
        spreads: In what customers differ -> the parameter that is without end where they do not, and the one it then keeps a ratio with.
    """

    names: ClassVar[tuple[str, ...]]
    timed: ClassVar[tuple[str, ...]]
    null: ClassVar["Process"]
    effects: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    spreads: ClassVar[Mapping[str, tuple[str, str]]] = {}

    @abstractmethod
    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """Log-likelihood of what was seen, its derivatives by the parameters, and its second derivatives."""

    @abstractmethod
    def alive(self, parameters: Floats, seen: Cells) -> Floats:
        """How likely the customers of each cell are still there."""

    @abstractmethod
    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """What lies ahead of those still there, by distinct cases, and the case of each cell."""

    @abstractmethod
    def words(self, parameters: Floats, unit_days: float) -> str:
        """What the parameters say, in a sentence."""

    def starts(self, steady: Floats) -> list[Floats]:
        """
        Where to begin to look for the parameters, the likeliest first.

        Args:
            steady: The parameters if nobody left.
        """
        return [np.ones(4), np.concatenate([steady, [0.3, 1.0]])]

    def beginning(self, seen: Cells) -> Floats:
        """A rough guess, for accounts in which nobody leaves."""
        raise NotImplementedError


class Steady(Process):
    """
    Nobody leaves: each customer buys at random at a rate of their own for ever (NBD).

    Rates are gamma distributed over customers: shape r, and alpha, a time.
    Source: Ehrenberg (1959), Applied Statistics 8(1).
    """

    names = ("r", "alpha")
    timed = ("alpha",)
    spreads = {"how often they buy": ("r", "alpha")}  # noqa: RUF012

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        r, alpha = parameters
        height, slope, bend = rates(r, alpha, seen)
        repeats, until = seen.until.repeats, alpha + seen.until.time
        customers = np.bincount(seen.until.place, weights=seen.customers)
        height -= float(customers @ ((r + repeats) * np.log(until)))
        slope -= np.array([customers @ np.log(until), customers @ ((r + repeats) / until)])
        bend[0, 1] -= customers @ (1 / until)
        bend[1, 0] = bend[0, 1]
        bend[1, 1] += customers @ ((r + repeats) / until**2)
        return height, slope, bend

    def alive(self, parameters: Floats, seen: Cells) -> Floats:  # noqa: ARG002  whatever the rates
        """Everybody."""
        return np.ones(len(seen.repeats))

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """See Process."""
        r, alpha = parameters
        return SteadyAhead(r + seen.until.repeats, alpha + seen.until.time), seen.until.place

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        return f"People buy on {yearly(parameters, unit_days):.3g} further days a year on average."

    def beginning(self, seen: Cells) -> Floats:
        """Everybody's rate together, spread as an exponential."""
        rate = float(seen.customers @ seen.repeats) / max(float(seen.customers @ seen.age), 1e-12)
        return np.array([1.0, 1 / rate])


def yearly(parameters: Floats, unit_days: float) -> float:
    """Purchases per year of 365 days at the mean of gamma distributed rates."""
    return float(parameters[0] / parameters[1] * YEAR_DAYS / unit_days)


def rates(r: float, alpha: float, seen: Cells, steps: int = 1) -> tuple[float, Floats, Floats]:
    """
    The part of a log-likelihood that gamma distributed rates bring in: log of alpha^r Gamma(r + steps x repeats) / Gamma(r).

    Args:
        r: Shape.
        alpha: A time.
        seen: What was seen.
        steps: Unseen steps to a purchase.
    """
    repeats, customers = seen.by_repeats[0] * steps, seen.by_repeats[1]
    total = seen.total
    height = customers @ special.gammaln(r + repeats) + total * (r * np.log(alpha) - special.gammaln(r))
    slope = np.array([
        customers @ special.digamma(r + repeats) + total * (np.log(alpha) - special.digamma(r)), total * r / alpha,
    ])  # fmt: skip
    curve = customers @ special.polygamma(1, r + repeats) - total * special.polygamma(1, r)
    bend = np.array([[curve, total / alpha], [total / alpha, -total * r / alpha**2]])
    return float(height), slope, bend


class SteadyAhead(Flow):
    """
    For ever at a rate that is gamma distributed.

    Args:
        r: Shape, (cases,).
        alpha: A time, (cases,).
    """

    def __init__(self, r: Floats, alpha: Floats) -> None:
        self.r, self.alpha = r, alpha

    def expected(self, time: float) -> Floats:
        """See Ahead."""
        return self.r * time / self.alpha

    def at_least(self, count: int, time: float) -> Floats:
        """See Ahead."""
        return arrivals(self.r, self.alpha, count, time)

    def pairs(self, time: float) -> Floats:
        """See Ahead."""
        return self.r * (self.r + 1) / 2 * (time / self.alpha) ** 2

    def pace(self, time: Floats) -> Floats:
        """See Ahead."""
        return self.r / self.alpha + 0 * time

    def staying(self, time: float | Floats) -> Floats:
        """See Ahead."""
        return np.ones_like(self.r) + 0 * time

    def stay(self) -> Floats:
        """See Ahead."""
        return np.full_like(self.r, np.inf)

    @property
    def scale(self) -> Floats:
        """See Ahead."""
        return self.alpha


def arrivals(r: Floats, alpha: Floats, count: int, time: float | Floats) -> Floats:
    """How likely *count* purchases or more fall into *time* while nobody leaves: the upper tail of a negative binomial."""
    if count == 1:
        return -np.expm1(-r * np.log1p(time / alpha))
    tail: Floats = special.betainc(count, r, time / (alpha + time))
    return tail


@cache
def legendre(count: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights between 0 and 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2
