"""Do those who came together stay? Cohort heat map with its numbers printed and its unfinished cells hatched."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import HATCH, LIGHT, WIDE, themed
from keepwell.charts.words import known, number, percent

if TYPE_CHECKING:
    import altair as alt

CELL = 30
_STRONGEST = 0.62
"""Opacity of the highest value: dark text stays readable on it, by day and by night."""


def chart(frame: pd.DataFrame, *, width: int = WIDE, age_unit: str = "month") -> "alt.LayerChart":
    """
    One row a cohort, one column an age; age 0 is the period of entry.

    Args:
        frame: Columns cohort (label), age, size (customers who entered), value (share; NaN: not known), complete.
        width: Pixels to fill; a cell is never narrower than its number needs.
        age_unit: What an age counts.
    """
    import altair as alt

    cells = _cells(frame)
    rows = sorted(cells["row"].unique())
    x = alt.X(
        "age:O",
        title=f"{age_unit}s after the {age_unit} of entry",
        axis=alt.Axis(orient="top", labelAngle=0, titleAnchor="start", titlePadding=10),
    )
    y = alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelColor=LIGHT["ink"], labelLimit=190, labelFontSize=12))
    base = alt.Chart(cells).encode(x=x, y=y)
    known = base.transform_filter("datum.told").mark_rect(color=LIGHT["kept"], stroke=LIGHT["paper"], strokeWidth=2)
    waiting = base.transform_filter("!datum.told").mark_rect(color=HATCH, stroke=LIGHT["paper"], strokeWidth=2)
    layers = alt.layer(
        known.encode(opacity=alt.Opacity("strength:Q", scale=None)),
        waiting,
        base.mark_text(fontSize=11).encode(text="label:N"),
    )
    layers = layers.properties(
        width=cells["age"].nunique() * max(46, min(60, (width - 160) // cells["age"].nunique())), height=alt.Step(CELL)
    )
    return themed(layers, description=_description(cells, age_unit))


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    told = frame["complete"].astype(bool) & frame["value"].notna()
    later = frame.loc[told & (frame["age"] > 0), "value"]
    top = float(later.max()) if len(later) and later.max() > 0 else 1.0
    strength = (frame["value"].astype("float64") / top).clip(0, 1) * _STRONGEST
    label = [
        f"{value * 100:.0f}" if known else ("to date" if not whole else "")
        for value, known, whole in zip(frame["value"], told, frame["complete"], strict=True)
    ]
    row = [f"{cohort} · n {number(size)}" for cohort, size in zip(frame["cohort"], frame["size"], strict=True)]
    return frame[["cohort", "age", "value", "size"]].assign(
        age=frame["age"].astype(int), told=told, strength=strength.fillna(0) + 0.04, label=label, row=row
    )


def _description(cells: pd.DataFrame, age_unit: str) -> str:
    told = cells[cells["told"]]
    first = told[told["age"] == 1]
    text = (
        f"Heat map of {cells['cohort'].nunique()} cohorts from {cells['cohort'].min()} to {cells['cohort'].max()} by "
        f"{age_unit}s since entry; numbers are percent of the cohort."
    )
    if first.empty:
        return text
    high, low = first.loc[first["value"].idxmax()], first.loc[first["value"].idxmin()]
    return (
        f"{text} One {age_unit} after entry between {percent(known(low['value']))} ({low['cohort']}) "
        f"and {percent(known(high['value']))} ({high['cohort']}) were there. Hatched cells are not over yet."
    )
