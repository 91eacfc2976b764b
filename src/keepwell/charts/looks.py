"""What did each look at an experiment allow to be said? The effect with its repeated interval, morning by morning."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import signed

if TYPE_CHECKING:
    import altair as alt

_ROOM = 1.6
"""How far beyond the newest interval the picture goes: early intervals are wider than any page and are cut there."""
_PHONE = 500
"""Pixels below which words beside a line are few."""


def chart(frame: pd.DataFrame, *, unit: str, width: int = WIDE) -> "alt.LayerChart":
    """
    The effect at each look with all that was not ruled out, between two lines: so far from none it had to be at that look.

    An effect is shown when its dot is beyond a line, which is when its interval leaves none.

    Args:
        frame: Columns morning, value, low, high (infinite: no end), shown (whether an effect is), and the boundary's ends below and
            above none; in order of morning. Without these two the boundary is half the interval's length.
        unit: What they are counted in.
        width: Pixels.
    """
    import altair as alt

    told = _told(frame)
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
        *_boundary(told, x, scale, reach, width),
        base.mark_rule(strokeWidth=3, opacity=0.55).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=48, opacity=1).encode(y=alt.Y("value:Q", scale=scale)),
    ).properties(width=width - 80, height=min(280, width * 0.6))
    return themed(layers, description=_description(told, unit))


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """The looks at which there was something to compare, each with its boundary."""
    figures = ["value", "low", "high"]
    told = frame.assign(morning=pd.to_datetime(frame["morning"])).astype(dict.fromkeys(figures, "float64"))
    if "below" not in told:
        half = (told["high"] - told["low"]) / 2
        told = told.assign(below=-half, above=half)
    told = told.astype({"below": "float64", "above": "float64"})
    return told.loc[told["value"].notna(), ["morning", *figures, "shown", "below", "above"]]


def _boundary(told: pd.DataFrame, x: Any, scale: Any, reach: float, width: int) -> list[Any]:
    """How far from none the effect had to be, look by look: a line above and one below, and what they are."""
    import altair as alt

    parts = [told[["morning", side]].rename(columns={side: "needed"}).assign(side=side) for side in ("above", "below")]
    known = pd.concat(parts).replace([float("inf"), float("-inf")], float("nan")).dropna()
    y = alt.Y("needed:Q", scale=scale)
    base = alt.Chart(known).encode(x=x, y=y)
    line = base.mark_line(color=LIGHT["risk"], strokeWidth=1.5, strokeDash=[5, 3], clip=True).encode(detail="side:N")
    ends = base.mark_tick(color=LIGHT["risk"], orient="horizontal", size=9, thickness=1.5, clip=True)
    free = "below" if len(told) and told["value"].iloc[-1] > 0 else "above"  # where the newest interval is not
    within = known[(known["side"] == free) & (known["needed"].abs() < reach)].tail(1)
    said = alt.Chart(within.assign(label="needed to be shown" if width > _PHONE else "needed"))
    dx, dy = (-12, 0) if len(told) == 1 else (4, 12 if free == "below" else -12)
    named = said.mark_text(align="right", baseline="middle", dx=dx, dy=dy, color=LIGHT["risk"], fontSize=12)
    return [line, ends, named.encode(x=x, y=y, text="label:N")]


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
    ends = [last["below"], last["above"]]
    needed = (
        f"; to be shown it had to be beyond {signed(ends[0], 2)} or {signed(ends[1], 2)}"
        if abs(ends[1]) < float("inf")
        else ""
    )
    said = "An effect is shown" if last["shown"] else "No effect is shown so far"
    return (
        f"Effect at each of {len(told)} looks, {unit}. {said}: at the newest look on {last['morning']:%Y-%m-%d} "
        f"{signed(last['value'], 2)}, with {low} to {high} not ruled out{needed}."
    )
