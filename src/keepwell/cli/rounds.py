"""keepwell round, portrait, portraits, findings, models: what is inferred of every customer."""

from typing import Annotated, Any

import typer

from keepwell import rounds
from keepwell.charts.words import percent
from keepwell.cli.printing import (
    AsJson,
    Day,
    Folder,
    counted,
    day,
    mention,
    opened,
    progress,
    say,
    show_csv,
    show_json,
    show_table,
)
from keepwell.cli.trust import backtest, known
from keepwell.errors import ExpressionError
from keepwell.lake.results import Result
from keepwell.rounds.portrait import told
from keepwell.rounds.reading import chosen, finding, kept, one
from keepwell.schema.expressions import point
from keepwell.understand import MODELS


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command("round")(go)
    for command in (portrait, portraits, findings, backtest, models):
        app.command()(command)


def go(
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Work out everything that is inferred of every customer, for one morning; only what changed is worked out anew."""
    done: list[dict[str, Any]] = []
    with opened(workspace) as company, progress(as_json) as told_:
        for found in rounds.go(company, as_of=day(as_of), progress=told_):
            done.append({"step": found.step.name, "says": found.step.says, "anew": found.anew, "about": found.about})
            if not as_json:
                say(f"{'worked out' if found.anew else 'as it was '}  {found.step.says}{_why_not(found.about)}")
    if as_json:
        show_json(done)
    else:
        mention(
            "One customer: keepwell portrait ID. All of them: keepwell portraits. How far to trust it: keepwell backtest."
        )


def _why_not(about: dict[str, Any]) -> str:
    return f": not told. {about['refused']}" if "refused" in about else ""


def portrait(
    customer: Annotated[str, typer.Argument(help="A customer's id.")],
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Tell all that is known and inferred of one customer."""
    with opened(workspace) as company:
        row, currency, round_ = one(company, customer, day(as_of)), company.company.currency, known(company, day(as_of))
    if as_json:
        show_json(row)
    else:
        say(round_, style="dim")
        for sentence in told(row, currency):
            say(sentence)


def portraits(
    where: Annotated[
        str | None, typer.Option(help="Only customers of a segment, such as 'alive < 0.5 and orders >= 3'.")
    ] = None,
    workspace: Folder = ".",  # type: ignore[assignment]
    by: Annotated[str, typer.Option(help="Column by which they are ordered, the largest first.")] = "value_year",
    limit: Annotated[int, typer.Option(help="How many to show.", min=1)] = 20,
    as_of: Day = None,
    csv: Annotated[bool, typer.Option("--csv", help="All of them as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show everybody's portrait of the newest round, or of a segment's customers."""
    with opened(workspace) as company:
        try:
            frame, round_ = chosen(company, where, by, day(as_of)), known(company, day(as_of))
        except ExpressionError as refused:
            say(point(where or "", refused))
            raise
    if as_json:
        show_json(frame)
    elif csv:
        show_csv(frame)
    else:
        columns = (
            "customer_id",
            "name",
            "segment",
            "orders",
            "recency_days",
            "alive",
            "buys_soon",
            "value_year",
            "risk",
        )
        show_table(
            frame[[name for name in columns if name in frame.columns]].head(limit),
            formats=dict.fromkeys(("alive", "buys_soon", "risk"), percent),
            keep=("customer_id", "segment", by),
        )
        say(f"{counted(len(frame), 'customer')}; {min(limit, len(frame)):,} shown.")
        say(
            f"{round_} alive, buys_soon and risk are chances, value_year is money; docs/how-to/portraits.md tells each.",
            style="dim",
        )


def findings(
    name: Annotated[str | None, typer.Argument(help="One of them, such as leaving; none lists all.")] = None,
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    limit: Annotated[int, typer.Option(help="How many rows to show.", min=1)] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="All rows as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the newest round found: models and how far to trust them, lists, offers, journeys, reasons for leaving."""
    with opened(workspace) as company:
        found = kept(company, day(as_of))
        if name is None:
            _list(found, as_json)
            return
        about, frame = finding(company, name, day(as_of))
        round_ = known(company, day(as_of))
    if as_json:
        show_json({"about": about, "rows": frame})
    elif csv:
        show_csv(frame)
    else:
        say(round_, style="dim")
        for sentence in about.get("told", [about.get("refused", "")]):
            say(sentence)
        if len(frame):
            show_table(frame.head(limit), keep=tuple(frame.columns[:4]))
            say(f"{counted(len(frame), 'row')}; {min(limit, len(frame)):,} shown.")


def _list(found: dict[str, Result], as_json: bool) -> None:
    if as_json:
        show_json({name: dict(result.about) for name, result in found.items()})
        return
    for step in rounds.STEPS:
        if step.name in found:
            first = (found[step.name].about.get("told") or [found[step.name].about.get("refused", "")])[0]
            say(f"{step.name:<22} {first or step.says}")


def models(as_json: AsJson = False) -> None:
    """List every model with the question it answers and when it misleads."""
    if as_json:
        show_json([_described(kind) for kind in MODELS.values()])
        return
    for kind in MODELS.values():
        say(f"\n{kind.id}", style="bold")
        say(f"  {kind.name}. {kind.question}")
        say(f"  Misleads: {kind.misleads}", style="dim")


def _described(kind: Any) -> dict[str, Any]:
    return {
        name: getattr(kind, name) for name in ("id", "name", "question", "assumes", "misleads", "source", "version")
    }
