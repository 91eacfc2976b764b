"""How do the rates run side by side? Several definitions of one period, over time, on one scale."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.axes import period_axis
from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt

COLOURS = {"kept_share": "kept", "crr_net": "returned", "simple_ratio": "new"}
"""Rate -> token: what the rate counts as kept beyond those who stayed (returned ones, new ones)."""
_DASHES = {"kept_share": [1, 0], "crr_net": [6, 3], "simple_ratio": [2, 2]}


def chart(frame: pd.DataFrame, *, names: Mapping[str, str], width: int = WIDE) -> "alt.LayerChart":
    """
    One line a rate, named at its end.

    Args:
        frame: Columns period (label, in order), rate (id), value (NaN: not defined or not over).
        names: Rate id -> what to call it, in the order of telling.
        width: Pixels.
    """
    import altair as alt

    narrow = width < 500
    plot = width - (150 if narrow else 230)
    periods = list(dict.fromkeys(frame["period"]))
    told = frame.dropna(subset="value")
    told = told.assign(colour=told["rate"].map(lambda rate: LIGHT[COLOURS.get(rate, "muted")]))
    room = _room(told["value"])
    x = alt.X("period:N", sort=periods, title=None, axis=period_axis(periods, plot), scale=alt.Scale(padding=0.4))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(domain=room, nice=False), axis=alt.Axis(format="%", tickCount=5))
    layers: list[alt.Chart] = []
    for rate in names:
        own = told[told["rate"] == rate]
        colour = LIGHT[COLOURS.get(rate, "muted")]
        line = alt.Chart(own).encode(x=x, y=y)
        layers += [
            line.mark_line(color=colour, strokeWidth=2.5 if rate == "kept_share" else 1.8, strokeDash=_DASHES[rate]),
            line.mark_point(filled=True, color=colour, size=26, opacity=1),
        ]
    ends = _ends(told, names, room, narrow=narrow)
    layers.append(
        alt.Chart(ends)
        .mark_text(align="left", dx=10, fontSize=12, fontWeight=600, lineBreak="\n")
        .encode(x=x, y=alt.Y("at:Q"), text="label:N", color=alt.Color("colour:N", scale=None))
    )
    whole = alt.layer(*layers).properties(width=plot, height=min(300, width * 0.8))
    return themed(whole, description=_description(ends))


def _room(values: pd.Series) -> list[float]:
    """A scale a little wider than the values, on whole five-percent steps; lines need no zero."""
    if values.empty:
        return [0.0, 1.0]
    low, high = float(values.min()), float(values.max())
    return [max(0.0, (low * 100 - 2) // 5 * 5 / 100), -(-(high * 100 + 1) // 5) * 5 / 100]


def _ends(told: pd.DataFrame, names: Mapping[str, str], room: list[float], *, narrow: bool) -> pd.DataFrame:
    """The last value of each rate, with labels moved apart so that none covers another."""
    last = told.groupby("rate", sort=False).tail(1).sort_values("value").reset_index(drop=True)
    lines, between = (2, "\n") if narrow else (1, " ")
    apart, floor, places = (room[1] - room[0]) / 15 * lines, -1.0, []
    for value in last["value"]:
        floor = max(float(value), floor + apart)
        places.append(floor)
    label = [f"{names[rate]}{between}{percent(value)}" for rate, value in zip(last["rate"], last["value"], strict=True)]
    return last.assign(at=places, label=label)


def _description(ends: pd.DataFrame) -> str:
    told = "; ".join(f"{row['label'].replace(chr(10), ' ')} ({row['period']})" for _, row in ends.iterrows())
    return f"Lines per period for each definition. Last values: {told or 'none yet'}."
