"""Why were customers lost? What people told before what the data tell, by segment, product and seller."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.act.interviews import REASON_DAYS
from keepwell.errors import ModelError
from keepwell.rounds.lost import DAYS
from keepwell.rounds.reading import newest
from keepwell.schema.clock import date_number, day_number
from keepwell.understand.segments import NOTHING, VALUES
from keepwell.web.base.paging import before
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.models import Loss
from keepwell.workspace import Workspace

SIDES = ("segment", "product", "seller")
"""By what reasons are told."""

_WIDEST = 8
"""Columns of the table; those with fewer losses are told together."""

_TOLD = {"customer_id": "string", "left_on": "date", "root_here": "string", "evidence_here": "string"}
_TIERS = (*VALUES, NOTHING)


@dataclass(frozen=True)
class Asked:
    """
    What is wanted of the register.

    Args:
        by: One of SIDES: the columns of the table.
        root: Only losses of that reason, "" of none; None is all.
        only: Side -> only losses of that one, "" is of whom it is not known.
        late: Only those whose reason is overdue.
    """

    by: str = "segment"
    root: str | None = None
    only: tuple[tuple[str, str], ...] = ()
    late: bool = False


@dataclass(frozen=True)
class Losses:
    """
    Losses of the last months.

    Args:
        morning: As of which.
        n: How many customers were lost.
        unknown: Of how many nobody knows why.
        late: Of how many nobody has told why within fourteen days.
        ripe: How many were lost so long ago that the reason should be told.
        table: Reason -> column -> how many; the reason "" is not known.
        columns: In order; "" is not known.
        others: Columns that are not shown, for their losses are few.
        rows: The newest first.
        shown: How many losses are of what was asked.
    """

    morning: date
    n: int
    unknown: int
    late: int
    ripe: int
    table: dict[str, dict[str, int]]
    columns: list[str]
    others: int
    rows: list[dict[str, Any]]
    shown: int


def losses(opened: Workspace, whose: Seen, asked: Asked | None = None, *, page: int = 1, limit: int = 100) -> Losses:
    """
    The register of losses.

    Args:
        opened: The company.
        whose: The customers that are seen.
        asked: What is wanted; None is all, by segment.
        page: Which part of the rows, counted from one.
        limit: Rows of a page.

    Raises:
        ModelError: No round was taken.
    """
    asked = asked or Asked()
    morning = newest(opened)
    both = _register(opened, whose, morning)
    for side, value in asked.only:
        both = both.filter(both[side] == value)
    sums = {"n": _.count(), "late": _.overdue.sum().fill_null(0), "ripe": _.ripe.sum().fill_null(0)}
    cells = opened.run(both.group_by("reason", column=both[asked.by]).agg(**sums))
    shown = _shown(cells, asked)
    rows = _rows(opened, both, asked, before(shown, page, limit), limit) if limit else []
    return _counted(morning, asked, cells, rows, shown)


def _rows(opened: Workspace, both: ir.Table, asked: Asked, after: int, limit: int) -> list[dict[str, Any]]:
    """The losses that are asked for."""
    chosen = both if asked.root is None else both.filter(both.reason == asked.root)
    chosen = chosen.filter(chosen.overdue) if asked.late else chosen
    told = chosen.order_by([ibis.desc("left_on"), "customer_id"]).limit(limit, offset=after)
    return [{str(name): _plain(value) for name, value in row.items()} for row in opened.run(told).to_dict("records")]


def _shown(cells: pd.DataFrame, asked: Asked) -> int:
    """How many losses are of what was asked."""
    chosen = cells if asked.root is None else cells[cells["reason"] == asked.root]
    return int(chosen["late" if asked.late else "n"].sum())


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def _register(opened: Workspace, whose: Seen, morning: date) -> ir.Table:
    """Every loss that is seen, with its reason, what it rests on, and the three sides it is told by ("" where not known)."""
    kept = opened.lake.kept(morning)
    if "lost" not in kept:
        raise ModelError("The round was taken by an older version.", "", "Take it again: keepwell round")
    lost = opened.lake.result(kept["leaving"])
    lost = lost.filter(date_number(lost.left_on) >= day_number(morning) - DAYS)
    people = whose.of(opened.lake.result(kept["portraits"])).semi_join(lost, "customer_id")
    people = people.select("customer_id", "name", "owner", segment=_.value_segment.fill_null(""))
    both = lost.inner_join(people, "customer_id")
    both = both.left_join(_told(morning), ["customer_id", "left_on"], rname="{name}_r")
    both = both.left_join(opened.lake.result(kept["lost"]), "customer_id", rname="{name}_s")
    reason = ibis.coalesce(both.root_here, both.root).fill_null("")
    ripe = date_number(both.left_on) <= day_number(morning) - REASON_DAYS
    return both.mutate(
        reason=reason, by_us=both.root_here.notnull(), rests=ibis.coalesce(both.evidence_here, both.evidence),
        ripe=ripe, overdue=(reason == "") & ripe, product=both.product.fill_null(""), seller=both.seller.fill_null(""),
    ).select(
        "customer_id", "name", "owner", *SIDES, "left_on", "reason", "rests", "told", "by_us", "ripe", "overdue",
    )  # fmt: skip


def _counted(morning: date, asked: Asked, cells: pd.DataFrame, rows: list[dict[str, Any]], shown: int) -> Losses:
    sizes = cells.groupby("column")["n"].sum()
    largest = sorted(sizes.index, key=lambda name: (-int(sizes[name]), str(name)))
    columns = [name for name in (*_TIERS, "") if name in sizes.index] if asked.by == "segment" else largest[:_WIDEST]
    columns = [*(name for name in columns if name), *(name for name in columns if not name)]
    table: dict[str, dict[str, int]] = {}
    for row in cells.to_dict("records"):
        parts = table.setdefault(str(row["reason"]), {})
        parts[str(row["column"])] = parts.get(str(row["column"]), 0) + int(row["n"])
    ordered = dict(sorted(table.items(), key=lambda each: (each[0] == "", -sum(each[1].values()), each[0])))
    return Losses(
        morning, int(cells["n"].sum()), sum(table.get("", {}).values()), int(cells["late"].sum()), int(cells["ripe"].sum()),
        ordered, columns, len(sizes) - len(columns), rows, shown,
    )  # fmt: skip


def _told(morning: date) -> ir.Table:
    kept = Loss.objects.filter(left_on__gte=morning - timedelta(days=DAYS)).values_list(
        "customer_id", "left_on", "root", "evidence"
    )
    return ibis.memtable(pd.DataFrame.from_records(kept, columns=list(_TOLD)), schema=ibis.schema(_TOLD))
