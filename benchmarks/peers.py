"""How do others take part? Each in a process and an environment of its own, on one thread, with ten CPU minutes of patience."""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "explanation" / "speed-of-models.md"
PATIENCE, LONGEST = 600, 5400
"""CPU seconds an answer may take, making ready and all runs included, and seconds of wall clock; who needs longer is told as such."""

ONE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}

Result = dict[str, Any]
Results = dict[str, dict[str, Result]]
"""Contestant -> question -> what it took, or the fault."""


@dataclass(frozen=True)
class Peer:
    """
    Who takes part.

    Args:
        name: For people.
        script: Which file asks its questions.
        only: Questions it can answer.
        packages: What pip installs for it, into an environment of its own; none runs in ours.
    """

    name: str
    script: str
    only: tuple[str, ...]
    packages: tuple[str, ...] = ()


def arguments(about: str | None, rows: int, of: str, page: Path = PAGE) -> argparse.Namespace:
    """
    What a contest was told on its command line: rows, data, times and write.

    Args:
        about: What it asks.
        rows: How many it has where nobody says otherwise.
        of: What a row is.
        page: Where its tables go.
    """
    given = argparse.ArgumentParser(description=about)
    given.add_argument("--rows", type=int, default=rows, help=of)
    given.add_argument(
        "--data",
        type=Path,
        default=Path(tempfile.gettempdir()) / "keepwell-bench",
        help="where data and environments are kept",
    )
    given.add_argument("--times", type=int, default=3, help="best of so many")
    given.add_argument(
        "--write", action=argparse.BooleanOptionalAction, default=True, help=f"put the tables into {page.name}"
    )
    return given.parse_args()


def compete(peers: Sequence[Peer], data: Path, environments: Path, times: int) -> Results:
    """
    Everybody's answers, one after the other; kept in the folder as they come, so that who does not run again stands as they did.

    Args:
        peers: Who takes part.
        data: The folder all read.
        environments: Where their environments are kept.
        times: Best of so many.
    """
    kept = data / "results.json"
    results: Results = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    for peer in peers:
        python = _python(peer, environments)
        for question in peer.only:
            print(f"{peer.name}: {question}", file=sys.stderr, flush=True)
            found = {"fault": python} if isinstance(python, str) else _ask(python, peer.script, question, data, times)
            results.setdefault(peer.name, {})[question] = found
            kept.write_text(json.dumps(results, indent=1), "utf-8")
    return results


def _python(peer: Peer, environments: Path) -> Path | str:
    """The interpreter that has the packages; or why there is none."""
    if not peer.packages:
        return Path(sys.executable)
    place = environments / peer.name.replace(" ", "-")
    python, ready = place / "bin" / "python", place / "ready"
    if not ready.exists() or ready.read_text("utf-8") != " ".join(peer.packages):
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        install = [python, "-m", "pip", "install", "-q", *peer.packages]
        if subprocess.run(install, capture_output=True, check=False).returncode:
            return "does not install here"
        ready.write_text(" ".join(peer.packages), "utf-8")
    return python


def _ask(python: Path, script: str, question: str, data: Path, times: int) -> Result:
    ours = python == Path(sys.executable)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" or ours}
    try:
        done = subprocess.run(
            [python, HERE / script, question, data, "--times", str(times)],
            capture_output=True,
            text=True,
            check=False,
            env={**environment, **ONE, "TZ": "UTC"},
            preexec_fn=_with_patience,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"not done in {LONGEST // 60} minutes"}
    if done.returncode == -signal.SIGXCPU:
        return {"fault": f"not done in {PATIENCE // 60} CPU minutes"}
    if done.returncode == -signal.SIGKILL:
        return {"fault": "needs more memory than there is"}
    if done.returncode:
        return {"fault": (done.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _with_patience() -> None:
    """Work that others do on the machine takes nothing from the ten minutes; where memory runs out, the contestant ends first."""
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE + 10))
    Path("/proc/self/oom_score_adj").write_text("1000", "utf-8")


def about(before: float, threads: str = ", one thread each") -> str:
    """
    When and where, and whether the machine was busy with other work.

    Args:
        before: The load before anything ran.
        threads: How many each may use.
    """
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    named = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    machine = f"{next(named, platform.machine())}{threads}"
    after = os.getloadavg()[0]
    busy = (
        ""
        if before < 1.5 and after < 2.5
        else " The machine was busy with other work: CPU seconds hold, wall times are upper bounds."
    )
    return f"{datetime.now(UTC).date().isoformat()}, {machine}; load {before:.1f} before and {after:.1f} after.{busy}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, figures to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds(result: Result | None) -> str:
    """CPU and wall seconds; or why there are none."""
    if not result:
        return ""
    if "fault" in result:
        return f"*{result['fault']}*"
    digits = 4 if result["cpu"] < 0.1 else 2
    return f"{result['cpu']:.{digits}f} ({result['wall']:.{digits}f})"


def times(slow: Result | None, fast: Result | None) -> str:
    """How many times the CPU seconds of the one are those of the other; empty where either has none."""
    if not slow or not fast or "cpu" not in slow or "cpu" not in fast:
        return ""
    ratio = slow["cpu"] / max(fast["cpu"], 1e-9)
    return f"{ratio:.{0 if ratio >= 10 else 1 if ratio >= 1 else 2}f}x"


def write(text: str, mark: str) -> None:
    """Put a text between its marks on the page."""
    opening, closing = f"<!-- measured {mark} -->", f"<!-- end {mark} -->"
    page = PAGE.read_text("utf-8")
    if opening not in page:
        page += f"\n{opening}\n{closing}\n"
    before, rest = page.split(opening)
    PAGE.write_text(f"{before}{opening}\n{text}\n{closing}{rest.split(closing)[1]}", "utf-8")
