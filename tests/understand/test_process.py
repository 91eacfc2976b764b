"""Do the accounts of buying and leaving hang together? Slopes, limits and sums, by formulas that share nothing with theirs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from keepwell.understand.cells import SEEN, Cells
from keepwell.understand.donors import Habit, SteadyHabit
from keepwell.understand.dropout import Coin
from keepwell.understand.pareto import Hazard
from keepwell.understand.process import Ahead, Process, Steady
from keepwell.understand.regular import Steps, StepsAhead

BG, MBG, PARETO, EVEN, HABIT = Coin(first=False), Coin(first=True), Hazard(), Steps(3, log_gaps=8.0), Habit()
PROCESSES = {
    "bg": (BG, [0.4, 3.0, 0.8, 2.5]),
    "mbg": (MBG, [0.4, 3.0, 0.8, 2.5]),
    "pareto": (PARETO, [0.6, 5.0, 0.7, 9.0]),
    "pareto, alpha the smaller": (PARETO, [0.6, 0.5, 0.7, 9.0]),
    "even": (EVEN, [0.9, 1.5, 0.8, 2.5]),
    "habit": (HABIT, [1.2, 0.8, 0.7, 2.8]),
    "steady": (Steady(), [0.4, 3.0]),
    "steady habit": (SteadyHabit(), [1.2, 0.8]),
}
ROWS = [(0, 0, 0), (0, 0, 9), (1, 1, 9), (2, 5, 9), (3, 9, 9), (5, 6, 12), (8, 11, 12)]


def seen(*rows: tuple[int, int, int]) -> Cells:
    """Cells from repeats, recency, age in units; of 1, 2, 3 … customers."""
    frame = pd.DataFrame(rows, columns=list(SEEN)).assign(customers=range(1, len(rows) + 1))
    return Cells.of(frame, unit_days=1)


SEEN_BY_ALL = seen(*ROWS)


@pytest.fixture(params=PROCESSES)
def case(request) -> tuple[Process, np.ndarray]:
    """Each account, with parameters."""
    process, parameters = PROCESSES[request.param]
    return process, np.array(parameters)


def test_slope_and_bend_are_differences_of_the_height(case):
    """Central differences agree to seven digits."""
    process, parameters = case
    _height, slope, bend = process.surface(parameters, SEEN_BY_ALL)
    for place, step in enumerate(np.diag(parameters * 1e-5)):
        more, less = (process.surface(parameters + sign * step, SEEN_BY_ALL) for sign in (1, -1))
        size = 2 * step[place]
        assert (more[0] - less[0]) / size == pytest.approx(slope[place], rel=1e-6, abs=1e-6)
        assert (more[1] - less[1]) / size == pytest.approx(bend[place], rel=1e-6, abs=1e-5)


def test_what_is_expected_is_the_sum_of_what_is_likely(case):
    """The expected number is the sum over n of the chance of at least n."""
    process, parameters = case
    ahead, _case = process.ahead(parameters, SEEN_BY_ALL)
    summed = sum(ahead.at_least(count, 6.0) for count in range(1, 150))
    assert ahead.expected(6.0) == pytest.approx(summed, rel=1e-5)


def test_discounting_nothing_changes_nothing_and_for_ever_is_the_limit_of_long(case):
    """At a force near 0 the discounted number is the expected one; up to a time when all is worth nothing it is that for ever."""
    process, parameters = case
    ahead, _case = process.ahead(parameters, SEEN_BY_ALL)
    assert ahead.discounted(1e-12, 20.0) == pytest.approx(ahead.expected(20.0), rel=1e-6)
    assert ahead.discounted(0.3, 130.0) == pytest.approx(ahead.discounted(0.3, None), rel=2e-4)


def test_half_have_left_after_the_median_stay(case):
    """A half are still there; where nobody leaves it is never."""
    process, parameters = case
    ahead, cases = process.ahead(parameters, SEEN_BY_ALL)
    medians = ahead.median_stay()
    for place, median in enumerate(medians):
        there = ahead.staying(float(median))[place] if np.isfinite(median) else 0.5
        assert there == pytest.approx(0.5, abs=0.01)
    assert np.isinf(medians).all() == (len(parameters) == 2)
    assert cases.max() < len(medians)


def test_alive_by_bayes(case):
    """With a longer age and nothing bought, it gets ever less likely; right after a purchase BG knows nothing, others little."""
    process, parameters = case
    alive = process.alive(parameters, seen(*((3, 5, age) for age in (5, 6, 8, 12, 40))))
    assert (np.diff(alive) < 0).all() or (alive == 1).all()
    assert ((alive > 0) & (alive <= 1)).all()


def test_two_ways_of_looking_at_bg_nbd():
    """The published formula with its hypergeometric function, away from a = 1."""
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    for x, age, time in ((2, 38.86, 39.0), (0, 10.0, 3.0), (30, 20.0, 520.0)):
        z = time / (alpha + age + time)
        hyper = special.hyp2f1(r + x, b + x, a + b + x - 1, z)
        expected = (a + b + x - 1) / (a - 1) * (1 - ((alpha + age) / (alpha + age + time)) ** (r + x) * hyper)
        ahead, _case = BG.ahead(np.array([r, alpha, a, b]), _at(x, age))
        assert ahead.expected(time).item() == pytest.approx(expected, rel=1e-10)


def _at(repeats: int, age: float) -> Cells:
    """One customer, whose age need not be whole."""
    whole = np.array([repeats]), np.array([0]), np.array([round(age * 100)])
    return Cells(*whole, customers=np.ones(1), unit_days=100.0)


@pytest.mark.parametrize("a", [0.9, 0.999, 1 - 1e-9, 1.0, 1 + 1e-9, 1.001, 1.1])
@pytest.mark.parametrize("repeats", [0, 3, 200])
def test_nothing_happens_at_a_equal_to_1(a, repeats):
    """The textbook formula divides by a - 1; the sum over counts does not, and agrees on both sides and there."""
    ahead, _case = BG.ahead(np.array([0.25, 4.4, a, 2.4]), _at(repeats, 30.0))
    summed = sum(ahead.at_least(count, 52.0) for count in range(1, 1500))
    assert ahead.expected(52.0) == pytest.approx(summed, rel=1e-9)


@pytest.mark.parametrize("s", [0.9, 1 - 1e-9, 1.0, 1 + 1e-9, 1.1])
def test_nothing_happens_at_s_equal_to_1(s):
    """The time they are there, integrated numerically, times the rate."""
    ahead, _case = PARETO.ahead(np.array([0.6, 5.0, s, 9.0]), _at(3, 30.0))
    there, _error = integrate.quad(lambda time: (39 / (39 + time)) ** s, 0, 52, epsabs=1e-13)
    assert ahead.expected(52.0).item() == pytest.approx(3.6 / 35 * there, rel=1e-11)


@pytest.mark.parametrize("name", ["bg", "mbg", "pareto", "even"])
@pytest.mark.parametrize("repeats", [0, 1, 1000, 3000])
def test_thousands_of_orders_and_ten_years(name, repeats):
    """Every figure is a number in its range: no overflow, and no more expected than at the customer's own pace for ever."""
    process, parameters = PROCESSES[name]
    cells = seen((repeats, 0 if not repeats else 3640, 3650))
    ahead, _case = process.ahead(np.array(parameters), cells)
    alive, expected = process.alive(np.array(parameters), cells), ahead.expected(3650.0)
    assert np.isfinite([alive, expected, ahead.discounted(0.01, None), ahead.at_least(1, 3650.0)]).all()
    assert 0 <= expected.item() <= (parameters[0] + repeats * 1.01) * 3650 / 3650 * 1.01
    assert np.isfinite(process.surface(np.array(parameters), cells)[0])


def test_pareto_integrals_by_brute_force():
    """The likelihood of one customer as an integral over the unseen end, numerically."""
    r, alpha, s, beta = 0.6, 5.0, 0.7, 9.0

    def told(x: int, last: float, age: float) -> float:
        def at(u: float) -> float:
            return (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1)

        gone, _error = integrate.quad(at, last, age, epsabs=1e-16, epsrel=1e-12)
        front = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return front + np.log((alpha + age) ** -(r + x) * (beta + age) ** -s + s * gone)

    for row in ((0, 0, 9), (2, 5, 9), (8, 11, 12)):
        assert PARETO.surface(np.array([r, alpha, s, beta]), seen(row))[0] == pytest.approx(told(*row), abs=1e-11)


@pytest.mark.parametrize("time", [0.001, 0.5, 9.0])
def test_pairs_of_purchases_are_summed_from_their_chances(case, time):
    """The closed form is what the chances of two, three … and more add up to."""
    process, parameters = case
    ahead, _place = process.ahead(parameters, SEEN_BY_ALL)
    assert ahead.pairs(time) == pytest.approx(Ahead.pairs(ahead, time), rel=1e-6, abs=1e-11)
    assert (2 * ahead.pairs(time) + ahead.expected(time) - ahead.expected(time) ** 2 > 0).all()


def test_steps_of_one_are_mbg_nbd():
    """With k = 1 everything is as without steps, also by the sums that more steps need."""
    parameters, one = np.array([0.4, 3.0, 0.8, 2.5]), Steps(1)
    assert one.surface(parameters, SEEN_BY_ALL)[0] == pytest.approx(MBG.surface(parameters, SEEN_BY_ALL)[0], rel=1e-12)
    assert one.alive(parameters, SEEN_BY_ALL) == pytest.approx(MBG.alive(parameters, SEEN_BY_ALL), rel=1e-12)
    plain, place = MBG.ahead(parameters, SEEN_BY_ALL)
    until, whole = SEEN_BY_ALL.until, np.ones((len(ROWS), 1))
    rate, coin = (0.4 + until.repeats, 3.0 + until.time), (0.8, 2.5 + until.repeats + 1)
    even = StepsAhead(rate, coin, whole, place)
    assert even.expected(9.0) == pytest.approx(plain.expected(9.0)[place], rel=1e-9)
    assert even.pairs(9.0) == pytest.approx(plain.pairs(9.0)[place], rel=1e-9)
    assert even.staying(9.0) == pytest.approx(plain.staying(9.0)[place], rel=1e-9)
    assert even.discounted(0.1, None) == pytest.approx(plain.discounted(0.1, None)[place], rel=1e-7)
    assert even.stay() == pytest.approx(plain.stay()[place])


def test_nobody_leaves_in_the_limit():
    """As a goes to 0, and s, every account becomes the one in which nobody leaves."""
    steady, place = Steady().ahead(np.array([0.4, 3.0]), SEEN_BY_ALL)
    for process, last in ((BG, [1e-9, 2.5]), (MBG, [1e-9, 2.5]), (PARETO, [1e-9, 9.0])):
        ahead, case = process.ahead(np.array([0.4, 3.0, *last]), SEEN_BY_ALL)
        assert process.alive(np.array([0.4, 3.0, *last]), SEEN_BY_ALL) == pytest.approx(1, abs=1e-5)
        assert ahead.expected(9.0)[case] == pytest.approx(steady.expected(9.0)[place], rel=1e-6)


def test_habit_by_every_course_of_three_opportunities():
    """Probabilities of all that can be seen in three opportunities sum to 1: each (repeats, last) as often as it has orders."""
    ways = {(0, 0): 1, (1, 1): 1, (1, 2): 1, (1, 3): 1, (2, 2): 1, (2, 3): 2, (3, 3): 1}
    one = [HABIT.surface(np.array([1.2, 0.8, 0.7, 2.8]), seen((*kind, 3)))[0] for kind in ways]
    assert np.exp(one) @ np.array(list(ways.values())) == pytest.approx(1, rel=1e-12)


@given(
    parameters=st.tuples(*(st.floats(0.05, 20) for _each in range(4))),
    repeats=st.integers(0, 400),
    recency=st.integers(1, 500),
    after=st.integers(0, 500),
    time=st.floats(0.5, 2000),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(
    "process",
    [BG, MBG, PARETO, pytest.param(Steps(2), marks=pytest.mark.slow)],
    ids=["bg", "mbg", "pareto", "even"],
)
def test_whatever_the_customer(process, parameters, repeats, recency, after, time):
    """Chances lie between 0 and 1 and fall with the number; more time brings more; a chance of one is at most what is expected."""
    cells = seen((repeats, recency if repeats else 0, (recency if repeats else 0) + after))
    alive = process.alive(np.array(parameters), cells).item()
    ahead, _case = process.ahead(np.array(parameters), cells)
    reaching = ahead.reaching(4, time)[0]
    expected = ahead.expected(time).item()
    assert 0 <= alive <= 1
    assert ((reaching >= 0) & (reaching <= 1 + 1e-12)).all()
    assert (np.diff(reaching) <= 1e-9).all()
    assert reaching[0] <= expected * (1 + 1e-9)
    assert expected <= ahead.expected(2 * time).item() * (1 + 1e-9)
    assert reaching == pytest.approx([ahead.at_least(count, time).item() for count in (1, 2, 3, 4)], abs=1e-7)
    assert 0 <= ahead.discounted(0.01, time).item() <= expected * (1 + 1e-6)
