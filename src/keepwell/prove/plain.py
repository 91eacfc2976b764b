"""What does an experiment show that lies in a table of one's own? The draw is checked first; then every outcome, as assigned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from keepwell.errors import ProofError
from keepwell.prove import samples
from keepwell.prove.adjustment import adjusted_effect
from keepwell.prove.effect import Effect
from keepwell.prove.means import mean_effect, share_effect
from keepwell.prove.moments import Moments

Sort = Literal["share", "mean"]


@dataclass(frozen=True)
class Comparison:
    """
    One experiment looked at once.

    Args:
        drawn: Whether the arms are as planned; where they are not, no effect is told.
        effects: (treatment, outcome) -> treated minus held out, per unit as assigned.
    """

    drawn: samples.SampleCheck
    effects: Mapping[tuple[str, str], Effect] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per treatment and outcome: difference, low, high, relative (with its ends), p_value of a single look, method."""
        names = (
            "difference",
            "low",
            "high",
            "relative",
            "relative_low",
            "relative_high",
            "p_value",
            "treated",
            "control",
            "method",
        )
        rows = [
            {"treatment": treatment, "outcome": outcome, **{name: getattr(effect, name) for name in names}}
            for (treatment, outcome), effect in self.effects.items()
        ]
        return pd.DataFrame(rows, columns=["treatment", "outcome", *names])


def compare(
    frame: pd.DataFrame,
    outcomes: Mapping[str, Sort],
    *,
    shares: Mapping[str, float],
    arm: str = "arm",
    control: str = "control",
    covariates: Sequence[str] = (),
    level: float = 0.95,
) -> Comparison:
    """
    Compare the arms of a finished experiment, looked at once; several looks need prove.sequential.

    Args:
        frame: One row per unit assigned, whatever was delivered to it or seen by it.
        outcomes: Column -> "share" (1 or 0) or "mean" (money, counts).
        shares: Arm -> the share that was to be drawn.
        arm: The column of arms.
        control: The arm held out.
        covariates: Columns of numbers known before the start, by which means and shares are made sharper (Lin 2013).
        level: Confidence of each interval.

    Raises:
        ProofError: A column or the arm held out is missing, or a value is not known.
    """
    lacking = [name for name in (arm, *outcomes, *covariates) if name not in frame]
    if lacking or not outcomes:
        what = f"The table lacks {', '.join(lacking)}." if lacking else "No outcome is named."
        raise ProofError(
            what, f"It has {', '.join(map(str, frame.columns))}.", "Name columns it has: arm=..., outcomes={...}."
        )
    arms = frame[arm].astype("string")
    if arms.isna().any() or control not in set(arms) | set(shares):
        raise ProofError(
            f"{int(arms.isna().sum()):,} units are of no arm; the arms are {', '.join(sorted(set(arms.dropna())))}.",
            f"Every unit is of an arm, and {control!r} is the one held out.",
            "Leave out who was never assigned, and say control=... where it has another name.",
        )
    drawn = samples.check({str(name): int(n) for name, n in arms.value_counts().items()}, shares)
    if drawn.hides_effect:
        return Comparison(drawn)
    told = {name: _moments(frame[(arms == name).to_numpy()], [*outcomes, *covariates]) for name in shares}
    found = {
        (name, outcome): _effect(told[name], told[control], outcome, sort, covariates, level)
        for name in shares
        if name != control
        for outcome, sort in outcomes.items()
    }
    return Comparison(drawn, found)


def _moments(rows: pd.DataFrame, names: Sequence[str]) -> Moments:
    """Moments of some columns, about their own means."""
    values = rows[list(names)].to_numpy("float64", na_value=np.nan)
    if not np.isfinite(values).all():
        odd = [name for name, column in zip(names, values.T, strict=True) if not np.isfinite(column).all()]
        raise ProofError(
            f"Some values of {', '.join(odd)} are not known.",
            "A number for every unit assigned; leaving units out would undo the chance draw.",
            "Count who did nothing as 0, and fill covariates with 0 beside a column that says so.",
        )
    means = values.mean(axis=0) if len(values) else np.zeros(len(names))
    away = values - means
    return Moments(tuple(names), len(values), means, away.T @ away)


def _effect(
    treated: Moments, control: Moments, outcome: str, sort: Sort, covariates: Sequence[str], level: float
) -> Effect:
    unit = "share" if sort == "share" else "money"
    if covariates and min(treated.n, control.n) > len(covariates) + 2:
        one, other = (moments.pick([outcome, *covariates]) for moments in (treated, control))
        return adjusted_effect(one, other, outcome, covariates, unit=unit, level=level).effect
    if sort == "share":
        return share_effect(treated, control, outcome, level=level)
    return mean_effect(treated, control, outcome, level=level)
