"""Can it be shown with these customers, and is it frozen before it starts? From a company's own past into its ledger."""

import math
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.errors import ProofError
from keepwell.experiments.definitions import definitions
from keepwell.experiments.reading import facts_for, frozen, known_up_to, states
from keepwell.lake.ledger import Entry
from keepwell.measure.buyers import own_money
from keepwell.measure.facts import Facts
from keepwell.measure.profile import profile
from keepwell.measure.spells import spells
from keepwell.prove.assignment import check_layers
from keepwell.prove.plan import Plan
from keepwell.prove.power import Base, Feasibility, feasible
from keepwell.prove.quantiles import UPPER, enough, quantiles_from, quantiles_table
from keepwell.schema.expressions import names, parse
from keepwell.workspace import KNOWN, Workspace

STAY = ("time_to_churn", "retained", "churned")
"""Endpoints only somebody who is kept can have: for these nobody else is eligible."""


def eligible(workspace: Workspace, plan: Plan, as_of: date | None = None) -> ir.Table:
    """
    Who may take part on a morning.

    Args:
        workspace: The company, opened.
        plan: Says where; without a segment, and for endpoints of staying, only those kept on that morning.
        as_of: The morning; None is the workspace's own.

    Returns:
        Columns unit, account_id (where customers are drawn and have any), and the plan's strata.

    Raises:
        ExpressionError: The segment expression is wrong.
        ProofError: A stratum is no column of the profile.
    """
    facts = facts_for(workspace, plan, as_of)
    wanted = {*(names(plan.where) if plan.where else ()), *plan.strata, "kept"}
    people = profile(facts, columns=wanted if wanted <= KNOWN else None)
    if missing := [name for name in plan.strata if name not in people.columns]:
        raise ProofError(
            f"{', '.join(missing)} is nothing that is known of a {plan.unit}.",
            f"Known are {', '.join(people.columns)}.",
            "Take one of them as the stratum.",
        )
    if plan.where:
        people = people.filter(parse(plan.where, people, zone=facts.company.time_zone))
    if not plan.where or plan.primary.kind in STAY:
        people = people.filter(people.kept)
    beside = ("account_id",) if plan.unit == "customer" and "account_id" in people.columns else ()
    return people.select(*dict.fromkeys((*beside, *plan.strata)), unit=people.customer_id)


def survey(workspace: Workspace, plan: Plan, as_of: date | None = None) -> Base:
    """
    What the company's own past says of those a plan is about.

    Those who were eligible one horizon and a day ago are followed to now, for as long as a look follows them: the day of the draw and
    the horizon after it.

    Args:
        workspace: The company, opened.
        plan: The plan.
        as_of: The morning; None is the workspace's own.
    """
    today = as_of or workspace.as_of
    days = plan.primary.days
    now, then = eligible(workspace, plan, today), today - timedelta(days=days + 1)
    if then <= workspace.span[0]:
        count = int(workspace.run(now.agg(n=now.count()))["n"].iloc[0])
        return Base(count, 0.0, 0, math.nan, math.nan)
    before = workspace.lake.aside(eligible(workspace, plan, then).select("unit"))
    entered = now.anti_join(before, "unit")
    counts = workspace.run(now.agg(n=now.count()).cross_join(entered.agg(entered=entered.count())))
    each, entering = (
        _each(facts_for(workspace, plan, today), before, then),
        float(counts["entered"].iloc[0]) / (days + 1),
    )
    sums = workspace.run(_followed(each)).iloc[0].to_dict()
    base = _base(plan, int(counts["n"].iloc[0]), entering, sums)
    return _upper(workspace, base, each) if plan.primary.family == "quantile" else base


def check(workspace: Workspace, plan: Plan, as_of: date | None = None) -> Feasibility:
    """Whether this company can show what a plan wants to show; the arguments are those of survey()."""
    return feasible(plan, survey(workspace, plan, as_of))


def freeze(workspace: Workspace, plan: Plan, as_of: date | None = None, *, anyway: bool = False) -> tuple[Entry, bool]:
    """
    Enter a plan into the ledger; from then on it does not change.

    Args:
        workspace: The company, opened.
        plan: The plan.
        as_of: The morning; None is the workspace's own.
        anyway: Enter it though this base cannot show it, or though its outcomes are known: then all that is said of it is
            marked as unproven.

    Returns:
        Its entry, and whether it is new: the same plan frozen again is as it was.

    Raises:
        ProofError: Another plan is frozen under its name, anything is known from its start on, it shares buckets of a layer with a running
            one, or this base cannot show it.
    """
    today, known = as_of or workspace.as_of, frozen(workspace)
    if plan.name in known:
        known[plan.name].refuse_change(plan)
        return _entry(workspace, plan), False
    known_to = known_up_to(workspace)
    if plan.start < max(today, known_to) and not anyway:
        raise ProofError(
            f"{plan.name} starts on {plan.start}, but the company is known up to {max(today, known_to)}.",
            "A plan is frozen before its start: afterwards what comes of it is known.",
            f"Let it start on {max(today, known_to)} or later; with --anyway all that is said of it is marked as unproven.",
        )
    if plan.currency and plan.currency != workspace.settings.currency:
        raise ProofError(
            f"{plan.name} tells its costs in {plan.currency}.",
            f"This company counts in {workspace.settings.currency}.",
            "Tell them in that currency.",
        )
    running = [state.plan for state in states(workspace, today) if state.plan and state.phase in ("planned", "running")]
    check_layers([plan.drawn, *(other.drawn for other in running)])
    verdict = check(workspace, plan, today)
    if not (verdict.provable or anyway):
        raise ProofError(
            f"{plan.name} is not frozen. {' '.join(verdict.told)}",
            "",
            "Change the plan, or enter it all the same with --anyway: its verdict will most likely be that nothing is shown.",
        )
    body = {
        "plan": plan.canonical(),
        "digest": plan.digest,
        "as_of": today.isoformat(),
        "known_to": known_to.isoformat(),
        "definitions": definitions(workspace),
        "feasible": plainly(verdict),
    }
    workspace.lake.enter("plan", plan.name, body)
    known = frozen(workspace)
    known[plan.name].refuse_change(plan)  # another writer may have been first
    return _entry(workspace, plan), True


def plainly(verdict: Feasibility) -> dict[str, Any]:
    """A verdict as JSON can hold it; what is not known or without end is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(verdict).items()
    }


def _entry(workspace: Workspace, plan: Plan) -> Entry:
    return next(entry for entry in workspace.lake.ledger() if entry.kind == "plan" and entry.about == plan.name)


def _each(facts: Facts, before: ir.Table, then: date) -> ir.Table:
    """A row for each of those eligible then: unit, lost (1 or null), spend and orders since."""
    start = facts.on(then).today
    kept = spells(facts)
    lost = kept.filter((kept.start_day < start) & (kept.end_day >= start)).select(unit="customer_id").distinct()
    sold = own_money(facts.sales.filter(facts.sales.day >= start), "net", facts)
    sold = sold.filter(sold.customer_id.notnull()).group_by(unit=sold.customer_id)
    bought = sold.agg(spend=lambda t: t.money.sum(where=t.home).cast("float64"), orders=lambda t: t.count())
    rows = before.left_join(lost.mutate(lost=1), "unit").drop("unit_right").left_join(bought, "unit")
    return rows.select("unit", "lost", spend=rows.spend.fill_null(0.0), orders=rows.orders)


def _upper(workspace: Workspace, base: Base, each: ir.Table) -> Base:
    """The base with how much the upper tenth spent at least, and its deviation: the error of that quantile times the root of the units."""
    if not enough(UPPER, base.past):
        return base
    counted = workspace.run(quantiles_table(each.mutate(arm=ibis.literal("all")), "spend", UPPER, {"all": base.past}))
    found = quantiles_from(counted)["all"].estimate
    if math.isnan(found.error):
        return base
    return replace(base, level=found.value, deviation=found.error * math.sqrt(found.n))


def _followed(rows: ir.Table) -> ir.Table:
    """One row of sums over them: how many, lost, who bought, and money and orders with their squares."""
    s, o = rows.spend.fill_null(0.0), rows.orders.fill_null(0).cast("float64")
    return rows.agg(
        n=rows.count(), lost=rows.lost.fill_null(0).sum(), bought=(o > 0).cast("int64").sum(),
        s=s.sum(), o=o.sum(), ss=(s * s).sum(), oo=(o * o).sum(), so=(s * o).sum(),
    )  # fmt: skip


def _base(plan: Plan, count: int, entering: float, sums: dict[Any, Any]) -> Base:
    n = int(sums["n"])
    if not n:
        return Base(count, entering, 0, math.nan, math.nan)
    lost = float(sums["lost"]) / n
    shares = {"time_to_churn": lost, "churned": lost, "retained": 1 - lost, "bought": float(sums["bought"]) / n}
    kind = plan.primary.kind
    if kind in shares:
        return Base(count, entering, n, lost, shares[kind])
    s, o, ss, oo, so = (float(sums[name]) / n for name in ("s", "o", "ss", "oo", "so"))
    if kind == "spend":
        return Base(count, entering, n, lost, s, math.sqrt(max(0.0, ss - s * s)))
    if kind == "orders":
        return Base(count, entering, n, lost, o, math.sqrt(max(0.0, oo - o * o)))
    if (plan.primary.of, plan.primary.per) == ("spend", "orders") and o > 0:
        ratio = s / o
        return Base(count, entering, n, lost, ratio, math.sqrt(max(0.0, ss - 2 * ratio * so + ratio**2 * oo)) / o)
    return Base(count, entering, n, lost, math.nan)
