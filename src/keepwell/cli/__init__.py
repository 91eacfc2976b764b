"""The command line: the same nouns and verbs as the library and the pages."""

import gc
import sys
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli import (
    backups,
    companies,
    demos,
    desk,
    expansion,
    goals,
    imports,
    journeys,
    looking,
    measures,
    prove,
    reports,
    rounds,
    segments,
    survival,
    today,
    whom,
)
from keepwell.errors import (
    ConfigError,
    ExpressionError,
    KeepwellError,
    LakeBusyError,
    LakeError,
    MetricError,
    ModelError,
    ProofError,
    SourceError,
)

app = typer.Typer(
    name="keepwell",
    help="Keeps customers: how well are they kept, who leaves, what helps.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    """Print which Keepwell this is, and nothing else."""
    if asked:
        typer.echo(f"keepwell {version('keepwell')}")
        raise typer.Exit


@app.callback()
def whole(
    _shown: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which Keepwell this is.")
    ] = False,
) -> None:
    """Keeps customers: how well are they kept, who leaves, what helps."""


for room in (
    companies,
    imports,
    measures,
    survival,
    expansion,
    journeys,
    segments,
    rounds,
    today,
    prove,
    looking,
    whom,
    goals,
    reports,
    demos,
    desk,
    backups,
):
    room.register(app)

EXITS = (
    (LakeBusyError, 5),
    (LakeError, 4),
    (SourceError, 3),
    (ConfigError, 2),
    (ExpressionError, 2),
    (MetricError, 2),
    (ModelError, 2),
    (ProofError, 2),
)
"""What an exit code means: 1 the answer is no, 2 asked wrongly, 3 a source cannot be read, 4 the lake cannot, 5 the lake is busy."""


def run() -> None:
    """Run the command line; whatever goes wrong is told in sentences and an exit code, never as a traceback."""
    # A question is a tree of many small objects: looking for cycles among them took an eighth of a round.
    gc.set_threshold(50_000, 20, 100)
    try:
        app()
    except KeepwellError as refused:
        _say(f"{refused}")
        sys.exit(next((code for kind, code in EXITS if isinstance(refused, kind)), 1))
    except KeyboardInterrupt:
        _say("Stopped. What was committed before stands; an import can be started again and goes on where it was.")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception:  # noqa: BLE001  the last resort: a person must not meet a traceback
        with tempfile.NamedTemporaryFile("w", prefix="keepwell-fault-", suffix=".txt", delete=False) as file:
            file.write(traceback.format_exc())
        _say(
            f"Keepwell met a fault of its own. Nothing half-done was made visible. Please send {Path(file.name)} to its makers."
        )
        sys.exit(70)


def _say(text: str) -> None:
    sys.stderr.write(f"keepwell: {text}\n")
