"""How does a table of anything become numbers? Text by its frequent values, numbers as they are, unknown as unknown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]
LEVELS, FEWEST = 15, 20
"""How many values of a text are told apart at most, and how many customers one must have."""
UNKNOWN = ""
"""The value of a text that is not known."""


def encoding(table: pd.DataFrame, names: Iterable[str]) -> dict[str, list[str] | None]:
    """
    What of a table can be learned from.

    Args:
        table: Rows of customers.
        names: Its columns to look at.

    Returns:
        Column -> the values told apart, most frequent first; None where it is a number. Columns that are the same for
        everybody, and texts without a frequent value (names, keys), are not in it.
    """
    found: dict[str, list[str] | None] = {}
    for name in names:
        column = readable(table[name])
        if column.dtype != object:
            if len(column.unique()) > 1:
                found[name] = None
            continue
        counts = column.value_counts()
        frequent = counts[counts >= FEWEST].index[:LEVELS]
        if len(frequent) and len(counts) > 1:
            found[name] = [str(level) for level in frequent]
    return found


def readable(column: pd.Series) -> pd.Series:
    """
    A column as numbers (float64), or as text where it is not: truth is 1 and 0, text of numbers is numbers, blank is unknown.

    Args:
        column: Of any kind.
    """
    if column.dtype != object and not isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype):
        return pd.Series(column.to_numpy("float64", na_value=np.nan), index=column.index)
    places, values = pd.factorize(column, use_na_sentinel=True)  # each value is read once
    told = _read(pd.Series(values, dtype=object))
    unknown: Any = np.nan if told.dtype != object else UNKNOWN
    known = np.append(told.to_numpy(), unknown) if len(told) else np.array([np.nan])
    return pd.Series(known[places], index=column.index)


def _read(values: pd.Series) -> pd.Series:
    """Distinct known values as numbers where they are, otherwise as trimmed text."""
    if len(values) and all(isinstance(value, bool) for value in values):
        return values.astype("float64")
    text = values.map(lambda value: str(value).strip())
    numbers = pd.to_numeric(text.where(text != UNKNOWN), errors="coerce")
    said = int((text != UNKNOWN).sum())
    return numbers.astype("float64") if said and int(numbers.notna().sum()) >= 0.99 * said else text


def columns(table: pd.DataFrame, known: Mapping[str, Sequence[str] | None]) -> Floats:
    """
    The numbers, shape (rows, one per number and one per value of a text); unknown numbers are NaN.

    Args:
        table: Rows of customers.
        known: What encoding() found, perhaps in an older table.

    Raises:
        ModelError: A column that was learned from is not there.
    """
    missing = [name for name in known if name not in table]
    if missing:
        raise ModelError(
            f"The table lacks {', '.join(missing)}, which was learned from.",
            "Wanted: the columns the model has learned.",
            "Import what is missing, or let the model learn again without it.",
        )
    parts: list[Any] = []
    for name, levels in known.items():
        if levels is None:
            parts.append(_numbers(table[name]))
        else:
            text = readable(table[name]).astype(str)
            parts += [(text == level).to_numpy("float64") for level in levels]
    return np.stack(parts, axis=1) if parts else np.zeros((len(table), 0))


def owners(known: Mapping[str, Sequence[str] | None]) -> list[str]:
    """For each of columns(), the name of the column it came from."""
    return [name for name, levels in known.items() for _level in (levels or [""])]


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(readable(column), errors="coerce").to_numpy("float64")
