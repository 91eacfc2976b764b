"""What are the models of value asked? The same of everybody: a summary, three fits, and what two of them say of each customer."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUESTIONS = {
    "summary": "summary of every customer",
    "bg": "BG/NBD, fit",
    "pareto": "Pareto/NBD, fit",
    "spend": "Gamma-Gamma, fit",
    "purchases": "purchases of the next 26 weeks, every customer",
    "value": "discounted value of 12 months, every customer",
}
BEFORE: dict[str, tuple[str, ...]] = {
    "summary": (), "bg": ("known",), "pareto": ("known",), "spend": ("known",),
    "purchases": ("known", "buying"), "value": ("known", "buying", "spending"),
}  # fmt: skip
"""Question -> what is done before it and not timed with it: the summary, the fits."""
NAMES = {"v": "gamma"}
"""Names others give parameters -> ours."""
UNIT_DAYS = 7
"""Parameters are told in weeks."""
LAST = "1997-09-30"
"""The last known day."""
WEEKS = 26
MONTHS, MONTH_WEEKS = 12, 4.345
"""lifetimes and pymc-marketing count a month as 4.345 weeks, and discount each month's purchases as if they came at its end."""
YEARLY = 0.1
MONTHLY = (1 + YEARLY) ** (1 / MONTHS) - 1


def transactions(folder: Path) -> dict[str, NDArray[np.int64]]:
    """Columns customer, day (since 1970), cents; one row per purchase."""
    with np.load(folder / "transactions.npz") as kept:
        return {name: kept[name] for name in kept.files}


def sums(known: Any) -> dict[str, float]:
    """
    What a summary comes to over all customers.

    Args:
        known: A frame with frequency, recency and T (weeks), monetary_value: what lifetimes and pymc-marketing both make.
    """
    return {
        "customers": len(known),
        "repeats": round(known["frequency"].sum()),
        "recency_days": round(known["recency"].sum() * UNIT_DAYS),
        "age_days": round(known["T"].sum() * UNIT_DAYS),
        "spent": float((known["frequency"] * known["monetary_value"]).sum()),
    }
