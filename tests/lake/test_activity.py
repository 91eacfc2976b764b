"""Does the stored index always say what the facts say, whatever came, changed or went?"""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lake.shop import customer
from tests.lake.shop import order as sold

from keepwell.config import Company
from keepwell.errors import LakeError
from keepwell.lake import activity, activity_changes, activity_parts
from keepwell.lake.activity import Activity
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import calendar
from keepwell.measure.question import Question
from keepwell.schema import TABLES

SHOP = Company(name="A shop", active_by="any", time_zone="Europe/Helsinki", excluded_customers=("c3",))
START = datetime(2024, 11, 20, tzinfo=UTC)
KEYS = {"orders": "order_id", "events": "event_id", "merges": "from_customer_id"}

Row = dict[str, Any]


class Files:
    """Tables as a lake holds them: immutable files; what changes is written anew beside what stays."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, itertools.count()
        self.held: dict[str, dict[Path, list[Row]]] = {"orders": {}, "events": {}, "merges": {}}

    def add(self, table: str, rows: list[Row]) -> None:
        """A new file with these rows."""
        if rows:
            path = self.folder / f"{table}-{next(self.numbers)}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[table].schema.to_pyarrow()), path)
            self.held[table][path] = rows

    def put(self, table: str, key: str, row: Row | None) -> None:
        """Replace the row of that key, or take it away: its file is written anew."""
        for path, rows in list(self.held[table].items()):
            if any(r[KEYS[table]] == key for r in rows):
                del self.held[table][path]
                rest = [r for r in rows if r[KEYS[table]] != key]
                self.add(table, rest if row is None else [*rest, row])

    def keys(self, table: str) -> list[str]:
        """Every key stored."""
        return [row[KEYS[table]] for rows in self.held[table].values() for row in rows]

    def now(self) -> dict[str, list[str]]:
        """The files that count."""
        return {table: [str(path) for path in held] for table, held in self.held.items()}


def order(key: str, who: str | None, day: float, gross: float = 10, refunded: float = 0, currency: str = "EUR") -> Row:
    """An order so many days after the start."""
    net = Decimal(str(gross)) - Decimal(str(refunded))
    status = "paid" if not refunded else "partly_refunded" if net else "refunded"
    row = {"order_id": key, "customer_id": who, "ordered_at": START + timedelta(days=day), "currency": currency}
    return {**row, "gross": Decimal(str(gross)), "refunded": Decimal(str(refunded)), "net": net, "status": status}


def event(key: str, who: str | None, day: float) -> Row:
    """A use so many days after the start."""
    return {"event_id": key, "customer_id": who, "happened_at": START + timedelta(days=day), "kind": "usage"}


def content(index: Activity) -> dict[str, list[str]]:
    """All an index says, by customer_id, sorted; months nobody was there in do not count."""
    with index.serve() as served:
        names, found = served.tables.names, {}
        for name in ("customers", "days", "spent"):
            rows = served.run(getattr(served.tables, name).join(names, "id").drop("id")).to_pylist()
            there = [{c: v for c, v in row.items() if v or not c.startswith("months_")} for row in rows]
            found[name] = sorted(repr(sorted(row.items())) for row in there)
        return found


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """No rows yet."""
    return Files(tmp_path)


@pytest.fixture
def index(tmp_path: Path) -> Activity:
    """An index not yet built."""
    return Activity(tmp_path / "index", SHOP)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are followed as large ones are: never built anew for the share of them that changed, never compacted."""
    monkeypatch.setattr(activity_changes, "TOO_MUCH", 9.0)
    monkeypatch.setattr(activity, "COMPACT_AT", 1e9)


def same_as_built_anew(index: Activity, files: Files) -> bool:
    """Whether an index elsewhere, built from the files as they are, says the same."""
    anew = Activity(index.folder.with_name("anew"), index.company)
    (anew.folder / "manifest.json").unlink(missing_ok=True)
    assert anew.refresh(files.now()) == "built"
    return content(index) == content(anew)


def test_what_only_comes_is_added(index, files, patient):
    """A second day of Ann and a first of Bo: one small patch, and the index is as if built anew."""
    files.add("orders", [order("1", "ann", 0), order("2", "ann", 3)])
    assert index.refresh(files.now()) == "built"
    files.add("orders", [order("3", "ann", 40, 7.5), order("4", "bo", 41)])
    assert index.refresh(files.now()) == "followed"
    assert len(activity_parts.load(index.folder).parts) == 2
    assert same_as_built_anew(index, files)
    with index.serve() as served:
        triangle = served.triangle(calendar("month", date(2024, 11, 1), date(2025, 1, 1), SHOP)).to_pylist()
    assert sorted((row["cohort"], row["age"], row["active"]) for row in triangle) == [
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, 1),
    ]


def test_nothing_new_is_nothing_to_do(index, files):
    """The same files again cost nothing and change nothing."""
    files.add("orders", [order("1", "ann", 0)])
    assert [index.refresh(files.now()) for _ in range(2)] == ["built", "nothing"]


@pytest.mark.parametrize(
    "deed",
    [
        lambda files: files.add("events", [event("9", "ann", -30)]),
        lambda files: files.put("orders", "2", order("2", "ann", 3, 10, 10)),
        lambda files: files.put("orders", "1", None),
        lambda files: files.put("orders", "2", order("2", "bo", 90, 4, currency="USD")),
        lambda files: files.add("merges", [{"from_customer_id": "ann", "into_customer_id": "bo"}]),
        lambda files: files.put("orders", "3", None),
    ],
    ids=["late", "refunded", "undone", "corrected", "merged", "gone altogether"],
)
def test_every_kind_of_change_is_followed(index, files, patient, deed):
    """After a late, refunded, undone, corrected or merged row the index is as if built anew, without being built anew."""
    files.add("orders", [order("1", "ann", 0), order("2", "ann", 3), order("3", "bo", 33, 12)])
    files.add("events", [event("1", "ann", 70)])
    index.refresh(files.now())
    deed(files)
    assert index.refresh(files.now()) == "followed"
    assert same_as_built_anew(index, files)


def test_a_merge_taken_back_parts_them_again(index, files, patient):
    """Ann becomes Bo and then does not: both are as before."""
    files.add("orders", [order("1", "ann", 0), order("3", "bo", 33, 12)])
    index.refresh(files.now())
    before = content(index)
    files.add("merges", [{"from_customer_id": "ann", "into_customer_id": "bo"}])
    index.refresh(files.now())
    assert len(content(index)["customers"]) == 1
    files.put("merges", "ann", None)
    assert index.refresh(files.now()) == "followed"
    assert content(index) == before


def test_compacting_changes_no_answer(index, files, monkeypatch):
    """A patch above a quarter of the base makes one new base of all; the old parts go."""
    files.add("orders", [order("1", "ann", 0), order("2", "ann", 3)])
    index.refresh(files.now())
    files.add("orders", [order("3", "ann", 40), order("4", "bo", 41)])
    index.refresh(files.now())
    assert len(activity_parts.load(index.folder).parts) == 1
    assert same_as_built_anew(index, files)


def test_other_rules_are_another_index(index, files):
    """What was built for Helsinki is built anew for Tokyo, and not served before it is."""
    files.add("orders", [order("1", "ann", 0)])
    index.refresh(files.now())
    tokyo = Activity(index.folder, SHOP.model_copy(update={"time_zone": "Asia/Tokyo"}))
    with pytest.raises(LakeError, match="not built"):
        tokyo.serve()
    assert tokyo.refresh(files.now()) == "built"


def test_files_no_longer_there_are_no_matter(index, files):
    """Where the former rows are gone from the disk nobody can say what changed: the index is built anew."""
    files.add("orders", [order("1", "ann", 0)])
    index.refresh(files.now())
    (old,) = files.held["orders"]
    files.put("orders", "1", order("1", "ann", 5))
    old.unlink()
    assert index.refresh(files.now()) == "built"
    assert same_as_built_anew(index, files)


@pytest.mark.faults
def test_a_torn_manifest_is_no_manifest(index, files):
    """Half a manifest, or parts nobody names, are leftovers: built anew, and swept."""
    files.add("orders", [order("1", "ann", 0)])
    index.refresh(files.now())
    manifest = index.folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:40])
    (index.folder / "part-left").mkdir()
    assert index.refresh(files.now()) == "built"
    (part,) = [path.name for path in index.folder.glob("part-*")]
    assert [part] == json.loads(manifest.read_text())["parts"]


def test_nobody_at_all(index, files):
    """An empty lake has an index that says nothing."""
    assert index.refresh(files.now()) == "built"
    with index.serve() as served:
        assert served.day_curve().num_rows == 0
        assert served.knows(date(1990, 1, 1))


def test_the_index_knows_until_when_it_knows(index, files):
    """What happened on 20 November is known from the morning of the 21st on, not before."""
    files.add("orders", [order("1", "ann", 0)])
    index.refresh(files.now())
    with index.serve() as served:
        assert [served.knows(date(2024, 11, day)) for day in (20, 21)] == [False, True]


def test_paid_service_has_no_moments(tmp_path):
    """A business kept by subscriptions has no activity tables."""
    with pytest.raises(LakeError, match="purchases and uses"):
        Activity(tmp_path, Company(name="A club", active_by="subscription"))


WHO = [None, "c0", "c1", "c2", "c3", "c4", "c5"]


def deed(rng: np.random.Generator, files: Files, keys: Iterator[int]) -> None:
    """Something that happens to a lake."""
    table = str(rng.choice(["orders", "events"]))
    make = order if table == "orders" else event
    what = rng.choice(["came", "came", "corrected", "gone", "refunded", "merged", "parted"])
    known = files.keys(table)
    if what == "came":
        files.add(
            table, [make(str(next(keys)), WHO[rng.integers(7)], rng.uniform(0, 150)) for _ in range(rng.integers(1, 5))]
        )
    elif what == "merged":
        into = {
            row["from_customer_id"]: row["into_customer_id"] for rows in files.held["merges"].values() for row in rows
        }
        giving, staying = (f"c{n}" for n in rng.choice(6, 2, replace=False))
        if giving not in into and giving not in into.values() and staying not in into:
            files.add("merges", [{"from_customer_id": giving, "into_customer_id": staying}])
    elif what == "parted" and files.keys("merges"):
        files.put("merges", str(rng.choice(files.keys("merges"))), None)
    elif known:
        key = str(rng.choice(known))
        changed = None if what == "gone" else make(key, WHO[rng.integers(7)], rng.uniform(-60, 200))
        if what == "refunded" and table == "orders":
            changed = order(key, WHO[rng.integers(7)], rng.uniform(0, 150), 10, float(rng.choice([4, 10])))
        files.put(table, key, changed)


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_whatever_happens_it_is_as_if_built_anew(tmp_path_factory, seed, compacting):
    """After each of several random batches of late, corrected, refunded, undone, merged and parted rows."""
    folder = tmp_path_factory.mktemp("lake")
    rng, keys = np.random.default_rng(seed), itertools.count()
    files, index = Files(folder), Activity(folder / "index", SHOP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity_changes, "TOO_MUCH", 9.0)
        patch.setattr(activity, "COMPACT_AT", 0.5 if compacting else 1e9)
        for batch in range(4):
            for _ in range(rng.integers(1, 6)):
                deed(rng, files, keys)
            assert index.refresh(files.now()) in (("built",) if not batch else ("followed", "nothing"))
    assert same_as_built_anew(index, files)


@pytest.mark.slow
def test_what_does_not_do_in_little_memory_is_done_in_more(index, files):
    """Twenty thousand customers do not go into eight megabytes: all of the machine's share is taken, and the answer is the same."""
    files.add("orders", [order(f"{n}", f"a customer with a long name {n}", n % 300) for n in range(20_000)])
    tight = Activity(index.folder.with_name("tight"), SHOP, memory="8MB")
    assert tight.refresh(files.now()) == "built"
    assert tight.memory != "8MB"
    index.refresh(files.now())
    assert index.memory == activity.MEMORY
    assert content(tight) == content(index)


def test_a_fault_is_told_in_one_line(lake, counter, caplog, monkeypatch):
    """An index that cannot be built does not touch the import, and no trace of calls meets the user."""
    lake.commit(lake.stage(counter.delivery(customers=[customer("ann")], orders=[sold("1")])).id)
    monkeypatch.setattr(activity, "LARGE", 1)
    (lake.work / "index").write_text("a file where a folder should be")
    activity.keep(lake, Company(name="A shop", active_by="purchase"))
    (told,) = caplog.records
    assert told.getMessage().startswith("Histories could not be folded; the facts are asked instead.")
    assert told.exc_info is None


def test_a_lake_tells_its_index(lake, counter):
    """The index of a real lake follows an import and its undoing by itself, once it was asked for."""
    company = Company(name="A shop", active_by="purchase")
    lake.commit(lake.stage(counter.delivery(customers=[customer("ann"), customer("bo")], orders=[sold("1")])).id)
    index = Activity.of(lake, company)
    before = content(index)
    batch = lake.commit(lake.stage(counter.delivery(orders=[sold("1", gross="20"), sold("2", "bo")])).id)
    assert index.refresh(activity.data_files(lake)) == "nothing"
    assert len(content(index)["customers"]) == 2
    lake.undo(batch.id)
    assert index.refresh(activity.data_files(lake)) == "nothing"
    assert content(index) == before


def test_the_registered_metric_reads_the_same_counts(lake, counter):
    """cohort_retention of a lake, by month and by quarter, counted from the index and from its own cases; other questions are left alone."""
    told = [sold(str(n), f"c{n % 3}", ordered_at=datetime(2026, 1 + n % 5, 3, tzinfo=UTC)) for n in range(9)]
    lake.commit(lake.stage(counter.delivery(customers=[customer(f"c{n}") for n in range(3)], orders=told)).id)
    company = Company(name="A shop", active_by="purchase")
    facts = Facts(lake.tables(), company, date(2026, 7, 1))
    with Activity.of(lake, company).serve() as served:
        for unit in ("month", "quarter"):
            question = Question(
                find("cohort_retention"), facts, calendar(unit, date(2026, 1, 1), date(2026, 7, 1), company)
            )
            columns = ["cohort", "age", "customers", "active", "silent"]
            assert (
                served.counts(question)[columns].values.tolist() == lake.run(question.totals)[columns].values.tolist()
            )
        weeks = calendar("week", date(2026, 1, 1), date(2026, 6, 1), company)
        earlier = Facts(facts.tables, company, date(2026, 2, 1))
        months = question.periods
        for other in (
            Question(find("cohort_retention"), facts, weeks),
            Question(find("cohort_retention"), facts, months, by="country"),
            Question(find("cohort_retention"), earlier, months),
            Question(find("kept_share"), facts, months),
        ):
            assert served.counts(other) is None
