"""Who uses the next opportunity? Buying, giving or coming at most once a period, until the customer is gone."""

import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray
from scipy import special

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand.buying import Buying
from keepwell.understand.cells import Cells, distinct
from keepwell.understand.dropout import chances
from keepwell.understand.model import Needs, model, must_be, must_have, must_look_ahead
from keepwell.understand.process import Ahead, Process, half_life
from keepwell.understand.ways import Bends, Way, chance_of_first, either, moments, whole_bend

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def log_beta(p: float, q: float, more: Floats, less: Floats) -> tuple[Floats, Floats, Bends]:
    """
    How likely so many yes and no are, one after the other, when their chance is beta distributed.

    Args:
        p: Shape.
        q: Shape.
        more: How often yes.
        less: How often no.

    Returns:
        The log of B(p + more, q + less) / B(p, q), its slopes by p and q (first axis), and its bends.
    """
    one, two, both = p + more, q + less, p + q + more + less
    log = special.betaln(one, two) - special.betaln(p, q)
    turn, curve = (special.polygamma(n, both) - special.polygamma(n, p + q) for n in (0, 1))
    slope = np.stack([special.digamma(x) - special.digamma(y) - turn for x, y in ((one, p), (two, q))])
    bends = [special.polygamma(1, x) - special.polygamma(1, y) - curve for x, y in ((one, p), (two, q))]
    return log, slope, {(0, 0): bends[0], (0, 1): -curve, (1, 1): bends[1]}


class SteadyHabit(Process):
    """Nobody leaves: everybody uses each opportunity with a chance of their own, beta distributed (alpha, beta)."""

    names = ("alpha", "beta")
    timed = ()
    spreads = {"how readily they come": ("beta", "alpha")}  # noqa: RUF012

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        alpha, beta = parameters
        until = seen.until
        customers = np.bincount(until.place, weights=seen.customers).astype(np.float64)
        log, slope, bends = log_beta(alpha, beta, until.repeats, until.time - until.repeats)
        return float(customers @ log), slope @ customers, whole_bend(bends, customers, 2)

    def alive(self, parameters: Floats, seen: Cells) -> Floats:  # noqa: ARG002  whatever the chances
        """Everybody."""
        return np.ones(len(seen.repeats))

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """See Process."""
        alpha, beta = parameters
        until = seen.until
        return HabitAhead(alpha + until.repeats, beta + until.time - until.repeats, None), until.place

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        alpha, beta = parameters
        return f"People use {alpha / (alpha + beta):.0%} of the opportunities, one every {unit_days:g} days."

    def beginning(self, seen: Cells) -> Floats:
        """Everybody's share together."""
        share = float(seen.customers @ seen.repeats) / max(float(seen.customers @ seen.age_days), 1.0)
        return np.array([1.0, 1 / min(max(share, 1e-9), 1 - 1e-9) - 1])


class Habit(Process):
    """
    Customers use each opportunity with a chance of their own, and before each are gone for good with another.

    Both chances are beta distributed over customers: of using (alpha, beta), of leaving (gamma, delta).
    """

    names = ("alpha", "beta", "gamma", "delta")
    timed = ()
    null = SteadyHabit()
    spreads = {"how readily they come": ("beta", "alpha"), "how readily they leave": ("delta", "gamma")}  # noqa: RUF012

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        return either(seen.customers, *_ways(parameters, seen))

    def alive(self, parameters: Floats, seen: Cells) -> Floats:
        """See Process: there at the last opportunity."""
        return chance_of_first(*_ways(parameters, seen))

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """Given that they are still there, both chances are beta distributed with other parameters, and know nothing of each other."""
        alpha, beta, gamma, delta = parameters
        until = seen.until
        left = (gamma, delta + until.time)
        return HabitAhead(alpha + until.repeats, beta + until.time - until.repeats, left), until.place

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        alpha, beta, gamma, delta = parameters
        used = (
            f"While there, people use {alpha / (alpha + beta):.0%} of the opportunities, one every {unit_days:g} days."
        )
        return f"{used} Before each one {gamma / (gamma + delta):.0%} leave for good, some far sooner than others."


def _ways(parameters: Floats, seen: Cells) -> tuple[Way, Way]:
    """There at every opportunity; or gone before one of those since the last that was used, whichever."""
    until = seen.until
    there = _both(parameters, until.repeats, until.time, left=0.0)
    repeats, which = distinct(seen.repeats)
    spans = seen.age_days - seen.recency_days
    longest = int(spans.max(initial=0))
    when = np.arange(int(seen.age_days.max(initial=0)) + 1)
    used, until_then = np.meshgrid(repeats.astype(np.float64), when.astype(np.float64), indexing="ij")
    grid = _both(parameters, used.ravel(), until_then.ravel(), left=1.0)
    steps = np.arange(max(longest, 1))
    there_is = steps < spans[:, None]
    place = which[:, None] * len(when) + np.where(there_is, seen.recency_days[:, None] + steps, 0)
    gone = _sum(there_is, place, grid)
    return Way(*there, until.place), Way(*gone, np.arange(len(spans)))


def _both(parameters: Floats, repeats: Floats, opportunities: Floats, *, left: float) -> tuple[Floats, Floats, Bends]:
    """The log of a way with so many repeats until then, and its derivatives by all four; *left* is 1 where they then leave."""
    alpha, beta, gamma, delta = parameters
    unused = np.maximum(opportunities - repeats, 0)  # below 0 it is a place in the grid that no customer has
    used = log_beta(alpha, beta, repeats, unused)
    stayed = log_beta(gamma, delta, np.full(len(unused), left), opportunities)
    bends = {**used[2], **{(row + 2, column + 2): part for (row, column), part in stayed[2].items()}}
    return used[0] + stayed[0], np.concatenate([used[1], stayed[1]]), bends


def _sum(there: NDArray[np.bool_], place: Whole, terms: tuple[Floats, Floats, Bends]) -> tuple[Floats, Floats, Bends]:
    """The log of a sum of terms, per cell, and its derivatives; -inf where there are none."""
    log = np.where(there, terms[0][place], -np.inf)
    top = np.maximum(log.max(axis=1), -1e300)
    share = np.exp(log - top[:, None])
    whole = share.sum(axis=1)
    share /= np.maximum(whole, 1e-300)[:, None]
    slope, bends = moments(share, [part[place] for part in terms[1]])
    for which, part in terms[2].items():
        bends[which] += np.einsum("ct,ct->c", share, part[place])
    with np.errstate(divide="ignore"):
        return top + np.log(whole), slope, bends


class HabitAhead(Ahead):
    """
    What lies ahead of customers who may leave before every opportunity; times are numbers of opportunities.

    Args:
        p: Shape of the chances of using one, (cases,).
        q: Shape, (cases,).
        left: Shapes of the chances of leaving, (gamma, delta of (cases,)); None where nobody leaves.
    """

    def __init__(self, p: Floats, q: Floats, left: tuple[float, Floats] | None) -> None:
        self.p, self.q, self.left = p, q, left
        if left is None:
            self._chance, self._weight = np.zeros((len(p), 1)), np.ones((len(p), 1))
        else:
            self._chance, self._weight = chances(np.full_like(p, left[0]), left[1])

    def expected(self, time: float) -> Floats:
        """The mean chance of using one, times how many they are there for."""
        return self.discounted(0.0, time)

    def at_least(self, count: int, time: float) -> Floats:
        """That many are used with the last of them at the k-th opportunity, for which they are still there."""
        total = np.zeros_like(self.p)
        for k in range(count, round(time) + 1):
            ways = special.gammaln(k) - special.gammaln(count) - special.gammaln(k - count + 1)
            used = special.betaln(self.p + count, self.q + k - count) - special.betaln(self.p, self.q)
            total += np.exp(ways + used) * self.staying(k)
        return total

    def staying(self, time: float | Floats) -> Floats:
        """See Ahead: for the opportunity of that number from now."""
        if self.left is None:
            return np.ones_like(self.p) + 0 * time
        gamma, delta = self.left
        there: Floats = np.exp(special.betaln(gamma, delta + time) - special.betaln(gamma, delta))
        return there

    def stay(self) -> Floats:
        """For how many more opportunities; exists where gamma is above 1."""
        if self.left is None or self.left[0] <= 1:
            return np.full_like(self.p, np.inf)
        return self.left[1] / (self.left[0] - 1)

    def median_stay(self) -> Floats:
        """See Ahead."""
        return half_life(self.staying, self.p + self.q)

    def discounted(self, force: float, time: float | None) -> Floats:
        """The sum over opportunities, the k-th from now worth exp(-force k): a geometric series in each chance of leaving."""
        stay = -np.log1p(-np.minimum(self._chance, 1 - 1e-16)) + force
        ends = 1.0 if time is None else -np.expm1(-stay * time)
        series = np.where(stay > 0, np.exp(-stay) * ends / -np.expm1(-np.maximum(stay, 1e-300)), time or np.inf)
        mean: Floats = np.einsum("cn,cn->c", series, self._weight)
        return self.p / (self.p + self.q) * mean


@model
class BgBb(Buying):
    """
    Opportunities come at a steady beat, and each is used or not.

    A customer's opportunities are the stretches of *unit_days* after the first purchase, counted from it; the last one, not yet over, is left out.

    Args:
        unit_days: Days from one opportunity to the next, whole.
    """

    id = "bg_bb"
    name = "Opportunities used until a coin says stop (BG/BB)"
    question = "Who still comes, and how many of the next opportunities will each use?"
    assumes = "Customers use each opportunity with a steady chance of their own, and leave for good before one, without a sign."
    misleads = "Several purchases within one opportunity are one. What happened since the last whole opportunity is not looked at."
    source = "Fader, Hardie and Shang (2010), Marketing Science 29(6), 1086-1108."
    process = Habit()
    columns = ("repeats", "last", "opportunities")
    in_days = False

    def __init__(self, *, unit_days: int = 30) -> None:
        must_be("unit_days", unit_days, "the days from one opportunity to the next", least=1, whole=True)
        self.unit_days = unit_days

    def needs(self, facts: Facts) -> Needs:
        """
        Customers with a purchase by repeats (opportunities used), last (the number of the last one used) and opportunities (how many there were).

        Args:
            facts: The tables; nothing from as_of on is looked at.
        """
        unit = int(self.unit_days)
        days = facts.purchases.select("customer_id", "day").distinct()
        days = days.mutate(first=days.day.min().over(group_by="customer_id"))
        told = days.mutate(
            opportunities=((facts.today - 1 - days["first"]) // unit).cast("int64"),
            # The first purchase itself is at 0; the days 1 to unit after it are opportunity 1.
            used=((days.day - days["first"] + unit - 1) // unit).cast("int64"),
        )
        told = told.mutate(used=(told.used <= told.opportunities).ifelse(told.used, 0))
        customers = told.group_by("customer_id").agg(
            repeats=_.used.nunique(where=_.used > 0), last=_.used.max(), opportunities=_.opportunities.max()
        )
        return Needs(customers, self.columns)

    def _seen(self, cells: pd.DataFrame) -> Cells:
        must_have(cells, self.columns, self.name)
        return Cells.of(cells, self.columns, unit_days=1)

    def _time(self, days: int, cells: pd.DataFrame) -> float:  # noqa: ARG002  opportunities know no season
        must_look_ahead(days)
        if days < self.unit_days:
            raise ModelError(
                f"{days} days ahead.",
                f"Opportunities are {self.unit_days:g} days apart, so that is not one.",
                "Ask for a longer time, or fit with shorter unit_days.",
            )
        return float(days // self.unit_days)
