"""retentioneering 3.3.0, its own cohort table over a tenth of a million events or more: what fits."""

import os
from pathlib import Path
from typing import Any

import contest

os.environ["RETENTIONEERING_DISABLE_TRACKING"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd


def opens(data: Path) -> Path:
    """The file, not yet read."""
    return data / "lean.parquet"


def triangle(path: Path) -> Any:
    """The share of each month's newcomers that is there in later months, from retentioneering's own cohorts."""
    from retentioneering.eventstream import Eventstream

    frame = pd.read_parquet(path, columns=["customer", "ts", "kind", "net"])
    frame = frame[(frame["kind"] == "usage") | (frame["net"] > 0)]
    events = pd.DataFrame({"user_id": frame["customer"], "event": frame["kind"], "timestamp": frame["ts"]})
    stream = Eventstream(events, add_start_end_events=False)
    return stream.cohorts(cohort_start_unit="M", cohort_period=(1, "M"), average=False, show_plot=False).values


def told(question: str, answer: Any) -> Any:  # noqa: ARG001
    """Shares cannot be compared digit by digit: only how many cells there are."""
    return [(int(answer.notna().sum().sum()),)]


if __name__ == "__main__":
    contest.compete(opens, {"triangle": triangle}, told)
