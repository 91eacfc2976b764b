"""Does the ledger keep what was entered, and does no change of it stay hidden?"""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from keepwell.errors import LakeBusyError, LakeError
from keepwell.lake import Lake, ledger
from keepwell.lake.home import Folder

JUNE, JULY = datetime(2026, 6, 30, 12, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Folder:
    """A lake with three entries in two months."""
    made = Folder(tmp_path / "lake")
    ledger.enter(made, JUNE, "plan", "thanks:1", {"max_n": 100, "share": 0.1})
    ledger.enter(made, JUNE, "assigned", "thanks:1", {"new": 90})
    ledger.enter(made, JULY, "look", "thanks:1", {"n": 90})
    return made


def file(home: Folder, month: str) -> Path:
    """The ledger of a month."""
    return home.root / f"ledger-2026-{month}.jsonl"


def test_what_was_entered_stands_in_order(home: Folder) -> None:
    """Numbers from 1, each naming the one before."""
    found = ledger.entries(home)
    assert [(one.number, one.kind, one.about) for one in found] == [
        (1, "plan", "thanks:1"),
        (2, "assigned", "thanks:1"),
        (3, "look", "thanks:1"),
    ]
    assert [one.before for one in found] == ["0" * 64, found[0].digest, found[1].digest]
    assert (found[0].body, found[2].at) == ({"max_n": 100, "share": 0.1}, JULY)


def test_anybody_can_compute_a_digest(home: Folder) -> None:
    """sha256 over the line without its digest, sorted, without spaces."""
    line = json.loads(file(home, "07").read_text())
    said = line.pop("digest")
    assert said == sha256(json.dumps(line, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@pytest.mark.parametrize(
    ("month", "old", "new", "says"),
    [
        ("06", '"max_n":100', '"max_n":900', r"Entry 1 \(plan of thanks:1\) in ledger-2026-06.jsonl was changed"),
        ("07", '"n":90', '"n":91', "Entry 3 .* was changed"),
        ("06", '{"about"', "{about", "Entry 1 in ledger-2026-06.jsonl cannot be read"),
    ],
)
def test_a_changed_entry_is_named(home: Folder, month: str, old: str, new: str, says: str) -> None:
    """One number else, and nothing is told, nor entered."""
    path = file(home, month)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(LakeError, match=says):
        ledger.entries(home)
    with pytest.raises(LakeError, match=says):
        ledger.enter(home, JULY, "look", "thanks:1", {})


def test_a_changed_entry_with_a_new_digest_is_found_by_the_one_after(home: Folder) -> None:
    """Who writes a fitting digest breaks the chain."""
    lines = file(home, "06").read_text().splitlines()
    forged = json.loads(lines[1]) | {"body": {"new": 7}}
    del forged["digest"]
    forged["digest"] = sha256(json.dumps(forged, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    file(home, "06").write_text("\n".join([lines[0], json.dumps(forged)]) + "\n")
    with pytest.raises(LakeError, match=r"Entry 3 in ledger-2026-07\.jsonl does not follow entry 2"):
        ledger.entries(home)


def test_a_missing_entry_is_named(home: Folder) -> None:
    """In the middle, at the end, or a whole month."""
    june, july = file(home, "06").read_text(), file(home, "07").read_text()
    file(home, "06").write_text(june.splitlines()[0] + "\n")
    with pytest.raises(LakeError, match=r"Entry 2 is missing: ledger-2026-07\.jsonl goes on with entry 3"):
        ledger.entries(home)
    file(home, "06").write_text(june)
    file(home, "07").unlink()
    with pytest.raises(LakeError, match="Entries 3 to 3 are missing at the end"):
        ledger.entries(home)
    file(home, "07").write_text(july)
    (home.root / ledger.HEAD).unlink()
    with pytest.raises(LakeError, match="names the newest entry, is missing"):
        ledger.entries(home)


def test_a_clock_set_back_breaks_nothing(home: Folder) -> None:
    """The newest month goes on."""
    ledger.enter(home, JUNE, "look", "thanks:1", {})
    assert [one.number for one in ledger.entries(home)] == [1, 2, 3, 4]


def test_what_is_no_entry_is_refused(home: Folder) -> None:
    """An unknown kind; a body JSON cannot hold."""
    with pytest.raises(LakeError, match="knows no"):
        ledger.enter(home, JULY, "rumour", "thanks:1", {})
    for body in ({"at": JULY}, {"p": float("nan")}):
        with pytest.raises(LakeError, match="cannot be entered"):
            ledger.enter(home, JULY, "look", "thanks:1", body)
    assert len(ledger.entries(home)) == 3


def test_an_empty_lake_has_an_empty_ledger(tmp_path: Path) -> None:
    """And one writer at a time."""
    with Lake.open(tmp_path / "lake") as lake:
        assert lake.ledger() == []
        lake.enter("goal", "keep 80 %", {"target": 0.8})
        assert [one.about for one in lake.ledger()] == ["keep 80 %"]
        with lake._writing("importing"), pytest.raises(LakeBusyError):
            lake.enter("goal", "keep 90 %", {})
        assert lake.sweep() == []
        assert len(lake.ledger()) == 1


_WRITER = """
import sys
from keepwell.lake import Lake
with Lake.open(sys.argv[1]) as lake:
    print("ready", flush=True)
    for number in range(100_000):
        entry = lake.enter("look", "thanks:1", {"look": number})
        print(entry.number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.faults
def test_killed_writers_leave_it_whole(tmp_path: Path) -> None:
    """Killed five times while it writes: every entry it was told of stands, at most one more, and the chain is whole."""
    place, known = tmp_path / "lake", 0
    for kill in range(5):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, str(place)], stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for _ in range(1 + 3 * kill % 7):
                known = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            known = max([known, *(int(line) for line in process.stdout.read().split())])
        with Lake.open(place) as lake:
            found = len(lake.ledger())
        assert found - known in (0, 1)
        known = found
    with Lake.open(place) as lake:
        lake.sweep()
        assert len(lake.ledger()) == known
    assert not [path for path in place.iterdir() if path.name.endswith(".new")]
