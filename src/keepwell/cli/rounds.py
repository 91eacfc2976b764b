"""keepwell round, portrait, portraits, backtest, models: what is inferred of every customer, and how far it can be trusted."""

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
from keepwell.rounds.portrait import told
from keepwell.rounds.reading import chosen, kept, one
from keepwell.schema.expressions import point
from keepwell.understand import MODELS

SCORES = ("count_score", "crps", "brier", "auc", "gini", "calibration_error", "said", "happened")


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command("round")(go)
    for command in (portrait, portraits, backtest, models):
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
        row = one(company, customer, day(as_of))
    if as_json:
        show_json(row)
    else:
        for sentence in told(row):
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
            frame = chosen(company, where, by, day(as_of))
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


def backtest(
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Lay what the models would have said on mornings of the past beside what then happened."""
    with opened(workspace) as company:
        found = {name: dict(result.about) for name, result in kept(company, day(as_of)).items()}
    if as_json:
        show_json(found)
        return
    about = found["value"]
    if "refused" in about:
        raise ModelError(about["refused"])
    scores = pd.DataFrame(about["scores"])
    names = {id: kind.name for id, kind in MODELS.items()}
    shown = scores.assign(model=scores["model"].map(names))[["model", *SCORES]]
    show_table(
        shown,
        title="Who will buy again? Means over the mornings tried; lower is better up to brier.",
        keep=("model", "count_score", "said", "happened"),
    )
    say()
    for sentence in about["trials"].splitlines():
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
