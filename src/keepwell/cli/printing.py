"""How does the command line show things? Tables for people, JSON for programs, progress for the patient."""

import json
import math
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from keepwell.charts.words import amount, cell
from keepwell.workspace import Workspace

Folder = Annotated[Path, typer.Option("--workspace", "-w", envvar="KEEPWELL_WORKSPACE", help="The company's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]

screen = Console()
aside = Console(stderr=True)


def say(text: str = "", *, style: str | None = None) -> None:
    """A sentence for a person, as it is, never broken by us."""
    screen.print(harmless(text), markup=False, highlight=False, soft_wrap=True, style=style)


def mention(text: str) -> None:
    """A sentence beside the result, on standard error."""
    aside.print(harmless(text), markup=False, highlight=False, soft_wrap=True)


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves, colours or turns text on a terminal; line ends and tabs are left."""


def harmless(text: str) -> str:
    """Text from a file as a terminal may show it: control characters are spelt out, not obeyed."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


@contextmanager
def opened(folder: Path) -> Iterator[Workspace]:
    """The company of a folder, closed afterwards."""
    with Workspace.open(folder) as workspace:
        yield workspace


def day(moment: datetime | None) -> date | None:
    """An option's day."""
    return moment.date() if moment else None


def show_json(value: Any) -> None:
    """One JSON document on standard output; what is not defined is null."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON knows it: money as text with all its digits (see amount), days as ISO dates, NaN as null."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def show_csv(frame: pd.DataFrame, money: Collection[str] = ()) -> None:
    """
    A frame as CSV on standard output; money is written alike in every column of every command.

    Args:
        frame: What to write.
        money: Columns of money besides those of decimals: means, which are floats.
    """
    told = {name: frame[name].map(cell) for name in frame.columns if frame[name].dtype == object}
    means = {name: frame[name].map(_mean) for name in money if pd.api.types.is_float_dtype(frame[name])}
    screen.file.write(frame.assign(**told, **means).to_csv(index=False, lineterminator="\n"))


def _mean(value: float) -> str | None:
    return amount(Decimal(f"{value:.4f}")) if math.isfinite(value) else None


def counted(count: int, noun: str) -> str:
    """A count and its noun, as one says it: 1 customer, 2 customers."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def show_table(
    frame: pd.DataFrame,
    *,
    title: str = "",
    formats: dict[str, Callable[[Any], str]] | None = None,
    keep: Collection[str] | None = None,
) -> None:
    """
    A frame as a table; text left, numbers right and never broken.

    Args:
        frame: What to show; its column names become the header.
        title: Printed above, as a line of its own.
        formats: Column -> how to write a value; others are written plainly.
        keep: Columns shown on the narrowest screen; the others only as far as they fit, and those that do not are
            named below. None shows all of them.
    """
    if title:
        say(title, style="bold")
    columns = [_column(frame[name], (formats or {}).get(str(name))) for name in frame.columns]
    room = Console(width=_width())
    shown = columns if keep is None else _fitting(columns, keep, room.width)
    least = sum((c.width if c.whole else 8) + GAP for c in shown)
    room.width = max(room.width, least)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for c in shown:
        side: Literal["left", "right"] = "right" if c.numeric else "left"
        table.add_column(c.header, justify=side, overflow="fold", no_wrap=c.whole)
    for row in zip(*(c.cells for c in shown), strict=True):
        table.add_row(*map(Text, row))
    room.print(table)
    if hidden := [c.header for c in columns if c not in shown]:
        say(f"{counted(len(hidden), 'more column')} with --csv or --json: {', '.join(hidden)}", style="dim")


GAP = 2
"""Blanks between two columns of a table."""


@dataclass(frozen=True)
class _Column:
    """A column as it is written."""

    name: str
    cells: tuple[str, ...]
    numeric: bool

    @property
    def header(self) -> str:
        return self.name.replace("_", " ")

    @property
    def width(self) -> int:
        return max(map(cell_len, (self.header, *self.cells)))

    @property
    def whole(self) -> bool:
        """Numbers, days and short names are not broken over lines."""
        return self.numeric or self.width <= 20


def _column(values: pd.Series, form: Callable[[Any], str] | None) -> _Column:
    known = [value for value in values.tolist() if not _missing(value)]
    numeric = pd.api.types.is_numeric_dtype(values) or (bool(known) and isinstance(known[0], Decimal))
    form = form or _form(known)
    cells = tuple("–" if _missing(value) else harmless(form(value)) for value in values.tolist())
    return _Column(str(values.name), cells, numeric)


def _fitting(columns: list[_Column], keep: Collection[str], room: int) -> list[_Column]:
    """The columns to keep, and of the others the first ones as far as there is room."""
    left = room - sum(c.width + GAP for c in columns if c.name in keep) + GAP
    fit: set[str] = set(keep)
    for c in columns:
        if c.name in keep:
            continue
        left -= c.width + GAP
        if left < 0:
            break
        fit.add(c.name)
    return [c for c in columns if c.name in fit]


def _width() -> int | None:
    """None lets the terminal, or COLUMNS, say; in a pipe of which nothing is known there is room."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit() else 200


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value))


def _form(known: list[Any]) -> Callable[[Any], str]:
    """How a column's values are written: as few decimals as tell them, the same for all of them."""
    if known and all(isinstance(value, pd.Timestamp) and value == value.normalize() for value in known):
        return "{:%Y-%m-%d}".format
    if not known or not all(isinstance(value, int | float | Decimal) for value in known):
        return str
    if all(value == int(value) for value in known):
        return "{:,.0f}".format
    small = max(abs(value) for value in known) < 1
    return ("{:,.4f}" if small and isinstance(known[0], float) else "{:,.2f}").format


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on standard error for long work, only where a person looks on."""
    if quiet or not aside.is_terminal:
        yield lambda what, done, total: None  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=aside, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield told
