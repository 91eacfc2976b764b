"""Do curves, hazards and tests agree with pencil and paper, and with the best known package?"""

import numpy as np
import pandas as pd
import pytest

from keepwell.errors import ModelError
from keepwell.measure.periods import rolling
from keepwell.testing import run, world
from keepwell.understand import survival
from keepwell.understand.survival import (
    curves,
    durations,
    hazards,
    log_rank,
    pairwise,
    quantiles,
    still_there,
)

SIX = pd.DataFrame({"duration": [2, 3, 4, 5], "ended": [1, 0, 2, 0], "running": [0, 1, 0, 2]})
"""Six stays: one ended at 2, two at 4; one was seen to 3, two to 5."""


def people(size: int = 400, seed: int = 1, paces: tuple[float, ...] = (60, 90, 120)) -> pd.DataFrame:
    """Stays in days by kind, each kind with a mean of its own; cut off at random."""
    chance = np.random.default_rng(seed)
    parts = []
    for kind, mean in zip("abcdef", paces, strict=False):
        life, seen = chance.exponential(mean, size).astype(int), chance.integers(1, 200, size)
        parts.append(pd.DataFrame({"by": kind, "duration": np.minimum(life, seen), "gone": life <= seen}))
    return pd.concat(parts, ignore_index=True)


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """As the engine counts them."""
    return (
        rows.assign(ended=rows["gone"].astype(int), running=(~rows["gone"]).astype(int))
        .groupby(["by", "duration"], as_index=False)[["ended", "running"]]
        .sum()
    )


def test_a_curve_by_hand():
    """Survival 5/6 after 2, of three left then 1/5 x ... : 5/6 x (1 - 2/4) = 5/12 after 4, and so on for good."""
    told = curves(SIX)
    assert told["duration"].tolist() == [0, 2, 3, 4, 5]
    assert told["at_risk"].tolist() == [6, 6, 5, 4, 2]
    assert told["survival"].tolist() == pytest.approx([1, 5 / 6, 5 / 6, 5 / 12, 5 / 12])


def test_how_many_are_still_there():
    """After 4 days 5/12 with four seen so long; after 6 days nobody was seen, so nobody can know."""
    told = still_there(SIX, [0, 4, 6])
    assert told[["after", "n", "at_risk"]].values.tolist() == [[0, 6, 6], [4, 6, 4], [6, 6, 0]]
    assert told["survival"].tolist()[:2] == pytest.approx([1, 5 / 12])
    assert np.isnan(told["survival"].iloc[2])


def test_when_so_many_have_left():
    """A tenth has left after 2 days, half after 4; three quarters never have, as far as was seen."""
    told = quantiles(SIX, [0.1, 0.5, 0.75])
    assert told[["gone", "n", "ended"]].values.tolist() == [[0.1, 6, 3], [0.5, 6, 3], [0.75, 6, 3]]
    assert told["duration"].tolist()[:2] == [2, 4]
    assert np.isnan(told["duration"].iloc[2])


def test_hazards_by_hand():
    """Stretches of 3 days: in the first 1 of 6 leaves; in the second, days 3 to 5, 2 of the 4 there on day 4."""
    told = hazards(SIX, width=3)
    assert told[["since", "until", "at_risk", "ended"]].values.tolist() == [[0, 3, 6, 1], [3, 6, 5, 2]]
    assert told["hazard"].tolist() == pytest.approx([1 / 6, 1 / 2])
    assert ((told["low"] < told["hazard"]) & (told["hazard"] < told["high"])).all()


def test_no_ending_is_not_no_hazard():
    """Of twenty seen to the end none left: 0, but up to 1 - 0.025^(1/20) = 16.8 % cannot be ruled out; all of three: from 29.2 % on."""
    none = hazards(pd.DataFrame({"duration": [5], "ended": [0], "running": [20]}), width=10).iloc[0]
    assert (none["hazard"], none["low"]) == (0, 0)
    assert none["high"] == pytest.approx(1 - 0.025 ** (1 / 20))
    everybody = hazards(pd.DataFrame({"duration": [5], "ended": [3], "running": [0]}), width=10).iloc[0]
    assert (everybody["hazard"], everybody["high"]) == (1, 1)
    assert everybody["low"] == pytest.approx(0.025 ** (1 / 3))


def test_uncut_hazards_are_clopper_and_pearsons():
    """Where all are seen to the end of a stretch, 5 of 50: 3.33 % to 21.81 %."""
    told = hazards(pd.DataFrame({"duration": [3, 10], "ended": [5, 0], "running": [0, 45]}), width=10).iloc[0]
    assert [told["low"], told["high"]] == pytest.approx([0.0333, 0.2181], abs=1e-4)


@pytest.mark.slow
def test_curves_and_quantiles_are_lifelines():
    """Survival, log-log limits and the quartiles, of three kinds cut off at random, as lifelines tells them."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times, qth_survival_times

    rows = people()
    told, quarters = curves(counted(rows)), quantiles(counted(rows))
    for kind, part in rows.groupby("by"):
        theirs = KaplanMeierFitter().fit(part["duration"], part["gone"])
        mine = told[told["by"] == kind].set_index("duration")
        shared = mine.index.intersection(theirs.survival_function_.index)
        assert mine.loc[shared, "survival"].to_numpy() == pytest.approx(
            theirs.survival_function_.loc[shared, "KM_estimate"].to_numpy(), abs=1e-12
        )
        limits = theirs.confidence_interval_.loc[shared].to_numpy()
        finite = np.isfinite(mine.loc[shared, ["low", "high"]].to_numpy()).all(axis=1)
        assert mine.loc[shared, ["low", "high"]].to_numpy()[finite] == pytest.approx(limits[finite], abs=1e-9)
        mine_quarters = quarters[quarters["by"] == kind].set_index("gone")
        for gone in (0.25, 0.5, 0.75):
            assert mine_quarters.loc[gone, "duration"] == qth_survival_times(1 - gone, theirs.survival_function_)
        median = median_survival_times(theirs.confidence_interval_)
        assert mine_quarters.loc[0.5, ["low", "high"]].tolist() == median.iloc[0].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("paces", [(60, 60), (60, 90), (60, 90, 120), (70, 70, 70, 70)])
def test_the_log_rank_test_is_lifelines(paces):
    """Statistic and p of two, three and four kinds to ten digits, and every pair."""
    from lifelines.statistics import multivariate_logrank_test, pairwise_logrank_test

    rows = people(paces=paces)
    told = log_rank(counted(rows))
    theirs = multivariate_logrank_test(rows["duration"], rows["by"], rows["gone"])
    assert told.statistic == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert told.p == pytest.approx(theirs.p_value, rel=1e-7)
    assert told.degrees == len(paces) - 1
    both = pairwise_logrank_test(rows["duration"], rows["by"], rows["gone"]).summary["p"]
    mine = pairwise(counted(rows)).set_index(["one", "other"])["p"]
    assert [mine[pair] for pair in both.index] == pytest.approx(both.tolist(), rel=1e-6)


def test_holms_correction_by_hand():
    """Three pairs: the smallest p counts threefold, the next twofold, none less than the one before, none above 1."""
    told = pairwise(counted(people(paces=(60, 62, 120))))
    p = told["p"].tolist()
    assert p == sorted(p)
    wanted = [3 * p[0], max(3 * p[0], 2 * p[1]), max(3 * p[0], 2 * p[1], p[2])]
    assert told["p_holm"].tolist() == pytest.approx([min(value, 1) for value in wanted])


def test_small_and_unknown_kinds_are_told_not_tested():
    """Nine of d and forty unknown are left out by name, and the sentence says so."""
    rows = people(paces=(60, 120))
    few = pd.DataFrame({"by": "d", "duration": range(1, 10), "gone": True})
    nobody = pd.DataFrame({"by": "unknown", "duration": range(1, 41), "gone": False})
    told = log_rank(counted(pd.concat([rows, few, nobody])))
    assert told.left_out == {"d": 9, "unknown": 40}
    assert told.statistic == pytest.approx(log_rank(counted(rows)).statistic)
    assert "Kinds leave at different paces" in told.explain()
    assert "Not tested: d (9), unknown (40)." in told.explain()


def test_kinds_that_are_alike_are_said_to_be():
    """The same stays twice: endings are as expected, p = 1."""
    rows = people(paces=(60,))
    told = log_rank(counted(pd.concat([rows, rows.assign(by="z")])))
    assert told.p == pytest.approx(1)
    assert told.kinds["ratio"].tolist() == pytest.approx([1, 1])
    assert "No difference between kinds was found" in told.explain()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (people(paces=(60,)), "Not enough data to compare"),
        (people(paces=(60, 90)).assign(gone=False), "somebody who left"),
        (pd.concat([people(20, paces=(60,)).assign(by=f"k{n:02d}") for n in range(31)]), "31 kinds to compare"),
    ],
)
def test_what_cannot_be_compared_is_refused(rows, message):
    """One kind, nobody who left, or too many kinds."""
    with pytest.raises(ModelError, match=message):
        log_rank(counted(rows))


def test_nobody_is_said_so():
    """No stays: no figures; and a stretch has at least one unit."""
    with pytest.raises(ModelError, match="nobody's stay began"):
        quantiles(SIX.head(0))
    with pytest.raises(ModelError, match="Stretches of 0 units"):
        hazards(SIX, width=0)


def test_the_engine_counts_by_kind():
    """Ann (FI) 59 days and gone, Bo (FI) still there after 181, Cy of nowhere known gone after 31; Ann's return is no first stay."""
    facts = world(
        as_of="2025-07-01",
        customers=[("Ann", "FI"), ("Bo", "FI"), "Cy"],
        subscriptions=[
            ("Ann", "2025-01-01", "2025-03-01"),
            {"customer_id": "Ann", "subscription_id": "again", "starts_on": "2025-05-01"},
            ("Bo", "2025-01-01"),
            ("Cy", "2025-01-01", "2025-02-01"),
        ],
    )
    year = rolling(365, facts.as_of, 1)
    rows = run(durations(facts, year, by="country"))
    assert rows.values.tolist() == [["FI", 59, 1, 0], ["FI", 181, 0, 1], ["unknown", 31, 1, 0]]
    assert run(durations(facts, year)).values.tolist() == [[31, 1, 0], [59, 1, 0], [181, 0, 1]]
    assert run(durations(facts, year, first=False)).values.tolist() == [[31, 1, 0], [59, 1, 0], [61, 0, 1], [181, 0, 1]]
    assert run(durations(facts, year, each="month")).values.tolist() == [[1, 2, 0], [5, 0, 1]]


def test_kinds_beyond_the_largest_are_put_together(monkeypatch):
    """Of three kinds two are told apart: the smallest is "all others", and who has none stays unknown; nobody is lost."""
    monkeypatch.setattr(survival, "MOST", 2)
    people = [("a", "FI"), ("b", "FI"), ("c", "SE"), ("d", "SE"), ("e", "DE"), "f"]
    stays = [(who if isinstance(who, str) else who[0], "2025-01-01") for who in people]
    facts = world(as_of="2025-07-01", customers=people, subscriptions=stays)
    rows = run(durations(facts, rolling(365, facts.as_of, 1), by="country"))
    assert rows[["by", "running"]].values.tolist() == [["FI", 2], ["SE", 2], [survival.OTHERS, 1], ["unknown", 1]]
    assert survival.sentences(rows)[0] == "FI: Not enough data: 2 customers, at least 10 are needed."
