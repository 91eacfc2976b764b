"""What is one point more of retention worth? From the company's own margin, costs and curves, with a range; others' figures only beside it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]

REFERENCE = (
    "Often quoted: five points more of retention raise profits by 25 to 95 % (Reichheld, Bain & Company; Reichheld and Sasser,"
    " Harvard Business Review 68(5), 1990, 105-111, printed 25 to 85 %). Those are other companies, measured by the value of a customer."
)
"""What is said elsewhere; never a result of ours."""
_FEWEST = 30
"""Fewer stays at risk in a month say too little of that month."""
_ROOM = 0.0005
"""Less than that is rounding."""
_SHORTEST = 6
"""Fewer months of stays seen are no curve."""


@dataclass(frozen=True)
class Money:
    """
    What a customer brings and costs, in one currency.

    Args:
        currency: ISO 4217.
        revenue: Per customer and month.
        revenue_error: Its standard error, from how months differ.
        margin: Share of revenue left after the cost of what was sold.
        keep: Spent on keeping each customer a month; None is not known, and then not taken off.
        win: Spent to win a customer; None is not known.
        win_error: Its standard error, from how months differ.
        newcomers: New customers a month.
        months: How many months all this is from.
    """

    currency: str
    revenue: float
    revenue_error: float
    margin: float
    keep: float | None
    win: float | None
    win_error: float
    newcomers: float
    months: int

    @classmethod
    def of(cls, earned: pd.DataFrame, kept: pd.DataFrame, currency: str) -> "Money":
        """
        From the answers by month of the metrics ltv_to_cac and cost_to_retain; months that are not over are left out.

        Args:
            earned: The frame of ltv_to_cac.
            kept: The frame of cost_to_retain.
            currency: Which currency's rows.

        Raises:
            ModelError: No whole month with revenue, or no margin.
        """
        rows, kept = (frame[frame["complete"] & (frame["currency"] == currency)] for frame in (earned, kept))
        rows = rows[rows["arpa"].notna()]
        if rows.empty:
            raise ModelError(f"Not enough data: no whole month with revenue in {currency}.", "", "Ask for more months.")
        if rows["margin"].isna().all():
            raise ModelError(
                "The margin is not known.",
                "Without it a customer's value is not known either.",
                "Set gross_margin, or record the cost of goods.",
            )
        revenue, revenue_error = _mean(rows["arpa"])
        margin, _ = _mean(rows["margin"].dropna())
        known = kept[kept["retain"].notna() & (kept["kept"] > 0)]
        keep = float(known["retain"].astype("float64").sum() / known["kept"].sum()) if len(known) else None
        won = rows[rows["cac"].notna()]
        win = float(won["acquire"].astype("float64").sum() / won["acquired"].sum()) if len(won) else None
        win_error = _mean(won["cac"])[1] if len(won) else 0.0
        newcomers = float(rows["acquired"].mean())
        return cls(currency, revenue, revenue_error, margin, keep, win, win_error, newcomers, months=len(rows))

    @property
    def monthly(self) -> float:
        """Margin of a customer and month, less what keeping costs where that is known."""
        return self.revenue * self.margin - (self.keep or 0.0)


def _mean(months: pd.Series) -> tuple[float, float]:
    """Mean of the months, and its standard error; 0 of a single one."""
    values = months.astype("float64")
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def stays_as_seen(counted: pd.DataFrame, *, months: int, chance: np.random.Generator, count: int = 400) -> Floats:
    """
    The share of new customers still there at the start of each month, from stays as they were seen, of shops as of contracts: a life table.

    Beyond the last month with thirty stays at risk, customers go on leaving as in the last twelve months seen.

    Args:
        counted: What survival.durations counted with each="month": duration, ended, running.
        months: Up to which month.
        chance: Where chance comes from.
        count: How many draws of what is not known of the monthly rates.

    Returns:
        Shape (count + 1, months + 1); the first row is what is expected.

    Raises:
        ModelError: Fewer than six months were seen of at least thirty stays.
    """
    size = int(counted["duration"].max()) + 1 if len(counted) else 0
    ended, running = (np.bincount(counted["duration"], counted[name], size)[:size] for name in ("ended", "running"))
    there = np.cumsum((ended + running)[::-1])[::-1]
    seen = int((there >= _FEWEST).sum())
    if seen < _SHORTEST:
        raise ModelError(
            f"Not enough data: {seen} months in which {_FEWEST} stays were seen.",
            f"A curve needs at least {_SHORTEST}.",
            "Choose an earlier start, or wait.",
        )
    ended, risk = ended[:seen], (there - running / 2)[:seen]  # who is cut off within a month was there for half of it
    # A month without endings draws none: its doubt is in its neighbours, as in Greenwood's variance.
    drawn = chance.beta(np.maximum(ended, 1e-9), np.maximum(risk - ended, 1e-9), (count, seen))
    rates = np.vstack([ended / risk, np.where(ended > 0, drawn, 0.0)])
    late = slice(max(0, seen - 12), seen)
    tail = (rates[:, late] @ risk[late]) / risk[late].sum()
    rates = np.hstack([rates, np.tile(tail[:, None], (1, max(0, months - seen)))])[:, :months]
    return np.hstack([np.ones((count + 1, 1)), np.cumprod(1 - rates, axis=1)])


def lifted(stays: Floats, points: float) -> Floats:
    """
    The curves with so many points more of yearly retention, in every year from the start; at most everybody stays.

    Within a year those who are kept longer are spread as the leavers were.

    Args:
        stays: Share still there at the start of each month, shape (draws, months + 1).
        points: Percentage points of yearly retention; below 0 for less.
    """
    told, months = np.ones_like(stays), stays.shape[1] - 1
    for start in range(0, months, 12):
        end = min(start + 12, months)
        within = stays[:, start : end + 1] / np.maximum(stays[:, [start]], 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            yearly = within[:, [-1]] ** (12 / (end - start))
            wanted = np.clip(yearly + points / 100, 1e-12, 1.0)
            factor = np.where((yearly > 0) & (yearly < 1), np.log(wanted) / np.log(yearly), 1.0)
        told[:, start : end + 1] = told[:, [start]] * within**factor
    return told


def worth(
    stays: Floats,
    money: Money,
    *,
    chance: np.random.Generator,
    points: tuple[float, ...] = (1.0, 5.0),
    discount: float = 0.1,
    extra: float = 0.0,
) -> pd.DataFrame:
    """
    What a customer is worth, and what points more (or less) of yearly retention change.

    Value is the discounted margin, less what keeping costs where that is known, of a customer over the months of *stays*,
    before the cost of winning. Intervals (90 %) hold what is not known of the curve, and how revenue and cost to win differ by month.

    Args:
        stays: From stays_as_seen(), the first row expected.
        money: What a customer brings and costs.
        chance: Where chance comes from.
        points: Percentage points of yearly retention.
        discount: How much less money is worth a year later, as a share.
        extra: What the change costs per customer and month.

    Returns:
        One row per number of points: points, retention and retention_after (of a year, on average over the months of *stays*); value, after, change, change_share,
        to_win and to_win_after (value over the cost to win; NaN where that is not known), affordable (the most the change may
        cost per customer and year), together (change times the newcomers of a year); each also with _low and _high.
    """
    draws, months = stays.shape[0], stays.shape[1] - 1
    worth_later = (1 + discount) ** (-np.arange(months) / 12)
    step = chance.standard_normal((2, draws))
    step[:, 0] = 0.0
    monthly = money.monthly + step[0] * money.revenue_error * money.margin
    win = None if money.win is None else np.maximum(money.win + step[1] * money.win_error, 1e-9)
    time = stays[:, :months] @ worth_later
    rows = []
    for more in points:
        longer = lifted(stays, more)
        time_after = longer[:, :months] @ worth_later
        value, after = monthly * time, (monthly - extra) * time_after
        change = after - value
        figures = {
            "retention": stays[:, -1] ** (12 / months),
            "retention_after": longer[:, -1] ** (12 / months),
            "value": value,
            "after": after,
            "change": change,
            "change_share": np.where(value > 0, change / np.where(value > 0, value, 1.0), np.nan),
            "to_win": value / win if win is not None else np.full(draws, np.nan),
            "to_win_after": after / win if win is not None else np.full(draws, np.nan),
            "affordable": 12 * monthly * (time_after - time) / time_after,
            "together": change * (12 * money.newcomers),
        }
        rows.append(
            {"points": more} | {n: v for name, drawn in figures.items() for n, v in _range(name, drawn).items()}
        )
    return pd.DataFrame(rows)


def _range(name: str, drawn: Floats) -> dict[str, float]:
    """The expected figure and its 90 % interval; all unknown where any draw has none."""
    if np.isnan(drawn).any():
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    low, high = np.quantile(drawn[1:], [0.05, 0.95])
    return {name: float(drawn[0]), f"{name}_low": float(low), f"{name}_high": float(high)}


def explain(told: pd.DataFrame, money: Money, *, years: float, discount: float) -> str:
    """
    What worth() told, in sentences; the often quoted range only as a reference.

    Args:
        told: What worth() told.
        money: What it was told from.
        years: The horizon.
        discount: The yearly discount.
    """
    lines = [
        f"From {money.months} months: a customer brings {money.revenue:.2f} {money.currency} a month, of which {money.margin:.0%} is margin.",
        f"Keeping one costs {money.keep:.2f} a month, taken off." if money.keep is not None
        else "What keeping customers costs is not recorded, so it is not taken off.",
        f"Over {years:g} years at {discount:.0%} a year:",
    ]  # fmt: skip
    for row in told.to_dict("records"):
        share = (
            f" ({row['change_share']:+.1%}, {row['change_share_low']:+.1%} to {row['change_share_high']:+.1%})"
            if np.isfinite(row["change_share"])
            else ""
        )
        short = row["points"] / 100 - (row["retention_after"] - row["retention"]) > _ROOM
        room = " (not all of them, for in some years nearly everybody stays)" if short else ""
        lines.append(
            f"{row['points']:+g} points of yearly retention{room}, on average from {row['retention']:.1%} to {row['retention_after']:.1%} a year,"
            f" change the value of a customer from {row['value']:.2f} to {row['after']:.2f} {money.currency}{share}."
        )
        if row["affordable"] > 0:
            limits = f"{row['affordable_low']:.2f} to {row['affordable_high']:.2f}"
            lines.append(f"That may cost up to {row['affordable']:.2f} per customer and year (90 % interval {limits}).")
    first = told.iloc[0]
    lines.append(
        f"A customer brings back {first['to_win']:.1f} times what winning one costs ({first['to_win_low']:.1f} to {first['to_win_high']:.1f})."
        if np.isfinite(first["to_win"])
        else "What winning a customer costs is not known."
    )
    return " ".join([*lines, REFERENCE])
