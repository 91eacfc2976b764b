"""Is a play credited in a figure per buyer with what it changes above and below, and no more?"""

import math

import pytest

from keepwell.prove.moments import Moments
from keepwell.prove.quotients import BOTTOM, TOP, moved


def _arm(buyers: int, spent: float, n: int) -> Moments:
    """Of n units so many bought, each for the same."""
    sums, products = [buyers * spent, buyers], [[buyers * spent**2, buyers * spent], [buyers * spent, buyers]]
    return Moments.of_sums((TOP, BOTTOM), n, sums, products)


def test_a_play_that_brings_buyers_who_spend_the_same_moves_nothing_per_buyer():
    """300 instead of 200 of 1,000 buy, for 50 each: +5 a head as assigned, and 0 per buyer."""
    found = moved(50.0, 1000, _arm(300, 50, 1000), _arm(200, 50, 1000))
    assert found.effect == pytest.approx(0, abs=1e-12)
    assert found.reached == 300


def test_a_play_whose_buyers_spend_more():
    """200 of 1,000 buy in either arm, for 60 and 50; 600 others for 50: (12,000 + 10,000 + 30,000) / 1,000 = 52, without it 50."""
    found = moved(52.0, 1000, _arm(200, 60, 1000), _arm(200, 50, 1000))
    assert found.effect == pytest.approx(2)
    # Without it 50 a buyer. Of a head (spent - 50 bought) varies: treated 10 with .2: 100 * .16 * 1000 / 999; control never.
    assert found.error == pytest.approx(1000 / 1000 * math.sqrt(16 / 999))


def test_arms_of_other_sizes_are_scaled():
    """1,000 treated, of whom 300 buy for 40; 500 held out, 100 for 50. Without: 200 for 50 in place of the treated; 400 others for 50."""
    now = (300 * 40 + 100 * 50 + 400 * 50) / 800  # 46.25
    assert moved(now, 800, _arm(300, 40, 1000), _arm(100, 50, 500)).effect == pytest.approx(46.25 - 50)


def test_of_too_few_nothing_is_told():
    """29 buyers held out."""
    found = moved(50.0, 1000, _arm(300, 50, 1000), _arm(29, 50, 1000))
    assert math.isnan(found.effect)
    assert "29 of those held out" in found.refused


def test_customers_kept_of_whom_some_were_none_at_the_start():
    """500 of 1,000 treated are customers at the start, 450 are kept; of 1,000 held out 500, 400 kept: .85 of all 1,000, .8 without."""
    treated = Moments.of_sums((TOP, BOTTOM), 1000, [450, 500], [[450, 450], [450, 500]])
    control = Moments.of_sums((TOP, BOTTOM), 1000, [400, 500], [[400, 400], [400, 500]])
    found = moved(0.85, 1000, treated, control)
    assert (found.effect, found.reached) == (pytest.approx(0.05), 500)
