"""Is time to an ending told right, by hand and by what must always hold?"""

import math

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import ProofError
from keepwell.prove.endpoint_survival import (
    Risk,
    cox,
    curves,
    days_kept,
    kept_after,
    known_on,
    log_rank,
    ratio,
    risk_table,
    survival,
)
from keepwell.testing.worlds import run

# Treated: one ends on day 2, two are kept on day 4. Control: one ends on day 1, one on day 2, one is kept on day 4.
SIX = {
    "arm": ["mail", "mail", "mail", "control", "control", "control"],
    "entered_day": [10, 10, 10, 10, 10, 10],
    "duration": [2, 4, 4, 1, 2, 4],
    "ended": [1, 0, 0, 1, 1, 0],
    "shop": ["a", "a", "b", "a", "b", "b"],
}


def _risk(units: dict[str, list[object]], stratum: str | None = None) -> Risk:
    return Risk.read(run(risk_table(ibis.memtable(units), stratum)), "mail")


def test_few_rows_however_many_units() -> None:
    """Six units are five rows: two of the treated are alike."""
    counted = run(risk_table(ibis.memtable(SIX)))
    assert counted.to_dict("list") == {
        "arm": ["control", "control", "control", "mail", "mail"],
        "duration": [1, 2, 4, 2, 4],
        "ended": [1, 1, 0, 1, 0],
        "running": [0, 0, 1, 0, 2],
    }


def test_log_rank_by_hand() -> None:
    """Day 1: 1/2 expected of the treated, variance 1/4. Day 2: 6/5 and 9/25. So U = 1 - 1.7 = -.7 and V = .61."""
    verdict = log_rank(_risk(SIX))
    assert verdict.difference == pytest.approx(-0.7 / 0.61)
    assert verdict.error == pytest.approx(0.61**-0.5)
    assert verdict.z == pytest.approx(-0.7 / 0.61**0.5)
    assert ratio(verdict)[0] == pytest.approx(math.exp(-0.7 / 0.61))


def test_share_and_days_by_hand() -> None:
    """After 4 days 2/3 against 1/3, both with variance 2/27. Days: 2 + 2 x 2/3 = 10/3 against 1 + 2/3 + 2 x 1/3 = 7/3."""
    risk = _risk(SIX)
    share, days = kept_after(risk, 4), days_kept(risk, 4)
    assert [share.difference, share.error] == pytest.approx([1 / 3, (4 / 27) ** 0.5])
    assert [days.difference, days.error] == pytest.approx([1.0, (8 / 27 + 14 / 27) ** 0.5])


def test_a_horizon_nobody_reached_is_not_known() -> None:
    """Both arms are watched for four days: of the fifth nothing can be said, and it is said."""
    risk = _risk(SIX)
    for effect in (kept_after(risk, 5), days_kept(risk, 5)):
        assert not effect.known
        assert "watched for 4 days only" in effect.method
    with pytest.raises(ProofError, match="Days of the horizon: -1"):
        days_kept(risk, -1)


def test_days_of_an_arm_that_is_all_gone_are_known() -> None:
    """All controls end by day 2; the treated are watched for 9 days: days of the first 5 are known, 5 - 3/2 apart."""
    units = {"arm": ["mail", "mail", "control", "control"], "duration": [9, 9, 1, 2], "ended": [0, 0, 1, 1]}
    assert days_kept(_risk(units), 5).difference == pytest.approx(3.5)


def test_nobody_ended() -> None:
    """Without endings there is no verdict, no ratio and no difference, and it says so."""
    units = {"arm": ["mail", "mail", "control"], "duration": [3, 4, 4], "ended": [0, 0, 0]}
    told = survival(_risk(units), 3)
    assert told.events == 0
    assert not any(effect.known for effect in (told.verdict, told.hazard, told.days, told.share))
    assert "not enough data" in told.verdict.method


def test_endings_in_one_arm_only() -> None:
    """The log-rank test still tells; Cox's ratio has no bound and is not told."""
    units = {"arm": ["mail"] * 4 + ["control"] * 4, "duration": [5] * 4 + [1, 2, 3, 5], "ended": [0] * 4 + [1, 1, 1, 0]}
    risk = _risk(units)
    assert log_rank(risk).known
    assert not cox(risk).known
    assert [math.isnan(ratio(cox(risk))[0]), *ratio(cox(risk))[1:]] == [True, 0.0, math.inf]


def test_within_strata_by_hand() -> None:
    """
    Shop a: day 1 there (2, 1), control ends: 2/3 expected, variance 2/9; day 2 there (2, 0): the treated one was certain to.
    Shop b: day 2 there (1, 2), control ends: 1/3 expected, variance 2/9. U = 1 - (2/3 + 1 + 1/3) = -1, V = 4/9.
    """
    verdict = log_rank(_risk(SIX, "shop"))
    assert [verdict.difference, verdict.error] == pytest.approx([-9 / 4, 3 / 2])
    assert "within 2 strata" in verdict.method


def test_as_it_was_known_earlier() -> None:
    """Rolling entry on the morning of day 12: who entered on day 10 was watched for one day, on day 11 for none."""
    units = {**SIX, "entered_day": [10, 11, 12, 10, 10, 11]}
    seen = run(known_on(ibis.memtable(units), 12)).sort_values(["arm", "entered_day", "duration", "ended"])
    assert list(zip(seen["arm"], seen["duration"], seen["ended"], strict=True)) == [
        ("control", 1, 0), ("control", 1, 1), ("control", 0, 0), ("mail", 1, 0), ("mail", 0, 0),
    ]  # fmt: skip


def test_refusals() -> None:
    """An arm without units is named; so are units of whom nothing is known."""
    with pytest.raises(ProofError, match="No unit was assigned to call"):
        Risk.read(run(risk_table(ibis.memtable(SIX))), "call")
    unknown = ibis.memtable({"arm": ["mail", "control"], "duration": [1.0, None], "ended": [1, 0]})
    with pytest.raises(ProofError, match="not known for how many days"):
        Risk.read(run(risk_table(unknown)), "mail")


def test_curves_by_arm() -> None:
    """Both arms under names for people, from day 0."""
    told = curves(_risk(SIX), {"treated": "a letter"})
    assert list(told["arm"].unique()) == ["a letter", "control"]
    assert told[told["arm"] == "control"]["value"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3])


def test_parts_of_days_count_too() -> None:
    """Half days are half days: one of two treated ends after 1.5 of 4 days, 1.5 + 2.5 / 2 days kept, against 4."""
    units = {"arm": ["mail", "mail", "control"], "duration": [1.5, 4.0, 4.0], "ended": [1, 0, 0]}
    assert days_kept(_risk(units), 4).difference == pytest.approx(2.75 - 4)


def test_information_is_endings_over_the_plan() -> None:
    """Three of six planned endings are half of the plan."""
    assert _risk(SIX).information(6) == 0.5


def _efron(there: np.ndarray, ended: np.ndarray, at: float) -> float:
    """The logarithm of Efron's likelihood, term by term as he wrote it."""
    total = 0.0
    for (n1, n0), (d1, d0) in zip(there, ended, strict=True):
        total += d1 * at
        for turn in range(int(d1 + d0)):
            away = turn / (d1 + d0)
            total -= math.log((n1 - away * d1) * math.exp(at) + n0 - away * d0)
    return total


FEW = settings(max_examples=30, deadline=None)
FRAMES = st.lists(
    st.tuples(st.sampled_from(["mail", "control"]), st.integers(0, 6), st.integers(0, 8), st.integers(0, 8)),
    min_size=4,
    max_size=20,
).filter(lambda rows: all(sum(r[2] + r[3] for r in rows if r[0] == arm) for arm in ("mail", "control")))


def _frame(rows: list[tuple[str, int, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["arm", "duration", "ended", "running"])
    return frame.groupby(["arm", "duration"], as_index=False).sum()


@FEW
@given(FRAMES)
def test_cox_is_where_the_likelihood_is_highest(rows: list[tuple[str, int, int, int]]) -> None:
    """A step to either side of the estimate is less likely, and the error is that of the bend."""
    risk = Risk.read(_frame(rows), "mail")
    effect = cox(risk)
    if not effect.known or abs(effect.difference) > 5 or effect.error > 5:
        return
    step = 1e-3 * effect.error
    low, here, high = (_efron(risk.there, risk.ended, effect.difference + way * step) for way in (-1, 0, 1))
    assert here >= max(low, high) - 1e-9
    assert -(low - 2 * here + high) / step**2 == pytest.approx(effect.error**-2, rel=0.02, abs=1e-3 / step**2 * 1e-6)


@FEW
@given(FRAMES)
def test_relabelling_turns_signs_only(rows: list[tuple[str, int, int, int]]) -> None:
    """With the arms' names exchanged every difference is the opposite, every error the same."""
    frame = _frame(rows)
    one, other = survival(Risk.read(frame, "mail"), 3), survival(Risk.read(frame, "control", "mail"), 3)
    for name in ("verdict", "hazard", "share", "days"):
        here, there = getattr(one, name), getattr(other, name)
        assert here.known == there.known
        if here.known:
            assert [here.difference, here.error] == pytest.approx([-there.difference, there.error], rel=1e-6, abs=1e-9)


@FEW
@given(FRAMES, st.floats(0.1, 6))
def test_interval_and_verdict_never_disagree(rows: list[tuple[str, int, int, int]], boundary: float) -> None:
    """At any boundary the interval of the ratio excludes 1 exactly when the log-rank score passes it."""
    verdict = log_rank(Risk.read(_frame(rows), "mail")).at(boundary)
    if verdict.known and abs(abs(verdict.z) - boundary) > 1e-9:
        _value, low, high = ratio(verdict)
        assert (low > 1 or high < 1) == (abs(verdict.z) > boundary) == verdict.proven


def test_what_is_said_where_days_and_verdict_part() -> None:
    """Curves that cross: the days of the first twenty differ clearly, the pace over all does not; no effect is claimed."""
    frame = pd.DataFrame(
        [("control", 1, 100, 0), ("control", 100, 100, 800), ("mail", 90, 200, 0), ("mail", 100, 0, 800)],
        columns=["arm", "duration", "ended", "running"],
    )
    told = survival(Risk.read(frame, "mail"), 20)
    assert told.days.proven
    assert not told.verdict.proven
    assert "no effect is claimed" in told.caution
    assert survival(Risk.read(frame, "mail"), 100).at(0.0).caution == ""
