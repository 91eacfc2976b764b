"""The command line, called as a person calls it."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.cli import run
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

ORDERS = (
    "order;customer;date;total\n"
    "1;ann@example.com;2026-01-05 10:00;20,00\n"
    "2;bob@example.com;2026-01-20 10:00;15,50\n"
    "3;ann@example.com;2026-02-10 10:00;30,00\n"
    "4;cyd@example.com;2026-02-15 10:00;12,00\n"
    "5;ann@example.com;2026-03-05 10:00;18,00\n"
    "6;;2026-03-09 10:00;7,00\n"
    "7;bob@example.com;the third of April;9,00\n"
)


@dataclass
class Told:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Keepwell = Callable[..., Told]


@pytest.fixture
def keepwell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Keepwell:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["keepwell", *words])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Told(code, said.out, said.err)

    return call


@pytest.fixture
def shop(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """A company in the folder shop with six orders, one row of its file refused."""
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    assert keepwell("new", "Shop", "-w", "shop").code == 0
    settings = tmp_path / "shop" / "keepwell.toml"
    settings.write_text(settings.read_text("utf-8") + "\nactivity_window_days = 30\ndata_until = 2026-04-01\n", "utf-8")
    assert keepwell("import", "orders.csv", "-w", "shop", "--yes").code == 0
    return keepwell


@pytest.fixture
def company(keepwell: Keepwell, tmp_path: Path) -> Keepwell:
    """The invented company in the folder shop, with a plan for the play its assignments belong to."""
    assert keepwell("demo", "--into", "shop", "--customers", "800", "--no-report").code == 0
    with Workspace.open(tmp_path / "shop") as opened:
        plan = Plan.of(
            {
                "experiment": "thanks",
                "version": 1,
                "owner": "Sanna",
                "what": "A letter of thanks.",
                "expected": "More is spent.",
                "arms": {"control": 0.5, "treated": 0.5},
                "start": opened.span[0] - timedelta(days=1),
                "end": opened.as_of,
                "review": opened.as_of,
                "smallest_effect": 30,
                "max_n": 800,
                "primary": {"kind": "spend", "days": 60},
            }
        )
        opened.lake.enter("plan", plan.name, {"plan": plan.canonical(), "digest": plan.digest})
    return keepwell
