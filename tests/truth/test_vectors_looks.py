"""Do looks, always-valid intervals and corrections give the numbers that others have published?"""

import math

import pandas as pd
import pytest
from scipy.special import ndtr

from keepwell.prove import many, open_ended
from keepwell.prove.sequential import POCOCK, POWER, Spending, boundaries

FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]
P_VALUES = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


@pytest.mark.parametrize(
    ("spending", "published"),
    [
        # Lan and DeMets' program, table of ldbounds
        (Spending(), [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        (Spending(POCOCK), [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
        # spotify-confidence 4.1.0, sequential_bounds with spending 0.05 t ** 2, on a grid of its own
        (Spending(POWER, 2), [3.09023, 2.71408, 2.47274, 2.27981, 2.11397]),
    ],
    ids=["O'Brien-Fleming", "Pocock", "square"],
)
def test_boundaries_at_five_looks(spending, published):
    """At fifths of the plan, 5 % two-sided, to the accuracy of the programs that printed them (ours is good to 1e-11)."""
    assert boundaries(FIFTHS, 1, spending) == pytest.approx(published, abs=1.5e-4)


def test_boundaries_of_a_month_of_daily_looks():
    """O'Brien-Fleming, 30 days, 5 % two-sided: days 1 (capped), 5, 10, 15, 20, 25 and 30."""
    found = boundaries(list(range(1, 31)), 30)
    published = [7.739, 5.3679, 3.7475, 3.0449, 2.6306, 2.3495, 2.1427]
    assert [found[day - 1] for day in (1, 5, 10, 15, 20, 25, 30)] == pytest.approx(published, abs=4e-4)


def test_more_customers_than_planned():
    """spotify-confidence, test_seq_bounds_run_over: 300 planned and 810 seen, 1 %, as chances of each look alone."""
    planned, seen = 300, [250, 450, 630, 810]
    found = boundaries(seen, max(planned, seen[-1]), Spending(POWER, 2), 0.01)
    assert [2 * ndtr(-boundary) for boundary in found] == pytest.approx([0.00095, 0.00241, 0.00410, 0.00636], abs=1e-5)


def test_always_valid_interval_of_means():
    """GrowthBook's sequential test, relative, N* 1000: .50336 from -.55844 to 1.56516."""
    control, treated = (1396.87, 52377.9767, 3000), (2422.7, 134698.29, 3461)
    ratio, error = _relative(_moments(*control), _moments(*treated))
    half = open_ended.boundary(6461, 1000) * error
    assert [ratio, ratio - half, ratio + half] == pytest.approx([0.50336, -0.55844, 1.56516], abs=1e-5)
    assert open_ended.p_value(ratio / error, 6461, 1000) == 1


def test_always_valid_interval_of_shares():
    """GrowthBook's sequential test of 1396 in 3000 and 2422 in 3461, N* 5000: .50386 from .40098 to .60675."""
    shares = [(yes / n, yes / n * (1 - yes / n), n) for yes, n in ((1396, 3000), (2422, 3461))]
    ratio, error = _relative(*shares)
    half = open_ended.boundary(6461, 5000) * error
    assert [ratio, ratio - half, ratio + half] == pytest.approx([0.50386, 0.40098, 0.60675], abs=1e-5)
    assert open_ended.p_value(ratio / error, 6461, 5000) == pytest.approx(0, abs=1e-5)


def test_always_valid_interval_with_one_side():
    """GrowthBook's one-sided sequential test, absolute, N* 5000: at least -.12656844."""
    low, high = _moments(1396.87, 52377.9767, 3000), _moments(2422.7, 134698.29, 3461)
    difference, error = high[0] - low[0], math.hypot(math.sqrt(low[1] / low[2]), math.sqrt(high[1] / high[2]))
    least = difference - open_ended.boundary(6461, 5000, side="above") * error
    assert least == pytest.approx(-0.12656844172804982, abs=1e-12)


def test_fifteen_p_values():
    """Benjamini and Hochberg (1995), section 3.2: Bonferroni and Holm find three of fifteen, theirs finds four."""
    found = [sum(rule(P_VALUES) <= 0.05) for rule in (many.bonferroni, many.holm, many.benjamini_hochberg)]
    assert found == [3, 3, 4]


def test_eight_schools():
    """Rubin's (1981) coaching schools, as Stan draws them with flat priors: means 11.4 to 5.1, deviations about 6 to 8."""
    schools = pd.DataFrame({
        "estimate": [28.0, 8, -3, 7, -1, 1, 18, 12],
        "error": [15.0, 10, 16, 11, 9, 11, 10, 18],
    })  # fmt: skip
    told = many.shrink(schools)
    assert list(told["shrunk"]) == pytest.approx([11.4, 7.9, 6.1, 7.6, 5.1, 6.1, 10.7, 8.5], abs=0.15)
    assert list(told["shrunk_error"]) == pytest.approx([8.3, 6.3, 7.8, 6.5, 6.4, 6.7, 6.8, 7.9], abs=0.2)


def _moments(total: float, squares: float, n: int) -> tuple[float, float, int]:
    """Mean, variance and count."""
    mean = total / n
    return mean, (squares - n * mean**2) / (n - 1), n


def _relative(control: tuple[float, float, int], treated: tuple[float, float, int]) -> tuple[float, float]:
    """The relative difference and its error by the delta method, as GrowthBook has it."""
    (low, low_spread, low_n), (high, high_spread, high_n) = control, treated
    spread = high_spread / high_n / low**2 + low_spread / low_n * high**2 / low**4
    return high / low - 1, math.sqrt(spread)
