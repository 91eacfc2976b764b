"""What did it take? Deals with accounts, coins thrown before anybody was contacted, and what everything cost."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.club import Stretches
from keepwell.demo.columns import Ints
from keepwell.demo.life import scattered
from keepwell.demo.people import OWNERS, Block
from keepwell.demo.shop import first_orders
from keepwell.demo.world import World

EXPANSIONS, EXPANSION_WON = 0.8, 0.6
"""Further deals a year with an account that buys, and the share of them won."""
GOODS, TEAM_CENTS, MEMBER_CENTS, TICKET_CENTS = 0.52, 25, 35, 450
"""Goods as a share of sales; cents a month: the retention team per customer, mail and gifts per member; cents per ticket."""
_CATEGORY = {
    "ads": "ads",
    "social": "ads",
    "search": "landing pages",
    "partner": "travel",
    "referral": "rewards",
    "marketplace": "fees",
}
_OUTCOMES = ("open", "won", "lost")


def deals(block: Block) -> pa.Table:
    """Canonical deals: a first one with every account, won by those who buy, and further ones with them."""
    rng, world = block.rng(11), block.world
    account = np.flatnonzero(block.account)
    opened = np.maximum(block.joined[account] - rng.uniform(5, 60, len(account)), 0)
    lost_at = block.joined[account] + rng.uniform(5, 80, len(account))
    buys = block.buyer[account]
    more, begun = scattered(
        rng, np.where(block.account & block.buyer, EXPANSIONS / w.YEAR, 0.0), block.joined, block.seen
    )
    who, opened = np.concatenate([account, more]), np.concatenate([opened, begun])
    closed = np.concatenate([np.where(buys, block.joined[account], lost_at), begun + rng.uniform(10, 70, len(more))])
    won = np.concatenate([buys, rng.random(len(more)) < EXPANSION_WON])
    known, size = closed < world.today, len(who)
    first = np.arange(size) < len(account)
    return col.canonical(
        "deals",
        {
            "deal_id": col.numbered("k", block.number * 100_000 + np.arange(size), 10),
            "customer_id": block.ids.take(who),
            "name": col.pick(["more seats", "first order"], first.astype(np.int8)),
            "opened_at": col.instants(world.utc(opened)),
            "closed_at": col.instants(world.utc(closed), known),
            "outcome": col.pick(_OUTCOMES, np.where(known, np.where(won, 1, 2), 0)),
            "amount": col.money(rng.integers(300, 6_000, size) * 100),
            "currency": col.pick([w.CURRENCY], np.zeros(size, np.int8)),
            "owner": col.pick(OWNERS, block.owner[who]),
        },
        size,
    )


def assignments(block: Block, stretches: Stretches) -> pa.Table:
    """Canonical assignments: who was thanked and who was welcomed to the club, by coin."""
    ordered = first_orders(block)
    buyers = np.flatnonzero(ordered < block.world.today - 0.02)
    member, first = np.unique(stretches.of.customer, return_index=True)
    unit = np.concatenate([buyers, member])
    arm = np.concatenate([block.thanked[buyers], stretches.of.welcomed[first]])
    at = col.instants(block.world.utc(np.concatenate([ordered[buyers] + 0.002, stretches.of.day[first] + 0.3])))
    club = np.arange(len(unit)) >= len(buyers)
    treated = np.where(club, w.WELCOMED, w.THANKED)
    return col.canonical(
        "assignments",
        {
            "experiment": col.pick(["thanks", "club welcome"], club.astype(np.int8)),
            "unit": block.ids.take(unit),
            "arm": col.pick(["control", "treated"], arm.astype(np.int8)),
            "assigned_at": at,
            "version": pa.array(np.ones(len(unit), np.int64)),
            "propensity": pa.array(np.where(arm, treated, 1 - treated)),
            "eligible_reason": col.pick(["first order", "joined the club"], club.astype(np.int8)),
            "triggered_at": at,
        },
        len(unit),
    )


def visits(block: Block) -> pa.Table:
    """Canonical costs of going to see accounts: one in three accounts that buy, a trip and a night each."""
    rng, world = block.rng(12), block.world
    there = np.flatnonzero(block.account & block.buyer & (rng.random(len(block)) < 0.33))
    day = np.minimum(block.joined[there] + rng.uniform(60, 300, len(there)), 1e6)
    past = day < np.minimum(block.seen[there], world.today)
    there, month = there[past], world.month_of_day[day[past].astype(np.int64)]
    both, kind = np.tile(there, 2), np.repeat(np.arange(2), len(there))
    return _costs(
        world,
        pc.binary_join_element_wise("visit", block.ids.take(both), col.pick(["trip", "night"], kind), "-"),
        np.tile(month, 2),
        {
            "purpose": col.pick(["retain"], np.zeros(len(both), np.int8)),
            "category": col.pick(["travel", "lodging"], kind),
        },
        rng.integers(40, 320, len(both)) * 100,
        block.ids.take(both),
    )


def monthly(world: World, months: Mapping[str, Ints], newcomers: Mapping[str, Ints]) -> pa.Table:
    """
    Canonical costs of every month, from what happened in it.

    Args:
        world: The company.
        months: Counts by name, one per month: gross_cents, members_start, tickets.
        newcomers: Buyers won, by source, one per month.
    """
    rows = [row for row in _entries(world, months, newcomers) if row[3] > 0]
    place, purpose, category, cents, name = zip(*rows, strict=True)
    keys = [f"{world.months[k]:%Y-%m}-{n}" for k, n in zip(place, name, strict=True)]
    labels = {"purpose": pa.array(purpose), "category": pa.array(category)}
    return _costs(world, pa.array(keys), np.array(place, np.int64), labels, np.array(cents, np.int64))


def _entries(
    world: World, months: Mapping[str, Ints], newcomers: Mapping[str, Ints]
) -> Iterator[tuple[int, str, str, int, str]]:
    """Month, purpose, category, cents, name of every entry."""
    prices = {source.name: source.cents for source in w.SOURCES}
    for k in range(len(world.months)):
        for source, won in newcomers.items():
            yield k, "acquire", _CATEGORY[source], int(won[k]) * prices[source], source
        yield k, "retain", "team", world.customers * TEAM_CENTS, "team"
        yield k, "retain", "mail and gifts", int(months["members_start"][k]) * MEMBER_CENTS, "gifts"
        yield k, "serve", "support", int(months["tickets"][k]) * TICKET_CENTS, "support"
        yield k, "goods", "goods", int(int(months["gross_cents"][k]) * GOODS), "goods"


def _costs(
    world: World,
    keys: pa.Array,
    month: Ints,
    labels: Mapping[str, pa.Array],
    cents: Ints,
    customer: pa.Array | None = None,
) -> pa.Table:
    firsts: list[date] = world.months
    columns = {
        "cost_id": keys,
        "month": pa.array(firsts, pa.date32()).take(pa.array(month)),
        "amount": col.money(cents),
        "currency": col.pick([w.CURRENCY], np.zeros(len(cents), np.int8)),
        **labels,
    }
    return col.canonical("costs", columns if customer is None else {**columns, "customer_id": customer}, len(cents))
