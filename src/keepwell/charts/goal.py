"""From the baseline to now: what would have come anyway, what plays are proven to have brought, what is left, and the target."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed

if TYPE_CHECKING:
    import altair as alt

_NARROW = 500
_NAMES = {True: (200, 26), False: (104, 15)}
"""Pixels for the names of rows, and letters they have at most, on a page and on a telephone."""


def chart(frame: pd.DataFrame, *, target: float, told: str, unit: str = "share", width: int = WIDE) -> "alt.LayerChart":
    """
    Levels are dots, changes are bars from one level to the next; thin lines are 95 % intervals; the dashed line is the target.

    The axis need not begin at 0: no bar stands for a whole.

    Args:
        frame: A row each, in order: row (its name), kind ("level" or "change"), left and right (where it begins and ends, the
            same for a level), low and high (its interval at *right*; nan for none), token (colour), label.
        target: The figure wanted.
        told: The target as it is written.
        unit: What the figure is counted in; shares are written in percent.
        width: Pixels.
    """
    import altair as alt

    room, letters = _NAMES[width > _NARROW]
    rows = frame.assign(row=_distinct([_short(name, letters) for name in frame["row"]]))
    rows = rows.assign(colour=rows["token"].map(LIGHT))
    drawn = width - room - 20
    scale = alt.Scale(domain=_domain(rows, target, spare=100 / drawn), nice=False)
    form = "%" if unit == "share" else "~s"
    axis = alt.Axis(format=form, tickCount=3 if width <= _NARROW else 6, title=None)
    names = list(rows["row"])
    y = alt.Y(
        "row:N", sort=names, title=None, axis=alt.Axis(labelColor=LIGHT["ink"], labelFontSize=13, labelLimit=room)
    )
    base = alt.Chart(rows).encode(y=y)
    x = alt.X("right:Q", scale=scale, axis=axis)
    colour = alt.Color("colour:N", scale=None)
    changes = base.transform_filter("datum.kind == 'change'")
    layers = alt.layer(
        _target(target, scale, axis),
        changes.mark_bar(height=18).encode(x=alt.X("left:Q", scale=scale, axis=axis), x2="right:Q", color=colour),
        base.transform_filter("isValid(datum.low)").mark_rule(color=LIGHT["ink"], strokeWidth=1.5).encode(
            x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
        ),
        base.transform_filter("datum.kind == 'level'").mark_point(filled=True, size=110, opacity=1).encode(
            x=x, color=colour
        ),
        base.mark_text(align="right", fontSize=13, fontWeight=600).encode(x=alt.value(drawn), text="label:N"),
    ).properties(width=drawn, height=alt.Step(36))  # fmt: skip
    return themed(layers, description=_description(frame, told))


def _target(target: float, scale: "alt.Scale", axis: "alt.Axis") -> "alt.Chart":
    import altair as alt

    at = alt.Chart(pd.DataFrame({"at": [target]}))
    return at.mark_rule(color=LIGHT["ink"], strokeDash=[5, 4], strokeWidth=1.5).encode(
        x=alt.X("at:Q", scale=scale, axis=axis)
    )


def _domain(rows: pd.DataFrame, target: float, spare: float) -> list[float]:
    """All there is, and room for the labels on the right."""
    there = pd.concat([rows[name] for name in ("left", "right", "low", "high")]).dropna()
    least, most = min(float(there.min()), target), max(float(there.max()), target)
    span = (most - least) or abs(most) or 1.0
    return [least - 0.04 * span, most + span * spare / (1 - spare)]


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def _distinct(names: list[str]) -> list[str]:
    """Rows of one name stay rows of their own."""
    return [f"{name}{' ' * names[:place].count(name)}" for place, name in enumerate(names)]


def _description(frame: pd.DataFrame, told: str) -> str:
    steps = ", ".join(f"{row} {label}" for row, label in zip(frame["row"], frame["label"], strict=True))
    return f"From the baseline to now: {steps}. The target is {told}."
