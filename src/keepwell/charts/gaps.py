"""How long between two purchases? The gaps as bars, with their median and 80th percentile."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.axes import count_axis
from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import number

if TYPE_CHECKING:
    import altair as alt


def chart(frame: pd.DataFrame, *, marks: dict[str, float], unit: str = "days", width: int = WIDE) -> "alt.LayerChart":
    """
    One bar a bin, rules where the marks stand.

    Args:
        frame: Columns left, right (bin edges) and n.
        marks: What to call it -> place on the axis, such as {"half": 23}.
        unit: What the axis counts.
        width: Pixels.
    """
    import altair as alt

    x = alt.X("left:Q", title=f"{unit} between two purchases", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False))
    bars = (
        alt.Chart(frame[["left", "right", "n"]].astype("float64").assign(zero=0.0))
        .mark_bar(color=LIGHT["kept"], opacity=0.75, stroke=LIGHT["paper"], strokeWidth=1)
        .encode(x=x, x2="right:Q", y=alt.Y("n:Q", title=None, axis=count_axis(4)), y2="zero:Q")
    )
    places = pd.DataFrame({"at": list(marks.values()), "label": [f"{name} {number(at)}" for name, at in marks.items()]})
    places = places.assign(row=range(len(places)))
    height, told = min(240, width * 0.6), []
    for row in places["row"]:  # each rule begins at its own name, so that it crosses no other's
        mark = alt.Chart(places[places["row"] == row]).encode(x="at:Q")
        rule = mark.mark_rule(color=LIGHT["ink"], strokeDash=[3, 3])
        name = mark.mark_text(align="left", dx=6, fontSize=12, fontWeight=600).encode(text="label:N")
        told += [rule.encode(y=alt.value(2 + 16 * row), y2=alt.value(height)), name.encode(y=alt.value(8 + 16 * row))]
    layers = alt.layer(bars, *told).properties(width=width - 60, height=height)
    said = ", ".join(f"{name} {number(at)} {unit}" for name, at in marks.items())
    return themed(layers, description=f"Histogram of the time between two purchases: {said}.")
