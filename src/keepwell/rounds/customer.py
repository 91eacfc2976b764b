"""What is known of one customer? Read from the round's results and the lake by their ids alone, so that a page of one stays quick."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from math import isnan
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.act.customer import Contribution, contribution, contributions
from keepwell.errors import ModelError
from keepwell.lake import arranged
from keepwell.lake.remembered import remembered
from keepwell.lake.results import Result
from keepwell.measure.facts import Facts
from keepwell.rounds import reading
from keepwell.rounds.reading import mornings, newest
from keepwell.understand.health import PARTS
from keepwell.understand.offers import MOST
from keepwell.understand.watchlists import WATCHLISTS
from keepwell.workspace import Workspace

_BESIDE = ("health", "moves", "satisfied_but_silent", "paying_and_ignored", "same_package", "discount_dependent")
"""Results with one row of a customer at most, read in one question beside the portrait."""

_CHAIN = 8
"""So many merges one after the other are followed, as facts do."""


@dataclass(frozen=True)
class Ids:
    """
    Under which ids a customer stands in the tables.

    Args:
        customer_id: The one that stays.
        all: With all that were merged into it.
    """

    customer_id: str
    all: tuple[str, ...]


@dataclass(frozen=True)
class HealthPart:
    """One part of a customer's health: its name, how points are given, its share of the weight, and points (None: not known)."""

    name: str
    says: str
    weight: float
    points: float | None
    stale: bool


@dataclass(frozen=True)
class Known:
    """
    What the newest round knows of one customer.

    Args:
        morning: Of the round; None where none was taken.
        portrait: Column by column, None where not known; empty for who came after it.
        before: The round before it, and what it said of their risk, health and price a month; empty where there is none.
        parts: The parts of their health.
        health_told: What the version of health says of itself.
        lists: Watchlist id -> the sentence of a list they are on.
        lacking: Watchlist id -> why nobody can be on it.
        moved: Segment before and now.
        offers: At most twelve: place, product_id, name, because.
        offers_told: How good these offers are, or why there are none.
        refused: Step -> why the round told nothing of it.
    """

    morning: date | None
    portrait: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    parts: list[HealthPart] = field(default_factory=list)
    health_told: str = ""
    lists: dict[str, str] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    moved: tuple[str, str] | None = None
    offers: list[dict[str, Any]] = field(default_factory=list)
    offers_told: str = ""
    refused: dict[str, str] = field(default_factory=dict)


def ids_of(workspace: Workspace, customer_id: str) -> Ids:
    """All ids of a customer: what was merged into theirs, also by way of others."""
    merges = workspace.facts().tables.get("merges")
    found, fresh = [customer_id], [customer_id]
    for _step in range(_CHAIN if merges is not None else 0):
        rows = [row for each in fresh for row in workspace.asked("merged into", partial(_merged, merges), each)]
        fresh = [row["from_customer_id"] for row in rows if row["from_customer_id"] not in found]
        if not fresh:
            break
        found += fresh
    return Ids(customer_id, tuple(found))


def _merged(merges: ir.Table, into: str) -> ir.Table:
    return merges.filter(merges.into_customer_id == into).select("from_customer_id")


def kept_as(workspace: Workspace, customer_id: str) -> str:
    """The id under which somebody is known now who was merged into another; their own where they were not."""
    merges = workspace.facts().tables.get("merges")
    known = customer_id
    for _step in range(_CHAIN if merges is not None else 0):
        into = workspace.asked("merged from", partial(_gone, merges), known)
        if not into:
            break
        known = into[0]["into_customer_id"]
    return known


def _gone(merges: ir.Table, given_up: str) -> ir.Table:
    return merges.filter(merges.from_customer_id == given_up).select("into_customer_id")


def row_of(workspace: Workspace, customer_id: str) -> dict[str, Any] | None:
    """What the source says of a customer, column by column, None where nothing; None where nobody has the id, or was merged away."""
    facts = workspace.facts()
    table = workspace.lake.arrangement().get("customers", facts.tables.get("customers"))
    if table is None or "\0" in customer_id or kept_as(workspace, customer_id) != customer_id:
        return None
    ids = ids_of(workspace, customer_id)
    rows = of_ids(workspace, "customers", partial(_rows, table), ids)
    if set(ids.all) & set(facts.company.excluded_customers):
        return None
    if not rows or (len(ids.all) == 1 and rows[0]["customer_id"] != customer_id):
        return None
    own = [row for row in rows if row["customer_id"] == customer_id]
    return {**(own or sorted(rows, key=lambda row: row["customer_id"]))[0], "customer_id": customer_id}


def _rows(table: ir.Table, ids: Ids) -> ir.Table:
    return table.filter(table.customer_id.isin(ids.all))


def of_ids(
    workspace: Workspace, name: Hashable, make: Callable[[Ids], ir.Table], ids: Ids, *texts: str
) -> list[dict[str, Any]]:
    """
    A question about one customer, put together once for everybody with as many ids.

    Args:
        workspace: The company, opened.
        name: Of the question.
        make: The expression from the ids, and from further texts.
        ids: The customer.
        texts: Further texts the question holds.
    """
    many = len(ids.all)

    def made(*said: str) -> ir.Table:
        return make(Ids(said[0], said[:many]), *said[many:])

    return workspace.asked((name, many, frozenset(workspace.lake.arrangement())), made, *ids.all, *texts)


def facts_of(workspace: Workspace, ids: Ids) -> Facts:
    """The facts of one customer alone: their rows are looked for by id, without following everybody's merges."""
    facts = workspace.facts()
    tables = {
        name: table.filter(table.customer_id.isin(ids.all)).mutate(customer_id=_named(table, ids))
        for name, table in {**facts.tables, **workspace.lake.arrangement()}.items()
        if "customer_id" in table.columns
    }
    return replace(facts, tables=tables)


def _named(table: ir.Table, ids: Ids) -> ir.Value:
    return table.customer_id if len(ids.all) == 1 else ibis.literal(ids.customer_id)


def known_of(workspace: Workspace, customer_id: str) -> Known:
    """What the newest round knows of a customer; without a round nothing, which is said."""
    try:
        morning = newest(workspace)
    except ModelError:
        return Known(None)
    kept = workspace.lake.kept(morning)
    row = _beside(workspace, kept, customer_id)
    offered, told = _offers(workspace, kept, customer_id)
    return Known(
        morning, {name: value for name, value in row.items() if "__" not in name}, _before(workspace, morning, customer_id),
        _parts(kept, row), " ".join(kept["health"].about.get("told", [])) if "health" in kept else "",
        *_lists(kept, row), _moved(row), offered, told,
        {name: str(each.about["refused"]) for name, each in kept.items() if "refused" in each.about},
    )  # fmt: skip


def _beside(workspace: Workspace, kept: Mapping[str, Result], customer_id: str) -> dict[str, Any]:
    """The portrait, and what other results say, their columns named result__column."""
    key = _state(kept)
    there = workspace.lake.laid("known", key)

    def asked(id: str) -> ir.Table:
        people = _joined(workspace, kept) if there is None else there
        return people.filter(people.customer_id == id).limit(1)

    rows = workspace.asked(("portrait", key, there is None), asked, customer_id)
    return _known(rows[0]) if rows else {}


def _state(kept: Mapping[str, Result]) -> str:
    """Names what is known of everybody."""
    told = [kept[name].digest for name in ("portraits", *_BESIDE) if name in kept]
    return sha256(" ".join(told).encode()).hexdigest()[:16]


def _joined(workspace: Workspace, kept: Mapping[str, Result]) -> ir.Table:
    """Everybody's portrait with what other results say of them."""
    told = workspace.lake.result(kept["portraits"])
    for name in _BESIDE:
        if name not in kept or "refused" in kept[name].about:
            continue
        mine = workspace.lake.result(kept[name])
        mine = mine.select(**{f"{name}__{column}": mine[column] for column in mine.columns})
        told = told.left_join(mine, told.customer_id == mine[f"{name}__customer_id"])
    return told


def lay(workspace: Workspace) -> list[str]:
    """
    Lay what pages of one customer read in the order of customers, where there are many; without it they are slower, and say the same.

    Returns:
        What was laid now.
    """
    lake = workspace.lake
    made, taken = lake.arrange(), mornings(workspace)
    kept = lake.kept(taken[-1]) if taken else {}
    if "portraits" not in kept or lake.rows()["customers"] < arranged.AT_LEAST:
        return made
    wanted = {
        name: (kept[name].digest[:16], lake.result(kept[name]), *how) for name, how in _LAID.items() if name in kept
    }
    wanted["known"] = (_state(kept), _joined(workspace, kept), ["customer_id"], "")
    wanted["brought"] = (_year(workspace), contributions(workspace.facts()), ["customer_id"], "")
    return made + [
        name
        for name, (key, table, order, indexed) in wanted.items()
        if lake.lay(name, key, table.order_by(order), indexed)
    ]


_LAID = {
    "offers": (["customer_id"], ""),
    "today": (["customer_id"], "customer_id"),
    "pressing": (["place", ibis.desc("weight")], ""),
}
"""Of what the round kept, what is laid once more: the order of the rows, and the column of which several values are looked for."""


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for pages: what is not a number is not known."""
    return {name: None if isinstance(value, float) and isnan(value) else value for name, value in row.items()}


def _parts(kept: Mapping[str, Result], row: Mapping[str, Any]) -> list[HealthPart]:
    if "health" not in kept or not row.get("health__customer_id"):
        return []
    weights = kept["health"].about.get("weights", {})
    silent = set((row.get("health__stale") or "").split(", "))
    weights = {
        id: weight for id, weight in weights.items()
        if id in PARTS and (PARTS[id].usual or row.get(f"health__points_{id}") is not None)
    }  # fmt: skip
    shares = _shares(weights)
    return [
        HealthPart(PARTS[id].name, PARTS[id].says, shares[id], row.get(f"health__points_{id}"), id in silent)
        for id, _weight in sorted(weights.items(), key=lambda part: -part[1])
    ]


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Shares of the whole in whole per cent that come to a hundred: what is cut off goes to those it was cut off most."""
    exact = {id: 100 * weight / sum(weights.values()) for id, weight in weights.items()}
    told = {id: int(share) for id, share in exact.items()}
    for id in sorted(exact, key=lambda part: told[part] - exact[part])[: 100 - sum(told.values())]:
        told[id] += 1
    return {id: share / 100 for id, share in told.items()}


def _lists(kept: Mapping[str, Result], row: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Of every watchlist the sentence where the customer is on it, or why nobody can be."""
    on, lacking = {}, {}
    for id, watched in WATCHLISTS.items():
        if id in kept and "refused" in kept[id].about:
            lacking[id] = str(kept[id].about["refused"])
        elif row.get(f"{id}__customer_id"):
            mine = {name.removeprefix(f"{id}__"): value for name, value in row.items() if name.startswith(f"{id}__")}
            on[id] = watched.sentence(pd.Series(mine, dtype=object))
    return on, lacking


def _moved(row: Mapping[str, Any]) -> tuple[str, str] | None:
    was, now = row.get("moves__was"), row.get("moves__now")
    return (str(was), str(now)) if was and now and was != now else None


_MOVING = ("risk", "health", "mrr", "value_year")


def _before(workspace: Workspace, morning: date, customer_id: str) -> dict[str, Any]:
    """What the last round before said of what moves."""
    earlier = [day for day in mornings(workspace) if day < morning]
    then = workspace.lake.kept(earlier[-1]) if earlier else {}
    if "portraits" not in then:
        return {}
    there = workspace.lake.laid("known", _state(then))

    def asked(id: str) -> ir.Table:
        people = workspace.lake.result(then["portraits"]) if there is None else there
        names = [name for name in _MOVING if name in people.columns]
        return people.filter(people.customer_id == id).select(*names)

    rows = workspace.asked(("before", then["portraits"].digest, there is None), asked, customer_id)
    return {"morning": earlier[-1], **_known(rows[0])} if rows else {}


def _offers(workspace: Workspace, kept: Mapping[str, Result], customer_id: str) -> tuple[list[dict[str, Any]], str]:
    """What could be offered next, at most twelve, with why; and how good such offers were on the company's own past."""
    if "offers" not in kept:
        return [], ""
    about = kept["offers"].about
    told = str(about.get("refused") or " ".join(about.get("told", [])))

    table = reading.table(workspace, kept, "offers")
    found = workspace.asked(
        ("offers", table.get_name()), lambda who: table.filter(table.customer_id == who), customer_id
    )
    rows = sorted(found, key=lambda row: row["place"])[:MOST]  # the engine would look at everybody's to find the first
    names = products(workspace) if rows else {}
    return [
        {**row, "name": names.get(row["product_id"], row["product_id"]), "because": names.get(row["because"], row["because"])}
        for row in rows
    ], told  # fmt: skip


_MOST_PRODUCTS = 20_000


def products(workspace: Workspace) -> dict[str, str]:
    """What products are called, those most sold where there are very many; read once for a state of the data."""
    table = workspace.facts().tables.get("order_lines")
    if table is None:
        return {}
    named = table.filter(table.product_id.notnull() & table.name.notnull())
    counted = named.group_by("product_id").agg(name=named.name.max(), n=named.count())
    order = counted.order_by(counted.n.desc(), "product_id").limit(_MOST_PRODUCTS)
    state = workspace.lake.state().get("order_lines")
    told: dict[str, str] = remembered(
        workspace.lake.work,
        "products",
        [state, _MOST_PRODUCTS],
        lambda: dict(workspace.run(order)[["product_id", "name"]].itertuples(index=False)),
    )
    return told


def brought(workspace: Workspace, ids: Ids) -> Contribution:
    """What a customer brought in the last 365 days, less what they cost."""
    year = _year(workspace)
    there = workspace.lake.laid("brought", year)
    if there is None:
        rows = of_ids(workspace, "brought", lambda said: contributions(facts_of(workspace, said)), ids)
    else:
        laid = there
        rows = workspace.asked(("brought", year), lambda who: laid.filter(laid.customer_id == who), ids.customer_id)
    row = rows[0] if rows else {"revenue": 0.0, "costs": 0.0, "goods": 0.0}
    share, named = margin(workspace)
    return contribution(row["revenue"], row["costs"] if named else None, row["goods"], share)


def _year(workspace: Workspace) -> str:
    """Names what everybody brought is worked out from."""
    facts, state = workspace.facts(), workspace.lake.state()
    told = ([state.get(name) for name in _BROUGHT], facts.as_of, facts.company)
    return sha256(repr(told).encode()).hexdigest()[:16]


_BROUGHT = ("customers", "merges", "orders", "order_lines", "refunds", "subscriptions", "costs")


def margin(workspace: Workspace) -> tuple[float | None, bool]:
    """
    The company's gross margin, and whether any cost names a customer.

    The margin is what the settings say; otherwise 1 less goods over revenue of the last 365 days, where goods are recorded.
    """
    facts = workspace.facts()
    told = remembered(
        workspace.lake.work, "margin", [workspace.lake.state(), str(facts.as_of), workspace.settings.currency],
        lambda: _margin(workspace, facts),
    )  # fmt: skip
    said = workspace.settings.gross_margin
    return (float(said) if said is not None else told[0]), bool(told[1])


def _margin(workspace: Workspace, facts: Facts) -> list[Any]:
    if "costs" not in facts.tables:
        return [None, False]
    from keepwell.act.customer import YEAR
    from keepwell.schema.clock import date_number

    costs = facts.read("costs")
    day = date_number(costs.month)
    spent = costs.filter((day >= facts.today - YEAR) & (day < facts.today) & (costs.currency == facts.company.currency))
    named = spent.customer_id.notnull() & spent.purpose.isin(["serve", "retain", "goods"])
    sums = workspace.run(
        spent.agg(goods=spent.amount.sum(where=spent.purpose == "goods").cast("float64"), named=named.cast("int64").sum())
    ).iloc[0]  # fmt: skip
    whole = workspace.run(contributions(facts).agg(revenue=contributions(facts).revenue.sum())).iloc[0]["revenue"]
    goods = sums["goods"]
    share = max(0.0, 1 - float(goods) / float(whole)) if pd.notna(goods) and goods and whole else None
    return [share, bool(pd.notna(sums["named"]) and sums["named"])]
