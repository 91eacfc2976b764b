"""How is a segment put together by choosing? Rows of a column, a comparison and a value, and the expression they say."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.errors import ExpressionError
from keepwell.measure.profile import COLUMNS, profile
from keepwell.schema.grammar import Group, Name, Not, Test, Tree, Value, read
from keepwell.web.measures.answers import kept, key, trait_names
from keepwell.workspace import Workspace

HOWS: dict[str, Any] = {
    "=": _("is"), "!=": _("is not"), ">=": _("at least"), "<=": _("at most"), ">": _("more than"), "<": _("less than"),
    "contains": _("contains"), "yes": _("holds"), "no": _("does not hold"), "known": _("is known"), "unknown": _("is not known"),
}  # fmt: skip
"""How a column is compared, in words; a day is at least another when it is that day or later."""

BARE = ("yes", "no", "known", "unknown")
"""Comparisons without a value."""

_BOOLEAN, _TEXT = ("kept", "at_risk"), ("plan", "state")
_FEW, _MOST = 12, 50
_WORDS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\.?\s*)([^\W\d]\w*)")
_OURS = {"and", "or", "not", "in", "between", "is", "null", "unknown", "true", "false", "like", "contains", "starts", "with", "traits"}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """
    One condition, as it is chosen.

    Args:
        column: A column, or traits.NAME; "" where none was chosen yet.
        how: One of HOWS.
        value: What it is compared with, as typed.
        choices: Values the data have, where they are few.
    """

    column: str = ""
    how: str = "="
    value: str = ""
    choices: tuple[str, ...] = ()


def written(rows: Sequence[Row], word: str) -> str:
    """The expression rows say, joined by and or by or; a row that is not finished says nothing yet."""
    return f" {word} ".join(_condition(row) for row in rows if row.column and (row.how in BARE or row.value.strip()))


def _condition(row: Row) -> str:
    name = row.column
    if name.startswith("traits.") and not re.fullmatch(r"traits\.[^\W\d]\w*", name):
        name = f"traits.{_quoted(name.removeprefix('traits.'))}"
    bare = {"yes": name, "no": f"not {name}", "known": f"{name} is not unknown", "unknown": f"{name} is unknown"}
    return bare.get(row.how) or f"{name} {row.how} {_value(row)}"


def _value(row: Row) -> str:
    said = row.value.strip()
    if row.column in _BOOLEAN and said.lower() in ("true", "false"):
        return said.lower()
    counted = row.column in COLUMNS and row.column not in _TEXT and not row.column.endswith("_on")
    if counted and re.fullmatch(r"-?\d+(\.\d+)?", said):
        return said
    return _quoted(said)


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def rows_of(where: str) -> tuple[list[Row], str] | None:
    """The rows of an expression, and the word that joins them; None where it says more than rows can, or is wrong."""
    try:
        tree = read(where)
    except ExpressionError:
        return None
    word = tree.word if isinstance(tree, Group) else "and"
    parts: Sequence[Tree] = tree.parts if isinstance(tree, Group) else (tree,)
    found = [_row(part) for part in parts]
    return ([row for row in found if row], word) if all(found) and len(found) <= _MOST else None


def _row(part: Tree) -> Row | None:
    if isinstance(part, Not):
        inner = _row(part.part)
        return Row(inner.column, "no") if inner and inner.how == "yes" else None
    if not isinstance(part, Test):
        return None
    column = _column(part.left)
    bare = {"is true": "yes", "is null": "unknown", "is not null": "known"}.get(part.op)
    if bare:
        return Row(column, bare)
    only = part.right[0] if len(part.right) == 1 else None
    return Row(column, part.op, _told(only.value)) if part.op in HOWS and isinstance(only, Value) else None


def _column(name: Name) -> str:
    return f"traits.{name.text}" if name.trait else name.text.lower()


def _told(value: str | Decimal | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def columns_of(opened: Workspace) -> list[str]:
    """What rows can ask for: what is worked out of customers, what was imported of them, and their traits."""
    imported = [name for name in opened.facts().read("customers").columns if name not in ("customer_id", "traits")]
    return [
        *COLUMNS,
        *(name for name in imported if name not in COLUMNS),
        *(f"traits.{name}" for name in trait_names(opened)),
    ]


def choices(opened: Workspace, column: str) -> tuple[str, ...]:
    """The values a column of words has, where they are few; asked of the engine once for as long as the data stand."""
    if not column or (column in COLUMNS and column not in _TEXT):
        return ()

    def found() -> tuple[str, ...]:
        people = profile(opened.facts(), columns={column})
        trait = column.removeprefix("traits.")
        if column.startswith("traits."):
            value: Any = people.traits.get(trait)
        elif column in people.columns and people[column].type().is_string():
            value = people[column]
        else:
            return ()
        told = people.select(value=value).filter(value.notnull()).distinct().limit(_FEW + 1)
        values = sorted(map(str, opened.run(told)["value"].dropna()))
        return tuple(values) if len(values) <= _FEW else ()

    return kept(key(opened, "choices", column), found)


def strange(where: str, columns: Collection[str]) -> tuple[str, int] | None:
    """The first word of an expression that is neither a column nor a trait nor a word of ours, and its place."""
    known = {name.lower() for name in columns} | {name.removeprefix("traits.").lower() for name in columns} | _OURS
    for found in _WORDS.finditer(where):
        word = found[2]
        if word and not found[1].startswith(".") and word.lower() not in known:
            return word, found.start(2)
    return None
