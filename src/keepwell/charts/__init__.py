"""What does it look like? A table in, a chart out; drawn to SVG and PNG without a network."""

from keepwell.charts import (
    bridge,
    calibration,
    cohorts,
    concentration,
    curve,
    gaps,
    movements,
    pit,
    rates,
    survival,
    totals,
)
from keepwell.charts.render import png, svg
from keepwell.charts.theme import DARK, LIGHT

__all__ = [
    "DARK",
    "LIGHT",
    "bridge",
    "calibration",
    "cohorts",
    "concentration",
    "curve",
    "gaps",
    "movements",
    "pit",
    "png",
    "rates",
    "survival",
    "svg",
    "totals",
]
