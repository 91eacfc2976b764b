"""Who stays longer, the treated or those held out? A survival curve for each arm, with its interval."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import number, percent

if TYPE_CHECKING:
    import altair as alt

_COLOURS = (LIGHT["kept"], LIGHT["muted"], LIGHT["new"], LIGHT["returned"], LIGHT["risk"])
"""Of the arms in order; the second, those held out, is drawn in dashes."""


def chart(frame: pd.DataFrame, *, unit: str = "days", width: int = WIDE) -> "alt.LayerChart":
    """
    Share still kept by time since the assignment, as steps, one for each arm; bands are intervals.

    Args:
        frame: Columns arm, age, value (share), low, high; the treated arm first, those held out second.
        unit: What an age counts.
        width: Pixels.
    """
    import altair as alt

    arms = list(dict.fromkeys(frame["arm"]))
    figures = ["age", "value", "low", "high"]
    told = frame[["arm", *figures]].astype(dict.fromkeys(figures, "float64"))
    axis = alt.Axis(grid=False, tickCount=max(3, width // 80))
    least = _span(told)[0]
    cut = f" (shares from {percent(least, 0)} up)" if least else ""
    x = alt.X("age:Q", title=f"{unit} since assigned{cut}", scale=alt.Scale(nice=False), axis=axis)
    scale = alt.Scale(domain=_span(told), zero=False, nice=False)
    y = alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    colour = alt.Color("arm:N", scale=alt.Scale(domain=arms, range=list(_COLOURS[: len(arms)])), legend=None)
    dash = alt.StrokeDash(
        "arm:N",
        scale=alt.Scale(domain=arms, range=[[5, 3] if place == 1 else [1, 0] for place in range(len(arms))]),
        legend=None,
    )
    base = alt.Chart(told).encode(x=x, color=colour)
    band = base.mark_area(opacity=0.15, interpolate="step-after").encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    line = base.mark_line(strokeWidth=2.5, interpolate="step-after").encode(y=y, strokeDash=dash)
    layers = alt.layer(band, line, *_names(told, arms, colour)).properties(
        width=width - 140, height=min(300, width * 0.65)
    )
    return themed(layers, description=_description(told, arms, unit))


def _span(told: pd.DataFrame) -> list[float]:
    """From the lowest limit up to all: arms that stay above nine tenths are not to be told apart by a hair's breadth."""
    low = told["low"].fillna(told["value"]).min()
    return [0.0 if pd.isna(low) or low < 0.5 else float(int(low * 20)) / 20, 1.0]


def _names(told: pd.DataFrame, arms: list[str], colour: "alt.Color") -> list["alt.Chart"]:
    """Each arm's name at the end of its curve, the higher one above."""
    import altair as alt

    if told.empty:
        return []
    last = told.sort_values("age", kind="stable").groupby("arm").tail(1).sort_values("value", ascending=False)
    return [
        alt.Chart(row.to_frame().T.astype({"age": "float64", "value": "float64"}))
        .mark_text(align="left", dx=8, dy=-7 + 15 * place if len(arms) > 1 else 0, fontSize=12, fontWeight=600)
        .encode(x="age:Q", y="value:Q", text="arm:N", color=colour)
        for place, (_index, row) in enumerate(last.iterrows())
    ]


def _description(told: pd.DataFrame, arms: list[str], unit: str) -> str:
    if told.empty:
        return "Survival by arm; nobody has been watched yet."
    parts = []
    for arm in arms:
        row = told[told["arm"] == arm].sort_values("age", kind="stable").iloc[-1]
        interval = f"{percent(row['low'])} to {percent(row['high'])}"
        parts.append(f"{arm} {percent(row['value'])} after {number(row['age'])} {unit} (95 % interval {interval})")
    return f"Share still kept, by arm: {'; '.join(parts)}."
