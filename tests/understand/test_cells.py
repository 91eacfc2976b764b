"""Are customers who bought alike counted as one, and nothing lost?"""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from keepwell.understand.cells import Cells, distinct

HISTORIES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 300), st.integers(0, 300), st.integers(1, 9)), min_size=1, max_size=60
)


def cells(rows: list[tuple[int, int, int, int]]) -> Cells:
    """Cells from any four numbers: repeats, recency, what follows it, customers."""
    frame = pd.DataFrame(rows, columns=["repeats", "recency_days", "after", "customers"])
    frame["recency_days"] = frame["recency_days"].where(frame["repeats"] > 0, 0)
    return Cells.of(frame.assign(age_days=frame["recency_days"] + frame["after"]), unit_days=7)


@given(HISTORIES)
def test_pairs_put_back_are_the_cells(rows):
    """Each cell's repeats and times, by its pair."""
    seen = cells(rows)
    for pairs, time in ((seen.since, seen.recency), (seen.until, seen.age)):
        assert (pairs.repeats[pairs.place] == seen.repeats).all()
        assert np.allclose(pairs.time[pairs.place], time)


@given(HISTORIES)
def test_coarser_cells_have_everybody(rows):
    """As many customers and repeats, and no time is later, nor earlier by more than a twentieth."""
    seen = cells(rows)
    coarse = seen.coarser()
    assert coarse.total == seen.total
    assert coarse.customers @ coarse.repeats == seen.customers @ seen.repeats
    lost = seen.customers @ seen.age_days - coarse.customers @ coarse.age_days
    assert 0 <= lost <= seen.total * (seen.age_days.max() / 20 + 1)
    assert (coarse.recency_days <= coarse.age_days).all()


def test_distinct_values_of_any_size():
    """Ascending, and where each is; also of numbers too large to lay out."""
    for most in (9, 10**9):
        there, place = distinct(np.array([most, 2, 2, 5]))
        assert there.tolist() == [2, 5, most]
        assert place.tolist() == [2, 0, 0, 1]


def test_units_of_time():
    """Fourteen days are two weeks; another unit changes no day."""
    seen = cells([(1, 14, 7, 1)])
    assert (seen.recency.item(), seen.age.item(), seen.at(1).age.item()) == (2.0, 3.0, 21.0)
