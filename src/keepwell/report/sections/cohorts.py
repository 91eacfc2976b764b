"""Do those who came together stay together? Cohorts, number by number, and their pooled curve."""

import pandas as pd

from keepwell.charts import cohorts as heat
from keepwell.charts import curve
from keepwell.charts.words import many, number, percent
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Number, Section, Table, few


def section(asking: Asking) -> Section | None:
    """The heat map of the cohorts told and the curve over all of them."""
    frame = asking.frame("cohort_retention")
    if frame.empty or "cohort" not in frame:
        return None
    frame = _with_all_ages(frame.rename(columns={"customers": "size"}), [p.label for p in asking.months], asking)
    pooled = asking.frame("retention_curve")
    blocks = [_heat(asking, frame)]
    if not pooled.empty and pooled["value"].notna().sum() > 1:
        blocks.append(_curve(asking, pooled))
    return Section("cohorts", "Those who came together", _lead(frame), _after_a_month(asking, pooled), blocks)


def _with_all_ages(frame: pd.DataFrame, labels: list[str], asking: Asking) -> pd.DataFrame:
    """The cell of a month that has begun but is not over stands too, hatched, where nobody was active in it yet."""
    if asking.months[-1].end <= asking.as_of:
        return frame
    last = len(labels) - 1
    known = set(zip(frame["cohort"], frame["age"], strict=True))
    sizes = dict(zip(frame["cohort"], frame["size"], strict=True))
    missing = [(c, last - labels.index(c)) for c in sizes if c in labels and (c, last - labels.index(c)) not in known]
    more = pd.DataFrame([{"cohort": c, "age": age, "size": sizes[c], "complete": False} for c, age in missing])
    return pd.concat([frame, more], ignore_index=True) if missing else frame


def _lead(frame: pd.DataFrame) -> list[str]:
    first = frame[(frame["age"] == 1) & frame["complete"] & frame["value"].notna()]
    if first.empty:
        return ["No cohort is a whole month old yet; its first month will stand here when it is over."]
    size, active = float(first["size"].sum()), float((first["value"] * first["size"]).sum())
    return [
        (
            f"Of {many(int(size), 'customer')} who came in these months and whose next month is over, {number(round(active))} "
            f"{'was' if round(active) == 1 else 'were'} active in it: {percent(active / size)}."
        )
    ]


def _after_a_month(asking: Asking, pooled: pd.DataFrame) -> list[Number]:
    month = pooled[(pooled["age"] == 1) & pooled["value"].notna()] if not pooled.empty else pooled
    if month.empty:
        return []
    who = {"active": "active in the month after", "silent": "not active in it"}
    customers = int(month["customers"].iloc[0])
    return [
        Number(
            "Active in the month after they came",
            percent(float(month["value"].iloc[0])),
            f"came since {asking.months[0].start:%B %Y}",
            f"n {many(customers, 'customer')}",
            "retention_curve",
            why=few(customers, "old enough"),
            command=asking.command("retention_curve"),
            behind=asking.behind("retention_curve", who, {"age": 1}),
        )
    ]


def _heat(asking: Asking, frame: pd.DataFrame) -> Figure:
    ages = sorted(int(age) for age in frame["age"].unique())
    cells = {(row["cohort"], int(row["age"])): row for _, row in frame.iterrows()}
    sizes = dict(zip(frame["cohort"], frame["size"], strict=True))
    rows = tuple(
        (str(cohort), number(sizes[cohort]), *(_cell(cells.get((cohort, age))) for age in ages))
        for cohort in sorted(sizes)
    )
    return Figure(
        "cohorts",
        "Share of each month’s new customers active in the months after",
        "Numbers are percent of the cohort; month 0 is the month they came. Activity can rise again. "
        "Hatched: not over yet, in no average.",
        "cohort_retention",
        lambda width: heat.chart(frame, width=width),
        frame,
        Table("Cohorts by month of entry", ("cohort", "customers", *map(str, ages)), rows),
        (
            (THESE, asking.command("cohort_retention")),
            (
                "Who was active in a cell, here in the first one:",
                asking.command("cohort_retention", cell={"cohort": frame["cohort"].min(), "age": 0}, group="active"),
            ),
        ),
        scrolls=True,
    )


def _cell(row: pd.Series | None) -> str:
    if row is None:
        return ""
    return percent(float(row["value"]), 0) if row["complete"] and not pd.isna(row["value"]) else "to date"


def _curve(asking: Asking, pooled: pd.DataFrame) -> Figure:
    told = pooled.dropna(subset="value")
    rows = tuple(
        (number(float(row["age"])), percent(float(row["value"])), number(float(row["customers"])))
        for _, row in told.iterrows()
    )
    return Figure(
        "retention-curve",
        "Share active by months since they came, all cohorts together",
        "Each point rests only on cohorts old enough for it, so the right end rests on few.",
        "retention_curve",
        lambda width: curve.chart(told, width=width),
        told,
        Table("Pooled curve", ("months after entry", "active", "customers"), rows),
        ((THESE, asking.command("retention_curve")),),
    )
