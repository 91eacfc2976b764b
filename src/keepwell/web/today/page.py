"""The page put together: what the desk knows is due, and what the round found, one line per customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis.expr.types as ir

from keepwell.act.today import Row
from keepwell.rounds.reading import kept, newest
from keepwell.rounds.today import Today, Whose, about
from keepwell.rounds.today import today as read
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.reach import own, seen
from keepwell.web.promises.whom import Known, known_of
from keepwell.web.today.actions import decided, handed_to
from keepwell.web.today.sources import PARTS, Due, Line, parts, told
from keepwell.web.today.steps import step_url
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Part:
    """
    One part of the page.

    Args:
        id: One of PARTS.
        name: What people read.
        n: How many customers it has in all.
        lines: The most pressing of them.
    """

    id: str
    name: Any
    n: int
    lines: list[Line]


@dataclass(frozen=True)
class Page:
    """
    One person's morning.

    Args:
        morning: Of the round that was read.
        parts: Those with somebody in them.
        lacking: Reasons nothing is known of: id -> why, in sentences.
    """

    morning: date
    parts: list[Part]
    lacking: dict[str, str]


def page(opened: Workspace, me: Person, *, whole: bool, only: str, limit: int, after: int = 0) -> Page:
    """
    Whom a person turns to first.

    Args:
        opened: The company.
        me: Whose morning.
        whole: Everybody they see; otherwise their own customers.
        only: A part, or "" for all.
        limit: Customers of a part.
        after: How many of the most pressing of a part to leave out.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened, None, "today")
    due = parts(told(_whose(me, whole=whole), morning))
    listed = [customer for theirs in due.values() for customer in theirs]
    found = _found(opened, me, morning, whole=whole, limit=after + limit, without=listed)
    shown = {id: list(theirs)[after : after + limit] for id, theirs in due.items()}
    beside = _beside(opened, morning, [customer for theirs in shown.values() for customer in theirs])
    counts = {str(id): n for id, n in found.customers.items()}
    made = []
    for id, name in PARTS.items():
        of_desk = [_line(customer, due[id][customer], *beside[customer]) for customer in shown.get(id, [])]
        named = len(due.get(id, {}))
        begin = max(0, after - named)
        of_round = [row for row in found.rows if row.group == id][begin : begin + limit - len(of_desk)]
        n = named + counts.get(id, 0)
        if n and only in ("", id):
            made.append(Part(id, name, n, of_desk + [_found_line(row) for row in of_round]))
    return Page(morning, made, found.lacking)


def owns(opened: Workspace, me: Person) -> bool:
    """
    Whether anybody at all is a person's own: a customer, or something the desk knows that they have to do.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened, None, "today")
    mine, portraits = own(me), kept(opened, morning)["portraits"]

    def asked() -> ir.Table:
        return mine.of(opened.lake.result(portraits).select("customer_id", "owner")).limit(1)

    if opened.asked(("owns", mine, portraits.digest), asked):
        return True
    return bool(handed_to([me], morning) or told([me], morning))


def _whose(me: Person, *, whole: bool) -> list[Person]:
    """Whose promises and notes are shown: one's own, and with the whole those of whom one sees the customers."""
    if not whole or me.reach == Reach.OWN:
        return [me]
    everybody = Person.objects.filter(is_active=True)
    return list(everybody if me.reach == Reach.ALL else everybody.filter(team=me.team) if me.team else [me])


def _found(opened: Workspace, me: Person, morning: date, *, whole: bool, limit: int, without: list[str]) -> Today:
    given, mine, settled = handed_to([me], morning), seen(me) if whole else own(me), decided(morning)
    settled = {
        of: each for of, each in settled.items() if of[0] not in given
    }  # what was handed to me is settled for others only
    whose = Whose(mine.names, frozenset(mine.added | given), frozenset(mine.taken), frozenset(without))
    return read(opened, whose=whose, settled=settled, limit=limit, as_of=morning)


def _beside(opened: Workspace, morning: date, customers: list[str]) -> dict[str, tuple[str, str, Row | None]]:
    """Name, owner and the round's row of customers the desk names; nothing decided hides there what is told beside a promise."""
    rows = {row.customer_id: row for row in about(opened, customers, morning)}
    names = known_of(opened, customers)
    return {id: (*_called(names, id), rows.get(id)) for id in customers}


def _called(names: Mapping[str, Known], id: str) -> tuple[str, str]:
    return (names[id].name, names[id].owner or "") if id in names else (id, "")


def _line(customer: str, due: Sequence[Due], name: str, owner: str, row: Row | None) -> Line:
    said = {each.reason for each in due}
    if row:
        row = replace(row, reasons=tuple(each for each in row.reasons if each[0] not in said))
    return Line(customer, name, owner, tuple(due), row, due[0].step, due[0].url)


def _found_line(row: Row) -> Line:
    url = step_url(row.reasons[0][0], row.customer_id)
    return Line(row.customer_id, row.name, row.owner, (), row, row.step, url)
