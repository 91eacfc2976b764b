"""keepwell serve: the desk in the browser."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the room's command."""
    app.command()(serve)


def serve(
    folder: Annotated[Path, typer.Argument(help="The company's folder; a new one is set up in the browser.")] = Path(),
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Whether a worker runs beside it.")] = True,
) -> None:
    """Open the desk in the browser, on this machine only unless told otherwise."""
    from keepwell.web import serving  # Django takes a while to load

    serving.serve(folder, host=host, port=port, worker=worker)
