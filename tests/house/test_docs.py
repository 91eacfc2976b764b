"""Are the docs true? Every code block runs, every registered thing has its page, every link leads somewhere."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack, redirect_stdout
from itertools import takewhile
from pathlib import Path

import pytest
from tests.house.code import ROOT

from keepwell.cli import run

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(path: Path) -> list[tuple[str, str]]:
    """The runnable blocks of a page in order: python, and console lines that begin with $."""
    return [(kind, text) for kind, text in BLOCK.findall(path.read_text("utf-8")) if kind in ("python", "console")]


def _reference() -> dict[str, object]:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAGES


def _called(line: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """A line that begins with keepwell, said to the command line in this process; what it ends with."""
    words = shlex.split(line)
    into = Path(words.pop()) if words[-2] == ">" else None
    monkeypatch.setattr(sys, "argv", words[:-1] if into else words)
    with ExitStack() as stack:
        if into:
            stack.enter_context(redirect_stdout(stack.enter_context(into.open("w", encoding="utf-8"))))
        try:
            run()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def _ran(line: str, place: Path) -> int:
    """Any other line, by a shell."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        line, shell=True, cwd=place, env={**os.environ, "PATH": path}, timeout=300, check=False
    ).returncode


FIRST = ("keepwell demo ", "keepwell round ")
"""Commands that make a company and do the same wherever they stand: what they made for one page is there for the next."""


class Made:
    """Folders as they are after the first commands of pages; each series of commands is run once."""

    def __init__(self, place: Path) -> None:
        self._place, self._kept = place, dict[tuple[str, ...], Path]()

    def again(self, lines: list[str], into: Path) -> int:
        """Put there what the longest known beginning of these lines made; how many lines that were."""
        for many in range(len(lines), 0, -1):
            if kept := self._kept.get(tuple(lines[:many])):
                shutil.copytree(kept, into, dirs_exist_ok=True)
                return many
        return 0

    def keep(self, lines: list[str], made: Path) -> None:
        """Remember what these lines made."""
        if tuple(lines) not in self._kept:
            self._kept[tuple(lines)] = self._place / str(len(self._kept))
            shutil.copytree(made, self._kept[tuple(lines)])


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What pages make of companies at their beginning."""
    return Made(tmp_path_factory.mktemp("companies"))


def _lines(page: Path, place: Path) -> list[tuple[str, str]]:
    """Every line of a page to be run, with its block; Python's are put into a file."""
    found = []
    for number, (kind, text) in enumerate(_blocks(page)):
        if kind == "python":
            (place / f"block{number}.py").write_text(text, "utf-8")
            found.append((f"{sys.executable} -W error::UserWarning block{number}.py", text))
        else:
            found += [(line.removeprefix("$ "), text) for line in text.splitlines() if line.startswith("$ ")]
    return [each for each in found if not each[0].startswith(("make ", "git ", "cd "))]  # set-up is what CI itself runs


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if _blocks(p)], ids=lambda p: str(p.relative_to(ROOT)))
def test_every_code_block_runs(
    page: Path, tmp_path: Path, companies: Made, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A page's blocks, run in order in an empty folder, all end well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    lines = _lines(page, tmp_path)
    first = [line for line, _text in takewhile(lambda each: each[0].startswith(FIRST), lines)]
    done = companies.again(first, tmp_path)
    for number, (line, text) in enumerate(lines[done:], done + 1):
        code = _called(line, monkeypatch) if line.startswith("keepwell ") else _ran(line, tmp_path)
        said = capfd.readouterr()
        assert code == 0, f"{page.name}: {line}\n{text}\n{said.out[-2000:]}\n{said.err[-2000:]}"
        if number <= len(first):
            companies.keep(first[:number], tmp_path)


@pytest.mark.parametrize(
    "name", ["metrics.md", "models.md", "tables.md", "settings.md", "commands.md", "capabilities.md"]
)
def test_the_generated_reference_is_current(name: str) -> None:
    """The page in the repository is the one the code makes now (make docs)."""
    assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == _reference()[name]()  # type: ignore[operator]


def test_every_connector_has_its_readme() -> None:
    """Each door's folder says what it takes and what becomes of it."""
    folders = [p for p in (ROOT / "src/keepwell/connectors").iterdir() if p.is_dir() and p.name != "__pycache__"]
    assert len(folders) >= 10
    assert [p.name for p in folders if not (p / "README.md").exists()] == []


def test_links_lead_somewhere() -> None:
    """Every relative link of every page points at a file that is there."""
    broken = []
    for page in [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert broken == []
