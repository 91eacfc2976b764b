"""Which customers are meant? The index where it is there, the lake itself until it is made."""

from keepwell.rounds import people
from keepwell.rounds.people import Found
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.reach import Seen, seen
from keepwell.web.customers.tasks import ask_index
from keepwell.workspace import Workspace

_AT_ONCE = 20_000
"""So many customers are put into the index while somebody waits; of more it is made in the background."""


def found(who: Person, words: str, limit: int) -> tuple[list[Found], bool]:
    """
    Customers a person sees who are meant by some words.

    Args:
        who: Who asks.
        words: What was typed; nothing finds those who bring the most.
        limit: How many at most.

    Returns:
        Those found, and whether the index is still being made.
    """
    whose = seen(who)
    with company() as opened:
        wanted, there = people.digest(opened), people.standing(opened)
        if there != wanted and opened.lake.rows()["customers"] <= _AT_ONCE:
            people.build(opened)
            there = wanted
        if there is None:
            rows = _scanned(opened, whose, words, limit)
        else:
            rows = people.search(
                opened, words, names=whose.names, added=whose.added, taken=whose.taken, limit=limit
            )  # fmt: skip
    if there != wanted:
        ask_index(wanted)
    return rows, there is None


def _scanned(opened: Workspace, whose: Seen, words: str, limit: int) -> list[Found]:
    """The lake asked without an index: names and ids that hold the words as they are written."""
    table = whose.of(opened.facts().read("customers"))
    for word in words.lower().split()[:5]:
        table = table.filter(table.name.fill_null("").lower().contains(word) | table.customer_id.lower().contains(word))
    order = (
        table.select("customer_id", "name", "owner", "country", "email").order_by("name", "customer_id").limit(limit)
    )
    return [Found(**row) for row in opened.lake.arrow(order).to_pylist()]
