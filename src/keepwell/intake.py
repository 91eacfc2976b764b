"""How does a source become a delivery? Read, recognised, put to the language; nothing is stored before somebody has looked."""

import hashlib
import os
import platform
import re
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from keepwell import connectors
from keepwell.config import Company
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Guess, fingerprint, guess
from keepwell.connectors.mapping import Mapping as ColumnMapping
from keepwell.errors import LakeError, SourceError, UnrecognisedError
from keepwell.lake import Delivery

Progress = Callable[[str, int, int | None], None]
GUESSED = ("csv", "parquet", "sql")
"""Doors whose columns are guessed and have to be confirmed."""
MAPPINGS = "mappings"
"""Folder of a company in which confirmed column mappings are remembered."""
LONGEST = 240
"""Letters of a line that says a problem."""
DAY = 86_400
"""Seconds after which scratch files of another machine are taken for left behind."""


@dataclass(frozen=True)
class Hints:
    """
    What the user says of the sources.

    Args:
        form: Of text files: "encoding", "delimiter", "columns".
        mapping: A column mapping to use for every source whose columns are guessed.
        query: Of databases: the table or the SELECT.
        connector: The door to take, instead of the surest one.
    """

    form: Mapping[str, str] = field(default_factory=dict)
    mapping: ColumnMapping | None = None
    query: str = ""
    connector: str | None = None


@dataclass(frozen=True)
class Source:
    """
    One source, read and recognised.

    Args:
        raw: Its rows as text.
        match: The door that knows it.
        guess: What its columns seem to mean, where they are guessed; None where the door knows or a person confirmed.
        mapping: What its columns mean, where that was said or remembered.
    """

    raw: Raw
    match: Match
    guess: Guess | None = None
    mapping: ColumnMapping | None = None

    def describe(self) -> list[str]:
        """What was found, line by line, for a person to confirm."""
        form = ", ".join(f"{name} {value}" for name, value in self.raw.form.items() if name != "doubt")
        rows = "1 row" if self.raw.rows == 1 else f"{self.raw.rows:,} rows"
        lines = [f"{self.raw.name}: {rows} ({form})", f"  {self.match.why}"]
        told = self.guess.describe() if self.guess else self.mapping.describe() if self.mapping else []
        asked = [] if self.guess else [f"please confirm: {doubt}" for doubt in self.doubts]
        return lines + [f"  {line}" for line in (*told, *asked)]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was chosen without proof; of a guess, or of the form of a source whose columns are known."""
        return self.guess.doubts if self.guess else tuple(filter(None, [self.raw.form.get("doubt")]))


class Intake:
    """
    Sources read and recognised, ready to become a delivery; a context that takes its scratch files with it.

    Args:
        sources: What was read.
        scratch: Folder of its own, removed on leaving.
        home: The company's folder, where mappings are remembered.
    """

    def __init__(self, sources: Sequence[Source], scratch: Path, home: Path) -> None:
        self.sources, self._scratch, self._home = tuple(sources), scratch, home

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the scratch files."""
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def doubts(self) -> list[str]:
        """What was chosen without proof, whole sentences."""
        return [f"{s.raw.name}: {doubt}" for s in self.sources for doubt in s.doubts]

    @property
    def guessed(self) -> bool:
        """Whether somebody has to confirm columns."""
        return any(source.guess for source in self.sources)

    def describe(self) -> list[str]:
        """Every source's lines."""
        return [line for source in self.sources for line in source.describe()]

    def remember(self) -> None:
        """Keep the confirmed column mappings: the same columns are not asked about again."""
        folder = self._home / MAPPINGS
        for source in self.sources:
            if source.guess:
                folder.mkdir(exist_ok=True)
                (folder / f"{fingerprint(source.raw.columns)}.toml").write_text(source.guess.mapping.to_toml(), "utf-8")

    def delivery(self, company: Company) -> Delivery:
        """
        Put the sources to the language.

        Raises:
            SourceError: An essential column is missing, or the disk is full.
        """
        parts = [self._translated(door, company) for door in dict.fromkeys(s.match.connector for s in self.sources)]
        tables: dict[str, list[Path]] = {}
        for part in parts:
            for name, path in part.tables.items():
                tables.setdefault(name, []).append(path)
        refused = [part.rejected for part in parts if part.rejected]
        refused += [source.raw.unreadable_file for source in self.sources if source.raw.unreadable_file]
        notes = [f"{s.raw.name}: {s.raw.form['doubt']}" for s in self.sources if "doubt" in s.raw.form]
        notes += [note for part in parts for note in part.notes]
        notes += ["Refused rows are told by number: row 7 = the 7th record after the header."] if refused else []
        return Delivery(
            sources={source.raw.name: source.raw.rows for source in self.sources},
            digest=self._digest(company),
            tables={name: tuple(paths) for name, paths in tables.items()},
            rejected=tuple(refused),
            notes=tuple(dict.fromkeys(notes)),
            zone=company.time_zone,
        )

    def _translated(self, door: str, company: Company) -> Translated:
        mine = [source for source in self.sources if source.match.connector == door]
        into = Path(tempfile.mkdtemp(prefix=f"{door}-", dir=self._scratch))
        pairs = [(source.raw, source.match) for source in mine]
        if door not in GUESSED:
            return connectors.connector(door).translate(pairs, company, into)
        confirmed = {
            fingerprint(s.raw.columns): said for s in mine if (said := s.mapping or (s.guess and s.guess.mapping))
        }
        translate: Any = connectors.connector(door).translate
        translated: Translated = translate(pairs, company, into, confirmed)
        return translated

    def _digest(self, company: Company) -> str:
        """The content's name: what was read, how it was understood, and in which zone and currency."""
        said = [
            (s.raw.digest, s.match.connector, s.match.export, s.guess and s.guess.mapping, s.mapping)
            for s in self.sources
        ]
        return hashlib.sha256(repr((said, company.time_zone, company.currency)).encode()).hexdigest()


def read(names: Sequence[str], company: Company, home: Path, hints: Hints, progress: Progress | None = None) -> Intake:
    """
    Read and recognise sources.

    Args:
        names: Files, folders of Parquet files, or database addresses (scheme://…).
        company: Zone and currency where a source does not say.
        home: The company's folder: scratch files and remembered mappings.
        hints: What the user says of them.
        progress: Told how far it is.

    Raises:
        SourceError: A source cannot be read.
        UnrecognisedError: Nothing is known of a source, and its columns do not tell.
        LakeError: The company's folder cannot be written.
    """
    scratch = _scratch(home)
    try:
        raws = [raw for name in names for raw in _read(name, scratch, hints, progress)]
        return Intake(_all_recognised(_named_apart(raws), company, home, hints), scratch, home)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _scratch(home: Path) -> Path:
    """A folder of its own for this import; those of imports that were killed are removed."""
    try:
        for left in home.glob(".reading-*"):
            if _forsaken(left):
                shutil.rmtree(left, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f".reading-{os.getpid()}@{platform.node()}-", dir=home))
    except OSError as fault:
        raise LakeError(
            f"The company's folder {home} cannot be written: {fault.strerror}.",
            "An import reads into it.",
            "Make room, or give yourself permission to write there; or name another folder with -w.",
        ) from None


def _forsaken(folder: Path) -> bool:
    """Whether nobody reads into a folder any more; of another machine's processes only age can tell."""
    made = re.fullmatch(r"\.reading-(\d+)@(.*)-[^-]+", folder.name)
    if made and made[2] == platform.node() and os.name == "posix":
        try:
            os.kill(int(made[1]), 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return False
    return time.time() - folder.stat().st_mtime > DAY


def _read(name: str, scratch: Path, hints: Hints, progress: Progress | None) -> list[Raw]:
    from keepwell.connectors.desk import extract as desk
    from keepwell.connectors.parquet import extract as parquet
    from keepwell.connectors.sql import extract as sql

    if name.startswith(desk.PREFIX):
        return desk.read(name, scratch, progress=progress)
    if "://" in name:
        if not hints.query:
            raise SourceError(
                f"{name.rsplit('@', maxsplit=1)[-1]} is a database.",
                "Say what to read.",
                "Add --query TABLE, or a SELECT.",
            )
        return [sql.read(name, hints.query, scratch, progress=progress)]
    path = Path(name)
    if path.is_dir():
        return parquet.read_folder(path, scratch, progress=progress)
    if path.suffix.lower() in (".parquet", ".pq"):
        return [parquet.read(path, scratch, progress=progress)]
    return [read_file(path, scratch, form=hints.form, progress=progress)]


def _named_apart(raws: Sequence[Raw]) -> list[Raw]:
    """Sources of one name get numbers, for rows are told by source and number."""
    from dataclasses import replace

    seen: dict[str, int] = {}
    named = []
    for raw in raws:
        seen[raw.name] = seen.get(raw.name, 0) + 1
        named.append(raw if seen[raw.name] == 1 else replace(raw, name=f"{raw.name} ({seen[raw.name]})"))
    return named


def _all_recognised(raws: Sequence[Raw], company: Company, home: Path, hints: Hints) -> list[Source]:
    """Every source, or all that are not understood named at once, and how many are."""
    sources, faults = [], []
    for raw in raws:
        try:
            sources.append(_recognised(raw, company, home, hints))
        except UnrecognisedError as fault:
            faults.append(fault)
    if not faults:
        return sources
    if len(raws) == 1:
        raise faults[0]
    them, files = ("it" if len(faults) == 1 else "them"), ("file is" if len(sources) == 1 else "files are")
    leave = f"Leave {them} out: the other {len(sources)} {files} understood. Or say" if sources else "Say"
    raise UnrecognisedError(
        "\n".join(fault.came.rstrip() for fault in faults) + "\n",
        "",
        f"{leave} what the columns mean: keepwell import … --mapping FILE (docs/how-to/import.md).",
    )


def _listed(problems: Sequence[str]) -> str:
    """Problems, one a line, each as short as it can be understood."""
    return "".join(f"\n- {textwrap.shorten(problem, LONGEST, placeholder=' …')}" for problem in problems)


def _recognised(raw: Raw, company: Company, home: Path, hints: Hints) -> Source:
    remembered = _remembered(raw, home)
    match = _door(raw, hints, hints.mapping or remembered)
    if match is None:
        told = guess(raw, company)
        columns = textwrap.shorten(", ".join(raw.columns[:40]), LONGEST, placeholder=" …")
        raise UnrecognisedError(
            f"{raw.name} is no export Keepwell knows. Its columns: {columns}.{_listed(told.problems)}\n",
            "",
            "Say what the columns mean: keepwell import … --mapping FILE (docs/how-to/import.md).",
        )
    if match.connector not in GUESSED or "canonical" in raw.form:
        return Source(raw, match)
    if said := hints.mapping or remembered:
        return Source(raw, match, mapping=said)
    found = guess(raw, company)
    if found.problems:
        raise UnrecognisedError(
            f"{raw.name} is not understood:{_listed(found.problems)}\n",
            f"As far as it is:{_listed(found.mapping.describe())}\n",
            "Say the rest in a file: keepwell import … --mapping FILE (docs/how-to/import.md).",
        )
    return Source(raw, match, guess=found)


def _remembered(raw: Raw, home: Path) -> ColumnMapping | None:
    """What a person confirmed of the same columns before."""
    path = home / MAPPINGS / f"{fingerprint(raw.columns)}.toml"
    return ColumnMapping.from_toml(path.read_text("utf-8")) if path.exists() else None


def _door(raw: Raw, hints: Hints, mapping: ColumnMapping | None) -> Match | None:
    if hints.connector:
        match = connectors.connector(hints.connector).recognise(raw)
        if match is None and hints.mapping is None:
            raise UnrecognisedError(
                f"{raw.name} is no export of {hints.connector}.",
                f"Its columns: {', '.join(raw.columns[:40])}.",
                "Leave --as out, or choose another export.",
            )
        return match
    match = connectors.recognise(raw)
    if match is None and mapping is not None:
        door = raw.form.get("format", "csv") if raw.form.get("format") in GUESSED else "csv"
        return Match(door, mapping.table, 1.0, "Its columns mean what the mapping says.")
    return match
