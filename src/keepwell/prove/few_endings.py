"""Did enough end for two arms to be told apart in time? Times are held to what holds of shares: few endings and uneven arms prove nothing."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from keepwell.measure.survival import estimate
from keepwell.prove.effect import Effect, alone
from keepwell.prove.endpoint_survival import Risk, Survival, days_between, days_of, share_between, share_of
from keepwell.prove.means import EXPECTED, TOO_FEW, UNEVEN, sober


def sober_times(risk: Risk, found: Survival) -> Survival:
    """
    What was told of two arms, as far as so few endings and so uneven arms let it be told.

    Where fewer than EXPECTED endings would be expected in an arm were there no effect, nothing is known: one more or less in a small
    holdout would decide. Otherwise the verdict is that of the log-rank test, its size that of Cox's hazard ratio: the score over its
    variance is no measure of the size where arms are uneven (a half is told as .40 with a tenth held out). The error is the size over
    the test's score (Miettinen 1976, American Journal of Epidemiology 103), so that interval and test agree at every boundary; where
    the size's own error is larger, and arms are uneven or little is seen, that one counts.
    Share and days have the larger of two errors where arms are uneven, see means.sober().

    Args:
        risk: The two arms.
        found: From endpoint_survival.survival().
    """
    if min(expected(risk)) < EXPECTED:
        return replace(
            found,
            verdict=_unknown(found.verdict),
            hazard=_unknown(found.hazard),
            share=_unknown(found.share),
            days=_unknown(found.days),
        )
    told = _areas(risk, found)
    share, days = told.get("share", found.share), told.get("days", found.days)
    return replace(found, verdict=_verdict(risk, found), share=share, days=days)


def expected(risk: Risk) -> tuple[float, float]:
    """Endings to be expected among the treated and the held out, of those that came, were there no effect."""
    part, left = risk.there[:, 0] / risk.there.sum(axis=1), risk.ended.sum(axis=1)
    return float(np.sum(left * part)), float(np.sum(left * (1 - part)))


def _unknown(effect: Effect) -> Effect:
    method = effect.method if TOO_FEW in effect.method else f"{effect.method}; {TOO_FEW}"
    blank = alone(
        math.nan, math.nan, treated=effect.treated, control=effect.control, level=effect.level, unit=effect.unit
    )
    return replace(blank, method=method, base=effect.base)


def _verdict(risk: Risk, found: Survival) -> Effect:
    """
    The size by Cox, or by the score where Cox has none, with an error that gives the test's own score.

    Near none both size and score go to nothing, at different points, and their quotient tells no error. So a score below one counts as
    one there, and the size's own error is the least; in uneven arms it is the least everywhere, see means.sober().
    """
    test, hazard = found.verdict, found.hazard
    if not test.known:
        return test
    score, told = _score(risk, test)
    size = hazard if hazard.known else test
    if score * size.difference <= 0:
        return replace(size, method=f"{told}; {size.method}")
    error = abs(size.difference) / max(abs(score), 1.0)
    if abs(score) < 1 or _uneven(risk):
        error = max(error, size.error)
    return alone(
        size.difference,
        error,
        treated=test.treated,
        control=test.control,
        level=test.level,
        unit=test.unit,
        method=f"{told}; {size.method}, with the error of that test",
    )


def _uneven(risk: Risk) -> bool:
    small, large = sorted(risk.units)
    return large >= UNEVEN * small


def _score(risk: Risk, test: Effect) -> tuple[float, str]:
    """
    The log-rank score, and how it was worked out.

    In uneven arms the endings of the small one are skew: many more than due come by chance oftener than a bell has it, many fewer
    seldomer. There half an ending is taken off (continuity) and the score z brought to the bell by z - skewness / 6 (z ^ 2 - 1)
    (Cornish and Fisher 1938), which vanishes as endings grow; beyond its turning point it stays where it is.
    """
    told = test.method.partition(";")[0]
    if not _uneven(risk):
        return test.difference / test.error, told
    part, left = risk.there[:, 0] / risk.there.sum(axis=1), risk.ended.sum(axis=1)
    variance = test.error**-2
    skew = float(np.sum(left * part * (1 - part) * (1 - 2 * part))) / variance**1.5
    off = test.difference * variance
    score = math.copysign(max(0.0, abs(off) - 0.5), off) / math.sqrt(variance)
    if skew:
        turn = 3 / skew
        score = min(score, turn) if skew > 0 else max(score, turn)
    return score - skew / 6 * (score**2 - 1), f"{told}, its score corrected for the skewness of uneven arms"


def _areas(risk: Risk, found: Survival) -> dict[str, Effect]:
    """Share and days kept, with the spread of all together where a small arm's own is not to be trusted alone."""
    horizon, level = found.horizon, found.verdict.level
    both = _together(risk)
    told = {}
    for name, of, effect, most in (
        ("share", share_of, share_between, 1.0),
        ("days", days_of, days_between, float(horizon)),
    ):
        whole = of(both, horizon)
        lost = min(whole.value, most - whole.value)
        arms, said = sober([of(curve, horizon) for curve in risk.curves], whole.error**2 * whole.n, lost**2, "")
        if said:
            told[name] = effect(risk, horizon, arms, level, f"(Kaplan-Meier{said})")
    return told


def _together(risk: Risk) -> pd.DataFrame:
    """Kaplan-Meier of both arms as one."""
    parts = pd.concat([curve[["duration", "ended", "running"]] for curve in risk.curves])
    summed = parts.groupby("duration", as_index=False, sort=True)[["ended", "running"]].sum()
    return estimate(summed.astype({"ended": "int64", "running": "int64"}))
