"""Which customers are meant? A segment expression, checked against a table's columns, becomes an Ibis condition."""

import difflib
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, NoReturn

import ibis
import ibis.expr.types as ir

from keepwell.errors import ExpressionError
from keepwell.schema import grammar
from keepwell.schema.clock import date_number, day_number, local_day
from keepwell.schema.grammar import Group, Name, Not, Test, Tree, Value

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_TEXT_TESTS: dict[str, Callable[[Any, str], Any]] = {
    "like": lambda a, b: a.like(b),
    "contains": lambda a, b: a.contains(b),
    "starts with": lambda a, b: a.startswith(b),
}
_TOLD = {
    "number": "a number",
    "text": "text",
    "boolean": "true or false",
    "day": "a day",
    "": "neither number, text nor day",
}


def parse(text: str, table: ir.Table, *, traits: Collection[str] | None = None, zone: str = "UTC") -> ir.BooleanValue:
    """
    The condition an expression puts on the rows of a table.

    Unknown compared with anything is unknown, as in SQL, and a filter leaves unknown rows out.
    Days are compared as the company's days; nothing of the text reaches an engine but as a value.

    Args:
        text: Such as: recency_days > 90 and orders >= 3 and country in ("FI", "HU").
        table: Whose columns may be named; a map column called traits holds the named traits.
        traits: The traits there are; they may be named without traits. and others are refused. None allows any.
        zone: IANA zone in which an instant becomes a day.

    Raises:
        ExpressionError: The text is not an expression, or does not fit the table; *at* is the place.
    """
    return _Compiler(table, traits, zone).condition(grammar.read(text))


def names(text: str) -> set[str]:
    """
    The columns and traits (traits.industry) an expression asks for, columns in lower case.

    Raises:
        ExpressionError: The text is not an expression.
    """
    return {
        _named(name)
        for test in _tests(grammar.read(text))
        for name in (test.left, *test.right)
        if isinstance(name, Name)
    }


def canonical(text: str) -> str:
    """
    The one way to write an expression: lower case, double quotes, no needless parentheses.

    Raises:
        ExpressionError: The text is not an expression.
    """
    return _written(grammar.read(text))


def parts(text: str) -> list[tuple[int, str]]:
    """
    An expression and every condition in it, each written canonically: how deep it lies, and its text.

    Raises:
        ExpressionError: The text is not an expression.
    """

    def below(tree: Tree, depth: int) -> list[tuple[int, str]]:
        inner = (tree.part,) if isinstance(tree, Not) else tree.parts if isinstance(tree, Group) else ()
        return [(depth, _written(tree)), *(found for part in inner for found in below(part, depth + 1))]

    return below(grammar.read(text), 0)


def point(text: str, error: ExpressionError, width: int = 76) -> str:
    """
    Two lines for a terminal: the line of the text that is wrong, and a caret under the place.

    Args:
        text: The expression.
        error: What came of it.
        width: How much of a long line is shown.
    """
    at = min(error.at, len(text))
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].split("\n", 1)[0]
    first = max(0, at - start - width // 2)
    shown = "".join(sign if sign.isprintable() else " " for sign in line[first : first + width])
    return f"{shown}\n{' ' * sum(_columns(sign) for sign in shown[: at - start - first])}^"


def _columns(sign: str) -> int:
    """How many places of a terminal a character takes."""
    return 0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _tests(tree: Tree) -> list[Test]:
    if isinstance(tree, Test):
        return [tree]
    parts = (tree.part,) if isinstance(tree, Not) else tree.parts
    return [test for part in parts for test in _tests(part)]


def _named(name: Name) -> str:
    return f"traits.{name.text}" if name.trait else name.text.lower() if name.text.isascii() else name.text


def _written(tree: Tree) -> str:
    if isinstance(tree, Group):
        loose = tree.word == "and"
        told = (f"({_written(p)})" if loose and isinstance(p, Group) else _written(p) for p in tree.parts)
        return f" {tree.word} ".join(told)
    if isinstance(tree, Not):
        inner = _written(tree.part)
        return f"not ({inner})" if isinstance(tree.part, Group) else f"not {inner}"
    left, right = _written_name(tree.left), [_written_operand(operand) for operand in tree.right]
    if tree.op == "is true":
        return left
    if tree.op.endswith("null"):
        return f"{left} {tree.op.replace('null', 'unknown')}"
    if tree.op.endswith("between"):
        return f"{left} {tree.op} {' and '.join(right)}"
    return f"{left} {tree.op} ({', '.join(right)})" if tree.op.endswith("in") else f"{left} {tree.op} {right[0]}"


def _written_operand(operand: Name | Value) -> str:
    if isinstance(operand, Name):
        return _written_name(operand)
    if isinstance(operand.value, bool):
        return str(operand.value).lower()
    if isinstance(operand.value, Decimal):
        told = f"{operand.value:f}"
        return (told.rstrip("0").rstrip(".") or "0") if "." in told else told
    return _quoted(operand.value)


def _written_name(name: Name) -> str:
    plain = name.text.isidentifier() and name.text.isascii()
    return f"traits.{name.text if plain else _quoted(name.text)}" if name.trait else _named(name)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True)
class _Term:
    """A column ready to be compared: as what (number, text, boolean, day), and its expression for each."""

    name: Name
    forms: dict[str, Any]
    floating: bool = False

    @property
    def kind(self) -> str:
        """What it is in the first place."""
        return next(iter(self.forms), "")


class _Compiler:
    """Turns the tree into an expression over one table."""

    def __init__(self, table: ir.Table, traits: Collection[str] | None, zone: str) -> None:
        self.table, self.traits, self.zone = table, traits, zone

    def condition(self, tree: Tree) -> ir.BooleanValue:
        if isinstance(tree, Group):
            both = tree.word == "and"
            return _balanced([self.condition(part) for part in tree.parts], both=both)
        if isinstance(tree, Not):
            return ~self.condition(tree.part)
        return self.test(tree)

    def test(self, test: Test) -> ir.BooleanValue:
        op = test.op.removeprefix("not ")
        found = self.positive(test, op)
        return ~found if op != test.op else found

    def positive(self, test: Test, op: str) -> Any:
        if op.endswith("null"):
            column = self.column(test.left)
            return column.isnull() if op == "is null" else column.notnull()
        term = self.term(test.left)
        if op == "is true":
            return self.truth(term)
        if op in _TEXT_TESTS:
            return _TEXT_TESTS[op](*self.texts(term, op, test))
        if isinstance(test.right[0], Name):
            return self.columns(term, op, self.term(test.right[0]))
        return self.given(term, op, test)

    def truth(self, term: _Term) -> Any:
        name = term.name
        if term.kind != "boolean":
            _fail(name, f"{name.text} is {_TOLD[term.kind]}, not a condition.", "Compare it: = value.")
        return term.forms["boolean"]

    def given(self, term: _Term, op: str, test: Test) -> Any:
        """A column compared with what is given."""
        values = [_value(term, operand) for operand in test.right if isinstance(operand, Value)]
        if op == "in":
            return term.forms[values[0][0]].isin([_literal(term, *value) for value in values])
        if term.kind == "boolean" and op not in ("=", "!="):
            _fail(test, "True and false have no order.", "Use = or !=.")
        if op == "between":
            return _between(term, test, values)
        return _COMPARE[op](term.forms[values[0][0]], _literal(term, *values[0]))

    def texts(self, term: _Term, op: str, test: Test) -> tuple[Any, str]:
        wanted = test.right[0]
        if term.kind != "text":
            _fail(test.left, f"{test.left.text} is {_TOLD[term.kind]}, and {op} looks into text.", "Use = < > or in.")
        if not isinstance(wanted, Value) or not isinstance(wanted.value, str):
            _fail(wanted, f"{op} looks for text.", 'Quote it: "abc".')
        if op == "like" and "\\" in wanted.value:
            _fail(wanted, "A pattern has no backslash.", "Use contains, which takes every character as it is.")
        return term.forms["text"], wanted.value

    def columns(self, left: _Term, op: str, right: _Term) -> Any:
        shared = [kind for kind in left.forms if kind in right.forms]
        if not shared:
            told = f"{left.name.text} is {_TOLD[left.kind]} and {right.name.text} is {_TOLD[right.kind]}."
            _fail(right.name, told, "Compare like with like.")
        if shared[0] == "boolean" and op not in ("=", "!="):
            _fail(right.name, "True and false have no order.", "Use = or !=.")
        a, b = left.forms[shared[0]], right.forms[shared[0]]
        if shared[0] == "number" and left.floating != right.floating:
            a, b = a.cast("float64"), b.cast("float64")
        return _COMPARE[op](a, b)

    def term(self, name: Name) -> _Term:
        column = self.column(name)
        kind, called = column.type(), name.text.lower()
        if kind.is_timestamp() or kind.is_date():
            return _Term(name, {"day": local_day(column, self.zone) if kind.is_timestamp() else date_number(column)})
        if kind.is_integer() and (called == "day" or called.endswith("_day")):
            return _Term(name, {"number": column, "day": column})
        if kind.is_numeric():
            return _Term(name, {"number": column}, floating=kind.is_floating())
        return _Term(name, {"text": column} if kind.is_string() else {"boolean": column} if kind.is_boolean() else {})

    def column(self, name: Name) -> Any:
        if name.trait:
            return self.trait(name)
        known = self.table.columns
        same = [name.text] if name.text in known else [c for c in known if c.lower() == name.text.lower()]
        if len(same) == 1:
            return self.table[same[0]]
        if not same and self.traits and name.text.lower() in {t.lower() for t in self.traits}:
            return self.trait(name)
        return self.unknown(name, [*known, *(self.traits or ())])

    def trait(self, name: Name) -> Any:
        if "traits" not in self.table.columns or not self.table["traits"].type().is_map():
            _fail(name, "There are no traits here.", f"Use one of: {', '.join(self.table.columns)}.")
        if self.traits is None or name.text in self.traits:
            return self.table["traits"].get(name.text)
        same = [trait for trait in self.traits if trait.lower() == name.text.lower()]
        if len(same) != 1:
            self.unknown(name, list(self.traits))
        return self.table["traits"].get(same[0])

    def unknown(self, name: Name, known: list[str]) -> NoReturn:
        near = difflib.get_close_matches(name.text.lower(), [k.lower() for k in known], n=3, cutoff=0.7)
        told = f"Nearest: {', '.join(near)}." if near else f"Known: {', '.join(known[:40])}."
        what = "trait" if name.trait else "column"
        raise ExpressionError(
            f"There is no {what} {name.text!r}.",
            told,
            f'Correct the name; if it is text, quote it: "{name.text}".',
            at=name.at,
        )


def _balanced(parts: list[Any], *, both: bool) -> Any:
    """Joined two by two, so that two hundred conditions nest eight deep and not two hundred."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [reduce(lambda a, b: a & b if both else a | b, pair) for pair in pairs]
    return parts[0]


def _value(term: _Term, operand: Value) -> tuple[str, Any]:
    """A given value as the column's kind, with that kind."""
    given = operand.value
    if isinstance(given, bool):
        kind = "boolean"
    else:
        kind = "number" if isinstance(given, Decimal) else "day" if "day" in term.forms else "text"
    if kind not in term.forms:
        came = "true or false" if kind == "boolean" else _TOLD[kind]
        _fail(operand, f"{term.name.text} is {_TOLD[term.kind]}, and {came} came.", _WANTED[term.kind])
    return kind, _day(operand) if kind == "day" else given


def _day(operand: Value) -> int:
    text = str(operand.value)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        _fail(operand, f"{text!r} is not a day.", 'Write a day as "2025-01-31".')
    return day_number(day)


_WANTED = {
    "number": "Give a number, without quotes.",
    "text": 'Give text in quotes: "FI".',
    "boolean": "Give true or false.",
    "day": 'Give a day in quotes: "2025-01-31".',
    "": "It can only be asked whether it is unknown.",
}


def _literal(term: _Term, kind: str, given: Any) -> Any:
    if kind != "number":
        return ibis.literal(given)
    if term.floating:
        return ibis.literal(float(given), "float64")
    if given == given.to_integral_value():
        return ibis.literal(int(given), "int64")
    scale = -given.as_tuple().exponent
    return ibis.literal(given, f"decimal({max(len(given.as_tuple().digits), scale)}, {scale})")


def _between(term: _Term, test: Test, values: list[tuple[str, Any]]) -> Any:
    (low_kind, low), (high_kind, high) = values
    if low_kind != high_kind:
        _fail(test.right[1], "The two ends are of different kinds.", "Give two numbers or two days.")
    if low > high:
        _fail(test.right[1], "The second value is smaller than the first.", "Write the smaller one first.")
    return term.forms[low_kind].between(_literal(term, low_kind, low), _literal(term, low_kind, high))


def _fail(where: Name | Value | Test, came: str, todo: str) -> NoReturn:
    raise ExpressionError(came, "", todo, at=where.at)
