"""What is a canonical table, what is a law, and which rows break one?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from keepwell import currencies

MONEY = "decimal(18, 4)"
INSTANT = "timestamp('UTC', 6)"
SPARED = "Only this value is left empty; the rest of the row comes in."
"""Ends the remedy of a fault that takes a value away and not its row."""


@dataclass(frozen=True)
class Column:
    """
    One column: its Ibis type, and what it means.

    Args:
        type: Ibis type name, such as "string", "date", MONEY or INSTANT (always UTC).
        meaning: One sentence; units included.
        required: Whether a row without it is quarantined.
        one_of: The only values allowed, where there are such.
        past: Whether it tells of something that happened, so that it cannot lie ahead of now.
    """

    type: str
    meaning: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    past: bool = False


@dataclass(frozen=True)
class Law:
    """
    Something every row of a table must obey, checkable row by row.

    Args:
        id: Short name, unique in its table.
        says: The law as a sentence.
        column: The column shown as the culprit.
        holds: From the table, whether a row obeys; null counts as obeying.
        remedy: What a person does about a row that breaks it.
    """

    id: str
    says: str
    column: str
    holds: Callable[[ir.Table], Any]
    remedy: str


MONEY_CURRENCY = Law(
    "money_currency",
    f"currency is {currencies.WANTED}",
    "currency",
    lambda t: t.currency.isin(sorted(currencies.CODES)),
    currencies.REMEDY,
)
"""The law of every table with money in it."""


@dataclass(frozen=True)
class CanonicalTable:
    """
    One noun of the language.

    Args:
        name: Plural noun.
        meaning: What one row is.
        key: Columns that name a row.
        columns: Columns by name, in order.
        laws: Laws beyond types, required columns and allowed values.
        refers: Column -> table whose key it must find when it is not null.
        fills: Whether an incoming null leaves the older value standing (a person known better from another source).
        conventions: Laws a row may break without being refused: what is said otherwise is kept, but not understood.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    laws: tuple[Law, ...] = ()
    refers: dict[str, str] = field(default_factory=dict)
    fills: bool = False
    conventions: tuple[Law, ...] = ()

    @property
    def schema(self) -> ibis.Schema:
        """Column names and Ibis types, in order."""
        return ibis.schema({name: dt.dtype(column.type) for name, column in self.columns.items()})

    def all_laws(self, now: datetime | None = None) -> tuple[Law, ...]:
        """
        Every law of the table: required columns, allowed values, nothing from the future, then its own.

        Args:
            now: The moment of the look, with its zone; None leaves the future alone.
        """
        past = [name for name, column in self.columns.items() if column.past] if now else []
        return (
            *(_must_have_been(name, now) for name in past if now),
            *(_must_be_there(name) for name, column in self.columns.items() if column.required),
            *(_must_be_one_of(name, column.one_of) for name, column in self.columns.items() if column.one_of),
            *self.laws,
        )


def _must_be_there(name: str) -> Law:
    return Law(
        f"{name}_missing",
        f"{name} must be given",
        name,
        lambda t: t[name].notnull(),
        f"Fill in {name}, or leave the row out.",
    )


def _must_be_one_of(name: str, values: tuple[str, ...]) -> Law:
    told = ", ".join(values)
    return Law(
        f"{name}_unknown", f"{name} is one of {told}", name, lambda t: t[name].isin(values), f"Use one of: {told}."
    )


def _must_have_been(name: str, now: datetime) -> Law:
    tomorrow = ibis.timestamp((now.astimezone(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S"), timezone="UTC")
    remedy = "Correct the date: day and month swapped, or a wrong year?"
    return Law(f"{name}_ahead", f"{name} is not in the future", name, lambda t: t[name] <= tomorrow, remedy)


def violations(rows: ir.Table, table: CanonicalTable, *, row: str = "_row", now: datetime | None = None) -> ir.Table:
    """
    Every broken law of every row: one line per row and law.

    Args:
        rows: The table's columns and *row*, the number a person can find the row by.
        table: The canonical table they claim to be.
        row: Name of the row-number column.
        now: The moment of the look, with its zone: what happened cannot lie more than a day ahead of it.

    Returns:
        Columns row, table, column, value (as text), law, remedy.
    """
    broken = [
        rows.filter(~ibis.coalesce(law.holds(rows), True)).select(
            row=rows[row],
            table=ibis.literal(table.name),
            column=ibis.literal(law.column),
            value=rows[law.column].cast("string"),
            law=ibis.literal(law.says),
            remedy=ibis.literal(law.remedy),
        )
        for law in table.all_laws(now)
    ]
    return ibis.union(*broken) if len(broken) > 1 else broken[0]


def strays(rows: ir.Table, table: CanonicalTable) -> ir.Table:
    """
    How many rows are said otherwise than the table's conventions want: a remark, never a refusal.

    Args:
        rows: The table's columns.
        table: The canonical table, which has conventions.

    Returns:
        Columns convention, says, remedy, rows (above 0).
    """
    counted = [
        rows.filter(~ibis.coalesce(convention.holds(rows), True))
        .agg(rows=ibis._.count())
        .select(
            convention=ibis.literal(convention.id),
            says=ibis.literal(convention.says),
            remedy=ibis.literal(convention.remedy),
            rows="rows",
        )
        for convention in table.conventions
    ]
    whole = ibis.union(*counted) if len(counted) > 1 else counted[0]
    return whole.filter(whole.rows > 0).order_by("convention")
