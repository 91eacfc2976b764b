"""What does each colour mean, and how is a chart set? The one theme of every chart, light and dark."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt


LIGHT = {
    "paper": "#fcfcfa",
    "ink": "#1d2422",
    "muted": "#5b6562",
    "hairline": "#dde2df",
    "kept": "#1b7f6b",
    "new": "#2f6fb5",
    "returned": "#7a5bb0",
    "lost": "#b5482f",
    "risk": "#b07a16",
    "unknown": "#8b9390",
}
"""Token -> colour on paper. Charts are specified in these; drawing replaces them by the scheme asked for."""

DARK = {
    "paper": "#131716",
    "ink": "#e7ebe8",
    "muted": "#9ca7a3",
    "hairline": "#2d3533",
    "kept": "#4fbaa0",
    "new": "#7cb0e8",
    "returned": "#b79de3",
    "lost": "#e58d75",
    "risk": "#dba848",
    "unknown": "#7e8884",
}
"""The same tokens at night, every text at least 4.5:1 on its paper."""

HATCH = "#b9bfbd"
"""Stands for the hatched grey of what is unknown or not yet whole; drawing replaces it by a pattern."""

FONT = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, '
    '"Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif'
)
"""System fonts only, with those that know Chinese and Japanese."""

WIDE, NARROW = 800, 320
"""Widths a chart is drawn for, in pixels: a page, a telephone."""


def themed(chart: Any, *, description: str) -> "alt.LayerChart":
    """
    The chart with the house theme.

    Args:
        chart: Marks and encodings, coloured with tokens of LIGHT.
        description: The text alternative: what a reader who cannot see it must know.
    """
    return chart.properties(description=description).configure(**_config())


def _config() -> dict[str, Any]:
    return {
        "aria": False,
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": LIGHT["hairline"],
            "labelColor": LIGHT["muted"],
            "labelFontSize": 12,
            "labelPadding": 8,
            "titleColor": LIGHT["muted"],
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "text": {"color": LIGHT["ink"], "fontSize": 12},
    }
