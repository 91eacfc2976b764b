"""Does a table of one's own give what its moments give, and is a broken draw told before any effect?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.errors import ProofError
from keepwell.prove.means import mean_effect, share_effect
from keepwell.prove.moments import Moments
from keepwell.prove.plain import compare

SHARES = {"No mail": 0.5, "mail": 0.5}


def _trial(n: int = 4000, held_out: float = 0.5) -> pd.DataFrame:
    chance = np.random.default_rng(5)
    mailed, past = chance.random(n) >= held_out, chance.normal(50, 10, n)
    return pd.DataFrame({
        "segment": np.where(mailed, "mail", "No mail"), "past": past,
        "bought": (chance.random(n) < 0.2 + 0.05 * mailed).astype(float), "spend": past + chance.normal(0, 5, n) + mailed,
    })  # fmt: skip


def test_as_its_moments_tell() -> None:
    """Share and mean are those of share_effect() and mean_effect() on the arms' own sums."""
    frame = _trial()
    found = compare(frame, {"bought": "share", "spend": "mean"}, shares=SHARES, arm="segment", control="No mail")
    arms = [frame[frame["segment"] == name] for name in ("mail", "No mail")]
    shares = [Moments.of_share("bought", int(rows["bought"].sum()), len(rows)) for rows in arms]
    assert found.effects["mail", "bought"].low == pytest.approx(share_effect(*shares, "bought").low)
    sums = [
        Moments.of_sums(("spend",), len(rows), [rows["spend"].sum()], [[(rows["spend"] ** 2).sum()]]) for rows in arms
    ]
    assert found.effects["mail", "spend"].high == pytest.approx(mean_effect(*sums, "spend").high)
    assert list(found.frame["outcome"]) == ["bought", "spend"]


def test_what_was_known_before_makes_it_sharper() -> None:
    """Four fifths of the variance of spend is that of the past: the interval is less than half as wide."""
    asked = {"shares": SHARES, "arm": "segment", "control": "No mail"}
    plain = compare(_trial(), {"spend": "mean"}, **asked).effects["mail", "spend"]
    sharp = compare(_trial(), {"spend": "mean"}, covariates=["past"], **asked).effects["mail", "spend"]
    assert sharp.low < 1 < sharp.high
    assert sharp.high - sharp.low < (plain.high - plain.low) / 2


def test_a_broken_draw_hides_every_effect() -> None:
    """Of halves only 40 of 100 are held out: nothing but the alarm is told."""
    found = compare(_trial(held_out=0.4), {"spend": "mean"}, shares=SHARES, arm="segment", control="No mail")
    assert found.drawn.hides_effect
    assert found.frame.empty


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        ({}, {"arm": "arm"}, "The table lacks arm"),
        ({}, {"control": "control"}, "'control' is the one held out"),
        ({"spend": np.nan}, {}, "Some values of spend are not known"),
        ({"segment": None}, {}, "4,000 units are of no arm"),
    ],
)
def test_what_cannot_be_compared_is_said(change: dict, asked: dict, said: str) -> None:
    """A missing column, no arm held out, an unknown value, a unit without an arm: one sentence each."""
    with pytest.raises(ProofError, match=said):
        compare(
            _trial().assign(**change),
            {"spend": "mean"},
            **{"shares": SHARES, "arm": "segment", "control": "No mail"} | asked,
        )
