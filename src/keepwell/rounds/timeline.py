"""What happened with one customer, by all teams, the newest first? One question to the lake for a page of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.lake.asking import lot
from keepwell.measure.facts import Facts
from keepwell.rounds.customer import Ids, facts_of, of_ids
from keepwell.schema.table import INSTANT, MONEY
from keepwell.workspace import Workspace

KINDS = ("order", "subscription", "touch", "answer", "ticket", "event")
"""What the timeline can be narrowed to."""

DESK = "desk:"
"""How ids begin of what the desk gave and tells better itself: its promises, and what was said in its meetings and interviews."""
_TICKETS = ("ticket", "complaint")
_COLUMNS = ("at", "kind", "key", "what", "who", "how", "words", "amount", "currency", "score")
_TYPES = {"amount": MONEY, "score": "float64", "at": INSTANT}


@dataclass(frozen=True)
class Entry:
    """
    One thing that happened.

    Args:
        at: When, in UTC.
        kind: One of KINDS, or of a room of the desk.
        key: With the kind what tells it from all others; of the same moment the greater one is newer.
        what: What it is: the status of an order, the plan, the channel, the question, the event's name.
        who: Who of us, or which team; of an order the channel.
        how: More of it: in or out, the state of a subscription, the kind of event, how many that day.
        words: What was said.
        amount: Money, None where there is none.
        currency: Of the money.
        score: A number given.
        href: Where it stands in the desk; "" where it came as data.
    """

    at: datetime
    kind: str
    key: str
    what: str | None = None
    who: str | None = None
    how: str | None = None
    words: str | None = None
    amount: Decimal | float | None = None
    currency: str | None = None
    score: float | None = None
    href: str = ""

    @property
    def place(self) -> tuple[datetime, str, str]:
        """Where it stands in the order."""
        return (self.at, self.kind, self.key)


def timeline(
    workspace: Workspace,
    ids: Ids,
    *,
    kinds: tuple[str, ...] = KINDS,
    before: tuple[datetime, str, str] | None = None,
    limit: int = 30,
) -> list[Entry]:
    """
    What happened, the newest first.

    Args:
        workspace: The company, opened.
        ids: The customer.
        kinds: Which kinds are wanted.
        before: Only what stands after this place of the order.
        limit: How many at most.
    """
    wanted = tuple(kind for kind in KINDS if kind in kinds)

    def asked(said: Ids, *place: str) -> ir.Table:
        facts = facts_of(workspace, said)
        parts = [part for kind in wanted for part in _PARTS[kind](facts)] or [_nothing()]
        told = ibis.union(*parts) if len(parts) > 1 else parts[0]
        told = told.filter(told.at < _moment(facts.morning))
        if place:
            told = told.filter(_after(told, *place))
        return told.order_by(told.at.desc(), told.kind.desc(), told.key.desc()).limit(limit)

    place = (before[0].isoformat(), before[1], before[2]) if before else ()
    rows = of_ids(workspace, ("timeline", wanted, limit, len(place)), asked, ids, *place)
    return [Entry(**row) for row in rows]


def _nothing() -> ir.Table:
    kinds = ibis.schema({name: _TYPES.get(name, "string") for name in _COLUMNS})
    return ibis.memtable(kinds.to_pyarrow().empty_table(), schema=kinds)


def _after(told: ir.Table, at: str, kind: str, key: str) -> ir.BooleanValue:
    moment = ibis.literal(at).cast(_TYPES["at"])
    same = (told.kind < kind) | ((told.kind == kind) & (told.key < key))
    return (told.at < moment) | ((told.at == moment) & same)


def _moment(at: datetime) -> ir.TimestampScalar:
    return ibis.timestamp(f"{at:%Y-%m-%d %H:%M:%S.%f}", timezone="UTC")


def _shown(table: ir.Table, **told: Any) -> ir.Table:
    """The columns of the timeline, those not told unknown."""
    cells = {}
    for name in _COLUMNS:
        value = told.get(name)
        kind = _TYPES.get(name, "string")
        if value is None:
            cells[name] = ibis.null(kind)
        else:
            cells[name] = (ibis.literal(value) if isinstance(value, str) else value).cast(kind)
    return table.select(**cells)


def _orders(facts: Facts) -> list[ir.Table]:
    parts = []
    if "orders" in facts.tables:
        t = facts.tables["orders"]
        parts.append(
            _shown(t, at=t.ordered_at, kind="order", key=t.order_id, what=t.status, who=t.channel, amount=t.gross, currency=t.currency)
        )  # fmt: skip
    if "refunds" in facts.tables:
        t = facts.tables["refunds"]
        parts.append(
            _shown(t, at=t.refunded_at, kind="refund", key=t.refund_id, words=t.reason, amount=t.amount, currency=t.currency)
        )  # fmt: skip
    return parts


def _subscriptions(facts: Facts) -> list[ir.Table]:
    if "subscriptions" not in facts.tables:
        return []
    t = facts.tables["subscriptions"]
    began = _shown(
        t, at=t.starts_on.cast("timestamp"), kind="subscription", key=t.subscription_id + ":begins", what=t.plan, how=t.state,
        amount=t.mrr, currency=t.currency,
    )  # fmt: skip
    gone = t.filter(t.cancel_requested_at.notnull())
    gone = gone.group_by("subscription_id", "cancel_requested_at").agg(
        plan=gone.plan.max(), reason=gone.cancel_reason.max(), last=gone.ends_on.max()
    )
    asked = _shown(
        gone, at=gone.cancel_requested_at, kind="subscription", key=gone.subscription_id + ":cancelled", what=gone.plan, how="cancel_requested",
        words=gone.reason,
    )  # fmt: skip
    ended = t.group_by("subscription_id").agg(
        plan=t.plan.max(), open=t.ends_on.isnull().cast("int64").max(), last=t.ends_on.max()
    )
    ended = ended.filter((ended.open == 0) & ended["last"].notnull())
    over = _shown(
        ended, at=ended["last"].cast("timestamp"), kind="subscription", key=ended.subscription_id + ":ends", what=ended.plan, how="ended",
    )  # fmt: skip
    return [began, asked, over]


def _touches(facts: Facts) -> list[ir.Table]:
    if "touches" not in facts.tables:
        return []
    t = facts.tables["touches"]
    by = ibis.coalesce(t.by, t.team, ibis.ifelse(t.human.fill_null(True), ibis.null("string"), ibis.literal("machine")))
    return [
        _shown(t, at=t.touched_at, kind="touch", key=t.touch_id, what=t.channel, who=by, how=t.direction, words=t.subject)
    ]  # fmt: skip


def _answers(facts: Facts) -> list[ir.Table]:
    if "answers" not in facts.tables:
        return []
    t = facts.tables["answers"]
    t = t.filter((t.answered_at.notnull() | t.asked_at.notnull()) & ~t.answer_id.startswith(DESK))
    how = ibis.ifelse(t.answered_at.isnull(), "silent", t.touchpoint)
    words = ibis.coalesce(t.text, t.code)
    at = ibis.coalesce(t.answered_at, t.asked_at)
    return [_shown(t, at=at, kind="answer", key=t.answer_id, what=t.question, how=how, words=words, score=t.score)]


def _tickets(facts: Facts) -> list[ir.Table]:
    if "events" not in facts.tables:
        return []
    t = facts.tables["events"]
    t = t.filter(t.kind.isin(_TICKETS))
    status = t.properties.get("status")
    return [_shown(t, at=t.happened_at, kind="ticket", key=t.event_id, what=t.name, how=status, score=t.value)]


def _events(facts: Facts) -> list[ir.Table]:
    """Everything else they did, of one kind and name once a day: who uses it daily would fill the page."""
    if "events" not in facts.tables:
        return []
    t = facts.tables["events"]
    t = t.filter(~t.kind.isin(_TICKETS) & ~t.event_id.startswith(DESK)).mutate(
        day=t.happened_at.epoch_seconds() // 86_400
    )
    days = t.group_by("day", t.kind.name("family"), "name").agg(
        at=t.happened_at.max(), key=t.event_id.max(), times=t.count().cast("float64")
    )
    return [_shown(days, at=days.at, kind="event", key=days.key, what=days.name, how=days.family, score=days.times)]


_PARTS = {
    "order": _orders, "subscription": _subscriptions, "touch": _touches, "answer": _answers, "ticket": _tickets, "event": _events,
}  # fmt: skip


def contents(workspace: Workspace, orders: list[str]) -> dict[str, list[str]]:
    """What some orders held: order_id -> names of the products."""
    table = workspace.lake.arrangement().get("order_lines", workspace.facts().tables.get("order_lines"))
    if table is None or not orders:
        return {}
    lines = table

    def asked(*said: str) -> ir.Table:
        return lines.filter(lines.order_id.isin(said)).select("order_id", "line_no", "name", "product_id")

    told: dict[str, list[str]] = {}
    for row in sorted(
        workspace.asked(("contents", lines.get_name()), asked, *lot(orders)),
        key=lambda row: (row["order_id"], row["line_no"]),
    ):
        if name := row["name"] or row["product_id"]:
            told.setdefault(row["order_id"], []).append(name)
    return told


def contacts(workspace: Workspace, ids: Ids) -> list[dict[str, Any]]:
    """The people in the account, by name."""
    table = workspace.lake.arrangement().get("contacts", workspace.facts().tables.get("contacts"))
    if table is None:
        return []
    people = table
    rows = of_ids(
        workspace, "contacts", lambda said: people.filter(people.customer_id.isin(said.all)).limit(_MOST), ids
    )
    return sorted(rows, key=lambda row: (row["name"] or "", row["contact_id"]))


_MOST = 200
"""People of an account shown at most."""


def people_of(workspace: Workspace, ids: Ids) -> list[dict[str, Any]]:
    """Customers of their own who belong to the account, by name."""
    table = workspace.facts().tables.get("customers")
    if table is None:
        return []
    people = table

    def asked(said: Ids) -> ir.Table:
        mine = people.filter(people.account_id.isin(said.all) & ~people.customer_id.isin(said.all))
        return mine.select("customer_id", "name", "email").limit(_MOST)

    rows = of_ids(workspace, "people", asked, ids)
    return sorted(rows, key=lambda row: (row["name"] or "", row["customer_id"]))


_MONTHS = {"day": 12 / 365, "week": 12 * 7 / 365, "month": 1, "quarter": 3, "year": 12}


def contracts(workspace: Workspace, ids: Ids) -> list[dict[str, Any]]:
    """Subscriptions that run on the morning, the next renewal first; price is what a renewal brings, None where the interval is not known."""
    if "subscriptions" not in workspace.facts().tables:
        return []

    def asked(said: Ids) -> ir.Table:
        runs = facts_of(workspace, said).stretches
        return runs.filter(runs.end_day.isnull()).select(*_CONTRACT)

    rows = of_ids(workspace, "contracts", asked, ids)
    for row in rows:
        row["price"] = float(row["mrr"]) * _MONTHS[row["interval"]] if row["interval"] in _MONTHS else None
    return sorted(
        rows, key=lambda row: (row["renews_on"] is None, row["renews_on"] or row["starts_on"], row["subscription_id"])
    )


_CONTRACT = ("subscription_id", "plan", "state", "renews_on", "mrr", "list_mrr", "currency", "interval", "ends_on", "starts_on", "quantity")  # fmt: skip
