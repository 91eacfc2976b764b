"""scikit-survival, from one row per customer."""

from pathlib import Path
from typing import Any

import churn_questions as asked
import figures
import numpy as np
from sksurv.compare import compare_survival
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv


def opens(question: str, data: Path) -> Any:  # noqa: ARG001
    """The stays in memory, in its own form."""
    stays = asked.kept(data)
    return stays["kind"], Surv.from_arrays(stays["ended"].astype(bool), stays["days"])


def kept(opened: Any) -> Any:
    """See churn_questions.SURVIVAL."""
    _kind, stays = opened
    return kaplan_meier_estimator(stays["event"], stays["time"], conf_type="log-log")


def differ(opened: Any) -> Any:
    """See churn_questions.SURVIVAL."""
    kind, stays = opened
    return compare_survival(stays, kind)


def told(question: str, opened: Any, answer: Any) -> dict[str, float]:  # noqa: ARG001
    """Shares and limits after some days; the statistic."""
    if question == "differ":
        return {"statistic": float(answer[0]), "p": float(answer[1])}
    days, share, (low, high) = answer
    place = np.searchsorted(days, asked.AFTER)
    parts = {"survival": share, "low": low, "high": high}
    return {
        f"{name} {day}": float(part[at])
        for name, part in parts.items()
        for day, at in zip(asked.AFTER, place, strict=True)
    }


if __name__ == "__main__":
    figures.compete(opens, {"kept": kept, "differ": differ}, told)
