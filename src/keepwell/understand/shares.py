"""Is a share larger here than elsewhere, or is that chance? Two shares compared, and many such comparisons kept honest."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from keepwell.measure.deals import wilson

LEVEL = 0.05
"""Share of false alarms that is borne among those raised."""

_Z = 1.959963984540054
"""Two-sided 95 % of the normal law."""

EXPECTED = 5.0
"""So many must be expected in every cell of a comparison before its test holds."""


def chance_of(part: int, whole: int, other_part: int, other_whole: int) -> float:
    """
    How likely two shares would differ at least so much if they were truly equal; NaN where too few were seen to tell.

    The "N - 1" chi-squared test: z² = (N - 1)(ad - bc)² / (product of the four margins).

    Args:
        part: How many of these.
        whole: Of how many.
        other_part: How many of the others.
        other_whole: Of how many.

    Source: Campbell (2007), Statistics in Medicine 26, 3661; a share needs 5 expected in every cell.
    """
    everybody, parts = whole + other_whole, part + other_part
    rests = everybody - parts
    if not everybody or min(whole, other_whole) * min(parts, rests) < EXPECTED * everybody:
        return math.nan
    cross = float(part) * (other_whole - other_part) - float(other_part) * (whole - part)
    squared = (everybody - 1) * cross * cross / (float(whole) * other_whole * parts * rests)
    return math.erfc(math.sqrt(squared / 2))


def difference(part: int, whole: int, other_part: int, other_whole: int) -> tuple[float, float, float]:
    """
    One share less another, with its 95 % interval.

    Returns:
        The difference, its low and its high end; NaN where one of them is of nobody.

    Source: Newcombe (1998), Statistics in Medicine 17, 873, method 10: from the Wilson limits of both.
    """
    if not whole or not other_whole:
        return math.nan, math.nan, math.nan
    here, there = part / whole, other_part / other_whole
    (low, high), (low_, high_) = wilson(part, whole), wilson(other_part, other_whole)
    apart = here - there
    return apart, apart - math.hypot(here - low, high_ - there), apart + math.hypot(high - here, there - low_)


def holm(chances: Sequence[float]) -> list[float]:
    """
    Chances after Holm (1979): that *any* of those called true is false stays below the level. NaN stays NaN.

    Args:
        chances: One per comparison.
    """
    asked = np.asarray(chances, float)
    order = [place for place in np.argsort(asked, kind="stable") if not math.isnan(asked[place])]
    told, reached = asked.copy(), 0.0
    for rank, place in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * asked[place]))
        told[place] = reached
    return [float(value) for value in told]


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """
    Chances after Benjamini and Hochberg (1995): the expected *share* of false ones among those called true stays below the level.

    Args:
        chances: One per comparison; NaN stays NaN.
    """
    asked = np.asarray(chances, float)
    order = [place for place in np.argsort(asked, kind="stable") if not math.isnan(asked[place])]
    told, reached = asked.copy(), 1.0
    for rank in range(len(order), 0, -1):
        place = order[rank - 1]
        reached = min(reached, asked[place] * len(order) / rank)
        told[place] = reached
    return [float(value) for value in told]


def compared(counted: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """
    Every group against the rest of everybody: by how much more often it happened there, and whether that may be chance.

    Args:
        counted: One row per group: customers (in it), part (of them, to whom it happened), all_customers and all_part (of everybody).
        least: A group of fewer customers is not judged.

    Returns:
        The rows with share, base (of everybody), lift (share / base), low and high (95 % of the lift), chance (see chance_of), chance_any (Holm), chance_share (Benjamini-Hochberg), judged (enough customers), and
        certain (judged, and chance_share below LEVEL). Of those not judged lift and limits are NaN: a figure of so few tells nothing.
    """
    rows = [_one(*(int(value) for value in row), least=least) for row in counted[_COUNTED].itertuples(index=False)]
    told = counted.assign(**pd.DataFrame(rows, columns=_TOLD, index=counted.index))
    chances = told["chance"].tolist()
    told["chance_any"], told["chance_share"] = holm(chances), benjamini_hochberg(chances)
    return told.assign(judged=told["chance"].notna(), certain=(told["chance_share"] < LEVEL).astype(bool))


_COUNTED = ["customers", "part", "all_customers", "all_part"]
_TOLD = ["share", "base", "lift", "low", "high", "chance"]


def _one(customers: int, part: int, everybody: int, all_part: int, *, least: int) -> tuple[float, ...]:
    base = all_part / everybody if everybody else math.nan
    share = part / customers if customers else math.nan
    chance = chance_of(part, customers, all_part - part, everybody - customers) if customers >= least else math.nan
    if math.isnan(chance):
        return share, base, math.nan, math.nan, math.nan, math.nan
    lift = share / base
    return share, base, lift, *_limits(lift, part, customers, all_part, everybody), chance


def _limits(lift: float, part: int, customers: int, all_part: int, everybody: int) -> tuple[float, float]:
    """
    95 % limits of a lift, whose group is itself a part of everybody: delta method on the logarithm.

    Source: of four counts that follow one multinomial, log(a N / (n m)) has the variance 1/a - 1/n - 1/m + 2 a / (n m) - 1/N.
    Where it happened to nobody of the group: Wilson's upper limit over the base.
    """
    if not part:
        return 0.0, wilson(0, customers)[1] * everybody / all_part
    both = 2 * part / (customers * all_part)
    variance = 1 / part - 1 / customers - 1 / all_part + both - 1 / everybody
    factor = math.exp(_Z * math.sqrt(max(variance, 0.0)))
    return lift / factor, lift * factor
