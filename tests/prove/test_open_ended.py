"""May one look for ever, and does the review keep its promise?"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import KeepwellError
from keepwell.prove.open_ended import boundary, follow, p_value, tuning
from keepwell.prove.sequential import Look

SIZES = st.floats(1, 1e8)


def test_a_boundary_by_hand():
    """Alpha .05: 2 log 20 = 5.9915, plus log 6.9915 = 1.9447 gives 7.9362; at N* the sum grown is 8.9362."""
    grown = 8.9362
    needed = math.sqrt(2 * grown / (grown - 1) * math.log(math.sqrt(grown) * 20))
    assert boundary(1000, 1000) == pytest.approx(needed, abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, st.floats(0.001, 0.2))
def test_p_value_reaches_alpha_at_the_boundary(information, tuned, alpha):
    """P-value and interval agree."""
    needed = boundary(information, tuned, alpha)
    assert p_value(needed, information, tuned, alpha) == pytest.approx(alpha, rel=1e-6)
    assert p_value(needed * 1.001, information, tuned, alpha) < alpha


def test_it_is_narrowest_about_where_it_is_tuned():
    """The boundary is near its least at N* and grows far from it."""
    here = boundary(1000, 1000)
    least = min(boundary(n, 1000) for n in range(100, 5000, 50))
    assert here == pytest.approx(least, abs=0.005)
    assert boundary(100, 1000) > here + 0.4
    assert boundary(100_000, 1000) > here + 0.4


def test_one_side_needs_less():
    """Who asks only whether it did harm may know sooner."""
    assert boundary(1000, 1000, side="below") == boundary(1000, 1000, side="above") < boundary(1000, 1000)


def test_tuned_between_a_quarter_of_the_plan_and_the_plan():
    """Outside, the intervals would be too wide to find anything."""
    assert [tuning(2000, share) for share in (0.25, 1)] == [500, 2000]
    with pytest.raises(KeepwellError, match="Choose a share between"):
        tuning(2000, 2.5)


def test_nobody_is_no_look():
    """Before the first customer there is no interval."""
    with pytest.raises(KeepwellError, match="Both must be above 0"):
        boundary(0, 100)


def test_the_hybrid_tests_once_at_its_review():
    """Before and after, a tenth of alpha: 3.8 standard errors; at the review .045: 2.0047; never a second review."""
    told = follow([Look(n, 2.5, 1.3) for n in (250, 500, 1100, 1200, 2000)], 1000)
    assert [round(one.boundary, 2) for one in told] == [3.97, 3.81, 2.0, 3.78, 3.8]
    assert {one.verdict for one in told} == {"undecided"}


def test_the_review_may_find_what_looking_may_not():
    """2.1 standard errors: not before the review, but at it, and then for ever."""
    told = follow([Look(n, z, 1) for n, z in ((900, 2.1), (1000, 2.1), (1100, 0.0))], 1000)
    assert [(one.verdict, one.final, one.look) for one in told] == [
        ("undecided", False, 1),
        ("effect", True, 2),
        ("effect", True, 2),
    ]


def test_after_the_review_an_effect_may_still_show():
    """A play without an end goes on, by its always-valid interval."""
    told = follow([Look(1000, 1, 1), Look(5000, 4.5, 1)], 1000)
    assert [one.verdict for one in told] == ["undecided", "effect"]


def test_a_last_look_is_the_review_and_ends_it():
    """Ended early on its planned day: tested there, and final."""
    told = follow([Look(400, 1, 1), Look(600, 1.9, 1, last=True), Look(5000, 9, 1)], 1000)
    assert [(one.verdict, one.final) for one in told] == [
        ("undecided", False),
        ("no effect shown", True),
        ("no effect shown", True),
    ]


def test_stopped_by_hand_is_no_review():
    """Who stops because of what he saw does not get the review's easier boundary."""
    told = follow([Look(400, 1, 1), Look(600, 2.5, 1, stopped=True)], 1000)
    assert told[-1].verdict == "no effect shown"
    assert told[-1].boundary == boundary(600, 1000, 0.005)


def test_without_review_all_of_alpha_is_for_looking():
    """The pure sequence needs 3.03 at N* and has no end of its own."""
    told = follow([Look(1000, 2.9, 1), Look(4000, 2.9, 1)], 1000, hybrid=False)
    assert told[0].boundary == boundary(1000, 1000, 0.05)
    assert [one.final for one in told] == [False, False]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=8), st.booleans())
def test_the_interval_excludes_zero_exactly_when_there_is_an_effect(scores, hybrid):
    """At every look, with and without review."""
    looks = [Look(200 * (i + 1), z, 0.7) for i, z in enumerate(scores)]
    for told in follow(looks, 1000, hybrid=hybrid):
        assert (told.low > 0 or told.high < 0) == (told.verdict == "effect")
