"""How the tests of faults start a writer of their own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
