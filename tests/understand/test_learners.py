"""Do the line and the trees find what matters, and do their parts add up?"""

import json

import numpy as np
import pytest

from keepwell.understand.calibration import chances
from keepwell.understand.learners import LEARNERS, Logistic

CHANCE = np.random.default_rng(4)
COLUMNS = CHANCE.normal(0, 1, (3000, 3))
COLUMNS[CHANCE.random(3000) < 0.1, 1] = np.nan
ODDS = -1 + 1.5 * COLUMNS[:, 0]
LEFT = (CHANCE.random(3000) < chances(ODDS)).astype(float)
ONE = np.ones(3000)


@pytest.fixture(scope="module", params=list(LEARNERS))
def learned(request):
    return LEARNERS[request.param].learn(COLUMNS, LEFT, ONE)


def test_what_matters_matters(learned):
    """The first column ranks; the log-odds follow the true ones."""
    assert np.corrcoef(learned.log_odds(COLUMNS), ODDS)[0, 1] > 0.95


def test_parts_and_one_number_make_the_log_odds(learned):
    """For every row, exactly; unknown values among them."""
    rest = learned.log_odds(COLUMNS) - learned.parts(COLUMNS).sum(axis=1)
    assert rest == pytest.approx(np.full(3000, rest[0]), abs=1e-8)


def test_parts_are_beside_the_average(learned):
    """Over all rows each column's parts cancel out, within a twentieth."""
    assert np.abs(learned.parts(COLUMNS).mean(axis=0)).max() < 0.05


def test_put_away_it_is_the_same(learned):
    """By what JSON can hold."""
    plain = {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in learned.plain().items()
    }
    told = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in json.loads(json.dumps(plain)).items()
    }
    assert (type(learned)(**told).log_odds(COLUMNS) == learned.log_odds(COLUMNS)).all()


def test_a_group_is_its_customers():
    """Two rows of a half each are one who left and one who did not: the line is the same."""
    share = np.full(200, 0.5)
    apart = np.repeat([1.0, 0.0], 200)
    one = Logistic.learn(COLUMNS[:200], share, np.full(200, 2.0))
    two = Logistic.learn(np.vstack([COLUMNS[:200]] * 2), apart, np.ones(400))
    assert one.slopes == pytest.approx(two.slopes, abs=1e-6)


def test_a_rare_flag_is_seen():
    """One in two hundred has it, and all of those left: not drawn in to nothing."""
    flag = np.zeros((4000, 1))
    flag[:20] = 1
    left = np.where(flag[:, 0] == 1, 1.0, np.arange(4000) % 10 == 0)
    line = Logistic.learn(flag, left, np.ones(4000))
    assert chances(line.log_odds(np.array([[1.0], [0.0]]))) == pytest.approx([0.9, 0.1], abs=0.1)


def test_columns_without_any_value_do_no_harm():
    """All unknown, and all the same."""
    blank = np.column_stack([COLUMNS[:, 0], np.full(3000, np.nan), np.ones(3000)])
    for kind in LEARNERS.values():
        learned = kind.learn(blank, LEFT, ONE)
        assert np.isfinite(learned.log_odds(blank)).all()
        assert learned.parts(blank)[:, 1:] == pytest.approx(0, abs=1e-9)


def test_nobody_has_no_risk(learned):
    """No rows in, no rows out."""
    nobody = np.zeros((0, 3))
    assert (learned.log_odds(nobody).shape, learned.parts(nobody).shape) == ((0,), (0, 3))
