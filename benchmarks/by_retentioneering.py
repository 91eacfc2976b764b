"""retentioneering 3.3.0, its own cohort table; its shares are turned back into people so that they can be compared."""

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
    """The share of each month's newcomers that is there in later months, and the file the newcomers can be counted in."""
    from retentioneering.eventstream import Eventstream

    seen = marks(path)
    events = pd.DataFrame({"user_id": seen["customer"], "event": seen["kind"], "timestamp": seen["ts"]})
    stream = Eventstream(events, add_start_end_events=False)
    return stream.cohorts(cohort_start_unit="M", cohort_period=(1, "M"), average=False, show_plot=False).values, path


def marks(path: Path) -> pd.DataFrame:
    """What counts."""
    frame = pd.read_parquet(path, columns=["customer", "ts", "kind", "net"])
    return frame[(frame["kind"] == "usage") | (frame["net"] > 0)]


def told(question: str, answer: Any) -> Any:  # noqa: ARG001
    """Shares times newcomers, which are whole people again."""
    shares, path = answer
    newcomers = marks(path).groupby("customer")["ts"].min().dt.to_period("M").value_counts()
    for group, row in shares.iterrows():
        month = pd.Period(group, "M")
        for age, share in row.dropna().items():
            if share:
                yield (month.year - 2024) * 12 + month.month - 1, age, round(share * newcomers[month])


if __name__ == "__main__":
    contest.compete(opens, {"triangle": triangle}, told)
