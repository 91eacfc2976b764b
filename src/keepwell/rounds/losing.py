"""Who costs more than they bring, and nobody decided what to do? Never more than a list: nothing is done to anybody because of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.act.customer import contributions
from keepwell.rounds.customer import margin
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Losing:
    """
    Customers who cost more than they bring.

    Args:
        rows: The largest loss first: customer_id, name, owner, revenue, costs, value (below 0; where no margin is known the loss
            there is at least).
        customers: How many there are.
        margin: The share of revenue counted; None: not known, so only who costs more than the whole revenue is listed.
        lacking: Why nobody can be listed, "" where somebody can.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    customers: int = 0
    margin: float | None = None
    lacking: bool = False


def losing(
    workspace: Workspace,
    *,
    among: Callable[[ir.Table], ir.Table] | None = None,
    decided: Sequence[str] = (),
    limit: int = 100,
) -> Losing:
    """
    Who has contributed less than nothing in the last 365 days.

    Args:
        workspace: The company, opened.
        among: Chooses rows of a table with customer_id and owner; None is everybody.
        decided: Customers of whom a decision holds.
        limit: How many are listed.
    """
    share, named = margin(workspace)
    if not named:
        return Losing(margin=share, lacking=True)
    facts = workspace.facts()
    people = facts.read("customers").select("customer_id", "name", "owner")
    sums = contributions(facts).filter(ibis._.costs > 0)
    kept = ibis.ifelse(sums.goods > 0, 1.0, 1.0 if share is None else share)
    sums = sums.mutate(value=sums.revenue * kept - sums.costs)
    told = sums.filter(sums.value < 0).join(among(people) if among else people, "customer_id")
    if decided:
        told = told.filter(~told.customer_id.isin(list(decided)))
    rows = workspace.lake.arrow(told.order_by("value", "customer_id").limit(limit)).to_pylist()
    many = int(workspace.run(told.agg(n=told.count()))["n"].iloc[0]) if len(rows) == limit else len(rows)
    return Losing([{**row, "name": row["name"] or row["customer_id"]} for row in rows], many, share)
