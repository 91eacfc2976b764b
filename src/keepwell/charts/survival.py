"""How long do customers stay? A survival curve with its interval and its median."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import number, percent

if TYPE_CHECKING:
    import altair as alt


def chart(
    frame: pd.DataFrame, *, median: float | None = None, unit: str = "days", width: int = WIDE
) -> "alt.LayerChart":
    """
    Share still there by time since the start, as steps; the band is the interval.

    Args:
        frame: Columns age, value (share), low, high; in order of age.
        median: Age at which half are gone; None where the curve does not reach it.
        unit: What an age counts.
        width: Pixels.
    """
    import altair as alt

    x = alt.X(
        "age:Q",
        title=f"{unit} since they came",
        scale=alt.Scale(nice=False),
        axis=alt.Axis(grid=False, tickCount=max(3, width // 80)),
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    base = alt.Chart(frame[["age", "value", "low", "high"]].astype("float64")).encode(x=x)
    band = base.mark_area(color=LIGHT["kept"], opacity=0.18, interpolate="step-after").encode(
        y=alt.Y("low:Q"), y2="high:Q"
    )
    line = base.mark_line(color=LIGHT["kept"], strokeWidth=2.5, interpolate="step-after").encode(y=y)
    layers = alt.layer(
        band,
        line,
        *_median(
            median,
            unit,
            far=median is not None and median > 0.55 * float(frame["age"].max()),
            lines=2 if width < 500 else 1,
        ),
    ).properties(width=width - 60, height=min(300, width * 0.65))
    return themed(layers, description=_description(frame, median, unit))


def _median(median: float | None, unit: str, *, far: bool, lines: int) -> list["alt.Chart"]:
    """A dropped line where half are gone, named beside it: in two lines where there is little room."""
    import altair as alt

    if median is None:
        return []
    at = pd.DataFrame(
        {
            "age": [median],
            "half": [0.5],
            "zero": [0.0],
            "label": [f"half are gone{' ' if lines == 1 else chr(10)}after {number(median)} {unit}"],
        }
    )
    drop = alt.Chart(at).mark_rule(color=LIGHT["ink"], strokeDash=[3, 3]).encode(x="age:Q", y="zero:Q", y2="half:Q")
    told = (
        alt.Chart(at)
        .mark_text(
            align="right" if far else "left",
            dx=-10 if far else 10,
            dy=12 if far else 4 - 12 * lines,
            fontSize=12,
            fontWeight=600,
            lineBreak="\n",
        )
        .encode(x="age:Q", y="half:Q", text="label:N")
    )
    dot = alt.Chart(at).mark_point(filled=True, color=LIGHT["ink"], size=40, opacity=1).encode(x="age:Q", y="half:Q")
    return [drop, told, dot]


def _description(frame: pd.DataFrame, median: float | None, unit: str) -> str:
    last = frame.iloc[-1]
    half = (
        f"Half are gone after {number(median)} {unit}." if median is not None else "Fewer than half have gone so far."
    )
    return (
        f"Survival curve: {half} After {number(last['age'])} {unit} {percent(last['value'])} are still there "
        f"(95 % interval {percent(last['low'])} to {percent(last['high'])})."
    )
