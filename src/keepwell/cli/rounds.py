"""keepwell round, portrait, portraits, backtest, models: what is inferred of every customer, and how far it can be trusted."""

from datetime import date
from typing import Annotated, Any

import pandas as pd
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
from keepwell.errors import ExpressionError, ModelError
from keepwell.lake.results import Result
from keepwell.rounds.portrait import told
from keepwell.rounds.reading import chosen, finding, kept, newest, one
from keepwell.schema.expressions import point
from keepwell.understand import MODELS
from keepwell.workspace import Workspace

SCORES = ("count_score", "crps", "brier", "auc", "gini", "calibration_error", "said", "happened")


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
        row, currency, known = one(company, customer, day(as_of)), company.company.currency, _known(company, day(as_of))
    if as_json:
        show_json(row)
    else:
        say(known, style="dim")
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
            frame, known = chosen(company, where, by, day(as_of)), _known(company, day(as_of))
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
            f"{known} alive, buys_soon and risk are chances, value_year is money; docs/how-to/portraits.md tells each.",
            style="dim",
        )


def _known(company: Workspace, as_of: date | None) -> str:
    """Of which morning a round is, and whether it is still what the data say."""
    morning = newest(company, as_of)
    told_ = f"By the round of the morning of {morning}."
    return (
        f"{told_} The data have changed since: take keepwell round again."
        if rounds.changed(company, morning)
        else told_
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
        known = _known(company, day(as_of))
    if as_json:
        show_json({"about": about, "rows": frame})
    elif csv:
        show_csv(frame)
    else:
        say(known, style="dim")
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


def backtest(
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Lay what the models would have said on mornings of the past beside what then happened."""
    with opened(workspace) as company:
        about = dict(kept(company, day(as_of))["value"].about)
    if "refused" in about:
        raise ModelError(about["refused"])
    if as_json:
        show_json(about)
        return
    scores = pd.DataFrame(about["scores"])
    names = {id: kind.name for id, kind in MODELS.items()}
    shown = scores.assign(model=scores["model"].map(names))[["model", *SCORES]]
    title = "Who will buy again? Means over the mornings tried; up to brier the lower, then the higher the better."
    show_table(shown, title=title, keep=("model", "count_score", "said", "happened"))
    for sentence in ["", *about["told"]]:
        say(sentence)


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
