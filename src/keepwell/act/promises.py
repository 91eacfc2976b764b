"""What was promised, and was it kept? When a promise falls due on the customer's own clock, which words warn, and the rate."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

PERIOD = 90
"""Days a rate of kept promises looks back."""


@dataclass(frozen=True)
class Sort:
    """
    One type of promise.

    Args:
        id: Its name everywhere.
        name: What people call it.
        never: Whether it is one never to give: then it takes a reason or an approver.
        signs: Words that tell a promise of this type, whatever it is called.
    """

    id: str
    name: str
    never: bool = False
    signs: tuple[str, ...] = ()


SORTS = (
    Sort("follow_up", "Follow-up"),
    Sort("answer", "Answer"),
    Sort("material", "Something to send"),
    Sort("meeting", "Meeting"),
    Sort("work", "Something to be done"),
    Sort(
        "delivery_date", "Delivery date", True, ("delivery date", "deliver by", "delivered by", "ready by", "live by")
    ),
    Sort("unreleased", "Unreleased feature", True, ("next release", "roadmap", "will be released", "coming soon")),
    Sort("guarantee", "Guarantee", True, ("guarantee", "guaranteed", "no risk", "100 %", "100%", "never fail")),
    Sort("price", "Price or term nobody approved", True, ("lowest price", "price will never", "discount for ever")),
)
"""The types a company begins with."""


def moment(day: date, at: time, zone: str) -> datetime:
    """
    When a wall clock shows a day and a time.

    Args:
        day: The day there.
        at: The time there.
        zone: IANA zone.

    Returns:
        The moment in UTC. Of an hour that comes twice it is the first; of one that does not come, the first moment after the gap.
    """
    there = ZoneInfo(zone)
    said = datetime.combine(day, at.replace(tzinfo=None, fold=0), there)
    found = said.astimezone(UTC)
    if found.astimezone(there).replace(tzinfo=None) == said.replace(tzinfo=None):
        return found
    before = said.replace(fold=1).astimezone(UTC)  # the gap lies between the two readings of a time it swallowed
    offset = before.astimezone(there).utcoffset()
    step = timedelta(minutes=1)
    before = before.replace(second=0, microsecond=0)
    while before < found and before.astimezone(there).utcoffset() == offset:
        before += step
    return before


def warned(text: str, sorts: Sequence[Sort]) -> list[Sort]:
    """The types never to promise whose words a text uses."""
    return [sort for sort in sorts if sort.never and any(_says(text, sign) for sign in sort.signs)]


def _says(text: str, sign: str) -> bool:
    """Whether a text uses a word; not as a part of a longer one."""
    before, after = (r"(?<!\w)" if sign[:1].isalnum() else ""), (r"(?!\w)" if sign[-1:].isalnum() else "")
    return bool(sign) and re.search(before + re.escape(sign.casefold()) + after, text.casefold()) is not None


@dataclass(frozen=True)
class Rate:
    """
    How many promises were kept on time.

    Args:
        kept: On time.
        n: That fell due; released ones are not among them.
    """

    kept: int
    n: int

    @property
    def share(self) -> float | None:
        """Kept of due; None where none fell due: that is neither good nor bad."""
        return self.kept / self.n if self.n else None


def standing(state: str, due_at: datetime, now: datetime, ends: datetime) -> Literal["late", "due", "next", "closed"]:
    """
    Where a promise stands on the page.

    Args:
        state: open, or how it was closed.
        due_at: When it falls due.
        now: The moment.
        ends: When the reader's day ends.
    """
    if state != "open":
        return "closed"
    if due_at < now:
        return "late"
    return "due" if due_at < ends else "next"


def due_day(due_at: datetime, zone: str) -> date:
    """The day a promise falls due where the customer is."""
    return due_at.astimezone(ZoneInfo(zone)).date()


def near_by(due_at: datetime, zone: str, now: datetime, morning: date) -> bool:
    """
    Whether a promise is late, or falls due today or tomorrow where the customer is.

    Args:
        due_at: When it falls due.
        zone: IANA zone of the customer.
        now: The moment.
        morning: The day the reader's page speaks of; a later one than the customer's today counts.
    """
    return due_at < now or due_day(due_at, zone) <= max(due_day(now, zone), morning) + timedelta(days=1)


Way = Literal["days late", "late", "minutes", "hours", "tomorrow", "ahead"]


def distance(due_at: datetime, zone: str, now: datetime) -> tuple[Way, int]:
    """
    How far a promise's moment is: whole days it is late, or whole hours or minutes until it comes.

    Args:
        due_at: When it falls due.
        zone: IANA zone of the customer: what tomorrow is they say.
        now: The moment.

    Returns:
        In what it is told, and how many; 0 where the moment itself tells it.
    """
    left = due_at - now
    if left < timedelta():
        days = -left // timedelta(days=1)
        return ("days late", days) if days else ("late", 0)
    if left < timedelta(hours=1):
        return "minutes", left // timedelta(minutes=1)
    days = (due_day(due_at, zone) - due_day(now, zone)).days
    if days == 0:
        return "hours", left // timedelta(hours=1)
    return ("tomorrow", 0) if days == 1 else ("ahead", 0)


LEAD, SHORT = timedelta(hours=24), timedelta(hours=1)
"""How long before its moment whoever promised is told; and where it was agreed later than that."""


def alert_at(due_at: datetime, agreed_at: datetime) -> datetime:
    """
    When whoever promised is told before the moment: a day ahead, or an hour where it was agreed within that day.

    Args:
        due_at: When it falls due.
        agreed_at: When that was agreed.

    Returns:
        Never before it was agreed, and never after it is due.
    """
    early = due_at - LEAD
    return early if early >= agreed_at else max(agreed_at, due_at - SHORT)
