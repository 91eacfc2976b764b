"""Whose customers does a person see? Their own, their team's or all: by the owner in the data, or by a seat taken here."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import ibis.expr.types as ir
from django.db.models import Q

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
    added: Set[str] = frozenset()
    taken: Set[str] = frozenset()

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
    names = frozenset(name for person in people for name in person.names())
    seats = _Seats({person.pk for person in people})
    return Seen(names, _Customers(seats, 0), _Customers(seats, 1))


class _Seats:
    """
    Customers some people have a seat of, and those others own: asked once, of one customer or of all of them.

    A page of one customer asks of that one alone, however many seats there are.
    """

    def __init__(self, people: set[UUID]) -> None:
        self._people = people
        self._known: dict[str, tuple[bool, bool]] = {}

    def of(self, customer_id: str) -> tuple[bool, bool]:
        """Whether they have a seat of a customer; whether somebody else owns it."""
        if "all" in self.__dict__:  # asked already
            mine, theirs = self.all
            return customer_id in mine, customer_id in theirs
        if customer_id not in self._known:
            held = list(_standing(customer_id=customer_id))
            ours = any(who in self._people for _customer, who, _function in held)
            owned = any(function in OWNING for _customer, _who, function in held)
            self._known[customer_id] = (ours, owned and not ours)
        return self._known[customer_id]

    @cached_property
    def all(self) -> tuple[frozenset[str], frozenset[str]]:
        """Every customer they have a seat of, and every one that others own."""
        held = list(_standing(Q(person__in=self._people) | Q(function__in=OWNING)))
        ours = frozenset(customer for customer, who, _function in held if who in self._people)
        return ours, frozenset(customer for customer, _who, function in held if function in OWNING) - ours


def _standing(*among: Q, **of: str) -> Iterable[tuple[str, UUID, str]]:
    return Seat.objects.filter(*among, until__isnull=True, **of).values_list("customer_id", "person_id", "function")


class _Customers(Set[str]):
    """One side of seats as a set: whether one customer is in it is asked of that customer alone."""

    def __init__(self, seats: _Seats, side: int) -> None:
        self._seats, self._side = seats, side

    def __contains__(self, customer: object) -> bool:
        """Whether a customer is one of them."""
        return isinstance(customer, str) and self._seats.of(customer)[self._side]

    def __iter__(self) -> Iterator[str]:
        """Each of them."""
        return iter(self._seats.all[self._side])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._seats.all[self._side])

    def __hash__(self) -> int:
        """As of any set of the same customers: what is worked out for whom one sees is kept by it."""
        return hash(self._seats.all[self._side])

    @classmethod
    def _from_iterable(cls, it: Iterable[str]) -> frozenset[str]:  # type: ignore[override]
        """What is made of two sets knows its customers."""
        return frozenset(it)
