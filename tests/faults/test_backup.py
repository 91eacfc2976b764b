"""Is all there again after a backup was put back, though people and workers wrote while it was made?"""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import invented
from tests.faults.desks import ROOT, Desk

from keepwell.workspace import Workspace

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def _figures(folder: Path) -> tuple[dict[str, int], str]:
    with Workspace.open(folder) as shop:
        return shop.lake.rows(), shop.measure("kept_share", periods="quarter").frame.to_json()


def _edits(desk: Desk) -> "subprocess.Popen[str]":
    """Somebody who changes a team over and over, each change with its history, until the process is killed."""
    line = [sys.executable, "-m", "tests.faults.desk", "edits"]
    return subprocess.Popen(line, env=desk.around, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_what_was_backed_up_during_edits_is_all_there_again(desk: Desk, tmp_path: Path) -> None:
    """Edits go on while it is made; restored into an empty folder the figures are equal, and every team has its whole history."""
    for shop in invented(tmp_path / "making", customers=300, seed=7, as_of=date(2026, 7, 1)):
        where = shop.folder
    for each in ("lake", "keepwell.toml"):
        shutil.move(where / each, desk.folder / each)
    expected = _figures(desk.folder)
    (desk.folder / "desk" / "secret").write_text("very secret")
    (desk.folder / "desk" / "addresses").mkdir(exist_ok=True)
    (desk.folder / "desk" / "addresses" / "one").write_text("postgresql://reader:hunter22@db/shop")
    with _edits(desk) as writing:
        assert writing.stdout is not None
        first = int(writing.stdout.readline())
        file = tmp_path / "backup.tar"
        desk.run("-m", "keepwell", "backup", str(file), "-w", str(desk.folder))
        assert writing.poll() is None
        writing.kill()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"hunter22" not in file.read_bytes()
    assert b"very secret" not in file.read_bytes()
    back = tmp_path / "back"
    around = {
        **desk.around,
        "KEEPWELL_COMPANY": str(back),
        "KEEPWELL_DATABASE": "",
    }  # rows of PostgreSQL go into SQLite
    subprocess.run(
        [sys.executable, "-m", "keepwell", "restore", str(file), str(back)], env=around, cwd=ROOT, check=True
    )
    assert _figures(back) == expected
    told = subprocess.run([sys.executable, "-m", "tests.faults.desk", "teams"], env=around, cwd=ROOT, check=True, capture_output=True, text=True)  # fmt: skip
    teams, changes, broken = json.loads(told.stdout)
    assert teams >= first
    assert (changes, broken) == (2 * teams, 0)
    with sqlite3.connect(back / "desk" / "desk.sqlite3") as kept:
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert kept.execute("PRAGMA foreign_key_check").fetchall() == []
    kept.close()
    assert stat.S_IMODE((back / "desk").stat().st_mode) == 0o700


def test_a_desk_of_postgresql_goes_back_into_postgresql(server: Any, postgresql_tables: str, tmp_path: Path) -> None:
    """Into a database of its own every row with its history; work goes on there; one that holds a desk already is refused and keeps its own."""
    for name, like in (("before", f" TEMPLATE {postgresql_tables}"), ("after", "")):
        server.psql(f"CREATE DATABASE {name}{like};")
    before, file = Desk(tmp_path / "before", server.get_uri("before"), tables=True), tmp_path / "backup.tar"
    (before.folder / "keepwell.toml").write_text('name = "Tiny"\n', "utf-8")
    _edited(before)
    teams = json.loads(before.run("-m", "tests.faults.desk", "teams"))
    before.run("-m", "keepwell", "backup", str(file), "-w", str(before.folder))
    after = Desk(tmp_path / "other", server.get_uri("after"), tables=True)
    back = str(tmp_path / "after")
    after.run("-m", "keepwell", "restore", str(file), back)
    after.around["KEEPWELL_COMPANY"] = back
    assert json.loads(after.run("-m", "tests.faults.desk", "teams")) == teams
    assert teams[0] > 20
    assert teams[1:] == [2 * teams[0], 0]
    after.run("-m", "tests.faults.desk", "somebody")
    assert json.loads(after.run("-m", "tests.faults.desk", "teams"))[1:] == [2 * teams[0] + 2, 0]
    with pytest.raises(AssertionError, match="The database holds a desk already"):
        after.run("-m", "keepwell", "restore", str(file), str(tmp_path / "again"))
    assert not (tmp_path / "again").exists()
    assert json.loads(after.run("-m", "tests.faults.desk", "teams"))[0] == teams[0] + 1


def _edited(desk: Desk) -> None:
    """Somebody has worked at it for a while."""
    with _edits(desk) as writing:
        assert writing.stdout is not None
        writing.stdout.readline()
        writing.kill()


def test_what_is_no_backup_or_no_empty_folder_is_refused(tmp_path: Path) -> None:
    """A sentence each, and nothing is touched."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "text").write_text("no backup")
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(tmp_path / "text", "../../evil")
    for file, into, words in (
        ("text", "new", "is no backup"),
        ("other.tar", "new", "is no backup"),
        ("none", "new", "There is no file"),
        ("text", "full", "is not empty"),
    ):
        around = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        line = [sys.executable, "-m", "keepwell", "restore", str(tmp_path / file), str(tmp_path / into)]
        ran = subprocess.run(line, capture_output=True, text=True, check=False, env=around)
        assert (ran.returncode, words in ran.stderr) == (2, True), ran.stderr
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "full" / "mine").read_text() == "mine"
