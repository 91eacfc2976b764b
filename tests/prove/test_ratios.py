"""Are ratios told with errors of the unit that was assigned, and what the play did to the denominator beside them?"""

import math

import numpy as np
import pytest

from keepwell.errors import MetricError
from keepwell.prove.moments import Moments
from keepwell.prove.ratios import ratio_effect


def _arm(*columns):
    values = np.array(columns, "float64").T
    away = values - values.mean(axis=0)
    return Moments(
        ("revenue", "orders", "revenue_0", "orders_0")[: len(columns)], len(values), values.mean(axis=0), away.T @ away
    )


def test_revenue_per_order_by_hand():
    """
    Control: 10 of 1 order, 30 of 2; ratio 40/3. Residuals revenue - ratio * orders are -10/3 and 10/3, of variance 200/9 over
    two units and a mean of 1.5 orders: error sqrt(200/9/2)/1.5.
    """
    told = ratio_effect(_arm([20, 40], [1, 1]), _arm([10, 30], [1, 2]), "revenue", "orders")
    assert told.effect.difference == pytest.approx(30 - 40 / 3)
    assert told.effect.base.error == pytest.approx(math.sqrt(200 / 9 / 2) / 1.5)
    assert told.effect.relative == pytest.approx(30 / (40 / 3) - 1)


def test_errors_are_of_accounts_not_people():
    """Whole accounts use or do not: copying each account's people does not make anything surer."""
    chance = np.random.default_rng(1)
    uses = chance.integers(0, 2, 400).astype(float)
    small = ratio_effect(_arm(uses[:200], np.ones(200)), _arm(uses[200:], np.ones(200)), "revenue", "orders")
    large = ratio_effect(
        _arm(uses[:200] * 50, np.full(200, 50)), _arm(uses[200:] * 50, np.full(200, 50)), "revenue", "orders"
    )
    assert large.effect.error == pytest.approx(small.effect.error)
    assert large.effect.control == 200


def test_a_changed_denominator_is_told():
    """The play doubles orders of the same revenue: revenue per order halves, and it is said that it compares different things."""
    chance = np.random.default_rng(2)
    orders, revenue = chance.integers(1, 4, 500).astype(float), chance.normal(30, 3, 500)
    told = ratio_effect(_arm(revenue, orders * 2), _arm(revenue, orders), "revenue", "orders")
    assert told.effect.proven
    assert not told.comparable
    assert "made what is divided by more" in told.caution


def test_an_untouched_denominator_needs_no_caution():
    """The same orders in both arms: comparable, nothing to say."""
    chance = np.random.default_rng(2)
    orders, revenue = chance.integers(1, 4, 500).astype(float), chance.normal(30, 3, 500)
    told = ratio_effect(_arm(revenue, orders), _arm(revenue, orders), "revenue", "orders")
    assert (told.comparable, told.caution) == (True, "")


def test_the_ratio_before_takes_noise_off():
    """What is nearly the ratio of before is nearly sure once that is taken off; the share gone is told."""
    chance = np.random.default_rng(3)
    arms = []
    for _arm_name in range(2):
        orders, price = chance.integers(1, 4, 400).astype(float), chance.normal(30, 6, 400)
        arms.append(_arm(orders * price, orders, orders * (price + chance.normal(0, 1, 400)), orders))
    told = ratio_effect(*arms, "revenue", "orders", before=("revenue_0", "orders_0"))
    assert 0.9 < told.slope < 1.1
    assert told.reduction > 0.9


def test_nothing_to_divide_by():
    """No orders in an arm: said, not infinite."""
    with pytest.raises(MetricError, match="no orders to divide by"):
        ratio_effect(_arm([0, 0], [0, 0]), _arm([1, 2], [1, 1]), "revenue", "orders")


def test_too_little_to_divide_by():
    """Three orders among 100 held out: what a customer spends per order is not told of them, rather than told from three."""
    few, many = np.repeat([1.0, 0.0], [3, 97]), np.repeat([1.0, 0.0], [30, 970])
    told = ratio_effect(_arm(many * 20, many), _arm(few * 25, few), "revenue", "orders").effect
    assert (told.low, told.high) == (-math.inf, math.inf)
    assert "too little to divide by" in told.method


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "n"), [(0.02, 10_000), (0.3, 10_000), (0.3, 2000)])
def test_uneven_arms_are_not_called_too_often(rate, n):
    """
    Lognormal orders, nine of ten treated, without an effect: neither side wins more than one time in forty (and chance).

    Share of 2,000 trials in which the treated, and those held out, seemed to win; before the small arm's own scatter was
    doubted, and now. .02 orders a head: .135 and .001, now .003 and .001; .3: .067 and .006, now .008 and .006; .3 of 2,000:
    .098 and .005, now .006 and .005. Arms of the same size: .021 and .027, before and now.
    """
    chance, above, below = np.random.default_rng(4), 0, 0
    for _turn in range(600):
        orders = chance.poisson(rate, n).astype(float)
        revenue, mailed = orders * chance.lognormal(3, 1.2, n), chance.random(n) < 0.9
        told = ratio_effect(
            _arm(revenue[mailed], orders[mailed]), _arm(revenue[~mailed], orders[~mailed]), "revenue", "orders"
        ).effect
        above, below = above + (told.low > 0), below + (told.high < 0)
    assert max(above, below) < 0.04 * 600
