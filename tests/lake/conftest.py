"""An empty lake and a counter to deliver over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lake.shop import Counter

from keepwell.lake import Lake


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Makes deliveries."""
    folder = tmp_path / "deliveries"
    folder.mkdir()
    return Counter(folder)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    with Lake.open(tmp_path / "lake") as lake:
        yield lake
