"""Are the areas those of the definitions, with ties, and are their intervals honest?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ModelError
from keepwell.prove.qini import DEFINITIONS, area, coefficient, curve, gain

OUTCOME, TREATED, UPLIFT = np.array([1, 0, 0, 1]), np.array([1, 0, 1, 0]), np.array([0.9, 0.9, 0.1, 0.1])


def drawn(n, seed, effect=0.3):
    """A trial of n customers whose effect rises with what is foretold."""
    chance = np.random.default_rng(seed)
    uplift, treated = chance.normal(size=n).round(1), chance.integers(0, 2, n)
    outcome = (chance.random(n) < np.clip(0.4 + effect * uplift * treated, 0, 1)).astype("float64")
    return outcome, treated, uplift


def test_equals_share_one_point_of_the_uplift_curve():
    """Two first: (1/1 - 0/1) x 2 = 2; all four: (1/2 - 1/2) x 4 = 0."""
    x, y = curve("uplift", OUTCOME, TREATED, UPLIFT)
    assert (x.tolist(), y.tolist()) == ([0, 2, 4], [0, 2, 0])


def test_equals_share_one_point_of_the_qini_curve():
    """Two first: 1 - 0 x 1/1 = 1; all four: 1 - 1 x 2/2 = 0."""
    x, y = curve("qini", OUTCOME, TREATED, UPLIFT)
    assert (x.tolist(), y.tolist()) == ([0, 2, 4], [0, 1, 0])


@pytest.mark.parametrize("kind", ["uplift", "qini"])
def test_all_equal_is_an_order_by_chance(kind):
    """One point, at the end: the area is 0."""
    outcome, treated, _uplift = drawn(500, 0)
    assert coefficient(kind, outcome, treated, np.zeros(500)) == pytest.approx(0, abs=1e-12)


@given(st.permutations(range(40)))
def test_the_order_of_the_rows_changes_nothing(order):
    """Ties or not."""
    outcome, treated, uplift = drawn(40, 1)
    for kind in ("uplift", "qini"):
        moved = coefficient(kind, outcome[order], treated[order], uplift[order])
        assert moved == pytest.approx(coefficient(kind, outcome, treated, uplift), abs=1e-9)


@pytest.mark.parametrize("kind", ["uplift", "qini"])
def test_an_interval_lies_around_its_value_and_tells_order_from_chance(kind):
    """A true order is above 0; an order by chance is not told from 0."""
    chance = np.random.default_rng(0)
    true = area(kind, *drawn(4000, 2), chance=chance)
    blind = area(kind, *drawn(4000, 2, effect=0), chance=chance)
    assert 0 < true.low < true.value < true.high
    assert blind.low < 0 < blind.high


def test_every_curve_has_its_definition():
    """To be printed beside it, and it says what 0 is or what the height is."""
    assert set(DEFINITIONS) == {"uplift", "qini", "gain"}
    assert all("highest first" in said for said in DEFINITIONS.values())


def test_what_has_no_area_is_refused():
    """Money, and a log without held out."""
    outcome, treated, uplift = drawn(100, 0)
    with pytest.raises(ModelError, match="Use the gain"):
        coefficient("qini", outcome * 7.5, treated, uplift)
    with pytest.raises(ModelError, match="Hold some customers out"):
        coefficient("qini", outcome, np.ones(100), uplift)


def test_the_gain_by_hand():
    """Scores 4, 0, 2, -2 in order: heights 0, 1, 1, 1.5, 1; area 1.0 under them, .5 under the line."""
    told = gain(np.array([4.0, 0, 2, -2]), np.array([3.0, 2, 1, 0]))
    assert told.curve["share"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert told.curve["gain"].tolist() == [0, 1, 1, 1.5, 1]
    assert told.curve["random"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert told.area.value == pytest.approx(0.5)


def test_equals_gain_alike():
    """All foretold the same: the curve is the straight line and nothing is above it."""
    told = gain(np.array([4.0, 0, 2, -2]), np.zeros(4))
    assert told.curve["gain"].tolist() == told.curve["random"].tolist()
    assert told.area.value == 0


def test_the_gain_of_the_order_turned_round_is_the_opposite():
    """Best last loses what best first gains."""
    chance = np.random.default_rng(0)
    added, uplift = chance.normal(size=200), chance.normal(size=200)
    assert gain(added, -uplift).area.value == pytest.approx(-gain(added, uplift).area.value)


@pytest.mark.slow
def test_the_interval_of_the_gain_covers():
    """Effect .2 x: the area is .2 / (2 root pi); of 600 intervals between 93 and 97 in a hundred hold it."""
    chance, true, holds = np.random.default_rng(7), 0.2 / np.sqrt(np.pi) / 2, 0
    for _run in range(600):
        uplift = chance.normal(size=1000)
        told = gain(0.1 + 0.2 * uplift + chance.normal(0, 2, 1000), uplift).area
        holds += told.low <= true <= told.high
    assert 0.93 <= holds / 600 <= 0.97
