"""How did one figure go, period after period? One line, or one a group, whatever the figure is."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from keepwell.charts.axes import count_axis, period_axis
from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import compact, number, percent

if TYPE_CHECKING:
    import altair as alt

_TOKENS = ("kept", "new", "returned", "lost", "risk", "muted", "ink", "unknown")
"""Colours of lines, by place: they tell groups apart and mean nothing."""
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
CUT = "does not begin at 0"
"""Stands beside an axis that leaves 0 out."""
LINES = len(_TOKENS)
"""As many lines as can be told apart."""


def chart(
    frame: pd.DataFrame, *, unit: str, told_in: str = "", width: int = WIDE, ordinal: bool = True
) -> "alt.LayerChart":
    """
    A line a group with a dot a period, each named at its end; intervals as thin rules where they are known.

    Args:
        frame: Columns x (text, in order), group (text, "" where there is one line only), value (NaN: not defined or not
            over), low and high (its interval; NaN where there is none), link ("" or where a dot leads).
        unit: What the figure is counted in; shares are written in percent.
        told_in: What the axis counts, such as EUR.
        width: Pixels.
        ordinal: Whether every x has its name under the axis; otherwise x are numbers and the axis is one of numbers.
    """
    import altair as alt

    groups = list(dict.fromkeys(frame["group"]))[:LINES]
    plot = width - _beside(groups, width)
    told = frame[frame["group"].isin(groups)].dropna(subset="value")
    told = told.assign(value=told["value"].astype("float64"))
    x, y = _axes(frame, unit, told_in, plot, ordinal=ordinal)
    layers: list[Any] = []
    for place, group in enumerate(groups):
        layers += _line(told[told["group"] == group], place, x, y)
    layers.append(_named(_ends(told, groups, unit, plot), x))
    whole = alt.layer(*layers).properties(width=plot, height=min(280, width * 0.8))
    return themed(whole, description=_description(told, groups, unit))


def _beside(groups: list[str], width: int) -> int:
    """Room for the names at the lines' ends."""
    longest = max((len(group) for group in groups), default=0)
    return min(110 + 6 * min(longest, 18), width // 2)


def _axes(frame: pd.DataFrame, unit: str, told_in: str, plot: int, *, ordinal: bool) -> tuple[Any, Any]:
    import altair as alt

    labels = list(dict.fromkeys(frame["x"]))
    if ordinal:
        x = alt.X("x:N", sort=labels, title=None, axis=period_axis(labels, plot), scale=alt.Scale(padding=0.4))
    else:
        x = alt.X("x:Q", title=None, axis=alt.Axis(grid=False, tickCount=6), scale=alt.Scale(nice=False))
    axis = alt.Axis(format="%", tickCount=5) if unit == "share" else count_axis(5)
    cut = _cut(frame["value"], unit)
    title = " · ".join(each for each in (told_in, CUT if cut else "") if each)
    return x, alt.Y("value:Q", title=title or None, axis=axis, scale=_scale(frame["value"], unit, cut=cut))


def _scale(values: "pd.Series[float]", unit: str, *, cut: bool) -> Any:
    """No share beyond the whole is drawn where none is."""
    import altair as alt

    whole = unit == "share" and float(values.max()) == 1
    return alt.Scale(zero=not cut, domainMax=1) if whole else alt.Scale(zero=not cut)


def _cut(values: "pd.Series[float]", unit: str) -> bool:
    """Whether the axis leaves 0 out: of shares and the like that keep well away from it, so that their changes are seen."""
    known = values.dropna().astype("float64")
    return unit not in ("count", "money", "orders") and len(known) > 0 and float(known.min()) > 0.3 * float(known.max())


def _line(own: pd.DataFrame, place: int, x: Any, y: Any) -> list[Any]:
    import altair as alt

    colour, dash = LIGHT[_TOKENS[place]], _DASHES[place % len(_DASHES)]
    base = alt.Chart(own).encode(x=x, y=y)
    layers: list[Any] = [base.mark_line(color=colour, strokeWidth=2, strokeDash=dash)]
    if own["low"].notna().any():
        sure = own.dropna(subset=["low", "high"]).astype({"low": "float64", "high": "float64"})
        layers.append(alt.Chart(sure).mark_rule(color=colour, opacity=0.55).encode(x=x, y="low:Q", y2="high:Q"))
    dots = base.mark_point(filled=True, color=colour, size=34, opacity=1)
    return [*layers, dots.encode(href="link:N") if own["link"].any() else dots]


def _ends(told: pd.DataFrame, groups: list[str], unit: str, plot: int) -> pd.DataFrame:
    """The last value of each line, with labels moved apart so that none covers another."""
    last = told.groupby("group", sort=False).tail(1).sort_values("value").reset_index(drop=True)
    low, high = (float(told["value"].min()), float(told["value"].max())) if len(told) else (0.0, 1.0)
    low = min(low, 0.0) if unit in ("count", "money", "orders") else low
    apart = (high - low or 1.0) / min(280, plot) * 18
    floor, places = float("-inf"), []
    for value in last["value"]:
        floor = max(float(value), floor + apart)
        places.append(floor)
    names = [
        f"{group[:18]} {_written(value, unit)}".strip()
        for group, value in zip(last["group"], last["value"], strict=True)
    ]
    colours = [LIGHT[_TOKENS[groups.index(group)]] for group in last["group"]]
    return last.assign(at=places, label=names, colour=colours)


def _named(ends: pd.DataFrame, x: Any) -> Any:
    import altair as alt

    words = alt.Chart(ends).mark_text(align="left", dx=10, fontSize=12, fontWeight=600)
    return words.encode(x=x, y=alt.Y("at:Q"), text="label:N", color=alt.Color("colour:N", scale=None))


def _written(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    return compact(value) if abs(value) >= 1000 else number(value, 0 if float(value).is_integer() else 2)


def _description(told: pd.DataFrame, groups: list[str], unit: str) -> str:
    parts = []
    for group in groups:
        own = told[told["group"] == group]
        if own.empty:
            continue
        first, last = own.iloc[0], own.iloc[-1]
        name = f"{group}: " if group else ""
        parts.append(
            f"{name}from {_written(first['value'], unit)} ({first['x']}) to {_written(last['value'], unit)} ({last['x']})"
        )
    return f"A line per group over time. {'; '.join(parts) or 'No figure yet'}."
