"""What is in what was brought? Read and recognised file by file, with what is not understood beside what is; nothing is stored."""

import json
import os
import platform
import shutil
import tempfile
import zoneinfo
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from keepwell import intake
from keepwell.config import Company
from keepwell.connectors.contract import ROW, SOURCE, Raw
from keepwell.connectors.files import read_file
from keepwell.connectors.mapping import Guess, Mapping, guess
from keepwell.connectors.parquet import extract as parquet
from keepwell.errors import KeepwellError, SourceError, UnrecognisedError
from keepwell.lake import Delivery
from keepwell.web.imports import addresses
from keepwell.web.imports.models import Import
from keepwell.workspace import Workspace

ROWS, COLUMNS, CELL, SAMPLE, VALUES = 6, 40, 80, 2_000, 30
"""Shown of a table: rows, columns, letters of a cell; rows looked at for values, and most values that are listed."""


@dataclass(frozen=True)
class Unclear:
    """
    What was brought and is not understood.

    Args:
        name: The file.
        fault: Why.
        raw: Its rows, where they could be read.
        guess: What of it is understood.
    """

    name: str
    fault: KeepwellError
    raw: Raw | None = None
    guess: Guess | None = None


@dataclass(frozen=True)
class Look:
    """What came of reading: the intake of all that is understood, and what is not."""

    intake: intake.Intake
    unclear: tuple[Unclear, ...]


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
                    unclear.append(Unclear(name, fault))
            yield Look(intake.Intake(sources, scratch, shop.folder), tuple(unclear))
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
    told |= {"tables": [], "refused": 0, "refusals": [], "notes": []}
    if look.unclear or not look.intake.sources:
        return told
    progress("putting it to the language", 0, None)
    try:
        return told | _delivered(look.intake.delivery(shop.settings), zoneinfo.ZoneInfo(shop.settings.time_zone))
    except SourceError as fault:
        told["files"][0]["problems"].append(str(fault))
        return told


def _understood(source: intake.Source) -> dict[str, Any]:
    mapping = source.guess.mapping if source.guess else source.mapping
    told = _of(source.raw, mapping)
    return told | {
        "why": source.match.why, "connector": source.match.connector, "export": source.match.export, "guessed": bool(source.guess),
        "doubts": list(source.doubts), "problems": [], "mappable": source.match.connector in intake.GUESSED and "canonical" not in source.raw.form,
    }  # fmt: skip


def _unclear(found: Unclear) -> dict[str, Any]:
    problems = list(found.guess.problems) if found.guess and found.guess.problems else [found.fault.came.strip()]
    if not found.guess and not isinstance(found.fault, UnrecognisedError):
        problems = [str(found.fault)]
    told = {"why": "", "connector": "", "export": "", "guessed": False, "problems": problems}
    told["doubts"] = list(found.guess.doubts) if found.guess else []
    told["mappable"] = found.raw is not None
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
    columns = [
        {"column": name, "means": means.get(name, []), "why": "; ".join(because[f] for f in means.get(name, []) if f in because),
         "sample": list(dict.fromkeys(cell for cell in sample.get(name, []) if cell))[:3], "values": _values(sample.get(name, []))}
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
    return {name: [_cell(cell) for cell in batch.column(name).to_pylist()] for name in wanted}


def _values(cells: Sequence[str]) -> list[str]:
    found = sorted({cell.strip().lower() for cell in cells if cell.strip()})
    return found if len(found) <= VALUES else []


def _cell(value: Any) -> str:
    told = "" if value is None else str(value)
    return told if len(told) <= CELL else f"{told[: CELL - 1]}…"


def _delivered(delivery: Delivery, zone: tzinfo) -> dict[str, Any]:
    tables = [_table(name, paths, zone) for name, paths in delivery.tables.items()]
    refusals: list[dict[str, Any]] = []
    rows: set[tuple[str, int]] = set()
    for path in delivery.rejected:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                told = batch.to_pylist()
                rows |= {(each[SOURCE], each[ROW]) for each in told}
                refusals += told[: 20 - len(refusals)] if len(refusals) < 20 else []
    shown = [
        {"source": each[SOURCE], "row": each[ROW], "column": each["column"], "value": _cell(each["value"]), "law": each["law"], "remedy": each["remedy"]}
        for each in refusals
    ]  # fmt: skip
    return {"tables": tables, "refused": len(rows), "refusals": shown, "notes": list(delivery.notes)}


def _table(name: str, paths: Sequence[Path], zone: tzinfo) -> dict[str, Any]:
    rows = sum(pq.read_metadata(path).num_rows for path in paths)
    with pq.ParquetFile(paths[0]) as file:
        batch = next(file.iter_batches(batch_size=ROWS), None)
    first = batch.to_pylist() if batch is not None else []
    columns = [name for name in (first[0] if first else {}) if name not in (ROW, SOURCE) and any(row[name] is not None for row in first)]  # fmt: skip
    cells = [[_cell(_plain(row[column], zone)) for column in columns] for row in first]
    return {"name": name, "rows": rows, "columns": columns, "first": cells}


def _plain(value: Any, zone: tzinfo) -> Any:
    """An instant on the company's clocks, an amount with its cents."""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, Decimal) else value
