"""What does the activity index consist of? A base and the patches after it, named by one small file."""

import json
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from keepwell.config import Company
from keepwell.lake.durable import replace_file, settle_tree
from keepwell.measure.periods import Periods, calendar

FORMAT = 1
"""Raised when stored tables change their meaning: older ones are then built anew."""

MANIFEST = "manifest.json"

_RULES = ("time_zone", "active_by", "count_zero_orders", "excluded_customers", "currency")
"""Settings the stored tables depend on."""


def rules_of(company: Company) -> dict[str, Any]:
    """What of the settings is in the stored tables; an index made under other rules is built anew."""
    settings = company.model_dump(mode="json")
    return {"format": FORMAT, **{name: settings[name] for name in _RULES}}


def company_of(rules: Mapping[str, Any]) -> Company:
    """Settings that lead to those rules."""
    return Company(name="index", **{name: rules[name] for name in _RULES})


@dataclass(frozen=True)
class Manifest:
    """
    One version of the index.

    Args:
        rules: See rules_of().
        files: Canonical table -> the data files whose rows are in the index.
        parts: Folders of the parts, the base first, then patches from old to new.
        first: First day of the first calendar month covered.
        end: First day after the last one.
        last_day: The last day, as a number, on which anybody was there; -1 where nobody ever was.
        customers: How many ids are given; the next one.
        patched: Rows in patches.
        rows: Rows in the base.
    """

    rules: Mapping[str, Any]
    files: Mapping[str, Sequence[str]]
    parts: Sequence[str]
    first: str
    end: str
    last_day: int
    customers: int
    patched: int
    rows: int

    def months(self) -> Periods:
        """The calendar months covered."""
        return months_between(self.first, self.end)


def months_between(first: str, end: str) -> Periods:
    """Calendar months from the one that begins on *first* to the one before *end* (ISO days)."""
    return calendar("month", date.fromisoformat(first), date.fromisoformat(end), Company(name="index"))


def load(folder: Path) -> Manifest | None:
    """The newest whole version of an index; None where there is none that can be read."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def publish(folder: Path, manifest: Manifest) -> None:
    """Make a version the newest, at once and durably: its parts first, then the file that names them."""
    settle_tree(folder / manifest.parts[-1])
    replace_file(folder / MANIFEST, json.dumps(asdict(manifest)).encode())


def new_part(folder: Path) -> Path:
    """An empty folder for a part; nobody sees it before a manifest names it."""
    made = folder / f"part-{uuid.uuid4().hex}"
    made.mkdir(parents=True)
    return made


def sweep(folder: Path, *kept: Manifest | None) -> None:
    """Take away parts none of these versions names."""
    named = {part for manifest in kept if manifest for part in manifest.parts}
    for path in folder.glob("part-*"):
        if path.name not in named:
            shutil.rmtree(path, ignore_errors=True)
