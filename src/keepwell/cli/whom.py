"""keepwell prove whom: should all be treated, none, or those for whom it pays? With the list behind it."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from keepwell.charts.words import NOTHING, number
from keepwell.cli.printing import AsJson, Day, Folder, day, opened, say, show_csv, show_json, show_table
from keepwell.cli.prove import Name, app
from keepwell.errors import ProofError
from keepwell.experiments import whom_words
from keepwell.experiments.whom import Terms, Treatment, Whom
from keepwell.experiments.whom import whom as asked


def register(_parent: typer.Typer) -> None:
    """Add the room's command to keepwell prove."""
    app.command()(whom)


def whom(
    experiment: Name,
    workspace: Folder = ".",  # type: ignore[assignment]
    margin: Annotated[
        float | None, typer.Option(help="Money one more is worth: a customer kept, an order, a unit of money spent.")
    ] = None,
    money: Annotated[bool, typer.Option("--money", help="Look at money spent, whatever the plan's endpoint.")] = False,
    cost: Annotated[
        list[str] | None, typer.Option(metavar="ARM=MONEY", help="Cost of one contact; otherwise as planned.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="Money there is to treat those of the experiment.")] = None,
    into: Annotated[Path | None, typer.Option(help="Also write a page with charts into this folder.")] = None,
    as_of: Day = None,
    csv: Annotated[
        bool, typer.Option("--csv", help="Every customer with group and score, on standard output.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whom to treat: all, none, or those for whom it is proven to pay. Alarms first; every number has its list."""
    terms = Terms(margin, money, _costs(cost), budget)
    with opened(workspace) as company:
        found = asked(company, experiment, terms, day(as_of))
        page = None
        if into:
            from keepwell.report.whom import write_whom  # charts take a second to load

            page = write_whom(company, found, into)
    if as_json:
        show_json({**told(found), "page": page and str(page)})
    elif csv:
        _listed(found)
    else:
        _show(found)
        if page:
            say(f"{page}")


def told(found: Whom) -> dict[str, Any]:
    """
    The answer as JSON can hold it, without the list.

    Args:
        found: Whom to treat.
    """
    judged = found.judged
    return {
        "experiment": found.plan.name,
        "as_of": found.morning,
        "state": found.state,
        "verdict": found.verdict,
        "harm": dict(found.harm),
        "told": list(found.told),
        "sample_ratio": [
            {"where": one.where, "counts": dict(one.counts), "p_value": one.p_value, "verdict": one.verdict}
            for one in found.checks
        ],
        "unit": found.measured.unit,
        "policy": judged
        and {
            "gate_open": found.advises,
            "reach": judged.reach,
            "gain": vars(judged.gain),
            "personal": vars(judged.personal),
            "alike": {arm: vars(one) for arm, one in judged.alike.items()},
        },
        "treatments": [
            {
                "arm": one.arm,
                "counted": found.measured.counted,
                "groups": whom_words.table(found, one),
                "curve": one.gain.curve,
                "area": vars(one.gain.area),
                "qini": one.qini and vars(one.qini),
            }
            for one in found.treatments
        ],
    }


def _show(found: Whom) -> None:
    say(f"{found.plan.name} on the morning of {found.morning}: {found.verdict}.", style="bold")
    for sentence in found.told:
        say(sentence)
    for one in found.treatments:
        show_table(_rows(found, one), title=f"\n{one.arm}, {found.measured.counted}, intervals at 95 %")
    if found.treatments:
        say(f"Every customer with group and score: {found.command('--csv')}", style="dim")


def _rows(found: Whom, one: Treatment) -> pd.DataFrame:
    rows = whom_words.table(found, one).to_dict("records")
    return pd.DataFrame(
        [
            {
                "group": row["group"],
                "customers": row["customers"],
                "left_alone": row["alone"],
                "treating_adds": f"{number(row['effect'], 1)} ({number(row['effect_low'], 1)} to {number(row['effect_high'], 1)})",
                f"net_{found.measured.unit}_per_customer": f"{number(row['value'], 2)} ({number(row['value_low'], 2)} to {number(row['value_high'], 2)})",
                "what_to_do": row["advice"] or NOTHING,
            }
            for row in rows
        ]
    )


def _listed(found: Whom) -> None:
    """The list; where an alarm hides all, or it is too early, there is none, and that is told instead."""
    if found.judged is None:
        what_next = "Find out why first." if found.state == "hidden" else "Ask again when it is over."
        raise ProofError(f"No list of {found.plan.name} is shown.", " ".join(found.told), what_next)
    show_csv(found.listed)


def _costs(given: list[str] | None) -> dict[str, float]:
    costs = {}
    for item in given or []:
        arm, sign, value = item.rpartition("=")
        try:
            costs[arm] = float(value)
        except ValueError:
            sign = ""
        if not (arm and sign):
            raise ProofError(f"{item!r} is not ARM=MONEY.", "For example mail=0.40.", "Correct it.")
    return costs
