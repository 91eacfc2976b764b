"""How well are customers kept, by which definition? The rates side by side, and why they differ on these very data."""

import pandas as pd

from keepwell.charts import rates as chart
from keepwell.charts.words import known, number, percent
from keepwell.measure.differences import differences
from keepwell.report.asking import Asking
from keepwell.report.parts import Figure, Number, Section, Table, few

_RATES = {
    "kept_share": ("Customers kept", "kept", {"at_start": "at the start", "kept": "kept"}),
    "churn_rate": ("Customers lost", "lost", {"at_start": "at the start", "lost": "lost"}),
    "crr_net": ("Net retention", "returned", {"kept": "kept", "returned": "returned"}),
    "simple_ratio": ("End against start", "new", {"at_start": "at the start", "at_end": "at the end"}),
}
"""Metric -> name, colour, whom it is made of."""
_DRAWN = ("kept_share", "crr_net", "simple_ratio")


def section(asking: Asking) -> Section | None:
    """The rates of the last whole month as numbers, of every month told as lines."""
    told = {metric: asking.last(metric) for metric in _RATES}
    told = {metric: rows for metric, rows in told.items() if not rows.empty}
    if not told:
        return None
    numbers = [_number(asking, metric, rows.iloc[0]) for metric, rows in told.items()]
    repeat = asking.last("repeat_rate")
    if not repeat.empty and not asking.frame("repeat_rate")["existing"].any():
        repeat = repeat.head(0)  # nobody ever bought: subscriptions or use alone
    if not repeat.empty:
        numbers.append(_repeat(asking, repeat.iloc[0]))
    why = differences(asking.frame("kept_share"), None if repeat.empty else asking.frame("repeat_rate"))
    lead = [
        "Never one “retention”: each rate answers its own question, and on the same data they give different numbers."
    ]
    return Section("rates", "The rates side by side", lead, numbers, _lines(asking, list(told)), why)


def _number(asking: Asking, metric: str, row: pd.Series) -> Number:
    name, token, made_of = _RATES[metric]
    start, cell = int(row["at_start"]), {"period": str(row["period"])}
    why = few(start, "at the start") if start else "Not defined: no customer at the start."
    return Number(
        name, percent(known(row["value"])), asking.period_name(str(row["period"])), f"n {number(start)} at the start",
        metric, token, why, asking.command(metric, cell=cell),
        asking.behind("customer_bridge", made_of, cell, told_as=metric), anchor=f"number-{metric}",
    )  # fmt: skip


def _repeat(asking: Asking, row: pd.Series) -> Number:
    existing, label = int(row["existing"]), str(row["period"])
    cell = {"period": label}
    lists = asking.behind("repeat_rate", {"existing": "had bought before", "returned": "bought again"}, cell)
    why = few(existing, "had bought before") if existing else "Not defined: nobody had bought before."
    return Number(
        "Bought again", percent(known(row["value"])), asking.period_name(label), f"n {number(existing)} earlier buyers",
        "repeat_rate", "", why, asking.command("repeat_rate", cell=cell), lists,
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
        lambda width: chart.chart(frame, names=names, width=width),
        frame,
        Table("Rates by month", ("month", *(names[metric].lower() for metric in drawn)), rows),
        tuple((f"{names[metric]}:", asking.command(metric)) for metric in drawn),
    )
    return [figure]
