"""Whose customers does a person see? Their own, their team's or all: by the owner in the data, or by a seat taken here."""

from dataclasses import dataclass

import ibis.expr.types as ir

from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.models import Function, Seat

OWNING = (Function.SALES, Function.SUCCESS)
"""Seats that own a customer; any seat lets its person see them."""


@dataclass(frozen=True)
class Seen:
    """
    Customers a person sees.

    Args:
        names: Owners in the data; None is everybody's.
        added: Customers of a seat here.
        taken: Customers whose owner here is somebody else, whatever the data say.
    """

    names: frozenset[str] | None
    added: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    def of(self, table: ir.Table) -> ir.Table:
        """The rows of a table with customer_id and owner that are seen."""
        if self.names is None:
            return table
        named = table.owner.isin(sorted(self.names)) & ~table.customer_id.isin(sorted(self.taken) or [""])
        return table.filter(named | table.customer_id.isin(sorted(self.added) or [""]))

    def covers(self, customer_id: str, owner: str | None) -> bool:
        """Whether one customer is seen."""
        if self.names is None or customer_id in self.added:
            return True
        return owner in self.names and customer_id not in self.taken


def own(person: Person) -> Seen:
    """A person's own customers, however far they see."""
    return _of([person])


def seen(person: Person) -> Seen:
    """All the customers a person sees."""
    if person.reach == Reach.ALL:
        return Seen(None)
    if person.reach == Reach.TEAM and person.team_id:
        return _of(list(Person.objects.filter(team_id=person.team_id)))
    return _of([person])


def _of(people: list[Person]) -> Seen:
    held = list(Seat.objects.filter(until__isnull=True).values_list("customer_id", "person_id", "function"))
    ours = {person.pk for person in people}
    added = frozenset(customer for customer, who, _function in held if who in ours)
    owned = frozenset(customer for customer, _who, function in held if function in OWNING)
    names = frozenset(name for person in people for name in person.names())
    return Seen(names, added, owned - added)
