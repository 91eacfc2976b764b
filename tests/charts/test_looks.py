"""Do the charts of a look tell in words what they show, and cut what no page could hold?"""

import math

import pandas as pd

from keepwell.charts import effect, looks
from keepwell.charts.render import svg


def test_look_by_look() -> None:
    """Two looks: the first open on both sides, the newest shows an effect of +10 with 5 to 15 not ruled out."""
    frame = pd.DataFrame(
        {
            "morning": ["2026-01-20", "2026-02-20"],
            "value": [12.0, 10.0],
            "low": [-math.inf, 5.0],
            "high": [math.inf, 15.0],
            "shown": [False, True],
        }
    )
    drawn = looks.chart(frame, unit="points")
    assert drawn.description == (
        "Effect at each of 2 looks, points. An effect is shown: at the newest look on 2026-02-20 +10.00, with +5.00 to +15.00 not ruled out."
    )
    assert drawn.to_dict()["layer"][1]["encoding"]["y"]["scale"]["domain"] == [-24.0, 24.0]
    assert svg(drawn).startswith("<svg")


def test_no_look_yet() -> None:
    """Without anything to compare there is a picture all the same, and it says so."""
    empty = pd.DataFrame(columns=["morning", "value", "low", "high", "shown"])
    assert looks.chart(empty, unit="points").description == "Effect by look; there was nothing to compare yet."


def test_figures_beside_each_other() -> None:
    """Only what is shown has a colour; an open end is told as any."""
    frame = pd.DataFrame(
        {
            "of": ["losses", "spend"],
            "value": [-20.0, 3.0],
            "low": [-30.0, -math.inf],
            "high": [-8.0, 9.0],
            "verdict": ["better", "not shown"],
        }
    )
    drawn = effect.chart(frame)
    assert drawn.description == (
        "Relative effects: losses −20.0 % (−30.0 to −8.0 not ruled out): better; spend +3.0 % (any to +9.0 not ruled out): not shown."
    )
    colours = [
        row["colour"] for row in next(iter(rows for rows in drawn.to_dict()["datasets"].values() if len(rows) == 2))
    ]
    assert colours == ["#1b7f6b", "#8b9390"]
