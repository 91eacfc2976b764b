"""Which column means what? A table's columns put to the language, so that a person can confirm it and it can be remembered."""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, get_args

import pydantic

from keepwell.connectors.mapping.values import DateOrder, Decimals
from keepwell.errors import ConfigError

TableName = Literal[
    "customers",
    "orders",
    "order_lines",
    "refunds",
    "subscriptions",
    "events",
    "touches",
    "answers",
    "tickets",
    "costs",
    "deals",
    "merges",
    "assignments",
]


class Mapping(pydantic.BaseModel, frozen=True, extra="forbid"):
    """
    What the columns of one kind of file mean.

    Fields are columns of the canonical table; orders have besides them those of their lines (product_id, product_name, category,
    quantity, unit_price, amount, line_no), of their customer (email, name, first_name, last_name, phone), and a time of day and
    a time zone of their own (clock, clock_zone). Subscriptions have besides them the price of their interval (price) and the day
    a cancellation will come about (ends_ahead). Tickets are events, and what was given for them answers: they have ticket_id,
    opened_at, closed_at, subject, category, ticket_status and score.
    """

    table: TableName
    rows: Literal["records", "lines"] = "records"
    """Whether a row is a whole record, or one line of an order that has several."""
    columns: dict[str, str]
    """Field -> source column."""
    constants: dict[str, str] = {}
    """Field -> its value in every row, where no column says it."""
    traits: tuple[str, ...] = ()
    """Source columns kept by name as traits (of customers) or properties (of events and tickets)."""
    date_order: DateOrder = "year_first"
    """What 01/02/2026 is."""
    decimals: Decimals = "point"
    """What parts the cents."""
    zone: str | None = None
    """IANA zone of times that carry no offset; None is the company's."""
    negatives: Literal["refunds", "refuse"] = "refunds"
    """What a negative amount of an order is."""
    ends: Literal["first_day_without", "last_day"] = "first_day_without"
    """What the end of a subscription names."""
    words: dict[str, dict[str, str]] = {}
    """Field -> word of the source in lower case -> canonical word."""
    because: dict[str, str] = {}
    """Field -> what in the data decided it, told to the user."""

    def describe(self) -> list[str]:
        """What the mapping says, one line per field, for a person to confirm."""
        row = {"lines": "one row is one line of an order", "records": "one row is one record"}[self.rows]
        lines = [f"table: {self.table} ({row})"]
        for field, column in self.columns.items():
            why = f" ({self.because[field]})" if field in self.because else ""
            lines.append(f'{self.table}.{field} ← "{column}"{why}')
        for field, value in self.constants.items():
            why = f" ({self.because[field]})" if field in self.because else ""
            lines.append(f"{self.table}.{field} = {value}{why}")
        if self.traits:
            kept = "traits" if self.table == "customers" else "properties"
            lines.append(f"{self.table}.{kept} ← {', '.join(self.traits)}")
        for field, words in self.words.items():
            told = ", ".join(f"{word} = {state}" for word, state in words.items())
            lines.append(f"{self.table}.{field}: {told}")
        lines.append(
            f"dates: {self.date_order.replace('_', ' ')}; cents after a {self.decimals}; times in {self.zone or 'the company zone'}"
        )
        return lines

    def to_toml(self) -> str:
        """The mapping as a file a person can read and change."""
        lines = ["# Which column means what. Written by an import; change what is wrong."]
        said = self.model_dump(exclude_defaults=True)
        tables = {key: value for key, value in said.items() if isinstance(value, dict)}
        lines += [f"{key} = {_toml(value)}" for key, value in said.items() if key not in tables]
        for key, table in tables.items():
            lines += [
                "",
                f"[{key}]",
                *(f"{json.dumps(name, ensure_ascii=False)} = {_toml(value)}" for name, value in table.items()),
            ]
        return "\n".join(lines) + "\n"

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """
        Read a mapping.

        Raises:
            ConfigError: It is not TOML, or a setting does not hold.
        """
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise ConfigError(f"The column mapping is not valid TOML: {fault}.", "", "Correct that line.") from None
        except pydantic.ValidationError as fault:
            told = " ".join(_in_words(error["loc"], error["type"], error["input"]) for error in fault.errors())
            raise ConfigError(
                f"The column mapping does not hold. {told}", "", "Correct it and import again (docs/how-to/import.md)."
            ) from None


_FORM = ("encoding", "delimiter")
_TABLES = ("columns", "constants", "words", "because")


def _in_words(place: Sequence[int | str], kind: str, said: object) -> str:
    """One sentence on what a setting says and should say."""
    key, known = str(place[0]), list(Mapping.model_fields)
    if key in _FORM or (key == "columns" and len(place) == 1 and isinstance(said, str | list)):
        return (
            f"{key} is no part of a mapping where it says how the file is written; "
            f"give it to the import: keepwell import FILE --{key} {_FLAGS[key]}."
        )
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key.casefold(), known, 1)
        hint = f"did you mean {near[0]}?" if near else f"settings are {', '.join(known)}."
        return f"There is no setting {key}; {hint}"
    if kind == "missing":
        return f"{key} is missing{_MISSING.get(key, '')}."
    if kind == "literal_error":
        choices = get_args(Mapping.model_fields[key].annotation)
        near = difflib.get_close_matches(str(said).casefold().replace(" ", "_"), choices, 1)
        meant = f"; did you mean {near[0]}?" if near else "."
        return f'{key} is "{said}", but it is one of {", ".join(choices)}{meant}'
    if key in _TABLES and len(place) == 1:
        return f"{key} is a table of its own: write [{key}] and below it one line for each."
    if key == "traits" and len(place) == 1:
        return 'traits is a list: write ["one", "two"].'
    return f"{'.'.join(map(str, place))} is not a text: put it into quotes."


_FLAGS = {"encoding": "cp1250", "delimiter": "blanks", "columns": "customer_id,date,amount"}
_MISSING = {
    "table": f": one of {', '.join(get_args(TableName))}",
    "columns": ": the table [columns] names a column for every field",
}


@dataclass(frozen=True)
class Guess:
    """
    What a table's columns seem to mean.

    Args:
        mapping: The best reading found.
        problems: Why it cannot be imported like that, whole sentences; empty where it can.
        doubts: What was chosen without proof and a person should confirm.
        sure: 0 to 1: how much of what the table needs was found by name.
    """

    mapping: Mapping
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sure: float = 0.0

    def describe(self) -> list[str]:
        """The mapping's lines, then what is in doubt, then what is wrong."""
        return [
            *self.mapping.describe(),
            *(f"please confirm: {doubt}" for doubt in self.doubts),
            *(f"problem: {problem}" for problem in self.problems),
        ]


def fingerprint(columns: Sequence[str]) -> str:
    """The name under which a mapping is remembered: the same for the same column names in any order, whatever their case."""
    names = sorted(" ".join(column.casefold().split()) for column in columns)
    return hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:16]


def _toml(value: object) -> str:
    if isinstance(value, Pairs):
        return (
            "{"
            + ", ".join(f"{json.dumps(str(key), ensure_ascii=False)} = {_toml(inner)}" for key, inner in value.items())
            + "}"
        )
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
