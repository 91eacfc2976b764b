"""Are two shares compared as the textbooks compare them, and many of them with the caution they need?"""

import math

import pandas as pd
import pytest

from keepwell.understand.shares import benjamini_hochberg, chance_of, compared, difference, holm


def test_equal_shares_differ_by_chance():
    """30 of 60 and 20 of 40 are both a half: z = 0, and any difference is at least as large."""
    assert chance_of(30, 60, 20, 40) == 1.0


def test_a_difference_by_hand():
    """40 of 50 against 20 of 50: (ad - bc) = 40 x 30 - 20 x 10 = 1,000; z² = 99 x 10⁶ / (50 x 50 x 60 x 40) = 16.5."""
    assert chance_of(40, 50, 20, 50) == pytest.approx(math.erfc(math.sqrt(16.5 / 2)))
    assert chance_of(40, 50, 20, 50) == pytest.approx(4.86e-5, rel=1e-2)


def test_too_few_cannot_be_told_apart():
    """8 of 10 against 10 of 10: 20 x 2 / 20 leaves one expected failure a side, and no test holds; nor of nobody."""
    assert math.isnan(chance_of(8, 10, 10, 10))
    assert math.isnan(chance_of(0, 0, 5, 10))


def test_the_published_example_of_newcombe():
    """56 of 70 less 48 of 80 is 0.2, from 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    assert difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_difference_with_nobody_is_unknown():
    """Nobody on one side: nothing to tell."""
    assert all(math.isnan(value) for value in difference(1, 2, 0, 0))


def test_holm_by_hand():
    """0.01, 0.04, 0.03 and 0.005: times 3, 1, 2 and 4, never less than the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_benjamini_hochberg_by_hand():
    """0.01, 0.04, 0.03 and 0.005 rank 2, 4, 3, 1: x 4/rank gives 0.02, 0.04, 0.04, 0.02."""
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_what_was_not_judged_costs_no_caution():
    """A comparison that could not be made stays unknown and does not count among the asked."""
    told = holm([0.02, math.nan, 0.5])
    assert (told[0], math.isnan(told[1]), told[2]) == (0.04, True, 0.5)
    assert benjamini_hochberg([math.nan, 0.02])[1] == 0.02


def test_groups_against_the_rest():
    """Of 200, 80 did: 40 %. Forty of the first 50 are 80 %, twice the base; the group of eight is too small to judge."""
    counted = pd.DataFrame({"customers": [50, 8], "part": [40, 4], "all_customers": [200, 200], "all_part": [80, 80]})
    told = compared(counted, least=30)
    first, second = told.to_dict("records")
    assert (first["share"], first["base"], first["lift"]) == (0.8, 0.4, 2.0)
    # 1/40 - 1/50 - 1/80 + 2 x 40 / (50 x 80) - 1/200 = 0.0075; 2 x exp(-+ 1.96 x 0.0866)
    assert (first["low"], first["high"]) == pytest.approx((1.688, 2.370), abs=1e-3)
    assert first["judged"]
    assert first["certain"]
    assert (second["share"], second["judged"], second["certain"], math.isnan(second["lift"])) == (
        0.5,
        False,
        False,
        True,
    )


def test_no_groups_no_answers():
    """Nothing was counted: nothing is told, and nothing breaks."""
    nothing = pd.DataFrame({name: [] for name in ("customers", "part", "all_customers", "all_part")})
    assert compared(nothing, least=30).empty


@pytest.mark.parametrize(("part", "customers"), [(24, 60), (61, 100), (300, 1000), (55, 90), (450, 900)])
def test_limits_and_chance_agree(part, customers):
    """Of 2,000, 1,000 did: the limits of a lift shut out 1 where chance is below a twentieth, as far as two roads can agree."""
    counted = pd.DataFrame({"customers": [customers], "part": [part], "all_customers": [2000], "all_part": [1000]})
    told = compared(counted, least=30).iloc[0]
    assert (told["low"] > 1 or told["high"] < 1) == (told["chance"] < 0.05)


def test_what_happened_to_nobody_has_an_upper_limit():
    """None of 60 where a half is usual: from nothing to Wilson's 6.0 % over the half."""
    counted = pd.DataFrame({"customers": [60], "part": [0], "all_customers": [200], "all_part": [100]})
    told = compared(counted, least=30).iloc[0]
    assert (told["lift"], told["low"], told["high"]) == (0.0, 0.0, pytest.approx(0.1203, abs=1e-4))
