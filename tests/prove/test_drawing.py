"""Does the engine draw what Python draws, are strata exact, and can anybody draw it again?"""

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pytest

from keepwell.errors import KeepwellError
from keepwell.prove.assignment import CONTROL, Arm, Experiment, GlobalHoldout, Piece, assign, usual_arms
from keepwell.prove.drawing import arm_counts, assigned, balance, recompute_sql
from keepwell.testing.worlds import run

PLACED = Experiment(
    "thanks", 3, (Arm(CONTROL, 0.2), Arm("mail", 0.3), Arm("call", 0.5)), piece=Piece("letters", 500, 9_000)
)
YEAR = GlobalHoldout(2026, share=0.1)


def people(n: int) -> pd.DataFrame:
    """Customers c0, c1 …: countries of very different size, some not known."""
    country = [None if i % 7 == 0 else "FI" if i % 50 == 1 else "SE" if i % 3 else "NO" for i in range(n)]
    return pd.DataFrame(
        {"unit": [f"c{i}" for i in range(n)], "country": country, "vip": [i % 11 == 0 for i in range(n)]}
    )


def drawn(frame: pd.DataFrame, experiment: Experiment, holdout: GlobalHoldout | None = None) -> pd.DataFrame:
    """Drawn by the engine, in order of ids."""
    table = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    return run(assigned(table, experiment, holdout).order_by("unit"))


def test_the_engine_draws_what_python_draws() -> None:
    """Arm, bucket, chance, reason and washout, with a global holdout and a layer."""
    frame = people(3_000)
    for told in drawn(frame, PLACED, YEAR).itertuples():
        one = assign(PLACED, told.unit, YEAR)
        got = [None if pd.isna(value) else value for value in (told.arm, told.bucket, told.propensity)]
        assert (*got, told.washout) == (one.arm, one.bucket, one.propensity, one.washout)
        assert pd.isna(told.barred) if one.arm else told.barred == one.why


def test_accounts_are_kept_out_whole_on_the_engine_too() -> None:
    """Where customers belong to accounts; who belongs to none stands for themselves."""
    frame = people(500).assign(account_id=[f"a{n % 10}" if n % 2 else None for n in range(500)])
    half = GlobalHoldout(2026, share=0.5)
    for told in drawn(frame, PLACED, half).itertuples():
        account = told.account_id if isinstance(told.account_id, str) else None
        assert (None if pd.isna(told.arm) else told.arm) == assign(PLACED, told.unit, half, account=account).arm


def test_nobody_is_not_drawn() -> None:
    """Rows without an id are left out; a play for all has one arm."""
    frame = pd.DataFrame({"unit": ["ann", None, ""]})
    assert drawn(frame, Experiment("all", 1, (Arm("mail", 1.0),)))[["unit", "arm", "propensity"]].values.tolist() == [
        ["ann", "mail", 1.0]
    ]


STRATIFIED = Experiment("spring", 1, usual_arms("mail", "call", eligible=50_000), strata=("country", "vip"))


@pytest.mark.capability("S4-19")
def test_strata_have_their_shares_to_one_unit() -> None:
    """However small the stratum; its values unknown are one."""
    frame = people(4_000)
    told = drawn(frame, STRATIFIED)
    shown = balance(run(arm_counts(assigned(ibis.memtable(frame), STRATIFIED))), STRATIFIED)
    assert shown["off"].abs().max() < 1
    assert len(shown) == 8 * 3
    assert shown["units"].sum() == 4_000
    assert "country=unknown, vip=true" in set(shown["stratum"])
    assert list(shown.columns) == ["stratum", "arm", "units", "expected", "off"]
    assert set(told["propensity"].round(4)) == {0.1, 0.45}


def test_a_stratum_of_one_may_be_held_out() -> None:
    """The chance of an arm is its share even there: of 2,000 people alone in their strata a tenth are held out."""
    alone = Experiment("alone", 1, usual_arms("mail", eligible=50_000), strata=("town",))
    frame = pd.DataFrame({"unit": [f"c{n}" for n in range(2_000)], "town": [f"t{n}" for n in range(2_000)]})
    assert 150 < (drawn(frame, alone)["arm"] == CONTROL).sum() < 250


@pytest.mark.parametrize("experiment", [PLACED, STRATIFIED], ids=["by hash", "by strata"])
def test_the_order_of_rows_does_not_matter(experiment: Experiment) -> None:
    """Shuffled, the same arms; and whoever stands twice still has one arm."""
    frame = people(1_000)
    first = drawn(frame, experiment, YEAR)
    shuffled = drawn(frame.sample(frac=1, random_state=3), experiment, YEAR)
    pd.testing.assert_frame_equal(first, shuffled)
    twice = drawn(pd.concat([frame, frame.head(100), frame.head(100).assign(country="DK")]), experiment, YEAR)
    assert twice.groupby("unit")["arm"].nunique(dropna=False).max() == 1


def test_strata_are_balanced_among_those_who_take_part() -> None:
    """The kept out are not counted when ranks are cut."""
    told = drawn(people(2_000), STRATIFIED, GlobalHoldout(2026, share=0.3))
    taking = told[told["arm"].notna()]
    for _, cells in taking.groupby("stratum"):
        assert abs((cells["arm"] == CONTROL).sum() - 0.1 * len(cells)) < 1


def test_strata_must_be_columns_that_engines_spell_alike() -> None:
    """A fraction is written otherwise by every engine; bands are not."""
    table = ibis.memtable(pd.DataFrame({"unit": ["ann"], "score": [0.5]}))
    with pytest.raises(KeepwellError, match="'score' is float64"):
        assigned(table, Experiment("x", 1, PLACED.arms, strata=("score",)))
    with pytest.raises(KeepwellError, match="'town' is no column"):
        assigned(table, Experiment("x", 1, PLACED.arms, strata=("town",)))
    with pytest.raises(KeepwellError, match="no column unit; they have customer_id, score"):
        assigned(table.rename(customer_id="unit"), PLACED)
    with pytest.raises(KeepwellError, match="GrowthBook"):
        assigned(table, Experiment("x", 1, PLACED.arms, hashing="growthbook"))


def test_balance_shows_arms_that_nobody_is_in() -> None:
    """As nought of what was expected, in the order of the experiment."""
    counted = pd.DataFrame({"stratum": ["all"], "arm": ["call"], "units": [10]})
    assert balance(counted, PLACED).values.tolist() == [
        ["all", "control", 0, 2.0, -2.0],
        ["all", "mail", 0, 3.0, -3.0],
        ["all", "call", 10, 5.0, 5.0],
    ]


def test_one_select_draws_it_again() -> None:
    """Anybody with the ids and the text has the same arms."""
    frame = people(2_000)
    con = duckdb.connect()
    con.register("crm people", frame)
    text = recompute_sql(PLACED, "crm people", "unit", "duckdb", YEAR)
    again = con.execute(f"SELECT unit, arm FROM ({text}) ORDER BY unit").df()
    mine = drawn(frame, PLACED, YEAR)[["unit", "arm"]]
    assert again.where(again.notna(), None).values.tolist() == mine.where(mine.notna(), None).values.tolist()
    with pytest.raises(KeepwellError, match="stored list"):
        recompute_sql(STRATIFIED, "people")


def test_one_select_keeps_whole_accounts_out() -> None:
    """Three of four belong to an account of ten: the SELECT keeps out whom assign() keeps out, whole accounts and single people."""
    frame = people(2_000)
    frame["account_id"] = [None if place % 4 == 0 else f"account {place // 10}" for place in range(len(frame))]
    con = duckdb.connect()
    con.register("people", frame)
    text = recompute_sql(PLACED, "people", "unit", "duckdb", YEAR, "account_id")
    again = con.execute(f"SELECT unit, arm FROM ({text})").df()
    pairs = zip(frame["unit"], frame["account_id"], strict=True)
    mine = {unit: assign(PLACED, unit, YEAR, account=account).arm for unit, account in pairs}
    assert {row.unit: row.arm or None for row in again.replace({float("nan"): None}).itertuples()} == mine
