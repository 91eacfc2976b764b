"""Whom to turn to first this morning? The step of the round that keeps every customer's reasons, and the page read from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from keepwell.act.reasons import GROUPS, Seen
from keepwell.act.settling import unsettled
from keepwell.act.today import Row, ranked, reasons, rows
from keepwell.errors import ModelError
from keepwell.measure.spells import spells
from keepwell.rounds.reading import kept, newest
from keepwell.rounds.step import Made, Morning, Step
from keepwell.schema.clock import day_number
from keepwell.workspace import Workspace

Among = Callable[[ir.Table], ir.Table]
"""Chooses customers among rows with customer_id and owner."""

_FOUND = ("portraits", "risk", "satisfied_but_silent", "paying_and_ignored", "same_package")


def _today(morning: Morning) -> Made:
    """Every reason of every customer, with what could not be told."""
    morning.share(spells)
    refused = {name for name in _FOUND if "refused" in morning.kept(name).about}
    found = {name: morning.table(name) for name in _FOUND if name not in refused}
    told, lacking = reasons(Seen(morning.facts, found))
    owners = morning.facts.read("customers").select("customer_id", "owner")
    return Made(told.left_join(owners, "customer_id").drop("customer_id_right"), {"lacking": lacking})


TODAY = Step(
    "today",
    "whom to turn to today",
    _today,
    ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers"),
    after=_FOUND,
    version=2,
)


@dataclass(frozen=True)
class Today:
    """
    One morning's work.

    Args:
        morning: Of the round it was read from.
        rows: The most pressing customers of every group, group by group.
        customers: Group -> how many customers' most pressing reason is of it.
        lacking: Reasons nothing is known of: id -> what is missing.
    """

    morning: date
    rows: list[Row]
    customers: dict[str, int]
    lacking: dict[str, str]


def today(
    workspace: Workspace,
    *,
    among: Among | None = None,
    settled: pd.DataFrame | None = None,
    limit: int = 10,
    as_of: date | None = None,
) -> Today:
    """
    Whom to turn to first.

    Args:
        workspace: The company, opened.
        among: Chooses rows of a table with customer_id and owner; None is everybody's.
        settled: What people decided of reasons, in the columns of act.settling.DECIDED; None is nothing.
        limit: How many customers of every group.
        as_of: The morning; None is the newest whose round reached it.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(workspace, as_of, "today")
    found = kept(workspace, morning)
    lake = workspace.lake
    told, people = lake.result(found["today"]), lake.result(found["portraits"])
    if "owner" not in told.columns:
        raise ModelError("The round was taken by an older version.", "", "Take it again: keepwell round")
    if settled is not None and len(settled):
        told = unsettled(told, settled, day_number(morning))
    if among is not None:
        told = among(told)
    order = ranked(told)
    page = workspace.run(order.filter(order.rank < limit).order_by("place", "rank"))
    counted = workspace.run(order.group_by("place").agg(n=order.count()).order_by("place"))
    customers = {list(GROUPS.values())[place]: int(n) for place, n in counted.itertuples(index=False)}
    theirs = _of(told, page["customer_id"].tolist())
    who = _of(people.select("customer_id", "name", "owner"), page["customer_id"].tolist())
    listed = rows(page, workspace.run(theirs), workspace.run(who), workspace.settings.currency)
    return Today(morning, listed, customers, dict(found["today"].about["lacking"]))


def about(workspace: Workspace, customers: list[str], as_of: date | None = None) -> list[Row]:
    """
    The rows of some customers, whatever people decided of them; who has no reason has no row.

    Raises:
        ModelError: No round was taken.
    """
    found = kept(workspace, newest(workspace, as_of, "today"))
    told, people = workspace.lake.result(found["today"]), workspace.lake.result(found["portraits"])
    theirs = _of(told, customers)
    why, who = workspace.run(theirs), workspace.run(_of(people.select("customer_id", "name", "owner"), customers))
    order = workspace.run(ranked(theirs).order_by("place", "rank"))
    return rows(order, why, who, workspace.settings.currency)


def _of(table: ir.Table, customers: list[str]) -> ir.Table:
    return table.filter(table.customer_id.isin(customers))
