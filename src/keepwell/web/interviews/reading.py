"""Which interviews are due, and who of the newcomers was asked? The lake's movements beside what was kept here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.act.interviews import DUE, bought, came, left, newcomers, stayed
from keepwell.rounds.reading import newest
from keepwell.schema.clock import day_number, day_of
from keepwell.web.base.paging import before
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.models import Interview, Kind, State
from keepwell.workspace import Workspace

_MADE = {"customer_id": "string", "kind": "string", "day": "int32"}


def due(
    opened: Workspace, whose: Seen, *, limit: int = 50, pages: Mapping[str, int] | None = None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """
    Interviews that should be held and nobody has opened yet.

    Args:
        opened: The company.
        whose: The customers that are seen.
        limit: Rows of a kind on one page.
        pages: Kind -> which page of it, counted from one; the first where none is named, past the end the last.

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
    asked = ibis.cases(*((told.kind == kind.value, (pages or {}).get(kind.value, 1)) for kind in Kind), else_=1)
    told = told.mutate(first=ibis.least(asked - 1, (told.n - 1) // limit) * limit)
    rows = opened.run(told.filter(_.rank >= _.first, _.rank < _.first + limit).order_by("kind", "rank"))
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
class Newcomers:
    """
    Who came, and whether they were asked why they bought.

    Args:
        first: The first day on which they came.
        last: The last one: whoever came later may still be asked in time.
        n: How many came whom one sees.
        states: done, declined, open, none (nobody asked) -> how many.
        rows: customer_id, name, owner, came_on, state; those of greatest value first.
    """

    first: date
    last: date
    n: int
    states: dict[str, int]
    rows: list[dict[str, Any]]

    @property
    def asked(self) -> int:
        """How many told us why they bought."""
        return self.states.get("done", 0)


def new_ones(opened: Workspace, whose: Seen, *, state: str = "", page: int = 1, limit: int = 100) -> Newcomers:
    """
    Newcomers of ninety days, and whether they were asked why they bought.

    Args:
        opened: The company.
        whose: The customers that are seen.
        state: Only those of that state; "" is all.
        page: Which part of them, counted from one.
        limit: Rows of a page.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    people = opened.lake.result(opened.lake.kept(morning)["portraits"])
    told = newcomers(whose.of(people), day_number(morning))
    said = pd.DataFrame(_states().items(), columns=["customer_id", "said"])
    asked = ibis.memtable(said, schema=ibis.schema({"customer_id": "string", "said": "string"}))
    told = told.left_join(asked, "customer_id", rname="{name}_a")
    told = told.mutate(state=told.said.fill_null("none"))
    counted = opened.run(told.group_by("state").agg(n=_.count()))
    chosen = told.filter(told.state == state) if state else told
    states = {str(row["state"]): int(row["n"]) for row in counted.to_dict("records")}
    offset = before(states.get(state, 0) if state else sum(states.values()), page, limit)
    rows = opened.run(chosen.order_by(ibis.desc("value"), "customer_id").limit(limit, offset=offset)).to_dict("records")
    first, last = (day_of(day) for day in came(day_number(morning)))
    return Newcomers(
        first, last, sum(states.values()), states,
        [{"customer_id": row["customer_id"], "name": _plain(row["name"]), "owner": _plain(row["owner"]),
          "came_on": day_of(int(row["day"])), "state": row["state"]} for row in rows],
    )  # fmt: skip


def _states() -> dict[str, str]:
    """How far each customer's interview of why they bought is; one that was held goes before others."""
    order = {State.OPEN: 0, State.DECLINED: 1, State.DONE: 2}
    found = Interview.objects.filter(kind=Kind.BUY).values_list("customer_id", "state")
    return dict(sorted(found, key=lambda each: order[State(each[1])]))


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value
