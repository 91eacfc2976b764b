"""keepwell backup, restore: a company in one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from keepwell.cli.printing import Folder, progress, say


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to be made.")],
    workspace: Folder = Path(),
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Passwords of databases, sessions and the desk's secret too.")
    ] = False,
) -> None:
    """Put a company into one file while it is worked with: the lake, what people decided, the settings."""
    from keepwell.web import backup as backups  # Django takes a while to load

    with progress() as told:
        about = backups.backup(workspace, file, secrets=secrets, progress=told)
    say(f"{about['company']} is in {file} ({file.stat().st_size:,} bytes). Keep it where only you can read it.")
    if about["lake"] == "elsewhere":
        say("Its lake lies in an object store and is not in the file: have the store keep versions of it.")
    if not secrets:
        say("Passwords of databases are left out; --secrets puts them in.")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    into: Annotated[Path, typer.Argument(help="A new or empty folder.")],
) -> None:
    """Put a backup back into an empty folder."""
    from keepwell.web import backup as backups  # Django takes a while to load

    about = backups.restore(file, into)
    say(f"{about['company']}, as of {about['made_at']}, is in {into}.")
    if not about["secrets"]:
        say("Everybody signs in anew with their password; passwords of databases are typed in again.")
    say(f"Open it: keepwell serve {into}")
