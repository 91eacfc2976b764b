"""What changed for those in the upper tenth, or in the middle? Quantiles of two arms, with the variance of order statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import MetricError
from keepwell.prove.effect import Effect, Estimate, between

REACH = 1.959963984540054
"""How many standard errors of the rank the two neighbouring quantiles lie away."""


@dataclass(frozen=True)
class Quantile:
    """
    A quantile of one arm, and those a little below and above that tell how sure it is.

    Args:
        value: The quantile.
        below: The quantile REACH standard errors of the rank below.
        above: The quantile as far above.
        n: Units.
    """

    value: float
    below: float
    above: float
    n: int

    @property
    def estimate(self) -> Estimate:
        """The quantile with its error: half the distance of its neighbours over REACH, times sqrt((n - 1) / n)."""
        if self.n < 2:
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


def quantiles_table(units: ir.Table, name: str, share: float, counts: Mapping[str, int]) -> ir.Table:
    """
    The quantile and its neighbours per arm, exactly, in one row per arm.

    Args:
        units: One row per unit, as assigned: arm and *name*.
        name: The value. Where many units share one value, such as 0, its quantile has no spread to tell.
        share: Such as .9.
        counts: Units per arm, as counted before.

    Returns:
        Columns arm, n, value, below, above; quantiles_from() reads it.
    """
    parts = []
    for arm, n in sorted(counts.items()):
        value, below, above = ranks(share, n)
        part = units.filter(units.arm == arm)
        column = part[name].cast("float64")
        found = {"value": column.quantile(value), "below": column.quantile(below), "above": column.quantile(above)}
        parts.append(part.group_by("arm").agg(n=part.count(), **found))
    return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]


def quantiles_from(frame: pd.DataFrame) -> dict[str, Quantile]:
    """Quantile per arm, from the counted frame of quantiles_table()."""
    rows = frame.to_dict("records")
    return {
        str(row["arm"]): Quantile(float(row["value"]), float(row["below"]), float(row["above"]), int(row["n"]))
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
    return between(treated.estimate, control.estimate, level=level, unit=unit, method=told)
