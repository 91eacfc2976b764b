"""After which purchase do customers leave for good? Buying at random until a coin says stop."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keepwell.understand.buying import Buying
from keepwell.understand.cells import Cells
from keepwell.understand.model import model
from keepwell.understand.process import Ahead, Flow, Process, Steady, arrivals, rates, yearly
from keepwell.understand.ways import Way, chance_of_first, either

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_NODES = 96
_AT_ONCE = 4096
_CANCELS = 1e-5


class Coin(Process):
    """
    Customers buy at random at a rate of their own, and leave after a purchase with a chance of their own.

    Rates are gamma distributed over customers (r; alpha, a time), chances beta distributed (a, b).
    What was seen of a customer is likely in two ways: still there for the whole age, or gone after the last purchase.

    Args:
        first: Whether customers may leave after the very first purchase already (MBG/NBD).
        steps: Unseen steps to a purchase: it is they that come at random (see regular.py).
    """

    names = ("r", "alpha", "a", "b")
    timed = ("alpha",)
    null = Steady()
    effects = {"buying": (0, -1, 0, 0), "leaving": (0, 0, 0.5, -0.5)}  # noqa: RUF012  the odds of leaving, their spread kept
    spreads = {"how often they buy": ("r", "alpha"), "how readily they leave": ("b", "a")}  # noqa: RUF012

    def __init__(self, *, first: bool, steps: int = 1) -> None:
        self.first, self.steps = float(first), steps

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        height, slope, bend = either(seen.customers, *self._ways(parameters, seen))
        rated = rates(parameters[0], parameters[1], seen, self.steps)
        tossed = coins(parameters[2], parameters[3], seen, self.first)
        slope[:2] += rated[1]
        slope[2:] += tossed[1]
        bend[:2, :2] += rated[2]
        bend[2:, 2:] += tossed[2]
        return height + rated[0] + tossed[0], slope, bend

    def alive(self, parameters: Floats, seen: Cells) -> Floats:
        """See Process."""
        return chance_of_first(*self._ways(parameters, seen))

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """Given that they are still there, the account is the same with other parameters."""
        r, alpha, a, b = parameters
        repeats, age = seen.until.repeats, seen.until.time
        return CoinAhead(r + repeats, alpha + age, a, b + repeats + self.first), seen.until.place

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        _r, _alpha, a, b = parameters
        which = "every purchase" if self.first else "every purchase but the first"
        pace = f"While customers, people buy on {yearly(parameters, unit_days):.3g} further days a year on average."
        return f"{pace} After {which} {a / (a + b):.0%} leave for good, some far sooner than others."

    def _there(self, parameters: Floats, seen: Cells) -> Way:
        """No purchase since the last, though still there."""
        until = seen.until
        return Way(*rated(parameters[0] + until.repeats, parameters[1] + until.time), until.place)

    def _ways(self, parameters: Floats, seen: Cells) -> tuple[Way, Way]:
        r, alpha, a, b = parameters
        since = seen.since
        gone = rated(r + self.steps * since.repeats, alpha + since.time)
        # After the repeats the last toss said stop; without a repeat there was none, unless after the first purchase.
        tossed = b + since.repeats - 1 + self.first
        tossed = np.where((since.repeats > 0) | bool(self.first), tossed, np.inf)
        slope = gone[1]
        slope[2], slope[3] = 1 / a, -1 / tossed
        bend = {**gone[2], (2, 2): np.full_like(tossed, -1 / a**2), (3, 3): 1 / tossed**2}
        with np.errstate(divide="ignore"):
            height = gone[0] + np.log(a / tossed)
        return self._there(parameters, seen), Way(height, slope, bend, since.place)


def rated(count: Floats, time: Floats) -> tuple[Floats, Floats, dict[tuple[int, int], Floats]]:
    """Log of (alpha + time)^-(r + repeats) and its derivatives by r, alpha; a and b have none."""
    log, nothing = np.log(time), np.zeros_like(time)
    slope = np.stack([-log, -count / time, nothing, nothing])
    return -count * log, slope, {(0, 1): -1 / time, (1, 1): count / time**2}


def coins(a: float, b: float, seen: Cells, first: float) -> tuple[float, Floats, Floats]:
    """The part of a log-likelihood that the tosses bring in: that none said stop after as many as there were purchases."""
    repeats, customers = seen.by_repeats
    tosses, total = repeats + first, seen.total
    height = customers @ (special.betaln(a, b + tosses) - special.betaln(a, b))
    both = customers @ special.digamma(a + b + tosses) - total * special.digamma(a + b)
    stay = customers @ special.digamma(b + tosses) - total * special.digamma(b)
    curve = customers @ special.polygamma(1, a + b + tosses) - total * special.polygamma(1, a + b)
    own = customers @ special.polygamma(1, b + tosses) - total * special.polygamma(1, b)
    return float(height), np.array([-both, stay - both]), np.array([[-curve, -curve], [-curve, own - curve]])


class CoinAhead(Flow):
    """
    What lies ahead of customers who toss a coin after every purchase from now on.

    Everything is a mean over the chance of leaving: closed in the rate, and a sum over nodes in the chance.
    So no formula divides by a - 1, and none needs a hypergeometric function.

    Args:
        r: Shape of the rates, (cases,).
        alpha: A time, (cases,).
        a: Of the chances, which no purchase changes.
        b: Of the chances, (cases,).
    """

    def __init__(self, r: Floats, alpha: Floats, a: float, b: Floats) -> None:
        self.r, self.alpha, self.a, self.b = r, alpha, a, b
        there, self._which = np.unique(b, return_inverse=True)
        self._chance, self._weight = chances(np.full_like(there, a), there)

    def expected(self, time: float) -> Floats:
        """The mean over p of (1 - (1 + p time / alpha)^-r) / p: Fader, Hardie and Lee (2005), before p is integrated out."""
        return self._mean(lambda p, z, r: -np.expm1(-r * np.log1p(p * z)) / p, time)

    def at_least(self, count: int, time: float) -> Floats:
        """That many would come if nobody left, and no earlier toss said stop."""
        held: Floats = np.exp(special.betaln(self.a, self.b + count - 1) - special.betaln(self.a, self.b))
        return held * arrivals(self.r, self.alpha, count, time)

    def pairs(self, time: float) -> Floats:
        """The mean over p of (1 - p) / p^2 times how likely two purchases or more fall into p time: they come while no toss said stop."""
        return self._mean(_two, time)

    def pace(self, time: Floats) -> Floats:
        """See Ahead."""
        return self.r / self.alpha * self._mean(lambda p, z, r: np.exp(-(r + 1) * np.log1p(p * z)), time)

    def staying(self, time: float | Floats) -> Floats:
        """See Ahead."""
        return self._mean(lambda p, z, r: np.exp(-r * np.log1p(p * z)), time)

    def stay(self) -> Floats:
        """The mean of 1 / (rate x chance), which exists where r and a are above 1."""
        if self.a <= 1:
            return np.full_like(self.r, np.inf)
        often = (self.a + self.b - 1) / (self.a - 1)
        return np.where(self.r > 1, self.alpha * often / np.where(self.r > 1, self.r - 1, 1.0), np.inf)

    @property
    def scale(self) -> Floats:
        """See Ahead."""
        return self.alpha

    def _mean(self, of: Callable[[Floats, Floats, Floats], Floats], time: float | Floats) -> Floats:
        """The mean over chances of a function of p, time / alpha and r; some cases at once, so that they stay in the cache."""
        ratio, told = time / self.alpha, np.empty_like(self.r)
        for begin in range(0, len(told), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            which = self._which[some]
            values = of(self._chance[which], ratio[some, None], self.r[some, None])
            told[some] = np.einsum("ij,ij->i", values, self._weight[which])
        return told


def _two(p: Floats, z: Floats, r: Floats) -> Floats:
    """(1 - p) / p^2 times how likely a negative binomial count of shape r and odds pz is 2 or more; a series where that cancels."""
    u = p * z
    none = np.exp(-r * np.log1p(u))
    tail = -np.expm1(-r * np.log1p(u)) - r * u / (1 + u) * none
    small = r * (r + 1) / 2 * z**2 * (1 - 2 / 3 * (r + 2) * u)
    return (1 - p) * np.where((r + 2) * u < _CANCELS, small, tail / np.maximum(p, 1e-150) ** 2)


def chances(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """
    Nodes and weights for means over beta distributed chances, good for any a and b above 0.

    Args:
        a: Shape (n,).
        b: Shape (n,).

    Returns:
        Chances and weights, each of shape (n, nodes); the weights of each row sum to 1.
    """
    a, b = a[:, None], b[:, None]
    centre = special.digamma(a + 1) - special.digamma(b + 1)
    spread = np.sqrt(special.polygamma(1, a + 1) + special.polygamma(1, b + 1))
    top = a * np.log(a / (a + b)) + b * np.log(b / (a + b))
    odds, weight = nodes(lambda y: -a * np.logaddexp(0, -y) - b * np.logaddexp(0, y) - top, centre, spread)
    return np.maximum(special.expit(odds), 1e-300), weight


def nodes(density: Callable[[Floats], Floats], centre: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """
    Nodes and weights for means over a distribution whose tails fall at least exponentially.

    The trapezoid rule over u where y = centre + spread x sinh(u): both tails then fall doubly exponentially,
    and the rule is exact to about ten digits for smooth functions.

    Args:
        density: The logarithm of its density, about 0 at the top.
        centre: About there, (n, 1).
        spread: The standard deviation, about, (n, 1).

    Returns:
        Values of y and weights, each of shape (n, nodes); the weights of each row sum to 1.
    """

    def at(u: Floats) -> Floats:
        return density(centre + spread * np.sinh(u))

    low, high = _until(lambda u: at(-u), centre), _until(at, centre)
    u = -low + (low + high) * np.linspace(0, 1, _NODES)
    weight = np.exp(at(u)) * np.cosh(u)
    return centre + spread * np.sinh(u), weight / weight.sum(axis=1, keepdims=True)


def _until(fall: Callable[[Floats], Floats], like: Floats) -> Floats:
    """How far to go until next to nothing is left, by halving."""
    near, far = np.zeros_like(like), np.full_like(like, 40.0)
    for _ in range(40):
        middle = (near + far) / 2
        inside = fall(middle) > -39
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return far


@model
class BgNbd(Buying):
    """Buying at random; after every repeat purchase a coin says whether the customer leaves for good."""

    id = "bg_nbd"
    name = "Purchases until a coin says stop (BG/NBD)"
    question = "Who is still a customer, and how many more purchases will each make?"
    assumes = "Customers buy at random at steady rates of their own, and leave only right after a repeat purchase, without a sign."
    misleads = (
        "Whoever bought once is held to be still there, however long ago. Seasons, campaigns and slow changes of habit are not in it. "
        "Several orders of one day are one purchase day, so rates are of days with a purchase."
    )
    source = "Fader, Hardie and Lee (2005), Marketing Science 24(2), 275-284."
    process = Coin(first=False)


@model
class MbgNbd(Buying):
    """The same, but customers may leave after the very first purchase already."""

    id = "mbg_nbd"
    name = "Purchases until a coin says stop, from the first on (MBG/NBD)"
    question = BgNbd.question
    assumes = "Customers buy at random at steady rates of their own, and leave only right after a purchase, the first one included."
    misleads = (
        "Seasons, campaigns and slow changes of habit are not in it. "
        "Several orders of one day are one purchase day, so rates are of days with a purchase."
    )
    source = "Batislam, Denizel and Filiztekin (2007), International Journal of Research in Marketing 24(3), 201-209."
    process = Coin(first=True)
