"""After which purchase do customers leave for good? BG/NBD and MBG/NBD: buying at random until a coin says stop."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keepwell.understand.ascent import Summit, climb
from keepwell.understand.cells import Cells

Floats = NDArray[np.float64]


class BetaGeometric:
    """
    Customers buy at random at a rate of their own (gamma over customers: r, alpha) and after every purchase leave for good
    with a chance of their own (beta over customers: a, b).

    Args:
        modified: Whether customers may leave after the very first purchase already (MBG/NBD).

    Source: Fader, Hardie and Lee (2005), Marketing Science 24(2); modified: Batislam, Denizel and Filiztekin (2007).
    """

    names = ("r", "alpha", "a", "b")

    def __init__(self, *, modified: bool = False) -> None:
        self.modified = modified

    def fit(self, cells: Cells) -> "BetaGeometric":
        """
        The parameters under which what was seen is likeliest.

        Args:
            cells: What was seen, in units of time.

        Raises:
            ModelError: There are none: the data do not look so.
        """
        scale = 10 / max(float(cells.age.max()), 1e-12)  # the ascent is safest where times are near ten
        scaled = Cells(cells.repeats, cells.recency * scale, cells.age * scale, cells.customers)
        summit = climb(lambda parameters: self._surface(parameters, scaled), np.ones(4))
        unit = np.array([1, scale, 1, 1])
        self.parameters_ = dict(zip(self.names, summit.parameters / unit, strict=True))
        self.covariance_ = summit.covariance
        self.log_likelihood_ = summit.height + np.log(scale) * float(cells.customers @ cells.repeats)
        return self

    def _surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        mixed = self._mixed(parameters, seen)
        whole = self._whole(parameters, seen)
        return mixed[0] + whole[0], mixed[1] + whole[1], mixed[2] + whole[2]

    def _mixed(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """The part told apart by whether the customer is still there: log of the sum of both ways."""
        r, alpha, a, b = parameters
        rate = r + seen.repeats
        # Without a repeat there was no coin, unless the first purchase has one: its chance to be gone is then 0.
        chances = b + seen.repeats if self.modified else np.where(seen.repeats > 0, b + seen.repeats - 1, np.inf)
        since, until = alpha + seen.recency, alpha + seen.age
        there = -rate * np.log(until)
        gone = np.log(a / chances) - rate * np.log(since)
        height = np.logaddexp(there, gone)
        left = np.exp(gone - height)  # the chance of having left, given what was seen
        weight = seen.customers
        return (
            float(weight @ height),
            *_moments(left, weight, rate, (1 / until, np.log(until)), (1 / since, np.log(since)), a, chances),
        )

    def _whole(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """The part that depends on the number of repeats alone."""
        r, alpha, a, b = parameters
        repeats, customers = seen.by_repeats
        more = repeats + (1.0 if self.modified else 0.0)
        total = customers.sum()
        height = customers @ (
            special.gammaln(r + repeats) + special.gammaln(b + more) - special.gammaln(a + b + more)
        ) + total * (r * np.log(alpha) - special.gammaln(r) + special.gammaln(a + b) - special.gammaln(b))
        one = [
            customers @ special.digamma(p + n) - total * special.digamma(p) for p, n in _shifts(r, a, b, repeats, more)
        ]
        two = [
            customers @ special.polygamma(1, p + n) - total * special.polygamma(1, p)
            for p, n in _shifts(r, a, b, repeats, more)
        ]
        slope = np.array([one[0] + total * np.log(alpha), total * r / alpha, -one[2], one[1] - one[2]])
        bend = np.zeros((4, 4))
        bend[0, 0], bend[1, 1] = two[0], -total * r / alpha**2
        bend[0, 1] = bend[1, 0] = total / alpha
        bend[2:, 2:] = -two[2]
        bend[3, 3] += two[1]
        return float(height), slope, bend


def _shifts(r: float, a: float, b: float, repeats: Floats, more: Floats) -> tuple[tuple[float, Floats], ...]:
    """Arguments of the gamma functions, each with what is added to it."""
    return (r, repeats), (b, more), (a + b, more)


def _moments(
    left: Floats,
    weight: Floats,
    rate: Floats,
    until: tuple[Floats, Floats],
    since: tuple[Floats, Floats],
    a: float,
    chances: Floats,
) -> tuple[Floats, Floats]:
    """
    Slope and bend of a log of two terms: the mean of their slopes; the mean of their bends and the spread of their slopes.

    Args:
        left: Weight of the second term, the customer having left.
        weight: Customers.
        rate: r + repeats.
        until: 1 / (alpha + age), and its logarithm's negative.
        since: The same of the recency.
        a: The parameter.
        chances: b + repeats - 1, or + 0 where modified.
    """
    stay, out = weight * (1 - left), weight * left
    (inverse, log), (inverse_, log_) = until, since
    slope = np.array([
        -(stay @ log + out @ log_),
        -(stay @ (rate * inverse) + out @ (rate * inverse_)),
        out.sum() / a,
        -(out @ (1 / chances)),
    ])  # fmt: skip
    spread = stay * left
    apart = np.stack([log - log_, rate * (inverse - inverse_), np.full_like(rate, 1 / a), -1 / chances])
    bend = (apart * spread) @ apart.T
    both = -(stay @ inverse + out @ inverse_)
    bend[0, 1] += both
    bend[1, 0] += both
    bend[1, 1] += stay @ (rate * inverse**2) + out @ (rate * inverse_**2)
    bend[2, 2] -= out.sum() / a**2
    bend[3, 3] += out @ (1 / chances**2)
    return slope, bend
