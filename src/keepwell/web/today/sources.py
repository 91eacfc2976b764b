"""What stands on Today out of the desk itself: promises due, questions waiting, notes not written. Rooms add theirs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.act.reasons import GROUPS
from keepwell.act.today import Row
from keepwell.web.base.models import Person

PROMISES, UPKEEP = "promises", "upkeep"
PARTS: dict[str, Any] = {
    PROMISES: _("Promises"),
    **{str(id): _(name) for id, name in GROUPS.items()},
    UPKEEP: _("Notes, interviews and contacts due"),
}
"""Parts of the page, in their order."""


@dataclass(frozen=True)
class Due:
    """
    Something the desk knows is to be done about a customer.

    Args:
        customer_id: About whom.
        part: One of PARTS.
        words: Why, in words.
        step: What may be done next.
        url: Where it is done.
        weight: Orders a part, the largest first.
        late: Whether it should have been done before.
        reason: Reason of the round that would say the same again; "" where none does.
    """

    customer_id: str
    part: str
    words: str
    step: str
    url: str
    weight: float = 0.0
    late: bool = False
    reason: str = ""


Source = Callable[[list[Person], date], Iterable[Due]]
SOURCES: list[Source] = []
"""Functions of people and the morning that tell what they have to do; rooms append theirs when they are ready."""


@dataclass(frozen=True)
class Line:
    """
    One customer on the page.

    Args:
        customer_id: Who.
        name: What to call them.
        owner: Who looks after them.
        due: What the desk knows, the most pressing first.
        row: What the round knows, or None.
        step: What may be done next, and
        url: where.
    """

    customer_id: str
    name: str
    owner: str
    due: tuple[Due, ...]
    row: Row | None
    step: str
    url: str


def told(people: list[Person], morning: date) -> list[Due]:
    """Everything the desk knows that these people have to do."""
    return [due for source in SOURCES for due in source(people, morning)]


def parts(dues: list[Due]) -> dict[str, dict[str, list[Due]]]:
    """Part -> customer -> what is due, where a customer stands in the part of their most pressing, the most pressing first."""
    places = list(PARTS)
    by_customer: dict[str, list[Due]] = {}
    for due in sorted(dues, key=lambda each: (places.index(each.part), not each.late, -each.weight)):
        by_customer.setdefault(due.customer_id, []).append(due)
    found: dict[str, dict[str, list[Due]]] = {}
    for customer, theirs in by_customer.items():
        found.setdefault(theirs[0].part, {})[customer] = theirs
    return found
