"""What may plays be credited with, and what do those kept out of every play say? Read from looks, the log and the counts."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from keepwell.experiments import booking
from keepwell.experiments.figures import Series, counts
from keepwell.experiments.looking import looks
from keepwell.experiments.reading import facts_for, frozen, states
from keepwell.lake.ledger import Entry
from keepwell.prove.assignment import GlobalHoldout
from keepwell.prove.buckets import BUCKETS, bucket_column
from keepwell.prove.goals import Baseline, Goal
from keepwell.prove.look import Comparison
from keepwell.prove.moments import as_assigned, moments_from, moments_table
from keepwell.prove.outcomes import watch
from keepwell.prove.plan import Plan
from keepwell.prove.progress import OVER, Held, Play, Shown, booked, speaks
from keepwell.prove.quotients import BOTTOM, TOP, moved
from keepwell.prove.samples import check_any_time
from keepwell.schema.clock import day_number
from keepwell.workspace import Workspace

FEW = 30
"""Fewer customers kept out of every play tell nothing."""


def plays(workspace: Workspace, goal: Goal, now: Baseline, today: date, told: Series, at: int | None) -> list[Play]:
    """
    What every play may be credited with, newest versions standing for their experiments.

    Args:
        workspace: The company, opened.
        goal: The goal.
        now: The period looked at.
        today: Everything before it is known.
        told: The goal's figure, period by period.
        at: Place of that period; None where it is not among them.
    """
    entries, plans = workspace.lake.ledger(), frozen(workspace)
    found = []
    for state in states(workspace, today):
        if state.phase == "planned":
            continue
        if state.plan is None or state.hindsight:
            found.append(_uncredited(state.name, state.plan.what if state.plan else "", state.hindsight))
            continue
        looked = looks([entry for entry in entries if entry.about == state.name])
        said = {one.arm: one for one in looked[-1].comparisons} if looked else {}
        barred = _barred(goal, now, state.plan, plans.values(), entries)
        hidden = {one.arm for one in booking.brought(workspace, state.plan, today) if one.state == "hidden"}
        for arm in state.plan.treatments or (state.plan.reference,):
            shown = _shown(state.plan, arm, said.get(arm))
            if arm in hidden:
                shown = replace(shown, verdict="hidden")  # an alarm since the decision to keep it
            if speaks(goal, shown) and not barred:
                shown = _moved(workspace, goal, now, state.plan, shown, told, at)
            found.append(booked(goal, shown, now, barred))
    return found


def _barred(goal: Goal, now: Baseline, plan: Plan, plans: Collection[Plan], entries: Sequence[Entry]) -> str:
    """Why a proven play does not count towards this goal all the same; "" where it does."""
    if plan.start < goal.measured.end:
        return "Proven, but it began before the goal was set, so it stands in the baseline already."
    if plan.start >= now.end:
        return f"Proven, but it began after {now.period}."
    for other in plans:
        if other.experiment == plan.experiment and other.version > plan.version:
            later = looks([entry for entry in entries if entry.about == other.name])
            if later and later[-1].final:
                return f"Booked from its version {other.version}, whose holdout was kept."
    return ""


def _uncredited(name: str, what: str, hindsight: str) -> Play:
    why = hindsight or "Unproven: nothing was said before its start, so what it shows is a hint and no proof."
    return Play(name, what, False, math.nan, math.nan, -math.inf, math.inf, f"{why} Nothing is credited.")


def _shown(plan: Plan, arm: str, said: Comparison | None) -> Shown:
    """What the newest look says of one treatment."""
    return Shown(
        name=plan.name,
        arm=arm,
        what=plan.what,
        kind=plan.primary.kind,
        days=plan.primary.days,
        held_out=plan.measurable and plan.holdout > 0,
        verdict=said.verdict if said else "too early",
        final=said is not None and said.final,
        share=said.share if said else 0.0,
        unit=plan.unit,
    )


def _moved(
    workspace: Workspace, goal: Goal, now: Baseline, plan: Plan, shown: Shown, told: Series, at: int | None
) -> Shown:
    """The same with how many were treated whose horizon touches the period, and what that changed in the figure itself."""
    if at is None:
        return shown
    since, until = day_number(now.start) - plan.primary.days, day_number(now.end)
    units = watch(facts_for(workspace, plan), plan.experiment, plan.version, unit="customer").units
    units = units.filter((units.day > since) & (units.day < until) & units.arm.isin([shown.arm, plan.reference]))
    units = workspace.lake.aside(units.select("unit", "arm", "day"))
    counted = as_assigned(units, _done(workspace, plan, told, at, OVER[goal.metric]), (TOP, BOTTOM))
    arms = moments_from(workspace.run(moments_table(counted, (TOP, BOTTOM))), (TOP, BOTTOM))
    if not (shown.arm in arms and plan.reference in arms):
        return replace(shown, treated=arms[shown.arm].n if shown.arm in arms else 0)
    found = moved(now.value, float(now.n), arms[shown.arm], arms[plan.reference])
    return replace(shown, treated=arms[shown.arm].n, moved=found, since=_drawn_since(workspace, plan, units))


def _drawn_since(workspace: Workspace, plan: Plan, units: ir.Table) -> date | None:
    """The morning it was decided to keep the play, where all of these units were drawn from then on: they had no part in the verdict."""
    kept = booking.kept_since(workspace.lake.ledger(), plan.name)
    if kept is None:
        return None
    first = workspace.run(units.agg(first=units.day.min()))["first"].iloc[0]
    return kept if int(first) >= day_number(kept) else None


def _done(workspace: Workspace, plan: Plan, told: Series, at: int, pair: tuple[str, str]) -> ir.Table:
    """What each unit adds to the figure's numerator and denominator in a period: columns unit, TOP, BOTTOM."""
    cases = told.answer.question.cases
    rows = cases.rows.filter(cases.rows["period" if "period" in cases.cell else "cohort"] == at)
    for name, value in told.cell:
        if name in rows.columns:
            rows = rows.filter(rows[name].cast("string") == value)
    top, bottom = (cases.counts[name] for name in pair)
    each = rows.group_by(unit="customer_id").agg(**{TOP: top, BOTTOM: bottom})
    people = told.answer.question.facts.read("customers")
    if plan.unit == "account" and workspace.settings.count == "customers" and "account_id" in people.columns:
        known = people.select("customer_id", account=ibis.coalesce(people.account_id, people.customer_id))
        joined = each.inner_join(known, each.unit == known.customer_id)
        return joined.select(TOP, BOTTOM, unit=joined.account)
    return each


def held(workspace: Workspace, told: Series, at: int, now: Baseline, today: date) -> Held | None:
    """
    The year's global holdout in a period, where there is one that says something; only of shares.

    Args:
        workspace: The company, opened.
        told: The figure, period by period.
        at: Place of the period.
        now: That period's figure.
        today: Everything before it is known.
    """
    apart = _apart(workspace, now, today)
    if apart is None or told.pair is None:
        return None
    facts = told.answer.question.facts
    people = facts.read("customers")
    kept = (
        ibis.coalesce(people.account_id, people.customer_id) if "account_id" in people.columns else people.customer_id
    )
    alarm = _alarm(workspace, people.select(unit=kept), apart)
    out = people.filter(bucket_column(apart.salt, kept) < apart.cut).select("customer_id")
    part, whole = counts(workspace, told, replace(facts, only=workspace.lake.aside(out)), at)
    rest, others = now.value * now.n - part, now.n - whole
    if whole < FEW or others < FEW:
        return None
    if alarm:
        return Held(math.nan, math.nan, int(whole), math.nan, math.nan, alarm)
    mine, theirs = part / whole, rest / others
    error = _binomial(part, whole)
    treated = others / now.n
    together = math.hypot(error, _binomial(rest, others)) * treated
    return Held(mine, error, int(whole), (theirs - mine) * treated, together)


def _alarm(workspace: Workspace, people: ir.Table, apart: GlobalHoldout) -> str:
    """Why those kept out are not as many as was planned; "" where they are. Asked as often as the goal is, so by evidence valid at any time."""
    units = people.distinct()
    counted = workspace.run(units.agg(out=(bucket_column(apart.salt, units.unit) < apart.cut).sum(), n=units.count()))
    out, n = int(counted["out"].iloc[0] or 0), int(counted["n"].iloc[0])
    share = apart.cut / BUCKETS
    found = check_any_time([{"kept out": out, "others": n - out}], {"kept out": share, "others": 1 - share})
    return found.told if found.hides_effect else ""


def _apart(workspace: Workspace, now: Baseline, today: date) -> GlobalHoldout | None:
    """The holdout in force throughout a period: of its year, the smallest share any play has kept to."""
    year = now.start.year
    if (now.end - timedelta(days=1)).year != year:
        return None
    acting = [
        state.plan for state in states(workspace, today) if state.plan and state.units and state.plan.start < now.end
    ]
    found = [plan.apart for plan in acting if plan.apart and plan.apart.year == year]
    if not found or len(found) < len([plan for plan in acting if plan.start.year == year]):
        return None
    return min(found, key=lambda one: one.share)


def _binomial(part: float, whole: float) -> float:
    """The error of a share; with one more of each kind, so that none at all is not taken for certainty."""
    share = (part + 1) / (whole + 2)
    return math.sqrt(share * (1 - share) / whole)
