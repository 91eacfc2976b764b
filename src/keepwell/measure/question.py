"""What is asked, and what is answered? A question becomes one expression; its result, an answer that can explain itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import MetricError
from keepwell.measure.differences import differences
from keepwell.measure.facts import Facts
from keepwell.measure.keeping import rule
from keepwell.measure.metric import Cases, Metric
from keepwell.measure.periods import Periods
from keepwell.measure.traits import trait

UNKNOWN = "unknown"
"""What a breakdown calls the customers whose trait is not known."""


@dataclass(frozen=True)
class Question:
    """
    One metric asked of one company's facts.

    Args:
        metric: The definition.
        facts: The tables on the morning asked about; a segment is already in them.
        periods: Over which periods.
        by: Trait to break down by; None for no breakdown.
        where: The segment's expression, for the record; it acts through *facts*.
        options: The metric's own options.
    """

    metric: Metric
    facts: Facts
    periods: Periods
    by: str | None = None
    where: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def cases(self) -> Cases:
        """The metric's cases, with the breakdown column "by" where one is asked for."""
        found = self.metric.cases(self.facts, self.periods, self.options)
        if self.by is None:
            return found
        if "customer_id" not in found.rows.columns:
            raise MetricError(
                f"{self.metric.id} cannot be broken down by {self.by}.",
                "It is not counted per customer.",
                "Ask it without a breakdown.",
            )
        joined = found.rows.left_join(trait(self.facts, self.by), "customer_id")
        rows = joined.mutate(by=ibis.coalesce(joined.by, UNKNOWN)).select(*found.rows.columns, "by")
        return replace(found, rows=rows, cell=(*found.cell, "by"))

    @cached_property
    def totals(self) -> ir.Table:
        """The counts of every cell: one row per cell, exact."""
        cases = self.cases
        return cases.rows.group_by(*cases.cell).agg(**cases.counts).order_by(*cases.cell)

    def members(self, cell: Mapping[str, Any], group: str | None = None) -> ir.Table:
        """
        The customers behind a cell's number.

        Args:
            cell: Cell column -> its value, labels for periods ("2025-03"); columns left out are not narrowed.
            group: One of the metric's groups; None for every customer of the cell.

        Returns:
            One column, customer_id, distinct.

        Raises:
            MetricError: No such cell column, period or group, or the metric is not counted per customer.
        """
        cases, rows = self.cases, self.cases.rows
        if "customer_id" not in rows.columns:
            raise MetricError(
                f"{self.metric.id} has no customers behind it.",
                "It is not counted per customer.",
                "Open its figures instead.",
            )
        for column, value in cell.items():
            if column not in cases.cell:
                raise MetricError(
                    f"{self.metric.id} has no cells by {column!r}.",
                    f"Its cells: {', '.join(cases.cell)}.",
                    "Use those.",
                )
            rows = rows.filter(rows[column] == self._place(column, value))
        if group is not None:
            if group not in cases.groups:
                raise MetricError(
                    f"{self.metric.id} has no group {group!r}.",
                    f"Its groups: {', '.join(cases.groups) or 'none'}.",
                    "Use one of them.",
                )
            rows = rows.filter(cases.groups[group])
        return rows.filter(rows.customer_id.notnull()).select("customer_id").distinct().order_by("customer_id")

    def _place(self, column: str, value: Any) -> Any:
        if column not in ("period", "cohort") or isinstance(value, int):
            return value
        labels = [period.label for period in self.periods]
        if value not in labels:
            raise MetricError(
                f"There is no period {value!r}.", f"They run from {labels[0]} to {labels[-1]}.", "Use one of them."
            )
        return labels.index(value)

    def answer(self, counts: pd.DataFrame) -> "Answer":
        """
        The answer, from the computed totals.

        Args:
            counts: What *totals* gave: cell columns and counts.
        """
        cases = self.cases
        frame = counts.reset_index(drop=True)
        if cases.finish is not None:
            frame = cases.finish(frame).reset_index(drop=True)
        ends = cases.ends(frame) if cases.ends else _ends(frame, cases.cell)
        known = pd.Series(True, index=frame.index)
        if ends is not None:
            last = [date.min if e < 0 else self.periods[min(int(e), len(self.periods) - 1)].end for e in ends]
            known = pd.Series([day <= self.facts.as_of for day in last], index=frame.index, dtype=bool) & (
                ends < len(self.periods)
            )
        if "complete" in frame:
            known &= frame["complete"].astype(bool)
        value = cases.value(frame).astype("float64") if len(frame) else pd.Series(dtype="float64")
        frame = frame.assign(value=value.where(known), complete=known)
        for column in ("period", "cohort"):
            if column in frame:
                frame[column] = [self.periods[int(place)].label for place in frame[column]]
        return Answer(self, frame)


@dataclass(frozen=True)
class Answer:
    """
    Figures with everything needed to defend them.

    Args:
        question: What was asked.
        frame: One row per cell: cell columns (periods by label), the counts, value (NaN: not defined, or not yet whole),
            complete (False: the cell's time is not over on as_of; its value is withheld).
    """

    question: Question
    frame: pd.DataFrame

    @property
    def as_of(self) -> date:
        """The morning of the look."""
        return self.question.facts.as_of

    def explain(self) -> str:
        """Definition, counts, zone, as_of and what was left out, as plain text."""
        asked, metric = self.question, self.question.metric
        company = asked.facts.company
        lines = [
            f"{metric.name} ({metric.id}, version {metric.version})",
            f"Question: {metric.question}",
            f"Formula: {metric.formula}",
            f"Misleads: {metric.misleads}",
            f"As known on the morning of {self.as_of.isoformat()}, by the days of {company.time_zone}; {_told(asked.periods)}.",
            rule(asked.facts),
        ]
        if metric.options:
            chosen = {**metric.options, **asked.options}
            lines.append(f"Options: {', '.join(f'{name} = {_written(value)}' for name, value in chosen.items())}.")
        if asked.where:
            lines.append(f"Only customers with: {asked.where}")
        if company.excluded_customers:
            left_out = len(company.excluded_customers)
            lines.append(f"Left out: {left_out} customer{'' if left_out == 1 else 's'} named in the settings.")
        if waiting := int((~self.frame["complete"]).sum()):
            wait = (
                "waits for days that are not over yet and is"
                if waiting == 1
                else "wait for days that are not over yet and are"
            )
            lines.append(f"{waiting} of {len(self.frame)} figures {wait} not told.")
        if company.rates and "currency" in self.frame:
            apart = sorted(set(self.frame["currency"].dropna()) - {company.currency})
            lines += [f"{currency} has no rate for all of these days and is told apart." for currency in apart]
        if "reason" in self.frame:
            lines += [f"Not defined: {reason}" for reason in self.frame["reason"].dropna().unique()]
        lines += differences(self.frame)
        return "\n".join(lines)


def _told(periods: Periods) -> str:
    """How many periods of what: 1 period of 365 days, 13 periods of a month each."""
    if len(periods) == 1:
        return f"1 period of {periods.unit}" if periods.unit[0].isdigit() else f"1 {periods.unit}"
    return f"{len(periods)} periods of {periods.unit if periods.unit[0].isdigit() else f'a {periods.unit}'} each"


def _written(value: Any) -> str:
    """An option's value as it is written."""
    return str(value).lower() if isinstance(value, bool) else str(value) or "none"


def _ends(frame: pd.DataFrame, cell: tuple[str, ...]) -> "pd.Series | None":
    """A cell's own period; or the period *age* after the cohort's."""
    if "period" in cell:
        return frame["period"]
    if "cohort" in cell and "age" in cell:
        return frame["cohort"] + frame["age"]
    return frame["cohort"] if "cohort" in cell else None
