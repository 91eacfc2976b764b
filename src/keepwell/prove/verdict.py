"""What may be said of one treatment this morning, and does it stand for ever? One verdict, which agrees with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from keepwell.prove import open_ended, sequential, stopping
from keepwell.prove.comparing import Figure
from keepwell.prove.plan import Plan
from keepwell.prove.power import events_planned, z_both
from keepwell.prove.sequential import TOO_SOON, Look, Standing, standing

Verdict = Literal["too early", "better", "worse", "no effect shown", "stopped", "hidden", "unproven"]

SHOWN = ("better", "worse")
"""Verdicts that claim an effect; exactly then the interval excludes none."""


@dataclass(frozen=True)
class Judged:
    """
    One treatment's primary endpoint under the looks so far.

    Args:
        verdict: The one that counts.
        final: Whether it stands for ever.
        figure: With every interval drawn at the boundary.
        share: Of the plan's information reached, at most 1.
        planned: Information of the plan, in units or losses.
        boundary: How many standard errors from zero the effect had to be; inf where nothing can be said yet.
        look: What the ledger keeps for later looks; None where there was nothing to look at.
        exaggeration: The sentence on how much too large an effect looks that ended its experiment; "" where it ended none.
    """

    verdict: Verdict
    final: bool
    figure: Figure
    share: float
    planned: float
    boundary: float
    look: Look | None
    exaggeration: str = ""


def planned(plan: Plan, treated: str) -> float:
    """
    The information at the planned end of one treatment and the reference: losses for time to churn, otherwise units.

    Args:
        plan: The plan.
        treated: The arm.
    """
    if plan.primary.family == "survival":
        return events_planned(plan)
    return plan.max_n * (plan.share(treated) + plan.share(plan.reference))


def judge(
    plan: Plan, treated: str, figure: Figure, earlier: Sequence[Look], *, last: bool = False, stopped: bool = False
) -> Judged:
    """
    The verdict of one treatment.

    Args:
        plan: As it was frozen.
        treated: The arm.
        figure: Its primary endpoint, as of this morning.
        earlier: Its looks so far, none of which was final.
        last: Whether this is the planned end.
        stopped: Whether somebody ended it here.
    """
    whole = planned(plan, treated)
    if not (figure.effect.known and figure.information > 0):
        ends = stopped or (last and not plan.open_ended)
        verdict = _without_effect(last=ends, stopped=stopped)
        share = min(1.0, figure.information / whole)
        return Judged(verdict, ends, figure.at(math.inf), share, whole, math.inf, None)
    effect = figure.effect
    now = Look(figure.information, effect.z * effect.error, effect.error, last, stopped)
    looks = [*earlier, now]
    standings = _standings(plan, looks, whole)
    told = standings[-1]
    drawn = figure.at(told.boundary)
    shown = drawn.effect.proven
    ended = shown or told.final
    verdict = ("better" if drawn.gain > 0 else "worse") if shown else _without_effect(last=ended, stopped=stopped)
    much = _exaggeration(plan, standings) if shown else ""
    return Judged(verdict, ended, drawn, min(told.share, 1.0), whole, told.boundary, now, much)


def _without_effect(*, last: bool, stopped: bool) -> Verdict:
    if stopped:
        return "stopped"
    return "no effect shown" if last else "too early"


def _standings(plan: Plan, looks: Sequence[Look], whole: float) -> list[Standing]:
    """What could be said after each look, none of which but the last was final."""
    if plan.open_ended:
        return [_open(plan, looks[: number + 1], whole) for number in range(len(looks))]
    return sequential.follow(looks, whole, plan.spending, plan.alpha_each)


def _open(plan: Plan, looks: Sequence[Look], whole: float) -> Standing:
    """After the newest look of a play without an end: always valid, and once, at its review (its last look by date or information), the rest."""
    *earlier, now = looks
    running = plan.alpha_each * open_ended.RUNNING
    needed = open_ended.boundary(now.information, open_ended.tuning(whole), running)
    reviewed = any(one.last or one.information >= whole for one in earlier)
    if not reviewed and (now.last or now.information >= whole):
        needed = min(needed, float(-ndtri((plan.alpha_each - running) / 2)))
    return standing(now, now.information / whole, needed, len(looks), final=now.stopped)


def _exaggeration(plan: Plan, told: Sequence[Standing]) -> str:
    """How much too large such an effect looks, by the looks that brought something new."""
    grown: list[tuple[float, float]] = []
    for one in told:
        share = min(one.share, 1.0)
        while grown and share < grown[-1][0] * (1 + 2 * TOO_SOON):
            grown.pop()
        grown.append((share, one.boundary))
    shares, needed = zip(*grown, strict=True)
    return stopping.warning(shares, needed, z_both(plan.alpha_each, plan.power))


def corrected(p_values: Sequence[float], alpha: float, least: float) -> float:
    """
    The boundary at which all secondary figures of a look are drawn, so that their intervals agree with Benjamini and Hochberg.

    With r of m p-values rejected at alpha r / m, intervals of that level exclude zero exactly for those rejected, and of the
    intervals told as findings at most a share of alpha miss the truth (Benjamini and Yekutieli 2005, JASA 100).

    Args:
        p_values: Of the figures, nan where nothing is known.
        alpha: The share of false findings that is accepted.
        least: Boundary of the primary endpoint at this look: secondary ones are not judged more easily, so that looking every day spoils them no more.
    """
    known = sorted(value for value in p_values if not math.isnan(value))
    if not known:
        return max(least, float(-ndtri(alpha / 2)))
    rejected = max((rank for rank, value in enumerate(known, 1) if value <= alpha * rank / len(known)), default=0)
    return max(least, float(-ndtri(alpha * max(rejected, 1) / len(known) / 2)))
