"""Does the gain curve say what its table says?"""

import numpy as np

from keepwell import charts
from keepwell.charts import qini
from keepwell.charts.theme import NARROW
from keepwell.prove.qini import gain


def test_it_names_the_best_share():
    """Scores 4, 0, 2, -2 in order: most is gained with three of four treated, 1.5 a customer, 150 a hundred."""
    told = gain(np.array([4.0, 0, 2, -2]), np.array([3.0, 2, 1, 0])).curve
    drawn = charts.svg(qini.chart(told), name="one")
    assert "highest at 75" in drawn
    assert "150 more kept per 100 customers" in drawn


def test_nothing_known_is_drawn_as_nothing():
    """Narrow, without a row."""
    told = gain(np.array([4.0, 0]), np.array([1.0, 0])).curve.iloc[:0]
    assert "nothing is known yet" in charts.svg(qini.chart(told, width=NARROW), name="one")
