"""What has a play brought since it was decided to keep it? Told from units drawn afterwards, whom the decision never saw."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from keepwell.experiments.counting import count_times, count_values
from keepwell.experiments.reading import facts_for, morning_of, plan_of
from keepwell.lake.ledger import Entry
from keepwell.prove import open_ended, outcomes, samples
from keepwell.prove.comparing import Figure, compare
from keepwell.prove.look_words import whole
from keepwell.prove.outcomes import Watched
from keepwell.prove.plan import Plan
from keepwell.prove.verdict import planned
from keepwell.schema.clock import day_number
from keepwell.workspace import Workspace

ENOUGH = 0.25
"""Of the information that was planned, so much must have come since the decision; with less an estimate is mostly luck."""

State = Literal["booked", "not yet enough", "hidden"]


@dataclass(frozen=True)
class Booked:
    """
    What one treatment shows since the decision to keep it.

    Args:
        name: Experiment and version.
        arm: The treatment.
        since: The morning it was decided; only units drawn from then on are counted.
        state: "booked", "not yet enough", or "hidden" where the arms since then are not as planned.
        n: Units it rests on, of both arms.
        share: Of the information planned that came since.
        figure: The primary endpoint, its intervals drawn so that they hold however often one looks; None where hidden or unknown.
        told: The answer in a sentence.
    """

    name: str
    arm: str
    since: date
    state: State
    n: int
    share: float
    figure: Figure | None
    told: str


def kept_since(entries: list[Entry], name: str) -> date | None:
    """
    The morning on which it was decided to keep a play; None where it was not.

    Args:
        entries: Of the ledger.
        name: Experiment and version.
    """
    for entry in entries:
        if entry.about == name and entry.kind == "decided" and entry.body["verdict"] == "keep":
            said = entry.body.get("as_of")
            return date.fromisoformat(said) if said else entry.at.date()
    return None


def booked(workspace: Workspace, experiment: str, as_of: date | None = None) -> tuple[Booked, ...]:
    """
    What every treatment of a play shows since it was decided to keep it; nothing where that was not decided.

    The figure at a verdict is too large on average, as it was looked at until it was shown. Units drawn afterwards had no part in
    the verdict, so what they show is not. Nobody else is counted: who was drawn before and stayed until the decision is no draw
    by chance any more. Nor is who was drawn for a morning past, when what came of them was known.

    Args:
        workspace: The company, opened.
        experiment: Its name, for the newest version, or name:version.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: No such plan.
    """
    return brought(workspace, plan_of(workspace, experiment), as_of)


def brought(workspace: Workspace, plan: Plan, as_of: date | None = None) -> tuple[Booked, ...]:
    """
    The same of a plan at hand, frozen or not; nothing where it was not decided to keep it.

    Args:
        workspace: The company, opened.
        plan: The plan.
        as_of: The morning; None is the workspace's own.
    """
    morning = morning_of(workspace, as_of)
    entries = workspace.lake.ledger()
    since = kept_since(entries, plan.name)
    if since is None or morning <= since or not plan.measurable:
        return ()
    watched = outcomes.watch(facts_for(workspace, plan, morning), plan.experiment, plan.version)
    afterwards = [day_number(day) for day in _drawn_afterwards(entries, plan.name)]
    units = watched.units.filter((watched.units.day >= day_number(since)) & watched.units.day.notin(afterwards or [0]))
    watched = replace(watched, units=workspace.lake.aside(units))
    counted = workspace.run(watched.units.group_by("arm").agg(n=watched.units.count()))
    there = {str(arm): int(n) for arm, n in zip(counted["arm"], counted["n"], strict=True)}
    alarm = _alarm(plan, there)
    if alarm:
        return tuple(_hidden(plan, arm, since, there, alarm) for arm in plan.treatments)
    figures = _figures(workspace, plan, watched, there)
    return tuple(_told(workspace, plan, arm, since, figures.get(arm)) for arm in plan.treatments)


def _drawn_afterwards(entries: list[Entry], name: str) -> list[date]:
    """Mornings for which somebody was drawn when what came of them was known already: nobody drawn for those is counted."""
    drawn = [entry.body for entry in entries if entry.about == name and entry.kind == "assigned"]
    return [date.fromisoformat(body["as_of"]) for body in drawn if body["as_of"] < body.get("known_to", "")]


def _alarm(plan: Plan, there: Mapping[str, int]) -> str:
    """Why nothing may be shown; it is asked every morning for ever, so by evidence that is valid at any time."""
    if not there:
        return ""
    shares = {arm.name: plan.drawn.propensity(arm.name) for arm in plan.arms}
    found = samples.check_any_time([there], shares)
    return found.told if found.hides_effect else ""


def _figures(workspace: Workspace, plan: Plan, watched: Watched, there: Mapping[str, int]) -> dict[str, Figure]:
    """The primary endpoint of every treatment of whom somebody, and of whose reference somebody, was drawn."""
    arms = [arm for arm in plan.treatments if there.get(arm) and there.get(plan.reference)]
    if not arms:
        return {}
    if plan.primary.family == "survival":
        counted = count_times(workspace, watched, plan.primary)
    else:
        stand = workspace.run(outcomes.standing(watched, plan.primary.days))
        unripe = int((stand["assigned"] - stand["matured"]).sum())
        counted = count_values(workspace, watched, plan, plan.primary.days, [plan.primary], unripe)[plan.primary]
    return {arm: compare(counted, arm, plan.reference) for arm in arms}


def _hidden(plan: Plan, arm: str, since: date, there: Mapping[str, int], alarm: str) -> Booked:
    n = there.get(arm, 0) + there.get(plan.reference, 0)
    told = f"Nothing is booked after the roll-out of {plan.name}: {alarm}"
    return Booked(plan.name, arm, since, "hidden", n, 0.0, None, told)


def _told(workspace: Workspace, plan: Plan, arm: str, since: date, figure: Figure | None) -> Booked:
    wanted = planned(plan, arm)
    n = figure.effect.treated + figure.effect.control if figure else 0
    share = figure.information / wanted if figure else 0.0
    drawn = f"n = {n:,} drawn since {since}"
    if figure is None or not figure.effect.known or share < ENOUGH:
        of = "losses" if plan.primary.family == "survival" else "watched to the end"
        there = figure.information if figure else 0.0
        told = (
            f"Booked after roll-out, {arm}: not yet enough; {drawn}, {there:,.0f} {of}, of {math.ceil(ENOUGH * wanted):,} that are "
            "needed. Who is held out must go on being held out, or it will never be known."
        )
        return Booked(plan.name, arm, since, "not yet enough", n, share, None, told)
    always = figure.at(open_ended.boundary(figure.information, open_ended.tuning(wanted)))
    effect = always.effect
    told = f"Booked after roll-out, {arm}, {drawn} ({effect.treated:,} treated, {effect.control:,} held out): {whole(effect, workspace.company.currency)}."
    sure = "" if effect.proven else " Its interval still includes no effect at all."
    told = f"{told}{sure} This, not the figure at the verdict, is what the play brings; it may be looked at every day."
    return Booked(plan.name, arm, since, "booked", n, share, always, told)
