"""A small Harbour Goods, made once."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import ibis
import pytest

from keepwell.demo import Truth, generate

AS_OF = date(2026, 11, 1)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three thousand customers, seed 7."""
    into = tmp_path_factory.mktemp("demo") / "harbour"
    generate(into, customers=3_000, as_of=AS_OF)
    return into


@pytest.fixture(scope="session")
def truth(folder: Path) -> Truth:
    """What is true of them."""
    return Truth.load(folder)


@pytest.fixture(scope="session")
def tables(folder: Path) -> Iterator[dict[str, ibis.Table]]:
    """The tables written, by name, the hidden truth among them."""
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    yield {
        path.name: con.read_parquet(str(path / "*.parquet"), table_name=path.name)
        for path in folder.iterdir()
        if path.is_dir()
    }
    con.disconnect()
