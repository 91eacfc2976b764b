"""keepwell metrics, measure: which figures are there, and what do they say?"""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import typer

from keepwell.cli.companies import dated
from keepwell.cli.printing import AsJson, Day, Folder, counted, day, opened, plain, say, show_csv, show_json, show_table
from keepwell.errors import MetricError
from keepwell.measure import METRICS
from keepwell.measure.metric import Metric, find
from keepwell.measure.question import Answer, Question


def register(app: typer.Typer) -> None:
    """Add the room's commands."""
    app.command()(metrics)
    app.command()(measure)


def metrics(as_json: AsJson = False) -> None:
    """List every metric with the question it answers."""
    if as_json:
        show_json([describe(metric) for metric in METRICS.values()])
        return
    for family in dict.fromkeys(metric.family for metric in METRICS.values()):
        say(f"\n{family.replace('_', ' ')}", style="bold")
        for metric in METRICS.values():
            if metric.family == family:
                say(f"  {metric.id:<24} {metric.question}")


def describe(metric: Metric) -> dict[str, Any]:
    """A metric's definition as plain data."""
    told = ("id", "name", "question", "formula", "unit", "misleads", "source", "version", "family", "options")
    return {name: getattr(metric, name) for name in told}


def measure(
    metric: Annotated[str, typer.Argument(help="Id of a metric; `keepwell metrics` lists them.")],
    workspace: Folder = ".",  # type: ignore[assignment]
    period: Annotated[
        str, typer.Option(help="day, week, month, quarter, half, year, or rolling such as 30d.")
    ] = "month",
    start: Day = None,
    end: Day = None,
    as_of: Day = None,
    by: Annotated[
        str | None, typer.Option(help="Break down by a trait: country, source, first_plan, traits.x …")
    ] = None,
    where: Annotated[str | None, typer.Option(help="Only customers of a segment, such as 'orders >= 3'.")] = None,
    option: Annotated[list[str] | None, typer.Option("--set", help="An option of the metric: name=value.")] = None,
    members: Annotated[
        str | None, typer.Option(help="List the customers behind a number: a group such as lost, or all.")
    ] = None,
    cell: Annotated[list[str] | None, typer.Option(help="Which cell to list: period=2025-03, age=2 …")] = None,
    explain: Annotated[bool, typer.Option(help="Say how the figures come about.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask one metric of the company's data."""
    definition = find(metric)
    with opened(workspace) as company:
        question = company.question(
            metric, periods=period, start=day(start), end=day(end), as_of=day(as_of), by=by, where=where,
            options=_options(definition, option or []),
        )  # fmt: skip
        if members is not None or cell:
            group = None if members in (None, "all") else members
            asked = _pairs(cell or [])
            people = company.members(question, asked, group)
            _show_members(people, as_json, csv, f"{company.company.name}{_over(question, asked)}")
            return
        answer, known = question.answer(company.run(question.totals)), dated(company)
    if as_json:
        show_json(
            {
                "metric": describe(definition),
                "as_of": answer.as_of,
                "explained": answer.explain(),
                "cells": answer.frame,
            }
        )
    elif csv:
        show_csv(answer.frame, ("value",) if definition.unit == "money" else ())
    elif known:
        _show(answer, explain)
    else:
        say("Not enough data: nothing dated was imported, so nothing can be told over time.")


def _show_members(people: Any, as_json: bool, csv: bool, whose: str) -> None:
    if as_json:
        show_json(people)
    elif csv:
        show_csv(people)
    else:
        show_table(people)
        say(f"{counted(len(people), 'customer')} of {whose}.")


def _over(question: Question, cell: dict[str, Any]) -> str:
    """What a list of customers spans, where no cell says it."""
    times = [column for column in ("period", "cohort") if column in question.cases.cell]
    if not times or set(times) & set(cell) or len(question.periods) == 1:
        return ""
    last = [period.label for period in question.periods][-1]
    return f": everybody over all {len(question.periods)} periods; one of them: --cell {times[0]}={last}"


def _show(answer: Answer, explain: bool) -> None:
    definition, frame = answer.question.metric, answer.frame
    if frame.empty:
        say(f"Not enough data: no customer of this company has a part in {definition.id} before {answer.as_of}.")
    else:
        shown = frame.drop(columns=["complete", "reason"], errors="ignore")
        if not frame["complete"].all():
            shown = shown.assign(note=["" if whole else "to date" for whole in frame["complete"]])
        show_table(
            shown,
            title=f"{definition.name}: {definition.question}",
            formats={"value": _in_unit(definition.unit)},
            keep=(*answer.question.cases.cell, "value", "note"),
        )
    if explain or frame.empty:
        say("\n" + answer.explain())
    else:
        say(
            f"{definition.formula}. Known up to and including {answer.as_of - timedelta(days=1)}. --explain says more.",
            style="dim",
        )


def _in_unit(unit: str) -> Callable[[Any], str]:
    forms = {"share": "{:.1%}", "money": "{:,.2f}", "days": "{:,.1f} d", "months": "{:,.1f} mo", "ratio": "{:,.2f}"}

    def written(value: Any) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "–"
        counted_in = "{:,.0f}" if float(value).is_integer() else "{:,.2f}"
        return forms.get(unit, counted_in).format(float(value))

    return written


def _pairs(given: list[str]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for item in given:
        name, sign, value = item.partition("=")
        if not sign or not name:
            raise MetricError(f"{item!r} is not name=value.", "For example period=2025-03.", "Correct it.")
        pairs[name] = int(value) if value.lstrip("-").isdecimal() and name not in ("period", "cohort", "by") else value
    return pairs


def _options(definition: Metric, given: list[str]) -> dict[str, Any]:
    """Options as the metric's defaults are typed."""
    typed: dict[str, Any] = {}
    for name, value in _pairs(given).items():
        default = definition.options.get(name)
        if isinstance(default, bool):
            value = str(value).lower() in ("true", "yes", "1")
        elif isinstance(default, str):
            value = str(value)
        elif isinstance(default, tuple):
            value = tuple(int(part) if part.isdecimal() else part for part in str(value).split(","))
        typed[name] = value
    return typed


__all__ = ["describe", "plain", "register"]
