"""How much too large is an effect that ended its own experiment?"""

import math

import numpy as np
import pytest

from keepwell.errors import KeepwellError
from keepwell.prove.sequential import boundaries
from keepwell.prove.stopping import at_stopping, book, drift_for, inflation, warning

MONTH = [day / 30 for day in range(1, 31)]
DAILY = boundaries(MONTH, 1)
ONCE = 1.9599639845400545
PLANNED = 2.8015852
"""1.95996 + .84162: the z that one look finds with 80 %."""


def test_one_look_by_hand():
    """Expected z 2.8, one look: found with 80 %; then z is on average 2.8 + the bell at -.84 / .8 = 3.15, 1.125 times the truth."""
    told = at_stopping([1], [ONCE], PLANNED)
    bell = math.exp(-(0.8416212**2) / 2) / math.sqrt(2 * math.pi)
    assert told.power == pytest.approx(0.8, abs=1e-5)
    assert told.exaggeration == pytest.approx((PLANNED + bell / 0.8) / PLANNED, abs=1e-4)
    assert told.share == 1


def test_without_an_effect_what_is_found_is_false():
    """Daily looks: found with 5 % in all, half of it each way, and no size to be exaggerated."""
    told = at_stopping(MONTH, DAILY, 0)
    assert told.power == pytest.approx(0.05, abs=1e-9)
    assert told.wrong_sign == pytest.approx(0.5, abs=1e-9)
    assert math.isnan(told.exaggeration)


def test_daily_looks_as_simulated():
    """20,000 walks of 30 days with half the planned effect: power, size, wrong signs and time used are those of the recursion."""
    drift = PLANNED / 2
    rng = np.random.default_rng(4)
    score = (rng.standard_normal((20_000, 30)) / math.sqrt(30) + drift / 30).cumsum(axis=1)
    z = score / np.sqrt(MONTH)
    crossed = np.abs(z) > DAILY
    found, first = crossed.any(axis=1), crossed.argmax(axis=1)
    at = (np.flatnonzero(found), first[found])
    told = at_stopping(MONTH, DAILY, drift)
    assert told.power == pytest.approx(found.mean(), abs=0.01)
    assert told.exaggeration == pytest.approx(
        (np.abs(score[at]) / np.array(MONTH)[first[found]]).mean() / drift, rel=0.01
    )
    assert told.wrong_sign == pytest.approx((z[at] < 0).mean(), abs=0.003)
    assert told.share == pytest.approx(np.where(found, (first + 1) / 30, 1).mean(), abs=0.005)


def test_daily_looks_of_the_default_plan():
    """O'Brien-Fleming, daily for a month: 78 % instead of 80 %, stopped after 22.5 days, 1.3 times too large; 2.2 times at half the effect."""
    told, half = at_stopping(MONTH, DAILY, PLANNED), at_stopping(MONTH, DAILY, PLANNED / 2)
    assert (round(told.power, 2), round(told.share * 30, 1), round(told.exaggeration, 1)) == (0.78, 22.5, 1.3)
    assert round(half.exaggeration, 1) == 2.2


def test_looking_costs_five_percent_more_customers():
    """For the same 80 %: a published 5 % for O'Brien-Fleming; one look costs nothing."""
    assert round(inflation(MONTH, DAILY), 2) == 1.05
    assert inflation([1], [ONCE]) == pytest.approx(1, abs=1e-6)


def test_the_drift_found_has_the_power_asked_for():
    """90 % by daily looks."""
    assert at_stopping(MONTH, DAILY, drift_for(MONTH, DAILY, 0.9)).power == pytest.approx(0.9, abs=1e-6)


def test_a_power_below_chance_is_refused():
    """5 % are found without any effect."""
    with pytest.raises(KeepwellError, match="above the chance of a false alarm"):
        drift_for([1], [ONCE], 0.04)


def test_looks_that_bring_nothing_new_are_refused():
    """Two looks at the same customers are one."""
    with pytest.raises(KeepwellError, match="Leave out looks"):
        at_stopping([0.5, 0.5], [2, 2], 1)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (12, "Effects found at 40% of the plan look 2.0 times as large as they are, on average, if the truth is what was planned for, and 4.1 times"),
        (30, "Effects found at the planned end look 1.6 times as large as they are, on average, if the truth is half of what was planned for."),
    ],
)  # fmt: skip
def test_the_warning_names_the_exaggeration(day, told):
    """Early finds are the most exaggerated; each warning says what to book instead."""
    said = warning(MONTH[:day], DAILY[:day], PLANNED)
    assert said.startswith(told)
    assert "Keep the holdout after the roll-out" in said


def test_no_warning_where_there_is_nothing_to_warn_of():
    """An experiment ten times as large as needed, looked at once."""
    assert warning([1], [ONCE], 28) == "An effect found only at the planned end is hardly exaggerated."


def test_booked_is_what_came_after():
    """Stopped at 1.3 points, .9 since then: .9 is booked."""
    told = book(0.9, 0.3, won=1.3)
    assert (told.estimate, round(told.low, 3), round(told.high, 3)) == (0.9, 0.312, 1.488)
    assert told.sentence == (
        "Booked is what the customers held out since the decision show, not the figure at which the play was stopped. "
        "That one was 1.4 times as large."
    )


def test_booked_with_doubt():
    """.3 with an error of .3 may be nothing."""
    assert "includes none at all" in book(0.3, 0.3, won=1.3).sentence


def test_nothing_is_booked_without_a_holdout():
    """Everybody got it at once: unknown, not zero."""
    told = book(math.nan, math.nan, won=1.3)
    assert math.isnan(told.estimate)
    assert (told.low, told.high) == (-math.inf, math.inf)
    assert told.sentence == "Nothing can be booked: nobody has been held out since the decision."
