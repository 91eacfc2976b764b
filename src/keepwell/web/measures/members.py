"""Who stands behind a figure? Those whoever asks may see, and how many more there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from django.utils.translation import gettext as _

from keepwell.errors import ConfigError
from keepwell.measure.question import Question
from keepwell.web.base.paging import before
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.answers import Told
from keepwell.workspace import Workspace

SHOWN = 100
"""Customers on one page."""


ALL = "all"
"""How an address asks for everybody of a cell, of no group."""

_WHOLES = ("at_start", "start", "existing", "eligible", "closed", "buyers", "customers")
"""Groups a share is a share of, the first of those there are."""


@dataclass(frozen=True)
class Behind:
    """
    The customers behind a figure.

    Args:
        rows: Those of one page: customer_id, name, owner.
        seen: How many of them whoever asks may see.
        all: How many there are.
    """

    rows: pd.DataFrame
    seen: int
    all: int


def cell_of(told: Told, said: Mapping[str, str]) -> dict[str, Any]:
    """
    The cell an address names, with its values as the answer has them.

    Args:
        told: The answer.
        said: Of the address: cell.period and the like.

    Raises:
        ConfigError: There is no such cell.
    """
    found: dict[str, Any] = {}
    for column in told.cell:
        wanted = said.get(f"cell.{column}")
        if wanted is None:
            continue
        fits = [value for value in told.frame[column].unique() if str(value) == wanted]
        if not fits:
            raise ConfigError(_("There is no such figure any more."), "", _("Open the measure again, and choose one."))
        value = fits[0]
        found[column] = value.item() if hasattr(value, "item") else value
    return found


def whole_of(told: Told) -> str:
    """The group that a share is a share of; "" where none is told."""
    return next((name for name in _WHOLES if name in told.groups), "")


def sized(told: Told, cell: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    """Every group with how many it counts in a cell; None where the cell is many, or it is not counted."""
    row = _row(told, cell)
    return [(name, _count(row, name)) for name in told.groups]


def split(told: Told, cell: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """Of how many a share is, and how many of those are in it and are not; None where it is no share of customers."""
    row, whole = _row(told, cell), whole_of(told)
    all_, kept = _count(row, whole), _count(row, "kept")
    if all_ is None or kept is None or row is None:
        return None
    share = float(row["value"]) if row["value"] == row["value"] else None
    return (all_, kept, all_ - kept) if share is not None and all_ and abs(kept / all_ - share) < _SAME else None


_SAME = 1e-9


def _row(told: Told, cell: Mapping[str, Any]) -> Any:
    """The one row of a cell; None where there are several."""
    frame = told.frame
    for column, value in cell.items():
        frame = frame[frame[column] == value]
    return frame.iloc[0] if len(frame) == 1 else None


def _count(row: Any, group: str) -> int | None:
    if row is None or not group:
        return None
    columns = (f"{group}_customers", f"customers_at_{group}", group)
    column = next((name for name in columns if name in row.index), "")
    value = row[column] if column else None
    return int(value) if isinstance(value, int | np.integer) else None


def behind(
    opened: Workspace, question: Question, cell: Mapping[str, Any], group: str, whose: Seen, page: int = 1
) -> Behind:
    """
    The customers of a cell, one page of them.

    Args:
        opened: The company.
        question: What was asked.
        cell: Which figure.
        group: Which of its groups; "" is everybody.
        whose: Customers whoever asks may see.
        page: Which page, counted from one; past the end the last.
    """
    every = question.members(cell, group or None)
    named = _named(question, every)
    mine = whose.of(named.mutate(all=named.count().over(ibis.window())))
    counted = mine.mutate(seen=mine.count().over(ibis.window())).order_by("customer_id")
    rows = opened.run(counted.limit(SHOWN, offset=(page - 1) * SHOWN))
    if page > 1 and rows.empty:
        first = before(int(opened.run(mine.agg(n=mine.count()))["n"].iloc[0]), page, SHOWN)
        rows = opened.run(counted.limit(SHOWN, offset=first))
    if len(rows):
        return Behind(rows, int(rows["seen"].iloc[0]), int(rows["all"].iloc[0]))
    return Behind(rows, 0, 0 if whose.names is None else int(opened.run(every.agg(n=every.count()))["n"].iloc[0]))


def listed(question: Question, every: ir.Table, whose: Seen) -> ir.Table:
    """Those of some customers that are seen: customer_id, name, owner; in order."""
    return whose.of(_named(question, every)).order_by("customer_id")


def _named(question: Question, every: ir.Table) -> ir.Table:
    people = question.facts.read("customers").select("customer_id", "name", "owner")
    return every.left_join(people, "customer_id").select("customer_id", "name", "owner")
