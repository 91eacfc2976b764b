"""What was planned, assigned, seen and decided, and when? A ledger that only grows; each entry names the one before, so that no change stays hidden."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from keepwell.errors import LakeError
from keepwell.lake.home import Home

KINDS = ("plan", "assigned", "look", "stopped", "decided", "goal")
"""What can be entered."""

HEAD = "ledger.json"
"""Names the newest entry, so that nothing can go missing at the end."""

_FIRST = "0" * 64


@dataclass(frozen=True)
class Entry:
    """
    One line of the ledger.

    Args:
        number: Counts from 1, without gaps.
        at: When it was entered, in UTC.
        kind: One of KINDS.
        about: The experiment and version ("thanks:1"), or the goal.
        body: What is entered, as JSON can hold it.
        before: The digest of the entry before; 64 zeros before the first.
        digest: sha256 over all the others as JSON with sorted keys and no spaces.
    """

    number: int
    at: datetime
    kind: str
    about: str
    body: Mapping[str, Any]
    before: str
    digest: str


def entries(home: Home) -> list[Entry]:
    """
    Everything that was ever entered, oldest first.

    Raises:
        LakeError: An entry was changed, is missing or cannot be read; it is named.
    """
    found: list[Entry] = []
    for name in _files(home):
        for line in (home.read(name) or b"").splitlines():
            entry = _read(line, name, len(found) + 1)
            if entry.number != len(found) + 1:
                raise _broken(f"Entry {len(found) + 1} is missing: {name} goes on with entry {entry.number}")
            if entry.digest != _digest(entry):
                raise _broken(f"Entry {entry.number} ({entry.kind} of {entry.about}) in {name} was changed")
            if entry.before != (found[-1].digest if found else _FIRST):
                raise _broken(f"Entry {entry.number} in {name} does not follow entry {entry.number - 1} as it stands")
            found.append(entry)
    _reaches_its_head(home, found)
    return found


def enter(home: Home, at: datetime, kind: str, about: str, body: Mapping[str, Any]) -> Entry:
    """
    Put an entry at the end, durably.

    Args:
        home: The lake, held by this writer.
        at: Now, in UTC.
        kind: One of KINDS.
        about: The experiment and version, or the goal.
        body: As JSON can hold it.

    Raises:
        LakeError: An unknown kind, a body that is no JSON, or a ledger that was tampered with.
    """
    if kind not in KINDS:
        raise LakeError(f"The ledger knows no {kind!r}.", f"Entries are {', '.join(KINDS)}.", "Enter one of them.")
    known = entries(home)
    try:
        kept = json.loads(json.dumps(body, allow_nan=False))
    except (TypeError, ValueError) as fault:
        raise LakeError(
            f"The {kind} of {about} cannot be entered: {fault}.", "Bodies are JSON.", "Write it as JSON can hold it."
        ) from None
    bare = Entry(len(known) + 1, at, kind, about, kept, known[-1].digest if known else _FIRST, "")
    entry = Entry(**{**vars(bare), "digest": _digest(bare)})
    # The month of the newest entry goes on even where a clock was set back: files are read in the order of their names.
    name = max(f"ledger-{at:%Y-%m}.jsonl", *_files(home)[-1:], "")
    home.replace(name, (home.read(name) or b"") + _line(entry))
    home.replace(HEAD, json.dumps({"number": entry.number, "digest": entry.digest}).encode())
    return entry


def _files(home: Home) -> list[str]:
    """A file per month, oldest first."""
    return [name for name in home.names("") if name.startswith("ledger-") and name.endswith(".jsonl")]


def _plain(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "at": entry.at.isoformat()}


def _line(entry: Entry) -> bytes:
    return json.dumps(_plain(entry), sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _digest(entry: Entry) -> str:
    told = {key: value for key, value in _plain(entry).items() if key != "digest"}
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _read(line: bytes, name: str, number: int) -> Entry:
    try:
        told = json.loads(line)
        return Entry(**{**told, "at": datetime.fromisoformat(told["at"])})
    except (ValueError, TypeError, KeyError):
        raise _broken(f"Entry {number} in {name} cannot be read") from None


def _reaches_its_head(home: Home, found: list[Entry]) -> None:
    """The entry the head names is there; a killed writer may have left one more than it names, which stands."""
    content = home.read(HEAD)
    if content is None:
        if len(found) > 1:
            raise _broken(f"The file {HEAD}, which names the newest entry, is missing")
        return
    try:
        head = json.loads(content)
        number, digest = int(head["number"]), head["digest"]
    except (ValueError, TypeError, KeyError):
        raise _broken(f"The file {HEAD}, which names the newest entry, cannot be read") from None
    if len(found) < number:
        raise _broken(f"Entries {len(found) + 1} to {number} are missing at the end")
    if number < 1 or found[number - 1].digest != digest:
        raise _broken(f"Entry {number} is not the one {HEAD} names")


def _broken(what: str) -> LakeError:
    return LakeError(
        f"The ledger was tampered with or damaged: {what}.",
        "Nothing in it ever changes, so nothing that rests on it is told.",
        "Restore the files ledger* of the lake from a backup.",
    )
