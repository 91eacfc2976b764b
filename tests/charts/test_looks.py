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
        "Effect at each of 2 looks, points. An effect is shown: at the newest look on 2026-02-20 +10.00, with +5.00 to +15.00 "
        "not ruled out; to be shown it had to be beyond −5.00 or +5.00."
    )
    layers = drawn.to_dict()["layer"]
    assert {layer["mark"]["type"] for layer in layers} == {"rule", "line", "tick", "text", "point"}
    assert layers[1]["encoding"]["y"]["scale"]["domain"] == [-24.0, 24.0]
    assert svg(drawn).startswith("<svg")


def test_the_boundary_is_a_line_of_its_own() -> None:
    """Of losses it lies as far in times, not in points: half as many again above is a third fewer below; an open look has none."""
    frame = pd.DataFrame(
        {
            "morning": ["2026-01-20", "2026-02-20", "2026-03-20"],
            "value": [-10.0, -20.0, -30.0],
            "low": [-math.inf, -50.0, -45.0],
            "high": [math.inf, 30.0, -5.0],
            "below": [-math.inf, -45.0, -100 / 3],
            "above": [math.inf, 80.0, 50.0],
            "shown": [False, False, True],
        }
    )
    told = looks.chart(frame, unit="per cent of losses").to_dict()
    drawn = next(rows for rows in told["datasets"].values() if rows and "needed" in rows[0] and "label" not in rows[0])
    assert [row["needed"] for row in drawn] == [80.0, 50.0, -45.0, -100 / 3]
    assert "beyond −33.33 or +50.00" in told["description"]


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
