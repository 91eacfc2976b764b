"""Do the curves of two arms say what their table says?"""

import pandas as pd

from keepwell import charts
from keepwell.charts import arms
from keepwell.charts.theme import NARROW
from keepwell.prove.endpoint_survival import Risk, curves


def _told() -> pd.DataFrame:
    """Of 100 treated 10 end on day 5, of 100 held out 20; all others are kept on day 9."""
    frame = pd.DataFrame(
        [("mail", 5, 10, 0), ("mail", 9, 0, 90), ("control", 5, 20, 0), ("control", 9, 0, 80)],
        columns=["arm", "duration", "ended", "running"],
    )
    return curves(Risk.read(frame, "mail"), {"treated": "a letter", "control": "held out"})


def test_it_names_both_arms() -> None:
    """90 % and 80 % after nine days, in the text alternative; both names at their curves."""
    drawn = charts.svg(arms.chart(_told()), name="one")
    assert "a letter 90.0" in drawn
    assert "held out 80.0" in drawn
    assert drawn.count(">held out<") == 1


def test_narrow_and_empty() -> None:
    """On a telephone; and before anybody was assigned."""
    assert "<svg" in charts.svg(arms.chart(_told(), width=NARROW), name="one")
    assert "nobody has been watched yet" in charts.svg(arms.chart(_told().iloc[:0]), name="one")
