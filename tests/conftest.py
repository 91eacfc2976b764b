"""What every test may use."""

import fcntl
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import keepwell
from keepwell import demo, rounds
from keepwell.config import Company
from keepwell.workspace import Workspace

gc.set_threshold(50_000, 20, 100)  # as the command line has it
# Whoever begins a session of Spark, its workers are of this Python.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def unit_of(test: str) -> str:
    """What stays together on one worker: a file, whose fixtures are then made once; all of Spark, which is then started once."""
    file, _, name = test.partition("::")
    return "spark" if file.startswith("tests/backends/") or "spark" in name else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out units in the order they were collected; marks of groups are lost between pytest 9.2 and xdist 3.8."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False
    return Units(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers begin with Spark and the files of slow tests: what is long is not left for the end."""
    if hasattr(config, "workerinput"):
        slow = {unit_of(item.nodeid) for item in items if item.get_closest_marker("slow")}

        def place(item: pytest.Item) -> int:
            unit = unit_of(item.nodeid)
            return 0 if unit == "spark" else 1 if unit in slow else 2

        items.sort(key=place)


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
            shutil.rmtree(root / "making", ignore_errors=True)
            for shop in invented(root / "making", customers=3000, seed=7, as_of=DESK_MORNING):
                list(rounds.go(shop))
            (root / "making" / "shop").rename(folder)
            shutil.rmtree(root / "making")
    return folder
