"""keepwell prove look: what does an experiment show this morning? Looked at, entered, and after its verdict only shown."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_json, show_table
from keepwell.cli.prove import Name, app
from keepwell.errors import ProofError
from keepwell.experiments.booking import brought
from keepwell.experiments.looking import Looked, look_at
from keepwell.experiments.reading import known_of
from keepwell.experiments.unplanned import DAYS, Asked, Hint, hint, unplanned
from keepwell.prove.look import Comparison
from keepwell.prove.look_words import harm, harm_next, interval
from keepwell.prove.plan import Plan


def register(_parent: typer.Typer) -> None:
    """Add the room's command to keepwell prove."""
    app.command()(look)


def look(
    experiment: Name,
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    into: Annotated[Path | None, typer.Option(help="Also write a page with charts into this folder.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Without a plan: the horizon, 60 if not said.")] = None,
    share: Annotated[
        list[str] | None, typer.Option(help="Without a plan: ARM=0.5, as was drawn, for each arm.")
    ] = None,
    control: Annotated[str, typer.Option(help="Without a plan: the arm that was held out.")] = "",
    as_json: AsJson = False,
) -> None:
    """
    Look at an experiment: alarms first, then its one verdict with its interval, then all beside it. Every look is entered.

    One that was brought in without a plan gives a hint, which is not entered.
    """
    with opened(workspace) as company:
        if name := unplanned(company, experiment):
            if into:
                raise ProofError(f"{name} has no plan.", "A hint has no page.", "Leave out --into.")
            read = hint(company, name, Asked(days or DAYS, _shares(share), control), day(as_of))
            _hint(read, company.company.currency, as_json=as_json)
            return
        known_of(company, experiment)
        if days or share or control:
            raise ProofError(
                f"{experiment} is no experiment that was brought in without a plan.",
                "Horizon, shares and the arm held out are those of the plan.",
                "Leave out --days, --share and --control.",
            )
        looked = look_at(company, experiment, day(as_of))
        since = [one.told for one in brought(company, looked.plan, day(as_of))]
        currency = company.company.currency
        page = None
        if into:
            from keepwell import report  # charts take a second to load

            page = report.write_look(company, looked, into, as_of=day(as_of))
    if as_json:
        show_json(
            {
                **looked.look.body(),
                "unproven": looked.unproven or None,
                "booked": since,
                "entered": looked.entered,
                "looks": len(looked.history),
                "page": page and str(page),
            }
        )
        return
    _show(looked, currency)
    for sentence in since:
        say(f"\n{sentence}")
    if page:
        say(f"{page}")


def _show(looked: Looked, currency: str) -> None:
    found, plan = looked.look, looked.plan
    said = "entered now" if looked.entered else "entered before"
    harmed = [f"{one.arm}, {words}" for one in found.comparisons if (words := harm(one, currency))]
    but = f"; but harm: {'; '.join(harmed)}" if harmed else ""
    say(
        f"{plan.name} on the morning of {found.morning}: {found.verdict}{but}. Look {len(looked.history):,}, {said}.",
        style="bold",
    )
    for sentence in found.told:
        say(sentence)
    for one in found.comparisons:
        say()
        first, rest = harm_next(one.told)
        for sentence in (*first, *rest):
            say(sentence)
        if one.rows:
            show_table(_rows(one, currency, plan.unit), title=f"\n{_beside(one, plan)}")


def _beside(one: Comparison, plan: Plan) -> str:
    if plan.measurable:
        return f"{one.arm} beside {plan.reference}"
    return f"{one.arm}, given to everybody: there is nobody beside it to compare with"


def _shares(given: list[str] | None) -> dict[str, float] | None:
    """Arm -> share, as said; None where nothing is."""
    pairs = [item.rpartition("=") for item in given or []]
    try:
        return {arm: float(share) for arm, _, share in pairs} or None
    except ValueError:
        raise ProofError(
            f"{' '.join(given or [])} are no shares.",
            "For example --share control=0.1 --share mail=0.9.",
            "Correct them.",
        ) from None


def _hint(read: Hint, currency: str, *, as_json: bool) -> None:
    frame = read.comparison.frame
    if as_json:
        drawn = read.comparison.drawn
        show_json(
            {
                "experiment": read.name,
                "morning": read.morning,
                "state": read.state,
                "verdict": "unproven",
                "days": read.days,
                "assigned": dict(read.assigned),
                "shares": dict(drawn.shares),
                "sample_ratio": {"p_value": drawn.p_value, "verdict": drawn.verdict},
                "figures": frame.drop(columns="p_value").to_dict("records"),
                "told": read.told,
                "entered": False,
            }
        )
        return
    what = "a hint" if read.state == "hint" else read.state
    say(f"{read.name} on the morning of {read.morning}: {what}, unproven. Not entered.", style="bold")
    for sentence in read.told:
        say(sentence)
    if read.state == "hint":
        shown = [
            {
                "figure": outcome,
                "arm": arm,
                "what_is_not_ruled_out": interval(effect.unit, effect.low, effect.high, currency),
                "treated": effect.treated,
                "held_out": effect.control,
            }
            for (arm, outcome), effect in read.comparison.effects.items()
        ]
        show_table(pd.DataFrame(shown), title=f"\nBeside {read.control}, each by itself")


def _rows(one: Comparison, currency: str, unit: str) -> pd.DataFrame:
    head = "per account" if unit == "account" else "per head"
    return pd.DataFrame(
        [
            {
                "figure": row.of,
                "role": row.role,
                "what_is_not_ruled_out": interval(row.unit, row.low, row.high, currency).replace("per head", head),
                "treated": row.treated,
                "held_out": row.held,
                "verdict": row.verdict or None,
            }
            for row in one.rows
        ]
    )
