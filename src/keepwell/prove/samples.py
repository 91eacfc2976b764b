"""Did chance really draw the arms? Sample-ratio alarms, which hide the effect until they are resolved."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from keepwell.errors import MetricError

BLOCKS, WARNS = 0.0005, 0.01
"""A chance below the first hides the effect; below the second it is shown with a warning."""
BELIEF, ALARM = 1000.0, 0.01
"""Weight of the planned shares in the e-value, and the chance ever to raise a false alarm."""

Verdict = Literal["balanced", "warn", "block", "unknown"]


@dataclass(frozen=True)
class SampleCheck:
    """
    Whether the arms have the units the plan says.

    Args:
        counts: Units per arm.
        shares: Planned shares per arm, adding up to 1.
        p_value: Chance of a mixture at least as odd, by chi-squared; nan where only e-values are told.
        e_value: Evidence against the planned shares, valid at any look; nan where only chances are told.
        verdict: "block" hides the effect; "unknown" where there are no units to judge by.
        where: Segment or day; "" is everybody.
    """

    counts: Mapping[str, int]
    shares: Mapping[str, float]
    p_value: float
    e_value: float
    verdict: Verdict
    where: str = ""

    @property
    def hides_effect(self) -> bool:
        """Whether no effect may be shown until the cause is found."""
        return self.verdict == "block"

    @property
    def told(self) -> str:
        """What was found, and what to do, as sentences."""
        n = sum(self.counts.values())
        seen = ", ".join(
            f"{arm} {self.counts[arm]:,} ({100 * self.counts[arm] / max(n, 1):.2f} %)" for arm in self.counts
        )
        plan = ", ".join(f"{arm} {100 * share:.2f} %" for arm, share in self.shares.items())
        place = f" in {self.where}" if self.where else ""
        if self.verdict == "unknown":
            return f"Whether the arms{place} are as planned is not known: nobody is in them yet."
        if self.verdict == "balanced":
            return f"The arms{place} are as planned: {seen}."
        odd = f"The arms{place} are not as planned: {seen}; planned {plan}."
        if self.verdict == "warn":
            return f"{odd} Chance does this at times; look at who is missing before you believe the effect."
        return f"{odd} Chance does not do this, so no effect is shown: find out who is lost or added on the way, and start a new version."


def check(counts: Mapping[str, int], shares: Mapping[str, float], *, looks: int = 1, where: str = "") -> SampleCheck:
    """
    The alarm for an experiment of fixed length, by chi-squared: p < .0005 blocks, p < .01 warns.

    Args:
        counts: Units per arm; an arm not named has none.
        shares: Planned shares.
        looks: How many segments are looked at in one go: the chances are held to be so many times larger.
        where: Segment or day.

    Raises:
        MetricError: Shares that are no shares, or units in an arm that was not planned.
    """
    from scipy.special import chdtrc

    counts, shares = _aligned(counts, shares)
    n = sum(counts.values())
    planned = [n * share for share in shares.values()]
    odd = sum((seen - due) ** 2 / due for seen, due in zip(counts.values(), planned, strict=True)) if n else 0.0
    p_value = float(chdtrc(len(shares) - 1, odd)) if len(shares) > 1 else 1.0
    tried = min(1.0, p_value * looks)
    verdict: Verdict = "block" if tried < BLOCKS else "warn" if tried < WARNS else "balanced"
    if not n:
        return SampleCheck(counts, shares, math.nan, math.nan, "unknown", where)
    return SampleCheck(counts, shares, p_value, math.nan, verdict, where)


def check_any_time(
    history: Iterable[Mapping[str, int]], shares: Mapping[str, float], *, belief: float = BELIEF, alarm: float = ALARM
) -> SampleCheck:
    """
    The alarm for what never ends, such as the global holdout: valid however often it is looked at.

    The evidence is a Dirichlet-multinomial likelihood over the planned one; by Ville's inequality it passes 1 / alarm
    at any time with chance *alarm* at most (Lindon and Malek 2022). Once passed, the alarm stays.

    Args:
        history: Counts per arm so far, look by look, each containing the one before; one look alone will do.
        shares: Planned shares.
        belief: How close to the plan other shares are held to be: units the plan is worth.
        alarm: Chance ever to raise a false alarm.

    Raises:
        MetricError: As check(); or there is no look.
    """
    most, last = -math.inf, None
    for counts in history:
        last, shares = _aligned(counts, shares)
        most = max(most, log_e_value(last, shares, belief))
    if last is None:
        raise MetricError("There is no look at the arms yet.", "Counts per arm.", "Count the assignments first.")
    if not sum(last.values()):
        return SampleCheck(last, shares, math.nan, math.nan, "unknown")
    e_value = math.exp(min(most, 700.0))
    verdict: Verdict = "block" if e_value >= 1 / alarm else "warn" if e_value >= 0.1 / alarm else "balanced"
    return SampleCheck(last, shares, math.nan, e_value, verdict)


def log_e_value(counts: Mapping[str, int], shares: Mapping[str, float], belief: float = BELIEF) -> float:
    """Logarithm of the evidence against the planned shares, counts and shares in the same order."""
    from scipy.special import gammaln

    seen, due = np.array(list(counts.values()), "float64"), np.array(list(shares.values()), "float64")
    prior = belief * due
    gained = gammaln(prior + seen) - gammaln(prior) - seen * np.log(due)
    return float(gammaln(belief) - gammaln(belief + seen.sum()) + gained.sum())


def counts_table(assigned: ir.Table, by: str = "") -> ir.Table:
    """
    Units per arm, and per segment or day where asked.

    Args:
        assigned: One row per unit: arm, and *by*; units without an arm take no part.
        by: Column of a segment known before the draw, or the day of assignment.

    Returns:
        Columns arm, n and "place" (text) where asked.
    """
    assigned = assigned.filter(assigned.arm.notnull())
    if not by:
        return assigned.group_by("arm").agg(n=assigned.count())
    return (
        assigned.mutate(place=assigned[by].cast("string").fill_null("(not known)"))
        .group_by("place", "arm")
        .agg(n=lambda t: t.count())
    )


def checks(frame: pd.DataFrame, shares: Mapping[str, float]) -> list[SampleCheck]:
    """
    One check per segment or day, the oddest first, their thresholds shared out among them.

    Args:
        frame: What counts_table(by=...) counted.
        shares: Planned shares.
    """
    places = {
        place: dict(zip(part["arm"], part["n"], strict=True)) for place, part in frame.groupby("place", sort=True)
    }
    told = [check(counts, shares, looks=len(places), where=str(place)) for place, counts in places.items()]
    return sorted(told, key=lambda one: one.p_value)


def _aligned(counts: Mapping[str, int], shares: Mapping[str, float]) -> tuple[dict[str, int], dict[str, float]]:
    """Counts and shares of the same arms in the same order."""
    total = math.fsum(shares.values())
    if not shares or min(shares.values()) <= 0 or abs(total - 1) > 1e-6:
        raise MetricError(
            f"Planned shares {dict(shares)} add up to {total:g}.", "Shares above 0 that add up to 1.", "Mend the plan."
        )
    strange = sorted(set(counts) - set(shares))
    if strange:
        raise MetricError(
            f"Units were assigned to {', '.join(strange)}, which is not planned.",
            f"Planned arms: {', '.join(shares)}.",
            "Check the version of the plan.",
        )
    return {arm: int(counts.get(arm, 0)) for arm in shares}, {arm: share / total for arm, share in shares.items()}
