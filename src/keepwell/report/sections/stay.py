"""How long do customers stay? Survival, with those who still stay counted for as long as they have been seen."""

import math

import pandas as pd

from keepwell.charts import survival as chart
from keepwell.charts.words import number, percent
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Behind, Figure, Number, Section, Table

_TOLD = (30, 90, 180, 365, 730, 1095, 1825)


def section(asking: Asking) -> Section | None:
    """The median stay with its interval, and the curve."""
    curve, median = asking.frame("survival", "all_time"), asking.frame("median_lifetime", "all_time")
    if curve.empty or median.empty or int(median["ended"].iloc[0]) == 0:
        return None
    company = asking.workspace.company
    window = 0 if company.active_by == "subscription" else company.activity_window_days or 0
    row = median.iloc[0]
    half = float(row["median"])
    limits = [float(row[limit]) for limit in ("low", "high")]
    interval = f"95 % interval {_day(limits[0])} to {_day(limits[1])}"
    if all(math.isnan(limit) for limit in limits):
        interval = "Too few have left for an interval."
    why = str(row["reason"]) if "reason" in median and isinstance(row["reason"], str) else ""
    told = Number(
        "Half are gone after",
        "not reached" if math.isnan(half) else f"{number(half)} days",
        "all customers since the data begin",
        f"n {number(float(row['spells']))} customers, {number(float(row['ended']))} of them gone",
        "median_lifetime",
        why=why or interval,
        command=asking.command("median_lifetime", "all_time"),
        behind=_people(asking, "median_lifetime"),
    )
    duration = max(365, window + 1 if window else 0)
    numbers = [told, *_beyond(asking, curve, duration)]
    return Section("stay", "How long they stay", _lead(curve, duration, window), numbers, [_curve(asking, curve, half)])


def _people(asking: Asking, told_as: str) -> tuple[Behind, ...]:
    who = {"running": "still there", "ended": "gone"}
    return asking.behind("median_lifetime", who, {}, over="all_time", told_as=told_as)


def _beyond(asking: Asking, curve: pd.DataFrame, duration: int) -> list[Number]:
    step = _at(curve, duration)
    if step is None:
        return []
    told = Number(
        "Still there after a year" if duration == 365 else f"Still there after {number(duration)} days",
        percent(float(step["value"])),
        "all customers since the data begin",
        f"n {number(float(curve['at_risk'].iloc[0]))} customers, {number(float(step['at_risk']))} of them seen so long",
        "survival",
        why=_between(step),
        command=asking.command("survival", "all_time"),
        behind=_people(asking, "survival"),
    )
    return [told]


def _between(step: pd.Series) -> str:
    if pd.isna(step["low"]) or pd.isna(step["high"]):
        return "No interval: nobody, or everybody, is left."
    return f"95 % interval {percent(float(step['low']))} to {percent(float(step['high']))}"


def _lead(curve: pd.DataFrame, duration: int, window: int) -> list[str]:
    """A year, or the first day a purchase alone no longer keeps a customer, if that is later."""
    step = _at(curve, duration)
    if step is None:
        return [f"No customer has been seen for {number(duration)} days yet."]
    told = percent(float(step["value"]))
    if duration == 365:
        return [f"{told} stay longer than a year."]
    return [f"One purchase keeps a customer for {number(window)} days; {told} are kept beyond that."]


def _day(value: float) -> str:
    return "beyond what has been seen" if math.isnan(float(value)) else f"{number(float(value))} days"


def _at(curve: pd.DataFrame, duration: int) -> pd.Series | None:
    """The last step at or before a duration that has been seen."""
    if curve["duration"].max() < duration:
        return None
    return curve[curve["duration"] <= duration].iloc[-1]


def _curve(asking: Asking, curve: pd.DataFrame, half: float) -> Figure:
    frame = curve.rename(columns={"duration": "age"}).dropna(subset=["value"])
    rows = []
    for duration in _TOLD:
        step = _at(curve, duration)
        if step is not None:
            between = f"{percent(float(step['low']))} to {percent(float(step['high']))}"
            rows.append((number(duration), percent(float(step["value"])), between, number(float(step["at_risk"]))))
    steps = _thinned(frame)
    return Figure(
        "survival",
        "Share still there by days since they came",
        "The band is the 95 % interval. A later return does not undo an end here; the cohorts above count returns.",
        "survival",
        lambda width: chart.chart(steps, median=None if math.isnan(half) else half, width=width),
        curve,
        Table("Survival", ("days", "still there", "95 % interval", "seen so long"), tuple(rows)),
        ((THESE, asking.command("survival", "all_time")),),
    )


def _thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """At most some four hundred steps: a pixel has no room for more."""
    every = max(1, len(frame) // 400)
    places = sorted({*range(0, len(frame), every), len(frame) - 1})
    return frame.iloc[places]
