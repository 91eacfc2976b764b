"""Are columns that know the answer named, and honest ones left alone?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.understand.leakage import leaks

CHANCE = np.random.default_rng(11)
LEFT = (CHANCE.random(2000) < 0.25).astype(float)
ONE = np.ones(2000)


def named(column) -> str:
    return leaks(pd.DataFrame({"it": column}), ["it"], LEFT, ONE).get("it", "")


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (np.where(LEFT == 1, "moved away", None), "100 % of those with any value there left"),
        (np.where((LEFT == 1) & (CHANCE.random(2000) < 0.6), 5.0, np.nan), "of those with any value there left"),
        (np.where(LEFT == 1, np.nan, CHANCE.random(2000)), "of those with no value there left"),
        (np.where(LEFT == 1, "closed", "open"), "of those with the value closed left"),
        (LEFT * 3 + CHANCE.normal(0, 0.5, 2000), "alone it tells leavers from stayers in 99 of 100 pairs"),
        (-LEFT * 3 + CHANCE.normal(0, 0.8, 2000), "alone it tells leavers from stayers in 99 of 100 pairs"),
    ],
)
def test_a_column_that_knows_is_named(column, why):
    """A reason filled in on leaving, for all or for six in ten; a next invoice only stayers have; a state; a noisy date of leaving."""
    assert why in named(column).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    "column",
    [
        CHANCE.normal(0, 1, 2000),
        LEFT * 2 + CHANCE.normal(0, 1, 2000),
        np.arange(2000).astype(str),
        np.where(CHANCE.random(2000) < 0.5, np.nan, 1.0),
        np.where((LEFT == 1) & (CHANCE.random(2000) < 0.02), "odd", "usual"),
        np.full(2000, "same"),
        np.full(2000, np.nan),
    ],
)
def test_an_honest_column_is_not(column):
    """Noise, a strong sign (AUC 0.92), keys, unknown at random, a value of ten leavers, and columns without any difference."""
    assert named(column) == ""


def test_everybody_left():
    """Where nobody stayed no column can be blamed for saying so."""
    assert leaks(pd.DataFrame({"it": ["x"] * 50}), ["it"], np.ones(50), np.ones(50)) == {}


def test_groups_count_as_their_customers():
    """One row of 30 leavers with a reason, one of 70 without: named as if told apart."""
    frame = pd.DataFrame({"reason": ["price", None]})
    assert "reason" in leaks(frame, ["reason"], np.array([1.0, 0.1]), np.array([30.0, 70.0]))


def test_a_blurred_answer_is_named_beside_honest_columns():
    """It ranks 92 of 100 pairs rightly where the best of the others manages 69: 8 wrong ones beside 31."""
    frame = pd.DataFrame(
        {"blurred": LEFT * 2 + CHANCE.normal(0, 1, 2000), "honest": LEFT * 0.7 + CHANCE.normal(0, 1, 2000)}
    )
    found = leaks(frame, ["blurred", "honest"], LEFT, ONE)
    assert list(found) == ["blurred"]
    assert "the best of the others in 6" in found["blurred"]


def test_strong_columns_among_strong_ones_are_not():
    """92 beside 88 of 100: such a company is easy to read."""
    frame = pd.DataFrame({"one": LEFT * 2 + CHANCE.normal(0, 1, 2000), "two": LEFT * 1.7 + CHANCE.normal(0, 1, 2000)})
    assert leaks(frame, ["one", "two"], LEFT, ONE) == {}
