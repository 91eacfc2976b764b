"""What is new, what is corrected, what was known? Incoming rows beside the stored ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keepwell.lake.delta import BATCH, Change
from keepwell.lake.engines.duckdb import quoted, sql_type
from keepwell.lake.staging.bench import Bench, columns, stored
from keepwell.lake.staging.filling import fill, same_key
from keepwell.lake.staging.reading import Delivered, own
from keepwell.schema import CanonicalTable

ROW_GROUP = 122_880
FILE_BYTES = "256MB"


@dataclass(frozen=True)
class Compared:
    """How many keys of a table are new, corrected and unchanged."""

    new: int
    corrected: int
    unchanged: int


def see_lake(bench: Bench, table: CanonicalTable, files: Sequence[str]) -> None:
    """Make lake_<table>: every stored row with its batch and the file it lies in."""
    names = (*table.columns, BATCH, "filename")
    if files:
        query = f"SELECT {columns(names)} FROM {stored(table, files, 'filename = true')}"
    else:
        types = [*(sql_type(type) for type in table.schema.types), "VARCHAR", "VARCHAR"]
        cells = (f'CAST(NULL AS {type}) AS "{name}"' for name, type in zip(names, types, strict=True))
        query = f"SELECT {', '.join(cells)} WHERE false"
    bench.do(f'CREATE VIEW "lake_{table.name}" AS {query}')


def recall(bench: Bench, table: CanonicalTable) -> None:
    """Make old_<table>: the stored rows of keys that are delivered."""
    name, key = table.name, columns(table.key)
    bench.do(f'CREATE TABLE "old_{name}" AS FROM "lake_{name}" SEMI JOIN "in_{name}" USING ({key})')


def compare(bench: Bench, incoming: Delivered) -> Compared:
    """Make final_<table>, the rows as they shall stand, and same_<table>, the keys of those that stand so already."""
    table, name = incoming.table, incoming.table.name
    bench.do(f'CREATE VIEW "final_{name}" AS {fill(bench, incoming, f"rows_{name}")}')
    equal = " AND ".join(f'new."{column}" IS NOT DISTINCT FROM old."{column}"' for column in table.columns)
    total = bench.count(f"final_{name}")
    bench.do(f"""
        CREATE TABLE "same_{name}" AS SELECT {columns(table.key, "new.")} FROM "final_{name}" AS new
        JOIN "old_{name}" AS old ON {same_key(incoming)} WHERE {equal}""")
    known = int(
        bench.row(f'SELECT count(*) FROM "final_{name}" AS new SEMI JOIN "old_{name}" AS old ON {same_key(incoming)}')[
            0
        ]
    )
    same = bench.count(f"same_{name}")
    return Compared(total - known, known - same, same)


def lay_ready(bench: Bench, incoming: Delivered, compared: Compared, batch: str, into: Path) -> Change:
    """
    Make fresh_<table>, the rows that are new or corrected, and write the data files a commit will let in.

    Files of the lake in which a row is corrected are written anew without it, so that a commit only exchanges files.

    Args:
        bench: Holds final_<table>, same_<table>, old_<table>.
        incoming: The delivered table.
        compared: What was found.
        batch: Written into every row that changes.
        into: Folder for the files; their names begin with its own name.
    """
    table, name, key = incoming.table, incoming.table.name, columns(incoming.table.key)
    known = f'ANTI JOIN "same_{name}" USING ({key})' if compared.unchanged else ""
    bench.do(f'CREATE VIEW "fresh_{name}" AS FROM "final_{name}" {known}')
    if not compared.new and not compared.corrected:
        return Change((), ())
    rows = f'SELECT {own(table)}, {quoted(batch)} AS {BATCH} FROM "fresh_{name}"'
    bench.do(f'CREATE TABLE "corrected_{name}" AS FROM "old_{name}" SEMI JOIN "fresh_{name}" USING ({key})')
    if not compared.corrected:
        return Change((), write(bench, table, rows, into))
    touched = [file for (file,) in bench.rows(f'SELECT DISTINCT filename FROM "corrected_{name}"')]
    others = f"""
        SELECT {own(table)}, {BATCH} FROM {stored(table, touched)}
        ANTI JOIN "corrected_{name}" USING ({key})"""
    return Change(tuple(Path(file).name for file in touched), write(bench, table, f"{rows} UNION ALL {others}", into))


def write(bench: Bench, table: CanonicalTable, query: str, into: Path) -> tuple[Path, ...]:
    """
    Write rows as data files, clustered by customer within months where the table has both.

    Returns:
        The files; none where there are no rows.
    """
    pattern = f"{into.name}-{table.name}-{{i}}"
    bench.do(f"""
        COPY (SELECT * FROM ({query}) {_order(table)}) TO {quoted(str(into))}
        (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, FILE_SIZE_BYTES '{FILE_BYTES}',
         FILENAME_PATTERN {quoted(pattern)}, OVERWRITE_OR_IGNORE true)""")
    written = sorted(into.glob(f"{into.name}-{table.name}-*.parquet"))
    return tuple(path for path in written if _rows(path))


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _order(table: CanonicalTable) -> str:
    when = next((name for name, c in table.columns.items() if c.required and c.type.startswith("timestamp")), None)
    if when and "customer_id" in table.columns:
        return f'ORDER BY date_trunc(\'month\', "{when}"), customer_id, "{when}"'
    return f"ORDER BY {columns(table.key)}"
