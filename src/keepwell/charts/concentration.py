"""On how few customers does the money rest? Share of revenue brought by the largest customers."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt


def chart(frame: pd.DataFrame, *, width: int = WIDE) -> "alt.LayerChart":
    """
    One bar for each share of customers, largest first; the tick stands where equal customers would bring it.

    Args:
        frame: Columns top (share of customers) and revenue (their share of it), rising.
        width: Pixels.
    """
    import altair as alt

    told = frame[["top", "revenue"]].astype("float64")
    told = told.assign(
        row=[f"top {percent(top, 0)}" for top in told["top"]], label=[percent(r) for r in told["revenue"]]
    )
    rows = list(told["row"])
    y = alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelColor=LIGHT["ink"], labelFontSize=13))
    x = alt.X("revenue:Q", scale=alt.Scale(domain=[0, float(told["revenue"].max()) * 1.02]), axis=None)
    base = alt.Chart(told).encode(y=y)
    layers = alt.layer(
        base.mark_bar(height=22, color=LIGHT["kept"]).encode(x=x),
        base.mark_tick(color=LIGHT["ink"], thickness=2, size=30).encode(x=alt.X("top:Q", axis=None)),
        base.mark_text(align="left", dx=10, fontSize=13, fontWeight=600).encode(x=x, text="label:N"),
    ).properties(width=width - 140, height=alt.Step(38))
    said = "; ".join(f"{row} of customers bring {label}" for row, label in zip(rows, told["label"], strict=True))
    return themed(layers, description=f"Bars: {said} of revenue. A tick marks what equal customers would bring.")
