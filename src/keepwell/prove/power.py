"""Can this base show it at all, what is the least it can show, and how long must one wait? Told before anything starts."""

import math
from dataclasses import dataclass
from functools import cache

from scipy.special import ndtri

from keepwell.errors import ProofError
from keepwell.prove.open_ended import RUNNING
from keepwell.prove.plan import Plan
from keepwell.prove.sequential import Spending, boundaries
from keepwell.prove.stopping import drift_for, inflation

LOOKS = 30
"""At so many looks what looking costs is reckoned; more of them cost hardly more."""

FEWEST = 30
"""With fewer units of the past nothing is known of a rate."""

YEARS = 10
"""Nobody plans longer; whatever takes longer never comes."""


@dataclass(frozen=True)
class Base:
    """
    What a company's own past says of those a plan is about.

    Args:
        eligible: Units that could take part now.
        entering: Units that become eligible per day.
        past: Units that were eligible one horizon ago: what the rates rest on.
        lost: Share of them lost within the horizon; nan where nothing is known.
        level: The primary endpoint in them: a share, a mean or a ratio; for time to churn as *lost*.
        deviation: Standard deviation of the endpoint from unit to unit; of a ratio that of its linearised residual.
    """

    eligible: int
    entering: float
    past: int
    lost: float
    level: float
    deviation: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is enough past to plan from."""
        return self.past >= FEWEST and math.isfinite(self.level)


@dataclass(frozen=True)
class Feasibility:
    """
    Whether a plan can show what it wants to show.

    Args:
        provable: Whether there will be enough; None where the past says too little to know.
        needed: Units (events for time to churn) of the treatment with the fewest and its reference, looking included.
        coming: The same, as many as will come by the end.
        detectable: The smallest effect that will be found as often as planned, in the unit of the plan's smallest_effect; nan unknown.
        days: How long it would have to run; inf where no time is long enough, nan unknown.
        told: Sentences.
    """

    provable: bool | None
    needed: float
    coming: float
    detectable: float
    days: float
    told: tuple[str, ...]


def z_both(alpha: float = 0.05, power: float = 0.8) -> float:
    """
    How many standard errors an effect must be to be found with chance *power* by a two-sided test of *alpha*.

    Raises:
        ProofError: No chances, or a power not above alpha / 2.
    """
    if not (0 < alpha < 1 and alpha / 2 < power < 1):
        raise ProofError(
            f"A chance of false alarms of {alpha:g} and of finding an effect of {power:g}.",
            "Both lie between 0 and 1, the second above half the first.",
            "0.05 and 0.8 are usual.",
        )
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def units_for_shares(
    control: float, treated: float, held: float = 0.5, alpha: float = 0.05, power: float = 0.8
) -> float:
    """
    Units of both arms together with which two shares are told apart, by the two-sided Wald test.

    Args:
        control: Share among the held out.
        treated: Share among the treated.
        held: Part of the units that is held out.
        alpha: Chance of a false alarm.
        power: Chance of finding the difference.

    Source: Fleiss, Levin and Paik (2003), chapter 4, without continuity correction.
    """
    noise = control * (1 - control) / held + treated * (1 - treated) / (1 - held)
    return _over(z_both(alpha, power) ** 2 * noise, (treated - control) ** 2)


def units_for_shares_by_angles(control: float, treated: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """
    As units_for_shares() for two arms of one size, by Cohen's angles 2 asin sqrt(p), whose noise is the same for every share.

    Findings in the wrong direction count among the findings, as tables of power have it.
    """
    apart = 2 * math.asin(math.sqrt(treated)) - 2 * math.asin(math.sqrt(control))
    return _over(4 * drift_for([1.0], [float(ndtri(1 - alpha / 2))], power) ** 2, apart**2)


def units_for_means(
    deviation: float, difference: float, held: float = 0.5, alpha: float = 0.05, power: float = 0.8
) -> float:
    """
    Units of both arms together with which two means are told apart.

    Args:
        deviation: From unit to unit, in the company's own history.
        difference: Treated minus control, in the same unit.
        held: Part of the units that is held out.
        alpha: Chance of a false alarm.
        power: Chance of finding the difference.
    """
    return _over(z_both(alpha, power) ** 2 * deviation**2, held * (1 - held) * difference**2)


def events_for_hazards(ratio: float, held: float = 0.5, alpha: float = 0.05, power: float = 0.8) -> float:
    """
    Losses in both arms together with which the log-rank test tells two hazards apart.

    Args:
        ratio: Hazard of the treated over that of the held out.
        held: Part of the units that is held out.
        alpha: Chance of a false alarm.
        power: Chance of finding the difference.

    Source: Schoenfeld (1981), Biometrika 68(1).
    """
    return _over(z_both(alpha, power) ** 2, held * (1 - held) * math.log(ratio) ** 2)


def smallest_difference(
    deviation: float, units: float, held: float = 0.5, alpha: float = 0.05, power: float = 0.8
) -> float:
    """
    The smallest difference of means, or of shares with deviation sqrt(p (1 - p)), that so many units show.

    Args:
        deviation: From unit to unit.
        units: Of both arms together.
        held: Part of the units that is held out.
        alpha: Chance of a false alarm.
        power: Chance of finding it.
    """
    return z_both(alpha, power) * deviation / math.sqrt(units * held * (1 - held)) if units > 0 else math.inf


def smallest_hazard_ratio(events: float, held: float = 0.5, alpha: float = 0.05, power: float = 0.8) -> float:
    """The hazard ratio below 1 nearest to it that so many losses show; 0 where there are none."""
    return math.exp(-z_both(alpha, power) / math.sqrt(events * held * (1 - held))) if events > 0 else 0.0


@cache
def looking_costs(spending: Spending, alpha: float = 0.05, power: float = 0.8) -> float:
    """How many times as many units looking often needs, beside looking once at the end."""
    shares = [(look + 1) / LOOKS for look in range(LOOKS)]
    return inflation(shares, boundaries(shares, 1.0, spending, alpha, last=True), power, alpha)


def feasible(plan: Plan, base: Base) -> Feasibility:
    """
    Whether a plan can show its smallest effect in this base by its end.

    Args:
        plan: The plan.
        base: What the company's past says of those it is about.
    """
    if not plan.measurable:
        why = "Not measurable: nobody is held out, so there is nobody to compare with, however many take part. Hold somebody out."
        return Feasibility(False, math.inf, math.nan, math.nan, math.inf, (why,))
    if not base.known:
        why = _unknown_words(plan, base)
        return Feasibility(None, math.nan, math.nan, math.nan, math.nan, (why,))
    needed, coming = _needed(plan, base), _coming(plan, base, plan.days)
    return Feasibility(
        coming >= needed,
        needed,
        coming,
        _detectable(plan, base, coming),
        days := _days(plan, base, needed),
        _words(plan, base, needed, coming, days),
    )


def events_planned(plan: Plan) -> float:
    """
    Losses, of one treatment and the reference, with which a plan on time to churn is complete: its information at the end.

    Raises:
        ProofError: It does not rest on time to churn, or has but one arm.
    """
    if plan.primary.family != "survival" or not plan.measurable:
        raise ProofError(
            f"{plan.name} is not complete with so many losses.",
            "Only a plan on time to churn with two arms is.",
            "Take its units (max_n).",
        )
    return events_for_hazards(plan.smallest_effect, _pair(plan)[1], plan.alpha_each, plan.power) * _looking(plan)


def _pair(plan: Plan) -> tuple[float, float]:
    """The reference and the smallest treatment: their part of all units, and the reference's part of theirs."""
    reference, least = plan.share(plan.reference), min(plan.share(arm) for arm in plan.treatments)
    return reference + least, reference / (reference + least)


def _looking(plan: Plan) -> float:
    if plan.open_ended:
        rest = z_both((1 - RUNNING) * plan.alpha_each, plan.power)
        return (rest / z_both(plan.alpha_each, plan.power)) ** 2
    return looking_costs(plan.spending, plan.alpha_each, plan.power)


def _needed(plan: Plan, base: Base) -> float:
    held, size = _pair(plan)[1], plan.smallest_effect
    if plan.primary.family == "survival":
        return events_planned(plan)
    if plan.primary.family == "share":
        treated = base.level + plan.primary.better * size
        if not 0 <= treated <= 1:
            return math.inf
        once = units_for_shares(base.level, treated, held, plan.alpha_each, plan.power)
    else:
        once = units_for_means(base.deviation, size, held, plan.alpha_each, plan.power)
    return once * _looking(plan)


def _units(plan: Plan, base: Base, days: float) -> float:
    """Units of the pair that are watched to their horizon when it runs so long."""
    piece = plan.layer
    takes = (1 - plan.global_holdout) * ((piece.end - piece.start) / 10_000 if piece else 1.0)
    everybody = (base.eligible + base.entering * max(0.0, days - plan.primary.days)) * takes
    return min(everybody, plan.max_n) * _pair(plan)[0]


def _coming(plan: Plan, base: Base, days: float) -> float:
    units = _units(plan, base, days)
    return units * _losing(plan, base) if plan.primary.family == "survival" else units


def _losing(plan: Plan, base: Base) -> float:
    """Share of the pair lost within the horizon if the smallest effect is there."""
    held = _pair(plan)[1]
    return held * base.lost + (1 - held) * (1 - (1 - base.lost) ** plan.smallest_effect)


def _detectable(plan: Plan, base: Base, coming: float) -> float:
    held, effective = _pair(plan)[1], coming / _looking(plan)
    if plan.primary.family == "survival":
        return smallest_hazard_ratio(effective, held, plan.alpha_each, plan.power)
    deviation = math.sqrt(base.level * (1 - base.level)) if plan.primary.family == "share" else base.deviation
    return smallest_difference(deviation, effective, held, plan.alpha_each, plan.power)


def _days(plan: Plan, base: Base, needed: float) -> float:
    """The fewest days after which enough have come; losses of who is watched longer than the horizon do not count."""
    longest = YEARS * 365
    if _coming(plan, base, longest) < needed:
        return math.inf
    low, high = plan.primary.days, longest
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _coming(plan, base, middle) >= needed else (middle + 1, high)
    return float(low)


def _words(plan: Plan, base: Base, needed: float, coming: float, days: float) -> tuple[str, ...]:
    found = _detectable(plan, base, coming)
    lines = [
        f"{base.eligible:,} {plan.unit}s could take part now, and about {base.entering:,.1f} more become eligible a day.",
        _past_words(plan, base),
        _need_words(plan, needed, coming),
    ]
    if coming >= needed:
        return (*lines, f"This can be shown. By the end even {_size(plan, found)} would be found.")
    least = f"The least this base could show by then is {_size(plan, found)}." if coming >= 1 else ""
    if days <= YEARS * 365:
        wait = f"Run for {days:,.0f} days it could be shown; {plan.days:,} are planned."
    else:
        wait = "No time is long enough: ask for a larger effect, let more take part, or hold out a larger share."
    return (*lines, "Not provable with your base as planned.", *([least] if least else []), wait)


def _unknown_words(plan: Plan, base: Base) -> str:
    begin = "Not known whether this can be shown:"
    if base.past < FEWEST:
        return (
            f"{begin} {plan.primary.days + 1} days before, {base.past:,} {plan.unit}s were eligible,"
            f" and rates need at least {FEWEST}."
        )
    if plan.primary.family == "quantile":
        return (
            f"{begin} of {base.past:,} {plan.unit}s too many spend the same, or nothing, where the upper tenth begins, so how far chance"
            " moves it cannot be told. Let only those take part of whom more than one in ten buy within that time, or take spend instead."
        )
    return f"{begin} nothing is counted in the past of this: {plan.primary.words}."


def _need_words(plan: Plan, needed: float, coming: float) -> str:
    what = "losses" if plan.primary.family == "survival" else f"{plan.unit}s"
    if not math.isfinite(needed):
        return f"{_size(plan, plan.smallest_effect)[0].upper()}{_size(plan, plan.smallest_effect)[1:]} cannot be: nobody is left to win."
    return (
        f"To find {_size(plan, plan.smallest_effect)} in {100 * plan.power:g} of 100 cases, {math.ceil(needed):,} {what} of the"
        f" held out and one treatment together are needed, looking every day included; about {coming:,.0f} will come"
        f" by {plan.end}."
    )


def _past_words(plan: Plan, base: Base) -> str:
    begin = f"Of {base.past:,} {plan.unit}s eligible {plan.primary.days + 1} days before, followed for that day and {plan.primary.days} more"
    if plan.primary.family == "survival":
        return f"{begin}, {100 * base.lost:.1f} % were lost within those days."
    if plan.primary.family == "share":
        return f"{begin}, this held: {plan.primary.words}, {100 * base.level:.1f} %."
    return f"{begin}, {plan.primary.words} came to {base.level:,.2f}, give or take {base.deviation:,.2f} from one to the next."


def _size(plan: Plan, size: float) -> str:
    family = plan.primary.family
    if family == "survival":
        return f"{100 * (1 - size):.3g} % fewer losses at any time"
    return f"a difference of {100 * size:.3g} points" if family == "share" else f"a difference of {size:,.2f}"


def _over(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else math.inf
