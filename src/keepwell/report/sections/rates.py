"""How well are customers kept, by which definition? The rates side by side, and why they differ on these very data."""

import pandas as pd

from keepwell.charts import rates as chart
from keepwell.charts.words import known, number, percent
from keepwell.measure.differences import differences
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Number, Section, Table
from keepwell.report.sections.finding import FEW
from keepwell.report.sections.moved import BRIDGE

_RATES = {
    "kept_share": ("Customers kept", "kept", "kept"),
    "churn_rate": ("Customers lost", "lost", "lost"),
    "crr_net": ("Net retention", "returned", "returned"),
    "simple_ratio": ("End against start", "new", "new"),
}
"""Metric -> name, colour, group listed behind it."""
_DRAWN = ("kept_share", "crr_net", "simple_ratio")


def section(asking: Asking) -> Section | None:
    """The rates of the last whole month as numbers, of every month told as lines."""
    told = {metric: asking.last(metric) for metric in _RATES}
    told = {metric: rows for metric, rows in told.items() if not rows.empty}
    if not told:
        return None
    numbers = [_number(asking, metric, rows.iloc[0]) for metric, rows in told.items()]
    repeat = asking.last("repeat_rate")
    if not repeat.empty:
        numbers.append(_repeat(asking, repeat.iloc[0]))
    why = differences(asking.frame("kept_share"), None if repeat.empty else asking.frame("repeat_rate"))
    lead = [
        "Never one “retention”: each rate answers its own question, and on the same data they give different numbers."
    ]
    return Section("rates", "The rates side by side", lead, numbers, _lines(asking, list(told)), why)


def _number(asking: Asking, metric: str, row: pd.Series) -> Number:
    name, token, group = _RATES[metric]
    start = int(row["at_start"])
    lists = asking.behind("customer_bridge", BRIDGE, {"period": str(row["period"])})
    why = "" if start else "Not defined: no customer at the start."
    if 0 < start < FEW:
        why = f"Only {number(start)} customers at the start: too few to compare months by."
    return Number(
        name, percent(known(row["value"])), asking.period_name(str(row["period"])), f"n {number(start)} at the start",
        metric, token, why, lists.get(group, ()),
    )  # fmt: skip


def _repeat(asking: Asking, row: pd.Series) -> Number:
    existing, label = int(row["existing"]), str(row["period"])
    lists = asking.behind("repeat_rate", {"returned": "bought again"}, {"period": label})
    why = "" if existing else "Not defined: nobody had bought before."
    return Number(
        "Bought again", percent(known(row["value"])), asking.period_name(label), f"n {number(existing)} earlier buyers",
        "repeat_rate", "", why, lists.get("returned", ()),
    )  # fmt: skip


def _lines(asking: Asking, metrics: list[str]) -> list[Figure]:
    drawn = [metric for metric in _DRAWN if metric in metrics]
    parts = [asking.frame(metric)[["period", "value"]].assign(rate=metric) for metric in drawn]
    frame = pd.concat(parts, ignore_index=True)[["period", "rate", "value"]]
    if frame["value"].notna().sum() < 2 * len(drawn):
        return []
    names = {metric: _RATES[metric][0] for metric in drawn}
    wide = frame.pivot_table(index="period", columns="rate", values="value", dropna=False)[drawn]
    rows = tuple(
        (str(period), *(percent(known(value)) for value in values))
        for period, values in zip(wide.index, wide.to_numpy(), strict=True)
    )
    figure = Figure(
        "rates",
        "Three ways to count who was kept, month by month",
        "Net retention counts who came back as kept; end against start also counts who is new, and so hides who left. "
        "The scale does not begin at zero.",
        "kept_share",
        lambda title, width: chart.chart(frame, names=names, title=title, width=width),
        frame,
        Table("Rates by month", ("month", *(names[metric].lower() for metric in drawn)), rows),
    )
    return [figure]
