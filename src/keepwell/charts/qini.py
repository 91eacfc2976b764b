"""How much is gained by treating the right ones first? The gain curve beside treating at random."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import percent

if TYPE_CHECKING:
    import altair as alt


def chart(
    frame: pd.DataFrame, *, width: int = WIDE, unit: str = "kept per 100 customers", per: int = 100
) -> "alt.LayerChart":
    """
    What is gained when only the first share is treated, with its band; the dashed line is treating as many at random.

    Args:
        frame: Columns share, gain, low, high, random (per customer of all), rising in share.
        width: Pixels.
        unit: What the gain counts, already per so many customers.
        per: How many customers that is.
    """
    import altair as alt

    told = frame[["share", "gain", "low", "high", "random"]].astype("float64")
    told = told.assign(**{name: told[name] * per for name in ("gain", "low", "high", "random")})
    percents = alt.Axis(format="%", tickCount=5, grid=False)
    x = alt.X("share:Q", title="share of customers treated, best first", axis=percents, scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(told).encode(x=x)
    y = alt.Y("gain:Q", title=f"more {unit}", axis=alt.Axis(tickCount=5))
    layers = alt.layer(
        base.mark_area(color=LIGHT["kept"], opacity=0.15).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=LIGHT["muted"], strokeDash=[4, 4]).encode(y="random:Q"),
        base.mark_line(color=LIGHT["kept"], strokeWidth=2.5).encode(y=y),
        *_zero(told),
        *_top(told, x),
    ).properties(width=width - 60, height=min(300, width * 0.65))
    return themed(layers, description=_description(told, unit))


def _zero(told: pd.DataFrame) -> list["alt.Chart"]:
    """The line below which treating does harm, where the picture reaches it."""
    import altair as alt

    if told.empty or told["low"].min() >= 0:
        return []
    return [alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=LIGHT["hairline"]).encode(y="at:Q")]


def _top(told: pd.DataFrame, x: "alt.X") -> list["alt.Chart"]:
    """The highest point."""
    import altair as alt

    if told.empty:
        return []
    best = told.loc[[told["gain"].idxmax()]]
    dot = alt.Chart(best).mark_point(filled=True, color=LIGHT["kept"], size=64, opacity=1)
    return [dot.encode(x=x, y="gain:Q")]


def _description(told: pd.DataFrame, unit: str) -> str:
    if told.empty:
        return "Gain by share treated; nothing is known yet."
    best, last = told.loc[told["gain"].idxmax()].to_dict(), told.iloc[-1].to_dict()
    return (
        f"Gain by share treated, best first: highest at {percent(best['share'], 0)} treated, {best['gain']:,.3g} more {unit} "
        f"({best['low']:,.3g} to {best['high']:,.3g}); {last['gain']:,.3g} when all are treated."
    )
