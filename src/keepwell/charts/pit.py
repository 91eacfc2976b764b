"""Were the forecasts as wide as they should be? Where what came lay in what was said, in ten bars that should be level."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt


def chart(frame: pd.DataFrame, *, width: int = WIDE) -> "alt.LayerChart":
    """
    A bar per part of the forecasts, and the level at which all would stand were they right.

    Args:
        frame: Columns low, high (edges, 0 to 1) and share (of the customers); see judging.pit.
        width: Pixels.
    """
    import altair as alt

    told = frame[["low", "high", "share"]].astype("float64").assign(zero=0.0)
    level = 1 / max(len(told), 1)
    top = max(1.5 * level, float(told["share"].max()) * 1.1) if len(told) else 1.0
    x = alt.X(
        "low:Q",
        title="where in the forecast the count that came lay",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(
            grid=False,
            values=[0, 0.5, 1],
            labelExpr="datum.value == 0 ? 'lowest' : datum.value == 1 ? 'highest' : 'middle'",
            labelFlush=True,
        ),
    )
    y = alt.Y("share:Q", title="share of customers", scale=alt.Scale(domain=[0, top], nice=False))
    bars = (
        alt.Chart(told)
        .mark_bar(color=LIGHT["kept"], opacity=0.75, stroke=LIGHT["paper"], strokeWidth=1)
        .encode(x=x, x2="high:Q", y=y.axis(alt.Axis(format="%", tickCount=4)), y2="zero:Q")
    )
    right = pd.DataFrame({"at": [level], "label": [f"level at {percent(level, 0)}"]})
    rule = alt.Chart(right).mark_rule(color=LIGHT["ink"], strokeDash=[4, 4]).encode(y="at:Q")
    name = (
        alt.Chart(right)
        .mark_text(align="right", dx=-4, dy=-8, fontSize=12)
        .encode(x=alt.value(min(width - 80, 420)), y="at:Q", text="label:N")
    )
    layers = alt.layer(bars, rule, name).properties(width=min(width - 80, 420), height=min(200, width * 0.55))
    return themed(layers, description=_description(told))


def _description(told: pd.DataFrame) -> str:
    if told.empty:
        return "Histogram of where what came lay in the forecasts; nothing can be checked yet."
    low, high = told["share"].min(), told["share"].max()
    return (
        f"Histogram of where what came lay in the forecasts: each of {len(told)} parts should hold {percent(1 / len(told), 0)}; "
        f"they hold {percent(low)} to {percent(high)}."
    )
