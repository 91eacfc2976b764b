"""What do the libraries that look at one row per customer in memory begin with? The purchases as a frame, and what comes before a question."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import value_questions as asked

Answer = Callable[["Opened"], Any]


@dataclass
class Opened:
    """
    What a question may use.

    Args:
        bought: One row per purchase: customer, date, spent.
        summary: Makes the contestant's summary.
        bg: Fits its BG/NBD.
        spend: Fits its Gamma-Gamma.
    """

    bought: pd.DataFrame
    summary: Answer
    bg: Answer
    spend: Answer

    @cached_property
    def known(self) -> pd.DataFrame:
        """The summary: frequency, recency, T, monetary_value."""
        return self.summary(self)

    @cached_property
    def buying(self) -> Any:
        """BG/NBD, fitted."""
        return self.bg(self)

    @cached_property
    def spending(self) -> Any:
        """Gamma-Gamma, fitted."""
        return self.spend(self)


def opens(question: str, data: Path, *, summary: Answer, bg: Answer, spend: Answer) -> Opened:
    """The purchases in memory, and what comes before the question done."""
    rows = asked.transactions(data)
    days = pd.to_datetime(rows["day"], unit="D")
    bought = pd.DataFrame({"customer": rows["customer"], "date": days, "spent": rows["cents"] / 100})
    opened = Opened(bought, summary, bg, spend)
    for name in asked.BEFORE[question]:
        getattr(opened, name)
    return opened
