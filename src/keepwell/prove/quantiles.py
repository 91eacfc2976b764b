"""What changed for those in the upper tenth, or in the middle? Quantiles of two arms, with the variance of order statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import MetricError
from keepwell.prove.effect import Effect, Estimate, between
from keepwell.prove.means import sober, welch

AT_QUANTILE = "money at the quantile"
"""What a quantile of money is counted in: not money per head, so nobody multiplies it by customers."""
UPPER = 0.9
"""The quantile an endpoint on the upper tenth is told by."""
REACH = 1.959963984540054
"""How many standard errors of the rank the two neighbouring quantiles lie away."""
_TIED = 0.25
"""Where one value is shared by more than this part of the units between the neighbours, their distance is chance, or none."""


@dataclass(frozen=True)
class Quantile:
    """
    A quantile of one arm, and those a little below and above that tell how sure it is.

    Args:
        value: The quantile.
        below: The quantile REACH standard errors of the rank below.
        above: The quantile as far above.
        n: Units.
        tied: The most units that share one of these three values, over the units that lie between the neighbours.
    """

    value: float
    below: float
    above: float
    n: int
    tied: float = 0.0

    @property
    def estimate(self) -> Estimate:
        """
        The quantile with its error: half the distance of its neighbours over REACH, times sqrt((n - 1) / n).

        Where many units share one value, such as 0, the neighbours tell no spread, and the error is not known.
        """
        if self.n < 2 or not self.above > self.below or self.tied > _TIED:
            return Estimate(self.value, math.nan, self.n)
        return Estimate(self.value, (self.above - self.below) / (2 * REACH) * math.sqrt((self.n - 1) / self.n), self.n)


def ranks(share: float, n: int) -> tuple[float, float, float]:
    """
    Which quantiles to ask for: the one wanted and its neighbours.

    Args:
        share: Such as .9.
        n: Units in the arm.

    Raises:
        MetricError: The share is no quantile, or the arm too small to have neighbours on both sides.
    """
    if not 0 < share < 1:
        raise MetricError(f"{share:g} is no quantile.", "Above 0 and below 1.", "Write .9 for the upper tenth.")
    away = REACH * math.sqrt(share * (1 - share) / max(n, 1))
    if not 0 < share - away < share + away < 1:
        raise MetricError(
            f"{n:,} units are not enough data for the quantile {share:g}.",
            f"About {math.ceil(REACH**2 * max(share / (1 - share), (1 - share) / share)) + 1} units in each arm, better ten times that.",
            "Wait for more, or tell the median.",
        )
    return share, share - away, share + away


def enough(share: float, n: int) -> bool:
    """
    Whether an arm of *n* units has neighbours of the quantile on both sides.

    Args:
        share: Such as .9.
        n: Units.
    """
    away = REACH * math.sqrt(share * (1 - share) / max(n, 1))
    return away < min(share, 1 - share)


def quantiles_table(units: ir.Table, name: str, share: float, counts: Mapping[str, int]) -> ir.Table:
    """
    The quantile and its neighbours per arm, exactly, in one row per arm.

    Args:
        units: One row per unit, as assigned: arm and *name*.
        name: The value.
        share: Such as .9.
        counts: Units per arm, as counted before.

    Returns:
        Columns arm, n, value, below, above, tied; quantiles_from() reads it.
    """
    parts = []
    for arm, n in sorted(counts.items()):
        value, below, above = ranks(share, n)
        own = units.filter(units.arm == arm).select("arm", own=units[name].cast("float64"))
        asked = {"value": value, "below": below, "above": above}
        told = own.cross_join(own.agg(**{name: own.own.quantile(rank) for name, rank in asked.items()}))
        shared = ibis.greatest(*((told.own == told[name]).cast("int64").sum() for name in asked))
        between_ = (above - below) * n
        found = {"n": told.count(), **{name: told[name].min() for name in asked}}
        parts.append(told.group_by("arm").agg(**found, tied=shared.cast("float64") / between_))
    return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]


def quantiles_from(frame: pd.DataFrame) -> dict[str, Quantile]:
    """Quantile per arm, from the counted frame of quantiles_table()."""
    rows = frame.to_dict("records")
    return {
        str(row["arm"]): Quantile(
            float(row["value"]), float(row["below"]), float(row["above"]), int(row["n"]), float(row["tied"])
        )
        for row in rows
    }


def quantile_effect(treated: Quantile, control: Quantile, *, unit: str = "money", level: float = 0.95) -> Effect:
    """
    The difference of two quantiles.

    It is no effect on any customer: another customer may stand at the quantile.

    Args:
        treated: Of the treated arm.
        control: Of the arm held out.
        unit: What the value is counted in.
        level: Confidence.
    """
    told = "difference of quantiles, errors from neighbouring order statistics"
    own = arms = [treated.estimate, control.estimate]
    if any(not arm.error > 0 for arm in arms):
        arms = [Estimate(arm.value, math.nan, arm.n) for arm in arms]
        told = f"{told}; not enough data: too many units share one value where the quantile lies"
    else:
        whole = sum(arm.n for arm in arms)
        spread = sum(arm.n * (arm.error**2 * arm.n) for arm in arms) / whole
        arms, told = sober(arms, spread, (sum(arm.n * arm.value for arm in arms) / whole) ** 2, told)
    degrees = math.inf if arms is own else welch(*arms)
    return between(*arms, degrees=degrees, level=level, unit=unit, method=told)
