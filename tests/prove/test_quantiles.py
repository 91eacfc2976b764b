"""Is a quantile told with the error of its order statistics?"""

import ibis
import numpy as np
import pandas as pd
import pytest

from keepwell.errors import MetricError
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.prove.quantiles import quantile_effect, quantiles_from, quantiles_table, ranks


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
        frame = pd.DataFrame(rows, columns=["value", "below", "above"]).assign(n=800, arm=["control", "mail"])
        arms = quantiles_from(frame)
        found += quantile_effect(arms["mail"], arms["control"]).proven
    assert 0.03 <= found / 2000 <= 0.07
