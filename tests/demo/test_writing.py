"""Is the invented company a valid one, the same every time, whatever the size of its files?"""

import hashlib
from datetime import date
from pathlib import Path

import ibis
import pyarrow.parquet as pq
import pytest
from tests.demo.conftest import AS_OF

from keepwell.demo import Truth, generate
from keepwell.errors import KeepwellError
from keepwell.schema import TABLES, violations
from keepwell.schema.clock import day_number, local_day


def test_every_table_obeys_every_law(tables: dict[str, ibis.Table]) -> None:
    """Not one row of any table breaks a law of the language, and every column has exactly its type."""
    assert set(tables) - {"truth"} <= set(TABLES)
    for name, table in tables.items():
        if name in TABLES:
            assert table.schema() == TABLES[name].schema, name
            broken = violations(table.mutate(_row=ibis.row_number()), TABLES[name])
            assert broken.count().execute() == 0, broken.limit(5).execute()


def test_keys_are_unique_and_references_lead_somewhere(tables: dict[str, ibis.Table]) -> None:
    """A key names one row; a customer or an order that is referred to is there."""
    for name, table in tables.items():
        if name not in TABLES:
            continue
        canonical = TABLES[name]
        assert table.select(*canonical.key).distinct().count().execute() == table.count().execute(), name
        for column, other in canonical.refers.items():
            key = TABLES[other].key[0]
            lost = table.filter(table[column].notnull()).anti_join(tables[other], table[column] == tables[other][key])
            assert lost.count().execute() == 0, (name, column)


def test_nothing_has_happened_yet_on_the_morning_of_as_of(tables: dict[str, ibis.Table]) -> None:
    """Every instant lies on an earlier day of the company; every stretch began before."""
    today = day_number(AS_OF)
    for name, table in tables.items():
        for column, kind in table.schema().items():
            if kind.is_timestamp():
                last = local_day(table[column], "Europe/Helsinki", since=date(2024, 1, 1)).max().execute()
                assert last < today, (name, column)
    assert tables["subscriptions"].starts_on.max().execute().date() < AS_OF


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        whole.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def _rows(folder: Path) -> dict[str, str]:
    """Each table's rows in the order written, whatever files they stand in."""
    tables = sorted(path for path in folder.iterdir() if path.is_dir())
    return {path.name: hashlib.sha256(repr(pq.read_table(path).to_pydict()).encode()).hexdigest() for path in tables}


def test_the_same_seed_gives_the_same_company(tmp_path: Path) -> None:
    """Twice the same, byte for byte; another seed, another company."""
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        generate(tmp_path / name, customers=1_000, seed=seed, as_of=date(2026, 3, 15))
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two") != _digest(tmp_path / "three")
    assert Truth.load(tmp_path / "one") == Truth.load(tmp_path / "two")


def test_files_and_neighbours_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows whether a file holds one block or many, and the first block is the same beside a second."""
    module = "keepwell.demo.writing"
    monkeypatch.setattr(f"{module}.BLOCK", 1_000)
    truth = generate(tmp_path / "many", customers=2_000, as_of=AS_OF)
    monkeypatch.setattr(f"{module}.BLOCKS_PER_FILE", 1)
    assert generate(tmp_path / "one", customers=2_000, as_of=AS_OF) == truth
    assert len(list((tmp_path / "one" / "orders").iterdir())) == 2
    assert _rows(tmp_path / "one") == _rows(tmp_path / "many")
    generate(tmp_path / "alone", customers=1_000, as_of=AS_OF)
    first = [(tmp_path / name / "orders" / "part-00000.parquet").read_bytes() for name in ("alone", "one")]
    assert first[0] == first[1]


def test_wrong_sizes_and_full_folders_are_refused(tmp_path: Path) -> None:
    """Too few, too many, or a folder in use: the message says what to do."""
    with pytest.raises(KeepwellError, match=r"99 customers were asked for\. Between 100 and 10,000,000"):
        generate(tmp_path / "a", customers=99, as_of=AS_OF)
    with pytest.raises(KeepwellError, match="10,000,001 customers"):
        generate(tmp_path / "a", customers=10_000_001, as_of=AS_OF)
    (tmp_path / "b.txt").write_text("mine", "utf-8")
    with pytest.raises(
        KeepwellError, match=r"is not empty\. The demo company needs an empty folder\. Name another folder\."
    ):
        generate(tmp_path, customers=1_000, as_of=AS_OF)


@pytest.mark.parametrize("place", ["b.txt", "b.txt/inside"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, place: str) -> None:
    """A file where the folder should be: which place, how much room is needed, what to do."""
    (tmp_path / "b.txt").write_text("mine", "utf-8")
    with pytest.raises(KeepwellError, match=r"cannot be written to .*b\.txt.*take about 1 MB of disk\. Name a folder"):
        generate(tmp_path / place, customers=1_000, as_of=AS_OF)


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 7, 1), date(2026, 11, 22)])
def test_the_smallest_company_is_whole(tmp_path: Path, as_of: date) -> None:
    """A hundred customers on a leap day, on the first of a month or in the middle of one: told months are whole ones."""
    truth = generate(tmp_path / "a", customers=100, as_of=as_of)
    assert truth.counts["customers"] == 100
    assert len(truth.months) == 30
    assert truth.months[-1]["month"] < as_of.replace(day=1).isoformat()


def test_progress_is_told(tmp_path: Path) -> None:
    """The last word is that all customers are made."""
    told: list[tuple[str, int, int]] = []
    generate(tmp_path / "a", customers=1_000, as_of=AS_OF, progress=lambda *word: told.append(word))
    assert told == [("making customers", 1_000, 1_000)]
