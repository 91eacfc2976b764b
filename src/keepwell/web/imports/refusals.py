"""Why can rows not come in? Faults put together by their reason, each with how many rows, what stands there, and where."""

import re
from datetime import datetime, tzinfo
from typing import Any

import duckdb
from django.utils.translation import gettext as _

from keepwell.schema import TABLES
from keepwell.schema.table import SPARED
from keepwell.web.imports import wording

MOST, VALUES, EXAMPLES = 50, 5, 5
"""Reasons that are told, values of each and rows of each."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00(:00)?")
_ONE_EMPTY = """
    DELETE FROM faults WHERE "column" = 'net' AND (source, row) IN (SELECT (source, row) FROM faults WHERE "column" = 'gross')"""
"""What is worked out from an empty amount is no second fault."""
Means = dict[tuple[str, str], str]
"""Source and canonical column -> the heading a file has for it."""


def stood(value: Any, zone: tzinfo | None) -> Any:
    """A value as a file would say it: a moment as it is on the company's clocks, not as the lake keeps it."""
    if zone is None or not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return value
    local = datetime.fromisoformat(value).astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def grouped(faults: Any, means: Means | None = None, zone: tzinfo | None = None) -> dict[str, Any]:
    """
    Faults by their reason, those of most rows first.

    Args:
        faults: A frame, or the name of a Parquet file, with source, row, table, column, value, law, remedy.
        means: What the sources call the columns, where that is known.
        zone: Of the company's clocks.

    Returns:
        "rows" that stay out whole, "spared" that come in without a value, "n" of faults, and "reasons": source, table, column, law, remedy, rows,
        values (with how often), examples (numbers of rows), spared.
    """
    with duckdb.connect() as engine:
        if isinstance(faults, str):
            engine.execute(f"CREATE VIEW said AS FROM read_parquet('{faults.replace(chr(39), chr(39) * 2)}')")
        else:
            engine.register("said", faults)
        engine.execute(
            "CREATE TEMP TABLE faults AS SELECT * REPLACE (coalesce(remedy, '') AS remedy, left(coalesce(value, ''), 80) AS value), "
            f"ends_with(coalesce(remedy, ''), '{SPARED}') AS spared FROM said"
        )
        engine.execute(_ONE_EMPTY)
        n, rows, spared = engine.execute(
            "SELECT count(*), count(DISTINCT (source, row)) FILTER (NOT spared), count(DISTINCT (source, row)) FILTER (spared) FROM faults"
        ).fetchone() or (0, 0, 0)
        found = engine.execute(
            'SELECT source, "table", "column", law, remedy, spared, count(DISTINCT row), min(row, ?), count(DISTINCT value) FROM faults '
            'GROUP BY ALL ORDER BY spared, count(DISTINCT row) DESC, source, "column", law LIMIT ?',
            [EXAMPLES, MOST],
        ).fetchall()
        reasons = [_reason(engine, each, means or {}, zone) for each in found]
    return {"n": n, "rows": rows, "spared": spared, "reasons": reasons}


def _reason(
    engine: duckdb.DuckDBPyConnection, told: tuple[Any, ...], means: Means, zone: tzinfo | None
) -> dict[str, Any]:
    source, table, column, law, remedy, spared, rows, examples, kinds = told
    values = engine.execute(
        'SELECT value, count(DISTINCT row) FROM faults WHERE source = ? AND "table" IS NOT DISTINCT FROM ? AND "column" IS NOT DISTINCT FROM ? '
        "AND law = ? AND remedy = ? AND value <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        [source, table, column, law, remedy, VALUES],
    ).fetchall()
    return {
        "source": source, "table": table or "", "column": column or "", "spared": spared, "rows": rows, "examples": list(examples),
        "called": (means.get((source, column)) or wording.field(table, column)) if _canonical(table, column) else column or "",
        "law": wanted(law, table), "remedy": todo(remedy, table),
        "values": [(stood(value, zone), n) for value, n in values], "more_values": max(0, kinds - len(values)), "more": max(0, rows - len(examples)),
    }  # fmt: skip


def called(source: str, table: str, column: str, means: Means) -> str:
    """
    What people call the column of a fault, where anybody knows what it means; "" otherwise.

    Args:
        source: Whose row it is.
        table: Canonical table it was for.
        column: The file's heading, or the canonical column.
        means: What the sources call the columns.
    """
    if _canonical(table, column):
        return wording.field(table, column)
    field = next((name for (of, name), heading in means.items() if of == source and heading == column), "")
    return wording.field(table, field) if field else ""


def _canonical(table: str, column: str) -> bool:
    return table in TABLES and column in TABLES[table].columns


def todo(remedy: str, table: str) -> str:
    """A remedy as the page says it."""
    return _called(wording.plainly(remedy), table)


def wanted(law: str, table: str) -> str:
    """A law without the names of columns a person has never seen."""
    if law.startswith("is a known word for "):
        return _("is a word whose meaning is known")
    return _called(law.removeprefix("is "), table)


def _called(sentence: str, table: str) -> str:
    """A sentence with columns called as people call them; a name that is a plain word only where it can be nothing else."""
    for name in sorted(TABLES[table].columns if table in TABLES else (), key=len, reverse=True):
        found = rf"\b{name}\b" if "_" in name else rf"^{name}\b|(?<=Fill in ){name}\b|(?<=Correct ){name}\b(?=,| or)"
        sentence = re.sub(found, f"“{wording.field(table, name)}”", sentence)
    return sentence
