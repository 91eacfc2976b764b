"""lifetimes 0.11.3, as its documentation shows it: one row per customer, times in weeks."""

from functools import partial
from typing import Any

import figures
import numpy as np
import pandas as pd
import value_questions as asked
from frames import Opened, opens
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data


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
    figures.compete(partial(opens, summary=summary, bg=bg, spend=spend), answers, told)
