"""What may be said of a play that was planned when its outcomes were known? What was seen, as a hint; never that it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from keepwell.prove.look import Comparison, Look
from keepwell.prove.look_words import interval
from keepwell.prove.plan import Plan

MARK = "unproven: planned when its outcomes were known"


def known_before(plan: Plan, body: Mapping[str, Any]) -> str:
    """
    Why a frozen plan can prove nothing; "" where it can.

    Args:
        plan: The plan.
        body: Of its entry in the ledger: known_to, the day after the last of which anything was known when it was frozen.
    """
    known = body.get("known_to")
    if known is None or date.fromisoformat(known) <= plan.start:
        return ""
    return (
        f"{MARK[0].upper()}{MARK[1:]}. It starts on {plan.start}, and when it was frozen the company was known up to {known}:"
        " who knows what came of it can choose whom, when and what to compare."
    )


def entered_late(plan: Plan, body: Mapping[str, Any], entered: datetime) -> str:
    """
    What is said of a plan that was frozen after its start by the calendar, though the company's data ended before; "" otherwise.

    Args:
        plan: The plan.
        body: Of its entry in the ledger.
        entered: When that was, where the company is.
    """
    known, days = body.get("known_to"), (entered.date() - plan.start).days
    if known is None or days < 1 or known_before(plan, body):
        return ""
    return (
        f"It was frozen on {entered.date()}, {days:,} day{'s' * (days != 1)} after its start by the calendar; the data known here ended"
        " before it. Whoever had later data elsewhere could know what came of it."
    )


def drawn_late(bodies: Sequence[Mapping[str, Any]]) -> str:
    """
    What is said of units that were drawn for a morning when later ones were known already; "" where none were.

    Args:
        bodies: Of the entries of what was assigned: as_of, known_to and new.
    """
    late = [body for body in bodies if "known_to" in body and body["as_of"] < body["known_to"]]
    if not late:
        return ""
    count, morning, known = sum(int(body["new"]) for body in late), late[-1]["as_of"], late[-1]["known_to"]
    return (
        f"{count:,} {'was' if count == 1 else 'were'} drawn for a morning past, such as {morning} when the company was known up to"
        f" {known}: only who was treated from that morning on belongs in such a draw."
    )


def as_hint(look: Look, why: str, currency: str) -> Look:
    """
    A look at a play that was planned afterwards: the same figures without a verdict.

    Args:
        look: As the plan has it.
        why: From known_before().
        currency: Of the company.
    """
    told = look.told if look.state == "hidden" else look.told[:-1]
    comparisons = tuple(_hint(one, currency) for one in look.comparisons)
    return replace(look, comparisons=comparisons, told=(why, *told))


def _hint(one: Comparison, currency: str) -> Comparison:
    if one.verdict in ("hidden", "unproven"):
        return one
    rows = tuple(replace(row, verdict="") for row in one.rows)
    seen = [f"{row.of}: {interval(row.unit, row.low, row.high, currency)}" for row in rows if row.role == "primary"]
    said = f"{one.arm}: Unproven. What was seen is a hint and no proof: {'; '.join(seen)}."
    return replace(one, verdict="unproven", rows=rows, told=(said,))
