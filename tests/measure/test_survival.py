"""Do survival curves count those who still stay, and say how sure they are?"""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.measure.survival import estimate
from keepwell.testing import ask, corner_shop, people, world


def test_churn_at_two_and_four_censored_at_three_and_five():
    """Seen on the 10th: Ann left after 2 days, Cid after 4; Bob has stayed 3, Dai 5. S(2) = 3/4, S(4) = 3/8."""
    spans = [
        ("Ann", "2025-01-03", "2025-01-05"),
        ("Bob", "2025-01-07", None),
        ("Cid", "2025-01-01", "2025-01-05"),
        ("Dai", "2025-01-05", None),
    ]
    answer = ask(world(as_of="2025-01-10", subscriptions=spans), "survival", start="2025-01-01")
    told = answer.frame.set_index("duration")
    assert told["value"].to_dict() == {0: 1, 2: 3 / 4, 3: 3 / 4, 4: 3 / 8, 5: 3 / 8}
    assert told["at_risk"].to_dict() == {0: 4, 2: 4, 3: 3, 4: 2, 5: 1}
    assert (people(answer, "ended", duration=4), people(answer, "running", duration=3)) == (["Cid"], ["Bob"])


def test_the_limits_by_hand():
    """One of four gone: variance 1 / (4 x 3), limits 0.75 ** exp(±1.96 x sqrt(1/12) / ln(4/3))."""
    row = estimate(pd.DataFrame({"duration": [2, 9], "ended": [1, 0], "running": [0, 3]})).iloc[1]
    width = 1.959963984540054 * math.sqrt(1 / 12) / math.log(4 / 3)
    assert (row.survival, row.low, row.high) == pytest.approx((0.75, 0.75 ** math.exp(width), 0.75 ** math.exp(-width)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.booleans()), min_size=2, max_size=40))
def test_the_curve_and_its_limits_are_those_of_the_textbook(stays):
    """The same estimate and limits as an independent implementation, wherever somebody is left."""
    lifelines = pytest.importorskip("lifelines")
    fitted = lifelines.KaplanMeierFitter().fit([t for t, _ in stays], [ended for _, ended in stays])
    counts = (
        pd.DataFrame(stays, columns=["duration", "ended"])
        .assign(running=lambda f: ~f["ended"])
        .groupby("duration")
        .sum()
    )
    told = estimate(counts.astype(int).reset_index()).set_index("duration")
    theirs = fitted.survival_function_["KM_estimate"].reindex(told.index)
    assert told["survival"].tolist() == pytest.approx(theirs.tolist())
    limits = fitted.confidence_interval_.reindex(told.index)
    left = (told["survival"] > 0) & (told["survival"] < 1)
    assert told.loc[left, "low"].tolist() == pytest.approx(limits.loc[left].iloc[:, 0].tolist())
    assert told.loc[left, "high"].tolist() == pytest.approx(limits.loc[left].iloc[:, 1].tolist())


def test_a_return_does_not_undo_an_end():
    """Bela's first spell ended after 50 days; his return is another spell, counted only when all are asked for."""
    first = ask(corner_shop(), "survival", start="2025-01-01")
    every = ask(corner_shop(), "survival", start="2025-01-01", first=False)
    assert people(first, "ended", duration=50) == ["Bela"]
    assert [int(f[["ended", "running"]].sum().sum()) for f in (first.frame, every.frame)] == [10, 13]


def test_the_median_time_kept():
    """Ten customers of the corner shop; Ilona, Liu, Jun, Bela and Fanni left after 60, 60, 60, 50 and 89 days."""
    frame = ask(corner_shop(), "median_lifetime", start="2025-01-01").frame
    assert (frame["spells"].tolist(), frame["ended"].tolist()) == ([10], [5])
    assert frame["value"].tolist() == [89]


def test_a_median_not_reached_says_so():
    """One of four left: no median, and the reason."""
    spans = [("Ann", "2025-01-01", "2025-02-01"), *((name, "2025-01-01", None) for name in ("Bob", "Cid", "Dai"))]
    answer = ask(world(as_of="2025-06-01", subscriptions=spans), "median_lifetime", start="2025-01-01")
    assert math.isnan(answer.frame["value"].iloc[0])
    assert "More than half still stay: the median is not reached." in answer.explain()


def test_months_are_the_48th_part_of_four_years():
    """From 1 January to 1 March are 59 days, one whole month of 30.4375 days; to 3 March 61 days, two."""
    spans = [("Ann", "2025-01-01", "2025-03-01"), ("Bob", "2025-01-01", "2025-03-03")]
    frame = ask(world(as_of="2025-06-01", subscriptions=spans), "survival", start="2025-01-01", each="month").frame
    assert frame["duration"].tolist() == [0, 1, 2]


def test_a_curve_for_each_value_of_a_trait():
    """By country every value has its own curve, which starts at 1."""
    frame = ask(corner_shop(), "survival", start="2025-01-01", by="country").frame
    assert frame[frame["duration"] == 0].set_index("by")["value"].to_dict() == dict.fromkeys(
        ["FI", "FR", "HU", "JP", "unknown"], 1
    )
