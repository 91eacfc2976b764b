"""How does an answer stand as a table? Two kinds of cells make a grid, others a list; every figure leads to its customers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from keepwell.measure.deals import wilson
from keepwell.web.base.templatetags import desk
from keepwell.web.measures.answers import Told
from keepwell.web.measures.words import _BASES, base, cell, defined, figure, head, name_of, period

ROWS, COLUMNS = 60, 14
"""Rows and groups that are shown; all of them are in the file."""
_HIDDEN = ("complete", "reason", "greyed", "last", "leaves_on")


@dataclass(frozen=True)
class Cell:
    """
    One figure of a table.

    Args:
        text: As it is written.
        url: Where its customers are listed; "" where nobody stands behind it.
        to_date: Whether its days are not over, or it is not defined.
        note: On how many a share rests, and its 95 % interval where it is one of a count.
    """

    text: str
    url: str = ""
    to_date: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """
    A table.

    Args:
        heads: Names of the columns; the first one names the rows.
        rows: A name and its cells.
        left_out: How many rows are not shown.
        noted: Whether figures say on what they rest: where no column does.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, tuple[Cell, ...]], ...]
    left_out: int = 0
    noted: bool = False


Link = Callable[..., str]
"""From a row and a group to the page of customers."""


def weight(shown: pd.DataFrame) -> "pd.Series[float]":
    """How much stands behind each row: the base it rests on."""
    column = next((name for name in _BASES if name in shown), "value")
    return shown[column].astype("float64").fillna(0)


def dims(told: Told, shown: pd.DataFrame) -> tuple[str, ...]:
    """Columns that tell the rows apart, time first; those that say the same everywhere are left out."""
    order = ("period", "cohort", "age")
    columns = sorted(told.cell, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(name for name in columns if name in order[:2] or len(set(shown[name])) > 1)


def grid(shown: pd.DataFrame, names: tuple[str, ...], unit: str, currency: str, link: Link) -> Table | None:
    """
    Figures of two kinds of cells, one down and one across.

    Args:
        shown: Rows of the answer.
        names: Columns that tell them apart; only two make a grid.
        unit: Of the metric.
        currency: Of money.
        link: Where a figure leads.
    """
    if len(names) != 2:
        return None
    down, across = names
    columns = list(dict.fromkeys(shown[across]))
    if across != "age":
        sizes = weight(shown).groupby(shown[across]).sum().sort_values(ascending=False)
        columns = list(sizes.index[:COLUMNS])
    found = {(row[down], row[across]): row for _place, row in shown.iterrows()}
    rows = list(dict.fromkeys(shown[down]))
    told = tuple(
        (Cell(_label(down, name)), tuple(_value(found.get((name, other)), unit, currency, link) for other in columns))
        for name in rows[-ROWS:]
    )
    heads = (head(down), *(name_of({across: other}, (across,)) if across != "age" else str(other) for other in columns))
    return Table(heads, told, max(len(rows) - ROWS, 0), noted=across != "age")


def flat(told: Told, shown: pd.DataFrame, names: tuple[str, ...], unit: str, currency: str, link: Link) -> Table:
    """
    Every count of every cell, a row each.

    Args:
        told: The answer.
        shown: Rows that are shown.
        names: Columns that tell them apart.
        unit: Of the metric.
        currency: Of money.
        link: Where a figure leads.
    """
    counts = [name for name in shown.columns if name not in (*told.cell, "value", *_HIDDEN)]
    latest = shown.tail(ROWS) if names[:1] == ("period",) else shown.head(ROWS)
    rows = []
    for _place, row in latest.iterrows():
        money = currency or str(row.get("currency") or "")
        cells = [_value(row, unit, money, link)]
        for name in counts:
            group = _group(name, told.groups)
            url = link(row, group) if told.named and group and defined(row[name]) and row[name] else ""
            cells.append(Cell(cell(name, row[name], unit, money), url))
        rows.append((Cell(_row_name(row, names)), tuple(cells)))
    heads = (head(names[0]) if len(names) == 1 else "", head("value"), *map(head, counts))
    return Table(heads, tuple(rows), max(len(shown) - ROWS, 0))


def _row_name(row: Any, names: tuple[str, ...]) -> str:
    if len(names) == 1 and names[0] not in ("period", "cohort"):
        if "leaves_on" in row.index and names[0] == "end_day":
            return cell("leaves_on", row["leaves_on"], "count")
        return _label(names[0], row[names[0]])
    return name_of(row, names) if names else _("all")


def _label(column: str, value: Any) -> str:
    if column in ("period", "cohort"):
        return period(str(value))
    return str(value) if isinstance(value, str) else cell(column, value, "count")


def _value(row: Any, unit: str, currency: str, link: Link) -> Cell:
    if row is None:
        return Cell("")
    if defined(row["value"]):
        return Cell(figure(row["value"], unit, currency), link(row), note=_rests(row) if unit == "share" else "")
    return Cell(_("not defined") if row["complete"] else _("to date"), link(row), to_date=True)


def _rests(row: Any) -> str:
    """On how many a share rests; with the interval of Wilson where it is so many of them."""
    found = base(row)
    if found is None or found[0] < 1:
        return ""
    n, told = found[0], {"n": desk.number(found[0])}
    part = float(row["value"]) * n
    if not 0 <= part <= n or abs(part - round(part)) > _WHOLE:
        return _("n %(n)s") % told
    low, high = wilson(round(part), n)
    told |= {"low": figure(low, "share"), "high": figure(high, "share")}
    return _("n %(n)s, %(low)s to %(high)s") % told


_WHOLE = 1e-6
"""So near to a whole number is a share times its base where it is a share of a count."""


def _group(column: str, groups: tuple[str, ...]) -> str:
    """The group a column counts; "" where it counts none."""
    short = column.removesuffix("_customers").removeprefix("customers_at_")
    return next((name for name in (column, short) if name in groups), "")
