"""Whom to turn to first this morning? One row per customer, reasons merged, in an order that can be explained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.act.reasons import EVIDENCE, GROUPS, REASONS, Group, Reason, Seen
from keepwell.act.settling import FIGURES
from keepwell.act.wording import day, known, money, number
from keepwell.tongue import gettext, gettext_noop, ngettext

ORDER = gettext_noop(
    "First contracts about to renew and customers with a notable risk, by the money at stake: what they pay or are expected to bring"
    " in a year, of a risk times its chance. Whether a call changes anything is not known until an experiment says so."
    " Then people waiting for us, the longest first; a bad answer waits for ninety days. Then who should be given something, by what they bring; then thanks."
)
"""Why the rows stand as they do, in words; said in the reader's language where it is read."""

BESIDE = ("orders", "net", "last_order_on", "gap_days", "plan", "mrr")
"""Of a portrait, what stands beside a customer's reasons."""


def reasons(seen: Seen) -> tuple[ir.Table, dict[str, str]]:
    """
    Every reason of every customer.

    Args:
        seen: The morning.

    Returns:
        A table in the columns of EVIDENCE, and place (of the group); and of reasons nothing is known of: id -> why, in sentences.
    """
    lacking = {each.id: " ".join(each.missing(seen)) for each in REASONS.values() if each.missing(seen)}
    there = [each for each in REASONS.values() if each.id not in lacking]
    if not there:
        schema = ibis.schema({**EVIDENCE, "place": "int32"})
        return ibis.memtable(schema.to_pyarrow().empty_table(), schema=schema), lacking
    parts = [each.rows(seen).mutate(place=ibis.literal(_place(each), "int32")) for each in there]
    return ibis.union(*parts) if len(parts) > 1 else parts[0], lacking


def _place(reason: Reason) -> int:
    return list(GROUPS).index(reason.group)


def pressing(told: ir.Table) -> ir.Table:
    """
    What each customer is turned to for: the group of their most pressing reason, and its weight.

    Args:
        told: What reasons() told, or a part of it, and owner.

    Returns:
        customer_id, owner, place (of the group), weight.
    """
    by_group = told.group_by("customer_id", "place").agg(weight=told.weight.max(), owner=told.owner.max())
    return by_group.group_by("customer_id").agg(
        owner=_.owner.max(), weight=_.weight.argmin(_.place), place=_.place.min()
    )


def first(order: ir.Table, limit: int) -> ir.Table:
    """
    Who is turned to first in every group: the weightiest, equal ones by id.

    Args:
        order: What pressing() told, or a part of it.
        limit: How many customers of a group.

    Returns:
        customer_id, weight, rank (within the group, from 0), group_place, customers (how many the group has), ordered by them.
    """
    by_weight = [ibis.desc("weight"), "customer_id"]
    groups = [order.filter(order.place == place).order_by(by_weight).limit(limit) for place in range(len(GROUPS))]
    shown = ibis.union(*groups).mutate(rank=ibis.row_number().over(group_by="place", order_by=by_weight))
    counted = order.group_by("place").agg(customers=_.count())
    shown = shown.inner_join(counted, "place").select("customer_id", "weight", "rank", "customers", group_place="place")
    return shown.order_by("group_place", "rank")


@dataclass(frozen=True)
class Row:
    """
    One customer of Today.

    Args:
        customer_id: Who.
        name: What to call them; the id where no name is known.
        owner: Who looks after them; "" where nobody does.
        group: What their most pressing reason is about.
        reasons: Their reasons as (id, in words), the most pressing first.
        step: What may be done next.
        evidence: Reason -> its figures, as they are kept when somebody decides of it.
        beside: What they have and buy, in words; "" where nothing is known of it.
    """

    customer_id: str
    name: str
    owner: str
    group: Group
    reasons: tuple[tuple[str, str], ...]
    step: str
    evidence: dict[str, dict[str, float | None]] = field(default_factory=dict)
    beside: str = ""


def rows(told: Iterable[Mapping[str, Any]], currency: str) -> list[Row]:
    """
    Customers in words.

    Args:
        told: Reasons customer by customer, with name and owner, None or no text where nobody knows them.
        currency: Of the company's books.
    """
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in told:
        grouped.setdefault(str(row["customer_id"]), []).append(row)
    return [_row(id, why, currency) for id, why in grouped.items()]


def _row(id: str, why: Sequence[Mapping[str, Any]], currency: str) -> Row:
    pressing = sorted(why, key=lambda row: (row["place"], -row["weight"], row["reason"]))
    words = tuple((str(row["reason"]), REASONS[str(row["reason"])].words(row, currency)) for row in pressing)
    first = REASONS[words[0][0]]
    name, owner = (value if isinstance(value := pressing[0][column], str) else "" for column in ("name", "owner"))
    figures = {str(row["reason"]): {name: _figure(row[name]) for name in FIGURES} for row in pressing}
    return Row(id, name or id, owner, first.group, words, gettext(first.step), figures, beside(pressing[0], currency))


def beside(row: Mapping[str, Any], currency: str) -> str:
    """
    What a customer has and buys: plan and price, orders and their worth, the last one, and the rhythm.

    Args:
        row: Columns of BESIDE, as far as they are there.
        currency: Of the company's books.
    """
    has: dict[str, Any] = {name: row.get(name) for name in BESIDE}
    told = []
    if known(has["plan"]) and known(has["mrr"]):
        price = {"plan": has["plan"], "money": money(float(has["mrr"]), currency)}
        told.append(gettext("%(plan)s, %(money)s a month") % price)
    if known(has["orders"]) and has["orders"] and known(has["net"]):
        told += _bought(has, currency)
    return " · ".join(told)


def _bought(has: Mapping[str, Any], currency: str) -> list[str]:
    orders = {"n": number(int(has["orders"])), "money": money(float(has["net"]), currency)}
    told = [ngettext("%(n)s order, %(money)s", "%(n)s orders, %(money)s", int(has["orders"])) % orders]
    if known(has["last_order_on"]):
        told.append(gettext("the last on %(day)s") % {"day": day(has["last_order_on"])})
    if known(has["gap_days"]):
        gap = round(has["gap_days"])
        told.append(ngettext("usually every %(n)s day", "usually every %(n)s days", gap) % {"n": number(gap)})
    return told


def _figure(value: Any) -> float | None:
    return None if value is None or value != value else float(value)  # noqa: PLR0124  NaN is not equal to itself
