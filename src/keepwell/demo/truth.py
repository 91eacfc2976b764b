"""What is true of the invented company? Everything a measurement of it can be held against."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from keepwell.demo import club
from keepwell.demo import columns as col
from keepwell.demo import world as w
from keepwell.demo.club import Stretches
from keepwell.demo.life import Tickets
from keepwell.demo.people import Block
from keepwell.demo.shop import STATES, Orders
from keepwell.demo.world import World

FILE_NAME = "truth.json"
_NEVER = 50_000
"""Days after which leaving is told as unknown."""


@dataclass(frozen=True)
class Truth:
    """
    What a measurement of the company should find.

    Args:
        company: Name, currency, time zone, first day, as_of, seed, and how many real customers there are.
        parameters: What the world was drawn from; rates a year unless said otherwise.
        counts: Exact counts of what was written.
        months: One entry per whole month: sales, refunds and money by the company's days, and the bridge of the club.
        first_year: By source: known buyers a year or more ago, and how many of them truly stayed a year.
        reasons: Buyers who truly left before as_of, by true reason.
    """

    company: dict[str, Any]
    parameters: dict[str, Any]
    counts: dict[str, int]
    months: list[dict[str, Any]]
    first_year: dict[str, dict[str, int]]
    reasons: dict[str, int]

    @classmethod
    def load(cls, folder: Path) -> "Truth":
        """The truth written beside the tables in *folder*."""
        return cls(**json.loads((folder / FILE_NAME).read_text("utf-8")))


class Tally:
    """Counts the truth block by block; whole numbers only, so the order does not matter."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.first_year: Counter[tuple[str, str]] = Counter()
        self.by_month: dict[str, col.Ints] = {}
        self.newcomers: dict[str, col.Ints] = {}

    def add(self, block: Block, orders: Orders, stretches: Stretches, tickets: Tickets) -> None:
        """Count a block."""
        self._people(block)
        self._sales(orders)
        self._bridge(block, stretches)
        self._sum("tickets", tickets.at)

    def months(self, name: str) -> col.Ints:
        """One number per month, by name."""
        return self.by_month.setdefault(name, np.zeros(len(self.world.months), np.int64))

    def _sum(self, name: str, days: col.Floats, amounts: col.Ints | None = None) -> None:
        place = self.world.month_of_day[days.astype(np.int64)]
        np.add.at(self.months(name), place, 1 if amounts is None else amounts)

    def _people(self, block: Block) -> None:
        buyer, twice = block.buyer, np.isfinite(block.split)
        self.counts.update(customers=len(block), buyers=int(buyer.sum()), known_twice=int(twice.sum()))
        left = buyer & (block.left < self.world.today)
        self.reasons.update(
            dict(zip(w.REASONS, np.bincount(block.reason[left], minlength=len(w.REASONS)).tolist(), strict=True))
        )
        ripe = buyer & (block.joined + 365 <= self.world.today)
        stayed = ripe & (block.left >= block.joined + 365)
        for place, source in enumerate(w.SOURCES):
            here = block.source == place
            self.first_year.update(
                {
                    (source.name, "customers"): int((ripe & here).sum()),
                    (source.name, "stayed"): int((stayed & here).sum()),
                }
            )
            counted = self.newcomers.setdefault(source.name, np.zeros(len(self.world.months), np.int64))
            np.add.at(counted, self.world.month_of_day[block.joined[buyer & here].astype(np.int64)], 1)

    def _sales(self, orders: Orders) -> None:
        told = np.bincount(orders.state, minlength=len(STATES)).tolist()
        self.counts.update({f"orders_{state}": count for state, count in zip(STATES, told, strict=True)})
        self.counts.update(orders=len(orders), guest_orders=int((orders.customer < 0).sum()))
        sold, back = orders.sold, orders.refunded > 0
        self._sum("sales", orders.at[sold])
        self._sum("gross_cents", orders.at[sold], orders.gross[sold])
        self._sum("refunds", orders.refunded_at[back])
        self._sum("refunded_cents", orders.refunded_at[back], orders.refunded[back])

    def _bridge(self, block: Block, stretches: Stretches) -> None:
        """The club's members at the start and end of every month, by identity; a member stands on the last day before a boundary."""
        customer, start, end = club.served(stretches)
        first = np.full(len(block), 10**9)
        np.minimum.at(first, customer, start)
        edges = [(month - self.world.opened).days for month in self.world.months] + [self.world.today]
        before = np.zeros(len(block), np.bool_)
        for place, edge in enumerate(edges):
            now = np.zeros(len(block), np.bool_)
            now[customer[(start < edge) & (end >= edge)]] = True
            if place:
                came, known = now & ~before, first < edges[place - 1]
                figures = {
                    "start": before,
                    "kept": before & now,
                    "lost": before & ~now,
                    "new": came & ~known,
                    "returned": came & known,
                    "end": now,
                }
                for name, who in figures.items():
                    self.months(f"members_{name}")[place - 1] += int(who.sum())
            before = now
        self.counts.update(members=int((first < 10**9).sum()), stretches=len(stretches.end))

    def truth(self, into: Path) -> Truth:
        """The whole truth, written beside the tables."""
        whole = len(self.world.months) - (self.world.as_of.day != 1)
        names = sorted(self.by_month)
        months = [
            {"month": self.world.months[k].isoformat(), **{name: int(self.by_month[name][k]) for name in names}}
            for k in range(whole)
        ]
        first_year: dict[str, dict[str, int]] = {s.name: {} for s in w.SOURCES}
        for (source, name), count in self.first_year.items():
            first_year[source][name] = count
        told = Truth(
            _company(self.world), parameters(self.world), dict(self.counts), months, first_year, dict(self.reasons)
        )
        (into / FILE_NAME).write_text(json.dumps(asdict(told), indent=1), "utf-8")
        return told


def _company(world: World) -> dict[str, Any]:
    return {
        "name": w.COMPANY, "currency": w.CURRENCY, "time_zone": w.ZONE, "opened": world.opened.isoformat(),
        "as_of": world.as_of.isoformat(), "seed": world.seed, "customers": world.customers,
    }  # fmt: skip


def parameters(world: World) -> dict[str, Any]:
    """What the world is drawn from."""
    return {
        "segments": [asdict(s) for s in w.SEGMENTS],
        "sources": [asdict(s) for s in w.SOURCES],
        "season": list(w.SEASON),
        "week": list(w.WEEK),
        "growth": w.GROWTH,
        "reasons": dict(zip(w.REASONS, w.REASON_SHARES, strict=True)),
        "reasons_after_price_rise": dict(zip(w.REASONS, w.REASON_SHARES_AFTER_RISE, strict=True)),
        "price_rise": {
            "on": world.dates[world.rise].isoformat(), "by": w.PRICE_RISE, "leaving_factor": w.RISE_PUSH, "for_days": w.RISE_PUSH_DAYS,
        },
        "thanked": {"share": w.THANKED, "leaving_factor": w.THANKS_EFFECT},
        "welcomed": {"share": w.WELCOMED, "club_leaving_factor": w.WELCOME_EFFECT},
        "club_leaving": club.LEAVING,
        "club_returns": club.RETURNS,
    }  # fmt: skip


def hidden(block: Block) -> pa.Table:
    """What nobody can know of each customer: written apart, never imported."""
    known = block.left < _NEVER
    left = np.where(known, block.left, 0).astype(np.int64)
    return pa.table(
        {
            "customer_id": block.ids,
            "segment": col.pick([s.name for s in w.SEGMENTS], block.segment),
            "buyer": col.flags(block.buyer),
            "left_on": col.days(block.world.first + left, known),
            "reason": col.pick(w.REASONS, block.reason),
            "orders_a_year": col.numbers(block.rate * w.YEAR),
            "thanked": col.flags(block.thanked),
            "contentment": col.numbers(block.content),
        }
    )
