"""Do the treated stay longer than those held out? Time to an ending by arm, from a table of how many left after how many days."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keepwell.errors import ProofError
from keepwell.measure.survival import estimate
from keepwell.prove import sound
from keepwell.prove.assignment import CONTROL
from keepwell.prove.effect import Effect, Estimate, alone, between

Floats = NDArray[np.float64]

_FARTHEST = 20.0
"""A logarithm of a hazard ratio beyond this has run away."""


def risk_table(units: ir.Table, stratum: str | None = None) -> ir.Table:
    """
    How many of each arm ended, or were still kept, after how many days: all that any figure here is told from.

    Who was assigned when does not matter: days are counted from each unit's own assignment, and who was assigned late is
    watched for fewer of them.

    Args:
        units: One row per unit: arm, duration (days watched, from 0), ended (1: at that many days; 0: still kept then).
        stratum: Column known before the draw, within which the arms are to be compared.

    Returns:
        One row per arm, duration and stratum: arm, stratum (text, where asked), duration, ended, running. Few rows, however many units.
    """
    units = units.filter(units.arm.notnull())
    keys = ["arm", "duration"]
    if stratum is not None:
        units = units.mutate(stratum=units[stratum].cast("string").fill_null("(not known)"))
        keys = ["arm", "stratum", "duration"]
    ended = units.ended.cast("int64")
    return units.group_by(*keys).agg(ended=ended.sum(), running=(1 - ended).sum()).order_by(*keys)


def known_on(units: ir.Table, morning: int) -> ir.Table:
    """
    The same units as they were known on an earlier morning: what a look of that day saw.

    Args:
        units: As for risk_table(), with entered_day (day number of assignment).
        morning: Day number; everything before it is known, nothing from it on.
    """
    seen = units.filter(units.entered_day < morning)
    watched = (morning - 1 - seen.entered_day).cast(seen.duration.type())
    later = seen.duration > watched
    return seen.mutate(
        duration=ibis.ifelse(later, watched, seen.duration), ended=ibis.ifelse(later, 0, seen.ended.cast("int64"))
    )


@dataclass(frozen=True)
class Risk:
    """
    Two arms side by side: on each day on which anybody ended, how many were there and how many ended.

    Days of different strata are rows of their own; that is all a stratified comparison needs.

    Args:
        there: Kept and watched until that day, shape (rows, 2): treated, control.
        ended: Ended on that day, likewise.
        curves: Kaplan-Meier of each arm over all strata: duration, ended, running, at_risk, survival, low, high.
        strata: How many strata are compared within.
    """

    there: Floats
    ended: Floats
    curves: tuple[pd.DataFrame, pd.DataFrame]
    strata: int = 1

    @classmethod
    def read(cls, frame: pd.DataFrame, treated: str, control: str = CONTROL) -> Self:
        """
        The two arms of a counted risk table.

        Args:
            frame: What risk_table() counted.
            treated: The treated arm.
            control: The arm held out.

        Raises:
            ProofError: An arm has no units, or a unit whose days are not known.
        """
        arms = (treated, control)
        _refuse(frame, arms)
        frame = frame[frame["arm"].isin(arms) & (frame["ended"] + frame["running"] > 0)]
        parts = [part for _name, part in frame.groupby("stratum")] if "stratum" in frame else [frame]
        rows = [_rows(part, arms) for part in parts]
        there, ended = (np.concatenate([row[place] for row in rows]) for place in (0, 1))
        curves = [estimate(_of(frame, arm)) for arm in arms]
        return cls(there, ended, (curves[0], curves[1]), len(parts))

    @property
    def events(self) -> int:
        """Endings in both arms: what a comparison of times rests on."""
        return int(sum(curve["ended"].sum() for curve in self.curves))

    @property
    def units(self) -> tuple[int, int]:
        """Units of the treated arm and of the one held out, as assigned."""
        treated, control = (int(curve["at_risk"].iloc[0]) for curve in self.curves)
        return treated, control

    @property
    def watched(self) -> int:
        """The last day both arms are watched to: no figure can be told of a later one."""
        return min(int(curve["duration"].iloc[-1]) for curve in self.curves)

    def information(self, planned: float) -> float:
        """
        The share of the plan that is reached, in endings; above 1 where more ended than was planned.

        Args:
            planned: Endings planned in both arms.
        """
        return self.events / sound.above("Endings planned", planned)


def _refuse(frame: pd.DataFrame, arms: tuple[str, str]) -> None:
    missing = [arm for arm in arms if not (frame["arm"] == arm).any()]
    if missing:
        raise ProofError(
            f"No unit was assigned to {' or '.join(missing)}.",
            f"Arms with units: {', '.join(sorted(map(str, frame['arm'].unique()))) or 'none'}.",
            "Wait for the first assignments, or check the arm's name in the plan.",
        )
    if (
        frame["duration"].isna().any()
        or (frame["duration"] < 0).any()
        or frame[["ended", "running"]].isna().to_numpy().any()
    ):
        raise ProofError(
            "Of some units it is not known for how many days they were watched, or whether they ended.",
            "Days from 0, and ended as 1 or 0, for every assigned unit: who is left out undoes the chance draw.",
            "Mend the table of units.",
        )


def _of(frame: pd.DataFrame, arm: str) -> pd.DataFrame:
    """One arm over all strata."""
    own = frame[frame["arm"] == arm]
    summed = own.groupby("duration", as_index=False, sort=True)[["ended", "running"]].sum()
    return summed.astype({"ended": "int64", "running": "int64"})


def _rows(part: pd.DataFrame, arms: tuple[str, str]) -> tuple[Floats, Floats]:
    """At risk and ended by arm, on the days of one stratum on which anybody ended."""
    wide = part.pivot_table(index="duration", columns="arm", values=["ended", "running"], aggfunc="sum", fill_value=0)
    wide = wide.sort_index().reindex(columns=[(of, arm) for of in ("ended", "running") for arm in arms], fill_value=0)
    counts = wide.to_numpy("float64")
    ended = counts[:, :2]
    there = np.cumsum((ended + counts[:, 2:])[::-1], axis=0)[::-1]
    happened = ended.sum(axis=1) > 0
    return there[happened], ended[happened]


def log_rank(risk: Risk, level: float = 0.95) -> Effect:
    """
    The verdict: whether the arms lose their units at the same pace (Mantel 1966), within strata where there are.

    The difference is the score over its variance, U / V, the logarithm of the hazard ratio as Peto tells it, with 1 / sqrt(V) as
    its error. So difference over error is the log-rank score itself, and the interval excludes zero, that is a ratio of 1,
    exactly when the test says so, whatever the boundary.

    Args:
        risk: The two arms.
        level: Confidence.

    Returns:
        An effect in "log hazard"; below zero the treated stay longer. See ratio().
    """
    left, all_there = risk.ended.sum(axis=1), risk.there.sum(axis=1)
    part = risk.there[:, 0] / all_there
    score = float(np.sum(risk.ended[:, 0] - left * part))
    spread = float(np.sum(left * part * (1 - part) * (all_there - left) / np.maximum(all_there - 1, 1)))
    within = f" within {risk.strata} strata" if risk.strata > 1 else ""
    return _hazard(
        risk,
        score / spread if spread > 0 else math.nan,
        spread**-0.5 if spread > 0 else math.nan,
        level,
        f"log-rank test{within}; hazard ratio by its score (Peto), counting every ending",
    )


def cox(risk: Risk, level: float = 0.95) -> Effect:
    """
    The hazard ratio by Cox's partial likelihood, those who end on the same day as Efron (1977) has them; within strata where there are.

    It is the better estimate where arms are of unequal size and the effect is large; the test is log_rank()'s, see few_endings.

    Args:
        risk: The two arms.
        level: Confidence.

    Returns:
        An effect in "log hazard"; unknown where an arm lost nobody, for then the ratio has no bound.
    """
    told = "hazard ratio of proportional hazards (Cox, ties by Efron)"
    if not risk.ended.sum(axis=0).all():
        return _hazard(risk, math.nan, math.nan, level, told)
    at = 0.0
    for _turn in range(50):
        slope, bend = _score(risk, at)
        if not (bend > 0 and abs(at) < _FARTHEST):
            return _hazard(risk, math.nan, math.nan, level, told)
        step = slope / bend
        at += max(-1.0, min(1.0, step))
        if abs(step) < 1e-12:
            break
    return _hazard(risk, at, _score(risk, at)[1] ** -0.5, level, told)


def _score(risk: Risk, at: float) -> tuple[float, float]:
    """
    Slope of the logarithm of Efron's likelihood, and its bend turned upside down.

    The l-th of d who end on one day meets the risk set without l / d of those d. The share of the treated in it is
    b / D + k / (C - D l / d), so sums over l are differences of digamma and trigamma functions: the work grows with days, not units.
    """
    from scipy.special import digamma, zeta

    weight = math.exp(at)
    there, gone = risk.there[:, 0] * weight, risk.ended[:, 0] * weight
    whole, going = there + risk.there[:, 1], gone + risk.ended[:, 1]
    ties = risk.ended.sum(axis=1)
    level, rest = gone / going, there - gone * whole / going
    first, last = ties * whole / going + 1, np.maximum(ties * (whole / going - 1), 0.0) + 1
    one = (digamma(first) - digamma(last)) * ties / going
    two = (zeta(2, last) - zeta(2, first)) * (ties / going) ** 2
    share = ties * level + rest * one
    squared = ties * level**2 + 2 * level * rest * one + rest**2 * two
    return float(np.sum(risk.ended[:, 0] - share)), float(np.sum(share - squared))


def _hazard(risk: Risk, value: float, error: float, level: float, method: str) -> Effect:
    treated, control = risk.units
    return alone(value, error, treated=treated, control=control, level=level, unit="log hazard", method=method)


def ratio(effect: Effect) -> tuple[float, float, float]:
    """
    A hazard ratio with its interval: of those kept, for one who ends in control at any time so many end among the treated.

    Args:
        effect: In "log hazard".

    Returns:
        Ratio, low, high; nan, 0 and inf where nothing is known.
    """
    return _exp(effect.difference), _exp(effect.low), _exp(effect.high)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else value * math.inf


def kept_after(risk: Risk, days: int, level: float = 0.95) -> Effect:
    """
    The difference of the shares still kept after so many days (Kaplan and Meier, Greenwood's errors).

    Args:
        risk: The two arms.
        days: The horizon.
        level: Confidence.

    Returns:
        An effect in "share"; unknown where an arm is not watched so long.
    """
    return share_between(risk, days, [share_of(curve, days) for curve in risk.curves], level)


def share_between(
    risk: Risk, days: int, arms: Sequence[Estimate], level: float, told: str = "(Kaplan-Meier)"
) -> Effect:
    """The effect of two shares_of(); of a horizon that was not reached by both arms, that it is not known."""
    said = f"difference of the shares kept after {days} days {told}"
    return _if_watched(risk, days, between(*arms, level=level, unit="share", method=said))


def share_of(curve: pd.DataFrame, days: int) -> Estimate:
    """The share kept after so many days by one curve, with Greenwood's error; nan where nobody is left."""
    part = _until(curve, days)
    share = float(part["survival"].iloc[-1])
    return Estimate(share, share * math.sqrt(_greenwood(part).sum()) if share else math.nan, _n(curve))


def days_kept(risk: Risk, days: int, level: float = 0.95) -> Effect:
    """
    How many days longer a treated unit is kept, of the first so many: the area between the curves (restricted mean, Greenwood's errors).

    Args:
        risk: The two arms.
        days: The horizon.
        level: Confidence.

    Returns:
        An effect in "days"; unknown where an arm is not watched so long.
    """
    return days_between(risk, days, [days_of(curve, days) for curve in risk.curves], level)


def days_between(
    risk: Risk, days: int, arms: Sequence[Estimate], level: float, told: str = "(area under Kaplan-Meier)"
) -> Effect:
    """The effect of two days_of(); of a horizon that was not reached by both arms, that it is not known."""
    said = f"difference of mean days kept of the first {days} {told}"
    return _if_watched(risk, days, between(*arms, level=level, unit="days", method=said))


def days_of(curve: pd.DataFrame, days: int) -> Estimate:
    """The days kept of the first so many by one curve, with Greenwood's error."""
    part = _until(curve, days)
    lasts = np.diff(np.append(part["duration"].to_numpy("float64"), days))
    areas = part["survival"].to_numpy("float64") * lasts
    following = np.cumsum(areas[::-1])[::-1]
    spread = float(following**2 @ _greenwood(part, spare=0.0))
    return Estimate(float(areas.sum()), math.sqrt(spread), _n(curve))


def _if_watched(risk: Risk, days: int, effect: Effect) -> Effect:
    """The effect; of a horizon that was not reached by both arms, that it is not known."""
    if days <= risk.watched or all(
        curve["survival"].iloc[-1] == 0 for curve in risk.curves if curve["duration"].iloc[-1] < days
    ):
        return effect
    told = f"{effect.method}; not known yet: both arms are watched for {risk.watched} days only"
    unknown = between(
        *(Estimate(math.nan, math.nan, n) for n in risk.units), level=effect.level, unit=effect.unit, method=told
    )
    return replace(unknown, method=told)


def _until(curve: pd.DataFrame, days: int) -> pd.DataFrame:
    sound.count("Days of the horizon", days)
    return curve[curve["duration"] <= days]


def _greenwood(part: pd.DataFrame, spare: float = math.inf) -> Floats:
    """Each day's part of the relative variance of the share kept; *spare* where all who were there ended."""
    ended, there = part["ended"].to_numpy("float64"), part["at_risk"].to_numpy("float64")
    stay = there - ended
    found = ended / (there * np.maximum(stay, 1.0))
    return np.where(stay > 0, found, np.where(ended > 0, spare, 0.0))


def _n(curve: pd.DataFrame) -> int:
    return int(curve["at_risk"].iloc[0])


@dataclass(frozen=True)
class Survival:
    """
    Everything told of time to an ending; the verdict is one, the rest is told beside it.

    Args:
        verdict: log_rank(): the effect whose interval decides.
        hazard: cox().
        share: kept_after() the horizon.
        days: days_kept() up to the horizon: the number people see.
        events: Endings in both arms.
        horizon: In days.
    """

    verdict: Effect
    hazard: Effect
    share: Effect
    days: Effect
    events: int
    horizon: int

    def at(self, boundary: float) -> "Survival":
        """The same with every interval drawn at another critical score."""
        drawn = {name: getattr(self, name).at(boundary) for name in ("verdict", "hazard", "share", "days")}
        return replace(self, **drawn)

    @property
    def caution(self) -> str:
        """What must be said beside the days where their own interval sides with another verdict; "" where it does not."""
        if not self.days.known or self.days.proven == self.verdict.proven:
            return ""
        if self.verdict.proven:
            return (
                f"That they leave at different paces is shown; how many days it makes of the first {self.horizon} is not known"
                " so well yet, for endings differ in when they come."
            )
        return (
            f"The days of the first {self.horizon} alone would seem to differ, but the test that was planned counts every ending"
            " and does not show it: no effect is claimed."
        )


def survival(risk: Risk, horizon: int, level: float = 0.95) -> Survival:
    """
    Verdict, hazard ratio, share and days of two arms, as the textbooks have them; few_endings.sober_times() before anything is told of them.

    Args:
        risk: The two arms.
        horizon: Days of the plan.
        level: Confidence.
    """
    return Survival(
        log_rank(risk, level),
        cox(risk, level),
        kept_after(risk, horizon, level),
        days_kept(risk, horizon, level),
        risk.events,
        horizon,
    )


def curves(risk: Risk, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """
    The share still kept by arm, for a chart and its table.

    Args:
        risk: The two arms.
        names: "treated" and "control" -> names for people.

    Returns:
        arm, age (days), value, low, high (95 %, log-log scale), at_risk, ended; up to the last day of which both arms tell.
    """
    told = {"treated": "treated", "control": "control", **(names or {})}
    parts = []
    for arm, curve in zip((told["treated"], told["control"]), risk.curves, strict=True):
        part = curve.rename(columns={"duration": "age", "survival": "value"})
        parts.append(part.assign(arm=arm)[["arm", "age", "value", "low", "high", "at_risk", "ended"]])
    return pd.concat(parts, ignore_index=True)
