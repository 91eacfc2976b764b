"""Where do tables rest? A lake: batches go in whole or not at all, questions see one whole version."""

import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from keepwell.errors import LakeError
from keepwell.lake import batches, delta, snapshots
from keepwell.lake.batches import Record
from keepwell.lake.contract import Batch, Delivery, Progress
from keepwell.lake.durable import settle_tree
from keepwell.lake.engines import open_engine
from keepwell.lake.engines.contract import Engine
from keepwell.lake.home import Folder, Home
from keepwell.lake.lock import only_writer
from keepwell.lake.snapshots import Snapshot
from keepwell.lake.staging.prepare import prepare
from keepwell.lake.writing import exchange, following
from keepwell.schema import TABLES


def _silent(_what: str, _done: int, _total: int | None) -> None:
    """Progress nobody watches."""


class Lake:
    """The canonical tables of one company, at rest. Open one with Lake.open."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home, self._engine = home, engine

    @classmethod
    def open(cls, location: str | Path, *, engine: str = "duckdb", spark: str = "local[2]") -> Self:
        """
        Open a lake; a folder that is not there is made.

        Args:
            location: A folder, or an object-store address such as s3://bucket/lake.
            engine: Who answers questions: duckdb or spark.
            spark: Spark master or Connect address.

        Raises:
            LakeError: Nothing can be stored there.
            ConfigError: No such engine.
            MissingExtraError: Spark is asked for and pyspark is not installed.
        """
        return cls(Folder(Path(location)), open_engine(engine, spark))

    def close(self) -> None:
        """Let go of the engine."""
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what goes in ---------------------------------------------------------------------------

    def stage(self, delivery: Delivery, *, progress: Progress | None = None) -> Batch:
        """
        Judge a delivery and lay it ready; nothing of it is visible yet.

        Args:
            delivery: Canonical rows as files.
            progress: Told what is being done.

        Returns:
            The staged batch with its counts; commit or discard it.

        Raises:
            LakeBusyError: Another import holds the lake.
            LakeError: The disk is full, or the delivery is not what it claims to be.
        """
        with only_writer(self._home.work / "lock", "import"):
            snapshot = snapshots.current(self._home)
            now = datetime.now(UTC)
            batch_id = batches.new_id(self._home, now)
            place = batches.place(self._home, batch_id)
            kept = batches.adopt(delivery, place / "delivered")
            record = self._prepare(snapshot, kept, batch_id, now, progress or _silent)
            return record.batch

    def commit(self, batch_id: str, *, progress: Progress | None = None) -> Batch:
        """
        Make a staged batch visible, whole and durably; one already committed is given back as it is.

        Raises:
            LakeBusyError: Another import holds the lake.
            LakeError: No such batch, it was undone, or the disk is full; then the lake is as it was.
        """
        with only_writer(self._home.work / "lock", "import"):
            base = snapshots.current(self._home)
            record = batches.load(self._home, base, batch_id)
            if record.batch.state != "staged":
                return record.batch
            if record.base != base.number:
                record = self._prepare(base, record.delivery, batch_id, record.batch.made_at, progress or _silent)
            after = following(base, "import", batch_id, "committed")
            seen = exchange(self._home, base, record.changes, record.token, after, progress or _silent)
            self._clear(batch_id)
            return batches.load(self._home, seen, batch_id).batch

    # -- what comes out -------------------------------------------------------------------------

    def tables(self, version: int | None = None) -> dict[str, ir.Table]:
        """
        Every canonical table, all of one version, exactly its columns; empty where nothing is stored.

        Args:
            version: A number of versions(); None is the newest.

        Raises:
            LakeError: No such version, or a data file is missing or damaged.
        """
        snapshot = snapshots.current(self._home) if version is None else snapshots.numbered(self._home, version)
        return {name: self._table(snapshot, name) for name in TABLES}

    def run(self, expr: ir.Expr) -> pd.DataFrame:
        """
        Answer an expression over tables() as a frame.

        Raises:
            LakeError: A data file is damaged; it is named.
        """
        return self._engine.run(expr)

    def arrow(self, expr: ir.Expr) -> pa.Table:
        """Answer an expression over tables() as an Arrow table."""
        return self._engine.arrow(expr)

    def _table(self, snapshot: Snapshot, name: str) -> ir.Table:
        version = snapshot.tables.get(name)
        stored = delta.files(self._home, name, version) if version is not None else {}
        uris = [self._home.uri(f"{delta.folder(name)}/{file}") for file in stored]
        shown = f"keepwell_{name}_{version}" if stored else f"keepwell_{name}_none"
        return self._engine.table(shown, TABLES[name].schema, uris)

    def _prepare(
        self, base: Snapshot, delivery: Delivery, batch_id: str, made_at: datetime, progress: Progress
    ) -> Record:
        token = uuid.uuid4().hex
        into = batches.place(self._home, batch_id) / token
        into.mkdir()
        prepared = prepare(self._home, base, delivery, batch_id, into, progress)
        settle_tree(into.parent)
        self._home.bring(into / "rejected.parquet", f"{batches.FOLDER}/{batch_id}/rejected-{token}.parquet")
        fates = prepared.fates
        batch = Batch(
            batch_id, "staged", made_at, delivery.digest, dict(delivery.sources),
            fates.read, fates.accepted, fates.quarantined, fates.duplicates, dict(prepared.tables), delivery.notes,
        )  # fmt: skip
        record = Record(batch, base.number, token, prepared.changes, delivery)
        batches.keep(self._home, record)
        return record

    def _clear(self, batch_id: str) -> None:
        for path in batches.place(self._home, batch_id).iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
