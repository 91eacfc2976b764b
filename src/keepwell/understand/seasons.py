"""Do people buy more in some months? A clock that runs faster in those, so that models of steady buying hold by it."""

from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import NDArray

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MONTHS = 12
_WHOLE_MONTHS, _EVENTS = 12, 500
_ROUNDS, _ABOUT = 200, 1e-3
_DRAWN = 50.0
"""Purchases' worth of belief that a month is as any other."""


def running(season: Sequence[float], until: int) -> Floats:
    """
    What the clock shows at the end of each day.

    Args:
        season: How fast it runs in January to December.
        until: The day number after the last day.

    Returns:
        Of the days 0 to *until* - 1, in days of the clock.
    """
    months = np.arange(until).astype("datetime64[D]").astype("datetime64[M]").astype(int) % MONTHS
    return np.cumsum(np.asarray(season, np.float64)[months])


def must_be_season(season: Sequence[float] | None) -> None:
    """
    Refuse what is no season.

    Args:
        season: How fast time runs in January to December; None is evenly.

    Raises:
        ModelError: Not twelve numbers above 0 that are 1 on average.
    """
    if season is None:
        return
    told = list(season) if isinstance(season, Sequence | np.ndarray) and not isinstance(season, str) else []
    numbers = all(isinstance(each, int | float | np.number) for each in told)
    speeds = np.asarray(told if numbers else [], np.float64)
    if len(speeds) != MONTHS or not (speeds > 0).all() or not abs(speeds.mean() - 1) < _ABOUT:
        mean = f", {speeds.mean():.4g} on average" if len(speeds) else ""
        raise ModelError(
            f"A season of {len(told)} {'numbers' if numbers else 'values'}{mean}.",
            "How fast time runs in January to December: twelve numbers above 0 that are 1 on average.",
            "Give what seasons.learn() tells, or divide by their mean.",
        )


def clock(days: ir.Table, season: Sequence[float], until: int) -> ir.Table:
    """
    The table with what the clock shows at the end of each day, as column shown.

    Args:
        days: Column day (a day number); others stay.
        season: How fast it runs in January to December.
        until: The day number after the last day.
    """
    shown = pd.DataFrame({"day": np.arange(until, dtype="int32"), "shown": running(season, until)})
    return days.inner_join(ibis.memtable(shown), "day")


def by_clock(season: Sequence[float], today: int, recency: Whole, age: Whole) -> tuple[Whole, Whole]:
    """
    Days since the first purchase by the clock, in whole days of it.

    Args:
        season: How fast it runs in January to December.
        today: The day number after the last day that is known.
        recency: Days from the first purchase to the last.
        age: Days from the first purchase to the last day that is known.

    Returns:
        Both by the clock.
    """
    shown = np.rint(running(season, today)).astype(np.int64)
    first = np.maximum(today - 1 - age, 0)
    return shown[first + recency] - shown[first], shown[-1] - shown[first]


def counted(facts: Facts) -> ir.Table:
    """
    What a season is learned from, small at any size: purchase days by when their customers came.

    Only whole months are told; a month is the number of months since January 1970.

    Returns:
        came (month of the first purchase), month, purchases (days with one other than the customer's first), newcomers (who came in *came*).
    """
    days = facts.purchases.select("customer_id", "day").distinct()
    over = np.datetime64(facts.today, "D").astype("datetime64[M]")
    last = int(over.astype("datetime64[D]").astype(int))
    days = days.filter(days.day < last).mutate(first=_.day.min().over(group_by="customer_id"))
    placed = days.mutate(month=_month(days.day), came=_month(days["first"]))
    parts = placed.group_by("came", "month").agg(
        purchases=(_.day > _["first"]).cast("int64").sum(), begun=(_.day == _["first"]).cast("int64").sum()
    )
    newcomers = placed.filter(_.day == _["first"]).group_by("came").agg(newcomers=_.count())
    return parts.drop("begun").inner_join(newcomers, "came").order_by("came", "month")


def _month(day: ir.IntegerValue) -> ir.IntegerValue:
    """Months since January 1970."""
    date = ibis.date(1970, 1, 1) + day.as_interval("D")
    return ((date.year() - 1970) * MONTHS + date.month() - 1).cast("int32")


@dataclass(frozen=True)
class Season:
    """
    How fast time runs.

    Args:
        speeds: In January to December, 1 on average; 1 where a month was never seen.
        errors: Their standard errors.
        purchases: How many purchases it was learned from.
    """

    speeds: tuple[float, ...]
    errors: tuple[float, ...]
    purchases: int

    def explain(self) -> str:
        """The fastest and the slowest month, in words."""
        return (
            f"From {self.purchases:,} purchases: the same customers buy {extremes(self.speeds)}, against an average month, "
            f"newcomers' first purchases aside and allowing for how purchases thin out with the months since the first."
        )


def extremes(season: Sequence[float]) -> str:
    """The fastest and the slowest month, in words."""
    most, least = int(np.argmax(season)), int(np.argmin(season))
    return f"{season[most] - 1:+.0%} in {month_name[most + 1]} and {season[least] - 1:+.0%} in {month_name[least + 1]}"


def learn(known: pd.DataFrame) -> Season:
    """
    Months' speeds, told apart from how customers' purchases thin out with time.

    Purchases of those who came in one month are held to be Poisson: newcomers x a factor of the months since x a factor of the month of the year,
    both factors found in turn until they stay. Each speed is drawn to 1 as if it had been seen in fifty purchases more.

    Args:
        known: What counted() gave.

    Raises:
        ModelError: Too few purchases, or less than twelve months.
    """
    last, first = int(known["month"].max()) if len(known) else 0, int(known["came"].min()) if len(known) else 0
    total = int(known["purchases"].sum())
    if last - first + 1 < _WHOLE_MONTHS or total < _EVENTS:
        raise ModelError(
            f"{total:,} repeat purchases in {last - first + 1 if len(known) else 0} whole months.",
            f"A season is learned from at least {_EVENTS} in {_WHOLE_MONTHS}.",
            "Go without a season, or wait.",
        )
    of_year, since, exposed, bought = _grid(known, last)
    speeds = np.ones(MONTHS)
    for _round in range(_ROUNDS):
        thin = _ratio(since, bought, exposed * speeds[of_year])
        hoped = np.bincount(of_year, weights=exposed * thin[since], minlength=MONTHS)
        came = np.bincount(of_year, weights=bought, minlength=MONTHS)
        before, speeds = speeds, (came + _DRAWN) / (hoped + _DRAWN)
        speeds /= speeds.mean()
        if np.abs(speeds - before).max() < 1e-10:
            break
    spread = _overdispersion(bought, exposed * thin[since] * speeds[of_year])
    errors = speeds * np.sqrt(spread / (came + _DRAWN))
    return Season(tuple(speeds.tolist()), tuple(errors.tolist()), total)


def _grid(known: pd.DataFrame, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Every month of everybody who came, also those in which none of them bought: month of year, months since, newcomers, purchases."""
    newcomers = known.groupby("came")["newcomers"].first()
    bought = known.set_index(["came", "month"])["purchases"]
    pairs = [(came, month) for came in newcomers.index for month in range(int(came), last + 1)]
    index = pd.MultiIndex.from_tuples(pairs, names=["came", "month"])
    came, month = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    days = (month + 1).astype("datetime64[M]").astype("datetime64[D]") - month.astype("datetime64[M]").astype(
        "datetime64[D]"
    )
    exposed = newcomers.reindex(came).to_numpy("float64") * days.astype("float64")
    return month % MONTHS, month - came, exposed, bought.reindex(index).fillna(0).to_numpy("float64")


def _ratio(which: NDArray[np.int64], above: Floats, below: Floats) -> Floats:
    up, down = (np.bincount(which, weights=side) for side in (above, below))
    return np.asarray(up / np.maximum(down, 1e-300))


def _overdispersion(bought: Floats, hoped: Floats) -> float:
    """How much more purchases vary than Poisson ones would; at least 1."""
    seen = hoped > 1
    return max(float(np.mean((bought[seen] - hoped[seen]) ** 2 / hoped[seen])), 1.0) if seen.any() else 1.0
