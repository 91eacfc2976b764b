"""What is counted for a look at an experiment? Only by arm, as assigned, and only what was known on its morning."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from keepwell.experiments.reading import begins, entered_with, facts_for, log_of, states
from keepwell.experiments.strata import STRATUM, strata_of
from keepwell.prove import outcomes, seen
from keepwell.prove.adjustment import filled
from keepwell.prove.beforehand import RFM, beforehand
from keepwell.prove.comparing import CAPPED, MONEY, Counted
from keepwell.prove.endpoint_survival import risk_table
from keepwell.prove.exposures import switched
from keepwell.prove.look import Evidence
from keepwell.prove.moments import capped, moments_table
from keepwell.prove.outcomes import Watched
from keepwell.prove.plan import Endpoint, Plan
from keepwell.prove.quantiles import UPPER, enough, quantiles_table
from keepwell.prove.samples import counts_table
from keepwell.schema.clock import day_number, day_of
from keepwell.workspace import Workspace

ENOUGH = 20
"""Units a day's smallest arm must be expected to have before the arms of that day are held against the plan."""


def evidence(workspace: Workspace, plan: Plan, morning: date, *, stopped: bool = False) -> Evidence:
    """
    Everything one look rests on.

    Args:
        workspace: The company, opened.
        plan: As it was frozen.
        morning: Everything before it is known.
        stopped: Whether somebody ended it on this morning.
    """
    watched, early = _watched(workspace, plan, morning)
    endpoints = (plan.primary, *plan.secondary, *plan.guardrails)
    found: dict[Endpoint, Counted] = {}
    for days in sorted({one.days for one in endpoints}):
        stand = workspace.run(outcomes.standing(watched, days))
        unripe = int((stand["assigned"] - stand["matured"]).sum())
        alike = [one for one in endpoints if one.days == days]
        found |= {one: count_times(workspace, watched, one) for one in alike if one.family == "survival"}
        if values := [one for one in alike if one.family != "survival"]:
            found |= count_values(workspace, watched, plan, days, values, unripe)
        if days == plan.primary.days:
            there = stand
    kept = {str(arm): int(n) for arm, n in zip(there["arm"], there["kept"], strict=True)}
    assigned = {str(arm): int(n) for arm, n in zip(there["arm"], there["assigned"], strict=True)}
    return Evidence(
        morning,
        assigned,
        found[plan.primary],
        [found[one] for one in plan.secondary],
        [found[one] for one in plan.guardrails],
        kept if plan.primary.family == "survival" else None,
        _days(workspace, plan, watched),
        (
            *early,
            *_strays(workspace, watched, plan),
            *arms_changed(workspace, plan),
            *_unheard(workspace, watched, plan),
        ),
        _seen(workspace, watched, plan, assigned),
        workspace.company.currency,
        _margin(workspace, plan),
        last=morning >= plan.end,
        stopped=stopped,
    )


def _margin(workspace: Workspace, plan: Plan) -> float | None:
    """The share of what is sold that is left after its cost, as it was said when the plan was frozen; None where nobody said."""
    kept = entered_with(workspace, plan)
    said = kept["gross_margin"] if kept else workspace.company.gross_margin
    return None if said is None else float(said)


def _watched(workspace: Workspace, plan: Plan, morning: date) -> tuple[Watched, tuple[str, ...]]:
    """The units as assigned from the start on, computed once; and a sentence on those assigned before it, who are left out."""
    facts = facts_for(workspace, plan, morning)
    watched = outcomes.watch(facts, plan.experiment, plan.version)
    everybody = workspace.lake.aside(watched.units)
    start = f"{facts.on(plan.start).morning:%Y-%m-%d %H:%M:%S}"
    units = everybody.filter(everybody.at >= ibis.timestamp(start, timezone="UTC"))
    counted = workspace.run(everybody.agg(n=everybody.count()).cross_join(units.agg(kept=units.count()))).iloc[0]
    count = int(counted["n"] - counted["kept"])
    if not count:
        return replace(watched, units=everybody), ()
    were = f"1 {plan.unit} was" if count == 1 else f"{count:,} {plan.unit}s were"
    early = (
        f"{were} assigned before the start on {plan.start}, when nothing was planned; they are left out of every arm."
    )
    return replace(watched, units=workspace.lake.aside(units)), (early,)


def count_times(workspace: Workspace, watched: Watched, endpoint: Endpoint) -> Counted:
    """Days kept, up to the horizon: what happens to anybody later does not count."""
    stays = outcomes.stays(watched)
    later = stays.duration > endpoint.days
    stays = stays.mutate(
        duration=ibis.ifelse(later, endpoint.days, stays.duration).cast("int32"),
        ended=ibis.ifelse(later, 0, stays.ended).cast("int32"),
    )
    return Counted(endpoint, workspace.run(risk_table(stays)))


def count_values(
    workspace: Workspace, watched: Watched, plan: Plan, days: int, endpoints: Sequence[Endpoint], unripe: int
) -> dict[Endpoint, Counted]:
    """All endpoints of one horizon: what each unit did is computed once, and counted for each."""
    names = tuple(dict.fromkeys(name for endpoint in endpoints for name in _names(endpoint)))
    money = tuple(name for name in MONEY if name in names)
    units = capped(outcomes.at_horizon(watched, days, names), money)
    asked: tuple[str, ...] = ()
    if any(endpoint.family != "ratio" for endpoint in endpoints):
        known = _covariates(workspace, watched, plan, days)
        if known is not None:
            units = units.left_join(known, "unit").drop("unit_right")
            units, asked = filled(units, [name for name in known.columns if name != "unit"])
    if plan.strata:
        units = units.left_join(strata_of(workspace, plan, watched), "unit").drop("unit_right")
    units = workspace.lake.aside(units)
    found = {}
    for endpoint in endpoints:
        own = _names(endpoint)
        if endpoint.family == "quantile":
            found[endpoint] = Counted(endpoint, _upper(workspace, units, own[0]), own, unripe=unripe)
            continue
        covariates = asked if endpoint.family != "ratio" else ()
        cut = tuple(f"{name}{CAPPED}" for name in own if name in money and endpoint.family != "ratio")
        columns = (*own, *cut, *covariates)
        frame = workspace.run(moments_table(units, columns))
        strata = workspace.run(moments_table(units, columns, ("arm", STRATUM))) if plan.strata else None
        found[endpoint] = Counted(endpoint, frame, columns, covariates, unripe, strata)
    return found


def _upper(workspace: Workspace, units: ir.Table, name: str) -> pd.DataFrame:
    """The upper tenth of every arm that is large enough to have one."""
    counted = workspace.run(units.group_by("arm").agg(n=units.count()))
    sizes = {str(arm): int(n) for arm, n in zip(counted["arm"], counted["n"], strict=True) if enough(UPPER, int(n))}
    empty = pd.DataFrame(columns=["arm", "n", "value", "below", "above", "tied"])
    return workspace.run(quantiles_table(units, name, UPPER, sizes)) if sizes else empty


def _names(endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.family == "quantile":
        return ("spend",)
    if endpoint.kind == "ratio":
        return tuple(part for part in (endpoint.of, endpoint.per) if part)
    return (endpoint.kind,)


def _covariates(workspace: Workspace, watched: Watched, plan: Plan, days: int) -> ir.Table | None:
    """What the plan says is taken off; None where it names nothing, or nothing of it is known."""
    risks = risks_told(workspace) if "risk" in plan.covariates else None
    names = [*(RFM if "rfm" in plan.covariates else ()), *(("risk",) if risks is not None else ())]
    if not names:
        return None
    return beforehand(watched, days, risks).select("unit", *names)


def risks_told(workspace: Workspace) -> ir.Table | None:
    """The chances of leaving that rounds told, each with the morning it was told on; None where no round told any."""
    lake = workspace.lake
    told = [(morning, lake.kept(morning).get("risk")) for morning in lake.mornings()]
    parts = [
        lake.result(kept).select("customer_id", "risk", morning=ibis.literal(day_number(morning), "int32"))
        for morning, kept in told
        if kept is not None and "risk" in kept.columns
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def _days(workspace: Workspace, plan: Plan, watched: Watched) -> pd.DataFrame:
    """Units per day of assignment and arm, of days on which enough were assigned to judge."""
    frame = workspace.run(counts_table(watched.units, by="day"))
    least = min(arm.share for arm in plan.arms)
    whole = frame.groupby("place")["n"].transform("sum")
    frame = frame[whole * least >= ENOUGH].reset_index(drop=True)
    return frame.assign(place=[f"those assigned on {day_of(int(day))}" for day in frame["place"]])


def _strays(workspace: Workspace, watched: Watched, plan: Plan) -> Sequence[str]:
    """Units that stand in several arms; none of them counts."""
    twice = switched(outcomes.log(watched.facts, plan.experiment, plan.version))
    count = int(workspace.run(twice.agg(n=twice.count()))["n"].iloc[0])
    if not count:
        return ()
    several = (
        f"{count:,} {plan.unit}{'s' * (count != 1)} stand in more than one arm, perhaps because two of them were merged"
    )
    return (f"{several}; they are left out of every arm.",)


def arms_changed(workspace: Workspace, plan: Plan) -> Sequence[str]:
    """
    Units whose arm a later import changed, as a sentence: an arm is drawn once, so the log is at fault.

    Args:
        workspace: The company, opened.
        plan: Whose assignments are meant.
    """
    changed, imports = [], []
    history, now = workspace.lake.versions(), log_of(workspace, plan).select("unit", arm_now="arm")
    for batch in workspace.batches():
        count = batch.tables.get("assignments")
        place = next((at for at, one in enumerate(history) if one.deed == "import" and one.batch == batch.id), 0)
        if batch.state != "committed" or not (count and count.corrected and place):
            continue
        before = log_of(workspace, plan, history[place - 1].number)
        other = before.inner_join(now, "unit").filter(lambda t: t.arm != t.arm_now).select("unit")
        if int(workspace.run(other.agg(n=other.count()))["n"].iloc[0]):
            changed.append(other)
            imports.append(batch.id)
    if not changed:
        return ()
    units = (ibis.union(*changed) if changed[1:] else changed[0]).distinct()
    n = int(workspace.run(units.agg(n=units.count()))["n"].iloc[0])
    stand = f"{n:,} {plan.unit} stands" if n == 1 else f"{n:,} {plan.unit}s stand"
    told = f"{stand} in another arm than at first: a later import changed it ({', '.join(imports)})"
    fault = (
        f"{told}. An arm is drawn once, so the log is at fault; they count in the arm told last. Find out which is true, and take a"
        f" wrong import back: keepwell undo {imports[-1]}"
    )
    return (fault,)


def _unheard(workspace: Workspace, watched: Watched, plan: Plan) -> Sequence[str]:
    """Exposures that are not counted though they seem to be of this play, as sentences."""
    table = seen.unheard_table(watched.facts, plan.experiment, plan.version, begins(workspace, plan))
    others = {state.name.rpartition(":")[0] for state in states(workspace)} - {plan.experiment}
    return seen.unheard(workspace.run(table), plan.experiment, others)


def _seen(workspace: Workspace, watched: Watched, plan: Plan, assigned: Mapping[str, int]) -> seen.Seen | None:
    """Exposures beside the assignments; those who are left out of every arm are left out here too."""
    facts = watched.facts
    shown = seen.shown(facts, plan.experiment, plan.version, begins(workspace, plan))
    out = outcomes.log(facts, plan.experiment, plan.version).anti_join(watched.units, "unit").select("unit").distinct()
    shown = workspace.lake.aside(shown.anti_join(out, "unit"))
    frame = workspace.run(seen.strays_table(watched.units, shown))
    shares = {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms}
    return seen.read(frame, {arm: assigned.get(arm, 0) for arm in shares}, shares, plan.treatments, plan.unit)
