"""How is one question timed? In a process of its own, the best of three, the answer's digest beside it. Needs nothing but Python."""

import argparse
import hashlib
import json
import os
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

QUESTIONS = {
    "triangle": "monthly triangle",
    "days": "D0-D30 of every day's newcomers",
    "after": "on or after day 0-30, every day's newcomers",
    "bridge": "revenue bridge, 24 months",
    "repeat": "repeat rate within 30, 90, 365 days, ripe customers only",
    "rfm": "RFM of everybody, in fifths",
    "people": "from a cell to its people, first 100",
    "filtered": "monthly triangle of purchases of 30.00 and more (nothing stored helps)",
}
MONTHS = 24
FIRST_DAY = 19_723
"""1 January 2024, in days since 1970."""
LAST_DAY = FIRST_DAY + 730
"""The morning of the look: 31 December 2025, the day that has not arrived yet."""
CELL = (12, 23)
"""Who came in the thirteenth month and was there in the last: no part of the data can be left out."""
WITHIN = (30, 90, 365)
DAYS = 30
THREADS = 2
LONG = 60
"""Seconds; an answer that took longer is not asked for again."""

Answer = Callable[[Any], Any]


def compete(
    opens: Callable[[Path], Any], answers: Mapping[str, Answer], told: Callable[[str, Any], Iterable[tuple[int, ...]]]
) -> None:
    """
    Run the question named on the command line and print what it took as JSON.

    Args:
        opens: Makes ready what a question needs, from the data's folder; timed apart.
        answers: Question -> its answer; this is timed.
        told: Question and answer -> rows of whole numbers, the same for every contestant.
    """
    asked = argparse.ArgumentParser()
    asked.add_argument("question", choices=sorted(answers))
    asked.add_argument("data", type=Path)
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    os.environ.setdefault("TZ", "UTC")
    opened, ready = _timed(lambda: opens(given.data))
    best, answer = _timed(lambda: answers[given.question](ready))
    for _ in range(given.times - 1):
        if best["wall"] > LONG:
            break
        best, answer = min(
            (best, answer), _timed(lambda: answers[given.question](ready)), key=lambda found: found[0]["wall"]
        )
    rows = sorted(tuple(int(value) for value in row) for row in told(given.question, answer))
    print(
        json.dumps({**best, "opened": opened["wall"], "gigabytes": _peak(), "digest": digest(rows), "rows": len(rows)})
    )


def digest(rows: list[tuple[int, ...]]) -> str:
    """One short text for an answer."""
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:12]


def _timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    started, cpu = time.perf_counter(), _cpu()
    result = work()
    return {"wall": time.perf_counter() - started, "cpu": _cpu() - cpu}, result


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """Gigabytes this process held at most; what getrusage tells begins with the peak of the process that started it."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    told = next(line for line in status if line.startswith("VmHWM:"))
    return int(told.split()[1]) / 1_048_576
