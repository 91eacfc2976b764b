"""What is a metric? One definition, one function, cases per customer; totals, breakdowns and members follow from them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis.expr.types as ir
import pandas as pd

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods

Unit = Literal["share", "count", "money", "days", "months", "ratio", "orders"]


@dataclass(frozen=True)
class Cases:
    """
    What a metric found, before it is summed up.

    Args:
        rows: One row per customer and cell where a customer can be named (column customer_id), otherwise per fact.
        cell: Columns that name a cell: "period"; or "cohort" and "age"; "currency" wherever there is money.
            "period" and "cohort" are places in the Periods asked for.
        counts: What is summed per cell, exact (whole numbers, decimals): column name -> aggregate over rows.
            The engine computes these and nothing else, so every engine gives the same digits.
        value: From the frame of counts (float64 after division) the metric's value; NaN where it is not defined.
        groups: Who stands behind a number: group name -> which rows of a cell belong to it.
        ends: Place of the period at whose end a cell is known for good, from the frame of counts;
            None: the cell's own period, or cohort + age. Below 0: no period's end is waited for.
        finish: From the frame of counts a frame with other rows or more columns (quantiles, curves, intervals);
            run before *value*. A column "complete" (bool) it adds narrows what is known for good;
            a column "reason" (text or null) says why a value is not defined, and is told by explain().
    """

    rows: ir.Table
    cell: tuple[str, ...]
    counts: Mapping[str, Any]
    value: Callable[[pd.DataFrame], pd.Series]
    groups: Mapping[str, Any] = field(default_factory=dict)
    ends: Callable[[pd.DataFrame], pd.Series] | None = None
    finish: Callable[[pd.DataFrame], pd.DataFrame] | None = None


@dataclass(frozen=True)
class Metric:
    """
    One registered definition.

    Args:
        id: Its name everywhere: library, command line, pages, SQL.
        name: What people call it.
        question: The question it answers.
        formula: In words or signs a reader can check.
        unit: What the value is counted in.
        misleads: When it misleads.
        compute: From facts and periods (and options) the cases.
        family: The module it lives in.
        source: Where the definition comes from.
        version: Raised when a definition changes its numbers.
        column: The column of the answer that is the value's numerator where it is a share, for charts.
    """

    id: str
    name: str
    question: str
    formula: str
    unit: Unit
    misleads: str
    compute: Callable[..., Cases]
    family: str
    source: str = ""
    version: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """What may be set beyond periods: option name -> default."""
        parameters = inspect.signature(self.compute).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}

    def cases(self, facts: Facts, periods: Periods, options: Mapping[str, Any] | None = None) -> Cases:
        """
        The metric's cases.

        Raises:
            MetricError: An option it does not have, or a value of another type than the default's.
        """
        options = dict(options or {})
        for name, value in options.items():
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise MetricError(
                    f"{self.id} has no option {name!r}.", f"Its options: {known}.", "Leave it out or use one of them."
                )
            default = self.options[name]
            if default is not None and not isinstance(value, type(default)):
                raise MetricError(
                    f"{self.id}: {name} = {value!r}.",
                    f"It takes a {type(default).__name__}, such as {default!r}.",
                    "Correct it.",
                )
        return self.compute(facts, periods, **options)


METRICS: dict[str, Metric] = {}
"""Every registered metric by id, in the order of the modules."""


def metric(
    *, id: str, name: str, question: str, formula: str, unit: Unit, misleads: str, source: str = "", version: int = 1
) -> Callable[[Callable[..., Cases]], Callable[..., Cases]]:
    """Register the decorated function as a metric; see Metric for the arguments."""

    def register(compute: Callable[..., Cases]) -> Callable[..., Cases]:
        if id in METRICS:
            raise MetricError(f"Two metrics are called {id!r}.", "An id names one definition.", "Rename one.")
        family = compute.__module__.rsplit(".", 1)[-1]
        METRICS[id] = Metric(id, name, question, formula, unit, misleads, compute, family, source, version)
        return compute

    return register


def find(id: str) -> Metric:
    """
    The metric of that id.

    Raises:
        MetricError: There is none; the nearest ids are named.
    """
    import difflib

    import keepwell.measure  # noqa: F401  registers every family

    if id in METRICS:
        return METRICS[id]
    near = difflib.get_close_matches(id, METRICS, n=3) or sorted(METRICS)
    raise MetricError(
        f"There is no metric {id!r}.", f"Did you mean {', '.join(near)}?", "`keepwell metrics` lists them all."
    )


def share(part: str, whole: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Part / whole as float64, NaN where the whole is 0."""

    def value(frame: pd.DataFrame) -> pd.Series:
        whole_ = frame[whole].astype("float64")
        return frame[part].astype("float64") / whole_.where(whole_ != 0)

    return value


def number(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    """A count as it is."""

    def value(frame: pd.DataFrame) -> pd.Series:
        return frame[column].astype("float64")

    return value
