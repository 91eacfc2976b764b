"""How does retention fade with age? The pooled curve over all cohorts whose time is over."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt

_STEEP = 0.15
"""Below so deep a fall a point is named at its right, where the line does not run."""


def chart(frame: pd.DataFrame, *, width: int = WIDE, age_unit: str = "month") -> "alt.LayerChart":
    """
    Share active at each age, pooled, first, last and every few points named.

    Args:
        frame: Columns age and value (share; NaN where no cohort is old enough).
        width: Pixels.
        age_unit: What an age counts.
    """
    import altair as alt

    told = frame.dropna(subset="value").sort_values("age")
    told = told[["age", "value"]].astype("float64").reset_index(drop=True)
    every = max(1, len(told) * 46 // max(width - 60, 1) + 1)
    steep = told["value"].shift(fill_value=0) - told["value"] > _STEEP
    told_at = told.assign(label=[f"{value * 100:.0f}" for value in told["value"]], steep=steep)
    named = told_at[(told.index % every == 0) | (told.index == len(told) - 1)]
    x = alt.X(
        "age:Q",
        title=f"{age_unit}s after the {age_unit} of entry",
        axis=alt.Axis(grid=False, values=told["age"].tolist()[::every], format="d"),
        scale=alt.Scale(nice=False, padding=10),
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    line = alt.Chart(told).mark_line(color=LIGHT["kept"], strokeWidth=2.5).encode(x=x, y=y)
    dots = alt.Chart(told).mark_point(filled=True, color=LIGHT["kept"], size=36, opacity=1).encode(x=x, y=y)
    texts = [
        alt.Chart(named[named["steep"] == beside])
        .mark_text(dx=16 if beside else 0, dy=-10 if beside else -12, fontSize=12)
        .encode(x=x, y=y, text="label:N")
        for beside in (False, True)
    ]
    layers = alt.layer(line, dots, *texts).properties(width=width - 60, height=min(260, width * 0.65))
    return themed(layers, description=_description(told, age_unit))


def _description(told: pd.DataFrame, age_unit: str) -> str:
    if told.empty:
        return "Retention curve; no cohort is old enough yet."
    last = told.iloc[-1]
    return f"Retention curve: {percent(last['value'])} are active {last['age']:.0f} {age_unit}s after entry, all cohorts pooled."
