"""Did more of them stay, did they spend more, and did it do harm? Shares and means of two arms, as assigned."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from keepwell.errors import MetricError
from keepwell.prove import sound
from keepwell.prove.assignment import CONTROL
from keepwell.prove.effect import Effect, Estimate, Side, between
from keepwell.prove.moments import Moments


def mean_effect(
    treated: Moments, control: Moments, name: str, *, level: float = 0.95, side: Side = "both", unit: str = "money"
) -> Effect:
    """
    The difference of two means per assigned unit (Welch 1947, Biometrika 34).

    Both means are over all units of the arm: there is nothing else here to divide by.

    Args:
        treated: Moments of the treated arm.
        control: Moments of the arm held out.
        name: The value.
        level: Confidence.
        side: "both", or the one direction asked for.
        unit: What it is counted in.
    """
    arms = [_estimate(moments, name) for moments in (treated, control)]
    told = "difference of means per assigned unit, each arm with its own spread (Welch)"
    whole = treated.n + control.n
    if whole > 2:
        within = sum((moments.n - 1) * moments.variance(name) for moments in (treated, control) if moments.n > 1)
        mean = sum(moments.n * moments.mean(name) for moments in (treated, control) if moments.n) / whole
        arms, told = sober(arms, within / (whole - 2), mean**2, told)
    return between(*arms, degrees=welch(*arms), level=level, side=side, unit=unit, method=told)


def share_effect(treated: Moments, control: Moments, name: str, *, level: float = 0.95, side: Side = "both") -> Effect:
    """
    The difference of two shares of assigned units.

    Args:
        treated: Moments of the treated arm.
        control: Moments of the arm held out.
        name: A column that is 1 or 0.
        level: Confidence.
        side: "both", or the one direction asked for.

    Raises:
        MetricError: The column is no yes or no.
    """
    pair = (treated, control)
    for moments in pair:
        if not moments.yes_no(name):
            raise MetricError(
                f"{name} is no yes or no: its mean is {moments.mean(name):g}, and its spread is not that of ones and zeros.",
                "A column of 1 and 0.",
                "Tell it as a mean, with mean_effect().",
            )
    arms = [_share(moments.mean(name), moments.n) for moments in pair]
    told = "difference of shares of all assigned units"
    if all(arm.n for arm in arms):
        if too_few(treated, control, name):
            arms = [Estimate(arm.value, math.nan, arm.n) for arm in arms]
            told = f"{told}; {TOO_FEW}"
        else:
            share = sum(arm.n * arm.value for arm in arms) / sum(arm.n for arm in arms)
            arms, told = sober(arms, share * (1 - share), min(share, 1 - share) ** 2, told)
    return between(*arms, degrees=welch(*arms), level=level, side=side, unit="share", method=told)


def _share(share: float, n: int) -> Estimate:
    return Estimate(share, math.sqrt(max(share * (1 - share), 0.0) / n) if n else math.nan, n)


EXPECTED = 5
"""Fewer expected events in an arm, or units without one, leave chance no bell to be read off."""
TOO_FEW = f"not enough data: were there no effect, fewer than {EXPECTED} would be expected in an arm"
"""What is said then."""
TOGETHER = "with the spread of all units together, as few have any or the arms are uneven"
"""What is said where a small arm's own scatter is not trusted alone."""
UNEVEN, _MUCH = 2.0, 400
"""From so uneven arms on a small one is looked at twice, until its mean is so many times certain (n mean^2 / variance)."""


def too_few(treated: Moments, control: Moments, name: str) -> bool:
    """
    Whether a yes or no is too rare, or too usual, for an effect to be told from chance.

    Args:
        treated: Moments of the treated arm, with units.
        control: Moments of the arm held out, with units.
        name: The column of 1 and 0.
    """
    whole = treated + control
    share = whole.mean(name)
    return min(share, 1 - share) * min(treated.n, control.n) < EXPECTED


def sober(arms: list[Estimate], variance: float, squared: float, told: str) -> tuple[list[Estimate], str]:
    """
    Arms with the spread of all units together, where a small arm's own would be taken in by its own luck.

    Where few have anything, an arm in which by chance fewer have it looks surer of itself than it is, so that the larger
    arm seems to win too often. Then the larger of the two standard errors is used: each arm's own, or the common one.

    Args:
        arms: With their own errors.
        variance: Of one unit, over all of them.
        squared: The square of the mean of all of them.
        told: How it is worked out so far.
    """
    small, large = sorted(arm.n for arm in arms)
    own = sum(arm.error**2 for arm in arms)
    common = variance / small + variance / large if small else math.nan
    unsure = doubted(small, large, squared, variance) or any(arm.error == 0 for arm in arms)
    if not (common > own and unsure):
        return arms, told
    shared = [Estimate(arm.value, math.sqrt(variance / arm.n), arm.n) for arm in arms]
    return shared, f"{told.split(', each', maxsplit=1)[0]}, {TOGETHER}"


def uneven(treated: Moments, control: Moments, name: str) -> bool:
    """
    Whether arms are so uneven, and the small one's mean so unsure, that its own scatter is not to be trusted alone.

    Args:
        treated: Moments of the treated arm, with units.
        control: Moments of the arm held out, with units.
        name: The value.
    """
    whole = treated + control
    small, large = sorted((treated.n, control.n))
    return doubted(small, large, whole.mean(name) ** 2, whole.variance(name))


def doubted(small: int, large: int, squared: float, variance: float) -> bool:
    """
    As uneven(), from the numbers themselves.

    Args:
        small: Units of the smallest arm.
        large: Units of the largest.
        squared: The square of the mean of all of them.
        variance: Of one unit, over all of them.
    """
    return small > 0 and large / small >= UNEVEN and small * squared < _MUCH * variance


def post_stratified(
    cells: Mapping[tuple[str, str], Moments],
    name: str,
    *,
    treated: str,
    control: str = CONTROL,
    unit: str = "money",
    level: float = 0.95,
) -> Effect:
    """
    The difference with each stratum weighed by its share of all units, so that a lucky mixture of strata does not count.

    Strata with fewer than two units in either arm are taken together; should even they be too few, they join the largest.
    The customers are held to be drawn from many: the strata's sizes are uncertain too (Miratrix, Sekhon and Yu 2013).

    Args:
        cells: Moments by (arm, stratum), as moments_from(by=("arm", "stratum")) tells them.
        name: The value.
        treated: Arm.
        control: Arm held out.
        unit: What it is counted in.
        level: Confidence.
    """
    strata = _large_enough(cells, treated, control)
    everybody = sum(one.n + other.n for one, other in strata)
    weights = [(one.n + other.n) / everybody for one, other in strata]
    means = [[moments.mean(name) for moments in pair] for pair in strata]
    overall = [sum(w * pair[arm] for w, pair in zip(weights, means, strict=True)) for arm in (0, 1)]
    mixed = _mixture(weights, means, overall, everybody)
    own, shared = (_within(weights, strata, name, common=common) for common in (False, True))
    told = f"difference of means per assigned unit, weighed over {len(strata)} strata"
    first, second = (sum((pair[arm] for pair in strata[1:]), strata[0][arm]) for arm in (0, 1))
    whole = (first, second)
    if all(moments.yes_no(name) for moments in whole) and too_few(*whole, name):
        own, told = [math.nan, math.nan], f"{told}; {TOO_FEW}"
    elif sum(shared) > sum(own) and uneven(*whole, name):
        own, told = shared, f"{told}, {TOGETHER}"
    arms = [Estimate(overall[arm], math.sqrt(own[arm] + max(mixed[arm][arm], 0.0)), whole[arm].n) for arm in (0, 1)]
    return between(*arms, covariance=mixed[0][1], degrees=welch(*arms), level=level, unit=unit, method=told)


def _within(weights: list[float], strata: list[tuple[Moments, Moments]], name: str, *, common: bool) -> list[float]:
    """Variance of each arm's weighed mean within strata: by each arm's own scatter there, or by that of both together."""
    found = [0.0, 0.0]
    for weight, pair in zip(weights, strata, strict=True):
        spreads = [moments.variance(name) for moments in pair]
        if common:
            free = [moments.n - 1 for moments in pair]
            both = sum(n * spread for n, spread in zip(free, spreads, strict=True)) / sum(free)
            spreads = [both, both]
        for arm in (0, 1):
            found[arm] += weight**2 * spreads[arm] / pair[arm].n
    return found


@dataclass(frozen=True)
class Guardrail:
    """
    Whether a play does no more harm than was allowed beforehand.

    Args:
        effect: Treated minus control; its interval has an end only on the side of the harm.
        margin: Harm that would still be borne, above 0, in the effect's unit.
        worse: Which way harm lies: "higher" (complaints) or "lower" (satisfaction).
        harm: The most harm the data do not rule out, in the effect's unit; below 0 it is a gain.
        verdict: "safe" (more harm than the margin is ruled out), "harm" (there is harm, and not ruled out to pass the margin), or "unclear".
    """

    effect: Effect
    margin: float
    worse: Literal["higher", "lower"]
    harm: float
    verdict: Literal["safe", "harm", "unclear"]


def guardrail(effect: Effect, margin: float, worse: Literal["higher", "lower"]) -> Guardrail:
    """
    The verdict on harm, by one-sided intervals at the effect's level.

    Nothing is taken off for asking several guardrails: to be called safe each must show it alone, and a false alarm costs little.

    Args:
        effect: Any effect; one-sided intervals are drawn here.
        margin: Harm that would still be borne, 0 or above.
        worse: Which way harm lies.

    Raises:
        MetricError: The margin is below zero.
    """
    if not 0 <= margin < math.inf:
        raise MetricError(
            f"A margin of {margin:g} allows less than no harm.",
            "0 or above.",
            "Write how much harm would still be borne.",
        )
    higher = worse == "higher"
    most, least = effect.asked("below" if higher else "above"), effect.asked("above" if higher else "below")
    bound, seen = (most.high, least.low > 0) if higher else (-most.low, least.high < 0)
    verdict: Literal["safe", "harm", "unclear"] = "safe" if bound < margin else "harm" if seen else "unclear"
    return Guardrail(most, margin, worse, bound, verdict)


@dataclass(frozen=True)
class ChanceToWin:
    """
    A described diagnostic, never a verdict.

    Args:
        mean: What is believed of the effect once the data are in.
        low: Lower end of where it is believed to be.
        high: Upper end.
        chance: That treating is better than not.
        risk_of_treating: What is lost on average if one treats and it is worse.
        risk_of_not: What is lost on average if one does not and it is better.
        warning: What it must be shown with.
    """

    mean: float
    low: float
    high: float
    chance: float
    risk_of_treating: float
    risk_of_not: float
    warning: str = (
        "Looked at every day, a chance above 97.5 % is the same test as p < .05 every day: it declares a winner in 28 of 100"
        " experiments without any effect. It is no cure for looking early."
    )


def chance_to_win(effect: Effect, *, prior_mean: float = 0.0, prior_variance: float = math.inf) -> ChanceToWin:
    """
    What would be believed of an effect, on normal laws.

    Args:
        effect: Absolute, or delta_relative() of one.
        prior_mean: Believed beforehand, in the effect's unit.
        prior_variance: How unsurely; inf is nothing believed (flat).

    Raises:
        MetricError: The effect's error is not known.
    """
    if not effect.known:
        raise MetricError(
            "There is not enough data for a chance to win.", "Both arms with some spread.", "Wait for more."
        )
    from scipy.special import ndtr, ndtri

    sound.known("What is believed beforehand", [prior_mean])
    if prior_variance != math.inf:
        sound.above("The variance of what is believed beforehand", prior_variance)
    held = 0.0 if math.isinf(prior_variance) else 1 / prior_variance
    weight = held + effect.error**-2
    mean, spread = (held * prior_mean + effect.difference * effect.error**-2) / weight, weight**-0.5
    score, reach = mean / spread, float(ndtri(0.5 + effect.level / 2)) * spread
    worse = spread * math.exp(-(score**2) / 2) / math.sqrt(2 * math.pi) - mean * float(ndtr(-score))
    return ChanceToWin(mean, mean - reach, mean + reach, float(ndtr(score)), worse, worse + mean)


def welch(treated: Estimate, control: Estimate) -> float:
    """Degrees of freedom of a difference whose arms have errors of their own (Satterthwaite 1946); inf where there are none."""
    spreads = [(arm.error**2, arm.n) for arm in (treated, control)]
    below = sum(spread**2 / (n - 1) for spread, n in spreads if n > 1)
    return sum(spread for spread, _n in spreads) ** 2 / below if below > 0 else math.inf


def _estimate(moments: Moments, name: str) -> Estimate:
    error = math.sqrt(moments.variance(name) / moments.n) if moments.n > 1 else math.nan
    return Estimate(moments.mean(name), error, moments.n)


def _large_enough(
    cells: Mapping[tuple[str, str], Moments], treated: str, control: str
) -> list[tuple[Moments, Moments]]:
    """Pairs of arms per stratum, each with at least two units."""
    names = {stratum for arm, stratum in cells if arm in (treated, control)}
    empty = next((moments.pick(moments.names) for moments in cells.values()), None)
    if empty is None:
        raise MetricError(
            "There are no units in any stratum.", "Both arms with units.", "Wait for the first assignments."
        )
    none = Moments(empty.names, 0, 0 * empty.means, 0 * empty.scatter)
    pairs = {name: (cells.get((treated, name), none), cells.get((control, name), none)) for name in names}
    large = [pair for pair in pairs.values() if min(pair[0].n, pair[1].n) > 1]
    small = [pair for pair in pairs.values() if min(pair[0].n, pair[1].n) <= 1]
    if not small:
        return sorted(large, key=_size, reverse=True)
    rest = (sum((pair[0] for pair in small), none), sum((pair[1] for pair in small), none))
    large.sort(key=_size, reverse=True)
    if min(rest[0].n, rest[1].n) > 1:
        return [*large, rest]
    if not large:
        raise MetricError(
            "No stratum has two units in each arm.",
            "At least two units in each arm.",
            "Wait, or tell the plain difference.",
        )
    return [(large[0][0] + rest[0], large[0][1] + rest[1]), *large[1:]]


def _size(pair: tuple[Moments, Moments]) -> int:
    return pair[0].n + pair[1].n


def _mixture(weights: list[float], means: list[list[float]], overall: list[float], n: int) -> list[list[float]]:
    """Covariances of the arms' figures that come from the strata's sizes being a draw."""
    return [
        [
            sum(w * (pair[i] - overall[i]) * (pair[j] - overall[j]) for w, pair in zip(weights, means, strict=True)) / n
            for j in (0, 1)
        ]
        for i in (0, 1)
    ]
