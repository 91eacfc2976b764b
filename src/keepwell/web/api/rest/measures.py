"""Metrics and segments: figures and the people behind them, counted among those the token's person sees."""

# ruff: noqa: ARG001  the framework reads what a view takes

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import ibis.expr.types as ir
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

import keepwell.measure  # noqa: F401  registers every metric
from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.metric import METRICS, Metric, find
from keepwell.measure.profile import profile
from keepwell.measure.question import Question
from keepwell.schema.expressions import parse
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Cursor, Limit, page, plain, rows
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.reach import seen
from keepwell.web.measures.asked import Asked as Page
from keepwell.workspace import Workspace

router = Router(tags=["Metrics and segments"])

_MOST = 1000
"""Periods of one answer."""


class Definition(Schema):
    """What a metric means."""

    id: str
    name: str
    question: str
    formula: str
    unit: str
    misleads: str
    source: str
    version: int
    family: str
    options: dict[str, Any]


class Definitions(Schema):
    """Every metric."""

    items: list[Definition]


class Answered(Schema):
    """One answer: its cells, among whom they were counted, and how they come about."""

    metric: str
    unit: str
    as_of: date
    among: str
    cells: list[dict[str, Any]]
    explained: str


class Member(Schema):
    """Somebody behind a number."""

    customer_id: str
    name: str | None


class Members(Schema):
    """A page of the people behind a number, by id."""

    items: list[Member]
    next: str | None


class Count(Schema):
    """How many a segment chooses of those one sees."""

    where: str
    as_of: date
    among: str
    customers: int
    of: int


class Asked(Schema):
    """What is asked of a metric."""

    period: str = Field(
        "month", max_length=10, description="day, week, month, quarter, half, year, or rolling such as 30d."
    )
    start: date | None = Field(
        None, ge=date(1990, 1, 1), le=date(2199, 12, 31), description="A day in the first period."
    )
    end: date | None = Field(
        None, ge=date(1990, 1, 1), le=date(2199, 12, 31), description="The day after the last one."
    )
    by: str | None = Field(None, max_length=100, description="A trait to break down by, such as country.")
    where: str | None = Field(None, max_length=2000, description="A segment expression, such as orders >= 3.")
    option: list[str] = Field(
        [],
        max_length=20,
        description="An option of the metric, such as days=90, as its definition names them; may be repeated.",
    )

    def options(self, metric: str) -> dict[str, Any]:
        """
        The options, as their usual values are typed.

        Raises:
            MetricError: One is none of the metric's, is said twice, or is not understood.
            ConfigError: Its value is not understood.
        """
        usual, said = find(metric).options, dict[str, str]()
        for pair in self.option:
            name, sign, value = pair.partition("=")
            if not sign or name not in usual or name in said:
                told = ", ".join(usual) or "none"
                raise MetricError(
                    f"{pair[:80]!r} is no option of {metric}.", f"It has {told}.", "Write it as name=value, once."
                )
            said[name] = value
        return dict(Page.read(metric, {f"set.{name}": value for name, value in said.items()}).options)

    def said(self, metric: str) -> dict[str, Any]:
        """As the workspace is asked."""
        return {
            "options": self.options(metric),
            "periods": self.period,
            "start": self.start,
            "end": self.end,
            "by": self.by,
            "where": self.where or None,
        }


class Counted(Asked):
    """What is asked of a metric, and of whom."""

    among: Literal["seen", "everybody"] = Field(
        "seen",
        description="seen: of those I see; everybody: as the desk's page tells it, cut down to those I see by a trait or segment.",
    )


class Behind(Asked):
    """What is asked of the people behind a number."""

    cell: list[str] = Field([], max_length=10, description="Of which cell, such as period=2026-03; may be repeated.")
    group: str | None = Field(None, max_length=50, description="One of the metric's groups, such as lost.")


_READ = Bearer(Scope.READ, "measures")
_SEEN = Bearer(Scope.READ, "customers")


def _described(metric: Metric) -> Definition:
    told = ("id", "name", "question", "formula", "unit", "misleads", "source", "version", "family")
    return Definition(**{name: getattr(metric, name) for name in told}, options=plain(metric.options))


@router.get("/metrics", auth=_READ, response={200: Definitions, **PROBLEMS}, operation_id="metrics")
def metrics(request: HttpRequest) -> Definitions:
    """Every metric with the question it answers, its formula, and when it misleads."""
    return Definitions(items=[_described(metric) for metric in METRICS.values()])


@router.get("/metrics/{metric}", auth=_READ, response={200: Answered, **PROBLEMS}, operation_id="metric")
def metric(request: HttpRequest, metric: str, asked: Query[Counted]) -> Answered:
    """
    One metric's figures. Who does not see every customer is answered among those they see.

    A value of null is not defined, or not known yet (complete says which).
    """
    me = person(request)
    whole = _all(me) or (asked.among == "everybody" and not (asked.by or asked.where))
    with company() as opened:
        question = _question(opened, me, metric, asked, whole=whole)
        answer = opened.measure(metric, **asked.said(metric)) if whole else question.answer(opened.run(question.totals))
    cells = [plain({**row, "complete": bool(row["complete"])}) for row in answer.frame.to_dict("records")]
    return Answered(
        metric=metric,
        unit=question.metric.unit,
        as_of=answer.as_of,
        among="everybody" if whole else "seen",
        cells=cells,
        explained=answer.explain(),
    )


@router.get("/metrics/{metric}/members", auth=_SEEN, response={200: Members, **PROBLEMS}, operation_id="metric_members")
def metric_members(
    request: HttpRequest, metric: str, asked: Query[Behind], limit: Limit = 100, cursor: Cursor = None
) -> Members:
    """The customers behind a cell's number, of those one sees."""
    me, last = person(request), cursors.after(request, cursor)
    with company() as opened:
        question = _question(opened, me, metric, asked)
        people = question.members(_cell(question, asked.cell), asked.group)
        return _listed(request, opened, people, last, limit)


@router.get("/segments/count", auth=_SEEN, response={200: Count, **PROBLEMS}, operation_id="segment_count")
def segment_count(request: HttpRequest, where: Annotated[str, Query(min_length=1, max_length=2000)]) -> Count:
    """How many customers an expression chooses, of those one sees."""
    me = person(request)
    with company() as opened:
        facts = _facts(opened, me)
        people = facts.read("customers")
        chosen, whole = (
            int(opened.run(table.aggregate(n=table.count()))["n"].iloc[0]) for table in (_chosen(facts, where), people)
        )
        return Count(where=where, as_of=opened.as_of, among=_among(me), customers=chosen, of=whole)


@router.get("/segments/members", auth=_SEEN, response={200: Members, **PROBLEMS}, operation_id="segment_members")
def segment_members(
    request: HttpRequest,
    where: Annotated[str, Query(min_length=1, max_length=2000)],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Members:
    """The customers an expression chooses, of those one sees."""
    last = cursors.after(request, cursor)
    with company() as opened:
        facts = _facts(opened, person(request))
        return _listed(request, opened, _chosen(facts, where).select("customer_id"), last, limit)


def _chosen(facts: Facts, where: str) -> ir.Table:
    people = profile(facts)
    return people.filter(parse(where, people, zone=facts.company.time_zone))


def _all(me: Person) -> bool:
    return me.reach == Reach.ALL


def _among(me: Person) -> str:
    """Among whom figures are counted: everybody, or those the person sees."""
    return "everybody" if _all(me) else "seen"


def _facts(opened: Workspace, me: Person, where: str | None = None) -> Facts:
    """The facts a person may look at: no expression, however narrow, tells of anybody they do not see."""
    facts = opened.facts(where=where)
    if _all(me):
        return facts
    theirs = seen(me).of(opened.facts().read("customers")).select("customer_id")
    return replace(facts, only=theirs if facts.only is None else facts.only.semi_join(theirs, "customer_id"))


def _question(opened: Workspace, me: Person, metric: str, said: Asked, *, whole: bool = False) -> Question:
    since, until = said.start or opened.span[0], said.end or opened.as_of
    if until - since > timedelta(days=_MOST * 31):
        raise MetricError(
            "This is too long a time.", f"An answer has at most {_MOST} periods.", "Ask for less at once."
        )
    asked = opened.question(metric, **said.said(metric))
    if len(asked.periods) > _MOST:
        raise MetricError(
            f"These are {len(asked.periods)} periods.", f"An answer has at most {_MOST}.", "Ask for less at once."
        )
    return asked if whole or _all(me) else replace(asked, facts=_facts(opened, me, said.where or None))


def _cell(asked: Question, said: list[str]) -> Mapping[str, Any]:
    cell: dict[str, Any] = {}
    for pair in said:
        name, sign, value = pair.partition("=")
        if not sign or name not in asked.cases.cell:
            told = ", ".join(asked.cases.cell)
            raise MetricError(f"{pair!r} names no cell.", f"Cells are by {told}.", "Write it as period=2026-03.")
        whole = name not in ("period", "cohort") and asked.cases.rows[name].type().is_integer()
        if whole and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise MetricError(f"{pair!r} names no cell.", f"{name} is a whole number.", "Correct it.")
        cell[name] = int(value) if whole else value
    return cell


def _listed(request: HttpRequest, opened: Workspace, people: ir.Table, last: Any, limit: int) -> Members:
    names = opened.facts().read("customers").select("customer_id", "name")
    found = people.left_join(names, "customer_id").select("customer_id", "name")
    if last is not None:
        found = found.filter(found.customer_id > last)
    items, more = page(rows(opened.run(found.order_by("customer_id").limit(limit + 1))), limit)
    return Members(items=items, next=cursors.before(request, items[-1]["customer_id"]) if more else None)
