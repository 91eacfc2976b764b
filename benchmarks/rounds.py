"""What does the daily round cost? The invented company, every step of the round from nothing, and a second one with nothing changed."""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import peers

from keepwell import rounds
from keepwell.workspace import Workspace


def main() -> None:
    """Make the company where it is not there yet, take its round twice, and put the table into the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--data", type=Path, default=Path("benchmark-data"))
    asked.add_argument("--no-write", action="store_true")
    given = asked.parse_args()
    company = given.data / f"round-{given.customers}"
    if not company.exists():
        command = [str(Path(sys.executable).parent / "keepwell"), "demo", "--into", str(company), "--no-report"]
        subprocess.run([*command, "--customers", str(given.customers)], check=True)
    before = os.getloadavg()[0]
    text = _told(company, given.customers, before)
    sys.stdout.write(text)
    if not given.no_write:
        peers.write(text, f"round {given.customers}")


def _told(company: Path, customers: int, before: float) -> str:
    with Workspace.open(company) as opened:
        if opened.as_of in opened.lake.mornings():
            raise SystemExit(
                f"A round of {company} is kept already; take the folder lake/results away for one from nothing."
            )
        first, lines = _taken(opened)
        again, _lines = _taken(opened)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
    rows = "".join(f"| {name} | {cpu:.1f} ({wall:.1f}) |\n" for name, wall, cpu in lines)
    return (
        f"{customers:,} customers of the invented company, {os.cpu_count()} cores; {peers.about(before, threads='')} CPU seconds (wall seconds).\n\n"
        f"| step | seconds |\n| --- | ---: |\n{rows}"
        f"| **all of it** | **{first[1]:.0f} ({first[0]:.0f})** |\n| the same again, nothing having changed | {again[1]:.1f} ({again[0]:.1f}) |\n\n"
        f"The most memory it held was {peak:.1f} GB.\n"
    )


def _taken(opened: Workspace) -> tuple[tuple[float, float], list[tuple[str, float, float]]]:
    """One round: wall and CPU seconds of all of it, and of each step."""
    began = last = (time.perf_counter(), time.process_time())
    lines = []
    for done in rounds.go(opened):
        now = (time.perf_counter(), time.process_time())
        lines.append((done.step.says, now[0] - last[0], now[1] - last[1]))
        last = now
    return (last[0] - began[0], last[1] - began[1]), lines


if __name__ == "__main__":
    main()
