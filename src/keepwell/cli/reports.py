"""keepwell report, serve: the whole picture in one file."""

from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.printing import Day, Folder, day, opened, say
from keepwell.errors import SourceError


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(report)
    app.command()(serve)


def report(
    workspace: Folder = Path(),
    into: Annotated[
        Path | None, typer.Option(help="Folder the report and its figures go into.", show_default="report in -w")
    ] = None,
    as_of: Day = None,
) -> None:
    """Write the report: one HTML file to read offline, and every figure as PNG, SVG and CSV beside it."""
    from keepwell import report as reports  # charts take a second to load

    with opened(workspace) as company:
        path = reports.write(company, into or workspace / "report", as_of=day(as_of))
    say(f"{path}")
    say(f"Show it: keepwell serve {path.parent}")


def serve(
    into: Annotated[Path, typer.Argument(help="Folder of a written report.")] = Path("report"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
) -> None:
    """Show a written report in the browser, on this machine only."""
    from keepwell import report as reports

    if not (into.is_file() or (into / "index.html").is_file()):
        raise SourceError(
            f"There is no report in {into}: it has no index.html.", "", "keepwell report writes one and says where."
        )
    reports.serve(into, port)
