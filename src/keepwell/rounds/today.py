"""Whom to turn to first this morning? The step of the round that keeps every customer's reasons, and the page read from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.act.reasons import GROUPS, Seen
from keepwell.act.settling import unsettled
from keepwell.act.today import BESIDE, Row, first, pressing, reasons, rows
from keepwell.errors import ModelError
from keepwell.lake.results import Result
from keepwell.measure.spells import spells
from keepwell.rounds.reading import kept, newest, table
from keepwell.rounds.step import Made, Morning, Step
from keepwell.schema.clock import day_number
from keepwell.understand.brought import KINDS
from keepwell.workspace import Workspace

Among = Callable[[ir.Table], ir.Table]
"""Chooses customers among rows with customer_id and owner."""

_FOUND = ("portraits", "risk", "satisfied_but_silent", "paying_and_ignored", "same_package")


def _today(morning: Morning) -> Made:
    """Every reason of every customer, with what could not be told."""
    morning.share(spells)
    refused = {
        name: str(morning.kept(name).about["refused"]) for name in _FOUND if "refused" in morning.kept(name).about
    }
    never = {table: why for kind, table in KINDS.items() if (why := morning.brought.lacking(kind))}
    found = {name: morning.table(name) for name in _FOUND if name not in refused}
    told, lacking = reasons(Seen(morning.facts, found, {**never, **refused}))
    people = morning.facts.read("customers").select("customer_id", "name", "owner")
    told = told.left_join(people, "customer_id").drop("customer_id_right")
    if "portraits" in found:
        told = told.left_join(found["portraits"].select("customer_id", *BESIDE), "customer_id").drop(
            "customer_id_right"
        )
    return Made(told, {"lacking": lacking})


TODAY = Step(
    "today",
    "whom to turn to today",
    _today,
    ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers"),
    after=_FOUND,
    version=5,
)

PRESSING = Step(
    "pressing",
    "what everybody is turned to for",
    lambda morning: Made(pressing(morning.table("today"))),
    (),
    after=("today",),
)
"""Kept beside the reasons, so that Today ranks a million customers without putting all their reasons together again."""


@dataclass(frozen=True)
class Today:
    """
    One morning's work.

    Args:
        morning: Of the round it was read from.
        rows: The most pressing customers of every group, group by group.
        customers: Group -> how many customers' most pressing reason is of it.
        lacking: Reasons nothing is known of: id -> why, in sentences.
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
    told, order = _told(workspace, found), table(workspace, found, "pressing")
    if settled is not None and len(settled):
        theirs = ibis.memtable(settled[["customer_id"]].drop_duplicates(), schema=_ID)
        left = unsettled(told, settled, day_number(morning))
        order = order.anti_join(theirs, "customer_id").union(
            pressing(left.semi_join(theirs, "customer_id")).select(order.columns)
        )
        told = left
    if among is not None:
        order = among(order)
    page = workspace.run(first(order, limit))
    groups = page[["group_place", "customers"]].drop_duplicates()
    customers = {list(GROUPS.values())[place]: int(n) for place, n in groups.itertuples(index=False)}
    return Today(
        morning, _rows(workspace, told, list(page["customer_id"])), customers, dict(found["today"].about["lacking"])
    )


_ID = ibis.schema({"customer_id": "string"})


def _rows(workspace: Workspace, told: ir.Table, customers: list[str]) -> list[Row]:
    """The rows of customers, in that order."""
    place = {id: place for place, id in enumerate(customers)}
    if not place:
        return []
    found = workspace.run(told.filter(told.customer_id.isin(customers)))
    return rows(found.sort_values("customer_id", key=lambda ids: ids.map(place)), workspace.settings.currency)


def _told(workspace: Workspace, found: Mapping[str, Result]) -> ir.Table:
    told = table(workspace, found, "today")
    if not {"name", "owner"} <= set(told.columns) or "pressing" not in found:
        raise ModelError("The round was taken by an older version.", "", "Take it again: keepwell round")
    return told


def about(workspace: Workspace, customers: list[str], as_of: date | None = None) -> list[Row]:
    """
    The rows of some customers, whatever people decided of them; who has no reason has no row.

    Raises:
        ModelError: No round was taken.
    """
    told = _told(workspace, kept(workspace, newest(workspace, as_of, "today")))
    return _rows(workspace, told, customers)
