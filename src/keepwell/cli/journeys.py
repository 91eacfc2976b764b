"""keepwell journey: where do customers stop, and who are they? Every number of the journeys with its list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import typer

from keepwell.charts.words import percent
from keepwell.cli.printing import AsJson, Day, Folder, counted, day, opened, say, show_csv, show_json, show_table
from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.understand import journeys
from keepwell.workspace import Workspace

_ARROW = ">"
"""Stands between the steps of a way."""


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(journey)


def journey(
    workspace: Folder = ".",  # type: ignore[assignment]
    step: Annotated[
        str | None, typer.Option(help="List the customers who came to this step, and what followed.")
    ] = None,
    place: Annotated[int | None, typer.Option(help="Only as their first (1), second (2) … step.", min=1)] = None,
    stopped: Annotated[bool, typer.Option(help="Of --step only those who stopped there.")] = False,
    met: Annotated[
        str | None, typer.Option(help="List the customers who met this step before, and whether they left.")
    ] = None,
    left: Annotated[bool, typer.Option(help="Of --met only those who left.")] = False,
    way: Annotated[
        str | None, typer.Option(help='List the customers who went a way: "ads > visit: garden > first order".')
    ] = None,
    where: Annotated[str | None, typer.Option(help="Only customers of a segment, such as 'orders >= 3'.")] = None,
    as_of: Day = None,
    limit: Annotated[int, typer.Option(help="How many rows to show.", min=1)] = 20,
    csv: Annotated[bool, typer.Option("--csv", help="All rows as CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where customers stop, step by step, and what leavers met more often; or list the customers behind a number of it."""  # fmt: skip
    if sum(asked is not None for asked in (step, met, way)) > 1:
        raise ModelError(
            "Two lists at once.", "One of --step, --met and --way is asked for.", "Ask one after the other."
        )
    with opened(workspace) as company:
        facts = company.facts(as_of=day(as_of), where=where)
        if step is not None:
            frame, said = _listed(company, facts, _at(facts, step, place, stopped)), _of_steps(stopped)
        elif met is not None:
            frame, said = _listed(company, facts, _who_met(facts, met, left)), _of_friction(facts)
        elif way is not None:
            frame, said = _listed(company, facts, _went(facts, way)), ""
        else:
            frame, said = _drops(company, facts)
    noun = "customer" if "customer_id" in frame else "step"
    if as_json:
        show_json({"rows": frame, "told": said})
    elif csv:
        show_csv(frame)
    elif frame.empty:
        say(f"Nobody: no {noun} of that kind is known. keepwell journey lists the steps there are." if noun == "customer"
            else "Not enough data: nothing that happened with customers is long enough ago.")  # fmt: skip
    else:
        shares: dict[str, Callable[[Any], str]] = dict.fromkeys(("drop", "low", "high"), percent)
        show_table(frame.head(limit), formats=shares, keep=tuple(frame.columns[:4]))
        say(f"{counted(len(frame), noun)}; {min(limit, len(frame)):,} shown. {said}".rstrip())


def _drops(company: Workspace, facts: Facts) -> tuple[pd.DataFrame, str]:
    """How many stop at each step, and the friction in words."""
    told = journeys.drops(company.run(journeys.flows(facts)))
    since = facts.as_of - timedelta(days=journeys.PATIENCE)
    friction = journeys.sentences(journeys.ranked(company.run(journeys.friction(facts, since=since))))
    return told, "\n".join([_of_steps(stopped=False), *friction])


def _at(facts: Facts, step: str, place: int | None, stopped: bool) -> ir.Table:
    people = journeys.followed(facts)
    people = people.filter(people.step == step)
    if place is not None:
        people = people.filter(people.place == place)
    if stopped:
        people = people.filter(people.next_step == journeys.NOTHING)
    on = (ibis.date(1970, 1, 1) + people.day.as_interval("D")).cast("date")
    return people.select("customer_id", "step", "place", on=on, next_step="next_step")


def _who_met(facts: Facts, step: str, left: bool) -> ir.Table:
    people = journeys.met(facts, since=facts.as_of - timedelta(days=journeys.PATIENCE))
    people = people.filter(people.step == step)
    return people.filter(people.left == 1) if left else people


def _went(facts: Facts, way: str) -> ir.Table:
    """Who came so and took these steps first, whatever followed."""
    came, *taken = [part.strip() for part in way.split(_ARROW)]
    if not came or len(taken) > journeys.LENGTH or not all(taken):
        raise ModelError(
            f"{way!r} is no way.",
            f'How they came and up to {journeys.LENGTH} steps are wanted: "ads > visit: garden > first order".',
            "keepwell findings journeys shows the commonest.",
        )
    people = journeys.walked(facts)
    people = people.filter(people.came == came)
    for number, step in enumerate(taken, 1):
        people = people.filter(people[f"step_{number}"] == step)
    return people


def _listed(company: Workspace, facts: Facts, people: ir.Table) -> pd.DataFrame:
    """With their names, in order."""
    names = facts.read("customers").select("customer_id", "name")
    told = people.left_join(names, "customer_id").drop("customer_id_right").relocate("name", after="customer_id")
    order = [column for column in ("customer_id", "place") if column in told.columns]
    return company.run(told.order_by(*order))


def _of_steps(stopped: bool) -> str:
    who = (
        "Who stopped did nothing more for" if stopped else "Told are steps long enough ago: what follows counts within"
    )
    return f"{who} {journeys.PATIENCE} days."


def _of_friction(facts: Facts) -> str:
    since = facts.as_of - timedelta(days=journeys.PATIENCE)
    return f"Customers of the morning of {since} who met it in the {journeys.PATIENCE} days before; left: since then."
