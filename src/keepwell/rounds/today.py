"""Whom to turn to first this morning? The step of the round that keeps every customer's reasons, and the page read from it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate, groupby, islice, pairwise
from operator import itemgetter
from typing import Any

import ibis.expr.types as ir

from keepwell.act.reasons import GROUPS, Group, Seen
from keepwell.act.settling import Decisions, unsettled
from keepwell.act.today import BESIDE, Row, first, pressing, reasons, rows
from keepwell.errors import ModelError
from keepwell.lake.asking import lot
from keepwell.lake.results import Result
from keepwell.measure.spells import spells
from keepwell.rounds.reading import kept, newest, table
from keepwell.rounds.step import Made, Morning, Step
from keepwell.schema.clock import day_number
from keepwell.tongue import gettext_noop
from keepwell.understand.brought import KINDS
from keepwell.workspace import Workspace

_FOUND = ("portraits", "risk", "satisfied_but_silent", "paying_and_ignored", "same_package")


def _today(morning: Morning) -> Made:
    """Every reason of every customer, with what could not be told."""
    morning.share(spells)
    refused = {
        name: str(morning.kept(name).about["refused"]) for name in _FOUND if "refused" in morning.kept(name).about
    }
    never = {table: why for kind, table in KINDS.items() if (why := morning.brought.lacking(kind))}
    found = {name: morning.table(name) for name in _FOUND if name not in refused}
    told, lacking = reasons(Seen(morning.facts, found, {**never, **refused}))
    people = morning.facts.read("customers").select("customer_id", "name", "owner")
    told = told.left_join(people, "customer_id").drop("customer_id_right")
    if "portraits" in found:
        told = told.left_join(found["portraits"].select("customer_id", *BESIDE), "customer_id").drop(
            "customer_id_right"
        )
    return Made(told, {"lacking": lacking})


TODAY = Step(
    "today",
    gettext_noop("whom to turn to today"),
    _today,
    ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers"),
    after=_FOUND,
    version=6,
)

PRESSING = Step(
    "pressing",
    gettext_noop("what everybody is turned to for"),
    lambda morning: Made(pressing(morning.table("today"))),
    (),
    after=("today",),
)
"""Kept beside the reasons, so that Today ranks a million customers without putting all their reasons together again."""


@dataclass(frozen=True)
class Whose:
    """
    Whose customers are meant.

    Args:
        names: Owners in the data; None is everybody's.
        added: Customers meant besides, whoever owns them.
        taken: Customers not meant, whoever owns them, unless they are added.
        without: Customers left out in any case.
    """

    names: frozenset[str] | None = None
    added: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def meant(self, customer_id: str, owner: str | None) -> bool:
        """Whether one customer is."""
        if customer_id in self.without:
            return False
        if self.names is None or customer_id in self.added:
            return True
        return owner in self.names and customer_id not in self.taken


EVERYBODY = Whose()


@dataclass(frozen=True)
class Today:
    """
    One morning's work.

    Args:
        morning: Of the round it was read from.
        rows: The most pressing customers of every group, group by group.
        customers: Group -> how many customers' most pressing reason is of it.
        lacking: Reasons nothing is known of: id -> why, in sentences.
    """

    morning: date
    rows: list[Row]
    customers: dict[Group, int]
    lacking: dict[str, str]


def today(
    workspace: Workspace,
    *,
    whose: Whose = EVERYBODY,
    settled: Decisions | None = None,
    limit: int = 10,
    as_of: date | None = None,
) -> Today:
    """
    Whom to turn to first.

    Args:
        workspace: The company, opened.
        whose: Customers among whom to choose.
        settled: What people decided of reasons; None is nothing.
        limit: How many customers of every group.
        as_of: The morning; None is the newest whose round reached it.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(workspace, as_of, "today")
    found = kept(workspace, morning)
    told = _told(workspace, found)
    back = _back(workspace, told, settled or {}, morning)
    decided = frozenset(customer for customer, _reason in settled or ())
    places, customers = _in_order(
        _first(workspace, found, replace(whose, without=whose.without | decided), limit),
        [row for row in back if whose.meant(row["customer_id"], row["owner"])],
    )
    shown = [id for place in sorted(places) for id in places[place][:limit]]
    named = {list(GROUPS)[place]: n for place, n in customers.items()}
    return Today(morning, _rows(workspace, told, shown, back), named, dict(found["today"].about["lacking"]))


def _back(workspace: Workspace, told: ir.Table, settled: Decisions, morning: date) -> list[Mapping[str, Any]]:
    """Of customers of whom something was decided, the reasons that stand all the same."""
    return unsettled(
        _reasons(workspace, told, {customer for customer, _reason in settled}), settled, day_number(morning)
    )


def _reasons(workspace: Workspace, told: ir.Table, customers: Collection[str]) -> list[dict[str, Any]]:
    """All the reasons of some customers."""
    return _of(workspace, ("reasons", told.get_name()), told, customers)


def _of(
    workspace: Workspace, question: tuple[str, str], kept: ir.Table, customers: Collection[str]
) -> list[dict[str, Any]]:
    """The rows of some customers, looked up by customer."""

    def asked(*ids: str) -> ir.Table:
        return kept.filter(kept.customer_id.isin(ids))

    whole = sorted(customers)
    parts = (whole[begin : begin + _AT_ONCE] for begin in range(0, len(whole), _AT_ONCE))
    return [row for part in parts for row in workspace.asked(question, asked, *lot(part))]


_AT_ONCE = 1_000


def _first(workspace: Workspace, found: Mapping[str, Result], whose: Whose, limit: int) -> list[dict[str, Any]]:
    """
    Rows of first(), for these customers.

    Who is left out is left out here: the question stays the one asked before, of some more of each group, and is answered out of memory
    where it was, whatever anybody decided since. Ranking a million customers again would make every decision everybody's wait.
    """
    among = replace(whose, without=frozenset())
    gone = [row for row in _pressing(workspace, found, whose.without) if among.meant(row["customer_id"], row["owner"])]
    fewer = Counter(row["place"] for row in gone)
    best = _ranked(workspace, found, among, limit + _room(max(fewer.values(), default=0)))
    left = [row for row in best if row["customer_id"] not in whose.without]
    shown: list[dict[str, Any]] = []
    for place, of_place in groupby(left, key=itemgetter("group_place")):
        for rank, row in enumerate(islice(of_place, limit)):
            shown.append({**row, "rank": rank, "customers": row["customers"] - fewer[place]})
    return shown


def _room(gone: int) -> int:
    """How many more of a group are asked for: rarely another number, so that one more decision asks nothing anew."""
    return 0 if gone == 0 else max(_LEAST_ROOM, 1 << (gone - 1).bit_length())


_LEAST_ROOM = 32


def _pressing(workspace: Workspace, found: Mapping[str, Result], customers: Collection[str]) -> list[dict[str, Any]]:
    """What some customers are turned to for: their row of PRESSING, if they have one."""
    order = table(workspace, found, "pressing")
    return _of(workspace, ("pressing", order.get_name()), order, customers)


def _ranked(workspace: Workspace, found: Mapping[str, Result], whose: Whose, limit: int) -> list[dict[str, Any]]:
    """Rows of first() for these customers, nobody left out; one question for everybody of whom about as many are named."""
    order = table(workspace, found, "pressing")
    named = [lot(sorted(each)) for each in (whose.names or (), whose.added, whose.taken)]
    places = [0, *accumulate(map(len, named))]

    def asked(*texts: str) -> ir.Table:
        names, added, taken = (texts[begin:end] for begin, end in pairwise(places))
        among = order
        if whose.names is not None:
            owned = order.owner.isin(names or [""]) & ~order.customer_id.isin(taken or [""])
            among = order.filter(owned | order.customer_id.isin(added or [""]))
        return first(among, limit)

    question = ("first", order.get_name(), whose.names is None, limit, *places)
    return workspace.asked(question, asked, *(text for texts in named for text in texts))


def _in_order(
    first: list[dict[str, Any]], back: Sequence[Mapping[str, Any]]
) -> tuple[dict[int, list[str]], dict[int, int]]:
    """Place of a group -> its customers, the most pressing first; and how many it has in all."""
    customers = {row["group_place"]: row["customers"] for row in first}
    pressing: dict[str, tuple[int, float]] = {}
    for row in back:
        mine = (row["place"], -(row["weight"] or 0))
        pressing[row["customer_id"]] = min(pressing.get(row["customer_id"], mine), mine)
    for place, _weight in pressing.values():
        customers[place] = customers.get(place, 0) + 1
    every = [((row["group_place"], -(row["weight"] or 0)), row["customer_id"]) for row in first]
    every += [(mine, id) for id, mine in pressing.items()]
    places: dict[int, list[str]] = {}
    for (place, _weight), id in sorted(every):
        places.setdefault(place, []).append(id)
    return places, customers


def _rows(
    workspace: Workspace, told: ir.Table, customers: Sequence[str], back: Sequence[Mapping[str, Any]] = ()
) -> list[Row]:
    """The rows of customers, in that order; of those of whom something was decided, what stands all the same."""
    place = {id: place for place, id in enumerate(customers)}
    standing = [row for row in back if row["customer_id"] in place]
    others = place.keys() - {row["customer_id"] for row in standing}
    found = _reasons(workspace, told, others)
    return rows(sorted([*found, *standing], key=lambda row: place[row["customer_id"]]), workspace.settings.currency)


def _told(workspace: Workspace, found: Mapping[str, Result]) -> ir.Table:
    told = table(workspace, found, "today")
    if not {"name", "owner"} <= set(told.columns) or "pressing" not in found:
        raise ModelError("The round was taken by an older version.", "", "Take it again: keepwell round")
    return told


def about(workspace: Workspace, customers: list[str], as_of: date | None = None) -> list[Row]:
    """
    The rows of some customers, whatever people decided of them; who has no reason has no row.

    Raises:
        ModelError: No round was taken.
    """
    told = _told(workspace, kept(workspace, newest(workspace, as_of, "today")))
    return _rows(workspace, told, customers)
