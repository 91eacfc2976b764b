"""Who stayed, who left, who came? The customer bridge of the last month, and of the months before."""

import pandas as pd

from keepwell.charts import bridge, movements
from keepwell.charts.words import number, signed
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Number, Section, Table

_COUNTS = {
    "at_start": ("At the start", ""),
    "lost": ("Lost", "lost"),
    "returned": ("Returned", "returned"),
    "new": ("New", "new"),
    "at_end": ("At the end", "kept"),
    "came_and_went": ("Came and went", ""),
}
_SIGNS = {"lost": -1}


def section(asking: Asking) -> Section | None:
    """The bridge of the last whole month and the movements of every month told."""
    last = asking.last("customer_bridge")
    if last.empty:
        return None
    row = last.iloc[0]
    label = str(row["period"])
    month = asking.period_name(label)
    counts = {name: int(row[name]) for name in _COUNTS}
    numbers = [
        Number(
            title,
            signed(counts[name] * _SIGNS.get(name, 1)) if name in ("lost", "returned", "new") else number(counts[name]),
            month,
            "customers",
            "customer_bridge",
            token,
            command=asking.command("customer_bridge", cell={"period": label}),
            behind=asking.behind("customer_bridge", {name: title.lower()}, {"period": label}),
            anchor=f"number-{name}",
        )
        for name, (title, token) in _COUNTS.items()
    ]
    blocks = [_bridge(asking, last, month), *_months(asking)]
    return Section("bridge", "Who stayed, who left, who came", _lead(counts, month), numbers, blocks)


def _lead(counts: dict[str, int], month: str) -> list[str]:
    balance = counts["at_end"] - counts["at_start"]
    grown = "grew by" if balance > 0 else "shrank by" if balance < 0 else "stayed the same:"
    said = [
        (
            f"In {month} the base {grown} {number(abs(balance))}: from {number(counts['at_start'])} to "
            f"{number(counts['at_end'])} customers."
        )
    ]
    if flash := counts["came_and_went"]:
        said.append(f"{number(flash)} more came and went inside the month and stand at neither end.")
    return said


def _bridge(asking: Asking, last: pd.DataFrame, month: str) -> Figure:
    row = last.iloc[0]
    shown = tuple((title, number(float(row[name]))) for name, (title, _) in _COUNTS.items())
    return Figure(
        "customer-bridge",
        f"From the customers at the start of {month} to those at its end",
        "Green stayed, rust left, violet came back, blue is new. At the start − lost + returned + new = at the end.",
        "customer_bridge",
        lambda width: bridge.chart(last, width=width),
        last,
        Table(f"Customer bridge, {month}", ("", "customers"), shown),
        ((THESE, asking.command("customer_bridge", cell={"period": str(row["period"])})),),
    )


def _months(asking: Asking) -> list[Figure]:
    frame = asking.frame("customer_bridge")
    told = frame[(frame["at_start"] + frame["new"] + frame["returned"]) > 0]
    if len(told) < 2:
        return []
    rows = tuple(
        (
            str(row["period"]),
            *(number(float(row[name])) for name in _COUNTS),
            "whole" if row["complete"] else "to date",
        )
        for _, row in told.iterrows()
    )
    heads = ("month", *(title.lower() for title, _ in _COUNTS.values()), "")
    figure = Figure(
        "customer-movements",
        "Customers who came and customers who left, month by month",
        "Above the line who came, below it who left; the line with dots is the balance. Hatched months are not over.",
        "customer_bridge",
        lambda width: movements.chart(told, width=width, unit="customers"),
        told,
        Table("Customer bridge by month", heads, rows),
        ((THESE, asking.command("customer_bridge")),),
    )
    return [figure]
