"""Whose history looks how? The activity tables, stored beside the lake, kept exactly as the facts stand with work for what changed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import duckdb

from keepwell.config import Company
from keepwell.errors import LakeError
from keepwell.lake import activity_parts as parts
from keepwell.lake.activity_changes import changes
from keepwell.lake.activity_engine import NEEDED, Bench
from keepwell.lake.activity_folding import Known, finish_base, fold, gather, month_span
from keepwell.lake.activity_parts import Manifest
from keepwell.lake.activity_serving import Served
from keepwell.lake.contract import Progress
from keepwell.lake.engines.duckdb import quoted
from keepwell.lake.lock import only_writer
from keepwell.lake.trouble import plainly
from keepwell.machine import memory_limit

if TYPE_CHECKING:
    from keepwell.lake.lake import Lake

FOLDER = "index"
"""Where the index lies, in the lake's working folder."""

COMPACT_AT = 0.25
"""Patches grow to this share of the base before they are made one with it."""

MOST_PARTS = 60
"""So many parts at most, whatever their size."""

LARGE = 1_000_000
"""Orders and events from which a company's histories are kept folded: below, the facts answer as soon."""

MEMORY = "1000MB"
"""What folding histories is tried in first."""

T = TypeVar("T")

Done = Literal["nothing", "followed", "built"]


class Activity:
    """
    The activity index of one lake under one company's rules.

    It holds nothing that is not in the data files: deleting its folder costs only the time to build it again.

    Args:
        folder: Where it lies; made when first built.
        company: Its zone and rules are part of what is stored; active_by must be purchase, usage or any.
        memory: What is tried first; where it does not do, as much as the machine allows.

    Raises:
        LakeError: Customers are kept by something that has no moments, such as paid service.
    """

    def __init__(self, folder: Path, company: Company, memory: str = MEMORY) -> None:
        if company.active_by not in ("purchase", "usage", "any"):
            raise LakeError(
                f"There are no activity tables by {company.active_by}.",
                "They hold purchases and uses.",
                "Ask the facts themselves.",
            )
        self.folder, self.company, self.memory = folder, company, memory

    @classmethod
    def of(cls, lake: "Lake", company: Company) -> "Activity":
        """The index of a lake, caught up with its newest version."""
        index = cls(_folder(lake), company)
        index.refresh(data_files(lake))
        return index

    def refresh(self, files: Mapping[str, Sequence[str]]) -> Done:
        """
        Catch up with the data files, durably; only one process may do so at a time.

        Afterwards the index says what one built anew would say, whatever came, changed or went.

        Args:
            files: Canonical table -> data files that count now; such a file never changes.

        Returns:
            What was done: nothing, followed (work for what changed) or built (all anew).

        Raises:
            LakeError: A data file cannot be read, or the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with plainly(str(self.folder), "folding histories"), only_writer(self.folder / "lock", "folding histories"):
            return self._with_enough(lambda: self._refresh(_needed(files)))

    def _with_enough(self, work: Callable[[], T]) -> T:
        """Done in little memory, or else in as much as the machine allows."""
        try:
            return work()
        except duckdb.OutOfMemoryException:
            self.memory = memory_limit()
            return work()

    def _refresh(self, now: Mapping[str, Sequence[str]]) -> Done:
        known = parts.load(self.folder)
        if known is None or known.rules != parts.rules_of(self.company):
            return self._build(now)
        if _needed(known.files) == now:
            return "nothing"
        followed = self._follow(known, now)
        if followed is None:
            return self._build(now)
        parts.publish(self.folder, followed)
        if followed.patched > COMPACT_AT * followed.rows or len(followed.parts) > MOST_PARTS:
            self._compact(followed)
        return "followed"

    def _build(self, files: Mapping[str, Sequence[str]]) -> Done:
        """Build all anew."""
        known, part = parts.load(self.folder), parts.new_part(self.folder)
        with Bench(self.folder, self.memory) as bench:
            tables = bench.tables(files)
            first, end = month_span(bench, tables)
            months = parts.months_between(first, end)
            folded = fold(bench, bench.facts(tables, self.company, months), None, months, part)
            finish_base(bench, part, months, self.company)
        made = Manifest(
            rules=parts.rules_of(self.company), files=files, parts=(part.name,), first=first, end=end,
            last_day=folded.last_day, customers=folded.newcomers, patched=0, rows=folded.rows,
        )  # fmt: skip
        parts.publish(self.folder, made)
        parts.sweep(self.folder, made, known)
        return "built"

    def _compact(self, known: Manifest) -> None:
        """Make one base of base and patches; what the index says stays."""
        part = parts.new_part(self.folder)
        with Bench(self.folder, self.memory) as bench:
            gather(bench, self.folder, known, self.company)
            for name, order in (
                ("names", "id"),
                ("days", "id, month"),
                ("spent", "id, currency, month"),
                ("customers", "id"),
            ):
                bench.write(f"SELECT * FROM {name}_now ORDER BY {order}", part / f"{name}.parquet")
            rows = int(bench.one("SELECT count(*) FROM days_now")[0])
        made = replace(known, parts=(part.name,), patched=0, rows=rows)
        parts.publish(self.folder, made)
        parts.sweep(self.folder, made, known)

    def serve(self) -> Served:
        """
        Open the newest version for questions.

        Raises:
            LakeError: Nothing was built yet under these rules.
        """
        return self._with_enough(lambda: Served(self.folder, self._known(), self.company, self.memory))

    def _names(self, known: Manifest) -> str:
        files = ", ".join(quoted(str(self.folder / part / "names.parquet")) for part in known.parts)
        return f"SELECT id, customer_id FROM read_parquet([{files}])"

    def _known(self) -> Manifest:
        known = parts.load(self.folder)
        if known is None or known.rules != parts.rules_of(self.company):
            raise LakeError("The activity index is not built.", "It must be there to be asked.", "Refresh it first.")
        return known

    def _follow(self, known: Manifest, files: Mapping[str, Sequence[str]]) -> Manifest | None:
        """The next version, one patch longer; None where building anew is cheaper or old files are gone."""
        if not all(Path(path).exists() for name in NEEDED for path in set(known.files[name]) - set(files[name])):
            return None
        with Bench(self.folder, self.memory) as bench:
            found = changes(bench, known.files, files, self.company)
            if found is None:
                return None
            first, end = month_span(bench, found.arrived, known)
            months, tables = parts.months_between(first, end), bench.tables(files)
            merges = {name: table for name, table in tables.items() if name == "merges"}
            came = bench.facts({**bench.tables({}, "no_"), **found.appended, **merges}, self.company, months)
            retold = bench.facts(tables, self.company, months, found.retold) if found.any_retold else None
            part, ids = parts.new_part(self.folder), Known(self._names(known), known.customers)
            folded = fold(bench, came, retold, months, part, ids)
            bench.write(f"SELECT id FROM ({ids.names}) SEMI JOIN retold USING (customer_id)", part / "retold.parquet")
        return replace(
            known, files=files, parts=(*known.parts, part.name), first=first, end=end,
            last_day=max(known.last_day, folded.last_day), customers=known.customers + folded.newcomers,
            patched=known.patched + folded.rows,
        )  # fmt: skip


def follow(lake: "Lake") -> None:
    """
    Let a lake's index catch up, if it was ever built; called by the writer after an import or undo is safe.

    Whatever goes wrong here, the deed stands: it is told to the log, and the index is built anew when next asked for.
    """
    try:
        known = parts.load(_folder(lake))
        if known is not None:
            Activity(_folder(lake), parts.company_of(known.rules)).refresh(data_files(lake))
    except Exception as fault:  # noqa: BLE001  an import stands, whatever the index does
        _tell("The activity index could not follow.", fault)


def keep(lake: "Lake", company: Company, progress: Progress | None = None) -> None:
    """
    Build the index of a lake that has grown large, or let it catch up; called after an import.

    Whatever goes wrong, the import stands and the facts answer: it is told to the log.

    Args:
        lake: The lake.
        company: Its rules.
        progress: Told when histories are folded.
    """
    rows = lake.rows()
    if rows.get("orders", 0) + rows.get("events", 0) < LARGE or not _has_moments(company, rows):
        return
    if progress is not None:
        progress("folding histories", 0, None)
    try:
        Activity.of(lake, company)
    except Exception as fault:  # noqa: BLE001  an import stands, whatever the index does
        _tell("Histories could not be folded; the facts are asked instead.", fault)


def opened(lake: "Lake", company: Company) -> Served | None:
    """
    The index of a lake, where there is one under these rules that tells of its newest version; None otherwise.

    One that is damaged, or just being replaced by another process, is told to the log: the facts are asked instead.
    """
    try:
        known = parts.load(_folder(lake))
        if known is None or known.rules != parts.rules_of(company) or not _has_moments(company, lake.rows()):
            return None
        return Activity(_folder(lake), company).serve() if _needed(known.files) == _needed(data_files(lake)) else None
    except (OSError, ValueError, KeyError, LakeError, duckdb.Error) as fault:
        _tell("Folded histories could not be read; the facts are asked instead.", fault)
        return None


def _tell(what: str, fault: Exception) -> None:
    """A sentence for who imports; the trace only for who asks the log for it."""
    log = logging.getLogger(__name__)
    log.warning("%s %s", what, str(fault).splitlines()[0] if str(fault) else type(fault).__name__)
    log.debug("How it came about:", exc_info=fault)


def _has_moments(company: Company, rows: Mapping[str, int]) -> bool:
    """Whether all that keeps customers are purchases and uses; paid service has no moments to fold."""
    by = company.active_by
    return by in ("purchase", "usage") or (by == "any" and not rows.get("subscriptions", 0))


def data_files(lake: "Lake") -> dict[str, list[str]]:
    """The data files of a lake's newest version that activity depends on."""
    return {name: files for name, files in lake.data_files().items() if name in NEEDED}


def _folder(lake: "Lake") -> Path:
    return lake.work / FOLDER


def _needed(files: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: sorted(files.get(name, ())) for name in NEEDED}
