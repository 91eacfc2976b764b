"""keepwell report, serve: the whole picture in one file."""

from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.printing import Day, Folder, day, opened, say


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(report)
    app.command()(serve)


def report(
    workspace: Folder = Path(),
    into: Annotated[Path, typer.Option(help="Folder the report and its figures go into.")] = Path("report"),
    as_of: Day = None,
) -> None:
    """Write the report: one HTML file to read offline, and every figure as PNG, SVG and CSV beside it."""
    from keepwell import report as reports  # charts take a second to load

    with opened(workspace) as company:
        path = reports.write(company, into, as_of=day(as_of))
    say(f"{path}")


def serve(
    into: Annotated[Path, typer.Argument(help="Folder of a written report.")] = Path("report"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
) -> None:
    """Show a written report in the browser, on this machine only."""
    from keepwell import report as reports

    reports.serve(into, port)
