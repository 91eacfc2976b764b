"""lifelines: time to churn of two arms, the customers in memory."""

from pathlib import Path
from typing import Any

import figures
import pandas as pd
import proof_questions as asked
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time


def opens(question: str, data: Path) -> Any:  # noqa: ARG001
    """The customers in memory, as a table and by arm."""
    rows = pd.DataFrame(asked.kept(data))[["duration", "ended", "treated"]]
    return rows, rows[rows["treated"] == 1], rows[rows["treated"] == 0]


def log_rank(opened: Any) -> dict[str, float]:
    """See proof_questions.SURVIVAL."""
    _rows, mail, control = opened
    found = logrank_test(mail["duration"], control["duration"], mail["ended"], control["ended"])
    return {"log_rank: statistic": found.test_statistic, "log_rank: chance": found.p_value}


def cox(opened: Any) -> dict[str, float]:
    """See proof_questions.SURVIVAL."""
    found = CoxPHFitter().fit(opened[0], "duration", "ended")
    return {"cox": found.params_["treated"], "cox: error": found.standard_errors_["treated"]}


def days(opened: Any) -> dict[str, float]:
    """See proof_questions.SURVIVAL."""
    mail, control = (KaplanMeierFitter().fit(rows["duration"], rows["ended"]) for rows in opened[1:])
    shares = [kept.predict(asked.HORIZON) for kept in (mail, control)]
    means = [restricted_mean_survival_time(kept, t=asked.HORIZON) for kept in (mail, control)]
    found = {"share": shares[0] - shares[1], "share: held out": shares[1]}
    return found | {"days": means[0] - means[1], "days: held out": means[1]}


def survival(opened: Any) -> dict[str, float]:
    """See proof_questions.SURVIVAL."""
    return {**log_rank(opened), **cox(opened), **days(opened)}


def told(question: str, opened: Any, answer: dict[str, float]) -> dict[str, float]:  # noqa: ARG001
    """As they were answered."""
    return {name: float(value) for name, value in answer.items()}


if __name__ == "__main__":
    figures.compete(opens, {"log_rank": log_rank, "cox": cox, "days": days, "survival": survival}, told)
