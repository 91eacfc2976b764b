"""keepwell demo: an invented company, measured."""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from keepwell import demo as demos
from keepwell.cli.printing import mention, progress, say
from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError
from keepwell.lake import Batch
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)
"""The morning on which the invented company is looked at: fixed, so that everybody sees the same figures. Its desk is opened this morning."""

_ZONE = "Europe/Helsinki"


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(demo)


def demo(
    into: Annotated[Path, typer.Option(help="Folder of the invented company.")] = Path("demo"),
    customers: Annotated[int, typer.Option(min=100, max=10_000_000)] = 3000,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 7,
    with_report: Annotated[bool, typer.Option("--report/--no-report", help="Write the report too.")] = True,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve", help="Take its round and open its desk in the browser afterwards, on this machine only."
        ),
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the desk listens.")] = 8000,
) -> None:
    """Make an invented company, import it, measure it and write its report."""
    morning = (
        datetime.now(ZoneInfo(_ZONE)).date() if serve else AS_OF
    )  # a desk shows the day's own clock beside the data
    company = Company(name="Harbour Goods", currency="EUR", time_zone=_ZONE, data_until=morning)
    if (into / FILE_NAME).exists():
        if Company.load(into / FILE_NAME).name != company.name:
            raise ConfigError(
                f"{into} holds another company.", "The demo takes an empty folder.", "Choose another: --into FOLDER"
            )
        mention(f"{into} is there already; it is used as it is.")
    else:
        _make(into, company, customers, seed, morning)
    if with_report:
        from keepwell import report as reports  # charts take a second to load

        with Workspace.open(into) as opened:
            mention("Measuring and writing the report …")
            path = reports.write(opened, into / "report")
        say(f"Report: {path}")
    say(f"Ask it yourself: keepwell measure kept_share -w {into}")
    if serve:
        _serve(into, port)


def _serve(into: Path, port: int) -> None:
    """The desk of the invented company, with its people in it and its round taken."""
    from keepwell import rounds
    from keepwell.web import serving  # Django takes a while to load

    mention("Taking its round; a minute, or a few …")
    with Workspace.open(into) as opened, progress() as told:
        for _step in rounds.go(opened, progress=told):
            pass
    mention("Laying out its desk …")
    serving.prepare(into)
    from keepwell.web import invented
    from keepwell.web.work import own

    email, password = invented.people()
    mention("Its team's last quarter becomes data …")
    invented.quarter()
    with Workspace.open(into) as opened, progress() as told:
        own.bring(opened, told)
        for _step in rounds.go(opened, progress=told):
            pass
    say(f"Sign in as {email} with the password {password}")
    say(f"The same password for {', '.join(invented.others())}")
    serving.serve(into, port=port)


def _make(into: Path, company: Company, customers: int, seed: int, morning: date) -> None:
    """Made aside and put in place when it is whole, so that a stopped demo leaves nothing half."""
    into = into.resolve()  # of "." the name is that of the folder one is in
    _refuse_taken(into)
    mention(f"Inventing {customers:,} customers of {company.name} …")
    making = into.with_name(f"{into.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        batch = _made(making, company, customers, seed, morning)
        making.rename(into)
    except OSError as fault:
        raise ConfigError(
            f"The demo cannot be put into {into}: {fault.strerror or fault}.",
            "It takes an empty folder, or a new one.",
            "Choose another: --into FOLDER",
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    counts = f"{batch.quarantined:,} refused, {batch.duplicates:,} known already"
    say(f"Imported {batch.accepted:,} of {batch.read:,} rows, {counts}.")


def _refuse_taken(into: Path) -> None:
    """Before anything is made: a file, or a folder with something in it, is somebody else's."""
    if not into.exists() or (into.is_dir() and not any(into.iterdir())):
        return
    what = "holds something else already" if into.is_dir() else "is a file"
    raise ConfigError(
        f"{into} {what}.", "The demo takes an empty folder, or a new one.", "Choose another: --into FOLDER"
    )


def _made(making: Path, company: Company, customers: int, seed: int, morning: date) -> Batch:
    """The company in a folder of its own, imported."""
    source = making / "source"
    with progress() as told:
        demos.generate(source, customers=customers, seed=seed, as_of=morning, progress=told)
        for truth in ("truth", "truth.json"):
            (source / truth).rename(making / truth)  # what is true is kept for tests, and is no part of what is known
        with Workspace.create(making, company) as opened, opened.read(str(source), progress=told) as taken:
            return opened.commit(opened.bring(taken, progress=told), progress=told)
