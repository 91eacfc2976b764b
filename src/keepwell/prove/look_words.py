"""How is a look told to a person who must decide? Sentences that nobody can read wrongly."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from keepwell.prove.effect import Effect
from keepwell.prove.means import Guardrail
from keepwell.prove.plan import Endpoint, Plan
from keepwell.prove.plan_reading import size_words
from keepwell.prove.quantiles import AT_QUANTILE
from keepwell.prove.stopping import BOOKING
from keepwell.prove.verdict import Judged

if TYPE_CHECKING:
    from keepwell.prove.look import Comparison

MINUS = "\N{MINUS SIGN}"
HARM = "Harm: "
"""How the sentence of a guardrail begins that is shown to have got worse."""

UNPROVEN = (
    "Unproven, and not measurable: everybody is treated, so there is nobody to compare with. Whatever happened might have happened "
    "without it; anything from endless loss to endless gain is possible. Hold somebody out in a new version."
)


def hidden(*, ratio: bool) -> tuple[str, str]:
    """
    Why no effect is shown, and what to check.

    Args:
        ratio: Whether the arms are not as planned; otherwise they are shown to others than were drawn.
    """
    until = "why the arms are not as planned" if ratio else "why it is shown to others than were drawn for it"
    check = (
        "Check: is somebody left out of the log in one arm, does the play reach people by another way, are units merged or deleted "
        "after the draw, did anybody change shares on the way?"
    )
    return f"No effect is shown, and none may be read off other figures, until it is found {until}.", check


def signed(value: float, digits: int = 1) -> str:
    """+3.1 or −0.4."""
    told = f"{abs(value):,.{digits}f}"
    return f"{MINUS if value < 0 and float(told.replace(',', '')) else '+'}{told}"


def size(value: float, unit: str, currency: str) -> str:
    """A difference in its unit."""
    number, of = _parts(value, unit, currency)
    return f"{number}{of}"


def _parts(value: float, unit: str, currency: str) -> tuple[str, str]:
    """A number, and what it counts."""
    if unit == "share":
        return signed(100 * value, 2), " points"
    if unit == "money":
        return signed(value, 2), f"{' ' + currency if currency else ''} per head"
    if unit == AT_QUANTILE:
        return signed(value, 2), f"{' ' + currency if currency else ''} at the quantile"
    if unit == "days":
        return signed(value), " days"
    if unit == "log hazard":
        return _losses(value), " losses at any time"
    return signed(value, 3), " in the ratio" if unit == "ratio" else f" {unit} per head"


def _losses(value: float) -> str:
    """A hazard ratio, from its logarithm, as one says it."""
    if value > math.log(100):
        return "more than 100 times as many"
    if value > math.log(2):
        return f"{math.exp(value):.1f} times as many"
    return f"{abs(100 * math.expm1(value)):.1f} % {'fewer' if value < 0 else 'more'}"


def between(effect: Effect, currency: str) -> str:
    """An effect's interval in words."""
    return interval(effect.unit, effect.low, effect.high, currency)


def interval(unit: str, lowest: float, highest: float, currency: str) -> str:
    """All that is not ruled out, in words; infinite ends are open."""
    (low, of_low), (high, of_high) = (_parts(end, unit, currency) for end in (lowest, highest))
    if math.isinf(lowest) and math.isinf(highest):
        return "nothing can be said of its size yet"
    if math.isinf(lowest):
        return f"at most {high}{of_high}"
    if math.isinf(highest):
        return f"at least {low}{of_low}"
    if low == high and unit == "days" and lowest < highest:
        digits = min(6, 1 - math.floor(math.log10(highest - lowest)))
        low, high = signed(lowest, digits), signed(highest, digits)
    return f"between {low}{of_low if of_low != of_high else ''} and {high}{of_high}"


def whole(effect: Effect, currency: str) -> str:
    """An effect with its interval, absolute and relative."""
    if not effect.known or (math.isinf(effect.low) and math.isinf(effect.high)):
        return "nothing can be said of its size yet"
    told = f"{size(effect.difference, effect.unit, currency)}, {between(effect, currency)}"
    if effect.unit == "log hazard" or not math.isfinite(effect.relative):
        return told
    if not effect.bounded:
        return f"{told}; the figure of the held out is too uncertain to tell it in per cent"
    low, high = (signed(100 * end) for end in (effect.relative_low, effect.relative_high))
    ends = f"between {low} % and {high} %"
    if math.isinf(effect.relative_low):
        ends = f"at most {high} %"
    elif math.isinf(effect.relative_high):
        ends = f"at least {low} %"
    return f"{told}; relative to {_base(effect)} that is {signed(100 * effect.relative)} %, {ends}"


def _base(effect: Effect) -> str:
    if effect.base is None:
        return "the held out"
    value = effect.base.value
    return f"the {100 * value:.1f} % of the held out" if effect.unit == "share" else f"the {value:,.2f} of the held out"


def verdict(plan: Plan, treated: str, judged: Judged, currency: str) -> list[str]:
    """
    The verdict of one treatment, first in one sentence, then what it means.

    Args:
        plan: As it was frozen.
        treated: The arm.
        judged: From verdict.judge().
        currency: Of the company.
    """
    figure = judged.figure
    told = whole(figure.effect, currency)
    reached = f"{_count(figure.information)} of {_count(judged.planned)} {_units(plan)}"
    if judged.verdict == "too early":
        return _too_early(judged, treated, told, reached)
    if judged.verdict == "stopped":
        when = f"{treated}: Stopped by hand at {100 * judged.share:.0f} % of the plan ({reached}), before anything was shown"
        return [f"{when}; so far {told}. It cannot be called effective, nor without effect."]
    if judged.verdict == "no effect shown":
        return [f"{treated}: No effect is shown, and that verdict stands: {told}. {_ruled_out(plan, judged)}"]
    better = judged.verdict == "better"
    lines = [
        f"{treated}: An effect is shown, for the {judged.verdict}, and that verdict stands: {plan.primary.words}: {told}.",
        "" if better else "Stop it: those treated fare worse than those held out.",
        judged.exaggeration,
        "" if BOOKING in judged.exaggeration or not better else BOOKING,
    ]
    return [line for line in lines if line]


def _too_early(judged: Judged, treated: str, told: str, reached: str) -> list[str]:
    if not judged.figure.effect.known:
        return [f"{treated}: Too early to say: there is not enough to compare yet ({reached})."]
    return [
        f"{treated}: Too early to say: {100 * judged.share:.0f} % of the plan is reached ({reached}). So far: {told}.",
        "That is no sign for or against it: let it run, and do not act on it.",
    ]


def _ruled_out(plan: Plan, judged: Judged) -> str:
    effect, smallest = judged.figure.effect, plan.smallest_effect
    if not effect.known:
        return "There was not enough to compare by then."
    wanted = math.log(smallest) if plan.primary.family == "survival" else plan.primary.better * smallest
    if effect.low <= wanted <= effect.high:
        return f"That does not prove there is none: even the smallest effect worth finding ({size_words(plan)}) is still possible."
    return f"The smallest effect worth finding ({size_words(plan)}) is ruled out."


def secondary(endpoint: Endpoint, effect: Effect, currency: str) -> str:
    """A secondary endpoint in a sentence."""
    told = whole(effect, currency)
    if not effect.proven:
        return f"Beside it: {endpoint.words}: not shown to differ ({told})."
    good = "better" if effect.difference * endpoint.better > 0 else "worse"
    return f"Beside it: {endpoint.words}: {good} ({told}); corrected for how many were looked at."


def harm(one: "Comparison", currency: str) -> str:
    """
    The guardrails of a treatment that are shown to have got worse, each with what was seen; "" where there is none.

    Args:
        one: The treatment, as a look has it.
        currency: Of the company.
    """
    rows = [row for row in one.rows if row.role == "guardrail" and row.verdict == "harm"]
    return "; ".join(f"{row.of} {size(row.difference, row.unit, currency)}" for row in rows)


def harm_next(told: Sequence[str]) -> tuple[list[str], list[str]]:
    """
    The sentences of a treatment with harm right after its verdict, which is the first of them.

    Args:
        told: As a look has them.

    Returns:
        Verdict and harm; and what else is told.
    """
    harmed = [line for line in told[1:] if line.startswith(HARM)]
    return [*told[:1], *harmed], [line for line in told[1:] if line not in harmed]


def guardrail(endpoint: Endpoint, rail: Guardrail, currency: str) -> str:
    """A guardrail in a sentence."""
    unit, effect = rail.effect.unit, rail.effect
    if (
        not effect.known
        and unit == "share"
        and effect.base is not None
        and effect.base.value == effect.difference == 0 < effect.treated
    ):
        most = 100 * -math.expm1(math.log(1 - effect.level) / effect.treated)
        none = f"not one among {effect.treated:,} treated and {effect.control:,} held out"
        return f"Not known to be safe: {endpoint.words}: {none}. If your data would tell of it, at most {most:.2f} % of the treated do."
    margin = size(rail.margin, unit, currency).lstrip("+")
    if rail.verdict == "safe":
        return (
            f"Safe: {endpoint.words}: no worse than the {margin} that were allowed ({between(rail.effect, currency)})."
        )
    if rail.verdict == "harm":
        return f"{HARM}{endpoint.words} got worse ({whole(rail.effect, currency)}). Look at it before anything else, and stop if it is more than you bear."
    return f"Not known to be safe: {endpoint.words}: worse by more than the {margin} that were allowed is still possible ({between(rail.effect, currency)})."


def worth(plan: Plan, treated: str, judged: Judged, money: Effect | None, books: tuple[str, float | None]) -> list[str]:
    """
    What a contact costs and whether it comes back; none where the plan names no cost.

    Args:
        plan: As it was frozen.
        treated: The arm.
        judged: Its primary endpoint.
        money: The difference of money spent per head, where an endpoint tells it, its interval drawn.
        books: Currency of the company, and the share of what is sold that is left after its cost; None where nobody said.
    """
    currency, margin = books
    cost = float(dict(plan.costs).get(treated, 0))
    if not cost:
        return []
    begin = f"A contact costs {cost:,.2f} {plan.currency}"
    if money is not None and money.known and math.isfinite(money.high) and plan.currency == currency:
        return [f"{begin}; {_paying(money, cost, currency, margin)}"]
    if judged.verdict != "better":
        return [f"{begin}. That it brings anything is not shown."]
    return [f"{begin}{_apiece(judged, cost, plan.currency)}."]


def _paying(money: Effect, cost: float, currency: str, margin: float | None) -> str:
    """Whether what is sold more pays for the contact; without a margin that is said only where it would not even if nothing had to be bought in."""
    net, low, high = ((margin or 1.0) * end - cost for end in (money.difference, money.low, money.high))
    left = f"a head brings {signed(net, 2)} {currency} (between {signed(low, 2)} and {signed(high, 2)})"
    if margin is not None:
        pays = "pays" if low > 0 else "does not pay" if high < 0 else "is not shown to pay"
        return f"at a margin of {margin:.0%} and with it taken off, {left}: it {pays}."
    told = f"with it taken off, {left}, before the cost of what was sold"
    if high < 0:
        return f"{told}: it does not pay."
    needed = f" A margin of {cost / money.difference:.0%} would make it even." if money.difference > cost else ""
    return f"{told}. Whether that pays is not known: say gross_margin in the settings.{needed}"


def _apiece(judged: Judged, cost: float, currency: str) -> str:
    effect = dict(judged.figure.beside).get("days kept", judged.figure.effect)
    if not effect.proven or effect.unit not in ("share", "days"):
        return ""
    ends = sorted(cost / abs(end) for end in (effect.low, effect.high))
    what = "day a customer is kept longer" if effect.unit == "days" else "customer for whom it makes the difference"
    return (
        f": {cost / abs(effect.difference):,.2f} {currency} for each {what} (between {ends[0]:,.2f} and {ends[1]:,.2f})"
    )


def not_kept(assigned: Mapping[str, int], kept: Mapping[str, int] | None) -> list[str]:
    """How many were no customers when assigned, so that nobody can say how long they stay; none where all were."""
    everybody, there = sum(assigned.values()), sum((kept or {}).values())
    if kept is None or there >= everybody:
        return []
    who = "None" if not there else f"Only {there:,}"
    were = "was a customer" if there < 2 else "were customers"
    rest = "the time until a customer is lost is told of those alone, in every arm alike"
    return [f"{who} of the {everybody:,} assigned {were} when assigned; {rest}."]


def footing(plan: Plan) -> str:
    """How the intervals are to be read."""
    sure = 100 * (1 - plan.alpha_each)
    account = (
        " Accounts are compared: every figure is per account, with all its people together, never per person; where orders of one day are"
        " merged, those of an account on one day are one order."
        if plan.unit == "account"
        else ""
    )
    return (
        f"Compared with {plan.reference}, as assigned. The interval of the verdict holds with {sure:.4g} % over all looks together, "
        f"so it is wider than that of a single look, and excludes none exactly when an effect is shown.{account}"
    )


def _units(plan: Plan) -> str:
    return "losses" if plan.primary.family == "survival" else f"{plan.unit}s"


def _count(count: float) -> str:
    return f"{math.ceil(round(count, 6)):,}" if math.isfinite(count) else "unknown"
