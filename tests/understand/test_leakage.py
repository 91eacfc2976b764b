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


RARE = np.where((LEFT == 1) & (np.cumsum(LEFT) <= 60), "moved", "-")


def test_a_rare_value_of_leavers_alone_is_named():
    """Sixty of about five hundred leavers, no stayer: odds of sixty of sixty (at the least 23) are more than 30 times those of the rest (0.29)."""
    assert "12 % of all who left" in named(RARE).replace("\N{NO-BREAK SPACE}", " ")


def test_twenty_five_of_them_are_not_enough():
    """At the least 9 to 1, where the rest have 1 to 3: thirty times is not sure."""
    assert named(np.where((LEFT == 1) & (np.cumsum(LEFT) <= 25), "moved", "-")) == ""


def test_the_same_customers_on_eight_mornings_are_counted_once():
    """Eight rows each of eight customers with the value: as sure as eight, not as sixty-four."""
    few = np.flatnonzero(LEFT == 1)[:8]
    table = pd.DataFrame({"it": np.where(np.isin(np.arange(2000), few), "moved", "-")})
    eight = pd.concat([table] * 8, ignore_index=True)
    left, one, day = np.tile(LEFT, 8), np.ones(16_000), np.repeat(np.arange(8.0), 2000)
    assert leaks(eight, ["it"], left, one, day) == {}
    assert list(leaks(eight, ["it"], left, one)) == ["it"]


def test_many_rare_values_beside_a_usual_one_are_one():
    """Each leaver of sixty has words of their own, everybody else a dash."""
    words = np.where(RARE == "moved", [f"note {k}" for k in range(2000)], "-")
    assert "those with any other value than - left" in named(words)


def test_a_company_s_own_column_is_named_as_the_company_names_it():
    """Not by the name of the column it stands in."""
    found = leaks(pd.DataFrame({"trait_state": np.where(LEFT == 1, "closed", "open")}), ["trait_state"], LEFT, ONE)
    assert found["trait_state"].startswith("state is left out: ")


@pytest.mark.shared_data
def test_no_honest_column_of_a_telephone_company_is_named(shared_data):
    """The contract by the month and a first month are strong signs, and none of the nineteen columns knows the answer."""
    table = pd.read_parquet(shared_data / "telco_ibm" / "telco_customer_churn.parquet")
    left = table["Churn"].astype(str).str.lower().isin(["yes", "true", "1"]).to_numpy("float64")
    honest = table.drop(columns=["customerID", "Churn"])
    assert (left.sum(), len(honest.columns)) == (1869, 19)
    assert leaks(honest, list(honest), left, np.ones(len(left))) == {}
    hidden = honest.assign(why=np.where((left == 1) & (np.cumsum(left) <= 224), "Moved", None))
    assert list(leaks(hidden, list(hidden), left, np.ones(len(left)))) == ["why"]
