"""Which interviews are due, and why were customers lost? The lake's movements beside what was kept here."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.act.interviews import DUE, REASON_DAYS, bought, left, stayed
from keepwell.rounds.reading import newest
from keepwell.schema.clock import date_number, day_number, day_of
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.models import Interview, Loss
from keepwell.workspace import Workspace

DAYS = 365
"""Days back of which losses are told."""

_MADE = {"customer_id": "string", "kind": "string", "day": "int32"}
_TOLD = {"customer_id": "string", "left_on": "date", "root_here": "string", "evidence_here": "string"}


def due(opened: Workspace, whose: Seen, *, limit: int = 50) -> tuple[pd.DataFrame, dict[str, int]]:
    """
    Interviews that should be held and nobody has opened yet.

    Args:
        opened: The company.
        whose: The customers that are seen.
        limit: Rows of a kind.

    Returns:
        customer_id, name, owner, kind, because, happened_on, due, late, value; the dearest of a kind first; and kind -> how many.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    facts, kept = opened.facts(as_of=morning), opened.lake.kept(morning)
    people = opened.lake.result(kept["portraits"])
    told = ibis.union(bought(facts, people), stayed(facts, people), left(facts, opened.lake.result(kept["leaving"])))
    first = ibis.row_number().over(group_by=["customer_id", "kind"], order_by=[ibis.desc("day"), "because"])
    told = told.mutate(first=first).filter(_.first == 0).drop("first")
    told = told.anti_join(_made(), ["customer_id", "kind", "day"])
    who = whose.of(people).select(
        "customer_id", "name", "owner", value=people.value_year.fill_null(people.net.cast("float64")).fill_null(0.0)
    )
    told = told.inner_join(who, "customer_id")
    rank = ibis.row_number().over(group_by="kind", order_by=[ibis.desc("value"), "customer_id"])
    told = told.mutate(rank=rank, n=told.customer_id.count().over(ibis.window(group_by="kind")))
    rows = opened.run(told.filter(_.rank < limit).order_by("kind", "rank"))
    rows["happened_on"] = [day_of(day) for day in rows["day"]]
    rows["due"] = [day + timedelta(days=DUE[kind]) for day, kind in zip(rows["happened_on"], rows["kind"], strict=True)]
    rows["late"] = [day < morning for day in rows["due"]]
    return rows, {str(kind): int(n) for kind, n in rows.groupby("kind")["n"].first().items()}


def _made() -> ir.Table:
    """Interviews there are already, by what they are about."""
    made = [
        (who, kind, day_number(day))
        for who, kind, day in Interview.objects.values_list("customer_id", "kind", "happened_on")
    ]
    return ibis.memtable(pd.DataFrame(made, columns=list(_MADE)), schema=ibis.schema(_MADE))


@dataclass(frozen=True)
class Losses:
    """
    Losses of the last months.

    Args:
        morning: As of which.
        n: How many customers were lost.
        unknown: Of how many nobody knows why.
        late: Of how many nobody has told why within fourteen days.
        table: Reason -> segment -> how many; "" is not known.
        segments: In order.
        rows: The newest first.
    """

    morning: date
    n: int
    unknown: int
    late: int
    table: dict[str, dict[str, int]]
    segments: list[str]
    rows: list[dict[str, Any]]


def losses(
    opened: Workspace,
    whose: Seen,
    *,
    root: str | None = None,
    segment: str | None = None,
    late: bool = False,
    limit: int = 100,
) -> Losses:
    """
    The register of losses: what people told before what the data tell.

    Args:
        opened: The company.
        whose: The customers that are seen.
        root: Only losses of that reason, "" of none; None is all.
        segment: Only those of that value segment.
        late: Only those whose reason is overdue.
        limit: Rows.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    kept = opened.lake.kept(morning)
    lost = opened.lake.result(kept["leaving"])
    lost = lost.filter(date_number(lost.left_on) >= day_number(morning) - DAYS)
    people = whose.of(opened.lake.result(kept["portraits"])).select(
        "customer_id", "name", "owner", segment=_.value_segment.fill_null("small")
    )
    both = lost.inner_join(people, "customer_id")
    both = both.left_join(_told(morning), ["customer_id", "left_on"], rname="{name}_r")
    reason = ibis.coalesce(both.root_here, both.root).fill_null("")
    both = both.mutate(
        reason=reason, by_us=both.root_here.notnull(), rests=ibis.coalesce(both.evidence_here, both.evidence),
        overdue=(reason == "") & (date_number(both.left_on) <= day_number(morning) - REASON_DAYS),
    ).select("customer_id", "name", "owner", "segment", "left_on", "reason", "rests", "told", "by_us", "overdue")  # fmt: skip
    cells = opened.run(both.group_by("reason", "segment").agg(n=_.count(), late=_.overdue.sum().fill_null(0)))
    chosen = both if root is None else both.filter(both.reason == root)
    chosen = chosen.filter(chosen.segment == segment) if segment else chosen
    chosen = chosen.filter(chosen.overdue) if late else chosen
    rows = opened.run(chosen.order_by(ibis.desc("left_on"), "customer_id").limit(limit))
    return _counted(
        morning,
        cells,
        [
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
            for row in rows.to_dict("records")
        ],
    )


def _counted(morning: date, cells: pd.DataFrame, rows: list[dict[str, Any]]) -> Losses:
    table: dict[str, dict[str, int]] = {}
    for row in cells.to_dict("records"):
        table.setdefault(str(row["reason"]), {})[str(row["segment"])] = int(row["n"])
    ordered = dict(sorted(table.items(), key=lambda each: (each[0] == "", -sum(each[1].values()), each[0])))
    segments = [name for name in ("top", "middle", "small") if name in set(cells["segment"])]
    return Losses(
        morning,
        int(cells["n"].sum()),
        sum(table.get("", {}).values()),
        int(cells["late"].sum()),
        ordered,
        segments,
        rows,
    )


def _told(morning: date) -> ir.Table:
    kept = Loss.objects.filter(left_on__gte=morning - timedelta(days=DAYS)).values_list(
        "customer_id", "left_on", "root", "evidence"
    )
    return ibis.memtable(pd.DataFrame.from_records(kept, columns=list(_TOLD)), schema=ibis.schema(_TOLD))
