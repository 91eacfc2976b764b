"""Does the log hold everything an analysis needs, once, and for the held out too?"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from keepwell.errors import KeepwellError
from keepwell.prove.assignment import CONTROL, Arm, Experiment, GlobalHoldout, assign
from keepwell.prove.drawing import assigned
from keepwell.prove.exposures import Reason, exposure, exposures, first_only, switched, unseen
from keepwell.schema import ASSIGNMENTS, violations
from keepwell.testing.worlds import run

COIN = Experiment("coin", 2, (Arm(CONTROL, 0.5), Arm("mail", 0.5)))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENT = Reason("silent for 60 days", NOON - timedelta(hours=2), 0.71, "churn-4")
COSTS = {"mail": Decimal("0.35")}


def unit_in(arm: str) -> str:
    """Somebody in that arm of the coin."""
    return next(f"c{n}" for n in range(100) if assign(COIN, f"c{n}").arm == arm)


@pytest.mark.capability("S4-20", "S0-23")
def test_the_held_out_get_the_same_row_at_the_same_moment() -> None:
    """A ghost exposure: all but the arm, the bucket and the cost is as for the treated."""
    treated, held = (exposure(COIN, assign(COIN, unit_in(arm)), NOON, SILENT, COSTS) for arm in ("mail", CONTROL))
    assert treated == {
        "experiment": "coin",
        "unit": unit_in("mail"),
        "arm": "mail",
        "assigned_at": NOON,
        "version": 2,
        "salt": "coin:2",
        "bucket": assign(COIN, unit_in("mail")).bucket,
        "propensity": 0.5,
        "eligible_reason": "silent for 60 days",
        "triggered_at": NOON - timedelta(hours=2),
        "score": 0.71,
        "model_version": "churn-4",
        "planned_cost": Decimal("0.35"),
    }
    assert {name for name in treated if treated[name] != held[name]} == {"unit", "arm", "bucket", "planned_cost"}
    assert held["planned_cost"] == 0


def test_moments_are_utc_and_have_a_zone() -> None:
    """Two o'clock in Helsinki's winter is noon; a moment without a zone is refused."""
    there = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    row = exposure(COIN, assign(COIN, "ann"), there, Reason("joined"))
    assert (row["assigned_at"].isoformat(), row["triggered_at"].isoformat()) == ("2026-03-01T12:00:00+00:00",) * 2
    with pytest.raises(KeepwellError, match="no time zone"):
        exposure(COIN, assign(COIN, "ann"), datetime(2026, 3, 1, 12), Reason("joined"))  # noqa: DTZ001


def test_whoever_takes_no_part_has_no_row() -> None:
    """Neither one by one nor among many."""
    half = GlobalHoldout(2026, share=0.5)
    out = next(f"c{n}" for n in range(100) if half.keeps_out(f"c{n}"))
    with pytest.raises(KeepwellError, match="takes no part"):
        exposure(COIN, assign(COIN, out, half), NOON, SILENT)
    units = ibis.memtable(pd.DataFrame({"unit": [f"c{n}" for n in range(100)]}))
    told = run(exposures(assigned(units, COIN, half), COIN, NOON, SILENT))
    assert set(told["unit"]) == {f"c{n}" for n in range(100) if not half.keeps_out(f"c{n}")}


def test_many_rows_are_the_rows_of_one() -> None:
    """In the canonical columns and types, breaking no law."""
    units = [f"c{n}" for n in range(50)]
    table = exposures(assigned(ibis.memtable(pd.DataFrame({"unit": units})), COIN), COIN, NOON, SILENT, COSTS)
    assert table.schema() == ASSIGNMENTS.schema
    told = {row["unit"]: row for row in run(table).to_dict("records")}
    for unit in units:
        assert told[unit] == exposure(COIN, assign(COIN, unit), NOON, SILENT, COSTS)
    assert run(violations(table.mutate(_row=ibis.row_number()), ASSIGNMENTS)).empty


def test_a_column_goes_before_what_is_said_for_all() -> None:
    """Every unit its own score; a cost is not known where no arm's is given."""
    units = ibis.memtable(pd.DataFrame({"unit": ["c1", "c2"], "score": [0.1, 0.2]}))
    told = run(exposures(assigned(units, COIN), COIN, NOON, SILENT).order_by("unit"))
    assert list(told["score"]) == [0.1, 0.2]
    assert [None if pd.isna(c) else c for c in told["planned_cost"]] == [
        Decimal(0) if assign(COIN, unit).arm == CONTROL else None for unit in ("c1", "c2")
    ]


def log(*rows: dict[str, object]) -> ibis.Table:
    """A log of what differs from ann's first row."""
    first = exposure(COIN, assign(COIN, "ann"), NOON, SILENT, COSTS)
    whole = [{**first, **row} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(whole, ASSIGNMENTS.schema.to_pyarrow()), schema=ASSIGNMENTS.schema)


LATER = NOON + timedelta(days=9)


def test_only_the_first_exposure_counts() -> None:
    """Of each unit in each version; another version is another experiment."""
    table = log({"assigned_at": LATER}, {}, {"version": 3, "assigned_at": LATER}, {"unit": "bob", "assigned_at": LATER})
    told = run(first_only(table).order_by("unit", "version"))
    assert list(zip(told["unit"], told["version"], told["assigned_at"], strict=True)) == [
        ("ann", 2, NOON), ("ann", 3, LATER), ("bob", 2, LATER),
    ]  # fmt: skip


def test_a_log_only_grows_by_those_it_does_not_have() -> None:
    """Ann triggered again adds nothing; ann in a new version, and bob, do."""
    fresh = log({"assigned_at": LATER}, {"version": 3}, {"unit": "bob"})
    told = run(unseen(fresh, log({})).order_by("unit"))
    assert list(zip(told["unit"], told["version"], strict=True)) == [("ann", 3), ("bob", 2)]


@pytest.mark.capability("S4-19")
def test_a_switch_of_arms_is_found() -> None:
    """Ann in two arms of one version; bob, in two versions, in none."""
    arms = log(
        {"arm": "mail"}, {"arm": CONTROL}, {"unit": "bob", "arm": "mail"}, {"unit": "bob", "arm": CONTROL, "version": 3}
    )
    assert run(switched(arms)).values.tolist() == [["coin", 2, "ann", 2]]
