"""Are AUUC and Qini what scikit-uplift says they are?"""

import numpy as np
import pytest

from keepwell.prove.qini import coefficient

FIRST = ([0, 1], [1, 0], [0.1, 0.3])
SECOND = ([1, 0], [0, 1], [0.1, 0.3])


@pytest.mark.parametrize(
    ("kind", "case", "expected"),
    [("uplift", FIRST, 0.0), ("uplift", SECOND, 1.0), ("qini", FIRST, 1.0), ("qini", SECOND, 1.0)],
)
def test_two_customers(kind, case, expected):
    """scikit-uplift's own tests (sklift/tests/test_metrics.py, MIT, commit 0038e659)."""
    outcome, treated, uplift = (np.array(column) for column in case)
    assert coefficient(kind, outcome, treated, uplift) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("kind", "expected"), [("qini", 0.1300666231707238), ("uplift", 0.15313005246903677)])
def test_five_thousand_customers(kind, expected):
    """As scikit-uplift 0.5.1 computes them: qini_auc_score and uplift_auc_score."""
    chance = np.random.default_rng(0)
    outcome, treated = chance.integers(0, 2, 5000), chance.integers(0, 2, 5000)
    uplift = chance.normal(size=5000) + 0.3 * outcome * (2 * treated - 1)
    assert coefficient(kind, outcome, treated, uplift) == pytest.approx(expected, abs=1e-12)
