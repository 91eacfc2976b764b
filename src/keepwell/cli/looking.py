"""keepwell prove look: what does an experiment show this morning? Looked at, entered, and after its verdict only shown."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_json, show_table
from keepwell.cli.prove import Name, app
from keepwell.experiments.looking import Looked, look_at
from keepwell.prove.look import Comparison
from keepwell.prove.look_words import interval


def register(_parent: typer.Typer) -> None:
    """Add the room's command to keepwell prove."""
    app.command()(look)


def look(
    experiment: Name,
    workspace: Folder = ".",  # type: ignore[assignment]
    as_of: Day = None,
    into: Annotated[Path | None, typer.Option(help="Also write a page with charts into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at an experiment: alarms first, then its one verdict with its interval, then all beside it. Every look is entered."""
    with opened(workspace) as company:
        looked = look_at(company, experiment, day(as_of))
        currency = company.company.currency
        page = None
        if into:
            from keepwell import report  # charts take a second to load

            page = report.write_look(company, looked, into)
    if as_json:
        show_json(
            {
                **looked.look.body(),
                "unproven": looked.unproven or None,
                "entered": looked.entered,
                "looks": len(looked.history),
                "page": page and str(page),
            }
        )
        return
    _show(looked, currency)
    if page:
        say(f"{page}")


def _show(looked: Looked, currency: str) -> None:
    found, plan = looked.look, looked.plan
    said = "entered now" if looked.entered else "entered before"
    say(
        f"{plan.name} on the morning of {found.morning}: {found.verdict}. Look {len(looked.history):,}, {said}.",
        style="bold",
    )
    for sentence in found.told:
        say(sentence)
    for one in found.comparisons:
        say()
        for sentence in one.told:
            say(sentence)
        if one.rows:
            show_table(_rows(one, currency), title=f"\n{one.arm} beside {plan.reference}")


def _rows(one: Comparison, currency: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "figure": row.of,
                "role": row.role,
                "what_is_not_ruled_out": interval(row.unit, row.low, row.high, currency),
                "treated": row.treated,
                "held_out": row.held,
                "verdict": row.verdict or None,
            }
            for row in one.rows
        ]
    )
