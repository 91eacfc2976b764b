"""Does the bridge of a goal say what its table says, also to who cannot see it?"""

import math

import pandas as pd

from keepwell import charts
from keepwell.charts import goal
from keepwell.charts.theme import NARROW

ROWS = [
    ("Baseline", "level", 0.7, 0.7, math.nan, math.nan, "muted", "70.0 %"),
    ("Without action", "level", 0.69, 0.69, 0.66, 0.72, "muted", "69.0 %"),
    ("thanks:1, a letter written by hand", "change", 0.69, 0.71, 0.7, 0.72, "kept", "+2.00 points"),
    ("thanks:1, a letter written by hand", "change", 0.71, 0.72, 0.7, 0.74, "kept", "+1.00 points"),
    ("Unexplained", "change", 0.72, 0.73, math.nan, math.nan, "unknown", "+1.00 points"),
    ("Now", "level", 0.73, 0.73, math.nan, math.nan, "ink", "73.0 %"),
]
FRAME = pd.DataFrame(ROWS, columns=["row", "kind", "left", "right", "low", "high", "token", "label"])


def test_it_is_told_in_words():
    """Every step, and the target."""
    drawn = charts.svg(goal.chart(FRAME, target=0.75, told="75.0 %"), name="one")
    assert "thanks:1, a letter written by hand +2.00 points" in drawn
    assert "The target is 75.0 %." in drawn


def test_plays_of_one_name_are_rows_of_their_own():
    """Cut to the room there is on a telephone, and still six rows."""
    drawn = charts.svg(goal.chart(FRAME, target=0.75, told="75.0 %", width=NARROW), name="one")
    assert drawn.count("thanks:1, a le…") == 2
