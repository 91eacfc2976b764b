"""Were the chances right? What was said beside what happened, with how sure the share is."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt


def chart(
    frame: pd.DataFrame, *, width: int = WIDE, happened: str = "bought", meaning: str = "kept"
) -> "alt.LayerChart":
    """
    A point per tenth of the customers; on the line, what was said is what happened.

    Args:
        frame: Columns said, happened, low, high (shares) and customers.
        width: Pixels.
        happened: What happened, in the past tense.
        meaning: Token of its colour; see theme.LIGHT.
    """
    import altair as alt

    told = frame[["said", "happened", "low", "high", "customers"]].astype("float64")
    top = min(1.0, max(0.05, float(told[["said", "high"]].max().max()) * 1.05)) if len(told) else 1.0
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("said:Q", title="chance we said", scale=scale, axis=alt.Axis(format="%", tickCount=5, grid=False))
    y = alt.Y("happened:Q", title=f"share who {happened}", scale=scale, axis=alt.Axis(format="%", tickCount=5))
    right = pd.DataFrame({"at": [0.0, top]})
    line = (
        alt.Chart(right)
        .mark_line(color=LIGHT["muted"], strokeDash=[4, 4])
        .encode(x=alt.X("at:Q", scale=scale), y="at:Q")
    )
    whiskers = alt.Chart(told).mark_rule(color=LIGHT[meaning], strokeWidth=2).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    dots = alt.Chart(told).mark_point(filled=True, color=LIGHT[meaning], size=64, opacity=1).encode(x=x, y=y)
    side = min(width - 80, 420)
    named = alt.Chart(_top(told, happened)).encode(x=x, y=y, text="label:N")
    place: dict[str, Any] = {"align": "right", "dx": -10, "dy": -12, "fontSize": 12}
    halo = named.mark_text(stroke=LIGHT["paper"], strokeWidth=4, strokeJoin="round", **place)
    layers = alt.layer(line, whiskers, dots, halo, named.mark_text(**place)).properties(width=side, height=side)
    return themed(layers, description=_description(told, happened))


def _top(told: pd.DataFrame, happened: str) -> pd.DataFrame:
    """The highest chance, in words beside its dot."""
    last = told.tail(1)
    label = [
        f"said {percent(row['said'], 0)}, {percent(row['happened'], 0)} {happened}" for row in last.to_dict("records")
    ]
    return last.assign(label=pd.Series(label, index=last.index, dtype=object))


def _description(told: pd.DataFrame, happened: str) -> str:
    if told.empty:
        return "Chances said and what happened; nothing can be checked yet."
    top = told.iloc[-1]
    return f"Chances said beside what happened: of those we said had {percent(top['said'])}, {percent(top['happened'])} {happened}."
