"""How does membership of the club run? Stretches of trial, paid, paused and past-due service of one block of customers."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.columns import Flags, Floats, Ints
from keepwell.demo.people import Block
from keepwell.demo.world import choose

STATES = ("paid", "trial", "paused", "past_due")
PAID, TRIAL, PAUSED, DUE = range(4)
INTERVALS = ("month", "year")
NOT_ENDED, WANTED, UNPAID, CHANGED = range(4)
"""Why a stretch ends: it runs, the member wanted it, payment failed, or it goes on differently."""

JOINS = 0.85
"""Share of buying accounts that take a crew plan."""
TRIES, STAYS_AFTER_TRIAL, TRIAL_DAYS = 0.35, 0.70, 14
UP, DOWN, PAUSE, FAIL, TURN = 0.22, 0.10, 0.15, 0.22, 0.12
"""Upgrades, downgrades, pauses, failed payments and turns to yearly billing, a year of paid service."""
BACK_FROM_PAUSE, BACK_FROM_DUE, RETURNS = 0.75, 0.65, 0.22
LEAVING = 0.35
"""Cancellations a year of paid service, of members who were not welcomed, besides leaving the company."""
_STEPS = 16
_NEVER = 10**6


@dataclass(frozen=True)
class Members:
    """
    Where each member stands before the next stretch; one entry per member still there.

    Args:
        customer: Place in the block.
        day: First day of the next stretch.
        state: Its state.
        plan: A place in PLANS.
        yearly: Whether it is billed by the year.
        term: Which of the member's subscriptions, from 0.
        gone: Day by which they leave the company for good.
        welcomed: Whether they were welcomed, by coin.
        seats: How many seats.
        rebate: Percent off for the first two years.
    """

    customer: Ints
    day: Ints
    state: Ints
    plan: Ints
    yearly: Flags
    term: Ints
    gone: Ints
    welcomed: Flags
    seats: Ints
    rebate: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, where: Flags) -> "Members":
        """Those of them."""
        return Members(**{name: values[where] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Stretches:
    """Stretches of members: how each began, the day it ended (far ahead while it runs) and why."""

    of: Members
    end: Ints
    why: Ints


def join(block: Block, rng: np.random.Generator) -> Members:
    """The members of a block on their first day."""
    world, size = block.world, len(block)
    wish = np.where(block.account, JOINS, np.array([s.club for s in w.SEGMENTS])[block.segment])
    start = np.floor(block.joined + 1 + rng.exponential(45, size)).astype(np.int64)
    gone = np.floor(block.left).astype(np.int64)
    who = np.flatnonzero(block.buyer & (rng.random(size) < wish) & (start < np.minimum(gone, world.today)))
    many, account = len(who), block.account[who]
    plan = np.where(account, 2, 0) + (rng.random(many) < 0.3)
    return Members(
        customer=who, day=start[who], state=np.where(rng.random(many) < TRIES, TRIAL, PAID), plan=plan,
        yearly=rng.random(many) < 0.15, term=np.zeros(many, np.int64), gone=gone[who],
        welcomed=rng.random(many) < w.WELCOMED, seats=np.where(account, rng.integers(2, 15, many), 1),
        rebate=np.where(rng.random(many) < 0.1, 20, 0),
    )  # fmt: skip


def draw(block: Block) -> Stretches:
    """Every stretch that begins before as_of, in the order they are lived."""
    rng = block.rng(3)
    members, lived = join(block, rng), []
    for _ in range(_STEPS):
        if not len(members):
            break
        stretch, members = _step(block, rng, members)
        lived.append(stretch)
    if not lived:
        return Stretches(members, members.day, members.day)
    whole = {name: np.concatenate([vars(stretch.of)[name] for stretch in lived]) for name in vars(members)}
    return Stretches(Members(**whole), np.concatenate([s.end for s in lived]), np.concatenate([s.why for s in lived]))


def _step(block: Block, rng: np.random.Generator, now: Members) -> tuple[Stretches, Members]:
    """One stretch of every member, and the members as their next one begins."""
    world = block.world
    length, change = _paid(world, rng, now)
    length = np.where(now.state == TRIAL, TRIAL_DAYS, length)
    length = np.where(now.state == PAUSED, rng.integers(14, 81, len(now)), length)
    length = np.where(now.state == DUE, rng.integers(1, 26, len(now)), length)
    stays = rng.random(len(now)) < np.array([1.0, STAYS_AFTER_TRIAL, BACK_FROM_PAUSE, BACK_FROM_DUE])[now.state]
    leaves = ~stays | ((now.state == PAID) & (change == 0))
    end = now.day + np.maximum(length, 1)
    gone = end >= now.gone
    end = np.where(gone, np.maximum(now.gone, now.day + 1), end)
    leaves = leaves | gone
    why = np.where(leaves, np.where((now.state == DUE) & ~gone, UNPAID, WANTED), CHANGED)
    after = _after(rng, now, end, change, leaves)
    there = (after.day < np.minimum(after.gone, world.today)) & (~leaves | ((rng.random(len(now)) < RETURNS) & ~gone))
    return Stretches(now, end, why), after.take(there)


def _paid(world: w.World, rng: np.random.Generator, now: Members) -> tuple[Ints, Ints]:
    """
    How long a paid stretch lasts and what ends it: the first of several exponential clocks, or the price rise.

    Returns:
        Days, and 0 leave, 1 up, 2 down, 3 pause, 4 failed payment, 5 yearly billing, 6 price rise.
    """
    ups, downs = np.array([p.up >= 0 for p in w.PLANS]), np.array([p.down >= 0 for p in w.PLANS])
    rates = np.stack([
        LEAVING * np.where(now.welcomed, w.WELCOME_EFFECT, 1.0), UP * ups[now.plan], DOWN * downs[now.plan],
        np.full(len(now), PAUSE), np.full(len(now), FAIL), TURN * ~now.yearly,
    ], axis=1) / w.YEAR  # fmt: skip
    clocks = rng.standard_exponential(rates.shape) / np.maximum(rates, 1e-9)
    start = now.day.astype(np.float64)
    clocks[:, 0] = world.released(world.pressure(start) + clocks[:, 0]) - start
    change = clocks.argmin(axis=1)
    length = np.minimum(np.ceil(clocks.min(axis=1)), _NEVER).astype(np.int64)
    rise = world.rise - now.day
    raised = (rise > 0) & (length > rise)
    return np.where(raised, rise, length), np.where(raised, 6, change)


def _after(rng: np.random.Generator, now: Members, end: Ints, change: Ints, leaves: Flags) -> Members:
    """The members as their next stretch begins, those who left as if they returned."""
    paid = now.state == PAID
    above, below = np.array([p.up for p in w.PLANS])[now.plan], np.array([p.down for p in w.PLANS])[now.plan]
    plan = np.where(paid & (change == 1), above, np.where(paid & (change == 2), below, now.plan))
    state = np.where(paid & (change == 3), PAUSED, np.where(paid & (change == 4), DUE, PAID))
    return replace(
        now,
        day=np.where(leaves, end + rng.integers(40, 250, len(now)), end),
        state=np.where(leaves, PAID, state),
        plan=np.where(leaves, now.plan, plan),
        yearly=np.where(leaves, False, now.yearly | (paid & (change == 5))),
        term=now.term + leaves,
    )


def price(world: w.World, members: Members) -> Ints:
    """Cents a month on the list: by plan, seats and billing, dearer from the price rise."""
    cents = np.array([p.cents for p in w.PLANS], np.int64)[members.plan] * members.seats
    cents = np.where(members.day >= world.rise, np.rint(cents * (1 + w.PRICE_RISE)).astype(np.int64), cents)
    return np.where(members.yearly, cents * 9 // 10, cents)


def table(block: Block, stretches: Stretches) -> pa.Table:
    """Canonical subscriptions, as known on the morning of as_of."""
    rng, world, of = block.rng(4), block.world, stretches.of
    size = len(of)
    asked = np.maximum(stretches.end - rng.uniform(1, 28, size), of.day + 0.4)
    wanted = (stretches.why == WANTED) & (asked < world.today)
    ended = (stretches.end < world.today) | (wanted & (of.state != TRIAL))
    list_price = price(world, of)
    pays = (of.state == PAID) | (of.state == DUE)
    runs = ~ended & (of.state == PAID)
    key = pc.binary_join_element_wise("s", block.ids.take(of.customer), pa.array(of.term).cast(pa.string()), "-")
    return col.canonical(
        "subscriptions",
        {
            "subscription_id": key,
            "customer_id": block.ids.take(of.customer),
            "plan": col.pick([p.name for p in w.PLANS], of.plan),
            "starts_on": col.days(world.first + of.day),
            "ends_on": col.days(world.first + stretches.end, ended),
            "state": col.pick(STATES, of.state),
            "mrr": col.money(np.where(pays, list_price * (100 - of.rebate) // 100, 0)),
            "list_mrr": col.money(list_price),
            "currency": col.pick([w.CURRENCY], np.zeros(size, np.int8)),
            "quantity": col.count(of.seats),
            "interval": col.pick(INTERVALS, of.yearly.astype(np.int64)),
            "cancel_requested_at": col.instants(world.utc(asked), wanted & ended),
            "cancel_reason": col.some(_told(block, rng, of), wanted & ended & (rng.random(size) < 0.6)),
            "involuntary": col.flags(stretches.why == UNPAID, ended & (stretches.why != CHANGED)),
            "renews_on": col.days(world.first + _renewal(world, of), runs),
        },
        size,
    )


def _told(block: Block, rng: np.random.Generator, of: Members) -> pa.Array:
    """The reason as told: the true one in four of five cases."""
    other = choose(rng, w.REASON_SHARES, len(of))
    return col.pick(w.REASONS, np.where(rng.random(len(of)) < 0.8, block.reason[of.customer], other))


def _renewal(world: w.World, of: Members) -> Ints:
    step = np.where(of.yearly, 365, 30)
    return of.day + (np.maximum(world.today - of.day, 0) // step + 1) * step


def served(stretches: Stretches) -> tuple[Ints, Ints, Ints]:
    """Customer, first day and first day without, of every stretch that keeps a member: all but trials."""
    kept = stretches.of.state != TRIAL
    return stretches.of.customer[kept], stretches.of.day[kept], stretches.end[kept]


def last_day(block: Block, stretches: Stretches) -> Floats:
    """The day each customer's last stretch ends; minus one for customers who were never members."""
    last = np.full(len(block), -1.0)
    np.maximum.at(last, stretches.of.customer, stretches.end.astype(np.float64))
    return last
