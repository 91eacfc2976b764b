"""Is a source late by its own rhythm, and is it the same source as last week?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.act.imports import Told, family, freshness

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def _told(source: str, *ago: int) -> list[Told]:
    return [Told(source.format(n), f"b{n}", NOW - timedelta(days=n), 10, 0, date(2026, 6, 30)) for n in ago]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("orders_2026-07-01.csv", "orders"),
        ("orders_2026-07-08.csv.gz", "orders"),
        ("Orders export (2).csv", "Orders export"),
        ("shop.orders", "shop.orders"),
        ("20260701.csv", "20260701"),
        ("exports/customers-17.parquet", "customers"),
        ("source/touches/part-00000.parquet", "touches"),
    ],
)
def test_what_changes_from_export_to_export_is_no_part_of_the_name(source: str, name: str) -> None:
    """Days, numbers, copies and endings go; a name of nothing else stays."""
    assert family(source) == name


@given(st.text(min_size=1, max_size=40))
def test_every_source_has_a_name(source: str) -> None:
    """Whatever a file is called, it is called something again, unless it was only a folder."""
    assert family(source) or source.replace("\\", "/").endswith("/") or not source.strip()


@pytest.mark.parametrize(
    ("ago", "rhythm", "since", "state"),
    [
        ((28, 21, 14, 7), 7.0, 7, "fresh"),
        ((35, 28, 21), 7.0, 21, "stale"),
        ((21, 14), None, 14, "unknown"),
        ((14, 7, 0), 7.0, 0, "fresh"),
    ],
)
def test_a_source_is_stale_by_its_own_rhythm(
    ago: tuple[int, ...], rhythm: float | None, since: int, state: str
) -> None:
    """Every seven days and 21 days ago is late; two imports make no rhythm."""
    (found,) = freshness(_told("orders-{}.csv", *ago), NOW)
    assert (found.rhythm, found.since, found.state, found.times) == (rhythm, since, state, len(ago))
    assert found.last.batch == f"b{min(ago)}"


def test_the_late_come_first() -> None:
    """Stale, then unknown, then on time."""
    told = [*_told("a.csv", 3, 2, 1), *_told("b.csv", 1), *_told("c.csv", 30, 29, 28)]
    assert [each.name for each in freshness(told, NOW)] == ["c", "b", "a"]
