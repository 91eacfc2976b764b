"""Was anything of this kind ever brought in? What nobody told is not known: it is neither nought nor a fault."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_of

KINDS = {"contacts": "touches", "answers": "answers"}
"""What may be lacking though its table stands -> the canonical table it fills."""

_SCORED = ("nps", "csat")


def first_days(facts: Facts) -> ir.Table:
    """
    The first day of which each kind told anything, of all customers.

    Colleagues' own notes are no answers: only nps and csat are. Discounts are told where an order says of how much, be it nought.

    Returns:
        Columns kind, day (a day number); one row per kind that ever told something.
    """
    touches, answers = facts.read("touches"), facts.read("answers")
    scored = answers.filter(answers.question.isin(_SCORED) & answers.score.notnull())
    orders = facts.purchases.filter(_.discount.notnull())
    days = {
        "contacts": facts.day(touches.touched_at),
        "answers": facts.day(scored.answered_at),
        "discounts": orders.day,
    }
    parts = [
        table.select(kind=ibis.literal(kind), day=days[kind].cast("int32"))
        for kind, table in (("contacts", touches), ("answers", scored), ("discounts", orders))
    ]
    known = ibis.union(*parts).filter(_.day.notnull() & (_.day < facts.today))
    return known.group_by("kind").agg(day=_.day.min())


@dataclass(frozen=True)
class Brought:
    """
    Since when each kind is told.

    Args:
        first: Kind -> the first day, as a day number; a kind that is not in it never told anything.
        today: The morning, as a day number.
    """

    first: Mapping[str, int]
    today: int

    @classmethod
    def of(cls, counted: pd.DataFrame, facts: Facts) -> "Brought":
        """From what first_days() counted."""
        return cls(
            {str(kind): int(day) for kind, day in zip(counted["kind"], counted["day"], strict=True)}, facts.today
        )

    def lacking(self, kind: str, days: int = 0) -> str | None:
        """
        Why nothing can be said of a kind over the last days; None where something can.

        Args:
            kind: One of KINDS, or discounts.
            days: How far back it must be known: silence of so many days cannot be told from a shorter past.
        """
        first = self.first.get(kind)
        if first is None:
            return f"No {kind} were brought in."
        if self.today - first < days:
            since = day_of(first)
            return f"{kind.capitalize()} are known only since {since.day} {since:%b %Y}, not for {days} days."
        return None
