"""Who bought alike? Customers with the same few numbers count as one, so that a fit looks at a thousandth of them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ModelError

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SEEN = ("repeats", "recency_days", "age_days")
"""What cells are counted by."""
_DENSE = 1 << 22


@dataclass(frozen=True)
class Pairs:
    """
    The distinct pairs of repeats and a time that there are.

    Args:
        repeats: Shape (pairs,).
        time: In units of time, shape (pairs,).
        place: Which pair each cell has, shape (cells,).
    """

    repeats: Floats
    time: Floats
    place: Whole


@dataclass(frozen=True)
class Cells:
    """
    Customers by how often, how lately and since when they bought.

    Args:
        repeats: Days with a purchase after the first, shape (n,).
        recency_days: From the first such day to the last, shape (n,).
        age_days: From the first such day to the last day that is known, shape (n,).
        customers: How many customers a cell stands for, shape (n,).
        unit_days: Days of a unit of time, such as 7.
    """

    repeats: Whole
    recency_days: Whole
    age_days: Whole
    customers: Floats
    unit_days: float

    @classmethod
    def of(cls, counted: pd.DataFrame, names: tuple[str, str, str] = SEEN, *, unit_days: float) -> "Cells":
        """
        Cells from exact counts.

        Args:
            counted: The three whole columns, and customers (1 each where it is not told).
            names: What the columns are called.
            unit_days: Days of a unit of time.

        Raises:
            ModelError: What the columns tell cannot be.
        """
        repeats, recency, age = (counted[name].to_numpy("int64") for name in names)
        customers = counted["customers"].to_numpy("float64") if "customers" in counted else np.ones(len(counted))
        if not _possible(repeats, recency, age):
            raise ModelError(
                "Some customers have a last purchase before their first, or after the last day that is known.",
                f"0 <= {names[1]} <= {names[2]}, and {names[1]} is 0 where {names[0]} is 0.",
                "Count the cells with the model's own needs().",
            )
        return cls(repeats, recency, age, customers, float(unit_days))

    def at(self, unit_days: float) -> "Cells":
        """The same by another unit of time."""
        return replace(self, unit_days=unit_days)

    def coarser(self) -> "Cells":
        """The same customers by times rounded down to a twentieth of the longest age: far fewer cells, nearly alike."""
        step = max(int(self.age_days.max(initial=0)) // 20, 1)
        repeats, which = distinct(self.repeats)
        size = int(self.age_days.max(initial=0)) // step + 1
        there, place = distinct((which * size + self.recency_days // step) * size + self.age_days // step)
        customers = np.bincount(place, weights=self.customers).astype(np.float64)
        recency, age = there // size % size * step, there % size * step
        return Cells(repeats[there // size**2], recency, age, customers, self.unit_days)

    def part(self, rows: Whole) -> "Cells":
        """Some of the cells."""
        repeats, recency, age = (told[rows] for told in (self.repeats, self.recency_days, self.age_days))
        return Cells(repeats, recency, age, self.customers[rows], self.unit_days)

    @property
    def recency(self) -> Floats:
        """In units of time."""
        return self.recency_days / self.unit_days

    @property
    def age(self) -> Floats:
        """In units of time."""
        return self.age_days / self.unit_days

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.customers.sum())

    @cached_property
    def by_repeats(self) -> tuple[Floats, Floats]:
        """The numbers of repeats there are, and how many customers have each."""
        there, place = distinct(self.repeats)
        return there.astype(np.float64), np.bincount(place, weights=self.customers).astype(np.float64)

    @cached_property
    def since(self) -> Pairs:
        """Repeats and recency."""
        return self._pairs(self.recency_days)

    @cached_property
    def until(self) -> Pairs:
        """Repeats and age."""
        return self._pairs(self.age_days)

    def _pairs(self, days: Whole) -> Pairs:
        repeats, which = distinct(self.repeats)
        base = int(days.max(initial=0)) + 1
        there, place = distinct(which * base + days)
        return Pairs(repeats[there // base].astype(np.float64), there % base / self.unit_days, place)


def _possible(repeats: Whole, recency: Whole, age: Whole) -> bool:
    bought_on = (recency >= 0) & (recency <= age) & ((repeats > 0) | (recency == 0)) & (repeats >= 0)
    return bool(bought_on.all())


def distinct(values: Whole) -> tuple[Whole, Whole]:
    """
    The distinct values, ascending, and the place of each value among them.

    Args:
        values: Whole numbers of at least 0; quick where the largest is a few million.
    """
    size = int(values.max(initial=0)) + 1
    if size > _DENSE:
        found: Any = np.unique(values, return_inverse=True)
        return found[0], found[1]
    there = np.zeros(size, dtype=bool)
    there[values] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[values]
