"""Do customers buy like clockwork? Purchases that come more evenly than chance would have them."""

from collections.abc import Callable, Iterator

import ibis
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray
from scipy import special

from keepwell.measure.facts import Facts
from keepwell.understand.buying import Buying
from keepwell.understand.cells import SEEN, Cells
from keepwell.understand.dropout import Coin, chances, nodes
from keepwell.understand.histories import histories
from keepwell.understand.likeliest import Found, likeliest
from keepwell.understand.model import Needs, model, must_have
from keepwell.understand.process import Ahead, Process, Steady, legendre, rates, yearly
from keepwell.understand.seasons import clock
from keepwell.understand.ways import Bends, Way, moments, whole_bend

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_MOST_STEPS, _MILLION = 12, 1_000_000


class EvenSteps(Steady):
    """
    Nobody leaves: every k-th of unseen steps is a purchase, for ever. With k = 1 this is NBD.

    Args:
        steps: k.
        log_gaps: As of Steps.
    """

    def __init__(self, steps: int, log_gaps: float = 0.0) -> None:
        self.steps, self.log_gaps = steps, log_gaps

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        if self.steps == 1:
            return super().surface(parameters, seen)
        rated, slope, bend = rates(float(parameters[0]), float(parameters[1]), seen, self.steps)
        height, share, slopes, own = _made(self.steps, parameters, seen)
        means, bends = moments(share, slopes)
        for which, part in own.items():
            bends[which] += np.einsum("ct,ct->c", share, np.broadcast_to(part, share.shape))
        even = _evenness(self.steps, self.log_gaps, seen)
        weight = seen.customers
        return rated + float(weight @ height) + even, slope + means @ weight, bend + whole_bend(bends, weight, 2)

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """Some steps to the next purchase are made; nobody ever tosses a coin."""
        if self.steps == 1:
            return super().ahead(parameters, seen)
        r, alpha = parameters
        rate = (r + self.steps * seen.until.repeats, alpha + seen.until.time)
        share = _made(self.steps, parameters, seen)[1]
        return EvenAhead(rate, (1.0, np.ones_like(rate[0])), share, seen.until.place), np.arange(len(share))

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        return f"People buy on {yearly(parameters, unit_days) / self.steps:.3g} further days a year on average.{_evenly(self.steps)}"

    def beginning(self, seen: Cells) -> Floats:
        """Everybody's rate together, spread as an exponential."""
        return super().beginning(seen) / np.array([1.0, self.steps])


class Steps(Coin):
    """
    Every k-th of unseen steps is a purchase; steps come at random, so purchases come the more evenly the larger k.

    After every purchase, the first one included, customers leave with a chance of their own. With k = 1 this is MBG/NBD.

    Args:
        steps: k.
        log_gaps: Sum over all customers of the logarithms of the days between purchases: to compare one k with another.
    """

    effects = {}  # noqa: RUF012  how even purchases are is everybody's

    def __init__(self, steps: int, log_gaps: float = 0.0) -> None:
        super().__init__(first=True, steps=steps)
        self.log_gaps = log_gaps

    def surface(self, parameters: Floats, seen: Cells) -> tuple[float, Floats, Floats]:
        """See Process."""
        height, slope, bend = super().surface(parameters, seen)
        return height + _evenness(self.steps, self.log_gaps, seen), slope, bend

    def ahead(self, parameters: Floats, seen: Cells) -> tuple[Ahead, Whole]:
        """Given that they are still there, some steps to the next purchase are made: how many is not known, but how likely."""
        if self.steps == 1:
            return super().ahead(parameters, seen)
        r, alpha, a, b = parameters
        until = seen.until
        rate = (r + self.steps * until.repeats, alpha + until.time)
        share = _made(self.steps, parameters, seen)[1]
        return StepsAhead(rate, (a, b + until.repeats + 1), share, until.place), np.arange(len(share))

    def words(self, parameters: Floats, unit_days: float) -> str:
        """See Process."""
        said = super().words(parameters * np.array([1, self.steps, 1, 1]), unit_days)
        return said + _evenly(self.steps)

    def _there(self, parameters: Floats, seen: Cells) -> Way:
        """Less than k steps since the last purchase, though still there."""
        if self.steps == 1:
            return super()._there(parameters, seen)
        height, share, slopes, own = _made(self.steps, parameters, seen)
        slope, bends = moments(share, slopes)
        for which, part in own.items():
            bends[which] += np.einsum("ct,ct->c", share, np.broadcast_to(part, share.shape))
        nothing = np.zeros_like(slope)
        return Way(height, np.concatenate([slope, nothing]), bends, np.arange(len(height)))


class StepsAhead(Ahead):
    """
    What lies ahead of customers some of whose steps are made; a case is a cell.

    Args:
        rate: Of steps: shape and time, (pairs,) each, if no step is made since the last purchase.
        coin: Of leaving: a, and b of (pairs,).
        share: How likely 0 to k - 1 steps are made, (cells, k).
        place: Which pair each cell has.
    """

    def __init__(self, rate: tuple[Floats, Floats], coin: tuple[float, Floats], share: Floats, place: Whole) -> None:
        self.steps = share.shape[1]
        self._made = np.arange(self.steps)
        self.count, self.time = rate[0][:, None] + self._made, rate[1][:, None]
        self.a, self.b = coin[0], coin[1][:, None]
        self._share, self._place = share, place

    def expected(self, time: float) -> Floats:
        """Sum over n of how likely the n-th further purchase comes: that its steps are made, and no toss before it said stop."""
        return self._mixed(self._sum(time, lambda few, many, b: (many - few + 1) * self._held((few + many) / 2 - 1, b)))

    def at_least(self, count: int, time: float) -> Floats:
        """See Ahead."""
        return self._mixed(self._held(count - 1, self.b) * self._steps_made(count, time, slice(None)))

    def pairs(self, time: float) -> Floats:
        """As expected(), each purchase as often as there are others before it."""

        def weight(few: int, many: int, b: Floats) -> Floats:
            before = (few + many) / 2 - 1
            return (many - few + 1) * before * self._held(before, b)

        return self._mixed(self._sum(time, weight))

    def staying(self, time: float) -> Floats:
        """See Ahead: nobody leaves but at the n-th further purchase."""
        return 1 - self._mixed(self._sum(time, lambda few, many, b: self._held(few - 1, b) - self._held(many, b)))

    def stay(self) -> Floats:
        """Mean steps times the mean time of one, where both exist."""
        if self.a <= 1:
            return np.full(len(self._place), np.inf)
        tosses = (self.a + self.b - 1) / (self.a - 1)
        rare = self.count <= 1
        return self._mixed(
            np.where(rare, np.inf, (self.steps * tosses - self._made) * self.time / np.where(rare, 1.0, self.count - 1))
        )

    def median_stay(self) -> Floats:
        """See Ahead: read off between times a quarter apart in their logarithm, so good to about a per cent."""
        told = np.full(len(self._place), np.inf)
        there = np.ones(len(self._place))
        for log in np.log(self._beat) + np.arange(-3, 12, 0.25):
            after = self.staying(float(np.exp(log)))
            now = np.isinf(told) & (after <= 0.5)
            part = (there[now] - 0.5) / (there[now] - after[now])
            told[now] = np.exp(log - 0.25 * (1 - part))
            there = after
            if np.isfinite(told).all():
                break
        return told

    @property
    def _beat(self) -> float:
        """A time between purchases that is not unusual."""
        return float(np.median(self.time / self.count) * self.steps) if len(self.time) else 1.0

    def discounted(self, force: float, time: float | None) -> Floats:
        """See Ahead: for ever as a mean of geometric series; to an end by parts from what is expected until each time."""
        if time is None:
            return self._mixed(self._for_ever(force))
        total = np.exp(-force * time) * self.expected(time)
        last = float(np.log1p(time / self._beat))
        for node, weight in zip(*legendre(32), strict=True):
            when = self._beat * float(np.expm1(last * node))
            total += weight * last * (self._beat + when) * force * np.exp(-force * when) * self.expected(when)
        return total

    def _for_ever(self, force: float) -> Floats:
        """The mean of d^(k - j) / (1 - (1 - p) d^k): d is a step's discount, rate / (rate + force); j steps are made, p is the coin."""
        p, weight = (part[:, None, :] for part in self._coins())
        told = np.empty_like(self.count)
        for made in self._made:
            logs, weigh = _gamma(self.count[:, made][:, None])
            d = 1 / (1 + force * self.time / np.exp(logs))
            whole = np.stack([
                np.einsum("an,an->a", weight[:, 0], 1 / (1 - (1 - p[:, 0]) * d[:, [node]] ** self.steps)) for node in range(d.shape[1])
            ], axis=1)  # fmt: skip
            told[:, made] = np.einsum("an,an,an->a", weigh, d ** (self.steps - made), whole)
        return told

    def _coins(self) -> tuple[Floats, Floats]:
        """Chances to leave after a purchase, and their weights, (pairs, nodes) each."""
        return chances(np.full(len(self.b), self.a), self.b[:, 0])

    def _sum(self, time: float, weight: Callable[[int, int, Floats], Floats]) -> Floats:
        """The sum over further purchases of their weight (by b) times how likely their steps are made in the time; each pair as far as it matters."""
        total, rows = np.zeros_like(self.count), np.arange(len(self.count))
        for few, many in _stretches():
            likely = self._steps_made((few + many) / 2, time, rows)
            total[rows] += weight(few, many, self.b[rows]) * likely
            rows = rows[likely[:, -1] >= 1e-13]
            if not len(rows):
                break
        return total

    def _steps_made(self, purchases: float, time: float, rows: Whole | slice) -> Floats:
        """The more steps are made already, the likelier: the last column is the largest."""
        share = time / (self.time[rows] + time)
        tail: Floats = special.betainc(self.steps * purchases - self._made, self.count[rows], share)
        return tail

    def _held(self, tosses: float, b: Floats) -> Floats:
        """How likely no toss of so many says stop."""
        held: Floats = np.exp(special.betaln(self.a, b + tosses) - special.betaln(self.a, b))
        return held

    def _mixed(self, table: Floats) -> Floats:
        mean: Floats = np.einsum("ck,ck->c", self._share, np.broadcast_to(table, self.count.shape)[self._place])
        return mean


class EvenAhead(StepsAhead):
    """The same where no toss ever says stop."""

    def staying(self, time: float) -> Floats:  # noqa: ARG002  at any time
        """Everybody."""
        return np.ones(len(self._place))

    def stay(self) -> Floats:
        """For ever."""
        return np.full(len(self._place), np.inf)

    def median_stay(self) -> Floats:
        """For ever."""
        return self.stay()

    def _coins(self) -> tuple[Floats, Floats]:
        return np.zeros((len(self.b), 1)), np.ones((len(self.b), 1))

    def _held(self, tosses: float, b: Floats) -> Floats:  # noqa: ARG002  however many
        return np.ones_like(b)


def _gamma(shape: Floats) -> tuple[Floats, Floats]:
    """Logarithms and weights for means over gamma distributed numbers of mean *shape*."""
    top = shape * np.log(shape) - shape
    return nodes(
        lambda y: shape * y - np.exp(np.minimum(y, 700.0)) - top, special.digamma(shape + 1), 1 / np.sqrt(shape + 1)
    )


def _stretches() -> Iterator[tuple[int, int]]:
    """1, 2, 3 … one by one, and beyond a hundred some together, ever more: first and last of each stretch."""
    few = 1
    while few < 1e7:
        many = few + few // 100
        yield few, many
        few = many + 1


@model
class MbgCnbd(Buying):
    """Purchases at even distances, as far as the data say so; after each one a coin says whether the customer leaves for good."""

    id = "mbg_cnbd"
    name = "Purchases at even distances until a coin says stop (MBG/CNBD-k)"
    question = "Who is still a customer, and how many more purchases will each make, given how regularly they come?"
    assumes = "Customers buy about as evenly as one another, each at a steady pace of their own, and leave only right after a purchase."
    misleads = (
        "Seasons, campaigns and slow changes of habit are not in it. One evenness is held to be everybody's. "
        "Several orders of one day are one purchase day, so rates are of days with a purchase."
    )
    source = "Reutterer, Platzer and Schroeder (2021), International Journal of Research in Marketing 38(1), 194-215."
    process = Steps(1)
    steps_: int

    def needs(self, facts: Facts) -> Needs:
        """
        As all (see Buying.needs), and per cell the sum of the logarithms of days (by the clock) between purchases: log_gaps, in millionths.

        Whole numbers add up to the same in whatever order an engine takes them.

        Args:
            facts: The tables; nothing from as_of on is looked at.
        """
        days = facts.purchases.select("customer_id", "day").distinct()
        days = days.mutate(shown=_.day) if self.season is None else clock(days, self.season, facts.today)
        gap = days.shown - days.shown.lag().over(group_by="customer_id", order_by="day")
        days = days.mutate(log_gap=(gap.cast("float64").ln() * _MILLION).round().cast("int64"))
        gaps = days.group_by("customer_id").agg(log_gaps=_.log_gap.sum().cast("int64"))
        joined = histories(facts).left_join(gaps, "customer_id")
        joined = joined.select("customer_id", *SEEN, log_gaps=ibis.coalesce(_.log_gaps, 0))
        return self._on(facts, Needs(joined, self.columns, {"log_gaps": _.log_gaps.sum()}))

    @property
    def _process(self) -> Process:
        return Steps(self.steps_) if self.leaves_ else EvenSteps(self.steps_)

    def _find(self, cells: pd.DataFrame, scaled: Cells) -> tuple[Found, Found]:
        """The highest place of all k, from 1 on until it gets lower, and the highest of the same k if nobody left."""
        must_have(cells, ["log_gaps"], self.name)
        log_gaps, best = float(cells["log_gaps"].sum()) / _MILLION, None
        for steps in range(1, _MOST_STEPS + 1):
            # Coarser cells would not do from the second on: purchases at no distance are infinitely likely at even ones, or not at all.
            null = likeliest(EvenSteps(steps, log_gaps), scaled, near=None if best is None else _slower(best[1], steps))
            near = None if best is None else _slower(best[0], steps)
            found = likeliest(Steps(steps, log_gaps), scaled, null.height, null=null.logs, near=near)
            if best is not None and not _higher((found, null), best):
                break
            self.steps_, best = steps, (found, null)
        assert best is not None
        return best


def _higher(now: tuple[Found, Found], before: tuple[Found, Found]) -> bool:
    """Whether the likeliest of both accounts is a summit, and above that of less steps."""
    (height, summit), (other, _summit) = (max((each.height, each.is_summit) for each in pair) for pair in (now, before))
    return summit and height > other


def _slower(found: Found, steps: int) -> Floats:
    """Parameters of one step less, at which steps come more often by as much."""
    return np.exp(found.logs) * np.array([1, (steps - 1) / steps, 1, 1])[: len(found.logs)]


def _made(steps: int, parameters: Floats, seen: Cells) -> tuple[Floats, Floats, tuple[Floats, Floats], Bends]:
    """
    How likely 0 to k - 1 steps since the last purchase are, while still there.

    Returns:
        The log of the sum, (cells,); the shares, (cells, k); their logs' slopes by r and alpha, and their bends.
    """
    r, alpha = parameters[:2]
    count = (r + steps * seen.repeats)[:, None] + np.arange(steps)
    until = (alpha + seen.age)[:, None]
    since = (seen.age - seen.recency)[:, None] / until
    one = np.concatenate([np.zeros((len(count), 1)), 1 / count[:, :-1]], axis=1)
    rise = np.concatenate([np.ones((len(count), 1)), since * count[:, :-1] / np.arange(1, steps)], axis=1)
    terms = np.cumprod(rise, axis=1)
    whole = terms.sum(axis=1)
    height = np.log(whole) - count[:, 0] * np.log(until[:, 0])
    slopes = (np.cumsum(one, axis=1) - np.log(until), -count / until)
    own = {(0, 0): -np.cumsum(one**2, axis=1), (0, 1): -1 / until, (1, 1): count / until**2}
    return height, terms / whole[:, None], slopes, own


def _evenly(steps: int) -> str:
    evenly = f"evenly, as if each were the last of {steps} steps at random" if steps > 1 else "at random"
    return f" Purchases come {evenly}."


def _evenness(steps: int, log_gaps: float, seen: Cells) -> float:
    """What the distances between purchases add to the log-likelihood of so many steps."""
    purchases = float(seen.customers @ seen.repeats)
    gaps = log_gaps - purchases * float(np.log(seen.unit_days))
    return (steps - 1) * gaps - purchases * float(special.gammaln(steps))
