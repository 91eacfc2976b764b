"""What do the columns of a source hold? Looked at before anything is decided by their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from keepwell.connectors.cells import MACROS as CELLS
from keepwell.connectors.contract import ROW, Raw
from keepwell.connectors.mapping.values import MACROS
from keepwell.connectors.translation import engine, text
from keepwell.errors import SourceError

SAMPLE = 2_000
"""Rows looked at to tell what a column holds; spelling is decided by all rows."""

DATES = frozenset(
    [
        "acquired_at",
        "birthday",
        "ordered_at",
        "delivered_at",
        "starts_on",
        "ends_on",
        "ends_ahead",
        "cancel_requested_at",
        "renews_on",
        "happened_at",
        "touched_at",
        "answered_at",
        "asked_at",
        "month",
        "opened_at",
        "closed_at",
        "merged_at",
        "refunded_at",
        "assigned_at",
        "triggered_at",
    ]
)
NUMBERS = frozenset(
    [
        "gross",
        "discount",
        "tax",
        "shipping",
        "refunded",
        "quantity",
        "unit_price",
        "amount",
        "mrr",
        "list_mrr",
        "price",
        "value",
        "score",
        "version",
        "bucket",
        "propensity",
        "planned_cost",
    ]
)
WORDED = frozenset(["status", "state", "ticket_status", "outcome", "interval", "direction", "purpose", "arm"])
KEYS = frozenset(["customer_id", "account_id", "from_customer_id", "into_customer_id", "unit"])


@dataclass(frozen=True)
class Column:
    """What the sampled cells of a column hold; shares are of the cells that are not empty."""

    name: str
    filled: int
    distinct: int
    dates: float
    numbers: float
    mails: float
    people: float
    clocks: float = 0.0
    zones: float = 0.0

    def may_be(self, field: str) -> bool:
        """Whether the contents allow the column to be *field*."""
        if not self.filled:
            return True
        if field in WORDED:
            return self.distinct <= 60 and self.dates < 0.5
        enough = {
            "email": self.mails >= 0.5,
            "currency": self.numbers < 0.5 and self.dates < 0.5 and self.mails == 0 and self.people < 0.5,
            **dict.fromkeys(DATES - {"month"}, self.dates >= 0.8),
            **dict.fromkeys(NUMBERS, self.numbers >= 0.8 and self.mails == 0),
            **dict.fromkeys(KEYS, self.people < 0.6),
            "clock": self.clocks >= 0.8,
            "clock_zone": self.zones >= 0.8,
        }
        return enough.get(field, True)


class Looker:
    """
    Asks questions of one source's rows; a context.

    Args:
        raw: The source.
    """

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._engine = engine(raw.rows_file.parent)
        self._engine.execute("SET TimeZone = 'UTC'")
        self._engine.execute(CELLS)
        self._engine.execute(MACROS)
        self.rows = f"read_parquet({text(str(raw.rows_file))})"

    def __enter__(self) -> "Looker":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows a query gives."""
        try:
            return self._engine.execute(sql).fetchall()
        except duckdb.OutOfMemoryException:
            raise SourceError(
                f"{self.raw.name} cannot be looked at: there is not enough memory for its {len(self.raw.columns):,} columns.",
                "",
                "Leave out columns that are not needed, or close other programs, and import it again.",
            ) from None
        except duckdb.Error as fault:
            raise SourceError(
                f"{self.raw.name} cannot be looked at: {fault}", "", "Free memory or disk, then try again."
            ) from None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What every column holds, by its first rows."""
        if not self.raw.columns:
            return ()
        cells = ", ".join(map(quoted, self.raw.columns))
        rows = self.ask(f"SELECT {cells} FROM {self.rows} ORDER BY {ROW} LIMIT {SAMPLE}")
        columns = list(zip(*rows, strict=True)) or [()] * len(self.raw.columns)
        return tuple(_looked_at(name, cells) for name, cells in zip(self.raw.columns, columns, strict=True))


def _looked_at(name: str, cells: Sequence[str | None]) -> Column:
    filled = [cell.strip() for cell in cells if cell and cell.strip() and cell.strip().casefold() not in _NOTHING]
    shares = (sum(shape.fullmatch(cell) is not None for cell in filled) / max(1, len(filled)) for shape in _SHAPES)
    return Column(name, len(filled), len(set(filled)), *shares)


_NOTHING = {"null", "none", "nan", "n/a", "#n/a", "-"}
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        (
            r"'?(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}(?:\D.*)?|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*(?:\d{4}|\d{2})(?:\D.*)?"
            r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d(?:[ T].*|\d{6})?|1\d{9}(?:\d{3})?|[2-6]\d{4}(?:\.\d+)?"
            r"|(?:[^\W\d]{2,9},? )?\d{1,2}(?:st|nd|rd|th)?[-. ]+[^\W\d]{3,9}[-., ]+\d{2,4}.*|(?:[^\W\d]{2,9},? )?[^\W\d]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}.*)"
        ),
        r"'?\(?[-+−]?\s*(?:[A-Za-z]{0,4}\.?|[^\w\s]{1,2})?\s*[-+−]?(?:\d[\d.,'’\s]*|[.,]\d+)(?:[eE][-+]?\d+)?(?:,-|:-)?\s*(?:[^\W\d]{0,4}\.?|[^\w\s]{1,2})?[-−]?\)?",
        r"[^@\s]+@[^@\s]+",
        r"[^\W\d]+[.,]? +[^\W\d]+.*",
        r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?",
        r"[A-Z][A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|UTC|GMT",
    )
)  # fmt: skip
"""Cells that look like a date, a number, an e-mail address, a person's name, a time of day, a time zone."""


def quoted(column: str) -> str:
    """A column's name in SQL."""
    return '"' + column.replace('"', '""') + '"'
