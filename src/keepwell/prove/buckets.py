"""Which of ten thousand buckets does a unit fall into under a salt? The same in Python, on every engine, and in SQL anybody can run."""

import re
from hashlib import md5
from typing import Literal

import ibis
import ibis.expr.types as ir

from keepwell.errors import KeepwellError

BUCKETS = 10_000
"""So many buckets; a share is a whole number of them."""

Dialect = Literal["duckdb", "postgres", "spark"]
"""Databases a bucket is written for."""

_DIGITS = 16
"""Hexadecimal digits of the first eight bytes."""

_SAFE = re.compile(r"[\w .:/-]+")
"""Salts of these letters mean the same inside quotes in every dialect."""

_SQL: dict[Dialect, str] = {
    "duckdb": "CAST(CAST('0x' || left({digest}, 16) AS UBIGINT) % 10000 AS INTEGER)",
    "postgres": (
        "CAST(((('x' || substr({digest}, 1, 8))::bit(32)::bigint % 10000) * 7296"
        " + ('x' || substr({digest}, 9, 8))::bit(32)::bigint) % 10000 AS integer)"
    ),
    "spark": "CAST(CAST(conv(left({digest}, 16), 16, 10) AS DECIMAL(20, 0)) % 10000 AS INT)",
}
"""PostgreSQL has no unsigned eight bytes: two halves of four, and 2^32 leaves 7296 when divided by 10,000."""


def bucket(salt: str, unit: str) -> int:
    """
    The bucket of one unit, 0 to 9,999.

    The first eight bytes of md5("salt:unit" in UTF-8), read as a whole number without a sign, highest byte first,
    modulo 10,000. No bucket is likelier than another by more than one in 10^15.

    Args:
        salt: Whatever is drawn together, such as "thanks:1"; other salts draw independently.
        unit: Id of a customer or account, taken letter by letter as it is stored.

    Raises:
        KeepwellError: The id is no text.
    """
    return int(_digest(salt, unit)[:_DIGITS], 16) % BUCKETS


def _digest(salt: str, unit: str) -> str:
    if not isinstance(unit, str):
        raise KeepwellError(f"The id {unit!r} is no text.", "Units are named by text.", "Give the id as it is stored.")
    try:
        return md5(f"{salt}:{unit}".encode(), usedforsecurity=False).hexdigest()
    except UnicodeEncodeError as error:
        raise KeepwellError(
            f"The id {unit!r} has half a letter in it.", "Ids are whole text.", "Read the source again as UTF-8."
        ) from error


def digest_column(salt: str, unit: ir.StringValue) -> ir.StringValue:
    """
    The md5 of "salt:unit" as 32 hexadecimal digits, for a column of units.

    Args:
        salt: As for bucket().
        unit: Ids; null stays null.
    """
    return (ibis.literal(f"{salt}:") + unit).hexdigest("md5")


def bucket_column(salt: str, unit: ir.StringValue) -> ir.IntegerValue:
    """
    The buckets of a column of units, as bucket() has them.

    Engines read sixteen hexadecimal digits each in their own way, or not at all; the value of one digit is the same everywhere:
    of its letter's number, the remainder by 87 and of that by 48.

    Args:
        salt: As for bucket().
        unit: Ids; null has no bucket.
    """
    digest = digest_column(salt, unit)
    total: ir.IntegerValue = ibis.literal(0, "int64")
    for place in range(_DIGITS):
        digit = digest.substr(place, 1).ascii_str().cast("int64") % 87 % 48
        total = total + digit * pow(16, _DIGITS - 1 - place, BUCKETS)
    return (total % BUCKETS).cast("int64")


def bucket_sql(salt: str, column: str, dialect: Dialect = "duckdb", account: str | None = None) -> str:
    """
    The bucket as a piece of SQL, to be put into a SELECT by anybody who wants to check.

    Args:
        salt: As for bucket().
        column: Name of the column of ids.
        dialect: Which database will run it.
        account: Name of the column of accounts, which are drawn whole; who belongs to none is drawn by the id.

    Raises:
        KeepwellError: An unknown dialect, or a salt that dialects would read differently.
    """
    if dialect not in _SQL:
        raise KeepwellError(
            f"There is no dialect {dialect!r}.", f"Dialects: {', '.join(_SQL)}.", "Use the nearest of them."
        )
    text = f"{quoted_text(salt + ':')}"
    name = quoted_name(column, dialect)
    if account:
        name = f"coalesce({quoted_name(account, dialect)}, {name})"
    whole = {
        "duckdb": f"md5({text} || {name})",
        "postgres": f"md5(convert_to({text} || {name}, 'UTF8'))",
        "spark": f"md5(concat({text}, {name}))",
    }[dialect]
    return _SQL[dialect].format(digest=whole)


def quoted_text(text: str) -> str:
    """
    Text as a literal that every dialect reads alike.

    Raises:
        KeepwellError: It holds a letter that some dialect takes for something else.
    """
    if not _SAFE.fullmatch(text):
        raise KeepwellError(
            f"{text!r} cannot be written into SQL that means the same everywhere.",
            "Wanted: letters, digits, spaces and . _ : / -",
            "Name it so.",
        )
    return f"'{text}'"


def quoted_name(name: str, dialect: Dialect) -> str:
    """A column or table name, dots between its parts, as the dialect quotes it."""
    mark = "`" if dialect == "spark" else '"'
    return ".".join(mark + part.replace(mark, mark * 2) + mark for part in name.split("."))
