"""Do the charts of any figure say what their table says?"""

import math

import pandas as pd

from keepwell import charts
from keepwell.charts import levels, series
from keepwell.charts.theme import NARROW


def _series(values: dict[str, list[float]], link: str = "") -> pd.DataFrame:
    rows = [
        {"x": f"2026-0{month}", "group": group, "value": value, "low": math.nan, "high": math.nan, "link": link}
        for group, told in values.items()
        for month, value in enumerate(told, 1)
    ]
    return pd.DataFrame(rows)


def _levels(names: list[str], values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"name": names, "value": values, "low": math.nan, "high": math.nan, "link": ""})


def test_each_line_is_named_at_its_end() -> None:
    """Two groups over three months; what is not defined is left out."""
    drawn = charts.svg(
        series.chart(_series({"FI": [0.9, 0.8, 0.85], "HU": [0.7, 0.75, math.nan]}), unit="share"), name="one"
    )
    assert "FI: from 90.0" in drawn
    assert ">FI 85.0" in drawn
    assert ">HU 75.0" in drawn


def test_a_dot_leads_to_its_customers() -> None:
    """Where a link is given, the marks carry it; otherwise none does."""
    assert "/measures/x/" in charts.svg(series.chart(_series({"": [1, 2]}, "/measures/x/"), unit="count"), name="one")
    assert "<a " not in charts.svg(series.chart(_series({"": [1, 2]}), unit="count"), name="one")


def test_numbers_have_an_axis_of_numbers() -> None:
    """Days are places on a line, not names."""
    frame = _series({"": [0.5, 0.4, 0.3]}).assign(x=[0.0, 30.0, 365.0])
    assert "(365.0)" in charts.svg(series.chart(frame, unit="share", ordinal=False), name="one")


def test_bars_tell_their_figures_and_long_names_are_shortened() -> None:
    """A bar a name with its figure; a name of a hundred letters keeps its beginning."""
    drawn = charts.svg(levels.chart(_levels(["short", "l" * 100], [12_345.0, 3.0]), unit="count"), name="one")
    assert ">12.3" in drawn
    assert f">{'l' * 33}…<" in drawn


def test_narrow_and_empty() -> None:
    """On a telephone; and before there is any figure."""
    assert "<svg" in charts.svg(
        series.chart(_series({"FI": [1, 2]}), unit="money", told_in="EUR", width=NARROW), name="one"
    )
    assert "No figure yet" in charts.svg(series.chart(_series({"": [math.nan]}), unit="count"), name="one")
    assert "No figure yet" in charts.svg(levels.chart(_levels([], []), unit="count"), name="one")
