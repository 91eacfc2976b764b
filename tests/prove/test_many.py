"""Of many plays or figures, which hold?"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import KeepwellError
from keepwell.prove.many import benjamini_hochberg, bonferroni, holm, shrink

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def plays(*rows: tuple[float, float]) -> pd.DataFrame:
    """A portfolio of estimates and errors."""
    return pd.DataFrame(rows, columns=["estimate", "error"], dtype="float64")


def test_four_by_hand():
    """.01 x 4/1, .02 x 4/2, .03 x 4/3, .5 x 4/4, each no more than the next; Holm times 4, 3, 2, 1, each no less than the one before."""
    given = [0.03, 0.01, 0.5, 0.02]
    assert list(benjamini_hochberg(given)) == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert list(holm(given)) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert list(bonferroni(given)) == pytest.approx([0.12, 0.04, 1, 0.08])


@settings(deadline=None, max_examples=40)
@given(CHANCES)
def test_from_the_mildest_to_the_strictest(p_values):
    """Own <= Benjamini-Hochberg <= Holm <= Bonferroni <= 1, and the order of the questions is kept."""
    steps = [np.array(p_values), benjamini_hochberg(p_values), holm(p_values), bonferroni(p_values)]
    for milder, stricter in itertools.pairwise(steps):
        assert (milder <= stricter + 1e-12).all()
        assert (np.diff(stricter[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_what_is_not_known_is_not_counted():
    """Of three plays one has no holdout: two are asked, one stays unknown."""
    assert list(bonferroni([0.01, math.nan, 0.2])) == pytest.approx([0.02, math.nan, 0.4], nan_ok=True)


def test_nothing_asked_nothing_answered():
    """No plays, no findings."""
    assert list(benjamini_hochberg([])) == []


def test_a_chance_above_one_is_refused():
    """1.2 is no p-value."""
    with pytest.raises(KeepwellError, match=r"A p-value of 1\.2"):
        holm([0.1, 1.2])


def test_the_luckiest_play_is_drawn_most():
    """Five plays alike in error: the best looks less good, the worst less bad, the order stays, and both figures are told."""
    told = shrink(plays((4, 1), (2, 1), (1, 1), (0, 1), (-2, 1)))
    assert list(told["own"]) == [4, 2, 1, 0, -2]
    assert told["shrunk"].is_monotonic_decreasing
    assert told["shrunk"][0] < 4
    assert told["shrunk"][4] > -2
    assert told["shrunk"].mean() == pytest.approx(1, abs=1e-9)
    assert (told["shrunk_error"][1:4] < 1).all()


def test_a_precise_play_keeps_its_own():
    """An error a hundred times smaller than the others' leaves nothing to learn from them."""
    told = shrink(plays((5, 0.01), (1, 1), (0, 1), (2, 1)))
    assert told["kept"][0] > 0.99
    assert told["shrunk"][0] == pytest.approx(5, abs=0.01)


def test_two_plays_teach_nothing_about_plays():
    """From three on; the figures of their own stay."""
    told = shrink(plays((4, 1), (2, 1)))
    assert list(told["own"]) == [4, 2]
    assert told["shrunk"].isna().all()


def test_an_unproven_play_stays_unknown():
    """Without a holdout there is no error: it neither teaches nor learns."""
    told = shrink(plays((4, 1), (2, 1), (9, math.nan), (0, 1)))
    assert told["shrunk"].isna().tolist() == [False, False, True, False]
    assert list(told["shrunk"].drop(2)) == pytest.approx(list(shrink(plays((4, 1), (2, 1), (0, 1)))["shrunk"]))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.2, 3)), min_size=3, max_size=9), st.floats(0.001, 1000))
def test_the_unit_does_not_matter(rows, times):
    """Points or shares: the same draw."""
    one, other = shrink(plays(*rows)), shrink(plays(*((times * a, times * b) for a, b in rows)))
    assert list(other["shrunk"] / times) == pytest.approx(list(one["shrunk"]), abs=1e-6)
    assert list(other["kept"]) == pytest.approx(list(one["kept"]), abs=1e-6)


def test_intervals_cover_and_winners_are_not_exaggerated():
    """60 portfolios of 20 plays that differ by 0 to 3: the intervals cover 95 %, and the best play is as good as drawn, not as seen."""
    rng = np.random.default_rng(8)
    covered, own, drawn = [], [], []
    for spread in rng.uniform(0, 3, 60):
        truth = rng.normal(1, spread, 20)
        told = shrink(plays(*((one, 1.0) for one in rng.normal(truth, 1))))
        covered.append(((told["shrunk_low"] <= truth) & (truth <= told["shrunk_high"])).mean())
        best = told["own"].idxmax()
        own.append(told["own"][best] - truth[best])
        drawn.append(told["shrunk"][best] - truth[best])
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)
    assert np.mean(drawn) == pytest.approx(0, abs=0.25)
    assert np.mean(own) > 0.6
