"""Keepwell: the chance of leaving from a table without dates, and survival from counts per day that the engine made."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import churn_questions as asked
import figures
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from keepwell.understand import survival
from keepwell.understand.churn import ChurnHazard


@dataclass
class Opened:
    """
    What a question may use.

    Args:
        data: The folder.
    """

    data: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """The telecom's customers, left being 1 or 0."""
        return pd.read_csv(self.data / "telco.csv")

    @cached_property
    def engine(self) -> Any:
        """DuckDB on one thread."""
        engine = ibis.duckdb.connect()
        engine.con.execute("SET threads = 1")
        return engine

    @cached_property
    def stays(self) -> ir.Table:
        """The stays, in a table of the engine."""
        rows = pd.DataFrame(asked.kept(self.data))
        rows = rows.assign(by=np.char.mod("kind %d", rows["kind"]), running=1 - rows["ended"])
        return self.engine.create_table("stays", rows.rename(columns={"days": "duration"}).drop(columns="kind"))


def opens(question: str, data: Path) -> Opened:
    """What is read before the question."""
    opened = Opened(data)
    assert len(opened.table) if question == "risk" else opened.stays is not None
    return opened


def risk(opened: Opened) -> list[Any]:
    """The chance of each half, by what the other taught."""
    table, told = opened.table, []
    for teach, judge in asked.halves(len(table)):
        model = ChurnHazard().fit(table[teach], chance=np.random.default_rng(asked.SEED))
        told.append(model.predict(table[judge], days=90)["chance"].to_numpy())
    return told


def kept(opened: Opened) -> pd.DataFrame:
    """See churn_questions.SURVIVAL."""
    return survival.curves(counted(opened, "duration"))


def differ(opened: Opened) -> survival.LogRank:
    """See churn_questions.SURVIVAL."""
    return survival.log_rank(counted(opened, "by", "duration"))


def counted(opened: Opened, *keys: str) -> pd.DataFrame:
    """How many stays lasted how long: as survival.durations() counts them once it knows each stay."""
    summed = opened.stays.group_by(*keys).agg(ended=_.ended.sum(), running=_.running.sum()).order_by(*keys)
    return opened.engine.execute(summed)


def told(question: str, opened: Opened, answer: Any) -> dict[str, Any]:
    """Where the chances lie; shares and limits after some days; the statistic."""
    if question == "risk":
        return {"said": figures.put(opened.data / "said_by_keepwell.npz", answer)}
    if question == "differ":
        return {"statistic": answer.statistic, "p": answer.p}
    rows = answer.set_index("duration").loc[list(asked.AFTER), ["survival", "low", "high"]]
    return {f"{name} {day}": float(value) for name, column in rows.items() for day, value in column.items()}


if __name__ == "__main__":
    figures.compete(opens, {"risk": risk, "kept": kept, "differ": differ}, told)
