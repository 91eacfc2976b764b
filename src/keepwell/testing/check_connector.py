"""Is this a door in? The public examination every connector passes, and any plug-in's can sit."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from keepwell.config import Company
from keepwell.connectors.contract import REJECTED, ROW, SOURCE, Connector, Raw, Translated
from keepwell.schema import TABLES


def check_connector(connector: Connector, raws: Sequence[Raw], company: Company, folder: Path) -> Translated:
    """
    Examine a connector on sources it should know.

    Args:
        connector: The door.
        raws: Sources of one company, read.
        company: Zone and currency where a source does not say.
        folder: Empty folder for what is translated.

    Returns:
        What was translated.

    Raises:
        AssertionError: Naming the law the connector breaks.
    """
    matches = [(raw, connector.recognise(raw)) for raw in raws]
    known = [(raw, match) for raw, match in matches if match is not None]
    assert len(known) == len(raws), (
        f"{connector.name} does not know {[raw.name for raw, match in matches if match is None]}"
    )
    assert all(match.connector == connector.name and 0 < match.sure <= 1 for _, match in known), (
        f"{connector.name}: a match names itself"
    )
    (folder / "once").mkdir()
    (folder / "again").mkdir()
    once = connector.translate(known, company, folder / "once")
    again = connector.translate(known, company, folder / "again")
    _speaks_the_language(connector.name, once)
    _loses_nothing(connector.name, raws, once)
    _says_the_same_twice(connector.name, once, again)
    return once


def _speaks_the_language(name: str, translated: Translated) -> None:
    for table, path in translated.tables.items():
        assert table in TABLES, f"{name} brings {table}, which is no canonical table"
        columns = set(pq.read_schema(path).names) - {ROW, SOURCE}
        unknown = columns - set(TABLES[table].columns)
        assert not unknown, f"{name}: {table} has no columns {sorted(unknown)}"
        missing = set(TABLES[table].key) - columns
        assert not missing, f"{name}: {table} comes without its key {sorted(missing)}"


def _loses_nothing(name: str, raws: Sequence[Raw], translated: Translated) -> None:
    """Every record that was readable stands behind a canonical row or a rejected one."""
    seen: set[tuple[str, int]] = set()
    for path in (*translated.tables.values(), *([translated.rejected] if translated.rejected else [])):
        rows = pq.read_table(path, columns=[SOURCE, ROW]).to_pydict()
        seen |= set(zip(rows[SOURCE], rows[ROW], strict=True))
    for raw in raws:
        if "canonical" in raw.form:
            continue  # taken as it is: its rows are numbered where they are translated
        read = set(pq.read_table(raw.rows_file, columns=[ROW]).column(0).to_pylist())
        lost = read - {row for source, row in seen if source == raw.name}
        assert not lost, f"{name} lost {len(lost)} records of {raw.name}, the first is row {min(lost)}"
    if translated.rejected:
        assert set(REJECTED) <= set(pq.read_schema(translated.rejected).names), f"{name}: rejected rows lack a column"


def _says_the_same_twice(name: str, once: Translated, again: Translated) -> None:
    assert set(once.tables) == set(again.tables), f"{name} brings other tables the second time"
    for table, path in once.tables.items():
        left, right = pq.read_table(path), pq.read_table(again.tables[table])
        order = [(column, "ascending") for column in (SOURCE, ROW, *TABLES[table].key)]
        assert left.sort_by(order).equals(right.sort_by(order)), f"{name}: {table} differs the second time"
