"""When do customers leave for good? Buying at random until an unseen end."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from keepwell.understand.buying import Buying
from keepwell.understand.cells import Cells
from keepwell.understand.model import model
from keepwell.understand.process import YEAR_DAYS, Ahead, Flow, Process, Steady, arrivals, legendre, rates, yearly
from keepwell.understand.ways import Way, either, moments

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_NODES = ((2.0, 32), (100.0, 64), (2000.0, 96), (np.inf, 160))
"""Nodes for an error below 1e-9, by how far apart both bases are, relative to how steeply the integrand falls."""
_AT_ONCE = 32768
_TOO_LONG = 100 * YEAR_DAYS
"""Days beyond which no stay is told: the law says so much, the data do not."""
_BENDS = ((0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3))


class Hazard(Process):
    """
    Customers buy at random at a rate of their own and leave at random at another rate of their own.

    Both rates are gamma distributed over customers: of buying (r; alpha, a time), of leaving (s; beta, a time).
    What was seen of a customer is likely in two ways, each one integral over u that knows but one of the two times, T and t:
    (r + x) of (alpha + u)^-(r + x + 1) (beta + u)^-s from T on, and s of (alpha + u)^-(r + x) (beta + u)^-(s + 1) from t on.
    (Integrated by parts from the usual difference of two integrals, so that nothing cancels and no case is met twice.)
    """

    names = ("r", "alpha", "s", "beta")
    timed = ("alpha", "beta")
    null = Steady()
    effects = {"buying": (0, -1, 0, 0), "leaving": (0, 0, 0, -1)}  # noqa: RUF012
    spreads = {"how often they buy": ("r", "alpha"), "how readily they leave": ("s", "beta")}  # noqa: RUF012

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        r, alpha, s, beta = parameters
        height, slope, bend = either(seen.customers, *(_integral(parameters, seen, alive) for alive in (True, False)))
        rated, total = rates(r, alpha, seen), seen.total
        slope[:2] += rated[1]
        bend[:2, :2] += rated[2]
        slope[2:] += total * np.array([np.log(beta), s / beta])
        bend[2:, 2:] += total * np.array([[0, 1 / beta], [1 / beta, -s / beta**2]])
        return height + rated[0] + total * float(s * np.log(beta)), slope, bend

    def alive(self, parameters: Floats, seen: Cells) -> Floats:
        """The likelihood of the age without a leaving, among all that could have been."""
        r, alpha, s, beta = parameters
        until = seen.until
        here = -(r + until.repeats) * np.log(alpha + until.time) - s * np.log(beta + until.time)
        ways = [_integral(parameters, seen, alive, curved=False) for alive in (True, False)]
        later, earlier = (way.height[way.place] for way in ways)
        return np.exp(np.minimum(here[until.place] - np.logaddexp(later, earlier), 0.0))

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """Given that they are still there, the account is the same with other parameters."""
        r, alpha, s, beta = parameters
        until = seen.until
        return HazardAhead(r + until.repeats, alpha + until.time, s, beta + until.time), until.place

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        _r, _alpha, s, beta = parameters
        with np.errstate(over="ignore"):
            half = beta * np.expm1(np.log(2) / s) * unit_days
        pace = f"While customers, people buy on {yearly(parameters, unit_days):.3g} further days a year on average."
        until = f"{half:,.0f} days" if half < _TOO_LONG else "longer than can be told: more than a hundred years"
        return f"{pace} Half of the newcomers have left for good after {until}."


def _integral(parameters: Floats, seen: Cells, alive: bool, *, curved: bool = True) -> Way:
    """One of both integrals for every distinct pair of repeats and time."""
    pairs = seen.until if alive else seen.since
    height, slope = np.empty(len(pairs.time)), np.empty((4, len(pairs.time)))
    bends = {which: np.empty(len(pairs.time)) for which in _BENDS} if curved else {}
    r, alpha, s, beta = parameters
    for some, nodes in _pieces(abs(alpha - beta) / (min(alpha, beta) + pairs.time) / (r + s + pairs.repeats)):
        share, u, height[some] = _nodes(parameters, pairs.repeats[some], pairs.time[some], alive, nodes)
        if curved:
            slope[:, some], parts = _curve(parameters, pairs.repeats[some], alive, (share, u))
            for which, part in parts.items():
                bends[which][some] = part
    return Way(height, slope, bends, pairs.place)


def _pieces(apart: Floats) -> Iterator[tuple[Whole, int]]:
    """Pairs that need the same number of nodes, so many at once as stay in the cache."""
    least = -1.0
    for most, nodes in _NODES:
        those = np.flatnonzero((apart > least) & (apart <= most))
        size = _AT_ONCE // nodes
        yield from ((those[begin : begin + size], nodes) for begin in range(0, len(those), size))
        least = most


def _nodes(parameters: Floats, repeats: Floats, time: Floats, alive: bool, nodes: int) -> tuple[Floats, Floats, Floats]:
    """
    The integral over u from a time on, at nodes.

    With u = time + a (e^v - 1), a the smaller of both bases at the start, the integrand falls as e^-kv or faster;
    v = last x z^2 and Gauss-Legendre in z. Beyond *last* there is less than 1e-16 of it.

    Returns:
        The share each node has in the integral and u at the nodes, both (pairs, nodes), and its logarithm, (pairs,).
    """
    r, alpha, s, beta = parameters
    often, leave = r + repeats + alive, s + (not alive)
    k = often + leave - 1
    near = min(alpha, beta) + time
    far = often if alpha > beta else leave
    apart = abs(alpha - beta) / near
    steep = np.maximum(k - far * apart / (1 + apart), 1e-300)  # of the fall at its start; it grows from there on
    last = np.minimum((37 + far * np.log1p(apart)) / k, 37 / steep)
    z, weight = legendre(nodes)
    v = last[:, None] * z**2
    u = time[:, None] + near[:, None] * np.expm1(v)
    log = v - often[:, None] * np.log(alpha + u) - leave * np.log(beta + u) + np.log(weight * z)
    top = log.max(axis=1)
    share = np.exp(log - top[:, None])
    whole = share.sum(axis=1)
    factor = r + repeats if alive else s
    return share / whole[:, None], u, top + np.log(whole * factor * near * 2 * last)


def _curve(
    parameters: Floats, repeats: Floats, alive: bool, at: tuple[Floats, Floats]
) -> tuple[Floats, dict[tuple[int, int], Floats]]:
    """Slope and bend of the logarithm of the integral: means and spreads over the nodes."""
    r, alpha, s, beta = parameters
    often, leave = (r + repeats + alive)[:, None], s + (not alive)
    share, u = at
    one, two = 1 / (alpha + u), 1 / (beta + u)
    means, bends = moments(share, (np.log(one), -often * one, np.log(two), -leave * two))
    shared = share * one
    bends[0, 1] -= shared.sum(axis=1)
    bends[1, 1] += often[:, 0] * np.einsum("pn,pn->p", shared, one)
    shared = share * two
    bends[2, 3] -= shared.sum(axis=1)
    bends[3, 3] += leave * np.einsum("pn,pn->p", shared, two)
    which, factor = (0, r + repeats) if alive else (2, np.full_like(repeats, s))
    means[which] += 1 / factor
    bends[which, which] -= 1 / factor**2
    return means, bends


class HazardAhead(Flow):
    """
    What lies ahead of customers who may leave at any time.

    Args:
        r: Shape of the rates of buying, (cases,).
        alpha: A time, (cases,).
        s: Shape of the rates of leaving.
        beta: A time, (cases,).
    """

    def __init__(self, r: Floats, alpha: Floats, s: float, beta: Floats) -> None:
        self.r, self.alpha, self.s, self.beta = r, alpha, s, beta

    def expected(self, time: float) -> Floats:
        """The rate times the mean time they are there; told without dividing by s - 1."""
        log = np.log1p(time / self.beta)
        return self.r / self.alpha * self.beta * log * special.exprel((1 - self.s) * log)

    def pairs(self, time: float) -> Floats:
        """The mean square of the rate, times the integral of time x how likely they are still there."""
        log = np.log1p(time / self.beta)
        there = log * (special.exprel((2 - self.s) * log) - special.exprel((1 - self.s) * log))
        return self.r * (self.r + 1) * (self.beta / self.alpha) ** 2 * there

    def at_least(self, count: int, time: float) -> Floats:
        """That many come before the end of the time if they stay until then, or else before they leave."""
        last = np.log1p(time / self.beta)
        total = arrivals(self.r, self.alpha, count, time) * self.staying(time)
        for node, weight in zip(*legendre(48), strict=True):
            when = self.beta * np.expm1(last * node)
            left = self.s * np.exp(-self.s * last * node)
            total += weight * last * left * arrivals(self.r, self.alpha, count, when)
        return total

    def reaching(self, most: int, time: float) -> Floats:
        """See Ahead: one purchase or more, less each exact number in turn."""
        last = np.log1p(time / self.beta)[:, None]
        node, weight = legendre(48)
        when = np.column_stack([self.beta[:, None] * np.expm1(last * node), np.full_like(self.beta, time)])
        weight = np.column_stack([weight * last * self.s * np.exp(-self.s * last * node), self.staying(time)])
        times = np.log(when / (self.alpha[:, None] + when)), self.r[:, None] * np.log1p(when / self.alpha[:, None])
        told = np.empty((len(self.r), most))
        told[:, 0] = self.at_least(1, time)
        for count in range(1, most):
            front = special.gammaln(self.r + count) - special.gammaln(self.r) - special.gammaln(count + 1)
            exactly = np.einsum("cn,cn->c", weight, np.exp(front[:, None] + count * times[0] - times[1]))
            told[:, count] = told[:, count - 1] - exactly
        return np.maximum(told, 0.0)

    def pace(self, time: Floats) -> Floats:
        """See Ahead."""
        return self.r / self.alpha * self.staying(time)

    def staying(self, time: float | Floats) -> Floats:
        """See Ahead."""
        return np.exp(-self.s * np.log1p(time / self.beta))

    def stay(self) -> Floats:
        """Exists where s is above 1."""
        return self.beta / (self.s - 1) if self.s > 1 else np.full_like(self.beta, np.inf)

    @property
    def scale(self) -> Floats:
        """See Ahead."""
        return self.beta


@model
class ParetoNbd(Buying):
    """Buying at random until an end that nobody sees, at random too."""

    id = "pareto_nbd"
    name = "Purchases until an unseen end (Pareto/NBD)"
    question = "Who is still a customer, and how many more purchases will each make?"
    assumes = "Customers buy at random at steady rates of their own, and leave for good at any time, without a sign."
    misleads = (
        "Seasons, campaigns and slow changes of habit are not in it. "
        "Several orders of one day are one purchase day, so rates are of days with a purchase."
    )
    source = (
        "Schmittlein, Morrison and Colombo (1987), Management Science 33(1), 1-24; Fader and Hardie (2005), note 009."
    )
    process = Hazard()
