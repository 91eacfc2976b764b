"""Who costs more than they bring, and nobody decided what to do? Never more than a list: nothing is done to anybody because of it."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import _

from keepwell.act.customer import contributions
from keepwell.measure.facts import Facts
from keepwell.rounds.customer import margin
from keepwell.workspace import Workspace

_FILE, _FORM, _DIGEST = "losing.parquet", 1, b"keepwell.of"
"""Kept beside the lake: everybody who loses, as long as the data are the same; and by which digest they are known."""


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
    words: str = "",
    limit: int = 100,
    offset: int = 0,
) -> Losing:
    """
    Who has contributed less than nothing in the last 365 days.

    Args:
        workspace: The company, opened.
        among: Chooses rows of a table with customer_id and owner; None is everybody.
        decided: Customers of whom a decision holds.
        words: Only those whose name, id or owner holds it; "" is all.
        limit: How many are listed.
        offset: How many before them are not.
    """
    share, named = margin(workspace)
    if not named:
        return Losing(margin=share, lacking=True)
    kept = _kept(workspace)
    everybody: Any = ibis.memtable(kept if kept is not None else _made(workspace))
    told = among(everybody) if among else everybody
    if decided:
        holding = ibis.memtable({"customer_id": sorted(decided)}, schema=ibis.schema({"customer_id": "string"}))
        told = told.anti_join(holding, "customer_id")
    if words:
        sides = (told.name, told.customer_id, told.owner)
        told = told.filter(ibis.or_(*(side.fill_null("").lower().contains(words.lower()) for side in sides)))
    many = int(workspace.lake.arrow(told.agg(n=told.count()))["n"][0].as_py())
    rows = workspace.lake.arrow(told.order_by("value", "customer_id").limit(limit, offset=offset)).to_pylist()
    return Losing([{**row, "name": row["name"] or row["customer_id"]} for row in rows], many, share)


def ready(workspace: Workspace) -> bool:
    """Whether it stands ready for the data as they are now, or there is nothing to work out."""
    return not margin(workspace)[1] or _kept(workspace) is not None


def _kept(workspace: Workspace) -> pa.Table | None:
    """Who loses, as kept of the very same data; None where nothing is."""
    try:
        found = pq.read_table(workspace.lake.work / _FILE)
    except (OSError, pa.ArrowInvalid):
        return None
    return found if (found.schema.metadata or {}).get(_DIGEST) == _digest(workspace) else None


def _digest(workspace: Workspace) -> bytes:
    told = (_FORM, sorted(workspace.lake.state().items()), workspace.as_of, workspace.settings.model_dump_json())
    return sha256(repr(told).encode()).hexdigest().encode()


def _made(workspace: Workspace) -> pa.Table:
    """Who loses, worked out now and kept: of few customers a cost names anybody, and only theirs are looked at."""
    share, _named = margin(workspace)
    facts = workspace.facts()
    sums = contributions(replace(facts, only=_costly(workspace, facts))).filter(_.costs > 0)
    kept = ibis.ifelse(sums.goods > 0, 1.0, 1.0 if share is None else share)
    sums = sums.mutate(value=sums.revenue * kept - sums.costs)
    people = facts.read("customers").select("customer_id", "name", "owner")
    told = sums.filter(sums.value < 0).inner_join(people, "customer_id")
    found = workspace.lake.arrow(told.select("customer_id", "name", "owner", "revenue", "costs", "value"))
    found = found.replace_schema_metadata({_DIGEST: _digest(workspace)})
    making = workspace.lake.work / f"{_FILE}.{os.getpid()}.{threading.get_ident()}"
    try:
        pq.write_table(found, making)
        making.replace(workspace.lake.work / _FILE)
    except OSError:
        making.unlink(missing_ok=True)  # a full or read-only disk costs time, not the answer
    return found


def _costly(workspace: Workspace, facts: Facts) -> ir.Table:
    """Customers some cost names."""
    costs = facts.read("costs")
    return workspace.lake.aside(costs.filter(costs.customer_id.notnull()).select("customer_id").distinct())
