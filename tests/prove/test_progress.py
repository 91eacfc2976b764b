"""Is only what is proven credited, and do the parts make the whole?"""

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.prove.goal_words import standing
from keepwell.prove.goals import Baseline, Goal
from keepwell.prove.progress import Held, Play, Shown, booked, progress
from keepwell.prove.quotients import Moved
from keepwell.prove.unaided import forecast

PAST = (0.90, 0.91, 0.90, 0.89) * 6 + (0.90,)
START = Baseline(0.90, "2026-06", date(2026, 6, 1), date(2026, 7, 1), 1000, "customers at start")
NOW = Baseline(0.93, "2026-07", date(2026, 7, 1), date(2026, 8, 1), 1000, "customers at start")
GOAL = Goal("g", 1, "kept_share", "share", 0.95, date(2026, 9, 30), "Ann", START, PAST, ahead=3, bounded=True)
PROVEN = Shown(
    "thanks:1", "letter", "A letter", "retained", 30, True, "better", True, 1.0, 500, Moved(0.02, 0.005, 500)
)  # fmt: skip


def test_a_proven_play_is_credited_with_what_it_moved():
    """Two points of the whole, with its error; reached are those the figure is of."""
    play = booked(GOAL, PROVEN, NOW)
    assert (play.credited, play.effect, play.error) == (True, 0.02, 0.005)
    assert (play.low, play.high) == (pytest.approx(0.0102, abs=1e-5), pytest.approx(0.0298, abs=1e-5))
    told = booked(GOAL, replace(PROVEN, moved=Moved(0.02, 0.005, 400), unit="account"), NOW)
    assert "reached 400 of the 1,000 customers at start the figure is of (500 accounts drawn were treated)" in told.why
    assert "after its horizon of 30 days is measured by no experiment and credited to nobody" in told.why


def test_a_figure_per_buyer_is_credited_by_what_changed_above_and_below():
    """6.20 more a head on 1,284 buyers of 6,000 treated moved 3,070 buyers' mean by 1.80: that is credited, shrunk where stopped early."""
    goal = replace(GOAL, metric="revenue_per_customer", unit="money")
    shown = replace(PROVEN, kind="spend", treated=6000, moved=Moved(1.80, 0.90, 1284))
    now = replace(NOW, n=3070)
    play = booked(goal, shown, now)
    assert (play.credited, play.effect, play.error) == (True, 1.80, 0.90)
    assert "reached 1,284 of the 3,070" in play.why
    assert booked(goal, replace(shown, share=0.5), now).effect == pytest.approx(1.80 * (1 - 0.25))
    for unknown in (None, Moved(math.nan, math.nan, 12, "only 12")):
        refused = booked(goal, replace(shown, moved=unknown), now)
        assert (refused.credited, refused.low) == (False, -math.inf)
        assert "cannot be told" in refused.why


def test_after_its_horizon_nothing_is_credited_and_that_is_said():
    """Nobody's thirty days touch the period: no zero with an interval from zero to zero."""
    play = booked(GOAL, replace(PROVEN, treated=0, moved=None), NOW)
    assert not play.credited
    assert "in 2026-07 nothing of it is credited: its horizon of 30 days ended before" in play.why
    assert "1 is proven" in " ".join(standing(progress(GOAL, NOW, 1, None, [play])))


def test_an_early_stop_is_shrunk():
    """An effect of two errors keeps 1 - 1/4."""
    shown = replace(PROVEN, share=0.5, moved=Moved(0.02, 0.01, 500))
    play = booked(GOAL, shown, NOW)
    assert play.effect == pytest.approx(0.015)
    assert "75%" in play.why
    since = booked(GOAL, replace(shown, since=date(2026, 6, 1)), NOW)
    assert (since.effect, "drawn since 2026-06-01" in since.why) == (0.02, True)


@pytest.mark.capability("S0-23")
@settings(deadline=None)
@given(
    st.sampled_from(["too early", "no effect shown", "stopped", "hidden", "unproven", "never planned"]),
    st.booleans(),
    st.floats(-1, 1),
    st.floats(0, 10),
)
def test_the_unproven_is_never_credited(verdict: str, final: bool, difference: float, error: float):
    """However large it looks: from endless harm to endless good."""
    for shown in (
        replace(PROVEN, verdict=verdict, final=final, moved=Moved(difference, error, 500)),
        replace(PROVEN, held_out=False, moved=Moved(difference, error, 500)),
        replace(PROVEN, final=False, moved=Moved(difference, error, 500)),
        replace(PROVEN, kind="spend", moved=Moved(difference, error, 500)),
    ):
        play = booked(GOAL, shown, NOW)
        assert not play.credited
        assert (play.low, play.high) == (-math.inf, math.inf)
        told = progress(GOAL, NOW, 1, None, [play])
        assert told.proven == 0
        assert play.name not in [part.name for part in told.parts]


@given(
    st.lists(st.tuples(st.booleans(), st.floats(-0.1, 0.1), st.floats(0.001, 0.1)), max_size=6),
    st.none() | st.floats(-0.1, 0.1),
    st.floats(0, 1),
)
def test_the_parts_make_the_whole(plays: list[tuple[bool, float, float]], together: float | None, now: float):
    """Without action and every change is now, with and without customers kept out of every play."""
    made = [Play(f"p{i}", "", credited, effect, error, 0, 0, "") for i, (credited, effect, error) in enumerate(plays)]
    held = None if together is None else Held(now - together, 0.01, 50, together, 0.02)
    told = progress(GOAL, replace(NOW, value=now), 1, None, made, held)
    steps = {part.name: part.value for part in told.parts}
    changes = math.fsum(value for name, value in steps.items() if name not in ("baseline", "without action", "now"))
    assert steps["without action"] + changes == pytest.approx(now, abs=1e-12)
    assert told.proven == pytest.approx(math.fsum(effect for credited, effect, _ in plays if credited))


def test_overlap_with_those_kept_out():
    """Plays sum to 2 points, all together did 1.5: half a point overlaps, nothing is left unexplained."""
    held = Held(0.915, 0.01, 50, 0.015, 0.01)
    told = progress(GOAL, NOW, 1, None, [booked(GOAL, PROVEN, NOW)], held)
    assert told.overlap == pytest.approx(-0.005)
    assert told.unexplained == pytest.approx(0, abs=1e-12)
    assert "kept out of every play" in " ".join(standing(told))


def test_a_forecast_is_called_weaker():
    """Where nobody is kept out of every play."""
    told = progress(GOAL, NOW, 1, None, [])
    assert "weaker" in " ".join(standing(told))
    assert told.unexplained_error == told.without.error


def test_standing():
    """Over: reached or missed. Before: by the chance as things go on. Unknown: cannot be told."""
    sure, lost = ((value,) * 30 for value in (0.96, 0.90))
    assert progress(GOAL, replace(NOW, value=0.95), 3, None, []).standing == "reached"
    assert progress(GOAL, NOW, 3, None, []).standing == "missed"
    assert progress(GOAL, NOW, 1, forecast(sure, 2, year=12), []).standing == "on track"
    assert progress(GOAL, NOW, 1, forecast(lost, 2, year=12), []).standing == "behind"
    assert progress(GOAL, NOW, 1, forecast(lost[:3], 2, year=12), []).standing == "cannot be told"
    assert progress(GOAL, START, 0, None, []).standing == "not begun"
    lower = replace(GOAL, target=0.85)
    assert progress(lower, replace(NOW, value=0.84), 3, None, []).standing == "reached"


def test_where_those_kept_out_are_not_as_planned_nothing_of_them_is_shown():
    """No figure of theirs and no overlap; what would have been is forecast, and why is told."""
    alarmed = Held(math.nan, math.nan, 50, math.nan, math.nan, "The arms are not as planned.")
    told, bare = progress(GOAL, NOW, 1, None, [], alarmed), progress(GOAL, NOW, 1, None, [])
    assert (told.held, told.without.value, told.unexplained) == (None, bare.without.value, bare.unexplained)
    assert [part.name for part in told.parts] == [part.name for part in bare.parts]
    assert any("Those kept out of every play are not compared: The arms are not" in line for line in standing(told))
