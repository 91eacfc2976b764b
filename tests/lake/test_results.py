"""Is what was worked out kept whole, in its place, and only once?"""

from datetime import date

import ibis
import pandas as pd

from keepwell.lake import Lake

MORNING = date(2026, 3, 1)


def table(**columns):
    """A table of its own data."""
    return ibis.memtable(pd.DataFrame(columns))


def test_nothing_is_kept_of_an_empty_lake(lake: Lake):
    """No mornings, no results."""
    assert (lake.mornings(), lake.kept()) == ([], {})


def test_a_result_comes_back_with_its_types_and_what_is_known_of_it(lake: Lake):
    """Two columns, two rows, a digest and a sentence."""
    lake.keep("portraits", MORNING, "d1", table(customer_id=["A", "B"], risk=[0.25, None]), {"model": "plain"})
    kept = lake.kept(MORNING)["portraits"]
    assert (kept.digest, kept.about, dict(kept.schema.items())["risk"]) == (
        "d1",
        {"model": "plain"},
        ibis.dtype("float64"),
    )
    found = lake.run(lake.result(kept).order_by("customer_id"))
    assert found["customer_id"].tolist() == ["A", "B"]
    assert found["risk"].isna().tolist() == [False, True]


def test_a_new_result_takes_the_place_of_the_old_one_and_leaves_the_others(lake: Lake):
    """Kept anew: the new rows, one file; the neighbour stays."""
    lake.keep("portraits", MORNING, "d1", table(customer_id=["A"]), {})
    lake.keep("segments", MORNING, "s1", table(customer_id=["A"]), {})
    lake.keep("portraits", MORNING, "d2", table(customer_id=["B", "C"]), {})
    kept = lake.kept()
    assert {name: found.digest for name, found in kept.items()} == {"portraits": "d2", "segments": "s1"}
    assert lake.run(lake.result(kept["portraits"]).order_by("customer_id"))["customer_id"].tolist() == ["B", "C"]
    assert len(list((lake.work / "results").rglob("*.parquet"))) == 2


def test_the_newest_morning_is_told_where_none_is_named(lake: Lake):
    """Two mornings; the later one."""
    for day in (2, 1):
        lake.keep("portraits", date(2026, 3, day), f"d{day}", table(customer_id=["A"]), {})
    assert lake.mornings() == [date(2026, 3, 1), date(2026, 3, 2)]
    assert lake.kept()["portraits"].digest == "d2"


def test_what_a_killed_writer_left_is_swept(lake: Lake):
    """A file no morning names goes; the one that is named stays."""
    lake.keep("portraits", MORNING, "d1", table(customer_id=["A"]), {})
    left = lake.work / "results" / MORNING.isoformat() / "portraits-left" / "part-0.parquet"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert lake.sweep() == [str(left.relative_to(lake.work))]
    assert lake.run(lake.result(lake.kept()["portraits"]))["customer_id"].tolist() == ["A"]
