"""Is what is counted once enough, whatever is added to whatever, and is nobody divided away?"""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import MetricError
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.prove.means import mean_effect, share_effect
from keepwell.prove.moments import (
    Moments,
    as_assigned,
    capped,
    moments_from,
    moments_table,
    per_account,
    two_arms,
)


@pytest.fixture(scope="module")
def engine():
    """An engine to count with."""
    engine = DuckEngine()
    yield engine
    engine.close()


UNITS = pd.DataFrame(
    {
        "unit": list("abcdef"),
        "arm": ["control", "control", "control", "mail", "mail", "mail"],
        "spend": [0.0, 2.0, 4.0, 1.0, 1.0, 7.0],
        "before": [1.0, 2.0, 3.0, 0.0, 1.0, 5.0],
    }
)


def test_six_customers_by_hand(engine):
    """Control spends 0, 2, 4: mean 2, variance 4; mailed 1, 1, 7: mean 3, variance 12; both with their product with what was before."""
    names = ("spend", "before")
    arms = moments_from(engine.run(moments_table(ibis.memtable(UNITS), names)), names)
    mail, control = two_arms(arms, "mail")
    assert (control.n, control.mean("spend"), control.variance("spend")) == (3, 2, pytest.approx(4))
    assert (mail.n, mail.mean("spend"), mail.variance("spend")) == (3, 3, pytest.approx(12))
    assert control.covariance()[0, 1] == pytest.approx(2)
    assert mail.pick(["before", "spend"]).covariance()[0, 1] == pytest.approx(9)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-5, 5)), min_size=4, max_size=40), st.integers(1, 3))
def test_shards_add_up_to_the_whole(rows, cut):
    """Two shards' moments, each about its own means, are the moments of all."""
    whole, one, other = (_moments(part) for part in (rows, rows[:cut], rows[cut:]))
    assert (one + other).n == whole.n
    assert (one + other).means == pytest.approx(whole.means, rel=1e-9, abs=1e-6)
    assert (one + other).scatter == pytest.approx(whole.scatter, rel=1e-6, abs=1e-2)


def _moments(rows):
    values = np.array(rows)
    away = values - values.mean(axis=0)
    return Moments(("spend", "before"), len(rows), values.mean(axis=0), away.T @ away)


def test_days_counted_apart_are_the_whole(engine):
    """Counted by arm and day and added up, the moments are those counted by arm."""
    units = ibis.memtable(UNITS.assign(day=[1, 1, 2, 1, 2, 2]))
    whole = moments_from(engine.run(moments_table(units, ["spend"])), ["spend"])["mail"]
    daily = moments_from(engine.run(moments_table(units, ["spend"], ["arm", "day"])), ["spend"], ["arm", "day"])
    added = daily["mail", 1] + daily["mail", 2]
    assert (added.n, added.mean("spend")) == (whole.n, pytest.approx(whole.mean("spend")))
    assert added.variance("spend") == pytest.approx(whole.variance("spend"))


def test_large_figures_lose_no_digits(engine):
    """Moments of figures about 1e9 that differ by ones: variance 1, where plain sums of squares would tell nonsense."""
    units = pd.DataFrame({"arm": "control", "second": 1e9 + np.array([-1.0, 0.0, 1.0])})
    arms = moments_from(engine.run(moments_table(ibis.memtable(units), ["second"])), ["second"])
    assert arms["control"].variance("second") == 1.0


def test_unknown_is_refused_not_left_out(engine):
    """One customer without a value: refused with how many, since leaving out would undo the draw."""
    units = ibis.memtable(UNITS.assign(spend=[None, 2.0, 4.0, 1.0, 1.0, 7.0]))
    with pytest.raises(MetricError, match="spend is not known of 1 assigned units"):
        moments_from(engine.run(moments_table(units, ["spend"])), ["spend"])


def test_infinite_is_refused(engine):
    """A value that is no number would swallow all others."""
    units = ibis.memtable(UNITS.assign(spend=[np.inf, 2.0, 4.0, 1.0, 1.0, 7.0]))
    with pytest.raises(MetricError, match="not a finite number"):
        moments_from(engine.run(moments_table(units, ["spend"])), ["spend"])


def test_an_empty_arm_is_told():
    """No arm of that name: said with the arms there are."""
    with pytest.raises(MetricError, match=r"No unit was assigned to mail\. Arms with units: control\."):
        two_arms({"control": Moments.of_share("bought", 1, 2)}, "mail")


def test_what_was_not_counted_is_told():
    """A column that was not counted, and moments that do not fit together, are refused."""
    with pytest.raises(MetricError, match=r"spend was not counted\. Counted: bought"):
        Moments.of_share("bought", 1, 2).mean("spend")
    with pytest.raises(MetricError, match="cannot be added"):
        Moments.of_share("bought", 1, 2) + Moments.of_share("stayed", 1, 2)


def test_who_did_nothing_counts(engine):
    """Of three assigned one orders twice, and a stranger once: means are over three, the stranger is nowhere."""
    assigned = ibis.memtable(UNITS.loc[:2, ["unit", "arm"]])
    orders = ibis.memtable(pd.DataFrame({"unit": ["a", "a", "z"], "net": [5.0, 7.0, 99.0]}))
    units = engine.run(as_assigned(assigned, orders, ["net"])).sort_values("unit")
    assert units["net"].tolist() == [12.0, 0.0, 0.0]
    assert units["arm"].tolist() == ["control"] * 3


def test_who_takes_no_part_is_left_out(engine):
    """A unit without an arm, held back from every play, stands in no arm."""
    assigned = ibis.memtable(pd.DataFrame({"unit": ["a", "b"], "arm": ["mail", None]}))
    units = engine.run(as_assigned(assigned, ibis.memtable(pd.DataFrame({"unit": ["b"], "net": [5.0]})), ["net"]))
    assert units.to_numpy().tolist() == [["a", "mail", 0.0]]


def test_accounts_are_the_units(engine):
    """Two people of one account are one unit of two people."""
    people = pd.DataFrame({"account_id": ["x", "x", "y"], "arm": ["mail", "mail", "control"], "uses": [1, 2, 4]})
    rows = engine.run(per_account(ibis.memtable(people), ["uses"])).sort_values("account_id")
    assert rows[["account_id", "people", "uses"]].to_numpy().tolist() == [["x", 2.0, 3.0], ["y", 1.0, 4.0]]


def test_capped_beside_raw(engine):
    """Of 0 to 100 the median is 50: what is above is cut to it, in both arms, and the raw value stays."""
    units = ibis.memtable(pd.DataFrame({"arm": ["control", "mail"] * 50 + ["mail"], "spend": np.arange(101.0)}))
    rows = engine.run(capped(units, ["spend"], share=0.5))
    assert rows["spend_capped"].max() == 50
    assert rows["spend"].max() == 100
    assert rows.columns.tolist() == ["arm", "spend", "spend_capped"]


def test_rare_spend_is_not_capped_to_nothing(engine):
    """One of 200 spends anything: the cap is taken among those who spend."""
    units = ibis.memtable(pd.DataFrame({"arm": ["control", "mail"] * 100, "spend": [30.0] + [0.0] * 199}))
    assert engine.run(capped(units, ["spend"]))["spend_capped"].max() == 30


@pytest.mark.capability("S0-23")
def test_no_lift_under_the_impression_trap(engine):
    """
    A campaign without any effect is seen by the keener half. Buyers over impressions shows a quarter more than buyers over
    customers held out; as assigned there is nothing.
    """
    chance = np.random.default_rng(4)
    n = 40_000
    keen = chance.random(n) < 0.5
    world = pd.DataFrame(
        {
            "unit": np.arange(n),
            "arm": np.where(chance.random(n) < 0.5, "control", "mail"),
            "bought": (chance.random(n) < np.where(keen, 0.15, 0.09)).astype(float),
            "seen": keen,
        }
    )
    mailed, held = world[world["arm"] == "mail"], world[world["arm"] == "control"]
    trap = mailed.loc[mailed["seen"], "bought"].sum() / mailed["seen"].sum() / held["bought"].mean() - 1
    units = as_assigned(
        ibis.memtable(world[["unit", "arm"]]),
        ibis.memtable(world.loc[world["bought"] > 0, ["unit", "bought"]]),
        ["bought"],
    )
    arms = two_arms(moments_from(engine.run(moments_table(units, ["bought"])), ["bought"]), "mail")
    assert trap == pytest.approx(0.25, abs=0.06)
    assert not share_effect(*arms, "bought").proven
    assert abs(mean_effect(*arms, "bought").relative) < 0.06
