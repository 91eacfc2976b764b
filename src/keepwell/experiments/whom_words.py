"""How is it told whom to treat? What is looked at, in which unit, and sentences nobody can read wrongly."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from keepwell.errors import ProofError
from keepwell.prove.crossfit import Figure
from keepwell.prove.plan import Plan
from keepwell.prove.policy import AT_RANDOM, Price
from keepwell.prove.qini import DEFINITIONS
from keepwell.prove.samples import SampleCheck
from keepwell.prove.uplift import WAYS
from keepwell.prove.whom import FORETOLD, GROUPS, unadvised

if TYPE_CHECKING:
    from keepwell.experiments.whom import Treatment, Whom

_KINDS = {
    "time_to_churn": ("churned", "kept"),
    "retained": ("retained", "kept"),
    "churned": ("churned", "not lost"),
    "bought": ("bought", "buying"),
    "unsubscribe": ("unsubscribe", "not unsubscribing"),
    "complaint": ("complaint", "without a complaint"),
    "refund": ("refund", "sending nothing back"),
    "spend": ("spend", "spent"),
    "orders": ("orders", "orders"),
}
"""Kind of endpoint -> the outcome of a unit it is told from, and the word for what is better."""
_LESS = ("churned", "unsubscribe", "complaint", "refund")
"""Outcomes of which less is better."""


@dataclass(frozen=True)
class Measured:
    """
    What is looked at, turned so that more is better.

    Args:
        column: Outcome of a unit, see outcomes.at_horizon().
        word: What one more of it is: kept, buying, spent.
        better: 1, or -1 where the outcome is turned round.
        share: Whether it is a yes or no.
        unit: Of its value: the currency, or points or orders where it is not priced.
        scale: What one unit of the outcome is of that.
        priced: Whether the value is money.
        said: What it is and what it is worth, in a sentence.
        customers_only: Whether only those who were customers when assigned are looked at.
    """

    column: str
    word: str
    better: int
    share: bool
    unit: str
    scale: float
    priced: bool
    said: str
    customers_only: bool = False

    @property
    def per(self) -> int:
        """Of how many customers it is told: of shares and orders of a hundred."""
        return 1 if self.column == "spend" else 100

    @property
    def counted(self) -> str:
        """What a picture counts."""
        return f"{self.word} per {f'{self.per} customers' if self.per > 1 else 'customer'}"


def measured(plan: Plan, money: bool, margin: float | None, currency: str) -> Measured:
    """
    What is looked at.

    Args:
        plan: As it was frozen.
        money: Whether money spent is looked at whatever the endpoint.
        margin: Money one unit of the outcome brings; None where it was not said.
        currency: Of the company.

    Raises:
        ProofError: The primary endpoint is a ratio or a quantile, which no single customer has.
    """
    kind = "spend" if money else plan.primary.kind
    if kind not in _KINDS:
        raise ProofError(
            f"The endpoint of {plan.name} is {plan.primary.words}: a figure of many, which no single customer has.",
            "Wanted: something each customer does or does not.",
            "Look at money spent instead: --money",
        )
    column, word = _KINDS[kind]
    word = f"{currency} spent" if kind == "spend" else word
    better, share = -1 if column in _LESS else 1, plan.primary.family in ("share", "survival") and not money
    priced = margin is not None or kind == "spend"
    scale = margin if margin is not None else 100.0 if share else 1.0
    unit = currency if priced else "points" if share else "orders"
    said = _said(plan, money, margin, f"{word} within {plan.primary.days} days", currency)
    return Measured(column, word, better, share, unit, scale, priced, said, kind == "time_to_churn")


def _said(plan: Plan, money: bool, margin: float | None, what: str, currency: str) -> str:
    said = f"Looked at is who is {what}." if "spent" not in what and "orders" not in what else f"Looked at are {what}."
    if money and plan.primary.kind != "spend":
        said += f" The plan's own endpoint is another: {plan.primary.words}; so this is no more than a hint."
    if margin is not None:
        return f"{said} One more counts as {margin:,.2f} {currency}."
    if money or plan.primary.kind == "spend":
        return (
            f"{said} Money spent counts in full; with the margin on it (--margin 0.4 for 40 %) less is worth treating."
        )
    return f"{said} What one more is worth was not said (--margin), so costs of contacts are not taken off."


def hidden(checks: Sequence[SampleCheck]) -> tuple[str, ...]:
    """What is told where the arms are not as planned."""
    odd = [one.told for one in checks if one.hides_effect]
    return (*odd, "Whom to treat is not told, nor may it be read off anything else, until it is found why.")


def early(plan: Plan, checks: Sequence[SampleCheck]) -> tuple[str, ...]:
    """
    What is told while an experiment runs: when it will be over, and how many there are so far; nothing of what came of them.

    Args:
        plan: As it was frozen.
        checks: Of all who were assigned, and of those of whom the whole horizon is known.
    """
    over = "when its verdict stands or somebody stops it" if plan.open_ended else f"on the morning of {plan.end}"
    everybody, known = (sum(one.counts.values()) for one in checks)
    arms = ", ".join(f"{arm} {count:,}" for arm, count in checks[0].counts.items())
    return (
        f"Too early: {plan.name} is over {over}. Until then nothing is told of whom it helps: who looks until something shows is misled.",
        f"So far {everybody:,} are assigned ({arms}); of {known:,} of them the whole horizon of {plan.primary.days} days is known.",
        *(one.told for one in checks if one.verdict != "balanced"),
    )


def told(found: "Whom", price: Price, n: int, *, looked: bool) -> tuple[str, ...]:
    """
    The answer in sentences; harm first.

    Args:
        found: Everything but these.
        price: What was reckoned with.
        n: Units it rests on.
        looked: Whether anybody has looked at the experiment, and so at its guardrails.
    """
    judged = found.judged
    if judged is None:
        return ()
    answer = _harmful(found) if found.harmed else judged.told(found.measured.unit)
    if found.state == "afterwards" and not found.harmed:
        answer = f"So nothing is advised. Had it been planned before its start, it would be said: {answer}"
    odd = [one.told for one in found.checks if one.verdict != "balanced"]
    if not found.harmed:
        odd += [f"Harm is shown of {arm}: {said}." for arm, said in found.harm.items()]
    if found.plan.guardrails and not looked:
        odd.append(f"Whether it does harm was not looked at yet; look first: keepwell prove look {found.plan.name}")
    lines = [answer, *odd, found.measured.said, *_costs(found, price), _footing(found, n)]
    for one in found.treatments:
        lines += [_order(found, one), *_groups(found, one)]
    if not found.advises:
        why = "Choosing is not proven to pay" if not judged.open else "Nothing is advised"
        lines.append(f"{why}, so the groups tell what is foretold; they are no reason to choose.")
    lines += [f"How the curve is drawn: {DEFINITIONS['gain']}"]
    if found.measured.share:
        lines.append(f"How Qini is reckoned: {DEFINITIONS['qini']}")
    return tuple(lines)


def _harmful(found: "Whom") -> str:
    """That nothing is advised for the harm that is shown, and what treating brings without counting it."""
    judged = found.judged
    unit, above = found.measured.unit, judged.above if judged else {}
    each = "; ".join(
        f"{way} brings {one.value:,.4g} {unit} more per customer than treating nobody (95 % sure: {one.low:,.4g} to {one.high:,.4g})"
        for way, one in above.items()
    )
    return (
        f"Nothing is advised, for harm is shown: {found.harmed}. Whether what it brings is worth that, these figures cannot tell. "
        f"With the harm not counted, {each}."
    )


def _costs(found: "Whom", price: Price) -> list[str]:
    terms, lines = found.terms, []
    for arm in found.plan.treatments if found.measured.priced else ():
        cost = (price.cost or {}).get(arm, 0.0)
        planned = float(dict(found.plan.costs).get(arm, 0))
        other = f", not {planned:,.2f} as planned" if arm in terms.costs and planned != cost else ""
        lines.append(f"A contact in {arm} costs {cost:,.2f} {found.measured.unit}{other}; that is taken off.")
    if terms.budget is not None:
        lines.append(
            f"There are {terms.budget:,.2f} {found.measured.unit} to treat those of the experiment; they are compared with "
            f"{AT_RANDOM} where all cannot be paid for."
        )
    return lines


def _footing(found: "Whom", n: int) -> str:
    way = WAYS[found.way]
    arms = ", ".join(f"{arm} {count:,}" for arm, count in found.checks[-1].counts.items())
    part = f", of which {n:,} were drawn to learn from" if n < sum(found.checks[-1].counts.values()) else ""
    plan = found.plan
    return (
        f"It rests on {plan.name} as known on the morning of {found.morning}: {arms}{part}. Of each it was learned from others "
        f"only what to expect ({way}), by what was known before the day of assignment: recency, frequency, money, risk, and "
        "kind, source, country and language."
    )


def _order(found: "Whom", one: "Treatment") -> str:
    area, order = one.gain.area, ""
    per, unit = found.measured.per, found.measured.counted
    shown = "tells customers apart" if area.low > 0 else "is not shown to tell customers apart"
    if one.qini is not None:
        order = f"; Qini {one.qini.value:.3f} ({one.qini.low:.3f} to {one.qini.high:.3f})"
    return f"{one.arm}: the order {shown}. Between its curve and treating at random lie {_ends(area, per)} more {unit}{order}."


def _groups(found: "Whom", one: "Treatment") -> list[str]:
    rows = one.groups.told.to_dict("records")
    return [f"{one.arm}, {group_told(found.measured, row, advises=found.advises)}" for row in rows]


def group_told(measured: Measured, row: dict[Any, Any], *, advises: bool) -> str:
    """
    A group in a sentence: what is foretold of it, and whether what was measured confirms that.

    Args:
        measured: What is looked at.
        row: Of Groups.told.
        advises: Whether anything is advised; otherwise the group has a name without advice.
    """
    per = measured.per
    effect = f"{per * row['effect']:,.3g} ({per * row['effect_low']:,.3g} to {per * row['effect_high']:,.3g})"
    value = f"{row['value']:,.3g} {measured.unit} ({row['value_low']:,.3g} to {row['value_high']:,.3g})"
    worth = f", worth {value} per customer" if measured.priced else ""
    held = "confirms" if confirmed(row) else "does not confirm"
    name = row["group"] if advises else FORETOLD[row["group"]]
    heads = "1 customer" if row["customers"] == 1 else f"{row['customers']:,} customers"
    who = f"{name}: {heads} ({row['share']:.0%}), {GROUPS[row['group']]}."
    if math.isnan(row["effect"]):
        return f"{who} Not enough data to measure it."
    return (
        f"{who} Measured: left alone "
        f"{per * row['alone']:,.3g} {measured.counted}, treating adds {effect}{worth}; that {held} it."
    )


def confirmed(row: Mapping[Any, Any]) -> bool:
    """
    Whether what was measured of a group, at 95 %, bears out what was foretold of it.

    Args:
        row: Of Groups.told.
    """
    if row["group"] == "do not wake":
        return bool(row["effect_high"] < 0)
    return bool(row["value_low"] > 0 if row["group"] == "persuadable" else row["value_high"] < 0)


def table(found: "Whom", one: "Treatment") -> pd.DataFrame:
    """
    The groups of one arm as a table; advice, and names that advise, only where choosing is proven to pay.

    Args:
        found: The answer.
        one: The treatment.
    """
    rows, per = one.groups.told, found.measured.per
    effects = {name: per * rows[name] for name in ("alone", "effect", "effect_low", "effect_high")}
    if found.advises:
        return rows.assign(**effects)
    return rows.assign(**effects, group=rows["group"].map(FORETOLD), advice=unadvised(rows))


def _ends(told: Figure, per: int) -> str:
    return f"{per * told.value:,.3g} ({per * told.low:,.3g} to {per * told.high:,.3g})"
