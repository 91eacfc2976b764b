"""What came, what went, and what was left over? Movements up and down per period with their net."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.axes import count_axis, period_axis
from keepwell.charts.theme import HATCH, LIGHT, WIDE, themed
from keepwell.charts.words import compact

if TYPE_CHECKING:
    import altair as alt

CUSTOMERS = {"new": "new", "returned": "returned", "lost": "lost"}
"""Columns of a customer bridge -> their colour."""
MONEY = {"new": "new", "reactivation": "returned", "expansion": "kept", "contraction": "risk", "churn": "lost"}
"""Columns of revenue movements -> their colour."""
DOWN = ("lost", "contraction", "churn")
"""Columns that are taken away."""

_LEFT, _RIGHT = 50, 80
_THICKEST = 56
"""Pixels of a bar, where there are few of them."""


def chart(
    frame: pd.DataFrame, *, parts: Mapping[str, str] = CUSTOMERS, width: int = WIDE, unit: str = ""
) -> "alt.LayerChart":
    """
    Bars up for what came, down for what went, a line for the net; periods not over are hatched.

    Args:
        frame: One row per period: period (label), complete, and one column per part, never negative.
        parts: Column -> token of its colour, upward ones from the axis outwards.
        width: Pixels.
        unit: What the axis counts, such as customers or EUR.
    """
    import altair as alt

    frame = frame.reset_index(drop=True)
    parts = {part: token for part, token in parts.items() if frame[part].astype("float64").any()}
    pieces, net = _pieces(frame, parts), _net(frame, parts)
    periods = list(frame["period"])
    thick = min(_THICKEST, (width - _LEFT - _RIGHT) / max(len(periods), 1) * 0.7)
    x = alt.X(
        "period:N",
        sort=periods,
        title=None,
        axis=period_axis(periods, width - _LEFT - _RIGHT),
    )
    y = alt.Y("low:Q", title=None, axis=count_axis(5))
    bars = (
        alt.Chart(pieces)
        .mark_bar(size=thick, stroke=LIGHT["paper"], strokeWidth=1)
        .encode(x=x, y=y, y2="high:Q", color=alt.Color("colour:N", scale=None))
    )
    hatch = alt.Chart(pieces[~pieces["complete"]]).mark_bar(size=thick, color=HATCH).encode(x=x, y="low:Q", y2="high:Q")
    zero = alt.Chart(pd.DataFrame({"at": [0]})).mark_rule(color=LIGHT["ink"], strokeWidth=1).encode(y="at:Q")
    whole = net[net["complete"]]
    line = alt.Chart(whole).mark_line(color=LIGHT["ink"], strokeWidth=1.5).encode(x=x, y="net:Q")
    dots = (
        alt.Chart(whole)
        .mark_point(filled=True, fill=LIGHT["paper"], stroke=LIGHT["ink"], strokeWidth=1.5, size=34, opacity=1)
        .encode(x=x, y="net:Q")
    )
    layers = alt.layer(bars, hatch, zero, line, dots, _names(pieces, x, thick / 2 + 6)).properties(
        width=width - _LEFT - _RIGHT, height=min(280, width * 0.6)
    )
    return themed(layers, description=_description(net, unit))


def _pieces(frame: pd.DataFrame, parts: Mapping[str, str]) -> pd.DataFrame:
    """Stacked by hand, outwards from zero, so that the order is the order of *parts*."""
    rows = []
    for _, row in frame.iterrows():
        above = below = 0.0
        for part, token in parts.items():
            amount = float(row[part])
            if part in DOWN:
                rows.append((row["period"], part, below - amount, below, LIGHT[token], bool(row["complete"])))
                below -= amount
            else:
                rows.append((row["period"], part, above, above + amount, LIGHT[token], bool(row["complete"])))
                above += amount
    return pd.DataFrame(rows, columns=["period", "part", "low", "high", "colour", "complete"])


def _names(pieces: pd.DataFrame, x: "alt.X", beside: float) -> "alt.Chart":
    """The parts' names *beside* the middle of the last bar, in pixels; moved apart where parts are thin."""
    import altair as alt

    last = pieces[pieces["period"] == pieces["period"].iloc[-1]] if len(pieces) else pieces
    last = last.assign(middle=(last["low"] + last["high"]) / 2)
    apart = (pieces["high"].max() - pieces["low"].min()) / 15 if len(pieces) else 0.0
    names = pd.concat(
        [
            _spread(last[~last["part"].isin(DOWN)].sort_values("middle"), apart),
            _spread(last[last["part"].isin(DOWN)].sort_values("middle", ascending=False), -apart),
        ]
    )
    told = alt.Chart(names).mark_text(align="left", dx=beside, fontSize=12, fontWeight=600)
    return told.encode(x=x, y="at:Q", text="part:N", color=alt.Color("colour:N", scale=None))


def _spread(parts: pd.DataFrame, apart: float) -> pd.DataFrame:
    """Labels outwards from zero, none nearer than *apart* to the one before."""
    places: list[float] = []
    for middle in parts["middle"]:
        floor = places[-1] + apart if places else apart / 2
        places.append(max(middle, floor) if apart > 0 else min(middle, floor))
    return parts.assign(at=places)


def _net(frame: pd.DataFrame, parts: Mapping[str, str]) -> pd.DataFrame:
    signs = {part: -1.0 if part in DOWN else 1.0 for part in parts}
    net = sum((frame[part].astype("float64") * sign for part, sign in signs.items()), pd.Series(0.0, frame.index))
    return frame[["period", "complete"]].assign(net=net)


def _description(net: pd.DataFrame, unit: str) -> str:
    whole = net[net["complete"]]
    if whole.empty:
        return "Movements per period; no period is over yet."
    best, worst = whole.loc[whole["net"].idxmax()], whole.loc[whole["net"].idxmin()]
    said = f" {unit}" if unit else ""
    return (
        f"Bars per period from {net['period'].iloc[0]} to {net['period'].iloc[-1]}: what came above the line, what went "
        f"below it, the net as a line. Net was highest in {best['period']} ({compact(float(whole['net'].max()))}{said}) and lowest in "
        f"{worst['period']} ({compact(float(whole['net'].min()))}{said})."
    )
