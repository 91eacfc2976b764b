"""Do the data still come? What was told by one source after the other, and when it would be time again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Literal

LEAST = 3
"""Days with an import from which a rhythm is read."""

LATE = 2.0
"""So many times its rhythm without an import, and a source is stale."""

State = Literal["fresh", "stale", "unknown"]


@dataclass(frozen=True)
class Told:
    """
    What one source said in one import.

    Args:
        source: What it was called, such as a file's name.
        batch: The import.
        at: When it came in, with its zone.
        rows: Records read.
        refused: Records of which something was refused; None where that is not known of this source alone.
        newest: The newest day told; None where nothing dated is told.
    """

    source: str
    batch: str
    at: datetime
    rows: int
    refused: int | None
    newest: date | None


@dataclass(frozen=True)
class Freshness:
    """
    How a source stands.

    Args:
        name: Without what changes from file to file.
        last: What it said last.
        times: Days on which it came in.
        rhythm: Days between two imports, the median; None where it came on too few days.
        since: Days since it came in last.
        state: "stale" where it is late by its own rhythm, "unknown" where it has none.
    """

    name: str
    last: Told
    times: int
    rhythm: float | None
    since: int
    state: State


def family(source: str) -> str:
    """
    What a source is called without what changes from one export to the next: days, numbers, copies, endings.

    Args:
        source: A file's or a table's name.
    """
    folder, _slash, bare = source.replace("\\", "/").rpartition("/")
    if folder and bare.startswith("part-"):
        bare = folder.rpartition("/")[2]  # a table written in parts is called after its folder
    bare = re.sub(r"(\.(csv|tsv|txt|parquet|pq|gz|zip))+$", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"\(\d+\)", " ", bare)
    named = re.sub(r"[-_. ]*\d[\d\-_.:T ]*", " ", bare)
    told = " ".join(re.split(r"[-_\s]+", named)).strip(" .-_")
    return told or bare


def freshness(told: Sequence[Told], now: datetime) -> list[Freshness]:
    """
    Every source by name, those that are late first.

    Args:
        told: What stands of what was imported.
        now: The moment of the look, with its zone.
    """
    known: dict[str, list[Told]] = {}
    for each in sorted(told, key=lambda each: each.at):
        known.setdefault(family(each.source), []).append(each)
    found = [_one(name, heard, now) for name, heard in known.items()]
    return sorted(found, key=lambda each: (("stale", "unknown", "fresh").index(each.state), each.name))


def _one(name: str, heard: Sequence[Told], now: datetime) -> Freshness:
    days = sorted({each.at.astimezone(now.tzinfo).date() for each in heard})
    since = (now.date() - days[-1]).days
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    rhythm = float(median(gaps)) if len(days) >= LEAST else None
    state: State = "unknown" if rhythm is None else "stale" if since > LATE * rhythm else "fresh"
    return Freshness(name, heard[-1], len(days), rhythm, since, state)
