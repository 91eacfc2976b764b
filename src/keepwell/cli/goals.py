"""keepwell prove goal set, list, show: what is to be reached, can it be, and how far is it?"""

import math
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_json, show_table
from keepwell.cli.prove import app as prove
from keepwell.errors import ExpressionError, ProofError
from keepwell.experiments import goals
from keepwell.experiments.figures import Asked
from keepwell.experiments.goals import Stand, Wish
from keepwell.measure.metric import find
from keepwell.prove.goal_words import change, figure, judged, standing, wanted
from keepwell.prove.goals import Feasibility, Goal
from keepwell.schema.expressions import point

app = typer.Typer(
    name="goal",
    help="A figure to be reached: a measured baseline, a day, an owner; nothing unproven is credited.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name of the goal, for its newest version, or name:version.")]
Until = Annotated[
    datetime, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="To be reached by its evening.")
]


def register(_: typer.Typer) -> None:
    """Add the room's commands to those of prove."""
    app.command("set")(set_)
    app.command("list")(list_)
    app.command()(show)
    prove.add_typer(app)


def set_(
    metric: Annotated[str, typer.Argument(help="Id of a metric; `keepwell metrics` lists them.")],
    target: Annotated[str, typer.Option(help="The figure wanted: 75% or 0.75 for a share, 120 for money …")],
    by: Until,
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    workspace: Folder = ".",  # type: ignore[assignment]
    name: Annotated[str, typer.Option(help="What it is called; otherwise as the metric.")] = "",
    period: Annotated[
        str, typer.Option(help="day, week, month, quarter, half, year, or rolling such as 30d.")
    ] = "month",
    where: Annotated[str, typer.Option(help='Only customers of a segment, such as country in ("FI").')] = "",
    cell: Annotated[list[str] | None, typer.Option(help="Which cell: currency=EUR, age=3 …")] = None,
    option: Annotated[list[str] | None, typer.Option("--set", help="An option of the metric: name=value.")] = None,
    try_: Annotated[bool, typer.Option("--try", help="Only tell whether it can be reached; enter nothing.")] = False,
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Set a goal: its baseline is measured, whether it can be reached is told, and it is entered in the ledger."""
    asked = Asked(metric, period, where, _pairs(cell), _settings(metric, option))
    wish = Wish(asked, _number(target, find(metric).unit), by.date(), owner, name)
    with opened(workspace) as company:
        try:
            if try_:
                goal, found = goals.drafted(company, wish, day(as_of))
                new = False
            else:
                goal, found, new = goals.set_(company, wish, day(as_of))
        except ExpressionError as refused:
            say(point(where, refused))
            raise
    if as_json:
        show_json({"goal": goal.canonical(), "entered": new, **_feasible(goal, found)})
        return
    for sentence in (wanted(goal), "", *judged(goal, found), ""):
        say(sentence)
    if try_:
        say("Not entered: it was only tried.")
    else:
        entered = "is in the ledger" if new else "was in the ledger already, just so"
        say(f"The goal {goal.id} {entered}. How it stands: keepwell prove goal show {goal.id}")


def list_(
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """List every goal with how it stands."""
    import pandas as pd

    with opened(workspace) as company:
        stands = [goals.stand(company, goal.id, day(as_of)) for goal in goals.all_(company)]
    if as_json:
        show_json([told(one) for one in stands])
    elif not stands:
        say("No goal is set. Set one: keepwell prove goal set METRIC --target … --by YYYY-MM-DD --owner …")
    else:
        rows = [
            {
                "goal": one.goal.id,
                "baseline": figure(one.goal.measured.value, one.goal.unit),
                "now": figure(one.progress.now.value, one.goal.unit),
                "target": figure(one.goal.target, one.goal.unit),
                "by": one.goal.by.isoformat(),
                "proven": change(one.progress.proven, one.goal.unit) if one.progress.proven else "nothing yet",
                "stands": f"{one.progress.standing}{_marked(one.goal)}",
                "owner": one.goal.owner,
            }
            for one in stands
        ]
        show_table(pd.DataFrame(rows), keep=("goal", "now", "target", "stands"))


def _marked(goal: Goal) -> str:
    return ", the wrong way" if goal.wrong_way else ", far below what was" if goal.doubtful else ""


def show(
    goal: Name,
    workspace: Folder = ".",  # type: ignore[assignment]
    into: Annotated[Path | None, typer.Option(help="Folder a page with its picture goes into.")] = None,
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Tell how a goal stands: what would have come anyway, what plays are proven to have brought, and the rest."""
    with opened(workspace) as company:
        one = goals.stand(company, goal, day(as_of))
        path = None
        if into:
            from keepwell import report  # charts take a second to load

            path = report.write_goals(company, [one], into, as_of=day(as_of))
    if as_json:
        show_json(told(one))
        return
    for sentence in (wanted(one.goal), "", *standing(one.progress), *one.notes):
        say(sentence)
    _parts(one)
    for play in one.progress.plays:
        say(f"{play.name}: {change(play.effect, one.goal.unit) if play.credited else 'nothing credited'}. {play.why}")
    if path:
        say(f"{path}")


def told(one: Stand) -> dict[str, Any]:
    """
    A goal as JSON can hold it; ends of intervals that are not known are null.

    Args:
        one: How it stands.
    """
    progress = one.progress
    return {
        "goal": one.goal.canonical(),
        "entry": one.number,
        "standing": progress.standing,
        "chance": progress.chance,
        "now": asdict(progress.now),
        "without_action": asdict(progress.without),
        "parts": [asdict(part) for part in progress.parts],
        "proven": progress.proven,
        "proven_error": progress.proven_error,
        "plays": [asdict(play) for play in progress.plays],
        "kept_out_of_every_play": asdict(progress.held) if progress.held else None,
        "outlook": asdict(progress.outlook) if progress.outlook else None,
        "earlier_versions": [other.canonical() for other in one.before],
        "told": [*standing(progress), *one.notes],
        **_feasible(one.goal, one.feasibility),
    }


def _feasible(goal: Goal, found: Feasibility) -> dict[str, Any]:
    return {"feasibility": {**asdict(found), "told": list(judged(goal, found))}}


def _parts(one: Stand) -> None:
    import pandas as pd

    levels = ("baseline", "without action", "now")
    unit = one.goal.unit
    rows = [
        {
            "part": part.name,
            "figure": figure(part.value, unit) if part.name in levels else change(part.value, unit),
            "standard error": change(part.error, unit, signed=False) if part.error else "",
        }
        for part in one.progress.parts
    ]
    show_table(pd.DataFrame(rows))


def _number(said: str, unit: str) -> float:
    """75% is 0.75; 120 is 120."""
    text = said.strip()
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (text.endswith("%") and unit != "share"):
        raise ProofError(
            f"The target {said!r} is no figure of {unit}.",
            "Wanted: such as 75% or 0.75 for a share, 120 for money.",
            "Correct it.",
        )
    return value


def _pairs(given: list[str] | None) -> tuple[tuple[str, str], ...]:
    pairs = [item.partition("=") for item in given or []]
    for name, sign, value in pairs:
        if not (name and sign):
            raise ProofError(f"{name + sign + value!r} is not name=value.", "For example currency=EUR.", "Correct it.")
    return tuple((name, value) for name, _, value in pairs)


def _settings(metric: str, given: list[str] | None) -> tuple[tuple[str, Any], ...]:
    """The metric's options as their defaults are typed; what it does not have is refused when it is asked."""
    defaults = find(metric).options
    return tuple((name, _typed(value, defaults.get(name))) for name, value in _pairs(given))


def _typed(value: str, default: Any) -> Any:
    if isinstance(default, bool):
        return value.lower() in ("true", "yes", "1")
    return int(value) if isinstance(default, int) and value.lstrip("-").isdecimal() else value
