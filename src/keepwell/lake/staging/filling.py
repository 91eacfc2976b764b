"""What does a row say where it is silent? The older value, where the lake knows one."""

from keepwell.lake.engines.duckdb import sql_type
from keepwell.lake.staging.bench import Bench, columns
from keepwell.lake.staging.reading import Delivered, sorted_map


def fill(bench: Bench, incoming: Delivered, relation: str, keep: tuple[str, ...] = ()) -> str:
    """
    A query of *relation* in which what a row does not speak of is taken from the lake.

    Args:
        bench: Holds old_<table>, the stored rows of the same keys.
        incoming: Which columns were given, and whether a null leaves the older value standing.
        relation: Delivered rows with _file, or folded rows with _given_<column> for partly given columns.
        keep: Further columns to hand on.
    """
    table = incoming.table
    silent = table.fills or incoming.missing or incoming.partly
    if not silent or not bench.count(f"old_{table.name}"):
        return f'SELECT {columns((*keep, *table.columns))} FROM "{relation}"'
    cells = [_cell(incoming, name, relation) for name in table.columns]
    return f"""
        SELECT {", ".join((*(f'new."{name}"' for name in keep), *cells))} FROM "{relation}" AS new
        LEFT JOIN "old_{table.name}" AS old ON {same_key(incoming)}"""


def same_key(incoming: Delivered) -> str:
    """The join of new and old rows."""
    return " AND ".join(f'new."{name}" = old."{name}"' for name in incoming.table.key)


def given(incoming: Delivered, name: str, relation: str) -> str:
    """Whether a row speaks of a column, as SQL over alias new."""
    if name in incoming.partly and relation != incoming.name:
        return f'new."_given_{name}"'
    numbers = ", ".join(str(number) for number in sorted(incoming.given[name]))
    spoken = f"new._file IN ({numbers})" if name in incoming.partly else "true" if incoming.given[name] else "false"
    return f'{spoken} AND new."{name}" IS NOT NULL' if incoming.table.fills else spoken


def _cell(incoming: Delivered, name: str, relation: str) -> str:
    table = incoming.table
    if name in table.key:
        return f'new."{name}"'
    if table.fills and sql_type(table.schema[name]).startswith("MAP"):
        union = sorted_map(f'map_concat(old."{name}", new."{name}")')
        return f'CASE WHEN old."{name}" IS NULL THEN new."{name}" WHEN new."{name}" IS NULL THEN old."{name}" ELSE {union} END AS "{name}"'
    if table.fills:
        return f'coalesce(new."{name}", old."{name}") AS "{name}"'
    if name in incoming.missing:
        return f'old."{name}"'
    if name in incoming.partly:
        return f'CASE WHEN {given(incoming, name, relation)} THEN new."{name}" ELSE old."{name}" END AS "{name}"'
    return f'new."{name}"'
