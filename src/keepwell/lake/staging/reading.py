"""What was delivered? Files of one canonical table as one relation, safely typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keepwell.errors import LakeError
from keepwell.lake.engines.duckdb import quoted, sql_type
from keepwell.lake.staging.bench import Bench, columns, parquet
from keepwell.schema import CanonicalTable


@dataclass(frozen=True)
class Delivered:
    """
    One canonical table as delivered.

    Args:
        table: The canonical table.
        given: Column -> numbers of the files that speak of it; a column no file speaks of is missing.
        files: How many files there are.
    """

    table: CanonicalTable
    given: Mapping[str, frozenset[int]]
    files: int

    @property
    def name(self) -> str:
        """Relation of the delivered rows; see deliver()."""
        return f"in_{self.table.name}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns no file speaks of."""
        return tuple(name for name in self.table.columns if not self.given[name])

    @property
    def partly(self) -> tuple[str, ...]:
        """Columns some files speak of and others do not."""
        return tuple(name for name in self.table.columns if 0 < len(self.given[name]) < self.files)


def deliver(bench: Bench, table: CanonicalTable, paths: Sequence[Path], refused: str) -> Delivered:
    """
    Make relation in_<table>: the table's columns in its types, _id (a number of its own for every row) and where it came from (_file, _source, _row).

    Args:
        bench: Where.
        table: The canonical table the files claim to be.
        paths: Parquet files.
        refused: Relation (_id, column, value, law, remedy) that takes the cells that are not of their type.

    Raises:
        LakeError: A file has columns the table does not know, or lacks _row or _source.
    """
    found = [_types(bench, path) for path in paths]
    for path, types in zip(paths, found, strict=True):
        _check(table, path, types)
    parts = [_one_file(table, number, path, found[number]) for number, path in enumerate(paths)]
    bench.do(f'CREATE VIEW "in_{table.name}" AS {" UNION ALL ".join(parts)}')
    for number, path in enumerate(paths):
        _refuse_wrong_cells(bench, table, number, path, found[number], refused)
    given = {name: frozenset(n for n, types in enumerate(found) if name in types) for name in table.columns}
    return Delivered(table, given, len(paths))


def _types(bench: Bench, path: Path) -> dict[str, str]:
    return {name: type for name, type, *_ in bench.rows(f"DESCRIBE SELECT * FROM {parquet([str(path)])}")}


def _check(table: CanonicalTable, path: Path, types: Mapping[str, str]) -> None:
    unknown = set(types) - set(table.columns) - {"_row", "_source"}
    lacking = {"_row", "_source"} - set(types)
    if unknown or lacking:
        told = [f"unknown: {', '.join(sorted(unknown))}"] if unknown else []
        told += [f"missing: {', '.join(sorted(lacking))}"] if lacking else []
        raise LakeError(
            f"{path} is not a delivery of {table.name}; columns {'; '.join(told)}.",
            f"It may have _row, _source and columns of {table.name}, no others.",
            "This is a fault of the connector that made it; please report it.",
        )


def _one_file(table: CanonicalTable, number: int, path: Path, types: Mapping[str, str]) -> str:
    cells = [_cell(name, sql_type(type), types) for name, type in table.schema.items()]
    marks = (
        f"({number}::BIGINT << 40) + file_row_number AS _id, {number}::INTEGER AS _file, "
        "_source::VARCHAR AS _source, _row::BIGINT AS _row"
    )
    return f"SELECT {marks}, {', '.join(cells)} FROM {parquet([str(path)], 'file_row_number = true')}"


def _cell(name: str, type: str, types: Mapping[str, str]) -> str:
    """One column in its type; null where it cannot be cast or is missing. Maps are put in the order of their keys."""
    if name not in types:
        return f'CAST(NULL AS {type}) AS "{name}"'
    cast = f'"{name}"' if types[name] == sql_name(type) else f'TRY_CAST("{name}" AS {type})'
    return f'{sorted_map(cast)} AS "{name}"' if type.startswith("MAP") else f'{cast} AS "{name}"'


def sorted_map(expr: str) -> str:
    """A map with its entries in the order of their keys, so that equal maps compare equal."""
    return f"map_from_entries(list_sort(map_entries({expr})))"


def sql_name(type: str) -> str:
    """A type as DuckDB spells it back."""
    spelled = {"TEXT": "VARCHAR", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "MAP(TEXT, TEXT)": "MAP(VARCHAR, VARCHAR)"}
    return spelled.get(type, type).replace(", ", ",") if type.startswith("DECIMAL") else spelled.get(type, type)


def _refuse_wrong_cells(
    bench: Bench, table: CanonicalTable, number: int, path: Path, types: Mapping[str, str], refused: str
) -> None:
    for name, type in table.schema.items():
        wanted = sql_type(type)
        if name not in types or types[name] == sql_name(wanted) or wanted == "TEXT":
            continue
        bench.do(f"""
            INSERT INTO "{refused}"
            SELECT ({number}::BIGINT << 40) + file_row_number, {quoted(name)}, "{name}"::VARCHAR,
                   {quoted(f"{name} is a {table.columns[name].type}")}, {quoted(f"Correct {name}, or leave it empty.")}
            FROM {parquet([str(path)], "file_row_number = true")}
            WHERE "{name}" IS NOT NULL AND TRY_CAST("{name}" AS {wanted}) IS NULL""")


def own(table: CanonicalTable, prefix: str = "") -> str:
    """The table's own columns, quoted, with commas between."""
    return columns(tuple(table.columns), prefix)
