"""lifetimes 0.11.3, as its documentation shows it: one row per customer, times in weeks."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import figures
import numpy as np
import pandas as pd
import value_questions as asked
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data


@dataclass
class Opened:
    """
    What a question may use.

    Args:
        bought: One row per purchase: customer, date, spent.
    """

    bought: pd.DataFrame

    @cached_property
    def known(self) -> pd.DataFrame:
        """The summary: frequency, recency, T, monetary_value."""
        return summary(self)

    @cached_property
    def buying(self) -> Any:
        """BG/NBD, fitted."""
        return bg(self)

    @cached_property
    def spending(self) -> Any:
        """Gamma-Gamma, fitted."""
        return spend(self)


def opens(question: str, data: Path) -> Opened:
    """The purchases in memory, and what comes before the question done."""
    rows = asked.transactions(data)
    days = pd.to_datetime(rows["day"], unit="D")
    opened = Opened(pd.DataFrame({"customer": rows["customer"], "date": days, "spent": rows["cents"] / 100}))
    for name in asked.BEFORE[question]:
        getattr(opened, name)
    return opened


def summary(opened: Opened) -> pd.DataFrame:
    """See value_questions.QUESTIONS."""
    return summary_data_from_transaction_data(
        opened.bought,
        "customer",
        "date",
        monetary_value_col="spent",
        observation_period_end=asked.LAST,
        freq="D",
        freq_multiplier=asked.UNIT_DAYS,
    )


def bg(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    known = opened.known
    return BetaGeoFitter().fit(known["frequency"], known["recency"], known["T"])


def pareto(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    known = opened.known
    np.random.seed(0)  # noqa: NPY002  it begins at random
    return ParetoNBDFitter().fit(known["frequency"], known["recency"], known["T"])


def spend(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    again = opened.known[opened.known["frequency"] > 0]
    return GammaGammaFitter().fit(again["frequency"], again["monetary_value"])


def purchases(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    known = opened.known
    return opened.buying.predict(asked.WEEKS, known["frequency"], known["recency"], known["T"])


def value(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    known = opened.known
    return opened.spending.customer_lifetime_value(
        opened.buying,
        known["frequency"],
        known["recency"],
        known["T"],
        known["monetary_value"],
        time=asked.MONTHS,
        discount_rate=asked.MONTHLY,
        freq="W",
    )


def told(question: str, opened: Opened, answer: Any) -> dict[str, float]:
    """Sums of what is told of everybody; parameters, and the log-likelihood in weeks, of a fit."""
    if question == "summary":
        return asked.sums(answer)
    if question in ("purchases", "value"):
        return {question: float(answer.sum())}
    found = {asked.NAMES.get(name, name): float(value) for name, value in answer.params_.items()}
    height, often = -answer._negative_log_likelihood_, opened.known["frequency"]
    if question == "spend":
        return {**found, "log_likelihood": height * int((often > 0).sum())}
    whole = height * (len(often) if question == "bg" else 1)  # it keeps the mean of the one, the sum of the other
    return {**found, "log_likelihood": whole + float(np.log(answer._scale) * often.sum())}  # from its unit of time


if __name__ == "__main__":
    answers = {"summary": summary, "bg": bg, "pareto": pareto, "spend": spend, "purchases": purchases, "value": value}
    figures.compete(opens, answers, told)
