"""May one look today? Group-sequential looks: how much evidence each look must bring so that all together are wrong as seldom as one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from keepwell.errors import KeepwellError
from keepwell.prove import sound

Floats = NDArray[np.float64]
Verdict = Literal["effect", "undecided", "no effect shown"]

OBRIEN_FLEMING, POCOCK, POWER = "obrien-fleming", "pocock", "power"
LEAST = 1e-14
"""A look may always spend this much, so that its boundary is a number (7.74 at most) even after one day of a thousand."""
TOO_SOON = 1e-4
"""Looks whose information grew by less than this share are too close together to be told apart."""
SMALLEST = 1e-6
"""A p-value below this is told as this: no normal law holds so far out."""

_PANEL = 16
_ABSCISSAS, _WEIGHTS = np.polynomial.legendre.leggauss(_PANEL)


@dataclass(frozen=True)
class Spending:
    """
    How much of the allowed chance of a false alarm a share of the plan may have used up.

    Args:
        shape: "obrien-fleming" (hardly anything early, nearly all of it left at the end), "pocock" (evenly), or "power" (share ** rho).
        rho: The exponent of "power"; of no meaning to the others.

    Raises:
        KeepwellError: An unknown shape, or an exponent not above 0.

    Source: Lan and DeMets (1983), Biometrika 70(3); power family: Kim and DeMets (1987), Biometrika 74(1).
    """

    shape: str = OBRIEN_FLEMING
    rho: float = 2.0

    def __post_init__(self) -> None:
        if self.shape not in (OBRIEN_FLEMING, POCOCK, POWER):
            raise KeepwellError(
                f'There is no spending function "{self.shape}".',
                f'Known are "{OBRIEN_FLEMING}", "{POCOCK}" and "{POWER}".',
                "Choose one of them in the plan.",
            )
        if not 0 < self.rho < math.inf:
            raise KeepwellError(f"The exponent of spending is {self.rho}.", "It must be above 0.", "2 is usual.")

    def spent(self, share: float, alpha: float) -> float:
        """
        The chance of a false alarm, two-sided, that may be used up when this share of the plan is reached.

        Args:
            share: Information reached over information planned; at most 1 counts.
            alpha: What all looks together may use.
        """
        sound.chance("The chance of a false alarm", alpha)
        reached = min(sound.above("The share of the plan", share, reached=True), 1.0)
        if not reached > 0:
            return 0.0
        if reached == 1:
            return alpha
        if self.shape == OBRIEN_FLEMING:
            return float(4 * ndtr(ndtri(alpha / 4) / math.sqrt(reached)))
        if self.shape == POCOCK:
            return alpha * math.log1p((math.e - 1) * reached)
        return float(alpha * reached**self.rho)


@dataclass(frozen=True)
class Walk:
    """
    Where the evidence may stand if no look has crossed its boundary: Brownian motion over information, by exact recursion.

    Args:
        at: Information at the last look, as a share of the plan.
        nodes: Points of the score (z times root information).
        mass: Chance at each of them; together the chance of not having crossed.
        drift: Expected z at share 1; 0 where nothing works.

    Source: Armitage, McPherson and Rowe (1969), JRSS A 132(2); Jennison and Turnbull (2000), chapter 19.
    """

    at: float
    nodes: Floats
    mass: Floats
    drift: float = 0.0

    def above(self, share: float, boundary: float) -> float:
        """The chance that the look at that share is the first to cross, and does so above."""
        step = share - self.at
        return float(self.mass @ ndtr((self.nodes + self.drift * step - boundary * math.sqrt(share)) / math.sqrt(step)))

    def below(self, share: float, boundary: float) -> float:
        """The chance that the look at that share is the first to cross, and does so below."""
        return self.mirrored().above(share, boundary)

    def mirrored(self) -> "Walk":
        """The same walk upside down."""
        return Walk(self.at, -self.nodes, self.mass, -self.drift)

    def on(self, share: float, boundary: float, following: float) -> "Walk":
        """
        The walk after a look that did not cross.

        Args:
            share: Of the plan, at that look.
            boundary: Of that look, in standard errors.
            following: The step to the next look; it says how fine the points must lie.
        """
        step, reach = share - self.at, boundary * math.sqrt(share)
        panels = math.ceil(2 * reach / (6 * math.sqrt(min(step, following))))
        half = reach / panels
        centres = np.linspace(-reach + half, reach - half, panels)
        nodes = (centres[:, None] + half * _ABSCISSAS).ravel()
        far = (nodes[:, None] - self.nodes - self.drift * step) / math.sqrt(step)
        density = np.exp(-(far**2) / 2) @ self.mass / math.sqrt(2 * math.pi * step)
        return Walk(share, nodes, density * np.tile(half * _WEIGHTS, panels), self.drift)


def start(drift: float = 0.0) -> Walk:
    """A walk before the first look."""
    return Walk(0.0, np.zeros(1), np.ones(1), drift)


def boundaries(
    information: Sequence[float],
    planned: float,
    spending: Spending = Spending(),
    alpha: float = 0.05,
    *,
    last: bool = False,
) -> list[float]:
    """
    How many standard errors from zero each look's estimate must be, so that all looks together are wrong with chance *alpha*.

    A look's boundary depends on earlier looks only; it never changes when another look comes.
    Information beyond the plan counts as the end of it: t = n / max(plan, n).
    Two looks with next to nothing between them: the later one gets what it may spend alone, which is never too little.

    Args:
        information: What each look rests on, in the plan's unit (customers, or events for time-to-churn), in order.
        planned: The same at the planned end.
        spending: The spending function.
        alpha: Chance of a false alarm over all looks, two-sided.
        last: Whether the last of these looks is the planned end, whatever was reached by then.

    Returns:
        One boundary per look, two-sided and symmetric.

    Raises:
        KeepwellError: The plan or a look has no information, a look rests on less than the one before, or comes after the end.
    """
    falling = next((at for at, (one, more) in enumerate(pairwise(information), 2) if more < one), 0)
    if falling:
        raise KeepwellError(
            f"Look {falling} rests on {information[falling - 1]:g}, the one before it on {information[falling - 2]:g}.",
            "Looks in order, each on all that is known, so that it never becomes less.",
            "Give them in order; where data were corrected downwards, repeat the figure of the look before.",
        )
    shares = _shares(information, planned, alpha)
    walk, found, counted = start(), [], 0.0
    for index, share in enumerate(shares):
        ends = last and index == len(shares) - 1
        spent = max(counted, alpha if ends else spending.spent(share, alpha))
        may, counted = max(spent - counted, LEAST), spent
        if share - walk.at < TOO_SOON * share:
            found.append(float(-ndtri(may / 2)))
            continue
        boundary = _boundary(walk, share, may)
        found.append(boundary)
        walk = walk.on(share, boundary, _following(shares, index))
    return found


def _shares(information: Sequence[float], planned: float, alpha: float) -> list[float]:
    """Each look's share of the plan, which may be above 1 at the last one only."""
    if not (planned > 0 and math.isfinite(planned)) or not 0 < alpha < 1:
        raise KeepwellError(
            f"A plan of {planned:g} with a chance of false alarms of {alpha:g}.",
            "Looks need a plan above 0 and a chance between 0 and 1.",
            "State how many customers (or events) are planned, and a chance such as 0.05.",
        )
    shares = [reached / planned for reached in information]
    if not all(share > 0 and math.isfinite(share) for share in shares):
        raise KeepwellError(
            "There was a look before anybody was in the experiment.",
            "A look needs at least one customer (or event).",
            "Look again when there are some.",
        )
    if any(share >= 1 for share in shares[:-1]):
        raise KeepwellError(
            "There was a look after the planned end.",
            "When the plan is reached, the verdict is final.",
            "Keep that verdict; plan a new experiment to learn more.",
        )
    return shares


def _following(shares: Sequence[float], index: int) -> float:
    """The step to the next look that counts; where there is none, any."""
    here = shares[index]
    steps = (share - here for share in shares[index + 1 :])
    return next((step for step in steps if step >= TOO_SOON * (here + step)), here)


def _boundary(walk: Walk, share: float, may: float) -> float:
    """
    Where the chance of crossing for the first time, on either side, is *may*.

    Newton on the logarithm of that chance, from what a look alone would need, which is too far out.
    The chance is that of a log-concave law, so every step stays on that side of the answer and comes nearer.
    """
    width, root = math.sqrt(share - walk.at), math.sqrt(share)
    logs, nodes = np.log(np.maximum(walk.mass, 1e-300)), walk.nodes / width
    boundary, wanted = float(-ndtri(may / 2)), math.log(may / 2)
    for _ in range(100):
        far = nodes - boundary * root / width
        terms = logs + log_ndtr(far)
        most = float(terms.max())
        chance = float(np.exp(terms - most).sum())
        density = float(np.exp(logs - far**2 / 2 - most).sum()) * root / (width * math.sqrt(2 * math.pi))
        step = (wanted - most - math.log(chance)) * chance / density
        boundary -= step
        if abs(step) < 1e-9:
            break
    return boundary


@dataclass(frozen=True)
class Look:
    """
    What was seen on one day.

    Args:
        information: What the estimate rests on, in the plan's unit: customers, or events for time-to-churn; for a fixed cohort days.
        estimate: Treated minus control.
        error: Its standard error. Of an effect by Student's law give its z times the error as the estimate.
        last: Whether this is the day the plan ends on, whatever was reached by then: all that is left may be spent.
        stopped: Whether somebody ended it here before the plan did: the verdict is final, by the boundary of any other look.
    """

    information: float
    estimate: float
    error: float
    last: bool = False
    stopped: bool = False


@dataclass(frozen=True)
class Standing:
    """
    What may be said after a look; interval and verdict never contradict each other.

    Args:
        share: Of the plan reached.
        boundary: How many standard errors from zero the estimate had to be.
        low: Lower end of the interval drawn at the boundary: it covers the truth at all looks together as often as *alpha* promises.
        high: Upper end.
        verdict: "effect" exactly when the interval excludes zero; "no effect shown" at the end; otherwise "undecided".
        final: Whether the verdict stands for ever.
        look: Which look said so, the first being 1; a later look cannot change what was final.
    """

    share: float
    boundary: float
    low: float
    high: float
    verdict: Verdict
    final: bool
    look: int


def follow(
    looks: Sequence[Look], planned: float, spending: Spending = Spending(), alpha: float = 0.05
) -> list[Standing]:
    """
    What could be said after each look.

    After an effect, and after the planned end, what was said stands: later looks repeat it. A look at which nothing new was seen
    needs no more than the one before.

    Args:
        looks: In order.
        planned: Information at the planned end, in the looks' unit.
        spending: The spending function.
        alpha: Chance of a false alarm over all looks, two-sided.

    Returns:
        One standing per look.

    Raises:
        KeepwellError: As for boundaries().
    """
    until = next((i for i, look in enumerate(looks) if look.stopped or _ends(look, planned)), len(looks) - 1)
    counted = looks[: until + 1]
    over = bool(counted) and _ends(counted[-1], planned)
    grown = accumulate((look.information for look in counted), max)  # of corrected data a later look may rest on less
    needed = boundaries(list(grown), planned, spending, alpha, last=over)
    told: list[Standing] = []
    for number, (look, boundary) in enumerate(zip(counted, needed, strict=True), 1):
        if told and told[-1].final:
            break
        share = 1.0 if _ends(look, planned) else look.information / planned
        if told and _same(look, counted[number - 2]):
            boundary = min(boundary, told[-1].boundary)  # beyond that it would have been an effect the time before
        told.append(standing(look, share, boundary, number, final=number == len(counted) and (over or look.stopped)))
    return told + told[-1:] * (len(looks) - len(told))


def _same(look: Look, before: Look) -> bool:
    """Whether nothing new was seen since the look before."""
    pairs = zip(
        (look.information, look.estimate, look.error), (before.information, before.estimate, before.error), strict=True
    )
    return all(math.isclose(now, then, rel_tol=1e-6) for now, then in pairs)


def _ends(look: Look, planned: float) -> bool:
    """Whether the plan ends with this look."""
    return look.last or look.information >= planned


def standing(look: Look, share: float, boundary: float, number: int, *, final: bool) -> Standing:
    """
    What may be said after one look.

    Args:
        look: What was seen.
        share: Of the plan reached.
        boundary: In standard errors.
        number: Of the look, the first being 1.
        final: Whether it is the end, effect or none.
    """
    low, high = interval(look.estimate, look.error, boundary)
    effect = low > 0 or high < 0
    verdict: Verdict = "effect" if effect else "no effect shown" if final else "undecided"
    return Standing(share, boundary, low, high, verdict, effect or final, number)


def interval(estimate: float, error: float, boundary: float) -> tuple[float, float]:
    """
    The repeated confidence interval: all effects the looks so far do not rule out; -inf to inf where the error is not known.

    Args:
        estimate: Treated minus control.
        error: Its standard error.
        boundary: Of this look.

    Source: Jennison and Turnbull (1989), JRSS B 51(3).
    """
    sound.boundary(boundary)
    if not (math.isfinite(estimate) and math.isfinite(error) and error > 0):
        return -math.inf, math.inf
    return estimate - boundary * error, estimate + boundary * error


def repeated_p_value(looks: Sequence[Look], planned: float, spending: Spending = Spending()) -> float:
    """
    The smallest chance of a false alarm with which an effect would have been declared by now: a p-value that looking does not spoil.

    This, not the p-value of one look, goes into a correction over many plays.

    Args:
        looks: In order, up to now.
        planned: Information at the planned end, in the looks' unit.
        spending: The spending function.

    Returns:
        Between 0.000001, which stands for anything smaller, and 1.

    Source: Jennison and Turnbull (2000), section 9.5.
    """

    def declared(alpha: float) -> bool:
        return any(told.verdict == "effect" for told in follow(looks, planned, spending, alpha))

    if declared(SMALLEST):
        return SMALLEST
    low, high = math.log(SMALLEST), 0.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if declared(math.exp(middle)) else (middle, high)
    return math.exp(high)
