"""After how long do customers leave, and does one kind stay longer than another? From counts per day the engine made."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray
from scipy import special

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods
from keepwell.measure.question import UNKNOWN
from keepwell.measure.survival import estimate, stays
from keepwell.measure.traits import trait

Floats = NDArray[np.float64]
Told = Callable[[pd.DataFrame], pd.DataFrame]

FEWEST = 10
"""A kind with fewer stays is told but not tested."""
MOST = 30
"""More kinds than these are no question anybody can act on."""
OTHERS = "all others"
"""What customers are put under whose kind is not among the largest."""
_TAIL = 0.025


def durations(
    facts: Facts, periods: Periods, *, by: str | None = None, first: bool = True, each: str = "day"
) -> ir.Table:
    """
    How many stays lasted how long.

    Args:
        facts: The tables.
        periods: When the stays began.
        by: Trait to tell apart (see measure.traits); customers without it are "unknown", those of kinds beyond the MOST
            largest are "all others", so that the answer stays small whatever is asked.
        first: Only customers' first stays; otherwise a return begins anew.
        each: What durations count, in whole ones: day, week or month.

    Returns:
        One row per duration (and by): by, duration, ended, running; at most as many rows as there are days times kinds.
    """
    rows = stays(facts, periods, first=first, each=each)
    if by is None:
        return _summed(rows, "duration")
    known = rows.left_join(trait(facts, by), "customer_id")
    counted = _summed(known.mutate(by=ibis.coalesce(known.by, UNKNOWN)), "by", "duration")
    sizes = counted.group_by("by").agg(n=(_.ended + _.running).sum())
    ranked = sizes.mutate(place=ibis.row_number().over(order_by=[sizes.by == UNKNOWN, ibis.desc("n"), "by"]))
    few = ranked.filter((ranked.place >= MOST) & (ranked.by != UNKNOWN)).select("by", few=ibis.literal(OTHERS))
    named = counted.left_join(few, "by")
    return _summed(named.mutate(by=ibis.coalesce(named.few, named.by)), "by", "duration")


def _summed(rows: ir.Table, *keys: str) -> ir.Table:
    return rows.group_by(*keys).agg(ended=_.ended.sum(), running=_.running.sum()).order_by(*keys)


def curves(counted: pd.DataFrame) -> pd.DataFrame:
    """
    The share still there after each duration, by Kaplan and Meier, with Greenwood's 95 % interval on the log-log scale.

    Args:
        counted: What durations() counted.

    Returns:
        (by,) duration, ended, running, at_risk, survival, low, high; a row for duration 0 and every duration there is.
    """
    return _each(counted, estimate)


def still_there(counted: pd.DataFrame, after: Sequence[int]) -> pd.DataFrame:
    """
    The share still there after these durations.

    Args:
        counted: What durations() counted.
        after: Durations.

    Returns:
        (by,) after, n (stays), at_risk (seen so long), survival, low, high; NaN beyond the longest stay seen, where nobody can know.
    """

    def told(part: pd.DataFrame) -> pd.DataFrame:
        curve, rows = estimate(part), []
        for wanted in after:
            last = curve[curve["duration"] <= wanted].iloc[-1]
            seen = int(curve.loc[curve["duration"] >= wanted, ["ended", "running"]].sum().sum())
            known = seen > 0 or last["survival"] == 0
            figures = {name: float(last[name]) if known else np.nan for name in ("survival", "low", "high")}
            rows.append({"after": wanted, "n": int(curve["at_risk"].iloc[0]), "at_risk": seen, **figures})
        return pd.DataFrame(rows)

    return _each(_not_empty(counted), told)


def quantiles(counted: pd.DataFrame, shares: Sequence[float] = (0.25, 0.5, 0.75)) -> pd.DataFrame:
    """
    After how long so many have left.

    Args:
        counted: What durations() counted.
        shares: Shares of customers gone; 0.5 is the median.

    Returns:
        (by,) gone, n, ended, duration, low, high: the first durations at which survival, and its 95 % limits, are 1 - gone or
        less; NaN where they are not yet, for then the only honest answer is: longer than seen.
    """

    def told(part: pd.DataFrame) -> pd.DataFrame:
        curve = estimate(part)
        counts = {"n": int(curve["at_risk"].iloc[0]), "ended": int(curve["ended"].sum())}
        rows = []
        for gone in shares:
            reached = {
                name: curve.loc[curve[column] <= 1 - gone + 1e-12, "duration"]
                for name, column in (("duration", "survival"), ("low", "low"), ("high", "high"))
            }
            first = {name: float(days.iloc[0]) if len(days) else np.nan for name, days in reached.items()}
            rows.append({"gone": gone, **counts, **first})
        return pd.DataFrame(rows)

    return _each(_not_empty(counted), told)


def hazards(counted: pd.DataFrame, *, width: int) -> pd.DataFrame:
    """
    Of those still there at the start of a stretch, the share who leave in it.

    Who is not seen to the end of a stretch counts for as long as they are seen (Kaplan and Meier within it). The 95 % interval
    is Clopper and Pearson's, for as many customers as would give Greenwood's variance.

    Args:
        counted: What durations() counted.
        width: Units per stretch: 30 days, 12 months.

    Returns:
        (by,) since, until (first unit after), at_risk, ended, hazard, low, high; stretches in which somebody was seen.

    Raises:
        ModelError: *width* is below 1.
    """
    if width < 1:
        raise ModelError(f"Stretches of {width} units.", "A stretch has at least 1.", "Choose a larger number.")

    def told(part: pd.DataFrame) -> pd.DataFrame:
        ages, ended, there = _ladder(part)
        starts = range(0, int(ages.max()) + 1, width)
        stretches = ((start, (ages >= start) & (ages < start + width)) for start in starts)
        rows = [_stretch(start, width, ended[within], there[within]) for start, within in stretches if within.any()]
        return pd.DataFrame(rows)

    return _each(_not_empty(counted), told)


def _stretch(start: int, width: int, ended: Floats, there: Floats) -> dict[str, float]:
    """One stretch's hazard from the counts of its durations."""
    kept = float(np.prod(1 - ended / there))
    spread = float(np.sum(ended / (there * np.maximum(there - ended, 1e-300)))) if kept > 0 else 0.0
    hazard = 1 - kept
    # As many customers, all seen to the end, as would leave the same doubt.
    heads = hazard / (kept * spread) if 0 < hazard < 1 else float(there[-1] if hazard == 0 else there[0])
    low = float(special.betaincinv(hazard * heads, kept * heads + 1, _TAIL)) if hazard > 0 else 0.0
    high = float(special.betaincinv(hazard * heads + 1, kept * heads, 1 - _TAIL)) if kept > 0 else 1.0
    return {
        "since": start,
        "until": start + width,
        "at_risk": int(there[0]),
        "ended": int(ended.sum()),
        "hazard": hazard,
        "low": low,
        "high": high,
    }


@dataclass(frozen=True)
class LogRank:
    """
    Whether kinds of customers leave at the same pace.

    Args:
        kinds: One row per kind tested: by, n, ended, expected (endings, were all alike), ratio (ended / expected).
        statistic: Chi-squared.
        degrees: Of freedom.
        p: The chance of so large a statistic were all alike.
        left_out: Kinds not tested, with their n: unknown ones, all others, and those with fewer than ten stays.
    """

    kinds: pd.DataFrame
    statistic: float
    degrees: int
    p: float
    left_out: dict[str, int]

    def explain(self) -> str:
        """The result in sentences."""
        most, least = (self.kinds.loc[place] for place in (self.kinds["ratio"].idxmax(), self.kinds["ratio"].idxmin()))
        differ = (
            f"Kinds leave at different paces (p = {self.p:.2g})."
            if self.p < 0.05
            else f"No difference between kinds was found that chance does not explain (p = {self.p:.2g})."
        )
        told = [
            differ,
            f"Of {most['by']} {most['ended']} of {most['n']} left where {most['expected']:.1f} were to be expected,",
            f"of {least['by']} {least['ended']} of {least['n']} where {least['expected']:.1f} were.",
        ]
        if self.left_out:
            told.append(f"Not tested: {', '.join(f'{kind} ({n})' for kind, n in self.left_out.items())}.")
        return " ".join(told)


def log_rank(counted: pd.DataFrame) -> LogRank:
    """
    The log-rank test of all kinds at once (Mantel 1966; hypergeometric variance, so equal days are told exactly).

    Args:
        counted: What durations() counted, with by.

    Raises:
        ModelError: Fewer than two kinds have enough stays, more than thirty do, or nobody left.
    """
    tested, left_out = _testable(counted)
    apart, variance, expected = _apart(tested)
    degrees = len(expected) - 1
    statistic = float(apart[:-1] @ np.linalg.pinv(variance[:-1, :-1], hermitian=True) @ apart[:-1])
    kinds = _sizes(tested).assign(expected=expected)
    kinds = kinds.assign(ratio=kinds["ended"] / kinds["expected"])
    return LogRank(kinds, statistic, degrees, float(special.chdtrc(degrees, statistic)), left_out)


def pairwise(counted: pd.DataFrame) -> pd.DataFrame:
    """
    The log-rank test of every two kinds, with Holm's correction for having asked so often.

    Args:
        counted: What durations() counted, with by.

    Returns:
        one, other, n_one, n_other, statistic, p, p_holm; the most different pair first.

    Raises:
        ModelError: See log_rank.
    """
    tested, _left_out = _testable(counted)
    sizes, rows = _sizes(tested).set_index("by")["n"], []
    for one, other in combinations(sizes.index, 2):
        apart, variance, _expected = _apart(tested[tested["by"].isin([one, other])])
        statistic = float(apart[0] ** 2 / variance[0, 0]) if variance[0, 0] > 0 else 0.0
        rows.append((one, other, int(sizes[one]), int(sizes[other]), statistic, float(special.chdtrc(1, statistic))))
    pairs = pd.DataFrame(rows, columns=["one", "other", "n_one", "n_other", "statistic", "p"])
    pairs = pairs.sort_values(["p", "one", "other"], ignore_index=True)
    stepped = pairs["p"] * np.arange(len(pairs), 0, -1)
    return pairs.assign(p_holm=stepped.cummax().clip(upper=1.0))


def sentences(counted: pd.DataFrame) -> list[str]:
    """
    How long customers stay, in words; of kinds of fewer than FEWEST stays nothing but their number.

    Args:
        counted: What durations() counted, in days.
    """
    if counted.empty:
        return ["Not enough data: nobody's stay is known."]
    told = []
    for row in quantiles(counted, [0.5]).to_dict("records"):
        whose = "" if "by" not in row else f"{row['by']}: "
        told.append(whose + _sentence(row))
    return told


def _sentence(row: dict[Hashable, Any]) -> str:
    n, ended = int(row["n"]), int(row["ended"])
    if n < FEWEST:
        return f"Not enough data: {n} {'customer' if n == 1 else 'customers'}, at least {FEWEST} are needed."
    told = f"Of {n:,} customers {ended:,} have left."
    if np.isnan(row["duration"]):
        return f"{told} More than half stay longer than can be seen yet: the median is not reached."
    high = "longer than was seen" if np.isnan(row["high"]) else f"{row['high']:,.0f}"
    return f"{told} Half are gone after {row['duration']:,.0f} days (95 % interval {row['low']:,.0f} to {high})."


def _testable(counted: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The counts of kinds that can be tested, and the sizes of the others."""
    sizes = _sizes(counted)
    fit = sizes[(sizes["n"] >= FEWEST) & ~sizes["by"].isin([UNKNOWN, OTHERS])]
    others = sizes[~sizes["by"].isin(fit["by"])]
    if len(fit) > MOST:
        raise ModelError(
            f"There are {len(fit)} kinds to compare.",
            f"At most {MOST} can be told apart sensibly.",
            "Choose a trait with fewer values, or put values together.",
        )
    tested = counted[counted["by"].isin(fit["by"])]
    if len(fit) < 2 or not tested["ended"].sum():
        raise ModelError(
            "Not enough data to compare.",
            f"Two kinds with at least {FEWEST} stays each are needed, and somebody who left.",
            "Choose another trait, or wait.",
        )
    return tested, dict(zip(others["by"], others["n"].tolist(), strict=True))


def _sizes(counted: pd.DataFrame) -> pd.DataFrame:
    """Columns by, n, ended."""
    summed = counted.groupby("by", as_index=False, sort=True)[["ended", "running"]].sum()
    return pd.DataFrame({"by": summed["by"], "n": summed["ended"] + summed["running"], "ended": summed["ended"]})


def _apart(tested: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Endings less expected ones per kind, the variance of that, and the expected ones."""
    wide = tested.pivot_table(index="duration", columns="by", values=["ended", "running"], aggfunc="sum", fill_value=0)
    wide = wide.sort_index()
    ended = wide["ended"].to_numpy("float64")
    seen = ended + wide["running"].to_numpy("float64")
    there = np.cumsum(seen[::-1], axis=0)[::-1]
    happened = ended.sum(axis=1) > 0
    ended, there = ended[happened], there[happened]
    left, all_there = ended.sum(axis=1), there.sum(axis=1)
    shares = there / all_there[:, None]
    expected = left @ shares
    weight = left * (all_there - left) / np.maximum(all_there - 1, 1)
    variance = np.diag(weight @ shares) - (shares * weight[:, None]).T @ shares
    return ended.sum(axis=0) - expected, variance, expected


def _ladder(part: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Durations in order, endings at each, and how many were seen that long."""
    part = part.sort_values("duration")
    ended = part["ended"].to_numpy("float64")
    there = np.cumsum((ended + part["running"].to_numpy("float64"))[::-1])[::-1]
    return part["duration"].to_numpy("float64"), ended, there


def _not_empty(counted: pd.DataFrame) -> pd.DataFrame:
    if counted.empty:
        raise ModelError("Not enough data: nobody's stay began in these periods.", "", "Choose an earlier start.")
    return counted


def _each(counted: pd.DataFrame, told: Told) -> pd.DataFrame:
    """What is told of every kind, where kinds are told apart."""
    if "by" not in counted:
        return told(counted)
    return pd.concat(list(_kinds(counted, told)), ignore_index=True)


def _kinds(counted: pd.DataFrame, told: Told) -> Iterator[pd.DataFrame]:
    for by, part in counted.groupby("by", sort=True):
        frame = told(part.drop(columns="by"))
        frame.insert(0, "by", by)
        yield frame
