"""How does the command line show things? Tables for people, JSON for programs, progress for the patient."""

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from keepwell.workspace import Workspace

Folder = Annotated[Path, typer.Option("--workspace", "-w", envvar="KEEPWELL_WORKSPACE", help="The company's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]

screen = Console(width=None if sys.stdout.isatty() else 200)
aside = Console(stderr=True)


def say(text: str = "", *, style: str | None = None) -> None:
    """A sentence for a person, as it is, never broken by us."""
    screen.print(text, markup=False, highlight=False, soft_wrap=True, style=style)


def mention(text: str) -> None:
    """A sentence beside the result, on standard error."""
    aside.print(text, markup=False, highlight=False, soft_wrap=True)


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
    """A value as JSON knows it: money as text with all its digits, days as ISO dates, NaN as null."""
    if isinstance(value, pd.DataFrame):
        return [plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def show_table(frame: pd.DataFrame, *, title: str = "", formats: dict[str, Callable[[Any], str]] | None = None) -> None:
    """
    A frame as a table; text left, numbers right.

    Args:
        frame: What to show; its column names become the header.
        title: Printed above.
        formats: Column -> how to write a value; others are written plainly.
    """
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name]) or (
            len(frame) and isinstance(frame[name].iloc[0], Decimal)
        )
        table.add_column(str(name).replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in frame.to_dict("records"):
        table.add_row(*(_cell(value, (formats or {}).get(str(name))) for name, value in row.items()))
    screen.print(table)


def _cell(value: Any, form: Callable[[Any], str] | None) -> str:
    if form:
        return form(value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float) and value == int(value):
        return f"{int(value):,}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return str(value).replace("[", "\\[")


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
