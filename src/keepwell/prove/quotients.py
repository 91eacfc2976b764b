"""What did a play change in a figure over the customers of a period? Its top and its bottom, both as assigned."""

import math
from dataclasses import dataclass

from keepwell.prove.moments import Moments

TOP, BOTTOM = "top", "bottom"
"""Columns of a unit: what it adds to the figure's numerator in the period, and to its denominator."""

FEW = 30
"""With fewer of an arm in the denominator the delta method cannot be relied on."""


@dataclass(frozen=True)
class Moved:
    """
    What a play changed in a quotient of one period.

    Args:
        effect: The figure as it is minus as it would be without the play; nan where that cannot be told.
        error: Its standard error (delta method); nan likewise.
        reached: Treated units that are in the denominator.
        refused: Why nothing can be told, as a sentence; "" where it can.
    """

    effect: float
    error: float
    reached: int
    refused: str = ""


def moved(value: float, whole: float, treated: Moments, control: Moments) -> Moved:
    """
    The figure N / D as it is, less what it would be had the treated done as those held out, head by head as assigned.

    Without the play it is (N - t n) / (D - t d), where t is how many are treated, and n and d are what the means per assigned
    head of the treated have more than those of the control, above and below. A play that brings buyers who buy little thus lowers
    a figure per buyer, however much it sells. N and D are counted, so only n and d are uncertain (delta method).

    Args:
        value: The figure, N / D.
        whole: D.
        treated: Moments of TOP and BOTTOM of the treated, one row per assigned unit.
        control: The same of those held out.
    """
    arms = [moments.pick((TOP, BOTTOM)) for moments in (treated, control)]
    inside = [round(arm.n * arm.mean(BOTTOM)) for arm in arms]
    if min(inside) < FEW:
        told = f"only {inside[0]:,} of the treated and {inside[1]:,} of those held out are among those the figure is of ({FEW} each are needed)"
        return Moved(math.nan, math.nan, inside[0], told)
    above, below = (float(arms[0].mean(name) - arms[1].mean(name)) for name in (TOP, BOTTOM))
    left = whole - treated.n * below
    if left <= 0:
        return Moved(math.nan, math.nan, inside[0], "without it nobody would be left whom the figure is of")
    without = (value * whole - treated.n * above) / left
    spread = 0.0
    for arm in arms:
        (top, both), (_, bottom) = arm.covariance()
        spread += float(top - 2 * without * both + without**2 * bottom) / arm.n
    return Moved(value - without, treated.n / left * math.sqrt(max(spread, 0.0)), inside[0])
