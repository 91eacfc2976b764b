"""Is what came a figure at all? One refusal for every question of this room, so that nonsense never becomes a number."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keepwell.errors import ProofError


def chance(what: str, value: float) -> float:
    """
    A number between 0 and 1, neither of them.

    Args:
        what: What it is, such as "alpha".
        value: What came.

    Raises:
        ProofError: It is none.
    """
    if not _number(value) or not 0 < value < 1:
        raise ProofError(f"{what} is {value!r}.", "Wanted: a number above 0 and below 1.", "0.05 or 0.95 are usual.")
    return value


def above(what: str, value: float, least: float = 0.0, *, reached: bool = False) -> float:
    """
    A finite number above another one.

    Args:
        what: What it is.
        value: What came.
        least: The other one.
        reached: Whether it may be that one.

    Raises:
        ProofError: It is none, or not above.
    """
    if not _number(value) or not math.isfinite(value) or value < least or (value == least and not reached):
        raise ProofError(f"{what} is {value!r}.", f"Wanted: a number {_from(least, reached=reached)}.", "Correct it.")
    return value


def count(what: str, value: float, least: int = 0) -> int:
    """
    A whole number, at least another one.

    Args:
        what: What is counted.
        value: What came.
        least: The fewest.

    Raises:
        ProofError: It is not whole, or fewer.
    """
    if not _number(value) or not math.isfinite(value) or value != int(value) or value < least:
        raise ProofError(f"{what}: {value!r}.", f"Wanted: a whole number, {least:,} or more.", "Count again.")
    return int(value)


def boundary(value: float) -> float:
    """
    A critical score: 0 or more, and inf where nothing is to be said.

    Args:
        value: What came.

    Raises:
        ProofError: It is none; an interval drawn at it would be upside down, or nothing.
    """
    if not _number(value) or not value >= 0:
        raise ProofError(f"The boundary is {value!r}.", "Wanted: standard errors, 0 or more.", "1.96 is usual.")
    return value


def known(what: str, values: Any, shape: Sequence[int | None] = (None,)) -> None:
    """
    An array of finite numbers.

    Args:
        what: What it holds.
        values: What came.
        shape: How long it is in each direction; None where any length but 0 will do.

    Raises:
        ProofError: It is of another shape, empty, or some number in it is unknown or infinite.
    """
    try:
        told = np.asarray(values, "float64")
    except (TypeError, ValueError):
        raise ProofError(f"{what} holds something that is no number.", "Wanted: numbers.", "Mend it.") from None
    fits = len(told.shape) == len(shape)
    if not fits or any(n == 0 or m not in (None, n) for n, m in zip(told.shape, shape, strict=True)):
        wanted = " x ".join("some" if n is None else f"{n:,}" for n in shape)
        raise ProofError(
            f"{what} is {' x '.join(map(str, told.shape)) or 'one number'}.",
            f"Wanted: {wanted}, one for each.",
            "Give as many of all.",
        )
    if not np.isfinite(told).all():
        raise ProofError(
            f"{what} holds {np.sum(~np.isfinite(told)):,} that are unknown or infinite.",
            "Wanted: finite numbers.",
            "Mend or leave out what is not known, in every arm alike, before it is compared.",
        )


def _number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not math.isnan(value)


def _from(least: float, *, reached: bool) -> str:
    return f"{least:g} or above" if reached else f"above {least:g}"
