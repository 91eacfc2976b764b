"""pymc-marketing, the place of the highest posterior (MAP) under flat priors: what is likeliest, as the others find it."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("PYTENSOR_FLAGS", f"base_compiledir={Path(sys.prefix) / 'compiled'}")

import figures
import numpy as np
import pandas as pd
import value_questions as asked
from frames import Opened, opens
from pymc_extras.prior import Prior
from pymc_marketing import clv
from pymc_marketing.clv.utils import rfm_summary


def summary(opened: Opened) -> pd.DataFrame:
    """See value_questions.QUESTIONS."""
    return rfm_summary(
        opened.bought,
        "customer",
        "date",
        monetary_value_col="spent",
        observation_period_end=asked.LAST,
        time_unit="D",
        time_scaler=asked.UNIT_DAYS,
    )


def bg(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    return fitted(clv.BetaGeoModel(model_config=flat("r", "alpha", "a", "b")), opened.known)


def pareto(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    return fitted(clv.ParetoNBDModel(model_config=flat("r", "alpha", "s", "beta")), opened.known)


def spend(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    return fitted(clv.GammaGammaModel(model_config=flat("p", "q", "v")), opened.known[opened.known["frequency"] > 0])


def flat(*names: str) -> dict[str, Any]:
    """Every positive value of the parameters is as good as any other beforehand."""
    return {name: Prior("HalfFlat") for name in names}


def fitted(model: Any, known: pd.DataFrame) -> Any:
    """The model at its highest place."""
    model.fit(data=known, method="map", progressbar=False)
    return model


def purchases(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    return opened.buying.expected_purchases(data=opened.known, future_t=asked.WEEKS)


def value(opened: Opened) -> Any:
    """See value_questions.QUESTIONS."""
    return opened.spending.expected_customer_lifetime_value(
        transaction_model=opened.buying,
        data=opened.known,
        future_t=asked.MONTHS,
        discount_rate=asked.MONTHLY,
        time_unit="W",
    )


def told(question: str, opened: Opened, answer: Any) -> dict[str, float]:  # noqa: ARG001
    """Sums of what is told of everybody; parameters, and the log-likelihood in weeks, of a fit."""
    if question == "summary":
        return asked.sums(answer)
    if question in ("purchases", "value"):
        return {question: float(answer.sum())}
    found = {str(name): float(values) for name, values in answer.fit_result.mean().items()}
    at = {f"{name}_log__": np.log(value) for name, value in found.items()}
    height = float(answer.model.compile_logp(jacobian=False)(at))  # flat priors add nothing
    return {**{asked.NAMES.get(name, name): value for name, value in found.items()}, "log_likelihood": height}


if __name__ == "__main__":
    answers = {"summary": summary, "bg": bg, "pareto": pareto, "spend": spend, "purchases": purchases, "value": value}
    figures.compete(partial(opens, summary=summary, bg=bg, spend=spend), answers, told)
