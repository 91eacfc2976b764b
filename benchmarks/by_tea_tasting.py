"""tea-tasting: the scorecard, its sums counted by DuckDB too. It takes one covariate, with one slope for both arms."""

from pathlib import Path
from typing import Any

import figures
import ibis
import pandas as pd
import proof_questions as asked
import tea_tasting as tt


def opens(question: str, data: Path) -> Any:  # noqa: ARG001
    """The customers in a table of DuckDB on one thread."""
    engine = ibis.duckdb.connect()
    engine.con.execute("SET threads = 1")
    return engine.create_table("customers", pd.DataFrame(asked.kept(data)).astype({"treated": "int64"}))


def scorecard(customers: Any) -> Any:
    """See proof_questions.SCORECARD."""
    metrics = {name: tt.Mean(name) for name in asked.METRICS}
    metrics |= {"ratio": tt.RatioOfMeans("spend", "orders"), "adjusted": tt.Mean("spend", "spend_before")}
    return tt.Experiment(metrics, variant="treated").analyze(customers)


def told(question: str, customers: Any, answer: Any) -> dict[str, float]:  # noqa: ARG001
    """Differences, their errors and chances, and the figures of those held out."""
    found = {}
    for name, result in answer.items():
        found[name] = result.effect_size
        found[f"{name}: error"] = result.effect_size / result.statistic
        found[f"{name}: chance"] = result.pvalue
        found[f"{name}: held out"] = result.control
    return {name: float(value) for name, value in found.items()}


if __name__ == "__main__":
    figures.compete(opens, {"scorecard": scorecard}, told)
