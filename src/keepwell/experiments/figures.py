"""How did a figure go, period by period? One cell of one metric, with what it rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from keepwell.errors import ProofError
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import Period, Periods
from keepwell.measure.question import Answer
from keepwell.prove.goals import Baseline
from keepwell.workspace import Workspace

_WAITING = ("retention",)
"""Families that cannot see anybody lost before a whole activity window was watched."""

_WHO = {"at_start": "customers at start", "existing": "existing buyers"}
"""Counts whose names do not say of whom."""

_CLOSE = 1e-9


@dataclass(frozen=True)
class Asked:
    """
    Which figure.

    Args:
        metric: Id of a registered metric.
        every: The periods: month, quarter, 30d ...
        where: Segment expression; "" is everybody.
        cell: Cell columns with their values as text; those with but one value need not be named.
        settings: The metric's own options.
    """

    metric: str
    every: str = "month"
    where: str = ""
    cell: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Series:
    """
    A figure, period by period.

    Args:
        answer: What the metric answered, with its question.
        periods: All that were asked, the last of which may not be over.
        points: Place of a whole period -> its figure with what it rests on; periods without a figure are left out.
        cell: The cell's columns but time, all named.
        pair: The counts whose quotient the figure is, where it is a share of a whole.
        lag: Whole periods that are over but whose figure is not known yet, as of cohorts that are watched on.
    """

    answer: Answer
    periods: Periods
    points: Mapping[int, Baseline]
    cell: tuple[tuple[str, str], ...]
    pair: tuple[str, str] | None
    lag: int

    @property
    def last(self) -> int | None:
        """Place of the newest figure; None where there is none."""
        return max(self.points, default=None)

    def past(self, until: int) -> tuple[float, ...]:
        """The figures from the first to the one at a place; nan where there is none."""
        first = min(self.points)
        return tuple(self.points[at].value if at in self.points else math.nan for at in range(first, until + 1))

    def place(self, start: date) -> int | None:
        """Where the period of that first day is; None where there is none such."""
        return next((at for at, period in enumerate(self.periods) if period.start == start), None)


def series(workspace: Workspace, asked: Asked, as_of: date, anchor: date | None = None) -> Series:
    """
    Measure a figure in every whole period.

    Args:
        workspace: The company, opened.
        asked: Which figure.
        as_of: Everything before it is known.
        anchor: A day on which rolling periods end; None is as_of.

    Raises:
        ProofError: The cell is not one figure a period.
        MetricError: Unknown metric, period or option.
    """
    periods = _periods(workspace, asked.every, as_of, anchor or as_of)
    answer = workspace.measure(
        asked.metric, periods=periods, as_of=as_of, where=asked.where or None, options=dict(asked.settings)
    )
    time = _time(answer)
    frame, cell = _narrowed(answer, time, asked.cell)
    pair = _pair(frame) if answer.question.metric.unit == "share" else None
    sizes = _sizes(workspace, answer, time, frame, cell) if pair is None else {}
    labels = {period.label: place for place, period in enumerate(periods)}
    since = _watched_since(workspace, answer)
    points = {}
    for row in frame[frame["complete"] & frame["value"].notna()].to_dict("records"):
        place = labels[row[time]]
        period = periods[place]
        n = int(row[pair[1]]) if pair else sizes.get(place, 0)
        if n > 0 and period.start >= since:
            points[place] = _point(float(row["value"]), period, n, pair)
    over = sum(period.end <= as_of for period in periods)
    lag = over - 1 - max(points) if points and time == "cohort" else 0
    return Series(answer, periods, points, cell, pair, lag)


def counts(workspace: Workspace, told: Series, facts: Facts, place: int) -> tuple[float, float]:
    """
    The counts behind a share, of some customers only.

    Args:
        workspace: The company, opened.
        told: The series; it has a pair.
        facts: Narrowed to those customers.
        place: Of the period.

    Returns:
        Part and whole; 0 and 0 where they have none.
    """
    question = replace(told.answer.question, facts=facts)
    answer = question.answer(workspace.run(question.totals))
    time = _time(answer)
    frame = answer.frame[answer.frame[time] == told.periods[place].label]
    for name, value in told.cell:
        frame = frame[frame[name].astype(str) == value]
    if frame.empty or told.pair is None:
        return 0.0, 0.0
    return float(frame[told.pair[0]].iloc[0]), float(frame[told.pair[1]].iloc[0])


def _point(value: float, period: Period, n: int, pair: tuple[str, str] | None) -> Baseline:
    of = "customers" if pair is None else _WHO.get(pair[1], pair[1].replace("_", " "))
    return Baseline(value, period.label, period.start, period.end, n, of)


def _periods(workspace: Workspace, every: str, as_of: date, anchor: date) -> Periods:
    """Periods up to as_of; rolling ones lie so that one ends on the anchor."""
    if every[:1].isdigit() and every.endswith("d"):
        days = int(every.removesuffix("d"))
        as_of = anchor + timedelta(days=(as_of - anchor).days // days * days)
    return workspace.periods(every, end=as_of)


def _time(answer: Answer) -> str:
    time = next((name for name in ("period", "cohort") if name in answer.question.cases.cell), None)
    if time is None:
        id = answer.question.metric.id
        raise ProofError(
            f"{id} is one figure over all time, so it cannot be followed to a goal.",
            "A goal needs a figure a period.",
            "Choose a metric with periods: keepwell metrics",
        )
    return time


def _narrowed(
    answer: Answer, time: str, cell: tuple[tuple[str, str], ...]
) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """The rows of one cell, and the cell's columns, all named."""
    frame, known = answer.frame, dict(cell)
    beside = [name for name in ("age", *answer.question.cases.cell) if name != time and name in frame]
    beside = list(dict.fromkeys([*beside, *(["who"] if "who" in frame else [])]))
    for name in known:
        if name not in beside:
            raise ProofError(
                f"{answer.question.metric.id} has no cells by {name!r}.",
                f"Its cells: {', '.join(beside) or 'periods only'}.",
                "Use those.",
            )
    for name in beside:
        there = sorted(frame[name].dropna().astype(str).unique())
        if name not in known and len(there) == 1:
            known[name] = there[0]
        if len(frame) and (name not in known or known[name] not in there):
            raise ProofError(
                f"{answer.question.metric.id} is told for each {name}; a goal needs one of them.",
                f"There are {', '.join(there[:8])}{' …' if len(there) > 8 else ''}.",
                f"Name it: --cell {name}={there[0]}",
            )
        frame = frame[frame[name].astype(str) == known.get(name, "")]
    if frame[time].duplicated().any():
        raise ProofError(
            f"{answer.question.metric.id} has several figures a period.",
            "A goal needs one.",
            "Choose another metric: keepwell metrics",
        )
    return frame, tuple(known.items())


def _pair(frame: pd.DataFrame) -> tuple[str, str] | None:
    """The counts (part, whole) whose quotient the value is in every row; None where there are none."""
    told = frame[frame["value"].notna()]
    whole_numbers = [
        name for name in told.columns if pd.api.types.is_integer_dtype(told[name]) and name not in ("period", "cohort")
    ]
    if told.empty:
        return None
    for whole in whole_numbers:
        for part in whole_numbers:
            if part == whole or not (told[whole] > 0).all() or (told[part] > told[whole]).any():
                continue
            if ((told[part] / told[whole] - told["value"]).abs() < _CLOSE).all():
                return part, whole
    return None


def _sizes(
    workspace: Workspace, answer: Answer, time: str, frame: pd.DataFrame, cell: tuple[tuple[str, str], ...]
) -> dict[int, int]:
    """Place of a period -> how many customers are behind its figure."""
    if frame.empty:
        return {}
    rows = answer.question.cases.rows
    for name, value in cell:
        if name in rows.columns:
            rows = rows.filter(rows[name].cast("string") == value)
    counted = rows.customer_id.nunique() if "customer_id" in rows.columns else rows.count()
    found = workspace.run(rows.group_by(time).agg(n=counted)).dropna()
    return {int(place): int(n) for place, n in zip(found[time], found["n"], strict=True)}


def _watched_since(workspace: Workspace, answer: Answer) -> date:
    """The first day on which a period may start: before it nobody could have been seen to be lost."""
    company = workspace.company
    if answer.question.metric.family not in _WAITING or company.active_by == "subscription":
        return date.min
    return workspace.since + timedelta(days=company.activity_window_days or 0)


def unit_of(metric: str) -> str:
    """What a metric is counted in."""
    return find(metric).unit
