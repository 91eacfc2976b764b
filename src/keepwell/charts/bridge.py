"""How did the customers at the start become the customers at the end? One period's bridge, as a waterfall."""

from typing import TYPE_CHECKING

import pandas as pd

from keepwell.charts.theme import LIGHT, WIDE, themed
from keepwell.charts.words import number, signed

if TYPE_CHECKING:
    import altair as alt

_ROWS = ("At the start", "Lost", "Returned", "New", "At the end")


def chart(frame: pd.DataFrame, *, width: int = WIDE) -> "alt.LayerChart":
    """
    Start, lost, returned, new, end; whole bars show of whom they are made.

    Args:
        frame: One row: at_start, new, returned, lost, at_end, kept.
        width: Pixels.
    """
    import altair as alt

    counts = {name: int(frame[name].iloc[0]) for name in ("at_start", "new", "returned", "lost", "at_end", "kept")}
    y = alt.Y("row:N", sort=_ROWS, title=None, axis=alt.Axis(labelColor=LIGHT["ink"], labelFontSize=13, labelLimit=140))
    top = max(counts["at_start"] + counts["returned"] + counts["new"], 1)
    room = alt.Scale(domain=[0, top * (1.1 if width > 500 else 1.22)], nice=False)
    bars = (
        alt.Chart(_pieces(counts))
        .mark_bar(height=22)
        .encode(x=alt.X("left:Q", scale=room, axis=None), x2="right:Q", y=y, color=alt.Color("colour:N", scale=None))
    )
    told = (
        alt.Chart(_labels(counts))
        .mark_text(align="left", dx=8, fontSize=13, fontWeight=600)
        .encode(x=alt.X("at:Q", scale=room), y=y, text="label:N")
    )
    layers = alt.layer(bars, told).properties(width=width - 100, height=alt.Step(38))
    return themed(layers, description=_description(counts))


def _pieces(counts: dict[str, int]) -> pd.DataFrame:
    """Bars as [left, right), each in the colour of what it holds."""
    kept, start, returned, end = counts["kept"], counts["at_start"], counts["returned"], counts["at_end"]
    rows = [
        ("At the start", 0, kept, "kept"),
        ("At the start", kept, start, "lost"),
        ("Lost", kept, start, "lost"),
        ("Returned", kept, kept + returned, "returned"),
        ("New", kept + returned, end, "new"),
        ("At the end", 0, kept, "kept"),
        ("At the end", kept, kept + returned, "returned"),
        ("At the end", kept + returned, end, "new"),
    ]
    pieces = pd.DataFrame(rows, columns=["row", "left", "right", "token"])
    return pieces.assign(colour=pieces["token"].map(LIGHT))


def _labels(counts: dict[str, int]) -> pd.DataFrame:
    start, end, kept, returned = counts["at_start"], counts["at_end"], counts["kept"], counts["returned"]
    rows = [
        ("At the start", start, number(start)),
        ("Lost", start, signed(-counts["lost"])),
        ("Returned", kept + returned, signed(returned)),
        ("New", end, signed(counts["new"])),
        ("At the end", end, number(end)),
    ]
    return pd.DataFrame(rows, columns=["row", "at", "label"])


def _description(counts: dict[str, int]) -> str:
    return (
        f"Waterfall: {number(counts['at_start'])} customers at the start, {number(counts['lost'])} lost, "
        f"{number(counts['returned'])} returned, {number(counts['new'])} new, {number(counts['at_end'])} at the end; "
        f"{number(counts['kept'])} of those at the start were kept."
    )
