"""What every test may use."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

import keepwell
from keepwell import demo, rounds
from keepwell.config import Company
from keepwell.workspace import Workspace

# Whoever begins a session of Spark, its workers are of this Python.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is not."""
    for above in Path(__file__).resolve().parents:
        folder = above / "shared" / "data"
        if folder.is_dir():
            return folder
    pytest.skip("the real data sets (shared/data beside the checkout) are not here")


def invented(folder: Path, *, customers: int, seed: int, as_of: date) -> Iterator[Workspace]:
    """The invented company, imported and opened; closed when the test is done with it."""
    demo.generate(folder / "source", customers=customers, seed=seed, as_of=as_of)
    settings = Company(name="Harbour Goods", time_zone="Europe/Helsinki", data_until=as_of)
    with Workspace.create(folder / "shop", settings) as shop:
        with shop.read(str(folder / "source")) as taken:
            shop.commit(shop.bring(taken))
        yield shop


DESK_MORNING = date(2026, 7, 1)
"""Of the round of the company the desk is looked at with."""


def _made_by() -> str:
    """Names everything the invented company and its round come from; the desk itself is no part of it."""
    source = Path(keepwell.__file__).parent
    files = sorted(path for path in source.rglob("*.py") if "web" not in path.relative_to(source).parts)
    told = sha256()
    for path in files:
        told.update(path.read_bytes())
    return told.hexdigest()[:16]


@pytest.fixture(scope="session")
def demo_company() -> Path:
    """The invented company with its round taken; made once for all workers and runs of the same code, read only."""
    root = Path(tempfile.gettempdir()) / f"keepwell-desk-company-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    folder = root / _made_by()
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in root.glob("*/"):
                shutil.rmtree(old)
            for shop in invented(root / "making", customers=3000, seed=7, as_of=DESK_MORNING):
                list(rounds.go(shop))
            (root / "making" / "shop").rename(folder)
            shutil.rmtree(root / "making")
    return folder
