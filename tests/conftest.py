"""What every test may use."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from keepwell import demo
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
