"""What would this delivery do to the lake? Table by table, in the order they refer to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ibis.expr.datatypes as dt

from keepwell.errors import LakeError
from keepwell.lake.contract import Batch, Count, Delivery, Progress
from keepwell.lake.delta import Change, files, folder
from keepwell.lake.engines.duckdb import quoted, sql_type
from keepwell.lake.home import Home
from keepwell.lake.snapshots import Snapshot
from keepwell.lake.staging.bench import Bench, bench, parquet
from keepwell.lake.staging.comparing import compare, lay_ready, recall, see_lake
from keepwell.lake.staging.fates import Fates, count, tell
from keepwell.lake.staging.folding import fold
from keepwell.lake.staging.judging import judge, open_for_children
from keepwell.lake.staging.reading import Delivered, deliver
from keepwell.lake.staging.withdrawing import withdraw
from keepwell.schema import TABLES, CanonicalTable
from keepwell.schema.table import SPARED

REJECTED = {
    "source": "string", "row": "int64", "table": "string", "column": "string",
    "value": "string", "law": "string", "remedy": "string", "batch": "string",
}  # fmt: skip
"""Columns of a quarantine and their types."""


@dataclass(frozen=True)
class Prepared:
    """
    What a delivery would do, laid ready.

    Args:
        fates: Source records by what became of them.
        tables: Canonical table -> counts.
        changes: Canonical table -> files that go and come.
    """

    fates: Fates
    tables: Mapping[str, Count]
    changes: Mapping[str, Change]


def prepare(home: Home, snapshot: Snapshot, delivery: Delivery, batch: str, into: Path, progress: Progress) -> Prepared:
    """
    Judge, fold and compare a delivery; write the files a commit lets in and the quarantine.

    Args:
        home: The lake.
        snapshot: What the delivery is compared with.
        delivery: The rows that ask to be let in.
        batch: Id, written into every row.
        into: Empty folder for data files and rejected.parquet.
        progress: Told table by table.
    """
    wanted = _order(delivery)
    with bench(into) as work:
        _begin(work, delivery)
        incoming = {}
        for done, name in enumerate(wanted):
            progress(f"Checking {name.replace('_', ' ')}", done, len(wanted))
            stored = files(home, name, snapshot.tables[name]) if name in snapshot.tables else {}
            see_lake(work, TABLES[name], [home.near(f"{folder(name)}/{file}") for file in stored])
            if name in delivery.tables:
                incoming[name] = _judged(work, TABLES[name], delivery)
            else:
                _parent_only(work, TABLES[name])
        withdraw(work, tuple(incoming))
        counts, changes = {}, {}
        for name, told in incoming.items():
            counts[name], changes[name] = _compared(work, told, delivery, batch, into)
        fates = count(work, delivery.sources)
        _write_quarantine(work, batch, into)
        progress("Checked", len(wanted), len(wanted))
    return Prepared(fates, counts, changes)


def nothing_new(delivery: Delivery, twin: Batch, into: Path) -> Prepared:
    """A delivery that was let in before, to the last row: as prepare, at once."""
    with bench(into) as work:
        _begin(work, delivery)
        _write_quarantine(work, twin.id, into)
    read = sum(delivery.sources.values())
    known = {name: Count(unchanged=c.new + c.corrected + c.unchanged) for name, c in twin.tables.items()}
    return Prepared(Fates(read, 0, 0, read, 0), known, {})


def _write_quarantine(work: Bench, batch: str, into: Path) -> None:
    out = quoted(str(into / "rejected.parquet"))
    work.do(f"COPY (SELECT *, {quoted(batch)} AS batch FROM rejected ORDER BY source, row) TO {out} (FORMAT parquet)")


def _order(delivery: Delivery) -> list[str]:
    """Delivered tables and those they refer to, parents first."""
    if unknown := set(delivery.tables) - set(TABLES):
        raise LakeError(
            f"The delivery brings {', '.join(sorted(unknown))}, which is no canonical table.",
            f"Tables are {', '.join(TABLES)}.",
            "This is a fault of the connector that made it; please report it.",
        )
    parents = {parent for name in delivery.tables for parent in TABLES[name].refers.values()}
    return [name for name in TABLES if name in parents or name in delivery.tables]


def _begin(work: Bench, delivery: Delivery) -> None:
    work.do("CREATE TABLE fates (source VARCHAR, row BIGINT, fate TINYINT)")
    types = ", ".join(f'"{name}" {sql_type(dt.dtype(type))}' for name, type in REJECTED.items() if name != "batch")
    work.do(f"CREATE TABLE rejected ({types})")
    if delivery.rejected:
        read = parquet([str(path) for path in delivery.rejected], "union_by_name = true")
        work.do(f'INSERT INTO rejected SELECT _source, _row, "table", "column", value, law, remedy FROM {read}')


def _judged(work: Bench, table: CanonicalTable, delivery: Delivery) -> Delivered:
    name = table.name
    work.do(f'CREATE TABLE "refused_{name}" (_id BIGINT, "column" VARCHAR, value VARCHAR, law VARCHAR, remedy VARCHAR)')
    work.do(f'CREATE TABLE "withdrawn_{name}" (_id BIGINT)')
    incoming = deliver(work, table, delivery.tables[name], f"refused_{name}")
    recall(work, table)
    judge(work, incoming, {column: TABLES[parent] for column, parent in table.refers.items()}, datetime.now(UTC))
    open_for_children(work, table)
    return incoming


def _compared(work: Bench, incoming: Delivered, delivery: Delivery, batch: str, into: Path) -> tuple[Count, Change]:
    name = incoming.table.name
    fold(work, incoming, tuple(delivery.sources))
    compared = compare(work, incoming)
    change = lay_ready(work, incoming, compared, batch, into)
    tell(work, incoming)
    work.do(f"""
        INSERT INTO rejected
        SELECT record._source, record._row, {quoted(name)}, why."column", why.value, why.law, why.remedy
        FROM (FROM "refused_{name}" UNION ALL SELECT * REPLACE (concat_ws(' ', remedy, {quoted(SPARED)}) AS remedy) FROM "spared_{name}")
        AS why JOIN "in_{name}" AS record USING (_id)""")
    refused = work.row(
        f"""SELECT count(DISTINCT (source, row)) FROM rejected WHERE "table" = {quoted(name)} AND NOT suffix(coalesce(remedy, ''), {quoted(SPARED)})"""
    )[0]
    return Count(compared.new, compared.corrected, compared.unchanged, int(refused)), change


def _parent_only(work: Bench, table: CanonicalTable) -> None:
    """A table others refer to, of which nothing is delivered."""
    if len(table.key) == 1:
        work.do(f'CREATE VIEW "key_{table.name}" AS SELECT "{table.key[0]}" AS key FROM "lake_{table.name}"')
        work.do(f'CREATE TABLE "why_{table.name}" (key VARCHAR, law VARCHAR)')
