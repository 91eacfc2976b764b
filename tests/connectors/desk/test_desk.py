"""Does what was done at the desk come back as data?"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.connectors.tables import COMPANY, asked

from keepwell import intake
from keepwell.connectors import recognise
from keepwell.connectors.desk import CONNECTOR
from keepwell.connectors.desk.extract import read
from keepwell.errors import SourceError
from keepwell.testing.check_connector import check_connector

ANN = "01900000000070008000000000000001"
ONE, TWO, PLANNED, UNDONE = (f"0190000000007000800000000000000{n}" for n in range(2, 6))


@pytest.fixture
def desk(tmp_path: Path) -> str:
    """The address of a desk with two touches that count, two that do not, and a promise that was kept."""
    path = tmp_path / "desk.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE base_person (id char(32), name text, role text);"
            "CREATE TABLE touches_touch (id char(32), customer_id text, contact text, at datetime, direction text, channel text, "
            "value text, subject text, state text, by_id char(32), withdrawn_at datetime);"
            "CREATE TABLE promises_promise (id char(32), customer_id text, sort text, created_at datetime, due_at datetime, "
            "closed_at datetime, state text, text text, by_id char(32), withdrawn_at datetime);"
            "CREATE TABLE meetings_meeting (id char(32), customer_id text, starts_at datetime, sentiment int, because text, withdrawn_at datetime);"
            "CREATE TABLE interviews_interview (id char(32), customer_id text, held_at datetime, doubted bool, state text, withdrawn_at datetime);"
        )
        connection.execute("INSERT INTO base_person VALUES (?, 'Ann', 'rep')", (ANN,))
        connection.executemany(
            "INSERT INTO touches_touch VALUES (?, ?, '', ?, ?, 'call', ?, 'Stock', ?, ?, ?)",
            [
                (ONE, "A", "2026-06-01 08:30:00.123456", "out", "idea", "done", ANN, None),
                (TWO, "B", "2026-06-02 08:30:00", "in", "", "done", ANN, None),
                (PLANNED, "A", "2026-08-01 08:30:00", "out", "news", "planned", ANN, None),
                (UNDONE, "A", "2026-06-03 08:30:00", "out", "news", "done", ANN, "2026-06-03 09:00:00"),
            ],
        )
        connection.execute(
            "INSERT INTO promises_promise VALUES (?, 'A', 'answer', '2026-06-01 08:31:00', '2026-06-08 07:00:00', "
            "'2026-06-07 10:00:00', 'kept', 'Call back', ?, NULL)",
            (ONE, ANN),
        )
        connection.executemany(
            "INSERT INTO meetings_meeting VALUES (?, 'A', '2026-06-04 08:00:00', ?, 'Late parcels', ?)",
            [(ONE, 2, None), (TWO, None, None), (UNDONE, 5, "2026-06-03 09:00:00")],
        )
        connection.executemany(
            "INSERT INTO interviews_interview VALUES (?, ?, '2026-06-05 08:00:00', ?, ?, ?)",
            [
                (ONE, "A", 1, "done", None),
                (TWO, "B", 0, "done", None),
                (PLANNED, "C", None, "done", None),
                (UNDONE, "D", 1, "open", None),
            ],
        )
        connection.commit()
    return f"desk+sqlite:///{path}"


def test_touches_and_promises_are_read(desk: str, tmp_path: Path) -> None:
    """What was made counts, what is planned or was undone does not; the door passes the examination."""
    raws = read(desk, tmp_path / "read")
    assert [(raw.name, raw.rows) for raw in raws] == [
        ("desk touches", 2), ("desk promises", 1), ("desk notes", 1), ("desk doubts", 2),
    ]  # fmt: skip
    assert {recognise(raw).connector for raw in raws} == {"desk"}  # type: ignore[union-attr]
    told = check_connector(CONNECTOR, raws, COMPANY, tmp_path)
    assert asked(
        "SELECT touch_id, customer_id, touched_at AT TIME ZONE 'UTC' = TIMESTAMP '2026-06-01 08:30:00', direction, human, team, "
        f"\"by\", reason, subject FROM '{told.tables['touches']}' ORDER BY 1"
    ) == [
        ("desk:01900000-0000-7000-8000-000000000002", "A", True, "out", True, "sales", "Ann", "idea", "Stock"),
        ("desk:01900000-0000-7000-8000-000000000003", "B", False, "in", True, "sales", "Ann", None, "Stock"),
    ]
    assert asked(
        f"SELECT name, kind, properties['sort'], properties['due_at'] FROM '{told.tables['events']}' ORDER BY happened_at"
    ) == [("given", "promise", "answer", "2026-06-08T07:00:00Z"), ("kept", "promise", "answer", "2026-06-08T07:00:00Z")]


@pytest.mark.capability("S1-07", "S1-19")
def test_what_was_heard_becomes_answers(desk: str, tmp_path: Path) -> None:
    """A feeling with its reason, and whether a renewal was in doubt; what was not told, not done or undone says nothing."""
    told = check_connector(CONNECTOR, read(desk, tmp_path / "read"), COMPANY, tmp_path)
    assert asked(f"SELECT answer_id, customer_id, question, score, text FROM '{told.tables['answers']}' ORDER BY question, customer_id") == [
        ("desk:interview:01900000-0000-7000-8000-000000000002", "A", "renewal_in_doubt", 1.0, None),
        ("desk:interview:01900000-0000-7000-8000-000000000003", "B", "renewal_in_doubt", 0.0, None),
        ("desk:note:01900000-0000-7000-8000-000000000002", "A", "sentiment", 2.0, "Late parcels"),
    ]  # fmt: skip


def test_the_same_desk_has_the_same_name(desk: str, tmp_path: Path) -> None:
    """Read twice, the content's digest is the same, and an empty desk is no fault."""
    once, again = (read(desk, tmp_path / name) for name in ("once", "again"))
    assert [raw.digest for raw in once] == [raw.digest for raw in again]


def test_it_comes_in_like_any_source(desk: str, tmp_path: Path) -> None:
    """The address is enough to import it."""
    with intake.read([desk], COMPANY, tmp_path, intake.Hints()) as taken:
        assert [source.match.connector for source in taken.sources] == ["desk"] * 4
        assert set(taken.delivery(COMPANY).tables) == {"touches", "events", "answers"}


@pytest.mark.parametrize("address", ["desk+sqlite:////nowhere/desk.sqlite3", "desk+nonsense"])
def test_what_is_no_desk_is_told(address: str, tmp_path: Path) -> None:
    """Another database, or none, is refused in words."""
    with pytest.raises(SourceError):
        read(address, tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE a (b int)")
    with pytest.raises(SourceError, match="as a desk"):
        read(f"desk+sqlite:///{tmp_path / 'other.db'}", tmp_path)
