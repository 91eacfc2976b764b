"""How is a batch taken back? Its rows vanish or get their former values; what later batches wrote stays."""

from collections.abc import Mapping
from pathlib import Path

from keepwell.errors import LakeError
from keepwell.lake import batches, snapshots
from keepwell.lake.contract import Progress
from keepwell.lake.delta import BATCH, Change, files, folder
from keepwell.lake.durable import settle_tree
from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.home import Home
from keepwell.lake.snapshots import Snapshot
from keepwell.lake.staging.bench import Bench, bench, columns, stored
from keepwell.lake.staging.comparing import write
from keepwell.lake.staging.reading import own
from keepwell.lake.writing import exchange, following
from keepwell.schema import TABLES, CanonicalTable


def undo(home: Home, batch_id: str, into: Path, progress: Progress) -> None:
    """
    Take a committed batch back as a new version of the lake; one already undone stays so.

    Args:
        home: The lake, held by this writer.
        batch_id: The batch.
        into: Empty folder for data files.
        progress: Told table by table.

    Raises:
        LakeError: The batch is not committed, or what was before it is no longer kept.
    """
    base = snapshots.current(home)
    state = batches.load(home, base, batch_id).batch.state
    if state == "undone":
        return
    if state != "committed":
        raise LakeError(f"Batch {batch_id} is {state}.", "Only a committed batch can be undone.", "Discard it instead.")
    past = _Past(home, base, batch_id)
    with bench(into) as work:
        changes = {name: _one(work, past, TABLES[name], into) for name in past.touched_tables()}
    settle_tree(into)
    exchange(home, base, changes, into.name, following(base, "undo", batch_id, "undone"), progress)


class _Past:
    """What the lake looked like before each batch."""

    def __init__(self, home: Home, base: Snapshot, batch_id: str) -> None:
        self.home, self.base, self.batch_id = home, base, batch_id
        kept = {snapshot.number: snapshot for snapshot in snapshots.history(home)}
        self._before = {
            snapshot.batch: Snapshot() if snapshot.number == 1 else kept.get(snapshot.number - 1)
            for snapshot in kept.values()
            if snapshot.deed == "import"
        }
        self._after = {snapshot.batch: snapshot for snapshot in kept.values() if snapshot.deed == "import"}

    def gone(self, batch_id: str) -> bool:
        """Whether a batch's word no longer counts."""
        return batch_id == self.batch_id or self.base.batches.get(batch_id) == "undone"

    def before(self, batch_id: str) -> Mapping[str, int]:
        """Versions of the tables before a batch came in."""
        found = self._before.get(batch_id)
        if found is None:
            raise LakeError(
                f"What the lake held before batch {batch_id} is no longer kept.",
                f"A batch can be undone for {snapshots.KEPT_DAYS} days.",
                "Import corrected rows instead; they replace the wrong ones.",
            )
        return found.tables

    def touched_tables(self) -> list[str]:
        """Tables the batch moved on."""
        before, after = self.before(self.batch_id), self._after[self.batch_id].tables
        return [name for name, version in after.items() if before.get(name) != version]

    def stored(self, name: str, version: int | None) -> list[str]:
        """Where a table's files at a version can be read."""
        found = files(self.home, name, version) if version else {}
        return [self.home.near(f"{folder(name)}/{file}") for file in found]


def _one(work: Bench, past: _Past, table: CanonicalTable, into: Path) -> Change:
    """Files that go and come when one table forgets the batch."""
    name, key = table.name, columns(table.key)
    now = stored(table, past.stored(name, past.base.tables[name]), "filename = true")
    told = columns([column for column in table.columns if column in table.key or column.endswith("customer_id")])
    work.do(f"""
        CREATE TABLE "mine_{name}" AS SELECT {told}, {BATCH}, filename FROM {now}
        WHERE {BATCH} = {quoted(past.batch_id)}""")
    work.do(f'CREATE TABLE "former_{name}" AS SELECT {own(table)}, {BATCH} FROM {now} WHERE false')
    touched = [file for (file,) in work.rows(f'SELECT DISTINCT filename FROM "mine_{name}"')]
    if not touched:
        return Change((), ())
    work.do(f'CREATE TABLE "seek_{name}_0" AS SELECT {key}, {BATCH} FROM "mine_{name}"')
    _recover(work, past, table)
    others = f"SELECT {own(table)}, {BATCH} FROM {stored(table, touched)} WHERE {BATCH} <> {quoted(past.batch_id)}"
    added = write(work, table, f'{others} UNION ALL FROM "former_{name}"', into)
    return Change(tuple(Path(file).name for file in touched), added)


def _recover(work: Bench, past: _Past, table: CanonicalTable) -> None:
    """
    Fill former_<table> with what the keys of seek_<table>_0 were before.

    A former word may be that of a batch undone since; then the word before that one is sought.
    """
    name, key, step = table.name, columns(table.key), 0
    while batches_told := [told for (told,) in work.rows(f'SELECT DISTINCT {BATCH} FROM "seek_{name}_{step}"')]:
        work.do(f'CREATE TABLE "seek_{name}_{step + 1}" AS FROM "seek_{name}_{step}" WHERE false')
        for told in batches_told:
            files_then = past.stored(name, past.before(told).get(name))
            if not files_then:
                continue
            mine = f'(FROM "seek_{name}_{step}" WHERE {BATCH} = {quoted(told)})'
            work.do(f"""
                CREATE OR REPLACE TABLE found AS SELECT {own(table)}, {BATCH}
                FROM {stored(table, files_then)} SEMI JOIN {mine} AS mine USING ({key})""")
            gone = [quoted(of) for (of,) in work.rows(f"SELECT DISTINCT {BATCH} FROM found") if past.gone(of)]
            no_more = f"{BATCH} IN ({', '.join(gone)})" if gone else "false"
            work.do(f'INSERT INTO "former_{name}" FROM found WHERE NOT ({no_more})')
            work.do(f'INSERT INTO "seek_{name}_{step + 1}" SELECT {key}, {BATCH} FROM found WHERE {no_more}')
        step += 1
