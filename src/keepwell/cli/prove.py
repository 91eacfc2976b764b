"""keepwell prove plan, assign, halt, decide, list, sql, who: what is to be shown, who is drawn, and how anybody can check it."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from keepwell.cli.printing import AsJson, Day, Folder, counted, day, mention, opened, say, show_json, show_table
from keepwell.errors import ExpressionError, ProofError
from keepwell.experiments import assigning, deciding, planning, reading
from keepwell.lake.ledger import Entry
from keepwell.prove.assignment import CONTROL
from keepwell.prove.buckets import quoted_text
from keepwell.prove.drawing import recompute_sql
from keepwell.prove.hindsight import known_before
from keepwell.prove.plan import Plan
from keepwell.prove.power import Feasibility
from keepwell.schema.expressions import point

app = typer.Typer(
    name="prove",
    help="Did it work? Plans frozen before the start, arms drawn by chance, evidence nobody can change.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name of the experiment, for its newest version, or name:version.")]


def register(parent: typer.Typer) -> None:
    """Add the room's commands."""
    for command in (plan, assign, sql, who, halt, decide):
        app.command()(command)
    app.command("list")(list_)
    parent.add_typer(app)


def plan(
    file: Annotated[Path, typer.Argument(help="The plan, a small TOML file; see docs/how-to/prove.md.")],
    workspace: Folder = ".",  # type: ignore[assignment]
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Enter it into the ledger: it does not change any more.")
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Freeze it though these customers cannot show it, or its outcomes are known."),
    ] = False,
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a plan says and whether these customers can show it; freeze it before it starts."""
    wanted = Plan.load(file)
    with opened(workspace) as company:
        try:
            verdict = planning.check(company, wanted, day(as_of))
            entered = planning.freeze(company, wanted, day(as_of), anyway=anyway) if freeze else None
        except ExpressionError as refused:
            mention(point(wanted.where, refused))
            raise
    if as_json:
        _plan_json(wanted, verdict, entered)
        return
    for sentence in (*wanted.told(), "", *verdict.told, ""):
        say(sentence)
    if entered is None:
        say(f"Not frozen. Freeze it: keepwell prove plan {file} --freeze")
        return
    entry, new = entered
    if unproven := known_before(wanted, entry.body):
        say(unproven)
    say(f"{'Frozen' if new else 'It was frozen before,'} as entry {entry.number} of the ledger, {wanted.digest[:12]}.")


def _plan_json(wanted: Plan, verdict: Feasibility, entered: Any) -> None:
    show_json(
        {
            "plan": wanted.canonical(),
            "digest": wanted.digest,
            "told": wanted.told(),
            "feasible": planning.plainly(verdict),
            "frozen": None if entered is None else _frozen(wanted, *entered),
        }
    )


def _frozen(wanted: Plan, entry: Entry, new: bool) -> dict[str, Any]:
    unproven = known_before(wanted, entry.body) or None
    return {"entry": entry.number, "at": entry.at, "digest": entry.digest, "new": new, "unproven": unproven}


def assign(experiment: Name, workspace: Folder = ".", as_of: Day = None, as_json: AsJson = False) -> None:  # type: ignore[assignment]
    """Draw everybody who is eligible now and was not drawn yet; who was drawn stays in that arm for ever."""
    with opened(workspace) as company:
        found = assigning.draw(company, experiment, day(as_of))
    if as_json:
        show_json(
            {
                "experiment": found.plan.name,
                "as_of": found.as_of,
                "new": found.new,
                "units": found.units,
                "barred": found.barred,
                "balance": found.balance,
                "sample_ratio": {"p_value": found.check.p_value, "verdict": found.check.verdict},
                "told": found.told(),
            }
        )
        return
    for sentence in found.told():
        say(sentence)
    if found.new and found.plan.strata:
        show_table(found.balance.head(40), title="Drawn now, by stratum")


Why = Annotated[str, typer.Option(help="The reason, in a sentence.")]


def halt(experiment: Name, why: Why, workspace: Folder = ".", as_of: Day = None, as_json: AsJson = False) -> None:  # type: ignore[assignment]
    """End a running experiment early: nobody is drawn any more, and the look of this morning is its last."""
    with opened(workspace) as company:
        entry = deciding.halt(company, experiment, why, day(as_of))
    _entered(entry, "Ended early", as_json)


def decide(
    experiment: Name,
    word: Annotated[str, typer.Argument(help="keep, change or stop.")],
    why: Why,
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Enter what becomes of a play after its end: it is kept, changed by a new version, or stopped."""
    with opened(workspace) as company:
        entry = deciding.decide(company, experiment, word, why, day(as_of))
    _entered(entry, f"Decided: {word}", as_json)


def _entered(entry: Entry, said: str, as_json: bool) -> None:
    if as_json:
        show_json(
            {"experiment": entry.about, "kind": entry.kind, **entry.body, "entry": entry.number, "digest": entry.digest}
        )
    else:
        say(f"{entry.about}. {said}; entry {entry.number} of the ledger.")


def list_(workspace: Folder = ".", as_of: Day = None, as_json: AsJson = False) -> None:  # type: ignore[assignment]
    """List every experiment as it stands: those overdue, those that cannot show anything, and how many hold somebody out."""
    with opened(workspace) as company:
        found = reading.states(company, day(as_of))
        ledger = company.lake.ledger()
    held, active = reading.held_out_share(found)
    seal = ledger[-1].digest if ledger else None
    if as_json:
        about = {"active": active, "held_out": held, "entries": len(ledger), "newest_entry": seal}
        show_json({**about, "experiments": [_state(state) for state in found]})
        return
    if not found:
        say("There is no experiment yet. Plan one: docs/how-to/prove.md tells how.")
        return
    show_table(pd.DataFrame([_row(state) for state in found]).drop(columns="expected"))
    for state in found:
        if state.overdue or state.hindsight or not state.measurable or state.plan is None:
            say(state.told())
    if active:
        say(f"Of {counted(active, 'active play')}, {held} ({100 * held / active:.0f} %) hold somebody out.")
    if seal:
        say(f"The ledger has {len(ledger):,} entries; the newest is {seal}.", style="dim")


def _row(state: reading.State) -> dict[str, Any]:
    plan = state.plan
    return {
        "experiment": state.name,
        "phase": ", ".join([state.phase, *["overdue"] * state.overdue, *["unproven"] * bool(state.hindsight)]),
        "last_look": state.last_look,
        "owner": plan.owner if plan else None,
        "units": sum(state.units.values()),
        "held_out": state.units.get(plan.reference if plan else CONTROL, 0) if plan is None or plan.holdout else 0,
        "measurable": "yes" if state.measurable else "no",
        "start": str(plan.start) if plan else None,
        "end": str(plan.end) if plan else None,
        "review": str(plan.review) if plan else None,
        "expected": plan.expected if plan else None,
    }


def _state(state: reading.State) -> dict[str, Any]:
    return {
        **_row(state),
        "phase": state.phase,
        "overdue": state.overdue,
        "measurable": state.measurable,
        "unproven": state.hindsight or None,
        "arms": dict(state.units),
        "looks": state.looks,
        "verdict": state.verdict or None,
        "digest": state.plan.digest if state.plan else None,
        "told": state.told(),
    }


def sql(
    experiment: Name,
    workspace: Folder = ".",  # type: ignore[assignment]
    dialect: Annotated[str, typer.Option(help="duckdb, postgres or spark.")] = "duckdb",
    table: Annotated[
        str | None, typer.Option(help="Draw the ids of this table, eligible or not; otherwise the stored ones.")
    ] = None,
    column: Annotated[str, typer.Option(help="Its column of ids.")] = "customer_id",
    account: Annotated[
        str | None, typer.Option(help="Its column of accounts, which the global holdout keeps out whole.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the SELECT with which anybody draws the same arms again, from nothing but the ids and the salt."""
    with opened(workspace) as company:
        wanted = reading.plan_of(company, experiment)
        whole = bool(table) and assigning.by_whole_accounts(company, wanted)
    if whole and not account:
        raise ProofError(
            f"{wanted.name} keeps whole accounts out of every play, and customers here belong to accounts.",
            "Drawn by their own ids others would be kept out.",
            "Name the column of accounts: --account account_id",
        )
    if dialect not in ("duckdb", "postgres", "spark"):
        raise ProofError(
            f"There is no dialect {dialect!r}.", "There are duckdb, postgres and spark.", "Use the nearest."
        )
    if table:
        text = recompute_sql(wanted.drawn, table, column, dialect, wanted.apart, account if whole else None)  # type: ignore[arg-type]
    else:
        mine = f"WHERE experiment = {quoted_text(wanted.experiment)} AND version = {wanted.version}"
        text = f"{recompute_sql(wanted.drawn, 'assignments', 'unit', dialect)}\n{mine}"  # type: ignore[arg-type]
    if as_json:
        show_json({"experiment": wanted.name, "salt": wanted.drawn.salt, "dialect": dialect, "sql": text})
    else:
        say(text)


def who(
    experiment: Name,
    unit: Annotated[str, typer.Argument(help="Id of a customer or account.")],
    workspace: Folder = ".",  # type: ignore[assignment]
    as_json: AsJson = False,
) -> None:
    """Tell the arm of one customer or account, and why."""
    with opened(workspace) as company:
        wanted, drawn, row = assigning.who(company, experiment, unit)
        at = row["assigned_at"].tz_convert(company.settings.time_zone) if row else None
    if as_json:
        told = {name: getattr(drawn, name) for name in ("unit", "arm", "bucket", "propensity", "why", "washout")}
        show_json({"experiment": wanted.name, **told, "assigned_at": at})
        return
    is_ = "is" if row else "would be"
    say(f"{unit} {is_} in {drawn.arm}. {drawn.why}" if drawn.arm else f"{unit} takes no part. {drawn.why}")
    if row:
        say(f"Assigned on {at:%Y-%m-%d}: {row['eligible_reason']}.")
    elif drawn.arm:
        say("It is not assigned: this is what it gets when it is eligible and drawn.")
