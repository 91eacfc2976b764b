"""How do two arms compare in one endpoint? From what the engine counted to an effect, with what must be told beside it."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from keepwell.errors import MetricError
from keepwell.prove.adjustment import adjusted_effect
from keepwell.prove.effect import Effect, Estimate, between
from keepwell.prove.endpoint_survival import Risk, Survival, curves, survival
from keepwell.prove.few_endings import sober_times
from keepwell.prove.means import mean_effect, post_stratified, share_effect
from keepwell.prove.moments import Moments, moments_from
from keepwell.prove.plan import Endpoint
from keepwell.prove.quantiles import AT_QUANTILE, quantile_effect, quantiles_from
from keepwell.prove.ratios import ratio_effect

CAPPED = "_capped"
"""Ends the name of a value cut to the largest hundredth of all arms together; see moments.capped()."""

MONEY = ("spend",)
"""Endpoints counted in the company's currency."""


@dataclass(frozen=True)
class Counted:
    """
    What the engine counted of one endpoint.

    Args:
        endpoint: Of the plan.
        frame: By endpoint_survival.risk_table() for time to churn, by quantiles.quantiles_table() for a quantile,
            otherwise by moments.moments_table().
        names: Columns moments were counted of: the value (of a ratio both of them) first, and the value capped where there is one.
        covariates: Among them, those known before the start.
        unripe: Units assigned too lately for the horizon to be known; they are left out of every arm alike.
        strata: As frame, by arm and stratum; None where the arms were not drawn within strata.
    """

    endpoint: Endpoint
    frame: pd.DataFrame
    names: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    unripe: int = 0
    strata: pd.DataFrame | None = None

    @property
    def value(self) -> str:
        """The column the endpoint is told by."""
        return self.names[0]


@dataclass(frozen=True)
class Figure:
    """
    One endpoint of two arms.

    Args:
        endpoint: Of the plan.
        effect: What a verdict rests on.
        beside: Told beside it and never judged by: name -> effect.
        notes: What must be said with it.
        information: Units of both arms the effect rests on; losses for time to churn.
        curves: Share kept by day and arm, where time to churn is told; see endpoint_survival.curves().
    """

    endpoint: Endpoint
    effect: Effect
    beside: tuple[tuple[str, Effect], ...] = ()
    notes: tuple[str, ...] = ()
    information: float = 0.0
    curves: pd.DataFrame | None = None

    def at(self, boundary: float) -> "Figure":
        """The same with every interval drawn at another critical score."""
        beside = tuple((name, effect.at(boundary)) for name, effect in self.beside)
        return replace(self, effect=self.effect.at(boundary), beside=beside)

    @property
    def gain(self) -> int:
        """1 where what was seen is better among the treated, -1 where worse, 0 where nothing is known."""
        if not self.effect.known or self.effect.difference == 0:
            return 0
        return self.endpoint.better * (1 if self.effect.difference > 0 else -1)


def compare(counted: Counted, treated: str, reference: str, level: float = 0.95) -> Figure:
    """
    Treated minus reference in one endpoint.

    Args:
        counted: What the engine counted.
        treated: The arm.
        reference: The arm it is compared with.
        level: Confidence of the interval that is drawn at first.

    Raises:
        MetricError: Some unit's value is not known, or a yes or no that is none.
    """
    if counted.endpoint.family == "quantile":
        return _quantile(counted, treated, reference, level)
    if counted.endpoint.family == "survival":
        return _times(counted, treated, reference, level)
    arms = moments_from(counted.frame, counted.names)
    k = len(counted.names)
    none = Moments(counted.names, 0, np.zeros(k), np.zeros((k, k)))
    pair = (arms.get(treated, none), arms.get(reference, none))
    if min(moments.n for moments in pair) < 2:
        return Figure(counted.endpoint, _unknown(counted.endpoint, pair[0].n, pair[1].n), notes=_unripe(counted))
    told = _ratio(counted, pair, level) if counted.endpoint.family == "ratio" else _mean(counted, pair, level)
    if counted.strata is not None and counted.endpoint.family != "ratio":
        told = _within_strata(counted, told, (treated, reference), level)
    return replace(told, notes=(*told.notes, *_unripe(counted)), information=float(pair[0].n + pair[1].n))


def _quantile(counted: Counted, treated: str, reference: str, level: float) -> Figure:
    arms, endpoint = quantiles_from(counted.frame), counted.endpoint
    there = [arms[arm].n if arm in arms else 0 for arm in (treated, reference)]
    if not all(there):
        return Figure(endpoint, _unknown(endpoint, *there), notes=_unripe(counted))
    effect = quantile_effect(arms[treated], arms[reference], unit=unit_of(endpoint), level=level)
    return Figure(endpoint, effect, notes=_unripe(counted), information=float(sum(there)))


def _times(counted: Counted, treated: str, reference: str, level: float) -> Figure:
    frame, endpoint = counted.frame, counted.endpoint
    there = {
        arm: int(frame.loc[frame["arm"] == arm, ["ended", "running"]].to_numpy().sum()) for arm in (treated, reference)
    }
    if not all(there.values()):
        return Figure(endpoint, _unknown(endpoint, there[treated], there[reference]))
    risk = Risk.read(frame, treated, reference)
    found: Survival = sober_times(risk, survival(risk, endpoint.days, level))
    beside = (
        ("days kept", found.days),
        (f"still kept after {endpoint.days} days", found.share),
        ("pace of loss, proportional (Cox)", found.hazard),
    )
    drawn = curves(risk, {"treated": treated, "control": reference})
    return Figure(endpoint, found.verdict, beside, (), float(risk.events), drawn)


def caution(figure: Figure) -> str:
    """What must be said where the days kept side with another verdict than the test; "" where they do not, or where none are told."""
    told = dict(figure.beside)
    if figure.endpoint.family != "survival" or "days kept" not in told:
        return ""
    share = told[f"still kept after {figure.endpoint.days} days"]
    hazard = told["pace of loss, proportional (Cox)"]
    whole = Survival(figure.effect, hazard, share, told["days kept"], int(figure.information), figure.endpoint.days)
    return whole.caution


def _mean(counted: Counted, pair: tuple[Moments, Moments], level: float) -> Figure:
    endpoint, name, unit = counted.endpoint, counted.value, unit_of(counted.endpoint)
    if endpoint.family == "share":
        plain = share_effect(*pair, name, level=level)
    else:
        plain = mean_effect(*pair, name, unit=unit, level=level)
    beside: list[tuple[str, Effect]] = []
    if f"{name}{CAPPED}" in counted.names:
        cut = mean_effect(*pair, f"{name}{CAPPED}", unit=unit, level=level)
        beside.append(("with the largest hundredth cut", cut))
    if not counted.covariates:
        return Figure(endpoint, plain, tuple(beside))
    sharper = adjusted_effect(*pair, name, counted.covariates, unit=unit, level=level)
    if not sharper.used or not sharper.effect.known:
        return Figure(endpoint, plain, tuple(beside), (sharper.told,))
    return Figure(endpoint, sharper.effect, (("as it stands, not adjusted", plain), *beside), (sharper.told,))


def _within_strata(counted: Counted, told: Figure, arms: tuple[str, str], level: float) -> Figure:
    """
    The figure with each stratum weighed alike in both arms, the plain one beside it.

    Where covariates are taken off, that stays the figure judged by, as it takes off more, and the strata are told beside it.
    """
    cells = moments_from(counted.strata, counted.names, ("arm", "stratum")) if counted.strata is not None else {}
    try:
        effect = post_stratified(
            cells, counted.value, treated=arms[0], control=arms[1], unit=unit_of(counted.endpoint), level=level
        )
    except MetricError as refused:
        return replace(told, notes=(*told.notes, str(refused)))
    if not effect.known or "adjusted for" in told.effect.method:
        return replace(told, beside=(*told.beside, ("weighed by strata", effect)))
    beside = (("as it stands, not weighed by strata", told.effect), *told.beside)
    return replace(told, effect=effect, beside=beside)


def _ratio(counted: Counted, pair: tuple[Moments, Moments], level: float) -> Figure:
    top, bottom = counted.names[:2]
    endpoint = counted.endpoint
    if any(moments.mean(bottom) == 0 for moments in pair):
        note = f"There is no {bottom} to divide by in one arm."
        return Figure(endpoint, _unknown(endpoint, pair[0].n, pair[1].n), notes=(note,))
    found = ratio_effect(*pair, top, bottom, level=level)
    notes = (found.caution,) if found.caution else ()
    return Figure(endpoint, found.effect, ((f"{bottom} per head", found.bottom),), notes)


def _unripe(counted: Counted) -> tuple[str, ...]:
    if not counted.unripe:
        return ()
    have = "has" if counted.unripe == 1 else "have"
    still = f"{counted.unripe:,} of those assigned {have} not been watched for {counted.endpoint.days} days yet"
    return (f"{still}; they count, in every arm alike, from the day they have.",)


def _unknown(endpoint: Endpoint, treated: int, control: int) -> Effect:
    figures = [Estimate(math.nan, math.nan, n) for n in (treated, control)]
    return between(figures[0], figures[1], unit=unit_of(endpoint), method="not enough data yet")


def unit_of(endpoint: Endpoint) -> str:
    """What an endpoint's difference is counted in."""
    families = {"survival": "log hazard", "share": "share", "ratio": "ratio", "quantile": AT_QUANTILE}
    return families.get(endpoint.family) or ("money" if endpoint.kind in MONEY else endpoint.kind)
