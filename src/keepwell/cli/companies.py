"""keepwell new, doctor: make a company's folder, and is everything in order?"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from keepwell.cli.printing import AsJson, Folder, counted, opened, say, show_json
from keepwell.config import Company
from keepwell.errors import KeepwellError
from keepwell.measure.span import first_and_last
from keepwell.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(new)
    app.command()(doctor)


def new(
    name: Annotated[str, typer.Argument(help="What the company is called.")],
    workspace: Folder = Path(),
    currency: Annotated[str, typer.Option(help="ISO 4217 code of its books.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help="IANA zone in which its days begin.")] = "UTC",
) -> None:
    """Make a company's folder with its settings."""
    company = Company.of({"name": name, "currency": currency.upper(), "time_zone": time_zone})
    with Workspace.create(workspace, company):
        pass
    say(f"{name} lives in {workspace.resolve()}. Its settings: keepwell.toml.")
    say("Next: keepwell import YOUR-EXPORT.csv --dry-run")


def doctor(workspace: Folder = Path(), as_json: AsJson = False) -> None:
    """Look the company's folder over: settings, lake, data; exit code 1 when something needs a hand."""
    checks: list[tuple[str, bool | None, str]] = []
    try:
        with opened(workspace) as company:
            checks.append(
                (
                    "settings",
                    True,
                    f"{company.settings.name}, {company.settings.currency}, {company.settings.time_zone}",
                )
            )
            checks += _look(company)
    except KeepwellError as refused:
        checks.append(("opening", False, str(refused)))
    if as_json:
        show_json([{"check": what, "ok": ok, "says": says} for what, ok, says in checks])
    else:
        for what, ok, says in checks:
            sign = {True: "ok     ", False: "WRONG  ", None: "unknown"}[ok]
            say(f"{sign}  {what:<12} {says}")
    if any(ok is False for _, ok, _ in checks):
        raise typer.Exit(1)


def _look(company: Workspace) -> list[tuple[str, bool | None, str]]:
    rows = {name: count for name, count in company.lake.rows().items() if count}
    batches = company.batches()
    waiting = [batch.id for batch in batches if batch.state == "staged"]
    refused = sum(batch.quarantined for batch in batches if batch.state == "committed")
    found: list[tuple[str, bool | None, str]] = [
        ("lake", True, f"{company.settings.lake}, {counted(len(batches), 'import')}"),
        ("engine", True, company.settings.engine),
        (
            "tables",
            True if rows else None,
            ", ".join(f"{name} {count:,}" for name, count in rows.items()) or "nothing imported yet",
        ),
        (
            "quarantine",
            True if not refused else None,
            f"{counted(refused, 'source row')} to be corrected (keepwell rejected)" if refused else "empty",
        ),
        (
            "staged",
            True if not waiting else None,
            f"not committed yet: {', '.join(waiting)}" if waiting else "nothing waits",
        ),
    ]
    if rows and dated(company):
        last = company.as_of - timedelta(days=1)
        found.append(("data until", True, f"known up to and including {last}; from {company.span[0]}"))
        found.append(("kept by", True, _kept(company)))
    elif rows:
        nothing = "nothing dated was imported: retention over time cannot be told"
        found += [("data until", None, nothing), ("kept by", None, nothing)]
    return found


def dated(company: Workspace) -> bool:
    """Whether anything is known that happened on a day: an order, a subscription, a use."""
    rows = company.lake.rows()
    if rows.get("orders") or rows.get("subscriptions"):
        return True
    return bool(rows.get("events")) and not company.run(first_and_last(company.facts())).dropna().empty


def _kept(company: Workspace) -> str:
    settings: Any = company.company
    window = (
        f", a purchase keeps for {counted(settings.activity_window_days, 'day')}"
        if settings.activity_window_days
        else ""
    )
    suggested = (
        " (suggested by the customers' own gaps)" if window and company.settings.activity_window_days is None else ""
    )
    return f"{settings.active_by}{window}{suggested}"
