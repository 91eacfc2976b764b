"""Do we tell a real experiment as others do? Rossi's 432 released prisoners, half of them drawn to get money (data of lifelines)."""

import numpy as np
import pandas as pd
import pytest

from keepwell.prove.endpoint_survival import Risk, cox, days_kept, kept_after, log_rank, survival

# Rossi, Berk and Lenihan (1980); lifelines 0.30.3: log-rank 3.837570 (p .0501161), Cox with fin alone, Efron ties.


@pytest.fixture(scope="module")
def rossi() -> pd.DataFrame:
    """Weeks to the next arrest; fin is 1 for those who got money."""
    return pytest.importorskip("lifelines.datasets", reason="lifelines is not installed").load_rossi()


def _risk(rossi: pd.DataFrame, stratum: str | None = None) -> Risk:
    units = pd.DataFrame({"duration": rossi["week"], "ended": rossi["arrest"], "running": 1 - rossi["arrest"]})
    units["arm"] = np.where(rossi["fin"] == 1, "money", "control")
    keys = ["arm", "duration"]
    if stratum:
        units["stratum"] = rossi[stratum].astype(str)
        keys.append("stratum")
    return Risk.read(units.groupby(keys, as_index=False)[["ended", "running"]].sum(), "money")


def test_log_rank(rossi: pd.DataFrame) -> None:
    """3.837570, p .0501161, of 114 arrests."""
    risk = _risk(rossi)
    verdict = log_rank(risk)
    assert verdict.z**2 == pytest.approx(3.837570, abs=5e-7)
    assert verdict.p_value == pytest.approx(0.0501161, abs=5e-8)
    assert (risk.events, risk.units, verdict.proven) == (114, (216, 216), False)


def test_cox(rossi: pd.DataFrame) -> None:
    """-.36906921, se .18972244."""
    effect = cox(_risk(rossi))
    assert [effect.difference, effect.error] == pytest.approx([-0.36906921, 0.18972244], abs=5e-9)


def test_shares_and_weeks(rossi: pd.DataFrame) -> None:
    """Free after 52 weeks .777778 with money, .694444 without; 46.8750 and 44.8333 weeks, 2.0417 apart with se 1.2130."""
    risk = _risk(rossi)
    shares, weeks = kept_after(risk, 52), days_kept(risk, 52)
    assert shares.base is not None
    assert [shares.base.value, shares.difference] == pytest.approx([0.694444, 0.083333], abs=5e-7)
    assert weeks.base is not None
    assert weeks.base.value == pytest.approx(44.8333, abs=5e-5)
    assert [weeks.difference, weeks.error] == pytest.approx([2.0417, 1.2130], abs=5e-5)


def test_one_boundary_for_all(rossi: pd.DataFrame) -> None:
    """At the score itself the interval ends at zero: a hair below it there is an effect, a hair above none."""
    told = survival(_risk(rossi), 52)
    score = 3.837570**0.5
    assert told.at(score - 1e-6).verdict.proven
    assert not told.at(score + 1e-6).verdict.proven


@pytest.mark.parametrize("stratum", ["wexp", "prio", "race"])
def test_within_strata_as_lifelines(rossi: pd.DataFrame, stratum: str) -> None:
    """Cox within strata by lifelines; its score test at no effect is the stratified log-rank but for ties."""
    from lifelines import CoxPHFitter

    fitted = CoxPHFitter().fit(rossi[["week", "arrest", "fin", stratum]], "week", "arrest", strata=[stratum])
    risk = _risk(rossi, stratum)
    effect = cox(risk)
    assert [effect.difference, effect.error] == pytest.approx(
        [fitted.params_["fin"], fitted.standard_errors_["fin"]], rel=1e-6
    )
    assert log_rank(risk).z == pytest.approx(effect.z, abs=0.03)
