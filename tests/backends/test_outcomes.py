"""Does every engine tell the same of what became of the units of an experiment?"""

import shutil
from dataclasses import replace

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.prove.beforehand import beforehand
from keepwell.prove.endpoint_survival import known_on, risk_table
from keepwell.prove.outcomes import at_horizon, exposed, standing, stays, watch
from keepwell.schema.assignments import ASSIGNMENTS

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)


def _assigned(lake: Lake) -> ir.Table:
    """Neighbours in two arms by the length of their names, on days between 20 January and 8 May."""
    known = lake.tables()["customers"]
    length = known.customer_id.length()
    day = ibis.timestamp("2025-01-20 08:30:00", timezone="UTC") + (length - 3).cast("int64").as_interval("D") * 36
    said = {
        "experiment": ibis.literal("bread"),
        "unit": known.customer_id,
        "arm": ibis.ifelse(length % 2 == 0, "mail", "control"),
        "assigned_at": day,
        "score": length.cast("float64") / 10,
    }
    return known.select(
        **{name: said.get(name, ibis.null(kind)).cast(kind) for name, kind in ASSIGNMENTS.schema.items()}
    )


def _frames(lake: Lake, world: Facts) -> dict[str, pd.DataFrame]:
    assigned = _assigned(lake)
    watched = watch(replace(world, tables={**lake.tables(), "assignments": assigned}), "bread")
    shown = watch(
        watched.facts, "bread", exposures=assigned.filter(assigned.score > 0.4).select("unit", at="assigned_at")
    )
    risks = assigned.select(customer_id="unit", morning=ibis.literal(20_110), risk=assigned.score / 2)
    told = {
        "stays": stays(watched),
        "at the horizon": at_horizon(watched, 40),
        "beforehand": beforehand(watched, 40, risks),
        "standing": standing(watched, 40),
        "risk": risk_table(stays(watched), "arm"),
        "earlier": known_on(stays(watched), 20_150),
        "exposed": exposed(watched, shown),
    }
    frames = {name: lake.run(table) for name, table in told.items()}
    return {
        name: frame.sort_values(list(frame.columns[:3]), ignore_index=True).map(
            lambda value: float(value) if not isinstance(value, str) and value is not None else value
        )
        for name, frame in frames.items()
    }


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_the_same_is_told_on_spark(world: Facts, duck: Lake, spark: Lake) -> None:
    """Days kept, what was done by the horizon, what was known before, and how many it rests on."""
    here, there = _frames(duck, world), _frames(spark, world)
    assert len(here["stays"]) > 3
    assert here["at the horizon"]["spend"].sum() > 0
    for name, frame in here.items():
        pd.testing.assert_frame_equal(frame, there[name], check_dtype=False, rtol=1e-9, obj=name)
