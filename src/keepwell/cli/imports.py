"""keepwell import, batches, undo, rejected, compact: what comes in, what became of it, and how to take it back."""

import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from keepwell import intake
from keepwell.cli.printing import (
    AsJson,
    Folder,
    counted,
    mention,
    opened,
    plain,
    progress,
    say,
    show_csv,
    show_json,
    show_table,
)
from keepwell.connectors.mapping import Mapping
from keepwell.errors import LakeError, SourceError
from keepwell.lake import Batch
from keepwell.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command("import")(import_)
    app.command()(batches)
    app.command()(undo)
    app.command()(rejected)
    app.command()(compact)


def import_(
    sources: Annotated[list[str], typer.Argument(help="Files, folders of Parquet files, or database addresses.")],
    workspace: Folder = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take guessed columns as they are, without asking.")] = False,
    mapping: Annotated[Path | None, typer.Option(help="A file that says which column means what.")] = None,
    query: Annotated[str, typer.Option(help="Of a database: a table, or one SELECT.")] = "",
    encoding: Annotated[str | None, typer.Option(help="Of a text file, where the guess is wrong.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of a text file, where the guess is wrong.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Column names of a file without header, joined by commas.")
    ] = None,
    door: Annotated[str | None, typer.Option("--as", help="The connector to take: shopify, stripe, csv …")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring sources in: read, recognise, check every row, and make them visible as one batch."""
    form = {"encoding": encoding, "delimiter": delimiter, "columns": columns}
    said = _mapping(mapping) if mapping else None
    hints = intake.Hints({k: v for k, v in form.items() if v}, said, query, door)
    with (
        opened(workspace) as company,
        progress(as_json) as told,
        company.read(*sources, hints=hints, progress=told) as taken,
    ):
        if not as_json:
            for line in taken.describe():
                say(line)
        batch = company.bring(taken, progress=told)
        if dry_run:
            company.lake.discard(batch.id)
        elif taken.guessed and not (yes or _confirmed(taken)):
            company.lake.discard(batch.id)
            raise SourceError(
                "Nothing was imported.",
                "The columns have to be confirmed.",
                "Answer y, add --yes, or correct them with --mapping FILE.",
            )
        else:
            taken.remember()
            batch = company.commit(batch, progress=told)
    if as_json:
        show_json(describe(batch) | {"dry_run": dry_run})
    else:
        _show(batch, dry_run, workspace)


def _mapping(path: Path) -> Mapping:
    try:
        return Mapping.from_toml(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise SourceError(f"The mapping {path} cannot be read: {fault}.", "", "Name a file that can be read.") from None


def _confirmed(taken: intake.Intake) -> bool:
    if not sys.stdin.isatty():
        return False
    for doubt in taken.doubts:
        mention(f"Please confirm: {doubt}")
    return typer.confirm("Do the columns mean that?", err=True)


def describe(batch: Batch) -> dict[str, object]:
    """A batch as plain data."""
    counts = {name: vars(count) for name, count in batch.tables.items()}
    return {
        "batch": batch.id, "state": batch.state, "made_at": batch.made_at, "sources": dict(batch.sources), "read": batch.read,
        "accepted": batch.accepted, "quarantined": batch.quarantined, "duplicates": batch.duplicates, "spared": batch.spared,
        "tables": plain(counts), "notes": list(batch.notes), "cautions": [vars(caution) for caution in batch.cautions],
    }  # fmt: skip


def _show(batch: Batch, dry_run: bool, workspace: Path) -> None:
    say()
    tables = [{"table": name, **vars(count)} for name, count in batch.tables.items()]
    if tables:
        show_table(pd.DataFrame(tables))
    say(
        f"\n{counted(batch.read, 'row')} read = {batch.accepted:,} accepted + {batch.quarantined:,} quarantined + {batch.duplicates:,} known already.",
    )
    if batch.spared:
        say(f"Without a value that could not be read: {batch.spared:,} of them.")
    for note in batch.notes:
        say(f"Note: {note}")
    for caution in batch.cautions:
        say(f"Look at this: {caution.says}", style="bold")
    if not batch.read:
        say("There are no rows in it." if len(batch.sources) > 1 else "This file holds no rows.")
    elif batch.duplicates == batch.read:
        say("Everything in it was known already.")
    if dry_run:
        say("Dry run: nothing was changed.", style="bold")
        return
    if batch.quarantined or batch.spared:
        say(f"Why something was refused: keepwell rejected -w {workspace}")
    say(f"Batch {batch.id}. To take it back: keepwell undo {batch.id} -w {workspace}")


def batches(workspace: Folder = Path(), as_json: AsJson = False) -> None:
    """List every import and what became of its rows."""
    with opened(workspace) as company:
        found = company.batches()
    if as_json:
        show_json([describe(batch) for batch in found])
        return
    if not found:
        say("Nothing was imported yet. Begin with: keepwell import FILE --dry-run")
        return
    show_table(pd.DataFrame([{
        "batch": b.id, "state": b.state, "made at": f"{b.made_at:%Y-%m-%d %H:%M} UTC", "read": b.read, "accepted": b.accepted,
        "quarantined": b.quarantined, "known already": b.duplicates, "sources": _first(list(b.sources)),
    } for b in found]))  # fmt: skip


def _first(sources: list[str]) -> str:
    return ", ".join(sources) if len(sources) < 3 else f"{sources[0]} and {len(sources) - 1:,} more"


def undo(
    batch: Annotated[str, typer.Argument(help="Id of a batch, or last.")],
    workspace: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Take an import back: its rows vanish, rows it corrected become what they were."""
    with opened(workspace) as company:
        id = _last(company) if batch == "last" else batch
        before, stood = company.lake.rows(), [b.id for b in company.batches() if b.state == "committed"]
        done = company.undo(id)
        after = company.lake.rows()
    gone = {name: rows - after.get(name, 0) for name, rows in before.items()}
    if as_json:
        show_json(describe(done))
    elif id not in stood:
        say(f"Batch {id} was undone before; nothing changed.")
    else:
        say(f"Batch {id} is undone: {_taken_back(done, gone)}")
        if id != stood[-1]:
            say("What later imports wrote again stays.")


def _taken_back(batch: Batch, gone: dict[str, int]) -> str:
    """What an undo did, table by table."""
    parts = [_named(rows, "new", name) for name, rows in gone.items() if rows > 0]
    parts += [_named(n.corrected, "corrected", name) for name, n in batch.tables.items() if n.corrected]
    return f"took back {', '.join(parts)}." if parts else "it had changed nothing; nothing visible changed."


def _named(rows: int, kind: str, table: str) -> str:
    """Rows as their table calls them: 1 new order, 2 corrected touches."""
    names = table.replace("_", " ")
    return f"{rows:,} {kind} {names if rows != 1 else names.removesuffix('es' if names.endswith('ches') else 's')}"


def _last(company: Workspace) -> str:
    standing = [batch.id for batch in company.batches() if batch.state == "committed"]
    if not standing:
        raise LakeError("There is no import to take back.", "", "keepwell batches lists them all.")
    return standing[-1]


def rejected(
    workspace: Folder = Path(),
    batch: Annotated[str | None, typer.Option(help="Of one batch only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="All of them as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the rows that were refused, each with its reason and what to do."""
    with opened(workspace) as company:
        found = company.rejected(batch)
    if as_json:
        show_json(found)
    elif csv:
        show_csv(found)
    elif found.empty:
        say("No row was refused.")
    else:
        show_table(found.head(limit))
        say(f"{counted(len(found), 'fault')}; {min(limit, len(found)):,} shown.")


def compact(workspace: Folder = Path()) -> None:
    """Gather small files of the lake into large ones and remove what killed imports left behind."""
    with opened(workspace) as company:
        company.lake.compact()
        company.lake.sweep()
    say("The lake is compact.")
