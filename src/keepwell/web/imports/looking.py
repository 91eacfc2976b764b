"""What is in what was brought? Read and recognised file by file, with what is not understood beside what is; nothing is stored."""

import json
import os
import platform
import shutil
import tempfile
import zoneinfo
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from keepwell import intake
from keepwell.config import Company
from keepwell.connectors.contract import Raw
from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Guess, Mapping, guess
from keepwell.connectors.mapping.contents import Looker, quoted
from keepwell.connectors.parquet import extract as parquet
from keepwell.errors import KeepwellError, SourceError, UnrecognisedError
from keepwell.web.imports import addresses, refusals, wording
from keepwell.web.imports.cells import cut
from keepwell.web.imports.foretelling import ROWS, foretold
from keepwell.web.imports.models import Import
from keepwell.web.imports.oddities import mails
from keepwell.workspace import Workspace

COLUMNS, SAMPLE, VALUES = 40, 2_000, 30
"""Columns shown of a table; rows looked at for values, and most values that are listed."""


@dataclass(frozen=True)
class Unclear:
    """
    What was brought and is not understood.

    Args:
        name: The file.
        fault: Why.
        raw: Its rows, where they could be read.
        guess: What of it is understood.
        file: Whether it is a file, of which a person may say how it is written.
    """

    name: str
    fault: KeepwellError
    raw: Raw | None = None
    guess: Guess | None = None
    file: bool = True


@dataclass(frozen=True)
class Look:
    """What came of reading: the intake of all that is understood, what is not, and the names of all in the order they were brought."""

    intake: intake.Intake
    unclear: tuple[Unclear, ...]
    names: tuple[str, ...] = ()


@contextmanager
def looked(arrived: Import, shop: Workspace, progress: intake.Progress) -> Iterator[Look]:
    """
    Read everything an import is made of, for the time of a block.

    Args:
        arrived: The import.
        shop: The company.
        progress: Told how far it is.
    """
    scratch = Path(tempfile.mkdtemp(prefix=f".reading-{os.getpid()}@{platform.node()}-", dir=shop.folder))
    sources: list[intake.Source] = []
    unclear: list[Unclear] = []
    try:
        with ExitStack() as open_:
            for name, address in _addresses(arrived):
                hints = _hints(arrived, name)
                try:
                    taken = intake.read([address], shop.settings, shop.folder, hints, progress)
                    sources += open_.enter_context(taken).sources
                except UnrecognisedError as fault:
                    unclear.append(_partly(name, address, fault, hints, shop.settings, scratch))
                except SourceError as fault:
                    unclear.append(Unclear(name, fault, file=arrived.source is None))
            yield Look(
                intake.Intake(sources, scratch, shop.folder),
                tuple(unclear),
                tuple(name for name, _ in _addresses(arrived)),
            )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _addresses(arrived: Import) -> list[tuple[str, str]]:
    if arrived.source is not None:
        return [(arrived.source.name, addresses.of(arrived.source))]
    return [(each["name"], str(arrived.folder / each["name"])) for each in arrived.files]


def _hints(arrived: Import, name: str) -> intake.Hints:
    said = arrived.of(name)
    form = {key: said[key] for key in ("encoding", "delimiter", "columns") if said.get(key)}
    mapping = Mapping.from_toml(said["mapping"]) if said.get("mapping") else None
    query = arrived.source.query if arrived.source else ""
    return intake.Hints(form, mapping, query, said.get("connector") or None)


def _partly(
    name: str, address: str, fault: KeepwellError, hints: intake.Hints, company: Company, scratch: Path
) -> Unclear:
    """A source that is not understood, with its rows and as much as is."""
    into = Path(tempfile.mkdtemp(dir=scratch))
    try:
        if "://" in address:
            from keepwell.connectors.sql.extract import read

            raw = read(address, hints.query, into)
        elif address.lower().endswith((".parquet", ".pq")):
            raw = parquet.read(Path(address), into)
        else:
            raw = read_file(Path(address), into, form=hints.form)
    except KeepwellError:
        return Unclear(name, fault)
    try:
        return Unclear(name, fault, raw, guess(raw, company))
    except KeepwellError:
        return Unclear(name, fault, raw)


def preview(look: Look, shop: Workspace, progress: intake.Progress) -> dict[str, Any]:
    """
    What a person is shown before anything is imported, as JSON can hold it.

    Args:
        look: What was read.
        shop: The company.
        progress: Told how far it is.
    """
    told: dict[str, Any] = {"files": [*map(_understood, look.intake.sources), *map(_unclear, look.unclear)]}
    order = {name: at for at, name in enumerate(look.names)}
    told["files"].sort(key=lambda file: order.get(file["name"], len(order)))
    told |= {"tables": [], "refused": 0, "refusals": [], "notes": []}
    if look.unclear or not look.intake.sources:
        return told
    progress("putting it to the language", 0, None)
    try:
        zone = zoneinfo.ZoneInfo(shop.settings.time_zone)
        told |= foretold(
            look.intake.delivery(shop.settings),
            shop,
            zone,
            _means(look),
            progress,
            [doubt for source in look.intake.sources for doubt in source.doubts],
        )
        lost = [says for each in look.intake.sources for says in mails(each.raw, _mapping(each))]
        return told | {"cautions": list(dict.fromkeys([*lost, *told["cautions"]]))}
    except SourceError as fault:
        told["files"][0]["problems"].append(wording.plainly(str(fault)))
        return told


def _mapping(source: intake.Source) -> Mapping | None:
    return source.guess.mapping if source.guess else source.mapping


def _means(look: Look) -> refusals.Means:
    """What each source calls the columns; where a column is worked out from another, that one."""
    found: refusals.Means = {}
    for source in look.intake.sources:
        mapping = source.guess.mapping if source.guess else source.mapping
        columns = dict(mapping.columns) if mapping else {}
        for worked_out, by in (("mrr", "price"), ("gross", "amount"), ("net", "gross")):
            if by in columns:
                columns.setdefault(worked_out, columns[by])
        found |= {(source.raw.name, field): column for field, column in columns.items()}
    return found


def _understood(source: intake.Source) -> dict[str, Any]:
    mapping = source.guess.mapping if source.guess else source.mapping
    told = _of(source.raw, mapping)
    return told | {
        "why": source.match.why, "connector": source.match.connector, "export": source.match.export, "guessed": bool(source.guess),
        "doubts": [wording.plainly(doubt) for doubt in source.doubts], "problems": [], "mappable": source.match.connector in intake.GUESSED and "canonical" not in source.raw.form,
    }  # fmt: skip


def _unclear(found: Unclear) -> dict[str, Any]:
    problems = list(found.guess.problems) if found.guess and found.guess.problems else [found.fault.came.strip()]
    if not found.guess and not isinstance(found.fault, UnrecognisedError):
        problems = [str(found.fault)]
    told = {
        "why": "",
        "connector": "",
        "export": "",
        "guessed": False,
        "problems": [wording.plainly(each) for each in problems],
    }
    told["doubts"] = [wording.plainly(doubt) for doubt in found.guess.doubts] if found.guess else []
    told["mappable"] = found.raw is not None or found.file
    told["unread"] = found.raw is None
    empty: dict[str, Any] = {"name": found.name, "rows": None, "form": [], "columns": [], "first": [], "mapping": None}
    return (
        (_of(found.raw, found.guess.mapping if found.guess else None) if found.raw else empty)
        | told
        | {"name": found.name}
    )


def _of(raw: Raw, mapping: Mapping | None) -> dict[str, Any]:
    means: dict[str, list[str]] = {}
    for field, column in mapping.columns.items() if mapping else ():
        means.setdefault(column, []).append(field)
    for column in mapping.traits if mapping else ():
        means.setdefault(column, []).append("trait")
    because = mapping.because if mapping else {}
    sample = _sample(raw)
    values = _values(raw, sample)
    table = mapping.table if mapping else ""
    columns = [
        {"column": name, "means": means.get(name, []), "called": [wording.field(table, field) for field in means.get(name, [])], "why": "; ".join(because[f] for f in means.get(name, []) if f in because),
         "sample": list(dict.fromkeys(cell for cell in sample.get(name, []) if cell))[:3], "values": values.get(name, [])}
        for name in raw.columns[:300]
    ]  # fmt: skip
    shown = raw.columns[:COLUMNS]
    first = [[sample.get(name, [""] * ROWS)[at] for name in shown] for at in range(min(ROWS, *map(len, sample.values())))] if sample else []  # fmt: skip
    form = [f"{name}: {value}" for name, value in raw.form.items() if name not in ("doubt", "bytes")]
    kept = json.loads(mapping.model_dump_json()) if mapping else None
    return {"name": raw.name, "rows": raw.rows, "form": form, "columns": columns, "first": first, "mapping": kept}


def _sample(raw: Raw) -> dict[str, list[str]]:
    """Column -> its cells in the first rows, cut where they are long."""
    with pq.ParquetFile(raw.rows_file) as file:
        wanted = [name for name in raw.columns[:300] if name in file.schema_arrow.names]
        batch = next(file.iter_batches(batch_size=SAMPLE, columns=wanted), None)
    if batch is None or not wanted:
        return {}
    return {name: [cut(cell) for cell in batch.column(name).to_pylist()] for name in wanted}


def _values(raw: Raw, sample: dict[str, list[str]]) -> dict[str, list[str]]:
    """Column -> every word of it, in lower case, where they are few; words of state may first stand in the last row."""
    few = [name for name, cells in sample.items() if len({cell.strip().lower() for cell in cells}) <= VALUES]
    found: dict[str, list[str]] = {}
    with Looker(raw) as look:
        for name in few:
            word = f"lower(clean(CAST({quoted(name)} AS VARCHAR)))"
            told = look.ask(
                f"SELECT DISTINCT {word} AS word FROM {look.rows} WHERE word IS NOT NULL LIMIT {VALUES + 1}"
            )
            found[name] = sorted(cut(word) for (word,) in told) if len(told) <= VALUES else []
    return found
