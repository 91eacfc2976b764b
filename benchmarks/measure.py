"""How fast are the measures, beside what else there is? One run, one machine, the same data, answers compared by digest."""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import contest
import events

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "speed.md"

TARGETS = {"triangle": 60, "days": 30, "bridge": 4, "repeat": 35, "rfm": 5, "people": 400}
"""So many times faster than the hand-tuned SQL each is to be at a hundred million events."""

PATIENCE = 600
"""Seconds an answer may take; who needs longer is told as such."""


@dataclass(frozen=True)
class Contestant:
    """
    Who takes part.

    Args:
        name: For people.
        script: Which file asks its questions.
        packages: What pip installs for it, into an environment of its own; none runs in ours.
        arguments: More words for the script.
        only: Questions it can answer; none means all.
    """

    name: str
    script: str
    packages: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    only: tuple[str, ...] = tuple(name for name in contest.QUESTIONS if name != "filtered")


CONTESTANTS = (
    Contestant("Keepwell", "by_keepwell.py", only=tuple(contest.QUESTIONS)),
    Contestant("DuckDB, tuned", "by_duckdb.py", only=tuple(contest.QUESTIONS)),
    Contestant("DuckDB, naive", "by_duckdb.py", arguments=("--naive",), only=("triangle",)),
    Contestant("Polars", "by_polars.py", ("polars",)),
    Contestant("chdb", "by_chdb.py", ("chdb",)),
    Contestant("pandas", "by_pandas.py", ("pandas", "pyarrow")),
    Contestant(
        "retentioneering",
        "by_retentioneering.py",
        ("retentioneering==3.3.0", "numpy<2", "pyarrow<20"),
        only=("triangle",),
    ),
)

Result = dict[str, Any]


def main() -> int:
    """Make data, build the index, let everybody answer, print the tables; 1 where two answers differ."""
    given = _arguments()
    data = events.make(given.data, given.rows).folder
    before = os.getloadavg()[0]
    results: dict[str, dict[str, Result]] = _upkeep(data, given)
    for contestant in CONTESTANTS:
        if contestant.name in (given.only or [contestant.name]):
            results.setdefault(contestant.name, {}).update(_compete(contestant, data, given))
    load = (before, os.getloadavg()[0])
    about = {
        "rows": given.rows,
        "times": given.times,
        "load": load,
        "machine": _machine(),
        "size": _sizes(data),
        "when": datetime.now(UTC).date().isoformat(),
    }
    text = _page(results, about)
    print(text)
    if given.json:
        given.json.write_text(json.dumps({"about": about, "results": results}, indent=1))
    if given.write:
        _write(text, given.rows)
    return _differences(results)


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=10_000_000, help="events, such as 100_000_000")
    asked.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "keepwell-bench",
        help="where data and environments are kept",
    )
    asked.add_argument("--json", type=Path, help="also write all results here")
    asked.add_argument("--times", type=int, default=3, help="best of so many")
    asked.add_argument("--only", nargs="*", default=[], help="contestants to run, by name; all where none is named")
    asked.add_argument(
        "--write", action=argparse.BooleanOptionalAction, default=True, help=f"put the table into {PAGE.name}"
    )
    return asked.parse_args()


def _upkeep(data: Path, given: argparse.Namespace) -> dict[str, dict[str, Result]]:
    """What building the index takes, and what one more day does."""
    if given.only and "Keepwell" not in given.only:
        return {}
    built = _run(Path(sys.executable), "by_keepwell.py", "build", data, times=1)
    days = []
    for _ in range(3):
        shutil.rmtree(data / "longer", ignore_errors=True)
        shutil.copytree(data / "index", data / "longer")
        days.append(_run(Path(sys.executable), "by_keepwell.py", "one_day", data, times=1))
    day = min(days, key=lambda day: day.get("wall", 1e9))
    return {"Keepwell": {"build": built, "one_day": day}}


def _compete(contestant: Contestant, data: Path, given: argparse.Namespace) -> dict[str, Result]:
    python = _python(contestant, given.data / "peers")
    if isinstance(python, str):
        return {question: {"fault": python} for question in contestant.only}
    found = {}
    for question in contestant.only:
        print(f"{contestant.name}: {question}", file=sys.stderr, flush=True)
        found[question] = _run(python, contestant.script, question, data, *contestant.arguments, times=given.times)
    return found


def _python(contestant: Contestant, peers: Path) -> Path | str:
    """The interpreter that has the packages; or why there is none."""
    if not contestant.packages:
        return Path(sys.executable)
    place = peers / contestant.name
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", *contestant.packages], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return "does not install here"
        (place / "ready").touch()
    return python


def _run(python: Path, script: str, question: str, data: Path, *arguments: str, times: int) -> Result:
    command = [python, HERE / script, question, data, "--times", str(times), *arguments]
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH" or python == Path(sys.executable)
    }
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "TZ": "UTC"},
            preexec_fn=_first_to_go,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"not done in {PATIENCE // 60} minutes"}
    if done.returncode == -signal.SIGKILL:
        return {"fault": f"needs more than the machine's {_memory():.0f} GB"}
    if done.returncode:
        return {"fault": (done.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _first_to_go() -> None:
    """Where memory runs out, the contestant ends and nothing else on the machine does."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _differences(results: dict[str, dict[str, Result]]) -> int:
    """1 where somebody answers otherwise, named on the error stream."""
    wrong = 0
    for question in contest.QUESTIONS:
        told = {
            name: found[question]["digest"] for name, found in results.items() if "digest" in found.get(question, {})
        }
        if len(set(told.values())) > 1:
            print(f"answers differ for {question}: {told}", file=sys.stderr)
            wrong = 1
    return wrong


def _machine() -> str:
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{processor}, {os.cpu_count()} cores, {contest.THREADS} threads each"


def _sizes(data: Path) -> dict[str, int]:
    tables = sum((data / f"{name}.parquet").stat().st_size for name in ("orders", "events"))
    index = sum(path.stat().st_size for path in (data / "index").rglob("*") if path.is_file())
    return {"tables": tables, "lean": (data / "lean.parquet").stat().st_size, "index": index}


def _page(results: dict[str, dict[str, Result]], about: dict[str, Any]) -> str:
    names = [name for name in results if any(q in results[name] for q in contest.QUESTIONS)]
    others = [name for name in names if name not in ("Keepwell", "DuckDB, tuned")]
    head = [
        "question",
        "Keepwell",
        "DuckDB, tuned",
        *others,
        "Keepwell is faster than tuned SQL (CPU)",
        "goal",
        "same answer",
    ]
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    for question, meaning in contest.QUESTIONS.items():
        row = [_cell(results.get(name, {}).get(question)) for name in ("Keepwell", "DuckDB, tuned", *others)]
        ours, tuned = (results.get(name, {}).get(question, {}) for name in ("Keepwell", "DuckDB, tuned"))
        goal = (
            f"{TARGETS[question]}x" if question in TARGETS else "at most 1.3x slower" if question == "filtered" else ""
        )
        lines.append(_line([meaning, *row, _ratio(tuned, ours), goal, _same(results, question)]))
    return "\n".join([*_preface(about), "", *lines, "", *_upkeep_told(results.get("Keepwell", {}), about)])


def _preface(about: dict[str, Any]) -> list[str]:
    busy = (
        ""
        if about["load"][0] < 1.5 and about["load"][1] < 5  # the contestants' own threads are in the second
        else " The machine was busy with other work: wall times are upper bounds, CPU seconds are nearer the truth."
    )
    return [
        (
            f"{about['rows']:,} events, {about['rows'] // events.PER_CUSTOMER:,} customers, {about['when']}, {about['machine']}; "
            f"load {about['load'][0]:.1f} before and {about['load'][1]:.1f} after.{busy}"
        ),
        f"Best of {about['times']}: seconds of wall clock (CPU seconds), peak memory of the process.",
    ]


def _upkeep_told(ours: dict[str, Result], about: dict[str, Any]) -> list[str]:
    size, build, day = about["size"], ours.get("build", {}), ours.get("one_day", {})
    opened = [found["opened"] for name, found in ours.items() if name in contest.QUESTIONS and "opened" in found]
    return [
        _line(["keeping the index", "measured", "goal"]),
        _line(["---", "---:", "---:"]),
        _line(["built anew", _cell(build), "peak memory at most 2 GB"]),
        _line(["one new day made durable", _cell(day), ""]),
        _line(["one day is cheaper than building anew (CPU)", _ratio(build, day), "40x"]),
        _line(
            [
                "index beside the tables' Parquet",
                f"{size['index'] / 1e6:,.0f} of {size['tables'] / 1e6:,.0f} MB: {size['index'] / size['tables']:.1%}",
                "15 %",
            ]
        ),
        _line(["opening a version for questions", f"{min(opened):.2f} s" if opened else "", ""]),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(result: Result | None) -> str:
    if not result:
        return ""
    if "fault" in result:
        return f"*{result['fault']}*"
    digits = 4 if result["wall"] < 0.1 else 2
    return f"{result['wall']:.{digits}f} ({result['cpu']:.{digits}f}) {result['gigabytes']:.2f} GB"


def _ratio(slow: Result, fast: Result) -> str:
    if "wall" not in slow or "wall" not in fast:
        return ""
    wall, cpu = slow["wall"] / fast["wall"], slow["cpu"] / max(fast["cpu"], 1e-9)
    digits = 0 if wall >= 10 else 1 if wall >= 2 else 2
    return f"{wall:.{digits}f}x ({cpu:.{digits}f}x)"


def _same(results: dict[str, dict[str, Result]], question: str) -> str:
    told = [found[question]["digest"] for found in results.values() if "digest" in found.get(question, {})]
    return f"all {len(told)}" if len(set(told)) == 1 else "**no**"


def _write(text: str, rows: int) -> None:
    """Put the tables between the marks of their size."""
    opening, closing = f"<!-- measured {rows} -->", f"<!-- end {rows} -->"
    page = PAGE.read_text("utf-8")
    if opening not in page:
        page += f"\n{opening}\n{closing}\n"
    before, rest = page.split(opening)
    PAGE.write_text(f"{before}{opening}\n{text}\n{closing}{rest.split(closing)[1]}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
