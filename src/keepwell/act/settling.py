"""When does a reason somebody has dealt with come back? When its time is over, it began anew, or its evidence got worse."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.act.wording import known

FIGURES = ("amount", "chance", "days", "usual")
"""Of a reason's evidence, what is kept beside a decision."""

WORSE = 1.25
"""A chance or an amount so many times that of then is materially worse."""

AHEAD = ("renewal", "birthday")
"""Reasons whose days count down to something; those of others count up from something."""

COUNTED = ("ticket", "unhappy")
"""Reasons whose evidence says how many there are: one more is worse."""


@dataclass(frozen=True)
class Decided:
    """
    What somebody decided of one reason of one customer.

    Args:
        day: The morning on which, as a day number.
        until: Until which it holds; None is for good.
        then: FIGURES of that morning, as far as they were known.
    """

    day: int
    until: int | None
    then: Mapping[str, float | None]


Decisions = Mapping[tuple[str, str], Decided]
"""Customer and reason -> the last decision of it."""


def unsettled(told: Iterable[Mapping[str, Any]], decided: Decisions, today: int) -> list[Mapping[str, Any]]:
    """
    The reasons that are to be turned to now.

    Args:
        told: Reasons, with the columns of act.reasons.EVIDENCE.
        decided: What was decided.
        today: The morning, as a day number.

    Returns:
        Rows of told of which nobody decided, or whose time is over, that began anew or got worse since.
    """
    return [row for row in told if _stands(row, decided.get((row["customer_id"], row["reason"])), today)]


def _stands(row: Mapping[str, Any], before: Decided | None, today: int) -> bool:
    if before is None or (before.until is not None and before.until <= today):
        return True
    return _anew(row, before, today - before.day) or _worse(row, before.then)


def _anew(row: Mapping[str, Any], before: Decided, passed: int) -> bool:
    """What counts days since something counts fewer than have passed; what counts days to something counts more."""
    now, then = row["days"], before.then.get("days")
    if not known(now) or then is None:
        return False
    return bool(now > then - passed if row["reason"] in AHEAD else now < then + passed)


def _worse(row: Mapping[str, Any], then: Mapping[str, float | None]) -> bool:
    much = [("chance", WORSE), ("amount", WORSE), *([("usual", 1.0)] if row["reason"] in COUNTED else [])]
    return any(
        known(row[name]) and (before := then.get(name)) is not None and row[name] > times * before
        for name, times in much
    )
