"""keepwell new, doctor: make a company's folder, and is everything in order?"""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands ("ok", "look at", "unknown" or "WRONG"), and the sentence to it."""

    what: str
    sign: str
    says: str

    @property
    def ok(self) -> bool | None:
        """For programs: whether it is in order; None where a person has to say."""
        return {"ok": True, "WRONG": False}.get(self.sign)


def doctor(workspace: Folder = Path(), as_json: AsJson = False) -> None:
    """Look the company's folder over: settings, lake, data; exit code 1 when something is wrong."""
    checks: list[Check] = []
    try:
        with opened(workspace) as company:
            told = company.settings
            checks.append(Check("settings", "ok", f"{told.name}, {told.currency}, {told.time_zone}"))
            checks += [*_lake(company), *_quarantine(company), *_cautions(company), *_data(company)]
    except KeepwellError as refused:
        checks.append(Check("opening", "WRONG", str(refused)))
    if as_json:
        show_json([{"check": check.what, "ok": check.ok, "says": check.says} for check in checks])
    else:
        for check in checks:
            say(f"{check.sign:<7}  {check.what:<12} {check.says}")
    if any(check.ok is False for check in checks):
        raise typer.Exit(1)


def _lake(company: Workspace) -> list[Check]:
    rows = {name: count for name, count in company.lake.rows().items() if count}
    batches = company.batches()
    waiting = [batch.id for batch in batches if batch.state == "staged"]
    return [
        Check("lake", "ok", f"{company.settings.lake}, {counted(len(batches), 'import')}"),
        Check("engine", "ok", company.settings.engine),
        Check(
            "tables",
            "ok" if rows else "unknown",
            ", ".join(f"{name} {count:,}" for name, count in rows.items()) or "nothing imported yet",
        ),
        Check(
            "staged",
            "look at" if waiting else "ok",
            f"not committed yet: {', '.join(waiting)}" if waiting else "nothing waits",
        ),
    ]


def _quarantine(company: Workspace) -> list[Check]:
    """Refused rows, each once: a file that was imported twice has its rows refused twice."""
    said = sum(batch.quarantined for batch in company.batches() if batch.state == "committed")
    if not said:
        return [Check("quarantine", "ok", "empty")]
    faults = company.lake.rejected()
    told = {name: faults[name].fill_null("") for name in ("table", "column", "value", "law")}
    named = told["table"] + "\x1f" + told["column"] + "\x1f" + told["value"] + "\x1f" + told["law"]
    rows = faults.select("batch", "source", "row", fault=named).group_by("batch", "source", "row")
    each = rows.agg(faults=lambda t: t.count(), first=lambda t: t.fault.min(), last=lambda t: t.fault.max())
    rows_once = int(company.run(each.drop("batch").distinct().aggregate(n=lambda t: t.count()))["n"].iloc[0])
    again = f", refused {said:,} times in all (the same row of the same file counts once)" if said > rows_once else ""
    return [
        Check("quarantine", "look at", f"{counted(rows_once, 'source row')} to be corrected{again}: keepwell rejected")
    ]


def _cautions(company: Workspace) -> list[Check]:
    """What imports warned of and nobody has settled."""
    told = company.lake.cautions()
    return [Check(caution.what, "look at", f"batch {batch}: {caution.says}") for batch, caution in told]


def _data(company: Workspace) -> list[Check]:
    if not any(company.lake.rows().values()):
        return []
    if not dated(company):
        nothing = "nothing dated was imported: retention over time cannot be told"
        return [Check("data until", "unknown", nothing), Check("kept by", "unknown", nothing)]
    last = company.as_of - timedelta(days=1)
    return [
        Check("data until", "ok", f"known up to and including {last}; from {company.span[0]}"),
        Check("kept by", "ok", _kept(company)),
    ]


def dated(company: Workspace) -> bool:
    """Whether anything is known that happened on a day: an order, a subscription, a use, a deal."""
    rows = company.lake.rows()
    if any(rows.get(table) for table in ("orders", "subscriptions", "refunds", "deals")):
        return True
    return bool(rows.get("events")) and not company.run(first_and_last(company.facts())).dropna().empty


def _kept(company: Workspace) -> str:
    settings: Any = company.company
    days = settings.activity_window_days
    if not days:
        return str(settings.active_by)
    kept = f"{settings.active_by}, a purchase keeps for {counted(days, 'day')}"
    if company.settings.activity_window_days is not None:
        return kept
    return f"{kept} (suggested by the customers' own gaps, anew after every import; activity_window_days = {days} in keepwell.toml pins it)"
