"""What changed, by how much, and what is not ruled out? Every figure of a look side by side, in per cent of the held out."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import signed

if TYPE_CHECKING:
    import altair as alt

_COLOURS = {"better": "kept", "worse": "lost", "safe": "kept", "harm": "lost"}
_FARTHEST = 100.0
"""Per cent beyond which an interval is cut."""


def chart(frame: pd.DataFrame, *, width: int = WIDE) -> "alt.LayerChart":
    """
    One line a figure: its relative effect and all that is not ruled out. Colour only where something is shown.

    Args:
        frame: Columns of (what it is), value, low, high (per cent of the held out; infinite: no end), verdict; in order.
        width: Pixels.
    """
    import altair as alt

    figures = ["value", "low", "high"]
    told = frame[["of", *figures, "verdict"]].astype(dict.fromkeys(figures, "float64"))
    told = told[told["value"].notna()]
    reach = _reach(told)
    drawn = told.assign(**{name: told[name].clip(-reach, reach) for name in figures})
    drawn = drawn.assign(colour=[LIGHT[_COLOURS.get(verdict, "unknown")] for verdict in drawn["verdict"]])
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    x = alt.X("low:Q", title="treated less held out, per cent", scale=scale, axis=alt.Axis(tickCount=5))
    y = alt.Y("of:N", title=None, sort=list(told["of"]), axis=alt.Axis(labelLimit=width // 2, grid=False))
    colour = alt.Color("colour:N", scale=None)
    base = alt.Chart(drawn).encode(y=y, color=colour)
    none = alt.Chart(pd.DataFrame({"none": [0.0]})).mark_rule(color=LIGHT["ink"]).encode(x=alt.X("none:Q", scale=scale))
    layers = alt.layer(
        none,
        base.mark_rule(strokeWidth=3, opacity=0.6).encode(x=x, x2="high:Q"),
        base.mark_point(filled=True, size=56, opacity=1).encode(x=alt.X("value:Q", scale=scale)),
    ).properties(width=width // 2, height=max(60, 34 * len(told)))
    return themed(layers, description=_description(told))


def _reach(told: pd.DataFrame) -> float:
    ends = told[["value", "low", "high"]].abs().replace(float("inf"), float("nan")).to_numpy().ravel()
    known = [float(end) for end in ends if not pd.isna(end)]
    return min(max(known, default=1.0) * 1.1 or 1.0, _FARTHEST)


def _description(told: pd.DataFrame) -> str:
    if told.empty:
        return "Effects of a look; nothing could be compared yet."
    lines = []
    for row in told.to_dict("records"):
        low, high = (signed(row[end], 1) if abs(row[end]) != float("inf") else "any" for end in ("low", "high"))
        lines.append(f"{row['of']} {signed(row['value'], 1)} % ({low} to {high} not ruled out): {row['verdict']}")
    return f"Relative effects: {'; '.join(lines)}."
