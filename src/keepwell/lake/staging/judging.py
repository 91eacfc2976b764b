"""Which rows may come in? Laws, types and references; every refusal has its reason."""

from collections.abc import Mapping
from datetime import datetime

from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.staging.bench import Bench, columns
from keepwell.lake.staging.filling import fill
from keepwell.lake.staging.reading import Delivered
from keepwell.schema import CanonicalTable, violations


def judge(bench: Bench, incoming: Delivered, parents: Mapping[str, CanonicalTable], now: datetime) -> None:
    """
    Fill relation refused_<table> (_id, column, value, law, remedy) and make ok_<table>, the rows not refused.

    Args:
        bench: Holds in_<table>, old_<table> (what the lake knows of the same keys), refused_<table> with the wrong
            cells in it, and for each parent key_<parent> (keys that are known) and why_<parent> (refused keys).
        incoming: The delivered table.
        parents: Column -> table it refers to.
        now: What happened cannot lie ahead of it.
    """
    name = incoming.table.name
    bench.do(f'CREATE VIEW "judged_{name}" AS {fill(bench, incoming, incoming.name, keep=("_id",))}')
    found = violations(bench.backend.table(f"judged_{name}"), incoming.table, row="_id", now=now)
    told = found.select(_id=found.row, column=found.column, value=found.value, law=found.law, remedy=found.remedy)
    bench.do(f"""
        INSERT INTO "refused_{name}" SELECT _id, "column", value, law, remedy FROM ({bench.backend.compile(told)}) AS broken
        ANTI JOIN "refused_{name}" AS cell USING (_id, "column")""")
    for column, parent in parents.items():
        _refuse_orphans(bench, name, column, parent)
    _spare(bench, incoming.table)
    bench.do(f"""
        CREATE VIEW "ok_{name}" AS SELECT * FROM "in_{name}"
        {f'ANTI JOIN "refused_{name}" USING (_id)' if bench.count(f"refused_{name}") else ""}""")


def _spare(bench: Bench, table: CanonicalTable) -> None:
    """
    Make spared_<table>: faults of values a row can do without. Such a value is left empty in in_<table>, and its row comes in.

    Only where a null says nothing (a table that fills): a wrong day in what is told of a customer must not take away the
    customer, and with them everything that refers to them.
    """
    name = table.name
    free = (
        [column for column, about in table.columns.items() if not about.required and not about.one_of]
        if table.fills
        else []
    )
    bench.do(f"""
        CREATE TABLE "spared_{name}" AS SELECT * FROM "refused_{name}"
        WHERE "column" IN ({", ".join(map(quoted, free)) or "NULL"})
        AND _id NOT IN (SELECT _id FROM "refused_{name}" WHERE "column" NOT IN ({", ".join(map(quoted, free)) or "''"}))""")
    if not bench.count(f"spared_{name}"):
        return
    bench.do(f'DELETE FROM "refused_{name}" WHERE _id IN (SELECT _id FROM "spared_{name}")')
    wrong = [column for (column,) in bench.rows(f'SELECT DISTINCT "column" FROM "spared_{name}"')]
    bench.do(f'ALTER VIEW "in_{name}" RENAME TO "told_{name}"')
    empty = ", ".join(
        f"""CASE WHEN _id NOT IN (SELECT _id FROM "spared_{name}" WHERE "column" = {quoted(column)}) THEN "{column}" END AS "{column}" """
        for column in wrong
    )
    bench.do(f'CREATE VIEW "in_{name}" AS SELECT * REPLACE ({empty}) FROM "told_{name}"')


def _refuse_orphans(bench: Bench, name: str, column: str, parent: CanonicalTable) -> None:
    """Rows whose customer, order ... is neither in this delivery nor in the lake; a refused one is named."""
    one = parent.name.removesuffix("s")
    bench.do(f"""
        INSERT INTO "refused_{name}"
        SELECT row._id, {quoted(column)}, row."{column}",
               CASE WHEN why.law IS NULL THEN {quoted(f"{column} is a known {one}")}
                    ELSE {quoted(f"the {one} it belongs to was refused: ")} || why.law END,
               CASE WHEN why.law IS NULL THEN {quoted(f"Import the {one} first or together with this row.")}
                    ELSE {quoted(f"Correct that {one} and import both again.")} END
        FROM (SELECT _id, "{column}" FROM "judged_{name}" ANTI JOIN "key_{parent.name}" ON key = "{column}"
              WHERE "{column}" IS NOT NULL) AS row
        LEFT JOIN "why_{parent.name}" AS why ON why.key = row."{column}" """)


def open_for_children(bench: Bench, table: CanonicalTable) -> None:
    """Make key_<table>, every key that children may refer to, and why_<table>, refused keys with their first reason."""
    if len(table.key) != 1:
        return
    name, key = table.name, columns(table.key)
    bench.do(f"""
        CREATE VIEW "key_{name}" AS
        SELECT {key} AS key FROM "ok_{name}" UNION ALL SELECT {key} FROM "lake_{name}" """)
    bench.do(f"""
        CREATE TABLE "why_{name}" AS
        SELECT {key} AS key, min(law) AS law FROM "refused_{name}" JOIN "in_{name}" USING (_id) GROUP BY ALL""")
