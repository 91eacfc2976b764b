"""When does a reason that was dealt with come back?"""

from datetime import date

import pytest

from keepwell.act.reasons import EVIDENCE
from keepwell.act.settling import Decided, unsettled
from keepwell.schema.clock import day_number

TODAY = day_number(date(2026, 7, 1))


def _told(reason: str, **figures: float) -> dict[str, object]:
    return {**dict.fromkeys(EVIDENCE), "customer_id": "a", "reason": reason, "weight": 1.0, **figures}


def _decided(reason: str, *, ago: int, holds: int, **then: float) -> dict[tuple[str, str], Decided]:
    return {("a", reason): Decided(TODAY - ago, TODAY - ago + holds, then)}


def _back(told: dict[str, object], decided: dict[tuple[str, str], Decided]) -> bool:
    return unsettled([told], decided, TODAY) == [told]


@pytest.mark.capability("S3-27")
@pytest.mark.parametrize(
    ("reason", "now", "ago", "holds", "then", "back"),
    [
        # its time: a snooze of seven days is over on the seventh morning, not on the sixth
        ("birthday", {"days": 0}, 7, 7, {"days": 7}, True),
        ("birthday", {"days": 1}, 6, 7, {"days": 7}, False),
        # a chance of .20 is materially worse from above .25 on
        ("risk", {"chance": 0.25, "amount": 100}, 3, 30, {"chance": 0.20, "amount": 100}, False),
        ("risk", {"chance": 0.26, "amount": 100}, 3, 30, {"chance": 0.20, "amount": 100}, True),
        # or when more than a quarter more is at stake
        ("risk", {"chance": 0.2, "amount": 126}, 3, 30, {"chance": 0.20, "amount": 100}, True),
        # a letter that waited 5 days 3 days ago waits 8 days now; 2 days means that they wrote again
        ("unanswered", {"days": 8}, 3, 30, {"days": 5}, False),
        ("unanswered", {"days": 2}, 3, 30, {"days": 5}, True),
        # a second open ticket is worse than one
        ("ticket", {"days": 8, "usual": 1}, 3, 30, {"days": 5, "usual": 1}, False),
        ("ticket", {"days": 8, "usual": 2}, 3, 30, {"days": 5, "usual": 1}, True),
        # a renewal 20 days ahead is 17 ahead three days later; 360 ahead is the next one
        ("renewal", {"days": 17, "amount": 10}, 3, 30, {"days": 20, "amount": 10}, False),
        ("renewal", {"days": 360, "amount": 10}, 3, 30, {"days": 20, "amount": 10}, True),
    ],
)
def test_what_was_settled_comes_back_only_when_it_should(
    reason: str, now: dict[str, float], ago: int, holds: int, then: dict[str, float], back: bool
) -> None:
    """Hand-worked: over when its time is, when it began anew, or when it got worse by more than a quarter or by one more."""
    assert _back(_told(reason, **now), _decided(reason, ago=ago, holds=holds, **then)) is back


def test_a_decision_of_one_reason_leaves_the_others() -> None:
    """Who settled the birthday has not settled the risk."""
    assert _back(_told("risk", chance=0.2), _decided("birthday", ago=1, holds=30, days=3))
