"""What are customers called, who looks after them, and which of them does a person see?"""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
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
