"""Are the same moments, quantiles and alarms counted on every engine?"""

import shutil

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.prove.adjustment import filled
from keepwell.prove.moments import as_assigned, capped, moments_table, per_account
from keepwell.prove.quantiles import quantiles_table
from keepwell.prove.samples import counts_table
from keepwell.prove.seen import strays_table

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)


def _told(lake: Lake) -> dict[str, ir.Table]:
    """Neighbours in two arms by the length of their names, what they bought, and who was shown what."""
    tables = lake.tables()
    known = tables["customers"].select("country", unit="customer_id")
    arm = ibis.ifelse(known.unit.length() % 2 == 0, "mail", "control")
    drawn = known.mutate(arm=arm)
    orders = tables["orders"].select("net", unit="customer_id")
    units = as_assigned(drawn, orders, ["net"])
    marked, names = filled(
        units.mutate(score=ibis.ifelse(units.net > 20, units.net / 100, ibis.null("float64"))), ["score"]
    )
    people = units.mutate(account_id=units.unit.substr(0, 1))
    shown = drawn.filter(drawn.country.notnull()).mutate(arm=ibis.literal("mail"))
    sizes = {"control": 60, "mail": 60}
    return {
        "moments": moments_table(marked, ["net", *names]),
        "by country": moments_table(marked, ["net"], ["arm", "country"]),
        "capped": capped(units, ["net"], 0.75).drop("country"),
        "accounts": per_account(people, ["net"]),
        "quantiles": quantiles_table(units, "net", 0.5, sizes),
        "counts": counts_table(drawn, "country"),
        "strays": strays_table(drawn, shown),
    }


def _frames(lake: Lake) -> dict[str, pd.DataFrame]:
    frames = {name: lake.run(table) for name, table in _told(lake).items()}
    return {
        name: frame.sort_values(
            [column for column in frame.columns if frame[column].dtype == object] or frame.columns[0]
        )
        .reset_index(drop=True)
        .map(lambda value: float(value) if not isinstance(value, str) and value is not None else value)
        for name, frame in frames.items()
    }


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_the_same_is_counted_on_spark(duck: Lake, spark: Lake) -> None:
    """Every table an effect is told from is the same on Spark as on DuckDB, but for the last digits of a sum."""
    here, there = _frames(duck), _frames(spark)
    assert len(here["moments"]) == 2
    for name, frame in here.items():
        pd.testing.assert_frame_equal(frame, there[name], check_dtype=False, rtol=1e-9, obj=name)
