"""What if a delivery says the same thing twice? One row per key: the later word holds, column by column."""

from collections.abc import Sequence

from keepwell.lake.engines.duckdb import quoted, sql_type
from keepwell.lake.staging.bench import Bench, columns
from keepwell.lake.staging.filling import given
from keepwell.lake.staging.reading import Delivered, own, sorted_map


def fold(bench: Bench, incoming: Delivered, sources: Sequence[str]) -> None:
    """
    Make rows_<table>, one row per key, and superseded_<table>, the _id of rows of which nothing is left.

    Later is: a later file, then a later source, then a higher _row.
    A row has no say in a column its file does not have, nor with a null where the table fills.

    Args:
        bench: Holds ok_<table>.
        incoming: The delivered table.
        sources: Source names in their order.
    """
    table, name = incoming.table, incoming.table.name
    key = columns(table.key)
    said = [] if table.fills else [f'{given(incoming, c, incoming.name)} AS "_given_{c}"' for c in incoming.partly]
    bench.do(f'CREATE TABLE "twice_{name}" AS SELECT {key} FROM "ok_{name}" GROUP BY ALL HAVING count(*) > 1')
    once = f'SELECT {", ".join([own(table), *said])} FROM "ok_{name}" AS new'
    if not bench.count(f"twice_{name}"):
        bench.do(f'CREATE VIEW "rows_{name}" AS {once}')
        bench.do(f'CREATE TABLE "superseded_{name}" (_id BIGINT)')
        return
    _fold_twice(bench, incoming, sources)
    told = columns((*table.columns, *(f"_given_{c}" for c in incoming.partly if said)))
    bench.do(f"""
        CREATE VIEW "rows_{name}" AS
        {once} ANTI JOIN "twice_{name}" USING ({key}) UNION ALL SELECT {told} FROM "folded_{name}" """)
    bench.do(f"""
        CREATE TABLE "superseded_{name}" AS
        SELECT _id FROM "ok_{name}" SEMI JOIN "twice_{name}" USING ({key})
        ANTI JOIN (SELECT unnest(_by) AS _id FROM "folded_{name}") USING (_id)""")


def _fold_twice(bench: Bench, incoming: Delivered, sources: Sequence[str]) -> None:
    """Make folded_<table>: keys told more than once, with _by, the rows that had the last word on something."""
    table, name = incoming.table, incoming.table.name
    rest = [column for column in table.columns if column not in table.key and incoming.given[column]]
    order = f"_file, list_position([{', '.join(map(quoted, sources))}], _source), _row, _id"
    cells, by = [columns(table.key)], [f"last(_id ORDER BY {order})"] if not rest else []
    for column in table.columns:
        if column in table.key:
            continue
        if column not in rest:
            cells.append(f'CAST(NULL AS {sql_type(table.schema[column])}) AS "{column}"')
            continue
        says = f"FILTER (WHERE {given(incoming, column, incoming.name)})"
        cells.append(f'{_last_word(incoming, column, order, says)} AS "{column}"')
        by.append(f"last(_id ORDER BY {order}) {says}")
        if column in incoming.partly and not table.fills:
            cells.append(f'bool_or({given(incoming, column, incoming.name)}) AS "_given_{column}"')
    bench.do(f"""
        CREATE TABLE "folded_{name}" AS
        SELECT {", ".join(cells)}, list_distinct([{", ".join(by)}]) AS _by
        FROM "ok_{name}" AS new SEMI JOIN "twice_{name}" USING ({columns(table.key)}) GROUP BY {columns(table.key)}""")


def _last_word(incoming: Delivered, column: str, order: str, says: str) -> str:
    if incoming.table.fills and sql_type(incoming.table.schema[column]).startswith("MAP"):
        return sorted_map(f'list_reduce(list("{column}" ORDER BY {order}) {says}, lambda a, b: map_concat(a, b))')
    return f'last("{column}" ORDER BY {order}) {says}'
