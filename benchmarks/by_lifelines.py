"""lifelines, from one row per customer."""

from pathlib import Path
from typing import Any

import churn_questions as asked
import figures
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test


def opens(question: str, data: Path) -> Any:  # noqa: ARG001
    """The stays in memory."""
    return asked.kept(data)


def kept(stays: Any) -> Any:
    """See churn_questions.SURVIVAL."""
    return KaplanMeierFitter().fit(stays["days"], stays["ended"])


def differ(stays: Any) -> Any:
    """See churn_questions.SURVIVAL."""
    return multivariate_logrank_test(stays["days"], stays["kind"], stays["ended"])


def told(question: str, stays: Any, answer: Any) -> dict[str, float]:  # noqa: ARG001
    """Shares and limits after some days; the statistic."""
    if question == "differ":
        return {"statistic": float(answer.test_statistic), "p": float(answer.p_value)}
    rows = answer.survival_function_.join(answer.confidence_interval_).loc[list(asked.AFTER)]
    rows.columns = ["survival", "low", "high"]
    return {f"{name} {int(day)}": float(value) for name, column in rows.items() for day, value in column.items()}


if __name__ == "__main__":
    figures.compete(opens, {"kept": kept, "differ": differ}, told)
