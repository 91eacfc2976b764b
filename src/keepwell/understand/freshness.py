"""Does each source still tell? The days it told of, the rhythm it has of its own, and who has been silent for longer than that."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_of

LEAST, NO_RHYTHM, FEWEST = 7, 30, 3
"""Days of silence that are never too long; days allowed where a source has no rhythm yet; gaps that make one."""

_SHARE, _TIMES = 0.99, 2
"""A source may be silent for so many times the gap that so large a share of its own gaps does not exceed."""

_BACK = 730
"""Days before as_of from which a source's rhythm is learned."""

TICKETS, NOTE, DOUBT = ("ticket", "complaint"), "sentiment", "renewal_in_doubt"
"""Kinds of events that are tickets; the questions under which colleagues' notes, and doubts of a renewal, are kept."""


def _orders(facts: Facts) -> ir.Table:
    return facts.sales.select("day")


def _use(facts: Facts) -> ir.Table:
    return facts.uses.select("day")


def _tickets(facts: Facts) -> ir.Table:
    events = facts.read("events").filter(_.kind.isin(TICKETS))
    return events.select(day=facts.day(events.happened_at))


def _contracts(facts: Facts) -> ir.Table:
    stretches = facts.stretches
    return stretches.select(day="start_day").union(stretches.filter(_.end_day.notnull()).select(day="end_day"))


def _contacts(facts: Facts) -> ir.Table:
    touches = facts.read("touches")
    return touches.select(day=facts.day(touches.touched_at))


def _said(facts: Facts, notes: bool) -> ir.Table:
    answers = facts.read("answers")
    told = answers.filter((answers.question == NOTE) if notes else answers.question.notin([NOTE, DOUBT]))
    return told.filter(told.answered_at.notnull()).select(day=facts.day(told.answered_at))


SOURCES: dict[str, tuple[str, Callable[[Facts], ir.Table]]] = {
    "orders": ("orders", _orders),
    "use": ("events", _use),
    "tickets": ("events", _tickets),
    "contracts": ("subscriptions", _contracts),
    "contacts": ("touches", _contacts),
    "answers": ("answers", lambda facts: _said(facts, notes=False)),
    "notes": ("answers", lambda facts: _said(facts, notes=True)),
}
"""What is told -> the canonical table it comes from, and its days."""


def told_on(facts: Facts) -> ir.Table:
    """
    The days of which each source told something, of all customers whatever segment is looked at.

    Returns:
        Columns source, day (distinct): at most as many rows as there are days in two years, per source.
    """
    whole = replace(facts, only=None)
    parts = [
        days(whole).mutate(source=ibis.literal(name), day=_.day.cast("int32")).select("source", "day")
        for name, (table, days) in SOURCES.items()
        if table in facts.tables
    ]
    if not parts:
        return ibis.memtable([], schema=ibis.schema({"source": "string", "day": "int32"}))
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    near = both.filter((both.day < facts.today) & (both.day >= facts.today - _BACK))
    return near.distinct().order_by("source", "day")


@dataclass(frozen=True)
class Freshness:
    """
    How long a source has been silent, and how long it may be.

    Args:
        source: Its name in SOURCES.
        last_day: The last day of which it told, as a day number.
        silent: Days since then.
        allowed: Days it may be silent by its own rhythm.
        gaps: From so many gaps the rhythm is known.
    """

    source: str
    last_day: int
    silent: int
    allowed: int
    gaps: int

    @property
    def stale(self) -> bool:
        """Whether it has been silent for longer than its own rhythm allows."""
        return self.silent > self.allowed

    def __str__(self) -> str:
        """One sentence."""
        rhythm = "by its own rhythm" if self.gaps >= FEWEST else "as long as it has no rhythm"
        was = "were" if self.source.endswith("s") else "was"
        return (
            f"{self.source.capitalize()} {was} last told of on {day_of(self.last_day)}, {self.silent} days ago; "
            f"{rhythm} {self.allowed} days are the most."
        )


def freshness(days: pd.DataFrame, facts: Facts) -> dict[str, Freshness]:
    """
    How fresh each source is.

    Args:
        days: What told_on() gave.
        facts: For their morning.

    Returns:
        Source -> freshness; sources that never told anything in two years are not in it: of them nothing is known.
    """
    found = {}
    for source, part in days.groupby("source", sort=True):
        known = part["day"].sort_values()
        gaps = known.diff().dropna()
        usual = gaps.quantile(_SHARE, interpolation="higher") if len(gaps) >= FEWEST else None
        allowed = NO_RHYTHM if usual is None else max(LEAST, int(_TIMES * usual))
        last = int(known.iloc[-1])
        # as_of is the morning after the last day that can be known: nothing told of it is a silence of no day.
        found[str(source)] = Freshness(str(source), last, facts.today - 1 - last, allowed, len(gaps))
    return found
