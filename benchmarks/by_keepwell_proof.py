"""Keepwell: sums and a risk table the engine counted, and every answer from those."""

from pathlib import Path
from typing import Any

import figures
import ibis
import pandas as pd
import proof_questions as asked

from keepwell.prove.adjustment import adjusted_effect
from keepwell.prove.effect import Effect
from keepwell.prove.endpoint_survival import Risk, cox, days_kept, kept_after, log_rank, risk_table
from keepwell.prove.means import mean_effect
from keepwell.prove.moments import Moments, moments_from, moments_table, two_arms
from keepwell.prove.ratios import ratio_effect


def opens(question: str, data: Path) -> Any:  # noqa: ARG001
    """The customers in a table of DuckDB on one thread."""
    engine = ibis.duckdb.connect()
    engine.con.execute("SET threads = 1")
    rows = pd.DataFrame(asked.kept(data))
    rows = rows.assign(
        arm=rows["treated"].map({1.0: "mail", 0.0: "control"}), duration=rows["duration"].astype("int32")
    )
    return engine, engine.create_table("customers", rows)


def _arms(opened: Any, *names: str) -> tuple[Moments, Moments]:
    engine, customers = opened
    return two_arms(moments_from(engine.execute(moments_table(customers, names)), names), "mail")


def scorecard(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SCORECARD."""
    arms = _arms(opened, *asked.METRICS, "spend_before")
    told = {name: mean_effect(*arms, name) for name in asked.METRICS}
    told["ratio"] = ratio_effect(*arms, "spend", "orders").effect
    return told | {"adjusted": adjusted_effect(*arms, "spend", ["spend_before"]).effect}


def adjusted(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SCORECARD."""
    arms = _arms(opened, *asked.METRICS, *asked.BEFORE)
    return {f"{name} adjusted": adjusted_effect(*arms, name, asked.BEFORE).effect for name in asked.METRICS}


def _risk(opened: Any) -> Risk:
    engine, customers = opened
    return Risk.read(engine.execute(risk_table(customers)), "mail")


def test(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SURVIVAL."""
    return {"log_rank": log_rank(_risk(opened))}


def hazard(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SURVIVAL."""
    return {"cox": cox(_risk(opened))}


def days(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SURVIVAL."""
    risk = _risk(opened)
    return {"share": kept_after(risk, asked.HORIZON), "days": days_kept(risk, asked.HORIZON)}


def survival(opened: Any) -> dict[str, Effect]:
    """See proof_questions.SURVIVAL."""
    risk = _risk(opened)
    both = {"share": kept_after(risk, asked.HORIZON), "days": days_kept(risk, asked.HORIZON)}
    return {"log_rank": log_rank(risk), "cox": cox(risk), **both}


def told(question: str, opened: Any, answer: dict[str, Effect]) -> dict[str, float]:  # noqa: ARG001
    """Differences, their errors and chances, and the figures of those held out."""
    found = {}
    for name, effect in answer.items():
        found |= {name: effect.difference, f"{name}: error": effect.error, f"{name}: chance": effect.p_value}
        if effect.base is not None:
            found[f"{name}: held out"] = effect.base.value
    if "log_rank" in answer:
        found["log_rank: statistic"] = answer["log_rank"].z ** 2
    return found


if __name__ == "__main__":
    asks = {"scorecard": scorecard, "adjusted": adjusted, "log_rank": test, "cox": hazard}
    figures.compete(opens, {**asks, "days": days, "survival": survival}, told)
