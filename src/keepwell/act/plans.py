"""What makes an account plan whole, who may sign it, and which one holds?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

FUNCTIONS = ("sales", "success", "marketing", "support")
"""Who signs a plan: one person of each."""

SHORTEST, LONGEST = 12, 24
"""Months a plan reaches ahead."""

REVIEW_DAYS = 92
"""Days between two reviews of a customer with a plan: a quarter."""

PARTS = ("decides", "uses", "blocks", "missing")
"""What somebody at the customer's is in a decision; missing is somebody we should know and do not."""

SPACE = ("own", "fit", "offered", "no")
"""Of something we sell: they own it, it would fit, it was offered, it is nothing for them."""

SWOT = ("strengths", "weaknesses", "opportunities", "threats")

_WHOLE = ("goals", "people", "whitespace", "risks", "renewal_terms", *SWOT)

ROLES: Mapping[str, str] = {"rep": "sales", "success": "success", "marketer": "marketing"}
"""Role -> its function."""

STANDS_IN: Mapping[str, tuple[str, ...]] = {
    "rep": ("sales",),
    "success": ("success", "support"),
    "marketer": ("marketing",),
}
"""Role -> functions it signs for where nobody has the seat: no role is support's own, and success stands nearest to it."""

LEADS = ("manager", "admin")
"""Roles that sign for any function nobody has a seat for."""


@dataclass(frozen=True)
class Signed:
    """
    One version of a plan.

    Args:
        number: From 1 on.
        until: Its horizon.
        functions: Who has signed.
    """

    number: int
    until: date
    functions: frozenset[str]

    @property
    def whole(self) -> bool:
        """Whether all four have signed."""
        return self.functions >= set(FUNCTIONS)


def holds(versions: Iterable[Signed], on: date) -> Signed | None:
    """The version that holds on a day: the newest that four have signed and whose horizon has not passed."""
    whole = [each for each in versions if each.whole and each.until >= on]
    return max(whole, key=lambda each: each.number, default=None)


def months_ahead(day: date, until: date) -> int:
    """Whole months from a day to another."""
    return (until.year - day.year) * 12 + until.month - day.month - (until.day < day.day)


def horizon_fits(day: date, until: date) -> bool:
    """Whether a plan made on a day reaches twelve to twenty-four months ahead."""
    return SHORTEST <= months_ahead(day, until) <= LONGEST


def blanks(plan: Mapping[str, Any]) -> list[str]:
    """Parts of a plan with nothing in them, in the order of the page."""
    return [part for part in _WHOLE if not plan.get(part)]


def may_sign(role: str, held: Collection[str], taken: Collection[str]) -> list[str]:
    """
    For which functions a person may sign: whoever is named for one in the customer's team, and where nobody is, whose role it is.

    Args:
        role: Theirs.
        held: Seats of the customer they have.
        taken: Seats of the customer somebody has.
    """
    free = [each for each in FUNCTIONS if each not in taken]
    by_role = free if role in LEADS else [each for each in free if each in STANDS_IN.get(role, ())]
    return [each for each in FUNCTIONS if each in held or each in by_role]


def review_due(held: Sequence[date], planned: Sequence[date], since: date, on: date) -> date | None:
    """
    Since when a quarterly review of a customer is due.

    Args:
        held: Days of reviews that were held.
        planned: Days of reviews that are planned.
        since: The day of the first plan.
        on: The day of the look.

    Returns:
        None where the last one is recent enough, or the next one is planned.
    """
    if any(day >= on for day in planned):
        return None
    due = date.fromordinal(max([since, *held]).toordinal() + REVIEW_DAYS) if held else since
    return due if due <= on else None
