"""What does the report ask of a company? Each question once; what cannot be answered is remembered with its reason."""

import shlex
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.charts.words import day, number
from keepwell.errors import MetricError
from keepwell.measure.metric import Metric
from keepwell.measure.periods import Periods
from keepwell.measure.question import Answer, Question
from keepwell.report.parts import Behind
from keepwell.workspace import Workspace

MONTHS = 13
"""How many months are told: the last whole year and the month before it, or the one that is not over."""
SHARED = ("retention", "mrr", "revenue")
"""Families whose metrics differ in what they make of their counts, not in the counts."""
SHOWN = 20
"""How many customers behind a number stand in the report itself."""


def _together(tables: list[ir.Table]) -> ir.Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


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
        self._lists: dict[tuple[str, ...], dict[str, tuple[Behind, ...]]] = {}
        self._totals: dict[tuple[str, str, tuple[str, ...]], pd.DataFrame] = {}

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
            question = self.workspace.question(metric, periods=getattr(self, over), as_of=self.given)
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
        key = (question.metric.family, over, tuple(question.totals.columns))
        if question.metric.family not in SHARED or key not in self._totals:
            self._totals[key] = self.workspace.run(question.totals)
        return self._totals[key].copy()

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
        self, metric: str, titles: Mapping[str, str], cell: Mapping[str, Any], *, over: str = "months"
    ) -> dict[str, tuple[Behind, ...]]:
        """
        The first customers behind each number of a cell, and the command that lists all.

        Args:
            metric: Id of a metric that has been answered.
            titles: Group -> who they are.
            cell: Which cell.
            over: months, year or all_time.

        Returns:
            Group -> its list; groups without anybody are left out.
        """
        key = (metric, *titles, *map(str, cell.values()), over)
        if key not in self._lists:
            self._lists[key] = self._list(metric, titles, cell, over)
        return self._lists[key]

    def _list(
        self, metric: str, titles: Mapping[str, str], cell: Mapping[str, Any], over: str
    ) -> dict[str, tuple[Behind, ...]]:
        found = self.answer(metric, over)
        if found is None:
            return {}
        question = found.question
        first, sizes = [], []
        for group in titles:
            members = question.members(cell, group)
            first.append(members.order_by("customer_id").limit(SHOWN).mutate(group=ibis.literal(group)))
            sizes.append(members.aggregate(size=members.count()).mutate(group=ibis.literal(group)))
        people = question.facts.read("customers").select("customer_id", "name")
        listed = self.workspace.run(
            _together(first).left_join(people, "customer_id").select("group", "customer_id", "name")
        )
        listed = listed.astype(object).sort_values("customer_id")
        counted = self.workspace.run(_together(sizes)).set_index("group")["size"].astype(int).to_dict()
        lists: dict[str, tuple[Behind, ...]] = {}
        for group, title in titles.items():
            rows = listed.loc[listed["group"] == group, ["customer_id", "name"]].itertuples(index=False)
            members = tuple((str(id), "" if pd.isna(name) else str(name)) for id, name in rows)
            if members:
                command = self._command(metric, group, cell, over)
                lists[group] = (
                    Behind(f"{number(counted[group])} {title}", members, counted[group] - len(members), command),
                )
        return lists

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
