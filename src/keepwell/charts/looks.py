"""What did each look at an experiment allow to be said? The effect with its repeated interval, morning by morning."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import signed

if TYPE_CHECKING:
    import altair as alt

_ROOM = 1.6
"""How far beyond the newest interval the picture goes: early intervals are wider than any page and are cut there."""


def chart(frame: pd.DataFrame, *, unit: str, width: int = WIDE) -> "alt.LayerChart":
    """
    The effect at each look with all that was not ruled out; an effect is shown when the interval leaves the line of none.

    Args:
        frame: Columns morning, value, low, high (infinite: no end), shown (whether an effect is); in order of morning.
        unit: What they are counted in.
        width: Pixels.
    """
    import altair as alt

    told = frame.assign(morning=pd.to_datetime(frame["morning"]))
    told = told[["morning", "value", "low", "high", "shown"]].astype(dict.fromkeys(("value", "low", "high"), "float64"))
    told = told[told["value"].notna()]
    reach = _reach(told)
    drawn = told.assign(**{name: told[name].clip(-reach, reach) for name in ("value", "low", "high")})
    x = alt.X(
        "morning:T",
        title="morning of the look",
        axis=alt.Axis(grid=False, format="%-d %b %Y", tickCount=max(2, width // 160)),
    )
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    y = alt.Y("low:Q", title=f"treated less held out, {unit}", scale=scale, axis=alt.Axis(tickCount=5))
    colour = alt.Color(
        "shown:N", scale=alt.Scale(domain=[True, False], range=[LIGHT["kept"], LIGHT["unknown"]]), legend=None
    )
    base = alt.Chart(drawn).encode(x=x, color=colour)
    none = alt.Chart(pd.DataFrame({"none": [0.0]})).mark_rule(color=LIGHT["ink"]).encode(y=alt.Y("none:Q", scale=scale))
    layers = alt.layer(
        none,
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=48, opacity=1).encode(y=alt.Y("value:Q", scale=scale)),
    ).properties(width=width - 80, height=min(280, width * 0.6))
    return themed(layers, description=_description(told, unit))


def _reach(told: pd.DataFrame) -> float:
    """How far the axis goes on both sides of none."""
    if told.empty:
        return 1.0
    ends = told[["low", "high"]].abs()
    last = ends.iloc[-1].replace(float("inf"), float("nan")).max()
    most = max(float(told["value"].abs().max()), 0.0 if pd.isna(last) else float(last))
    return _ROOM * most or 1.0


def _description(told: pd.DataFrame, unit: str) -> str:
    if told.empty:
        return "Effect by look; there was nothing to compare yet."
    last = told.iloc[-1]
    low, high = (signed(last[end], 2) if abs(last[end]) != float("inf") else "any" for end in ("low", "high"))
    said = "An effect is shown" if last["shown"] else "No effect is shown so far"
    return (
        f"Effect at each of {len(told)} looks, {unit}. {said}: at the newest look on {last['morning']:%Y-%m-%d} "
        f"{signed(last['value'], 2)}, with {low} to {high} not ruled out."
    )
