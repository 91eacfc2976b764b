"""scikit-learn's logistic regression and LightGBM's trees, both as they are without any tuning."""

from pathlib import Path
from typing import Any

import churn_questions as asked
import figures
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

Opened = tuple[Path, pd.DataFrame, pd.Series]


def opens(question: str, data: Path) -> Opened:  # noqa: ARG001
    """The telecom's customers without their ids, numbers as numbers, and who left."""
    table = pd.read_csv(data / "telco.csv").drop(columns="customerID")
    left = table.pop("left")
    bill = pd.to_numeric(table["TotalCharges"], errors="coerce").fillna(0)  # blank for who has just come
    return data, table.assign(TotalCharges=bill), left


def logistic(opened: Opened) -> list[Any]:
    """A flag for each value of a text, numbers by their standard deviations."""
    _data, table, _left = opened
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    numbers = [name for name in table.columns if name not in text]
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), text), (StandardScaler(), numbers))
    return said(opened, lambda: make_pipeline(columns, LogisticRegression(max_iter=1000)), table)


def lightgbm(opened: Opened) -> list[Any]:
    """Texts as categories."""
    _data, table, _left = opened
    text = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    return said(opened, lambda: LGBMClassifier(verbosity=-1, n_jobs=1), table.astype(dict.fromkeys(text, "category")))


def said(opened: Opened, learner: Any, table: pd.DataFrame) -> list[Any]:
    """The chance of each half, by what the other taught."""
    left = opened[2]
    return [
        learner().fit(table[teach], left[teach]).predict_proba(table[judge])[:, 1]
        for teach, judge in asked.halves(len(table))
    ]


def told(question: str, opened: Opened, answer: list[Any]) -> dict[str, Any]:
    """Where the chances lie, and how scikit-learn judges them."""
    data, table, left = opened
    happened = [left[judge] for _teach, judge in asked.halves(len(table))]
    judged = {"auc": roc_auc_score, "brier": brier_score_loss}
    means = {
        name: float(np.mean([score(was, said) for was, said in zip(happened, answer, strict=True)]))
        for name, score in judged.items()
    }
    return {"said": figures.put(data / f"said_by_{question}.npz", answer), **means}


if __name__ == "__main__":
    figures.compete(opens, {"logistic": logistic, "lightgbm": lightgbm}, told)
