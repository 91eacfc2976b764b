"""On how few customers does the money rest? Cumulative share of revenue, largest customers first."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt


def chart(frame: pd.DataFrame, *, title: str = "", width: int = WIDE) -> "alt.LayerChart":
    """
    Share of revenue brought by the largest share of customers; the even line shows what equal customers would bring.

    Args:
        frame: Columns customers and revenue, both cumulative shares from 0 to 1, in order.
        title: The finding's subject; empty where the page says it.
        width: Pixels.
    """
    import altair as alt

    points = frame[["customers", "revenue"]].astype("float64")
    x = alt.X(
        "customers:Q", title="share of customers, largest first", axis=alt.Axis(format="%", tickCount=5, grid=False)
    )
    y = alt.Y("revenue:Q", title=None, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    even = pd.DataFrame({"customers": [0.0, 1.0], "revenue": [0.0, 1.0]})
    named = _named(points)
    layers = alt.layer(
        alt.Chart(points).mark_area(color=LIGHT["kept"], opacity=0.12).encode(x=x, y=y),
        alt.Chart(even).mark_line(color=LIGHT["muted"], strokeDash=[3, 3], strokeWidth=1).encode(x=x, y=y),
        alt.Chart(points).mark_line(color=LIGHT["kept"], strokeWidth=2.5).encode(x=x, y=y),
        alt.Chart(named).mark_point(filled=True, color=LIGHT["ink"], size=40, opacity=1).encode(x=x, y=y),
        alt.Chart(named)
        .mark_text(align="left", dx=10, dy=10, fontSize=12, fontWeight=600)
        .encode(x=x, y=y, text="label:N"),
    ).properties(width=width - 60, height=min(280, width * 0.65))
    told = "; ".join(named["label"])
    return themed(layers, title=title, description=f"Concentration of revenue: {told}.")


def _named(points: pd.DataFrame) -> pd.DataFrame:
    """The points nearest one tenth and one half of the customers."""
    places = [int((points["customers"] - part).abs().argmin()) for part in (0.1, 0.5)]
    near = points.iloc[list(dict.fromkeys(places))]
    label = [f"{percent(c, 0)} bring {percent(r, 0)}" for c, r in near.itertuples(index=False)]
    return near.assign(label=label)
