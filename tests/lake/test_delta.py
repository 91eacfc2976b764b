"""Does a table keep its versions, however many there are?"""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keepwell.errors import LakeError
from keepwell.lake import delta
from keepwell.lake.delta import Change
from keepwell.lake.home import Folder


def _file(folder: Path, name: str) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(delta.stored_schema("merges").to_pyarrow().empty_table(), path)
    return path


@pytest.mark.slow
def test_a_hundred_and_twenty_versions(tmp_path: Path) -> None:
    """Beyond the checkpoint the library makes at a hundred, early versions can still be read and moved on from."""
    home = Folder(tmp_path / "lake")
    for number in range(120):
        change = Change((), (_file(tmp_path, str(number)),))
        assert delta.advance(home, "merges", number, change, f"token {number}") == number + 1
    assert (tmp_path / "lake/tables/merges/_delta_log/_last_checkpoint").exists()
    assert [len(delta.files(home, "merges", version)) for version in (0, 1, 50, 99, 100, 101, 120)] == [
        0,
        1,
        50,
        99,
        100,
        101,
        120,
    ]
    change = Change(tuple(f"{number}.parquet" for number in range(49)), (_file(tmp_path, "late"),))
    version = delta.advance(home, "merges", 50, change, "from an early version")
    assert version == 122
    assert set(delta.files(home, "merges", version)) == {"49.parquet", "late.parquet"}


def test_the_same_change_is_made_once(tmp_path: Path) -> None:
    """A change that was made before its writer died is recognised by its token; another one takes it back."""
    home, change = Folder(tmp_path / "lake"), Change((), (_file(tmp_path, "a"),))
    assert delta.advance(home, "merges", 0, change, "one") == 1
    assert delta.advance(home, "merges", 0, change, "one") == 1
    assert delta.advance(home, "merges", 0, Change((), (_file(tmp_path, "b"),)), "two") == 3
    assert set(delta.files(home, "merges", 3)) == {"b.parquet"}


def test_a_table_with_hidden_rows_is_not_read(tmp_path: Path) -> None:
    """A table that asks its readers for deletion vectors is refused: its files hold rows that are gone."""
    home = Folder(tmp_path / "lake")
    delta.advance(home, "merges", 0, Change((), (_file(tmp_path, "a"),)), "one")
    log = tmp_path / "lake/tables/merges/_delta_log/00000000000000000002.json"
    log.write_text(
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,'
        '"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}\n',
        "utf-8",
    )
    with pytest.raises(LakeError, match="uses deletionVectors"):
        delta.files(home, "merges", 2)
