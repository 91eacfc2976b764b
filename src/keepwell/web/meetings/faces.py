"""What are customers called, who looks after them, and which of them does a person see?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from keepwell.web.base.access import person
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.paging import number
from keepwell.web.customers.reach import seen
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Face:
    """
    One customer as lists show them.

    Args:
        customer_id: Who.
        name: What to call them; the id where no name is known.
        owner: Who looks after them in the data; "" where nobody does.
    """

    customer_id: str
    name: str
    owner: str = ""


def faces(me: Person, ids: Iterable[str]) -> dict[str, Face]:
    """Those of some customers whom a person sees."""
    wanted = sorted({str(id) for id in ids})
    if not wanted:
        return {}
    with company() as opened:
        return among(opened, me, wanted)


def among(opened: Workspace, me: Person, wanted: list[str]) -> dict[str, Face]:
    """As faces(), of a company that is open already."""
    people = seen(me).of(opened.facts().read("customers"))
    asked = ibis.memtable({"customer_id": wanted}, schema=ibis.schema({"customer_id": "string"}))
    found = opened.run(_short(people).semi_join(asked, "customer_id"))
    shown = (
        Face(str(row["customer_id"]), _said(row["name"]) or str(row["customer_id"]), _said(row["owner"]))
        for row in found.to_dict("records")
    )
    return {each.customer_id: each for each in shown}


def pages(
    request: HttpRequest, records: QuerySet[Any], lists: Mapping[str, QuerySet[Any]], size: int = 50
) -> dict[str, Page[Any]]:
    """
    Of some lists the page the address asks for, each record with its customer's face.

    Those of customers one does not see are left out before pages are counted: no page has holes, and all are told.
    Whoever looks after a customer stands in the lake, so that only ids are read of what is not shown.

    Args:
        request: What was asked; each list's page stands in the address under the list's name.
        records: What the records are read from, with what is shown beside them.
        lists: Name -> records of the same kind with a customer_id, in order.
        size: Records of a page.
    """
    ids = {name: list(each.values_list("pk", "customer_id")) for name, each in lists.items()}
    known = faces(person(request), {customer for pairs in ids.values() for _pk, customer in pairs})
    told = {
        name: Paginator([pk for pk, customer in pairs if customer in known], size).get_page(number(request, name))
        for name, pairs in ids.items()
    }
    kept = records.in_bulk([pk for part in told.values() for pk in part])
    for part in told.values():
        part.object_list = [(kept[pk], known[kept[pk].customer_id]) for pk in part if pk in kept]
    return told


def face(customer_id: str) -> Face:
    """One customer, whoever asks."""
    with company() as opened:
        people = _short(opened.facts().read("customers"))
        found = opened.run(people.filter(people.customer_id == customer_id))
    if found.empty:
        return Face(customer_id, customer_id)
    return Face(customer_id, _said(found["name"].iloc[0]) or customer_id, _said(found["owner"].iloc[0]))


def _short(people: ir.Table) -> ir.Table:
    return people.select("customer_id", "name", "owner")


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""
