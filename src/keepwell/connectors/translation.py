"""How does an export become canonical tables? Sheets of typed cells, SELECTs over them, Parquet files and rejected rows."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from keepwell.connectors.cells import MACROS
from keepwell.connectors.contract import REJECTED, ROW, SOURCE, Match, Raw, Translated
from keepwell.connectors.headers import folded
from keepwell.errors import SourceError
from keepwell.machine import memory_limit
from keepwell.schema import TABLES
from keepwell.schema.table import INSTANT, SPARED

_ENGINE_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "map<string, string>": "MAP(VARCHAR, VARCHAR)",
}


@dataclass(frozen=True)
class Kind:
    """
    How a cell is read.

    Args:
        read: From the SQL of the cell, the SQL of its value: null where it cannot be read.
        law: What a cell must be, as a sentence.
        remedy: What a person does about one that is not.
    """

    read: Callable[[str], str]
    law: str = ""
    remedy: str = ""


TEXT = Kind(lambda cell: f"clean({cell})")
KEY = Kind(lambda cell: f"unapostrophe({cell})")
EMAIL = Kind(lambda cell: f"email({cell})")
WORD = Kind(lambda cell: f"word({cell})")
PHONE = Kind(lambda cell: f"phone({cell})")
MONEY = Kind(
    lambda cell: f"money({cell})",
    "is an amount of money such as 1234.50 or $1,234.50, below ten thousand million",
    "Correct the amount in the file and import it again.",
)
NUMBER = Kind(lambda cell: f"money({cell})", "is a number such as 2 or 1.5", "Correct the number and import again.")
CURRENCY = Kind(
    lambda cell: f"currency({cell})", "is a currency of three letters", "Give the ISO 4217 code, such as USD."
)
YES = Kind(lambda cell: f"yes({cell})", "is yes or no", "Write true or false.")


def instant(zone: str, *, day_first: bool = False) -> Kind:
    """
    Times: with an offset they are what they say, without one they are the wall clock of *zone*.

    Args:
        zone: IANA name for times that carry no offset.
        day_first: Whether 01/02/2026 is the first of February.
    """
    order = "true" if day_first else "false"
    return Kind(
        lambda cell: f"instant({cell}, {text(zone)}, {order})",
        "is a time such as 2026-06-30 23:33:00 -0400",
        "Correct the time in the file and import it again.",
    )


@dataclass(frozen=True)
class Field:
    """
    One column of an export, as the translator knows it.

    Args:
        names: Headings it goes by, best first; case and surrounding blanks do not matter.
        kind: How its cells are read.
        essential: Whether an export without the column is refused; otherwise its values are null.
        filled: Whether a row with an empty cell is rejected.
        spared: Whether a cell that cannot be read is left empty and told, instead of taking its row away.
    """

    names: tuple[str, ...]
    kind: Kind = TEXT
    essential: bool = False
    filled: bool = False
    spared: bool = False


Columns = Callable[[Raw], Mapping[str, Field]]
"""From a source, the columns to read of it: name here -> field of the export."""
NO_SOURCE = Raw("", Path(), (), 0, None, "")
"""Stands for the source where an export was not given; it has no columns."""


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def heading(raw: Raw, names: Sequence[str]) -> str | None:
    """The column of *raw* that goes by one of *names*, None where there is none."""
    known = {folded(column): column for column in reversed(raw.columns)}
    return next((known[folded(name)] for name in names if folded(name) in known), None)


def cell(raw: Raw, *names: str) -> str:
    """The SQL of a source cell: its column, or a null text where the export has none of *names*."""
    column = heading(raw, names)
    return "NULL::VARCHAR" if column is None else '"' + column.replace('"', '""') + '"'


def words(states: Mapping[str, str]) -> str:
    """
    The SQL of a dictionary, to be followed by [word].

    Args:
        states: What a platform says -> what it means.
    """
    return f"MAP {{{', '.join(f'{text(word)}: {text(state)}' for word, state in states.items())}}}"


def traits(values: Mapping[str, str]) -> str:
    """
    The SQL of a map of named traits; those without a value are left out, null where none has one.

    Args:
        values: Trait -> SQL of its value.
    """
    entries = ", ".join(f"{{'key': {text(name)}, 'value': CAST({value} AS VARCHAR)}}" for name, value in values.items())
    return (
        f"list_transform([list_filter([{entries}], lambda entry: entry.value IS NOT NULL)], "
        "lambda known: CASE WHEN len(known) > 0 THEN map_from_entries(known) END)[1]"
    )


def engine(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that spills into a folder instead of filling the memory."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit(),
        "temp_directory": str(scratch / "spill"),
        "preserve_insertion_order": "false",
    }
    return duckdb.connect(config=settings)


class Translation:
    """
    One translation under way; a context that takes its scratch files with it.

    Args:
        into: Existing folder for the Parquet files.

    Raises:
        SourceError: From any method, when the engine cannot do it (disk full, memory).
    """

    def __init__(self, into: Path) -> None:
        self.into, self.scratch = into, into / "scratch"
        self.scratch.mkdir()
        self.notes: list[str] = []
        self._selects: dict[str, list[str]] = {}
        self._rejects: list[str] = []
        self._sheets: list[str] = []
        self._engine = engine(self.scratch)
        self._engine.execute("SET TimeZone = 'UTC'")
        self._engine.execute(MACROS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows a query gives; for counts and the few distinct words of a column."""
        try:
            return self._engine.execute(sql).fetchall()
        except duckdb.Error as fault:
            raise SourceError(
                f"The source could not be translated: {fault}", "", "Free memory or disk, then try again."
            ) from None

    def note(self, sentence: str) -> None:
        """Tell the user something, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def raw(self, raw: Raw) -> str:
        """The SQL of a source's rows, untouched."""
        return f"read_parquet({text(str(raw.rows_file))})"

    def sheet(self, raw: Raw, table: str, fields: Mapping[str, Field]) -> str:
        """
        Read a source's cells into typed columns; rows with a cell that cannot be read are rejected and left out.

        A kind may look at another cell of its row as cell_ and the name of that column.

        Args:
            raw: The source.
            table: Canonical table its rows are for, told with a rejected cell.
            fields: Column name here -> field of the export.

        Returns:
            Name of a view with the columns, _row and _source.

        Raises:
            SourceError: An essential column is not there.
        """
        check_essential(raw, fields)
        name = f"sheet_{len(self._sheets)}"
        file = text(str(self.scratch / f"{name}.parquet"))
        cells = ", ".join(f"{cell(raw, *field.names)} AS cell_{column}" for column, field in fields.items())
        values = ", ".join(f"{field.kind.read('cell_' + column)} AS {column}" for column, field in fields.items())
        faults = ", ".join(_fault(raw, column, field) for column, field in fields.items())
        self.ask(
            f"COPY (SELECT * EXCLUDE ({', '.join('cell_' + column for column in fields)}), "
            f"list_filter([{faults}], lambda fault: fault IS NOT NULL) AS _faults "
            f"FROM (SELECT *, {text(raw.name)} AS _source, {values} FROM (SELECT _row, {cells} FROM {self.raw(raw)})))"
            f" TO {file} (FORMAT parquet)"
        )
        self.ask(f"CREATE VIEW {name} AS SELECT * EXCLUDE (_faults) FROM read_parquet({file}) WHERE {_whole(fields)}")
        self._rejects.append(
            f'SELECT _source, _row, {text(table)} AS "table", unnest(_faults, recursive := true) '
            f"FROM read_parquet({file}) WHERE len(_faults) > 0"
        )
        self._sheets.append(name)
        return name

    def sheets(self, raws: Sequence[tuple[Raw, Match]], export: str, table: str, columns: Columns) -> str:
        """
        Read all sources of one export as one sheet (see sheet), without rows where there are none.

        Args:
            raws: All sources, with what they are.
            export: The export wanted.
            table: Canonical table its rows are for.
            columns: What to read of a source.

        Returns:
            Name of the view, "all_" and the export.
        """
        parts = [
            f"SELECT * FROM {self.sheet(raw, table, columns(raw))}" for raw, match in raws if match.export == export
        ]
        return self.view(f"all_{export}", " UNION ALL BY NAME ".join(parts) or self._nothing(columns(NO_SOURCE)))

    def _nothing(self, fields: Mapping[str, Field]) -> str:
        cells = ", ".join(f"NULL::VARCHAR AS cell_{column}" for column in fields)
        values = ", ".join(f"{field.kind.read('cell_' + column)} AS {column}" for column, field in fields.items())
        return f"SELECT 0::BIGINT AS _row, '' AS _source, {values} FROM (SELECT {cells}) WHERE false"

    def day_first(self, raw: Raw, names: Sequence[str], otherwise: bool = False) -> bool:
        """
        Whether dates such as 01/02/2026 have the day first, told by the column itself.

        Args:
            raw: The source.
            names: Headings of a column of dates.
            otherwise: What holds where no date of the column can tell.
        """
        if heading(raw, names) is None:
            return otherwise
        parts = f"regexp_extract(unapostrophe({cell(raw, *names)}), '^(\\d{{1,2}})[/.-](\\d{{1,2}})[/.-]', ['a', 'b'])"
        day, month = self.ask(
            "SELECT count(*) FILTER (TRY_CAST(parts.a AS INTEGER) > 12), count(*) FILTER (TRY_CAST(parts.b AS "
            "INTEGER) > 12) "
            f"FROM (SELECT {parts} AS parts FROM {self.raw(raw)})"
        )[0]
        return bool(day) if day or month else otherwise

    def view(self, name: str, select: str) -> str:
        """Name a SELECT for later ones."""
        self.ask(f"CREATE VIEW {name} AS {select}")
        return name

    def add(self, table: str, select: str) -> None:
        """
        Say rows of a canonical table.

        Args:
            table: Canonical table.
            select: SELECT with some of its columns, _row and _source.
        """
        self._selects.setdefault(table, []).append(select)

    def buyers(self, rows: str, columns: Mapping[str, str]) -> None:
        """
        Say who bought and is not among the view "known": one customer each, as their newest order knows them.

        Args:
            rows: View of orders with customer_id, ordered_at, _row and _source.
            columns: Column of customers -> SQL of its value in *rows*; the newest one that is there is taken.
        """
        newest = "(ordered_at, _source, -_row)"
        told = "".join(f", arg_max({value}, {newest}) AS {column}" for column, value in columns.items())
        self.add(
            "customers",
            f"SELECT arg_max(_row, {newest}) AS _row, arg_max(_source, {newest}) AS _source, customer_id, 'person' "
            f"AS kind{told} "
            f"FROM {rows} ANTI JOIN known USING (customer_id) WHERE customer_id IS NOT NULL GROUP BY customer_id",
        )

    def tell(self, rows: str, key: str, sentences: Mapping[str, str]) -> None:
        """
        Note what holds of some rows.

        Args:
            rows: View.
            key: Column whose distinct values are counted.
            sentences: Condition -> sentence with {n} for the count; said where it is above 0.
        """
        counts = ", ".join(f"count(DISTINCT {key}) FILTER (WHERE {condition})" for condition in sentences)
        for count, sentence in zip(self.ask(f"SELECT {counts} FROM {rows}")[0], sentences.values(), strict=True):
            if count:
                self.note(sentence.format(n=count))

    def refuse(self, rows: str, table: str, column: str, value: str, law: str, remedy: str) -> None:
        """
        Refuse rows for a reason cells alone do not show.

        Args:
            rows: "view WHERE condition": the rows, with _row and _source.
            table: Canonical table they were for.
            column: Heading of the culprit.
            value: SQL of what it says.
            law: What it must be, as a sentence.
            remedy: What a person does about it.
        """
        self._rejects.append(
            f'SELECT _source, _row, {text(table)} AS "table", {text(column)} AS "column", {value}::VARCHAR AS value, '
            f"{text(law)} AS law, {text(remedy)} AS remedy FROM {rows}"
        )

    def finish(self) -> Translated:
        """Write every table and the rejected rows."""
        tables = {table: self._write(table, _typed(self, table, selects)) for table, selects in self._selects.items()}
        rejected = None
        rejects = " UNION ALL BY NAME ".join(self._rejects)
        if self._rejects and self.ask(f"SELECT count(*) FROM ({rejects})") != [(0,)]:
            columns = ", ".join(f'"{column}"' for column in REJECTED)
            rejected = self._write("rejected", f"SELECT {columns} FROM ({rejects}) ORDER BY _source, _row")
        return Translated(tables, rejected, tuple(self.notes))

    def _write(self, name: str, select: str) -> Path:
        file = self.into / f"{name}.parquet"
        self.ask(f"COPY ({select}) TO {text(str(file))} (FORMAT parquet, COMPRESSION zstd)")
        return file


def check_essential(raw: Raw, fields: Mapping[str, Field]) -> None:
    """
    Refuse an export that lacks what it cannot be understood without.

    Raises:
        SourceError: Naming every missing column.
    """
    missing = [field.names[0] for field in fields.values() if field.essential and heading(raw, field.names) is None]
    if missing:
        raise SourceError(
            f"{raw.name} has no column {', '.join(map(repr, missing))}.",
            "Without it its rows cannot be understood.",
            "Download the export again with that column in it.",
        )


def _whole(fields: Mapping[str, Field]) -> str:
    """The SQL of whether a row comes in: it has no fault, or only such as take a value away."""
    if not any(field.spared for field in fields.values()):
        return "len(_faults) = 0"
    return f"len(list_filter(_faults, lambda fault: NOT suffix(fault.remedy, {text(SPARED)}))) = 0"


def _fault(raw: Raw, column: str, field: Field) -> str:
    """The SQL of a cell's fault: null where there is none."""
    named = text(heading(raw, field.names) or field.names[0])
    faults = []
    if field.filled:
        faults.append(
            f"WHEN clean(cell_{column}) IS NULL THEN {{'column': {named}, 'value': NULL::VARCHAR, "
            f"'law': 'must be given', 'remedy': {text(f'Fill in {named[1:-1]}, or leave the row out.')}}}"
        )
    if field.kind.law:
        remedy = f"{field.kind.remedy} {SPARED}" if field.spared else field.kind.remedy
        faults.append(
            f"WHEN clean(cell_{column}) IS NOT NULL AND {column} IS NULL THEN {{'column': {named}, "
            f"'value': left(cell_{column}, 200), 'law': {text(field.kind.law)}, 'remedy': {text(remedy)}}}"
        )
    empty = 'NULL::STRUCT("column" VARCHAR, value VARCHAR, law VARCHAR, remedy VARCHAR)'
    return f"CASE {' '.join(faults)} ELSE {empty} END" if faults else empty


def _typed(translation: Translation, table: str, selects: Sequence[str]) -> str:
    """The union of the selects with the columns they have, cast to the schema's types, in its order."""
    union = " UNION ALL BY NAME ".join(f"({select})" for select in selects)
    said = {row[0] for row in translation.ask(f"DESCRIBE {union}")}
    columns = {name: _engine_type(column.type) for name, column in TABLES[table].columns.items() if name in said}
    unknown = said - columns.keys() - {ROW, SOURCE}
    if unknown:
        raise ValueError(f"{table} has no column {sorted(unknown)}")
    casts = ", ".join(f'TRY_CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items())
    return f"SELECT CAST(_row AS BIGINT) AS _row, _source, {casts} FROM ({union})"


def _engine_type(ibis_type: str) -> str:
    """The engine's name of a schema type."""
    return "TIMESTAMPTZ" if ibis_type == INSTANT else _ENGINE_TYPES.get(ibis_type, ibis_type.upper())
