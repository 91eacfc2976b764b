"""keepwell report: the whole picture in one file."""

from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.printing import Day, Folder, day, opened, say


def register(app: typer.Typer) -> None:
    """Add the room's command."""
    app.command()(report)


def report(
    workspace: Folder = Path(),
    into: Annotated[
        Path | None, typer.Option(help="Folder the report and its figures go into.", show_default="report in -w")
    ] = None,
    as_of: Day = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in the browser afterwards, on this machine only.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it is shown; 0 takes any free port.")] = 8000,
) -> None:
    """Write the report: one HTML file to read offline, and every figure as PNG, SVG and CSV beside it."""
    from keepwell import report as reports  # charts take a second to load

    with opened(workspace) as company:
        path = reports.write(company, into or workspace / "report", as_of=day(as_of))
    say(f"{path}")
    if serve:
        reports.serve(path.parent, port)
    else:
        say(f"Show it: keepwell report --serve -w {workspace}")
