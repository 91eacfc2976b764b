"""Where do tables rest? A lake: batches go in whole or not at all, questions see one whole version."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from keepwell.lake import arranged, batches, delta, importing, ledger, results, snapshots, sweeping
from keepwell.lake.activity import follow
from keepwell.lake.compacting import compact
from keepwell.lake.contract import Batch, Caution, Delivery, Progress
from keepwell.lake.engines import open_engine
from keepwell.lake.engines.contract import Engine, Work
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.lake.home import Home, home_of
from keepwell.lake.lock import only_writer
from keepwell.lake.snapshots import Snapshot
from keepwell.lake.staging.prepare import REJECTED
from keepwell.lake.trouble import damaged, plainly
from keepwell.lake.undoing import undo
from keepwell.schema import TABLES


def _silent(_what: str, _done: int, _total: int | None) -> None:
    """Progress nobody watches."""


class Lake:
    """
    The canonical tables of one company, at rest. Open one with Lake.open.

    Writing verbs raise LakeBusyError while another writer holds the lake, and LakeError when the disk is full;
    then nothing of the deed is visible. Reading never waits.
    """

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home, self._engine = home, engine
        self._copies: dict[tuple[str, str], ir.Table] = {}
        self._counted: dict[tuple[str, int], int] = {}

    @classmethod
    def open(cls, location: str | Path, *, engine: str = "duckdb", spark: str = "local[2]") -> Self:
        """
        Open a lake; a folder that is not there is made.

        Args:
            location: A folder, or an object-store address such as s3://bucket/lake.
            engine: Who answers questions: duckdb or spark.
            spark: Spark master or Connect address (sc://host:port).

        Raises:
            LakeError: Nothing can be stored there.
            ConfigError: No such engine.
            MissingExtraError: Spark is asked for and pyspark is not installed.
        """
        return cls(home_of(location), open_engine(engine, spark))

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

    def hold(self, megabytes: int, processors: int) -> None:
        """Hold no more of the data in this process's memory, and answer with no more processors; Spark has settings of its own."""
        if isinstance(self._engine, DuckEngine):
            self._engine.hold(megabytes, processors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what goes in --

    def stage(self, delivery: Delivery, *, progress: Progress | None = None) -> Batch:
        """
        Judge a delivery and lay it ready; nothing of it is visible yet.

        A delivery already staged is given back; one already committed to the last row is all duplicates.

        Args:
            delivery: Canonical rows as files.
            progress: Told what is being done.

        Returns:
            The staged batch with its counts; commit or discard it.
        """
        with self._writing("importing"):
            sweeping.tidy(self._home, snapshots.current(self._home))
            return importing.stage(self._home, delivery, progress or _silent)

    def foretell(self, delivery: Delivery, into: Path, *, progress: Progress | None = None) -> Batch:
        """
        What staging a delivery would find; nothing is kept, and nobody has to wait for it.

        Args:
            delivery: Canonical rows as files.
            into: Empty folder for scratch files and rejected.parquet, the rows that would be refused.
            progress: Told what is being done.
        """
        with plainly(self._home.location, "looking at an import"):
            return importing.foretell(self._home, delivery, into, progress or _silent)

    def commit(self, batch_id: str, *, progress: Progress | None = None) -> Batch:
        """
        Make a staged batch visible, whole and durably; one already committed or undone is given back as it is.

        If the lake has moved on since it was staged, the batch is first compared anew.
        """
        with self._writing("importing"):
            record = importing.commit(self._home, batch_id, progress or _silent)
            if record.batch.state != "staged":
                return record.batch
            follow(self)
            importing.clear(self._home, batch_id)
            return replace(record.batch, state="committed")

    def discard(self, batch_id: str) -> None:
        """Forget a staged batch and its quarantine."""
        with self._writing("discarding a batch"):
            importing.discard(self._home, batch_id)

    def undo(self, batch_id: str, *, progress: Progress | None = None) -> Batch:
        """
        Take a committed batch back, as a new version.

        Rows it brought vanish, rows it corrected get their former values, rows written again by a later batch stay.
        """
        with self._writing("undoing a batch"), self._deed() as into:
            undo(self._home, batch_id, into, progress or _silent)
            follow(self)
            return batches.load(self._home, snapshots.current(self._home), batch_id).batch

    # -- what is known --

    def batches(self) -> list[Batch]:
        """Every batch, oldest first: staged, committed and undone."""
        return [record.batch for record in batches.every(self._home, snapshots.current(self._home))]

    def cautions(self) -> list[tuple[str, Caution]]:
        """What committed batches warned of, with the batch's id: it stands as long as what it speaks of stands."""
        stand = {batch.id: batch for batch in self.batches() if batch.state == "committed"}
        return [
            (batch.id, caution)
            for batch in stand.values()
            for caution in batch.cautions
            if not caution.about or any(other in stand for other in caution.about)
        ]

    def versions(self) -> list[Snapshot]:
        """The versions that can be read, oldest first: number, when, and the deed that made it."""
        return snapshots.history(self._home)

    def rows(self) -> dict[str, int]:
        """Canonical table -> rows stored."""
        held = snapshots.current(self._home).tables
        with plainly(self._home.location, "counting rows"):
            fresh = [each for each in held.items() if each not in self._counted]
            self._counted |= {(name, version): delta.rows(self._home, name, version) for name, version in fresh}
        return {name: self._counted[name, held[name]] if name in held else 0 for name in TABLES}

    def state(self) -> dict[str, int]:
        """Canonical table -> its version: the same number, the same rows."""
        return dict(snapshots.current(self._home).tables)

    def data_files(self) -> dict[str, list[str]]:
        """Canonical table -> data files of the newest version, on this machine; such a file never changes."""
        return {
            name: [self._home.near(f"{delta.folder(name)}/{file}") for file in delta.files(self._home, name, version)]
            for name, version in snapshots.current(self._home).tables.items()
        }

    @property
    def work(self) -> Path:
        """A folder of this machine for what can be made anew at any time."""
        return self._home.work

    def rejected(self, batch_id: str | None = None) -> ir.Table:
        """
        Refused rows with their reasons: source, row, table, column, value, law, remedy, batch; a line per fault.

        Args:
            batch_id: Of one batch, staged ones too; None is every committed batch.
        """
        now = snapshots.current(self._home)
        if batch_id is not None:
            records = [batches.load(self._home, now, batch_id)]
        else:
            records = [record for record in batches.every(self._home, now) if record.batch.state == "committed"]
        paths = [batches.rejected_name(record.batch.id, record.token) for record in records]
        name = sha256("\n".join(paths).encode()).hexdigest()[:16]
        return self._engine.table(f"keepwell_rejected_{name}", ibis.schema(REJECTED), self._read_from(paths))

    # -- what comes out --

    def tables(self, version: int | None = None) -> dict[str, ir.Table]:
        """
        Every canonical table, all of one version, exactly its columns; empty where nothing is stored.

        Args:
            version: A number of versions(); None is the newest.

        Raises:
            LakeError: No such version, or a data file is missing or damaged; it is named.
        """
        with plainly(self._home.location, "reading"):
            snapshot = snapshots.current(self._home) if version is None else snapshots.numbered(self._home, version)
            return {name: self._table(name, snapshot.tables.get(name)) for name in TABLES}

    def lay(self, name: str, key: str, table: ir.Table, indexed: str = "") -> bool:
        """
        Lay something large once more in the order in which pages look for a few rows of it, mostly that of customers.

        Args:
            name: Of it.
            key: Names its state: another key, other rows.
            table: Over tables() or results, in that order.
            indexed: A column of which several values are looked for at once.

        Returns:
            Whether it was made now; False where it is there already, or the engine reads far away.

        Raises:
            LakeError: A data file is damaged, or the disk is full.
        """
        if not isinstance(self._engine, DuckEngine):
            return False
        with plainly(self._home.location, "reading", self._files):
            return arranged.lay(self.work, self._engine, name, key, table, indexed)

    def laid(self, name: str, key: str) -> ir.Table | None:
        """What was laid; None where nothing of that state was."""
        if (name, key) not in self._copies:
            copy = arranged.path(self.work, name, key)
            if not isinstance(self._engine, DuckEngine) or not copy.exists():
                return None
            self._copies[name, key] = self._engine.laid(copy)
        return self._copies[name, key]

    def arrange(self) -> list[str]:
        """
        Lay every large table of the newest version in the order of customers, and the lines of orders in that of orders.

        Returns:
            The names of those that were laid now.
        """
        state, tables, many = self.state(), self.tables(), self.rows()
        order = {name: "customer_id" for name in state if "customer_id" in tables[name].columns}
        order |= {"order_lines": "order_id"} if "order_lines" in state else {}
        large = {name: column for name, column in order.items() if many[name] >= arranged.AT_LEAST}
        return [
            name for name, column in large.items() if self.lay(name, str(state[name]), tables[name].order_by(column))
        ]

    def arrangement(self) -> dict[str, ir.Table]:
        """Of the newest version those tables that lie once more in the order in which pages ask for them; see arrange."""
        many = self.rows()
        large = {name: version for name, version in self.state().items() if many[name] >= arranged.AT_LEAST}
        found = {name: self.laid(name, str(version)) for name, version in large.items()}
        return {name: table for name, table in found.items() if table is not None}

    def view(self, expr: ir.Table) -> ir.Table:
        """
        An expression over tables() as a table of its own: what many questions are asked of is put together only once.

        Nothing is computed or kept. The expression must hold no data of its own (no memtable).
        """
        return self._engine.view(expr)

    def aside(self, expr: ir.Table) -> ir.Table:
        """
        An expression computed now and shown as a table until the lake is closed: what many questions are asked of is computed only once.

        Raises:
            LakeError: A data file is damaged, or the disk is full.
        """
        with plainly(self._home.location, "reading", self._files):
            return self._engine.aside(expr)

    def parts(self, expr: ir.Table, work: Work, schema: ibis.Schema) -> ir.Table:
        """
        A table worked on by Python, part by part, and shown until the lake is closed; neither it nor the answer need fit in memory.

        Args:
            expr: What is worked on.
            work: Takes some of its rows and gives the answer's; it asks the lake nothing.
            schema: The answer's columns.

        Raises:
            LakeError: A data file is damaged, or the disk is full.
        """
        with plainly(self._home.location, "reading", self._files):
            return self._engine.parts(expr, work, schema)

    def run(self, expr: ir.Expr) -> pd.DataFrame:
        """
        Answer an expression over tables() as a frame.

        Raises:
            LakeError: A data file is damaged; it is named.
        """
        with plainly(self._home.location, "reading", self._files):
            return self._engine.run(expr)

    def arrow(self, expr: ir.Expr) -> pa.Table:
        """Answer an expression over tables() as an Arrow table; raises as run does."""
        with plainly(self._home.location, "reading", self._files):
            return self._engine.arrow(expr)

    def prepared(self, make: Callable[..., ir.Table], texts: int) -> Callable[..., list[dict[str, Any]]]:
        """
        A question asked again and again with other texts, put together once where the engine can.

        Args:
            make: The expression over tables() of one state, from that many texts; it may only compare and cast them.
            texts: How many.

        Returns:
            From the texts the rows, column by column, unknowns as None.
        """
        ready = getattr(self._engine, "prepared", None)
        if ready is None:
            return lambda *said: self.arrow(make(*said)).to_pylist()
        marks = [f"keepwell-text-{place}-{uuid.uuid4().hex}" for place in range(texts)]
        ask = ready(make(*marks), marks)

        def answer(*said: str) -> list[dict[str, Any]]:
            with plainly(self._home.location, "reading", self._files):
                rows: list[dict[str, Any]] = ask(*said)
                return rows

        return answer

    # -- what was worked out --

    def keep(self, name: str, morning: date, digest: str, table: ir.Table, about: Mapping[str, Any]) -> None:
        """
        Keep a table worked out of the facts, in place of the one kept under its name of that morning.

        Args:
            name: Of the table, such as portraits.
            morning: The as_of it belongs to.
            digest: Names all it was worked out from.
            table: Over tables() and data of its own.
            about: What else is known of it, as JSON can hold.
        """
        with self._writing(f"keeping {name}"), self._deed() as into:
            results.keep(self._home, self._engine, name, morning, (digest, table, about), into)

    def kept(self, morning: date | None = None) -> dict[str, results.Result]:
        """What is kept of a morning, by name; None is the newest of which anything is."""
        known = results.mornings(self._home)
        return results.of(self._home, morning or known[-1]) if known else {}

    def mornings(self) -> list[date]:
        """The mornings of which something worked out is kept, oldest first."""
        return results.mornings(self._home)

    def result(self, kept: results.Result) -> ir.Table:
        """A kept table, to be asked like the canonical ones."""
        name = f"keepwell_result_{sha256(chr(10).join(kept.files).encode()).hexdigest()[:16]}"
        return self._engine.table(name, kept.schema, self._read_from(list(kept.files)))

    # -- what was planned and decided --

    def enter(self, kind: str, about: str, body: Mapping[str, Any]) -> ledger.Entry:
        """
        Put an entry at the end of the ledger, durably; nothing in it ever changes.

        Args:
            kind: One of ledger.KINDS.
            about: The experiment and version ("thanks:1"), or the goal.
            body: As JSON can hold it.

        Raises:
            LakeError: The ledger was tampered with, or the body is no JSON.
        """
        with self._writing(f"entering a {kind}"):
            return ledger.enter(self._home, datetime.now(UTC), kind, about, body)

    def ledger(self) -> list[ledger.Entry]:
        """
        Everything that was planned and decided, oldest first.

        Raises:
            LakeError: An entry was changed or is missing; it is named.
        """
        with plainly(self._home.location, "reading the ledger"):
            return ledger.entries(self._home)

    # -- what keeps it well --

    def compact(self, *, progress: Progress | None = None) -> dict[str, tuple[int, int]]:
        """
        Rewrite many small files as few large ones.

        Returns:
            Canonical table -> (files before, files instead).
        """
        with self._writing("compacting"), self._deed() as into:
            return compact(self._home, into, progress or _silent)

    def sweep(self) -> list[str]:
        """
        Take away leftovers of killed writers, and versions older than the kept history.

        Returns:
            What went, relative to the lake.
        """
        with self._writing("sweeping"):
            return sweeping.sweep(self._home, datetime.now(UTC))

    @contextmanager
    def _writing(self, deed: str) -> Iterator[None]:
        with plainly(self._home.location, deed), only_writer(self._home.work / "lock", deed):
            yield

    @contextmanager
    def _deed(self) -> Iterator[Path]:
        """A folder for files laid ready."""
        sweeping.tidy(self._home, snapshots.current(self._home))
        into = self._home.work / sweeping.DEEDS / uuid.uuid4().hex
        into.mkdir(parents=True)
        try:
            yield into
        finally:
            sweeping.tidy(self._home, snapshots.current(self._home))

    def _table(self, name: str, version: int | None) -> ir.Table:
        stored = delta.files(self._home, name, version) if version is not None else {}
        paths = [f"{delta.folder(name)}/{file}" for file in stored]
        for path, size in zip(paths, stored.values(), strict=True):
            if fault := self._home.fault(path, size):
                raise damaged(self._home.uri(path), fault)
        shown = f"keepwell_{name}_{version}" if stored else f"keepwell_{name}_none"
        return self._engine.table(shown, TABLES[name].schema, self._read_from(paths))

    def _files(self) -> Iterator[str]:
        for files in self.data_files().values():
            yield from files

    def _read_from(self, paths: Sequence[str]) -> list[str]:
        """Where the engine reads data files of the lake."""
        found = self._home.uri if self._engine.reads_far else self._home.near
        return [found(path) for path in paths]
