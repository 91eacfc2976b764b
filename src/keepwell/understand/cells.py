"""Who bought alike? Customers with the same few numbers count as one, so that a fit looks at a thousandth of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """
    Customers by how often, how lately and since when they bought.

    Args:
        repeats: Days with a purchase after the first, shape (n,).
        recency: From the first purchase to the last, in units of time, shape (n,).
        age: From the first purchase to the end of what is known, same units, shape (n,).
        customers: How many customers a cell stands for, shape (n,).
    """

    repeats: Floats
    recency: Floats
    age: Floats
    customers: Floats

    @classmethod
    def of(cls, counted: pd.DataFrame, *, unit_days: float) -> "Cells":
        """
        Cells from exact counts.

        Args:
            counted: Whole columns repeats, recency_days, age_days, customers.
            unit_days: Days of a unit of time, such as 7.
        """
        days = {name: counted[f"{name}_days"].to_numpy("float64") / unit_days for name in ("recency", "age")}
        return cls(counted["repeats"].to_numpy("float64"), **days, customers=counted["customers"].to_numpy("float64"))

    @cached_property
    def by_repeats(self) -> tuple[Floats, Floats]:
        """The numbers of repeats there are, and how many customers have each."""
        there, place = np.unique(self.repeats, return_inverse=True)
        return there, np.bincount(place, weights=self.customers)

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.customers.sum())
