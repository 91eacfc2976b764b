"""How much is it of each? One bar a name, whatever the figure is."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from keepwell.charts.axes import count_axis
from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import compact, number, percent

if TYPE_CHECKING:
    import altair as alt

BARS = 24
"""More bars than that are not drawn."""
_NAME = 34
"""Characters of a name; shortened here, for the drawing library takes seconds over it."""


def chart(frame: pd.DataFrame, *, unit: str, width: int = WIDE, meaning: str = "kept") -> "alt.LayerChart":
    """
    A bar a row in the order given, its figure at its end; a rule where an interval is known.

    Args:
        frame: Columns name (text), value, low and high (NaN where there is none), link ("" or where a bar leads).
        unit: What the figure is counted in; shares are written in percent.
        width: Pixels.
        meaning: Token of the bars' colour.
    """
    import altair as alt

    told = frame.dropna(subset="value").head(BARS)
    told = told.assign(value=told["value"].astype("float64"), zero=0.0)
    told = told.assign(label=[_written(value, unit) for value in told["value"]])
    told = told.assign(name=[_short(name) for name in told["name"]])
    longest = max((len(name) for name in told["name"]), default=0)
    plot = max(width - 7 * longest - 90, width // 3)
    axis = alt.Axis(labelColor=LIGHT["ink"], labelFontSize=13, labelLimit=0)
    y = alt.Y("name:N", sort=list(told["name"]), title=None, axis=axis)
    top = float(max(told["value"].max(), told["high"].astype("float64").max(skipna=True), 0)) if len(told) else 1.0
    low = float(min(told["value"].min(), 0)) if len(told) else 0.0
    ticks = alt.Axis(format="%", tickCount=4) if unit == "share" else count_axis(4)
    x = alt.X("value:Q", title=None, axis=ticks, scale=alt.Scale(domain=[low, (top or 1.0) * 1.08], nice=False))
    base = alt.Chart(told)
    bars = base.mark_bar(color=LIGHT[meaning], opacity=0.8, height=18).encode(y=y, x=x, x2="zero:Q")
    layers: list[Any] = [bars.encode(href="link:N") if told["link"].any() else bars]
    sure = told.dropna(subset=["low", "high"]).astype({"low": "float64", "high": "float64"})
    if len(sure):
        layers.append(
            alt.Chart(sure).mark_rule(color=LIGHT["ink"], strokeWidth=1.5).encode(y=y, x="low:Q", x2="high:Q")
        )
    ends = told.assign(at=told[["value", "high"]].astype("float64").max(axis=1))
    layers.append(
        alt.Chart(ends).mark_text(align="left", dx=6, fontSize=12, fontWeight=600).encode(y=y, x="at:Q", text="label:N")
    )
    whole = alt.layer(*layers).properties(width=plot, height=28 * max(len(told), 1))
    return themed(whole, description=_description(told))


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _written(value: float, unit: str) -> str:
    if unit == "share":
        return percent(value)
    return compact(value) if abs(value) >= 10_000 else number(value, 0 if float(value).is_integer() else 2)


def _description(told: pd.DataFrame) -> str:
    each = "; ".join(f"{row['name']}: {row['label']}" for row in told.to_dict("records"))
    return f"A bar for each. {each or 'No figure yet'}."
