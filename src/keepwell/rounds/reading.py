"""What did the round find? Portraits of a morning, all, some or one."""

import difflib
from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import ModelError
from keepwell.lake.results import Result
from keepwell.schema.expressions import parse
from keepwell.workspace import Workspace


def mornings(workspace: Workspace) -> list[date]:
    """The mornings of rounds, oldest first, none later than the data reach: one taken before the newest days were taken back is not read."""
    return [morning for morning in workspace.lake.mornings() if morning <= workspace.as_of]


def newest(workspace: Workspace, as_of: date | None = None, step: str = "portraits") -> date:
    """
    The morning whose round is read.

    Args:
        workspace: The company, opened.
        as_of: The morning asked for; None is the newest whose round reached the step.
        step: What is wanted of it.

    Raises:
        ModelError: There is no such round.
    """
    lake = workspace.lake
    asked = [as_of] if as_of else reversed(mornings(workspace))
    if found := next((morning for morning in asked if step in lake.kept(morning)), None):
        return found
    whole = [morning for morning in lake.mornings() if step in lake.kept(morning)]
    raise ModelError(
        f"No round was taken of {as_of or 'this company'} yet.",
        f"There are rounds of {', '.join(map(str, whole))}." if whole else "",
        "Take it: keepwell round" + (f" --as-of {as_of}" if as_of else ""),
    )


def kept(workspace: Workspace, as_of: date | None = None) -> dict[str, Result]:
    """What the round of a morning kept; see newest()."""
    return workspace.lake.kept(newest(workspace, as_of))


def table(workspace: Workspace, found: Mapping[str, Result], name: str) -> ir.Table:
    """What a round kept under a name, read from where it was laid for pages, if it was; see Lake.lay."""
    there = workspace.lake.laid(name, found[name].digest[:16])
    return workspace.lake.result(found[name]) if there is None else there


def chosen(workspace: Workspace, where: str | None, by: str, as_of: date | None = None) -> pd.DataFrame:
    """
    Portraits, the largest of a column first.

    Args:
        workspace: The company, opened.
        where: Segment expression over the portraits' columns; None is everybody.
        by: The column they are ordered by.
        as_of: The morning; None is the newest.

    Raises:
        ModelError: No round, or no such column.
        ExpressionError: The segment expression is wrong.
    """
    people = workspace.lake.result(kept(workspace, as_of)["portraits"])
    if by not in people.columns:
        near = difflib.get_close_matches(by, people.columns, n=3) or sorted(people.columns)
        raise ModelError(f"Portraits have no column {by!r}.", f"Did you mean {', '.join(near)}?", "Choose one of them.")
    if where:
        people = people.filter(parse(where, people, zone=workspace.settings.time_zone))
    return workspace.run(people.order_by(people[by].desc(nulls_first=False), people.customer_id))


def one(workspace: Workspace, customer: str, as_of: date | None = None) -> dict[str, Any]:
    """
    One customer's portrait.

    Raises:
        ModelError: No round, or nobody of that id.
    """
    people = workspace.lake.result(kept(workspace, as_of)["portraits"])
    found = workspace.run(people.filter(people.customer_id == customer))
    if found.empty:
        raise ModelError(
            f"There is no customer {customer!r} in the portraits.",
            "An id is wanted as it was imported.",
            "`keepwell portraits` lists them; after an import take `keepwell round` again.",
        )
    return {str(column): value for column, value in found.iloc[0].items()}


def finding(workspace: Workspace, name: str, as_of: date | None = None) -> tuple[dict[str, Any], pd.DataFrame]:
    """
    What one step of the round found: what is known of it, and its rows.

    Raises:
        ModelError: No round, or no step of that name.
    """
    found = kept(workspace, as_of)
    if name not in found:
        near = difflib.get_close_matches(name, found, n=3) or sorted(found)
        raise ModelError(f"The round has no {name!r}.", f"Did you mean {', '.join(near)}?", "Choose one of them.")
    return dict(found[name].about), workspace.run(workspace.lake.result(found[name]))
