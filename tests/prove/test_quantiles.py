"""Is a quantile told with the error of its order statistics?"""

import ibis
import numpy as np
import pandas as pd
import pytest

from keepwell.errors import MetricError
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.prove.quantiles import Quantile, quantile_effect, quantiles_from, quantiles_table, ranks


def test_ranks_by_hand():
    """.9 of 3,600: the rank's error is .3/60 = .005, so its neighbours are .98 points away."""
    assert ranks(0.9, 3600) == pytest.approx((0.9, 0.9 - 1.96 * 0.005, 0.9 + 1.96 * 0.005), abs=1e-6)


def test_too_few_for_a_quantile():
    """20 customers have no upper tenth with something above it."""
    with pytest.raises(MetricError, match=r"20 units are not enough data for the quantile 0\.9"):
        ranks(0.9, 20)
    with pytest.raises(MetricError, match="is no quantile"):
        ranks(1.0, 2000)


def test_counted_by_the_engine():
    """0 to 999 in either arm, the mailed 100 more: the median is 499.5 and 599.5, the difference 100."""
    units = pd.DataFrame(
        {"arm": ["control"] * 1000 + ["mail"] * 1000, "spend": np.r_[np.arange(1000.0), np.arange(1000.0) + 100]}
    )
    engine = DuckEngine()
    frame = engine.run(quantiles_table(ibis.memtable(units), "spend", 0.5, {"control": 1000, "mail": 1000}))
    engine.close()
    arms = quantiles_from(frame)
    effect = quantile_effect(arms["mail"], arms["control"])
    assert (arms["control"].value, arms["mail"].value, effect.difference) == (499.5, 599.5, 100)
    uniform = 999 * np.sqrt(0.25 / 1000) * np.sqrt(999 / 1000)
    assert arms["mail"].estimate.error == pytest.approx(uniform)


@pytest.mark.slow
def test_quantile_intervals_cover():
    """Upper tenths of lognormal spend of 800 customers, 2,000 times without effect: about one in twenty is called one."""
    chance = np.random.default_rng(6)
    levels = ranks(0.9, 800)
    found = 0
    for _turn in range(2000):
        rows = [np.quantile(chance.lognormal(0, 1, 800), levels) for _arm in range(2)]
        frame = pd.DataFrame(rows, columns=["value", "below", "above"]).assign(n=800, arm=["control", "mail"], tied=0.0)
        arms = quantiles_from(frame)
        found += quantile_effect(arms["mail"], arms["control"]).proven
    assert 0.03 <= found / 2000 <= 0.07


def test_where_many_share_one_value_nothing_is_told():
    """
    Half of either arm spends nothing: the median lies at the edge of the zeros, and what lies beside it is no error.

    Of 1,000 customers with 45 % zeros and nine of ten treated, 12 % of trials without effect showed one; with 48 % and arms alike 15 %.
    """
    spend = np.r_[np.zeros(500), np.arange(1.0, 501)]
    units = pd.DataFrame({"arm": ["control"] * 1000 + ["mail"] * 1000, "spend": np.r_[spend, spend * 2]})
    engine = DuckEngine()
    frame = engine.run(quantiles_table(ibis.memtable(units), "spend", 0.5, {"control": 1000, "mail": 1000}))
    engine.close()
    arms = quantiles_from(frame)
    assert arms["mail"].tied == pytest.approx(500 / 61.98, rel=1e-3)
    effect = quantile_effect(arms["mail"], arms["control"])
    assert (effect.low, effect.high) == (-np.inf, np.inf)
    assert "too many units share one value" in effect.method


@pytest.mark.slow
@pytest.mark.parametrize(("share", "n"), [(0.9, 1000), (0.9, 10_000), (0.5, 200)])
def test_quantiles_of_uneven_arms_are_not_called_too_often(share, n):
    """
    Nine of ten treated, lognormal spend, no effect: neither side wins more than one time in forty (and chance).

    Share of 3,000 trials in which the treated, and those held out, seemed to win, before the small arm's own spread was
    doubted, and now. Upper tenth of 1,000: .034 and .007, now .007 and .006; of 10,000: .034 and .020, now .019 and .017;
    median of 200: .045 and .027, now .004 and .018.
    """
    chance, above, below = np.random.default_rng(8), 0, 0
    for _turn in range(800):
        spend, mailed = chance.lognormal(3, 1, n), chance.random(n) < 0.9
        arms = [spend[mailed], spend[~mailed]]
        told = quantile_effect(*(Quantile(*np.quantile(own, ranks(share, len(own))), len(own)) for own in arms))
        above, below = above + (told.low > 0), below + (told.high < 0)
    assert max(above, below) < 0.04 * 800
