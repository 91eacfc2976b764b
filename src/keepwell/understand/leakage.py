"""Which column knows the answer in advance? One that was filled in when, or because, a customer left."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.understand import judging
from keepwell.understand.encoding import UNKNOWN, readable
from keepwell.understand.judging import percent

Floats = NDArray[np.float64]
TOO_GOOD, SUSPECT, APART = 0.97, 0.9, 3
"""
A single column that ranks leavers as well as the first (AUC) is not a sign of leaving; it is the leaving. From the second on
it is taken for that when it errs in so many times fewer pairs than the best of the columns below.
"""
PURE, PART, FEWEST = 0.995, 0.15, 20
"""A value is taken for a trace of leaving where this share of those who have it left, they are this part of all who left, and so many."""
BEYOND = 30
"""
A rarer value is one too when the odds of leaving of those who have it are, at the least (95 %), so many times those of the rest.
Of the public telephone company's customers no single sign reaches 10 (the contract by the month), no pair of them 14, no three 22.
"""


def leaks(
    table: pd.DataFrame, names: Sequence[str], left: Floats, weight: Floats, morning: Floats | None = None
) -> dict[str, str]:
    """
    The columns that must not be learned from.

    Args:
        table: Rows of customers.
        names: Columns that may have been filled in later than the morning they are looked at; what was built from dated
            facts alone need not be asked about.
        left: Share of each row's customers who left (ever, where columns may be younger than the row), shape (n,).
        weight: Customers of each row, shape (n,).
        morning: Of each row, where a customer may stand in several, shape (n,); None: everybody stands in one.

    Returns:
        Column -> why, in a sentence.
    """
    table = table.assign(**{name: readable(table[name]) for name in names})
    places = np.zeros(len(table), "int64") if morning is None else np.unique(morning, return_inverse=True)[1]
    traces = {name: _trace(table[name], left, weight, places) for name in names}
    ranked = {name: _ranked(table[name], left, weight) for name in names if not traces[name]}
    honest = max((auc for auc in ranked.values() if auc < SUSPECT), default=0.0)
    good = {name: _too_good(auc, honest) for name, auc in ranked.items()}
    found = {name: traces[name] or good[name] for name in names}
    return {
        name: f"{name.removeprefix('trait_')} is left out: {why} It is probably filled in when a customer leaves."
        for name, why in found.items()
        if why
    }


def _trace(column: pd.Series, left: Floats, weight: Floats, places: NDArray[np.int64]) -> str:
    """A value, or having any value at all, that only leavers have."""
    for told, has in _values(column):
        who = weight * has
        many, gone = float(who.sum()), float(who @ left)
        rest = float(weight.sum()) - many
        stayed = 1 - (float(weight @ left) - gone) / rest if rest else 0.0
        if many < FEWEST or gone / many < PURE or stayed <= 0:
            continue
        part = gone / max(float(weight @ left), 1e-9)
        if part >= PART or _beyond(who, left, 1 - stayed, places):
            return (
                f"{percent(gone / many)} of those with {told} left, and {percent(part)} of all who left are among them."
            )
    return ""


def _beyond(who: Floats, left: Floats, others: float, places: NDArray[np.int64]) -> bool:
    """Whether holders leave more often than anything honest makes them, taking each customer once: on the morning with most holders."""
    fullest = places == np.argmax(np.bincount(places, who))
    low, _high = judging.jeffreys(np.array([who[fullest] @ left[fullest]]), np.array([who[fullest].sum()]))
    return bool(low[0] * (1 - others) > BEYOND * (1 - low[0]) * max(others, 1e-9))


def _values(column: pd.Series) -> Iterable[tuple[str, Floats]]:
    """Having a value, having none, having another than most, and each frequent value."""
    unknown = column.isna() | (column == UNKNOWN)
    if unknown.any() and not unknown.all():
        yield "any value there", np.where(unknown, 0.0, 1.0)
        yield "no value there", np.where(unknown, 1.0, 0.0)
    counts = column[~unknown].value_counts()
    if len(counts) > 2 and counts.iloc[0] > len(column) / 2:
        other = ~unknown & (column != counts.index[0])
        yield f"any other value than {_shown(counts.index[0])}", np.where(other, 1.0, 0.0)
    for value in counts[counts >= FEWEST].index[:50]:
        yield f"the value {_shown(value)}", np.where(column == value, 1.0, 0.0)


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _ranked(column: pd.Series, left: Floats, weight: Floats) -> float:
    """How well a column alone tells leavers from stayers, upwards or downwards; 0 where there are too few of either."""
    if min(float(weight @ left), float(weight @ (1 - left))) < FEWEST:
        return 0.0
    auc = judging.auc(pd.DataFrame({"said": _ranks(column, left, weight), "happened": left, "customers": weight}))
    return max(auc, 1 - auc)


def _too_good(auc: float, honest: float) -> str:
    pairs = f"alone it tells leavers from stayers in {min(int(auc * 100), 99)} of 100 pairs"
    if auc >= TOO_GOOD:
        return f"{pairs}, better than anything known in advance can."
    if honest and auc >= SUSPECT and APART * (1 - auc) <= 1 - honest:
        return f"{pairs}, the best of the others in {int(honest * 100)}."
    return ""


def _ranks(column: pd.Series, left: Floats, weight: Floats) -> Floats:
    """Numbers as they are, unknown ones where they fit best; texts by how many of the other half of the rows with the same left."""
    if column.dtype != object:
        numbers = column.to_numpy("float64")
        return np.where(np.isnan(numbers), _place_of_unknown(numbers, left, weight), numbers)
    half = np.arange(len(column)) % 2
    ranked = np.zeros(len(column))
    for side in (0, 1):
        here, there = half == side, half != side
        sums = pd.DataFrame({"value": column[there], "gone": (weight * left)[there], "all": weight[there]})
        rates = sums.groupby("value")[["gone", "all"]].sum()
        usual = sums["gone"].sum() / max(sums["all"].sum(), 1e-9)
        rate = rates["gone"] / rates["all"]
        ranked[here] = column[here].map(rate).fillna(usual).to_numpy("float64")
    return ranked


def _place_of_unknown(numbers: Floats, left: Floats, weight: Floats) -> float:
    """Above or below all numbers, as those without one leave more or less than those who have one high or low."""
    unknown = np.isnan(numbers)
    if not unknown.any() or unknown.all():
        return 0.0
    known = pd.DataFrame({"said": numbers, "happened": left, "customers": weight})[~unknown]
    rising = judging.auc(known)
    rate = float(weight[unknown] @ left[unknown]) / max(float(weight[unknown].sum()), 1e-9)
    more = rate > float(weight @ left) / float(weight.sum())
    upwards = more if np.isnan(rising) or rising >= 0.5 else not more
    return float(np.nanmax(numbers)) + 1 if upwards else float(np.nanmin(numbers)) - 1
