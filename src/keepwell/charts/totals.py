"""Did as many come as was said? Totals of each morning tried, what came as bars, what was said as dots with how sure they were."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.axes import count_axis
from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import number

if TYPE_CHECKING:
    import altair as alt

_AIR = 6
"""Pixels between a bar, its dot and the dot's number."""


def chart(frame: pd.DataFrame, *, width: int = WIDE, happened: str = "came", meaning: str = "kept") -> "alt.LayerChart":
    """
    A bar and a dot per morning, both with their number.

    Args:
        frame: Columns morning (text), happened (count), said, low and high (its interval; missing where it is not known).
        width: Pixels.
        happened: What the bars count, in the past tense.
        meaning: Token of its colour; see theme.LIGHT.
    """
    import altair as alt

    told = frame[["morning", "happened", "said", "low", "high"]].assign(zero=0.0)
    numbers = ["happened", "said", "low", "high"]
    told[numbers] = told[numbers].astype("float64")
    told = told.assign(came=[number(n) for n in told["happened"]], foretold=[number(n) for n in told["said"]])
    wide = min(width - 60, 60 + 130 * max(len(told), 1))
    x = alt.X("morning:N", title="as told on the morning of", sort=None, axis=alt.Axis(labelAngle=0, grid=False))
    y = alt.Y("happened:Q", title=None, axis=count_axis(4), scale=alt.Scale(zero=True))
    base = alt.Chart(told).encode(x=x)
    bar = min(44.0, wide / max(len(told), 1) / 3)
    left, right = -bar / 2 - _AIR / 2, 2 * _AIR - _AIR / 2
    layers = [
        base.mark_bar(color=LIGHT[meaning], opacity=0.75, size=bar, xOffset=left).encode(y=y, y2="zero:Q"),
        base.mark_rule(color=LIGHT["ink"], strokeWidth=2, xOffset=right).encode(y="low:Q", y2="high:Q"),
        base.mark_point(filled=True, color=LIGHT["ink"], size=64, opacity=1, xOffset=right).encode(y="said:Q"),
        base.mark_text(dy=-8, xOffset=left, fontSize=12, fontWeight=600).encode(y="happened:Q", text="came:N"),
        base.mark_text(align="left", dx=right + _AIR + 3, fontSize=12).encode(y="said:Q", text="foretold:N"),
    ]
    whole = alt.layer(*layers).properties(width=wide, height=min(220, width * 0.6))
    return themed(whole, description=_description(told, happened))


def _description(told: pd.DataFrame, happened: str) -> str:
    if told.empty:
        return "Totals said and come; nothing can be checked yet."
    each = ", ".join(
        f"{row['morning']}: said {row['foretold']}, {row['came']} {happened}" for row in told.to_dict("records")
    )
    return f"Totals of each morning tried. {each}."
