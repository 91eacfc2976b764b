"""What does the report ask of a company? Each question once; what cannot be answered is remembered with its reason."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from keepwell.charts.words import day, number
from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Metric, find
from keepwell.measure.periods import Periods
from keepwell.measure.question import Answer, Question
from keepwell.report.behind import SHOWN, excerpt, names
from keepwell.report.parts import Behind
from keepwell.workspace import Workspace

MONTHS = 13
"""How many months are told: the last whole year and the month before it, or the one that is not over."""
SHARED = ("retention", "mrr", "revenue", "survival", "earned_back")
"""Families whose metrics differ in what they make of their counts, not in the counts."""
_KIN = {"ltv_to_cac": "earned_back", "payback_simple": "earned_back", "base_needed": "retention"}
"""Metrics that count what others than the rest of their family count."""


class Asking:
    """
    A workspace on one morning.

    Args:
        workspace: The company.
        as_of: Everything before it is known; None takes the workspace's own.
    """

    def __init__(self, workspace: Workspace, as_of: date | None = None) -> None:
        self.workspace, self.given = workspace, as_of
        self.as_of = as_of or workspace.as_of
        self.asked: dict[str, Metric] = {}
        self.refused: dict[str, str] = {}
        self._answers: dict[tuple[str, str], Answer | None] = {}
        self._excerpts: dict[tuple[str, ...], pd.DataFrame] = {}
        self._totals: dict[tuple[str, str, tuple[str, ...]], pd.DataFrame] = {}

    @cached_property
    def facts(self) -> Facts:
        """The tables as known on the morning, put together once and not anew in each of some fifty questions."""
        known, view = self.workspace.facts(as_of=self.given), self.workspace.lake.view
        tables = {name: view(known.read(name)) for name in known.tables if name != "merges"}
        facts = replace(known, tables=tables)
        for part in ("sales", "purchases", "uses", "stretches"):
            vars(facts)[part] = view(getattr(facts, part))
        return facts

    @cached_property
    def months(self) -> Periods:
        """The months that are told, the last of which need not be over."""
        return Periods(list(self.workspace.periods("month", end=self.as_of))[-MONTHS:], unit="month")

    @cached_property
    def year(self) -> Periods:
        """The 365 days before as_of, as one period."""
        return self.workspace.periods("365d", start=self.as_of - timedelta(days=365), end=self.as_of)

    @cached_property
    def all_time(self) -> Periods:
        """Every month since the first known day."""
        return self.workspace.periods("month", end=self.as_of)

    def answer(self, metric: str, over: str = "months") -> Answer | None:
        """
        A metric's answer; None where there is none, with the reason in *refused*.

        Args:
            metric: Its id.
            over: months, year or all_time.
        """
        if (metric, over) not in self._answers:
            self._answers[metric, over] = self._ask(metric, over)
        return self._answers[metric, over]

    def _ask(self, metric: str, over: str) -> Answer | None:
        try:
            question = Question(find(metric), self.facts, getattr(self, over))
            found = question.answer(self._counts(question, over))
        except MetricError as refused:
            self.refused[metric] = str(refused)
            return None
        if found.frame.empty:
            self.refused[metric] = "No customer has a part in it yet."
            return None
        self.asked[metric] = found.question.metric
        return found

    def _counts(self, question: Question, over: str) -> pd.DataFrame:
        """The totals; metrics of one family with the very same counts are one query (kept_share, crr_net, simple_ratio …)."""
        kin = _KIN.get(question.metric.id, question.metric.family)
        cases = question.cases  # columns as totals has them, which need not be put together for them
        key = (kin if kin in SHARED else question.metric.id, over, (*cases.cell, *cases.counts))
        if key not in self._totals:
            self._totals[key] = self.workspace.run(question.totals)
        return self._totals[key].copy()

    def counts(self, answer: Answer, over: str) -> pd.DataFrame:
        """The exact counts an answer was made of, finer than its frame where that tells quantiles."""
        return self._counts(answer.question, over)

    def frame(self, metric: str, over: str = "months") -> pd.DataFrame:
        """The answer's frame; an empty one where there is no answer."""
        found = self.answer(metric, over)
        return pd.DataFrame() if found is None else found.frame

    def last(self, metric: str, over: str = "months") -> pd.DataFrame:
        """The rows of the last whole period: one, or one a currency; empty where no period is whole."""
        frame = self.frame(metric, over)
        if frame.empty:
            return frame
        whole = frame[frame["complete"]]
        if "period" not in frame or whole.empty:
            return whole
        return whole[whole["period"] == whole["period"].iloc[-1]]

    def behind(
        self,
        metric: str,
        titles: Mapping[str, str],
        cell: Mapping[str, Any],
        *,
        over: str = "months",
        currency: str = "",
        told_as: str = "",
    ) -> tuple[Behind, ...]:
        """
        The first customers behind each part of a number, and the command that lists all.

        Args:
            metric: Id of a metric that is asked; its groups are listed.
            titles: Group -> who they are.
            cell: Which cell, labels for periods.
            over: months, year or all_time.
            currency: Only money of this currency, where the metric tells money.
            told_as: Id of the metric the command names, where it has the very same groups; "" for *metric*.

        Returns:
            A list each; groups without anybody are left out.
        """
        found = self.answer(metric, over)
        if found is None:
            return ()
        key = (metric, over, *map(str, cell.items()))
        if key not in self._excerpts:
            self._excerpts[key] = self.workspace.run(excerpt(found.question, cell))
        frame = self._excerpts[key]
        if currency:
            frame = frame[frame["currency"] == currency]
        narrowed = {**cell, **({"currency": currency} if currency else {})}
        lists = []
        for group, title in titles.items():
            rows = frame[(frame[group] == 1) & (frame[f"{group}_place"] <= SHOWN)].sort_values("customer_id")
            if len(rows):
                ids, size = tuple(map(str, rows["customer_id"])), int(rows[f"{group}_size"].iloc[0])
                command = self.command(told_as or metric, over, narrowed, group)
                lists.append(Behind(f"{number(size)} {title}", ids, size - len(ids), command))
        return tuple(lists)

    def names(self, ids: list[str]) -> dict[str, str]:
        """Customer ids -> their names; those without one are left out."""
        asked = next((found.question for found in self._answers.values() if found), None)
        if not ids or asked is None:
            return {}
        known = self.workspace.run(names(asked, ids)).dropna(subset="name")
        return dict(zip(known["customer_id"], known["name"], strict=True))

    def command(self, metric: str, over: str = "months", cell: Mapping[str, Any] | None = None, group: str = "") -> str:
        """
        The command that gives a figure, or lists the customers behind it; run in the company's folder.

        Args:
            metric: Its id.
            over: months, year or all_time; of months only that of the cell, where it names one.
            cell: Which cell.
            group: Whom to list; "" asks for the figure.
        """
        words = ["keepwell", "measure", metric]
        cell = dict(cell or {})
        month = next((period for period in self.months if period.label == cell.get("period")), None)
        if over == "year":
            words += ["--period", "365d", "--start", self.year[0].start.isoformat(), "--end", self.as_of.isoformat()]
        elif over == "months":
            words += ["--start", (month or self.months[0]).start.isoformat()]
            words += ["--end", month.end.isoformat()] if month else []
        words += ["--as-of", self.as_of.isoformat()]
        if group:
            words += [
                word for column, value in cell.items() if column != "period" for word in ("--cell", f"{column}={value}")
            ]
            words += ["--members", group]
        return shlex.join(words)

    def period_name(self, label: str) -> str:
        """June 2026, for 2026-06; other labels as they are."""
        for period in self.months:
            if period.label == label:
                return f"{period.start:%B %Y}"
        return label

    @property
    def year_name(self) -> str:
        """The year that is told, in words."""
        return f"365 days to {day(self.as_of - timedelta(days=1))}"
