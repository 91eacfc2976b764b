"""What would the difference be had both arms started alike? Regression on what was known before the start."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np

from keepwell.errors import MetricError
from keepwell.prove.effect import Effect, Estimate, between
from keepwell.prove.means import mean_effect, share_effect, sober, welch
from keepwell.prove.moments import Floats, Moments

UNKNOWN = "_unknown"
"""Ends the name of the column that says a covariate is not known of a unit."""

_TELLING = 1e-8
"""A covariate of whose variance the others leave less than this share tells nothing of its own."""


@dataclass(frozen=True)
class Adjusted:
    """
    An effect with what was known beforehand taken off, beside the plain one.

    Args:
        effect: Adjusted.
        plain: The same difference as it stands (Welch).
        reduction: Share of the plain variance that went away: 1 - error^2 / plain error^2. May be near 0, or below it by chance.
        used: Covariates that told something.
        left_out: Covariates that vary in neither or only one arm, or repeat others.
    """

    effect: Effect
    plain: Effect
    reduction: float
    used: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def told(self) -> str:
        """The reduction as a sentence."""
        if not self.plain.known:
            return "There is not enough data to take anything off."
        if not self.used:
            return "No covariate told anything, so the difference stands as it is."
        gained = 100 * self.reduction
        if gained < 1:
            return f"What was known beforehand took less than 1 % off the variance ({gained:.1f} %)."
        return f"What was known beforehand took {gained:.0f} % off the variance, as if {gained / (1 - self.reduction):.0f} % more customers had taken part."


def filled(units: ir.Table, covariates: Sequence[str]) -> tuple[ir.Table, tuple[str, ...]]:
    """
    Covariates known of every unit: 0 where not known, and beside each a column that says so.

    A new customer has no past; leaving them out would undo the chance draw, and a bare 0 would be a claim.

    Args:
        units: One row per unit.
        covariates: Columns known before the start, such as a churn score, recency, frequency and money.

    Returns:
        The units, and the names to count moments of.
    """
    known = {name: units[name].cast("float64").fill_null(0.0) for name in covariates}
    unknown = {f"{name}{UNKNOWN}": ibis.ifelse(units[name].isnull(), 1.0, 0.0) for name in covariates}
    return units.mutate(**known, **unknown), (*covariates, *unknown)


def adjusted_effect(
    treated: Moments,
    control: Moments,
    name: str,
    covariates: Sequence[str],
    *,
    unit: str = "money",
    level: float = 0.95,
) -> Adjusted:
    """
    The difference at the covariates' common means, each arm with slopes of its own (Lin 2013, Annals of Applied Statistics 7).

    The estimate is that of least squares with interactions; its error is that of the residuals of each arm, as HC2 tells it up to
    terms of order 1/n, and where slopes differ also that of who happened to take part.

    Args:
        treated: Moments of the treated arm: *name* and *covariates*.
        control: Moments of the arm held out.
        name: The value, or a yes or no.
        covariates: Known before the start: anything the play can change would take its effect away.
        unit: What the value is counted in.
        level: Confidence.

    Raises:
        MetricError: The value is among the covariates.
    """
    if name in covariates:
        raise MetricError(
            f"{name} cannot be adjusted for itself.",
            "Covariates known before the start.",
            "Take it from the covariates.",
        )
    yes_no = treated.yes_no(name) and control.yes_no(name)
    if yes_no:
        plain = replace(share_effect(treated, control, name, level=level), unit=unit)
    else:
        plain = mean_effect(treated, control, name, unit=unit, level=level)
    if not plain.known:
        return Adjusted(plain, plain, 0.0, (), tuple(covariates))
    arms = [moments.pick([name, *covariates]) for moments in (treated, control)]
    used = _telling(arms) if min(moments.n for moments in arms) > len(covariates) + 2 else []
    left_out = tuple(covariate for place, covariate in enumerate(covariates, 1) if place not in used)
    if not used:
        return Adjusted(plain, plain, 0.0, (), left_out)
    arms = [moments.pick([name, *(covariates[place - 1] for place in used)]) for moments in arms]
    told = f"difference of means adjusted for {', '.join(arms[0].names[1:])} (own slopes per arm)"
    effect = _lin(arms, unit, level, told)
    reduction = 1 - effect.error**2 / plain.error**2 if plain.known and effect.known else 0.0
    return Adjusted(effect, plain, reduction, arms[0].names[1:], left_out)


def _lin(arms: list[Moments], unit: str, level: float, told: str) -> Effect:
    """The effect at the common means of the covariates; the value stands first in the moments."""
    everybody = arms[0] + arms[1]
    drawn = everybody.covariance()[1:, 1:] / everybody.n
    slopes, own, lean, left = [], [], [], []
    for moments in arms:
        within, with_value = moments.scatter[1:, 1:], moments.scatter[1:, 0]
        slope = np.linalg.solve(within, with_value)
        away = moments.means[1:] - everybody.means[1:]
        left.append(max(float(moments.scatter[0, 0] - slope @ with_value), 0.0))
        lean.append(1 + moments.n * float(away @ np.linalg.solve(within, away)))
        error = math.sqrt(left[-1] / (moments.n - len(slope) - 1) / moments.n)
        own.append(Estimate(float(moments.means[0] - slope @ away), error, moments.n))
        slopes.append(slope)
    free = everybody.n - 2 * len(slopes[0]) - 2
    own, told = sober(own, sum(left) / free, float(everybody.means[0]) ** 2, told)
    own = [Estimate(arm.value, arm.error * math.sqrt(more), arm.n) for arm, more in zip(own, lean, strict=True)]
    figures = [
        Estimate(arm.value, math.hypot(arm.error, math.sqrt(max(float(slope @ drawn @ slope), 0.0))), arm.n)
        for arm, slope in zip(own, slopes, strict=True)
    ]
    free_each = [Estimate(arm.value, arm.error, arm.n - len(slopes[0])) for arm in own]
    shared = float(slopes[0] @ drawn @ slopes[1])
    return between(*figures, covariance=shared, degrees=welch(*free_each), level=level, unit=unit, method=told)


def _telling(arms: list[Moments]) -> list[int]:
    """Places of covariates that vary in both arms and do not repeat those before them."""
    kept: list[int] = []
    for place in range(1, len(arms[0].names)):
        if all(_left(moments.scatter, place, kept) > _TELLING for moments in arms):
            kept.append(place)
    return kept


def _left(scatter: Floats, place: int, kept: list[int]) -> float:
    """The share of a covariate's variance that those kept do not already tell."""
    whole = float(scatter[place, place])
    if whole <= 0 or not kept:
        return 1.0 if whole > 0 else 0.0
    scale = np.sqrt(np.diag(scatter)[kept])
    within = scatter[np.ix_(kept, kept)] / np.outer(scale, scale)
    shared = scatter[kept, place] / (scale * math.sqrt(whole))
    return 1 - float(shared @ np.linalg.solve(within, shared))
