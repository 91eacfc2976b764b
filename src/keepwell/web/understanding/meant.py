"""Whom does an expression mean, and why is one customer among them or not?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import ExpressionError
from keepwell.measure.profile import profile
from keepwell.schema.expressions import names, parse, parts
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.answers import kept, key, trait_names
from keepwell.workspace import KNOWN, Workspace

SHOWN = 20
"""Customers listed below the count."""


@dataclass(frozen=True)
class Meant:
    """
    Whom an expression means, among the customers that are seen.

    Args:
        count: How many.
        unknown: Of how many it cannot be told, because something is not known of them.
        among: How many customers are seen.
        rows: The first of them: customer_id, name, owner and what was asked of them.
        columns: What was asked of them.
    """

    count: int
    unknown: int
    among: int
    rows: pd.DataFrame
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """
    One condition, of one customer.

    Args:
        depth: How deep it lies in the expression.
        text: The condition.
        holds: True, False, or None where it cannot be told.
        values: The customer's own: name -> value.
    """

    depth: int
    text: str
    holds: bool | None
    values: tuple[tuple[str, Any], ...]


def profiles(opened: Workspace, where: str) -> ir.Table:
    """Everybody with what an expression asks of them."""
    wanted = names(where)
    return profile(opened.facts(), columns=wanted if wanted <= KNOWN else None)


def meant(opened: Workspace, where: str, whose: Seen) -> Meant:
    """
    Whom an expression means.

    Raises:
        ExpressionError: It is wrong; *at* is the place.
    """
    return kept(key(opened, "meant", where, whose=whose), lambda: _meant(opened, where, whose))


def chosen(opened: Workspace, where: str, whose: Seen) -> ir.Table:
    """Those it means: customer_id, name, owner and what was asked of them, in order."""
    people = profiles(opened, where)
    mine = whose.of(people.filter(_condition(opened, where, people)))
    asked = [column for column in sorted(names(where)) if column in people.columns]
    shown = dict.fromkeys(("customer_id", "name", "owner", *asked))
    return mine.select(*shown).order_by("customer_id")


def _condition(opened: Workspace, where: str, people: ir.Table) -> ir.BooleanValue:
    return parse(where, people, traits=trait_names(opened), zone=opened.company.time_zone)


def _meant(opened: Workspace, where: str, whose: Seen) -> Meant:
    people = profiles(opened, where)
    holds = _condition(opened, where, people)
    mine = whose.of(people.mutate(holds_=holds))
    counts = opened.run(mine.agg(yes=mine.holds_.sum(), unknown=mine.holds_.isnull().sum(), all=mine.count())).iloc[0]
    found = chosen(opened, where, whose)
    rows = opened.run(found.limit(SHOWN))
    yes, unknown, among = (int(0 if pd.isna(counts[name]) else counts[name]) for name in ("yes", "unknown", "all"))
    columns = tuple(column for column in found.columns if column not in ("customer_id", "name", "owner"))
    return Meant(yes, unknown, among, rows, columns)


def reasons(opened: Workspace, where: str, customer_id: str) -> list[Part]:
    """
    Every condition of an expression, true, false or not known of one customer, with the customer's own values.

    Args:
        opened: The company.
        where: The expression.
        customer_id: Whom it is asked of.

    Raises:
        ExpressionError: The expression is wrong.
    """
    people = profiles(opened, where)
    told = parts(where)
    conditions = {f"holds_{place}": _condition(opened, text, people) for place, (_depth, text) in enumerate(told)}
    asked = {f"is_{place}": _value(people, name) for place, name in enumerate(sorted(names(where)))}
    one = people.filter(people.customer_id == customer_id)
    row = opened.run(one.select(**conditions, **asked)).iloc[0]
    values = {name: row[f"is_{place}"] for place, name in enumerate(sorted(names(where)))}
    return [
        Part(depth, text, _truth(row[f"holds_{place}"]), tuple((name, values[name]) for name in _leaf(text, told)))
        for place, (depth, text) in enumerate(told)
    ]


def _value(people: ir.Table, name: str) -> ir.Value:
    if name.startswith("traits."):
        return people.traits.get(name.removeprefix("traits."))
    own = next((column for column in people.columns if column.lower() == name.lower()), "")
    return people[own] if own else people.traits.get(name)


def _leaf(text: str, told: Sequence[tuple[int, str]]) -> list[str]:
    """What a condition asks for, where it has no conditions of its own."""
    place = [each for _depth, each in told].index(text)
    whole = place + 1 == len(told) or told[place + 1][0] <= told[place][0]
    return sorted(names(text)) if whole else []


def _truth(value: Any) -> bool | None:
    return None if pd.isna(value) else bool(value)


def place(where: str, fault: ExpressionError) -> tuple[str, str, str]:
    """The expression around the place that is wrong: before it, the word there, and after it."""
    at = min(fault.at, len(where))
    word = re.match(r"\w+|\s*\S?", where[at:])
    end = at + max(word.end() if word else 0, 0)
    return where[:at], where[at:end] or " ", where[end:]
