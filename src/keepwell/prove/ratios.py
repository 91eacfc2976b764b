"""Do they spend more per order, or per person of an account? Ratios of two values of the unit that was assigned, by the delta method."""

import math
from dataclasses import dataclass

import numpy as np

from keepwell.errors import MetricError
from keepwell.prove.effect import Effect, Estimate, between, relative_to
from keepwell.prove.means import EXPECTED, mean_effect, sober, welch
from keepwell.prove.moments import Floats, Moments


@dataclass(frozen=True)
class Ratio:
    """
    The effect on a ratio, beside the effect on what it is divided by.

    Args:
        effect: Treated minus control ratio.
        bottom: Effect on the denominator per assigned unit.
        slope: How much of the ratio before is taken off; 0 where no ratio before was given.
        reduction: Share of the variance that went away by it; may be near 0.
    """

    effect: Effect
    bottom: Effect
    slope: float = 0.0
    reduction: float = 0.0

    @property
    def comparable(self) -> bool:
        """Whether the denominator was left alone: where the play changed it, the two ratios are over different things."""
        return not self.bottom.proven

    @property
    def caution(self) -> str:
        """What must be shown beside a ratio that is not comparable; "" where it is."""
        if self.comparable:
            return ""
        more = "more" if self.bottom.difference > 0 else "fewer"
        return (
            f"The play itself made what is divided by {more}, so the ratio compares different things:"
            " judge by the value per assigned customer."
        )


def ratio_effect(
    treated: Moments,
    control: Moments,
    top: str,
    bottom: str,
    *,
    before: tuple[str, str] | None = None,
    unit: str = "ratio",
    level: float = 0.95,
) -> Ratio:
    """
    The difference of two ratios of sums (delta method), its error from the units that were assigned.

    Of accounts with many people (per_account()), with people as the bottom, it is the mean per person with errors robust to accounts.

    Args:
        treated: Moments of the treated arm, one row per assigned unit.
        control: Moments of the arm held out.
        top: Value above, such as revenue.
        bottom: Value below, such as orders or people.
        before: The same two before the start; the ratio before then takes noise off, with one slope for both arms.
        unit: What the ratio is counted in.
        level: Confidence.

    Raises:
        MetricError: Nothing to divide by in an arm.
    """
    names = [top, bottom, *(before or ())]
    arms = [moments.pick(names) for moments in (treated, control)]
    told = "difference of ratios of sums, errors by assigned unit (delta method)"
    now = [_gradient(moments, 0) for moments in arms]
    plain = _between(arms, now, [_ratio(moments, 0) for moments in arms], unit, level, told)
    below = mean_effect(treated, control, bottom, unit=bottom, level=level)
    if before is None:
        return Ratio(plain, below)
    past = [_gradient(moments, 2) for moments in arms]
    spreads = [moments.covariance() / moments.n for moments in arms]
    known = sum(float(p @ c @ p) for p, c in zip(past, spreads, strict=True))
    slope = sum(float(g @ c @ p) for g, p, c in zip(now, past, spreads, strict=True)) / known if known > 0 else 0.0
    gradients = [g - slope * p for g, p in zip(now, past, strict=True)]
    values = [_ratio(moments, 0) - slope * _ratio(moments, 2) for moments in arms]
    effect = _between(arms, gradients, values, unit, level, f"{told}, less {slope:.2f} times the ratio before")
    if plain.base is not None:
        effect = relative_to(effect, plain.base, -float(gradients[1] @ spreads[1] @ now[1]))
    reduction = 1 - effect.error**2 / plain.error**2 if plain.known else 0.0
    return Ratio(effect, below, slope, reduction)


def _between(
    arms: list[Moments], gradients: list[Floats], values: list[float], unit: str, level: float, told: str
) -> Effect:
    """The effect between two figures that move with the arms' means as *gradients* say."""
    figures, within = [], 0.0
    for moments, gradient, value in zip(arms, gradients, values, strict=True):
        variance = max(float(gradient @ moments.covariance() @ gradient), 0.0) if moments.n > 1 else math.nan
        within += variance * (moments.n - 1)
        figures.append(Estimate(value, math.sqrt(variance / moments.n) if moments.n else math.nan, moments.n))
    whole = arms[0] + arms[1]
    if min(_certain(moments, 1) for moments in arms) < EXPECTED:
        figures = [Estimate(figure.value, math.nan, figure.n) for figure in figures]
        told = f"{told}; not enough data: there is too little to divide by in an arm"
    else:
        figures, told = sober(figures, within / (whole.n - 2), _ratio(whole, 0) ** 2, told)
    return between(*figures, degrees=welch(*figures), level=level, unit=unit, method=told)


def _certain(moments: Moments, place: int) -> float:
    """How many times a column's mean is certain: n mean^2 / variance; of a rare yes or no that is how many said yes."""
    variance = moments.variance(moments.names[place])
    return math.inf if variance == 0 else moments.n * float(moments.means[place]) ** 2 / variance


def _ratio(moments: Moments, start: int) -> float:
    if not moments.means[start + 1] > 0:
        raise MetricError(
            f"There is no {moments.names[start + 1]} to divide by in one arm.",
            f"Some {moments.names[start + 1]} in each arm.",
            "Wait for more, or tell the value per assigned unit.",
        )
    return float(moments.means[start] / moments.means[start + 1])


def _gradient(moments: Moments, start: int) -> Floats:
    """How the ratio at *start* moves with each mean."""
    ratio, below = _ratio(moments, start), moments.means[start + 1]
    found = np.zeros(len(moments.names))
    found[start], found[start + 1] = 1 / below, -ratio / below
    return found
