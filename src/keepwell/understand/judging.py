"""Was it so? What was said of customers beside what then happened: calibration, scores of chances and counts, ranking, totals."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]
_SURE = 1e-15
"""A chance of nothing that then happened would cost without end; it is told as this instead."""


def brier(said: pd.DataFrame) -> float:
    """
    Mean squared distance of a chance from what happened; 0 is perfect, NaN where there is nobody.

    Args:
        said: One row per group of alike customers: said (chance), happened (share of them, 0 to 1), customers (how many; 1 where missing).

    Source: Brier (1950), Monthly Weather Review 78(1).
    """
    chance, share, weight = _three(said)
    return _mean(share * (1 - chance) ** 2 + (1 - share) * chance**2, weight)


def log_score(said: pd.DataFrame) -> float:
    """
    Mean of -log(the chance given to what happened), in natural logarithms; lower is better, NaN where there is nobody.

    Args:
        said: As for brier().

    Source: Good (1952), Journal of the Royal Statistical Society B 14(1).
    """
    chance, share, weight = _three(said)
    return _mean(_surprise(chance, share), weight)


def gain(said: pd.DataFrame, other: pd.DataFrame) -> tuple[float, float]:
    """
    By how much the log score is better than another's of the same customers, and the standard error of that.

    A gain within two errors of 0 may be chance.

    Args:
        said: As for brier(); one row per customer or group.
        other: Another chance for the same rows in the same order.

    Returns:
        The mean gain per customer (above 0: *said* is better) and its standard error over customers.
    """
    chance, share, weight = _three(said)
    against = other["said"].to_numpy("float64")
    if weight.sum() < 2:
        return math.nan, math.nan
    yes = np.log(_inside(chance) / _inside(against))
    no = np.log(_inside(1 - chance) / _inside(1 - against))
    mean = _mean(share * yes + (1 - share) * no, weight)
    spread = _mean(share * (yes - mean) ** 2 + (1 - share) * (no - mean) ** 2, weight)
    return mean, math.sqrt(spread / (weight.sum() - 1))


def auc(said: pd.DataFrame) -> float:
    """
    How often one to whom it happened was given a higher chance than one to whom it did not; ties count half. Exact.

    0.5 is chance, 1 is perfect; NaN where it happened to nobody or to everybody.

    Args:
        said: As for brier(); said may be any number that ranks.

    Source: Mann and Whitney (1947), Annals of Mathematical Statistics 18(1).
    """
    yes, no = _by_rank(said)
    below = np.cumsum(no) - no
    pairs = yes.sum() * no.sum()
    return float(yes @ (below + no / 2) / pairs) if pairs > 0 else math.nan


def average_precision(said: pd.DataFrame) -> float:
    """
    Mean share of hits down to each hit, from the highest chance on; equal chances are one step. NaN where nothing happened.

    A ranking without sense has the share to whom it happened.

    Args:
        said: As for brier(); said may be any number that ranks.
    """
    yes, no = (part[::-1] for part in _by_rank(said))
    if yes.sum() == 0:
        return math.nan
    reached = np.cumsum(yes)
    return float(yes @ (reached / (reached + np.cumsum(no))) / yes.sum())


def gini(said: pd.DataFrame) -> float:
    """
    How well a ranking finds those with most: the Gini of what happened in the order said, over that in the best order.

    1 is the best order, 0 none at all, -1 upside down; equal numbers said share what happened to them. NaN where all have the same.
    For what happens or not it is 2 AUC - 1, told row by row (share 0 or 1).

    Args:
        said: As for brier(), but happened may be any amount per customer (orders, money).

    Source: normalised Gini as in Wang, Liu and Miao (2019), arXiv 1912.07753.
    """
    ranked, happened, weight = _three(said)
    best = _concentration(happened, happened, weight)
    return _concentration(ranked, happened, weight) / best if best > 0 else math.nan


def calibration(said: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """
    What was said beside what happened, from the lowest chances to the highest.

    As many customers in each row as can be without parting equal chances.

    Args:
        said: As for brier().
        bins: How many rows at most; 10 for tenths.

    Returns:
        A row each: said (mean chance), happened (share), customers, low and high (95 % interval of the share after Jeffreys).
    """
    chance, share, weight = _three(said)
    frame = pd.DataFrame({"chance": chance, "sum": chance * weight, "hits": share * weight, "customers": weight})
    alike = frame[weight > 0].groupby("chance", sort=True).sum()
    middle = alike["customers"].cumsum() - alike["customers"] / 2
    place = np.floor(bins * middle / alike["customers"].sum()).clip(0, bins - 1)
    rows = alike.groupby(place.to_numpy("float64")).sum().reset_index(drop=True)
    low, high = jeffreys(rows["hits"].to_numpy("float64"), rows["customers"].to_numpy("float64"))
    means = {"said": rows["sum"] / rows["customers"], "happened": rows["hits"] / rows["customers"]}
    return pd.DataFrame({**means, "customers": rows["customers"], "low": low, "high": high})


def calibration_error(rows: pd.DataFrame) -> float:
    """
    Mean distance of what was said from what happened, over the rows of calibration(): expected calibration error.

    Args:
        rows: What calibration() gave.
    """
    off = (rows["said"] - rows["happened"]).abs().to_numpy("float64")
    return _mean(off, rows["customers"].to_numpy("float64"))


def sentence(row: "pd.Series[float]", happened: str = "left") -> str:
    """
    One row of calibration() in words.

    Args:
        row: The row.
        happened: What happened to them, in the past tense.
    """
    many = round(row["customers"])
    were = "customer" if many == 1 else "customers"
    return (
        f"Of the {many:,} {were} we said had {percent(row['said'])}, {percent(row['happened'])} {happened} "
        f"(95\N{NO-BREAK SPACE}% interval {percent(row['low'])} to {percent(row['high'])})."
    )


def jeffreys(hits: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """
    The 95 % intervals of shares; NaN where the whole is 0.

    Args:
        hits: To how many it happened.
        whole: Of how many.

    Source: Jeffreys' prior, ends as in Brown, Cai and DasGupta (2001), Statistical Science 16(2).
    """
    from scipy.special import betaincinv

    there = np.where(whole > 0, whole, np.nan)
    low = np.where(hits <= 0, 0.0, betaincinv(hits + 0.5, there - hits + 0.5, 0.025))
    high = np.where(hits >= there, 1.0, betaincinv(hits + 0.5, there - hits + 0.5, 0.975))
    return np.where(whole > 0, low, np.nan), np.where(whole > 0, high, np.nan)


def crps(chances: Floats, happened: Floats, customers: Floats) -> float:
    """
    Mean distance of a distribution of counts from the count that happened, in counts; a sure guess has its absolute error.

    Args:
        chances: Of 0, 1, 2 … one row per group of customers, shape (n, k); what is missing from 1 is told as k.
        happened: The count, shape (n,).
        customers: How many customers a row stands for, shape (n,).

    Source: Gneiting and Raftery (2007), JASA 102(477); for counts Czado, Gneiting and Held (2009), Biometrics 65(4).
    """
    return _mean(distances(chances, happened), customers)


def distances(chances: Floats, happened: Floats) -> Floats:
    """Of each row the distance crps() is the mean of, shape (n,)."""
    until = np.cumsum(chances, axis=1)
    places = np.arange(chances.shape[1])
    inside: Floats = ((until - (happened[:, None] <= places)) ** 2).sum(axis=1)
    return inside + np.maximum(happened - chances.shape[1], 0)


def pit(below: Floats, until: Floats, customers: Floats, bins: int = 10) -> pd.DataFrame:
    """
    Histogram of where the counts that happened lie in what was said: flat where the distributions are right.

    A hump says they were too wide, a valley too narrow, a slope too high or too low. Nothing is drawn at random.

    Args:
        below: Chance said of fewer than what happened, shape (n,).
        until: Chance said of at most that, shape (n,).
        customers: How many customers a row stands for, shape (n,).
        bins: Bars.

    Returns:
        A row each: low and high (edges), share (of the customers; 1 / bins is right).

    Source: Czado, Gneiting and Held (2009), Biometrics 65(4), equation 2.
    """
    edges = np.linspace(0, 1, bins + 1)
    width = np.maximum(until - below, 1e-300)
    passed = [_mean(np.clip((edge - below) / width, 0, 1), customers) for edge in edges[1:-1]]
    whole = np.diff([0.0, *passed, 1.0])
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "share": whole})


def count_score(chance: Floats, customers: Floats) -> float:
    """
    Log score of counts: mean of -log(the chance said of the count that happened).

    Args:
        chance: Of what happened, shape (n,).
        customers: How many customers a row stands for, shape (n,).
    """
    return _mean(-np.log(_inside(chance)), customers)


def absolute_error(said: pd.DataFrame) -> float:
    """
    Mean distance of an expected amount from what happened, in its units.

    Args:
        said: As for gini().
    """
    expected, happened, weight = _three(said)
    return _mean(np.abs(expected - happened), weight)


@dataclass(frozen=True)
class Totals:
    """
    What was said of all customers together.

    Args:
        said: Expected sum.
        happened: The sum.
        error: Standard deviation of the sum were the model right; NaN where that was not said.
        customers: Of how many.
    """

    said: float
    happened: float
    error: float
    customers: float

    @property
    def bias(self) -> float:
        """Too much (above 0) or too little, as a share of what happened; NaN where nothing did."""
        return self.said / self.happened - 1 if self.happened else math.nan

    @property
    def z(self) -> float:
        """By how many standard deviations too much; beyond 2 it is hardly chance."""
        return (self.said - self.happened) / self.error if self.error > 0 else math.nan


def totals(said: pd.DataFrame, variance: Floats | None = None) -> Totals:
    """
    The totals of what was said and what happened.

    Args:
        said: As for gini().
        variance: Of what was said, per customer of each row, customers taken as independent; None where not said.
    """
    expected, happened, weight = _three(said)
    error = math.nan if variance is None else math.sqrt(float(weight @ variance))
    return Totals(float(weight @ expected), float(weight @ happened), error, float(weight.sum()))


def scores(total: Totals, chances: pd.DataFrame) -> dict[str, float]:
    """
    What every trial tells of a look: what was said of all together, and how good the chances were.

    Args:
        total: See totals().
        chances: As for brier().
    """
    return {
        "customers": total.customers,
        "said": total.said,
        "happened": total.happened,
        "bias": total.bias,
        "error": total.error,
        "z": total.z,
        "brier": brier(chances),
        "log_score": log_score(chances),
        "auc": auc(chances),
    }


def _three(said: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """What was said, what happened, and of how many."""
    weight = said["customers"] if "customers" in said else pd.Series(1.0, index=said.index)
    table = np.stack([said["said"], said["happened"], weight]).astype("float64")
    unknown = int(np.isnan(table).any(axis=0).sum())
    if unknown:
        raise ModelError(
            f"{unknown:,} of {len(said):,} rows lack what was said or what happened.",
            "Only what was said can be judged.",
            "Leave those rows out, and tell how many they are.",
        )
    return table[0], table[1], table[2]


def _mean(values: Floats, weight: Floats) -> float:
    total = weight.sum()
    return float(values @ weight / total) if total > 0 else math.nan


def _inside(chance: Floats) -> Floats:
    return np.maximum(chance, _SURE)


def _surprise(chance: Floats, share: Floats) -> Floats:
    return -share * np.log(_inside(chance)) - (1 - share) * np.log(_inside(1 - chance))


def _by_rank(said: pd.DataFrame) -> tuple[Floats, Floats]:
    """To how many it happened, and to how many not, for each number said, ascending."""
    ranked, share, weight = _three(said)
    _there, place = np.unique(ranked, return_inverse=True)
    yes, no = (np.bincount(place, part * weight).astype("float64") for part in (share, 1 - share))
    return yes, no


def _concentration(ranked: Floats, happened: Floats, weight: Floats) -> float:
    """Twice the area between the curve of what happened, from the highest rank on, and the straight line."""
    _there, place = np.unique(-ranked, return_inverse=True)
    people, sums = np.bincount(place, weight), np.bincount(place, weight * happened)
    if people.sum() <= 0 or sums.sum() <= 0:
        return 0.0
    x, y = np.cumsum(people) / people.sum(), np.cumsum(sums) / sums.sum()
    heights = np.concatenate([[0.0], y])
    area = float(np.diff(np.concatenate([[0.0], x])) @ (heights[1:] + heights[:-1]) / 2)
    return 2 * area - 1


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of scores as JSON can hold them; what is not defined is null."""
    return [
        {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def percent(share: float) -> str:
    """30 %; one digit below ten, so that 0.4 % is not nothing."""
    digits = 1 if share < 0.095 and round(share * 100, 1) % 1 else 0
    return f"{share * 100:.{digits}f}\N{NO-BREAK SPACE}%"
