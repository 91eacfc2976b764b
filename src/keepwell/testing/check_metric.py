"""Is this a metric? The public examination every registered metric passes, and any plug-in's can sit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.measure.facts import Facts
from keepwell.measure.metric import Metric
from keepwell.measure.periods import Periods
from keepwell.measure.question import Question

Run = Callable[[ir.Table], pd.DataFrame]


def check_metric(metric: Metric, facts: Facts, periods: Periods, run: Run) -> None:
    """
    Examine a metric on a world.

    Args:
        metric: The definition.
        facts: A world that has something for it, customers with a country among it.
        periods: Periods of which the last may still be running.
        run: Has an engine compute an expression.

    Raises:
        AssertionError: Naming the law the metric breaks.
    """
    _says_what_it_is(metric)
    question = Question(metric, facts, periods)
    totals = run(question.totals)
    _asks_the_engine_for_exact_things(metric, totals)
    _bears_an_empty_company(metric, facts, periods, run)
    _opens_its_numbers(question, totals, run)
    _adds_up_over_a_breakdown(question, totals, run)
    _keeps_what_it_said(question, run)


def _says_what_it_is(metric: Metric) -> None:
    assert metric.id.isidentifier(), f"{metric.id}: an id is lower-case words joined by underscores"
    assert metric.id == metric.id.lower(), f"{metric.id}: an id is lower case"
    assert metric.question.endswith("?"), f"{metric.id}: its question ends with a question mark"
    for part in ("name", "formula", "misleads"):
        assert len(getattr(metric, part)) > 3, f"{metric.id}: says nothing as its {part}"
    assert metric.compute.__doc__, f"{metric.id}: its function has no docstring"


def _asks_the_engine_for_exact_things(metric: Metric, totals: pd.DataFrame) -> None:
    for name in totals.columns:
        floats = pd.api.types.is_float_dtype(totals[name]) and (totals[name].dropna() % 1 != 0).any()
        assert not floats, f"{metric.id}: count {name!r} is a fraction; engines sum whole numbers and decimals only"


def _bears_an_empty_company(metric: Metric, facts: Facts, periods: Periods, run: Run) -> None:
    nobody = Question(metric, Facts({}, facts.company, facts.as_of, since=facts.since), periods)
    answer = nobody.answer(run(nobody.totals))
    assert not (answer.frame["value"] > 0).any(), f"{metric.id}: finds something where there is nothing"
    assert answer.explain(), f"{metric.id}: cannot explain an empty answer"


def _opens_its_numbers(question: Question, totals: pd.DataFrame, run: Run) -> None:
    """A group that is also a count lists as many customers as the count says, in every cell."""
    cases, metric = question.cases, question.metric
    if "customer_id" not in cases.rows.columns or totals.empty:
        return
    for group in set(cases.groups) & set(totals.columns):
        if not _counts_people(totals[group]):
            continue
        listed = cases.rows.filter(cases.groups[group]).group_by(*cases.cell)
        found = run(listed.agg(listed=ibis._.customer_id.nunique()))
        both = totals.merge(found, on=list(cases.cell), how="left")
        odd = both[both["listed"].fillna(0) != both[group]]
        assert odd.empty, f"{metric.id}: {group} says {odd[group].iloc[0]} and lists {odd['listed'].iloc[0]}"


def _counts_people(counts: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(counts)


def _adds_up_over_a_breakdown(question: Question, totals: pd.DataFrame, run: Run) -> None:
    """Counts summed over the values of a trait are the counts without it."""
    if "customer_id" not in question.cases.rows.columns or totals.empty:
        return
    split = run(replace(question, by="country").totals)
    for name in question.cases.counts:
        if pd.api.types.is_numeric_dtype(totals[name]) or isinstance(totals[name].iloc[0], Decimal):
            whole, parts = totals[name].sum(), split[name].sum()
            extreme = name.startswith(("first_", "last_", "min_", "max_"))
            assert extreme or whole == parts, f"{question.metric.id}: {name} is {whole}, but {parts} by country"


def _keeps_what_it_said(question: Question, run: Run) -> None:
    """A cell that was whole says the same when the same facts are looked at a year later."""
    if "period" not in question.cases.cell:
        return
    early = question.answer(run(question.totals)).frame
    late_facts = replace(question.facts, as_of=question.facts.as_of + timedelta(days=365))
    later = replace(question, facts=late_facts)
    late = later.answer(run(later.totals)).frame
    keys = [name for name in question.cases.cell if name in early.columns]
    told = early[early["complete"] & early["value"].notna()].set_index(keys)["value"]
    retold = late.set_index(keys)["value"].reindex(told.index)
    assert retold.equals(told), f"{question.metric.id}: changed its answer for a period that was over"
