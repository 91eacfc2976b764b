"""How is an answer in figures timed? In a process of its own, on one thread, the best of a few, or the mean of many where it is quick. Needs nothing but Python."""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from contest import LONG

AGAIN, AT_MOST = 0.5, 20
"""What is done sooner than in so many seconds is done again, up to so often: milliseconds are not told from one run."""

Answer = Callable[[Any], Any]


def compete(
    opens: Callable[[str, Path], Any],
    answers: Mapping[str, Answer],
    told: Callable[[str, Any, Any], Mapping[str, Any]],
) -> None:
    """
    Answer the question named on the command line and print what it took as JSON.

    Args:
        opens: Makes ready what a question needs, from its name and the data's folder; not timed.
        answers: Question -> its answer from what was made ready; this is timed.
        told: Question, what was made ready, answer -> figures by name; not timed.
    """
    asked = argparse.ArgumentParser()
    asked.add_argument("question", choices=sorted(answers))
    asked.add_argument("data", type=Path)
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    answer = answers[given.question]
    ready = opens(given.question, given.data)
    first, found = _timed(lambda: answer(ready))
    runs = [first]
    while first["wall"] <= LONG and _more(runs, given.times):
        again, found = _timed(lambda: answer(ready))
        runs.append(again)
    best = min(runs, key=lambda run: run["cpu"])
    if (
        len(runs) > given.times
    ):  # of milliseconds the clock of a processor tells nothing once, and their mean everything
        best = {name: sum(run[name] for run in runs) / len(runs) for name in best}
    figures = told(given.question, ready, found)
    print(json.dumps({**best, "first": first["cpu"], "runs": len(runs), "figures": figures}))


def _more(runs: list[dict[str, float]], times: int) -> bool:
    spent = sum(run["wall"] for run in runs)
    return len(runs) < times or (spent < AGAIN and len(runs) < AT_MOST)


def _timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    return {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}, result


def put(place: Path, told: list[Any]) -> str:
    """
    Keep what was said, to be judged by one judge.

    Args:
        place: A file for it.
        told: Arrays, in an order everybody keeps.
    """
    import numpy as np

    np.savez(place, **{f"{turn:02d}": array for turn, array in enumerate(told)})
    return str(place)
