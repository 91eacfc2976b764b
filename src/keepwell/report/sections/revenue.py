"""Did the money stay too? Recurring revenue where there are subscriptions, revenue of purchases where there are orders."""

from collections.abc import Callable

import pandas as pd

from keepwell.charts import movements
from keepwell.charts.words import known, money, number, percent
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Number, Section, Table, few

_SHOWN = 3
"""Currencies drawn; the others stand in the exports of the metric."""
_COLUMNS = ("start", "new", "reactivation", "expansion", "contraction", "churn", "end")
_SHARES: dict[str, dict[str, str]] = {
    "mrr_movements": {"grr": "MRR kept, gross", "nrr": "MRR kept, net", "nrr_with_winback": "MRR kept, with win-backs"},
    "revenue_movements": {"revenue_grr": "Purchases kept, gross", "revenue_nrr": "Purchases kept, net"},
}
_BEHIND: dict[str, dict[str, str]] = {
    "mrr": {"end": "paying at the end"},
    "grr": {"start": "paying at the start", "contraction": "paying less", "churn": "paying no more"},
    "nrr": {"start": "paying at the start", "kept": "still paying", "expansion": "paying more"},
    "nrr_with_winback": {"start": "paying at the start", "kept": "still paying", "reactivation": "paying again"},
    "quick_ratio": {
        "new": "new", "reactivation": "paying again", "expansion": "paying more",
        "contraction": "paying less", "churn": "paying no more",
    },
    "revenue_grr": {"start": "who bought the month before", "contraction": "who spent less", "churn": "who bought nothing"},
    "revenue_nrr": {"start": "who bought the month before", "kept": "who bought again", "expansion": "who spent more"},
}  # fmt: skip
"""Metric -> group -> who they are."""
_NAMES = {"mrr_movements": "MRR", "revenue_movements": "Revenue of purchases"}


def section(asking: Asking) -> Section | None:
    """Movements by currency, with the shares of revenue kept."""
    numbers: list[Number] = []
    blocks: list[Figure] = []
    notes: list[str] = []
    for metric, name in _NAMES.items():
        last = asking.last(metric)
        if last.empty or not _any_money(asking.frame(metric)):
            continue
        currencies = _largest(asking.frame(metric))
        for currency in currencies[:_SHOWN]:
            numbers += _numbers(asking, metric, currency)
            blocks.append(_figure(asking, metric, currency))
        if len(currencies) > 1:
            notes.append(f"{name} comes in {', '.join(currencies)}; currencies are told apart and never summed.")
    if not blocks:
        return None
    notes.append(
        "Revenue of purchases moves with the season: compare a month with the same month a year before. It is never MRR."
    )
    return Section("revenue", "Did the money stay too", _lead(asking), numbers, blocks, notes)


def _lead(asking: Asking) -> list[str]:
    last = asking.last("mrr_movements")
    said = []
    for _, row in last.iterrows():
        if float(row["end"]) or float(row["start"]):
            told = (money(float(row[part]), str(row["currency"])) for part in ("start", "end"))
            said.append(
                f"Recurring revenue went from {next(told)} to {next(told)} a month in {asking.period_name(str(row['period']))}."
            )
    return said[:_SHOWN]


def _any_money(frame: pd.DataFrame) -> bool:
    return bool(frame[["start", "end", "new"]].astype("float64").sum().sum() > 0)


def _largest(frame: pd.DataFrame) -> list[str]:
    sums = frame.assign(size=frame["end"].astype("float64") + frame["new"].astype("float64"))
    sizes = sums.groupby("currency")["size"].sum()
    return [str(currency) for currency in sizes[sizes > 0].sort_values(ascending=False).index]


def _numbers(asking: Asking, metric: str, currency: str) -> list[Number]:
    told = []
    if metric == "mrr_movements":
        told += _one(asking, "mrr", f"MRR, {currency}", currency, lambda value: money(value, currency))
    for share, name in _SHARES[metric].items():
        told += _one(asking, share, f"{name}, {currency}", currency, percent)
    if metric == "mrr_movements":
        told += _one(asking, "quick_ratio", f"Quick ratio, {currency}", currency, lambda value: number(value, 2))
    return told


def _one(asking: Asking, metric: str, name: str, currency: str, written: Callable[[float | None], str]) -> list[Number]:
    rows = asking.last(metric)
    rows = rows[rows["currency"] == currency] if not rows.empty else rows
    if rows.empty:
        return []
    row = rows.iloc[0]
    value = known(row["value"])
    before = "who bought the month before" if metric.startswith("revenue") else "paying at the start"
    stood = int(row["customers_at_start"])
    why = "Not defined: nothing to divide by." if value is None else "" if metric == "mrr" else few(stood, before)
    cell = {"period": str(row["period"])}
    moved = "revenue_movements" if metric.startswith("revenue") else "mrr_movements"
    lists = asking.behind(moved, _BEHIND[metric], cell, currency=currency, told_as=metric)
    command = asking.command(metric, cell=cell)
    return [
        Number(
            name,
            written(value),
            asking.period_name(cell["period"]),
            f"n {number(stood)} {before}",
            metric,
            "",
            why,
            command,
            lists,
        )
    ]


def _figure(asking: Asking, metric: str, currency: str) -> Figure:
    frame = asking.frame(metric)
    told = frame[frame["currency"] == currency].reset_index(drop=True)
    rows = tuple(
        (
            str(row["period"]),
            *(number(float(row[column])) for column in _COLUMNS),
            "whole" if row["complete"] else "to date",
        )
        for _, row in told.iterrows()
    )
    name = _NAMES[metric]
    parts = [*("period", "complete"), *movements.MONEY]
    drawn = told[parts].assign(**{part: told[part].astype("float64") for part in movements.MONEY})
    return Figure(
        f"{'mrr' if metric == 'mrr_movements' else 'revenue'}-movements-{currency.lower()}",
        f"{name} that came and that left, {currency} a month",
        "Expansion and contraction are customers who pay more or less than the month before; reactivation is who paid "
        "before and pays again. The line with dots is the balance.",
        metric,
        lambda width: movements.chart(drawn, parts=movements.MONEY, width=width, unit=currency),
        told,
        Table(f"{name} movements, {currency}", ("month", *_COLUMNS, ""), rows),
        ((THESE, asking.command(metric)),),
    )
