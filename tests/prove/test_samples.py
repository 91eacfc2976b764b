"""Do the alarms ring when the arms are not as drawn, and hold still when they are?"""

import ibis
import numpy as np
import pandas as pd
import pytest

from keepwell.errors import MetricError
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.prove.samples import check, check_any_time, checks, counts_table, log_e_value

HALF = {"control": 0.5, "mail": 0.5}


@pytest.fixture(scope="module")
def engine():
    """An engine to count with."""
    engine = DuckEngine()
    yield engine
    engine.close()


def test_three_verdicts_by_hand():
    """Of 10,000 by half: 5,100 to 4,900 is chi-squared 4 (p .0455), 5,150 is 9 (p .0027), 5,200 is 16 (p .00006)."""
    told = [check({"control": n, "mail": 10_000 - n}, HALF) for n in (5100, 5150, 5200)]
    assert [one.p_value for one in told] == pytest.approx([0.0455003, 0.0026998, 0.0000633], abs=1e-7)
    assert [one.verdict for one in told] == ["balanced", "warn", "block"]
    assert [one.hides_effect for one in told] == [False, False, True]
    assert "no effect is shown" in told[2].told
    assert "look at who is missing" in told[1].told
    assert "as planned" in told[0].told


def test_an_arm_without_units_counts():
    """An arm nobody ever reached is the worst mixture of all."""
    assert check({"control": 400}, HALF).verdict == "block"


def test_nobody_yet_is_not_known_to_be_balanced():
    """Before the first assignment nothing is odd."""
    for told in (check({}, HALF), check_any_time([{}], HALF)):
        assert (told.verdict, told.hides_effect, str(told.p_value)) == ("unknown", False, "nan")
        assert told.told == "Whether the arms are as planned is not known: nobody is in them yet."


def test_plan_and_counts_must_fit():
    """Shares that do not add up, and arms that are not planned, are refused."""
    with pytest.raises(MetricError, match=r"add up to 0\.9"):
        check({"control": 1}, {"control": 0.5, "mail": 0.4})
    with pytest.raises(MetricError, match="assigned to call, which is not planned"):
        check({"call": 1}, HALF)
    with pytest.raises(MetricError, match="no look"):
        check_any_time([], HALF)


def test_evidence_by_hand():
    """With a belief worth two units of even shares any split of one unit is as likely as planned, and two alike are 4/3 as likely."""
    even = {"control": 0.5, "mail": 0.5}
    assert log_e_value({"control": 1, "mail": 0}, even, belief=2) == pytest.approx(0)
    assert np.exp(log_e_value({"control": 2, "mail": 0}, even, belief=2)) == pytest.approx(4 / 3)


def test_an_alarm_once_raised_stays():
    """Evidence of a lost tenth stays when later draws happen to even it out."""
    history = [{"control": 5000, "mail": 4300}, {"control": 9000, "mail": 9000}]
    assert check_any_time(history, HALF).hides_effect
    assert not check_any_time(history[1:], HALF).hides_effect


@pytest.mark.slow
def test_alarms_rarely_cry_wolf_and_find_51_to_49():
    """
    2,000 a day for 30 days, looked at daily. False: chi-squared at .0005 in about .5 %, the e-value in about .3 %.
    With 51/49 both find nine in ten.
    """
    chance = np.random.default_rng(11)
    rates = {}
    for share in (0.5, 0.51):
        alarms = np.zeros(2)
        for _turn in range(400):
            control = np.cumsum(chance.binomial(2000, share, 30))
            history = [{"control": int(n), "mail": 2000 * day - int(n)} for day, n in enumerate(control, 1)]
            alarms += any(check(one, HALF).hides_effect for one in history), check_any_time(history, HALF).hides_effect
        rates[share] = alarms / 400
    assert (rates[0.5] <= [0.015, 0.01]).all()
    assert (rates[0.51] >= [0.90, 0.86]).all()


def test_segments_share_the_threshold(engine):
    """Three countries, one of which loses its mailed: found, named and first; the others are balanced."""
    rows = {
        ("DE", "control"): 500,
        ("DE", "mail"): 500,
        ("FR", "control"): 500,
        ("FR", "mail"): 350,
        ("IT", "control"): 50,
        ("IT", "mail"): 70,
    }
    units = pd.DataFrame([key for key, n in rows.items() for _unit in range(n)], columns=["country", "arm"])
    told = checks(engine.run(counts_table(ibis.memtable(units), "country")), HALF)
    assert [(one.where, one.verdict) for one in told] == [("FR", "block"), ("IT", "balanced"), ("DE", "balanced")]
    assert "in FR" in told[0].told


def test_everybody_counted_by_arm(engine):
    """Without a segment: one count per arm."""
    frame = engine.run(counts_table(ibis.memtable(pd.DataFrame({"arm": ["mail", "mail", "control"]}))))
    assert dict(zip(frame["arm"], frame["n"], strict=True)) == {"mail": 2, "control": 1}
