"""Is a time to churn told no sooner than a share would be? Few endings in a small holdout prove nothing."""

import math

import pandas as pd
import pytest
from scipy.stats import hypergeom

from keepwell.prove.endpoint_survival import Risk, Survival, survival
from keepwell.prove.few_endings import expected, sober_times


def risk(treated: tuple[int, int], control: tuple[int, int], day: int = 30, until: int = 60) -> Risk:
    """Two arms of so many units, of whom so many all end on one day, and the others are watched to the last."""
    rows = [
        (arm, *row)
        for arm, (n, lost) in (("treated", treated), ("control", control))
        for row in ((day, lost, 0), (until, 0, n - lost))
    ]
    return Risk.read(pd.DataFrame(rows, columns=["arm", "duration", "ended", "running"]), "treated")


def told(one: Risk) -> Survival:
    """What may be told after 60 days."""
    return sober_times(one, survival(one, 60))


@pytest.mark.capability("S4-20")
def test_one_loss_in_a_small_holdout_is_no_effect() -> None:
    """One of 40 and 5 of 1,960: by the textbook 99.9 % fewer, proven; 0.12 were to be expected in the holdout, so nothing is known."""
    one = risk((1960, 5), (40, 1))
    assert expected(one) == pytest.approx((5.88, 0.12))
    assert survival(one, 60).verdict.proven
    found = told(one)
    for effect in (found.verdict, found.hazard, found.share, found.days):
        assert (effect.known, effect.low, effect.high) == (False, -math.inf, math.inf)
        assert "fewer than 5 would be expected in an arm" in effect.method


def test_a_score_in_uneven_arms_is_brought_to_the_bell() -> None:
    """
    84 of 900 and 16 of 100: the score is 84 - 90 = -6, its variance 100 x .9 x .1 x 900 / 999 = 8.1081, so -2.107 errors by the textbook.

    With half an ending off it is -5.5 / 2.8475 = -1.9315; the skewness of the treated is 9 x (1 - 1.8) / 8.1081 ^ 1.5 = -.3118, and
    -1.9315 + .05197 x (3.7309 - 1) = -1.790: nothing is proven. The size is Cox's.
    """
    one = risk((900, 84), (100, 16))
    textbook = survival(one, 60)
    assert textbook.verdict.z == pytest.approx(-6 / math.sqrt(8.1081081), abs=1e-6)
    assert told(one).verdict.z == pytest.approx(-1.790, abs=1e-3)
    assert not told(one).verdict.proven
    assert told(one).verdict.difference == textbook.hazard.difference


def test_a_lucky_holdout_is_not_surer_of_its_days() -> None:
    """
    97 of 900 and 3 of 100 lost on day 30 of 60: the holdout's own share kept, .97, looks surer than the .9 of all.

    With the spread of all the error is sqrt(.9 x .1 x (1 / 900 + 1 / 100)) = .03162 of a share, and 30 times that of days.
    """
    found = told(risk((900, 97), (100, 3)))
    assert found.share.error == pytest.approx(0.0316228, abs=1e-7)
    assert found.days.error == pytest.approx(30 * 0.0316228, abs=1e-5)


def test_halves_have_the_score_of_the_textbook() -> None:
    """40 of 500 and 60 of 500: arms of one size need no caution: the score stays, the size is Cox's, share and days stay."""
    one = risk((500, 40), (500, 60))
    found, textbook = told(one), survival(one, 60)
    assert found.verdict.z == pytest.approx(textbook.verdict.z, abs=1e-12)
    assert found.verdict.difference == textbook.hazard.difference
    assert (found.share, found.days) == (textbook.share, textbook.days)


@pytest.mark.parametrize("lost", [(227, 12), (243, 12), (113, 6)])
def test_an_interval_near_none_is_as_wide_as_it_is(lost: tuple[int, int]) -> None:
    """
    12 of 1,000 and 227 of 19,000 end at nearly the same pace: the logarithm of their ratio is unsure by sqrt(1 / 12 + 1 / 227) = .296.

    Size over score would be .098, which rules out what is possible, and 2.2 with 243 for 227. Cox's own error holds, on either side of none.
    """
    treated, held = lost
    found = told(risk((19000, treated), (1000, held)))
    assert found.verdict.error == pytest.approx(math.sqrt(1 / treated + 1 / held), rel=0.02)
    assert not found.verdict.proven


@pytest.mark.parametrize(
    ("units", "held", "lost"), [(1000, 0.1, 50), (5000, 0.1, 100), (5000, 0.02, 250), (2000, 0.2, 60)]
)
@pytest.mark.capability("S4-20")
def test_no_effect_is_seldom_called_one(units: int, held: float, lost: int) -> None:
    """So many lost whatever was done: the chance that "better" or "worse" is said, summed over all ways they fall (hypergeometric), is 2.5 of 100 at most, and a little for steps."""
    out = round(held * units)
    ways = range(min(lost, int(lost * held + 30)) + 1)
    chance = dict(zip(ways, hypergeom.pmf(ways, units, lost, out), strict=True))
    said = {
        held_lost: verdict(units - out, lost - held_lost, out, held_lost)
        for held_lost in ways
        if chance[held_lost] > 1e-6
    }
    for way in (-1, 1):
        assert sum(chance[count] for count, found in said.items() if found == way) <= 0.026


def verdict(treated: int, gone: int, held: int, lost: int) -> int:
    """-1 better (fewer lost among the treated), 1 worse, 0 not shown."""
    effect = told(risk((treated, gone), (held, lost))).verdict
    return 0 if not effect.proven else -1 if effect.difference < 0 else 1


@pytest.mark.parametrize("ratio", [0.5, 0.85, 2.0])
def test_the_size_is_that_of_the_hazards(ratio: float) -> None:
    """
    Hazards that stand in one ratio for 20 days, a tenth of 20,000 held out who lose 1 in 100 a day: expected losses, rounded.

    The size told is that ratio to a hundredth, where the score over its variance tells .40 of a half and 1.70 of two; the interval holds it.
    """
    rows = []
    for arm, n, each in (("control", 2000, 0.01), ("treated", 18000, 1 - 0.99**ratio)):
        there = float(n)
        for day in range(1, 21):
            rows.append((arm, day, round(there) - round(there * (1 - each)), 0))
            there *= 1 - each
        rows.append((arm, 20, 0, round(there)))
    frame = pd.DataFrame(rows, columns=["arm", "duration", "ended", "running"])
    frame = frame.groupby(["arm", "duration"], as_index=False).sum()
    found = sober_times(one := Risk.read(frame, "treated"), survival(one, 20)).verdict
    assert math.exp(found.difference) == pytest.approx(ratio, rel=0.01)
    assert found.low < math.log(ratio) < found.high
    assert found.proven
