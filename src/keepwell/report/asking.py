"""What does the report ask of a company? Each question once; what cannot be answered is remembered with its reason."""

import shlex
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from keepwell.charts.words import day, number
from keepwell.errors import MetricError
from keepwell.measure.metric import Metric
from keepwell.measure.periods import Periods
from keepwell.measure.question import Answer
from keepwell.report.parts import Behind
from keepwell.workspace import Workspace

MONTHS = 13
"""How many months are told: the last whole year and the month before it, or the one that is not over."""
SHOWN = 20
"""How many customers behind a number stand in the report itself."""


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
            found = self.workspace.measure(metric, periods=getattr(self, over), as_of=self.given)
        except MetricError as refused:
            self.refused[metric] = str(refused)
            return None
        if found.frame.empty:
            self.refused[metric] = "No customer has a part in it yet."
            return None
        self.asked[metric] = found.question.metric
        return found

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
        self, metric: str, group: str, title: str, cell: Mapping[str, Any], *, count: int, over: str = "months"
    ) -> Behind | None:
        """
        The first customers behind a number, and the command that lists all; None where there is nobody.

        Args:
            metric: Id of a metric that has been answered.
            group: One of its groups.
            title: Who they are.
            cell: Which cell.
            count: How many there are.
            over: months, year or all_time.
        """
        found = self.answer(metric, over)
        if found is None or not count:
            return None
        question = found.question
        people = question.facts.read("customers").select("customer_id", "name")
        rows = question.members(cell, group).left_join(people, "customer_id").select("customer_id", "name")
        first = self.workspace.run(rows.order_by("customer_id").limit(SHOWN)).astype(object)
        members = tuple((str(id), "" if pd.isna(name) else str(name)) for id, name in first.itertuples(index=False))
        return Behind(
            f"{number(count)} {title}", members, count - len(members), self._command(metric, group, cell, over)
        )

    def _command(self, metric: str, group: str, cell: Mapping[str, Any], over: str) -> str:
        words = ["keepwell", "measure", metric]
        if over == "year":
            words += ["--period", "365d", "--start", self.year[0].start.isoformat(), "--end", self.as_of.isoformat()]
        if self.given:
            words += ["--as-of", self.given.isoformat()]
        for column, value in cell.items():
            words += ["--cell", f"{column}={value}"]
        return shlex.join([*words, "--members", group])

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
