"""Is what purchases brought set beside what was said of them, and does a true law pass its trial?"""

from datetime import date

import numpy as np
import pytest

from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.backtest import Trial
from keepwell.understand.spend import GammaGamma
from keepwell.understand.spend_trials import examine

MAY = Trial(date(2025, 5, 1), 30)


def shop(customers: int, seed: int = 6, *, steady: bool = False):
    """Customers with levels of their own (p = 4, q = 3, gamma = 20), who buy on two to six days up to April and on one in May."""
    chance = np.random.default_rng(seed)
    orders = []
    for n in range(customers):
        level = 0.15 if steady else chance.gamma(3, 1 / 20)
        days = [
            *sorted(chance.choice(np.arange(1, 110), int(chance.integers(2, 7)), replace=False)),
            120 + int(chance.integers(2, 28)),
        ]
        for day in days:
            spent = max(round(float(chance.gamma(4, 1 / level)), 2), 0.01)
            orders.append((f"c{n}", str(np.datetime64("2025-01-01") + int(day)), spent))
    return world(as_of="2025-07-01", orders=orders)


def test_a_true_law_passes_its_trial():
    """Of 1,500 customers drawn from the law the 90 % interval holds 88 to 92 % of what came in May, and both plain means are farther off."""
    told = examine(GammaGamma, shop(1_500), [MAY], run)
    assert told.purchases > 1_400
    assert 0.88 <= told.held <= 0.92
    assert told.errors["spend"] < min(told.errors["average"], told.errors["own"])
    apart = told.tenths["came"] / told.tenths["said"]
    assert told.tenths["said"].is_monotonic_increasing
    assert apart.between(0.75, 1.3).all()
    assert "nearer than either plain mean" in told.told()
    assert f"{told.held:.0%} lay within the interval that was to hold 90%." in told.told()


def test_sums_by_hand():
    """Every tenth's purchases add up to all of them, within, below and above to one; the mean that came is that of May's orders."""
    facts = shop(200)
    told = examine(GammaGamma, facts, [MAY], run)
    orders = run(facts.purchases.filter((facts.purchases.day >= 20_209) & (facts.purchases.day < 20_239)))
    assert told.purchases == len(orders)
    came = float((told.tenths["came"] * told.tenths["purchases"]).sum() / told.purchases)
    assert came == pytest.approx(float(orders["net"].astype("float64").mean()), rel=1e-9)
    assert (told.tenths["within"] + told.tenths["below"] + told.tenths["above"]).tolist() == pytest.approx(
        [1] * len(told.tenths)
    )


def test_customers_alike_are_told_no_nearer_than_by_the_mean():
    """Where nobody has a level of their own the model comes to everybody's mean, and does not pretend to more."""
    told = examine(GammaGamma, shop(400, steady=True), [MAY], run)
    assert told.errors["spend"] == pytest.approx(told.errors["average"], rel=0.02)
    assert "no nearer than the better plain mean" in told.told()


def test_too_few_purchases_prove_nothing():
    """Nothing is sold in June, so nothing can be checked on it."""
    with pytest.raises(ModelError, match="Not enough data: 0 purchases came on the days tried"):
        examine(GammaGamma, shop(60), [Trial(date(2025, 6, 1), 30)], run)
