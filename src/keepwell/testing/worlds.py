"""Which worlds are small enough to work by hand? Canonical tables from short rows, and a corner shop of twelve."""

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.lake.engines.duckdb import DuckEngine
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import Periods, Unit, calendar
from keepwell.measure.question import Answer, Question
from keepwell.schema import TABLES

Row = str | Sequence[Any] | Mapping[str, Any]
"""One row: a mapping by column, a sequence in the order of SHORT, or one text where one column says it all."""

SHORT: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id", "country", "source"),
    "orders": ("customer_id", "ordered_at", "gross", "refunded"),
    "order_lines": ("order_id", "product_id", "quantity", "amount"),
    "refunds": ("order_id", "refunded_at", "amount"),
    "subscriptions": ("customer_id", "starts_on", "ends_on", "mrr", "state"),
    "events": ("customer_id", "happened_at", "name"),
    "costs": ("month", "purpose", "amount"),
    "deals": ("customer_id", "opened_at", "closed_at", "outcome", "amount"),
    "merges": ("from_customer_id", "into_customer_id"),
    "touches": ("customer_id", "touched_at", "channel"),
    "answers": ("customer_id", "answered_at", "score"),
}
"""What the places of a short row mean, per table."""

_ALWAYS: dict[str, dict[str, Any]] = {
    "customers": {"kind": "person"},
    "orders": {"currency": "EUR", "gross": 10, "refunded": 0},
    "order_lines": {"line_no": 1, "quantity": 1, "returned": False},
    "refunds": {"currency": "EUR"},
    "subscriptions": {"plan": "basic", "state": "paid", "mrr": 10, "currency": "EUR", "interval": "month"},
    "events": {"kind": "usage", "name": "visit"},
    "costs": {"purpose": "acquire", "category": "ads", "currency": "EUR"},
    "deals": {"outcome": "won", "currency": "EUR"},
    "touches": {"direction": "out", "channel": "mail", "human": True},
    "answers": {"question": "nps"},
}


def world(*, as_of: str | date, company: Company | None = None, **tables: Iterable[Row]) -> Facts:
    """
    Facts from short rows.

    What a row leaves out is filled in: euros, paid, net = gross - refunded, ids numbered per table ("orders-1").
    Moments are text in the company's zone ("2025-03-01 23:50", or "2025-03-01" for its first moment) or carry their own.
    Every customer named anywhere stands among the customers.

    Args:
        as_of: Everything before this day is known.
        company: Settings; None is a company in UTC that counts in euros.
        tables: Canonical table name -> rows, see SHORT for what the places of a short row mean.

    Raises:
        MetricError: A table or column that is not in the language.
    """
    company = company or Company(name="A small world")
    rows = {name: _filled(name, given) for name, given in tables.items()}
    known = {row["customer_id"] for row in rows.get("customers", [])}
    named = {str(row["customer_id"]) for table in rows.values() for row in table if row.get("customer_id")} - known
    rows["customers"] = [*rows.get("customers", []), *_filled("customers", sorted(named))]
    typed = {name: [_typed_row(name, row, company.time_zone) for row in table] for name, table in rows.items()}
    built = {name: _table(name, table) for name, table in typed.items()}
    moments = [
        value for table in typed.values() for row in table for value in row.values() if isinstance(value, datetime)
    ]
    since = min(moments).date() if moments else None
    return Facts(built, company, date.fromisoformat(as_of) if isinstance(as_of, str) else as_of, since=since)


def _filled(name: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
    if name not in TABLES:
        raise MetricError(f"There is no table {name!r}.", f"Tables: {', '.join(TABLES)}.", "Use one of them.")
    numbers = count(1)
    return [_whole(name, _by_column(name, row), next(numbers)) for row in rows]


def _by_column(name: str, row: Row) -> dict[str, Any]:
    if isinstance(row, str):
        row = (row,)
    given = dict(row) if isinstance(row, Mapping) else dict(zip(SHORT[name], row, strict=False))
    for column in given:
        if column not in TABLES[name].columns:
            raise MetricError(f"{name} has no column {column!r}.", "", f"Columns: {', '.join(TABLES[name].columns)}.")
    return given


def _whole(name: str, given: dict[str, Any], number: int) -> dict[str, Any]:
    row = {**_ALWAYS.get(name, {}), **given}
    key = TABLES[name].key[0]
    if name == "subscriptions":
        row.setdefault(key, f"{row['customer_id']}'s")
        row.setdefault("list_mrr", row["mrr"])
    row.setdefault(key, f"{name}-{number}")
    if name == "orders":
        row.setdefault("net", Decimal(str(row["gross"])) - Decimal(str(row["refunded"])))
        given_back = Decimal(str(row["refunded"]))
        row.setdefault("status", "paid" if not given_back else "partly_refunded" if row["net"] else "refunded")
    if name == "answers":
        row.setdefault("asked_at", row.get("answered_at"))
    return row


def _table(name: str, rows: list[dict[str, Any]]) -> ir.Table:
    schema = TABLES[name].schema
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema.to_pyarrow()), schema=schema)


def _typed_row(name: str, row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {column: _typed(row.get(column), type_, zone) for column, type_ in TABLES[name].schema.items()}


def _typed(value: Any, type_: dt.DataType, zone: str) -> Any:
    if value is None:
        return None
    if type_.is_decimal():
        return Decimal(str(value))
    if type_.is_date() and isinstance(value, str):
        return date.fromisoformat(value)
    if type_.is_timestamp():
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (moment if moment.tzinfo else moment.replace(tzinfo=zoneinfo.ZoneInfo(zone))).astimezone(UTC)
    return list(value.items()) if type_.is_map() else value


@cache
def _engine() -> DuckEngine:
    return DuckEngine()


def run(expression: ir.Table) -> pd.DataFrame:
    """Have the embedded engine compute an expression."""
    return _engine().run(expression)


def ask(
    facts: Facts,
    metric: str,
    unit: Unit | Periods = "month",
    *,
    start: str | date,
    end: str | date | None = None,
    by: str | None = None,
    **options: Any,
) -> Answer:
    """
    A metric's answer on a small world, computed by DuckDB.

    Args:
        facts: The world.
        metric: Id of a registered metric.
        unit: Calendar unit, or Periods of one's own (start and end are then not looked at).
        start: A day in the first period.
        end: The day after the last; None is as_of.
        by: Trait to break down by.
        options: The metric's own options.
    """
    first = date.fromisoformat(start) if isinstance(start, str) else start
    last = date.fromisoformat(end) if isinstance(end, str) else end or facts.as_of
    periods = unit if isinstance(unit, Periods) else calendar(unit, first, last, facts.company)
    question = Question(find(metric), facts, periods, by, None, options)
    return question.answer(run(question.totals))


def people(answer: Answer, group: str | None = None, **cell: Any) -> list[str]:
    """
    The customers behind a cell of an answer, in order of their ids.

    Args:
        answer: The answer.
        group: One of the metric's groups; None is every customer of the cell.
        cell: Cell column -> value, labels for periods: period="2025-03".
    """
    return list(run(answer.question.members(cell, group))["customer_id"])


def corner_shop() -> Facts:
    """
    Twelve customers of a bakery in Helsinki, known before 1 July 2025: a bread club by subscription, and a shop.

    A purchase keeps a customer for 60 days. In the club, basic costs 10 a month and plus 20.
    Aino stays from 1 January. Bela leaves on 1 March and returns on 1 May. Chloe moves to plus in April.
    Dai only tries. Eino pauses in March and April. Fanni's payments fail from 1 April: 30 days of grace, lost on 1 May.
    Goro comes in March and has already said that he leaves on 1 August.
    In the shop, Hanna buys in January, February, March, May and June. Ilona buys once, on 20 January: lost on 21 March.
    Jun buys on 31 January at 23:30 and again on 15 April, 74 days later. Kaisa gives back all she bought: never a customer.
    Liu buys for 50 on 1 March, gets 20 back on 2 April, and buys again on 20 May, 80 days after.
    One order, in February, is a guest's.
    """
    company = Company(name="Corner shop", time_zone="Europe/Helsinki", active_by="any", activity_window_days=60)
    return world(
        as_of="2025-07-01", company=company, customers=_NEIGHBOURS, orders=_BOUGHT, refunds=_GIVEN_BACK, subscriptions=_CLUB,
    )  # fmt: skip


_NEIGHBOURS: list[Row] = [
    ("Aino", "FI", "walk-in"), ("Bela", "HU", "web"), ("Chloe", "FR", "web"), ("Dai", "GB", "web"),
    ("Eino", "FI", "walk-in"), ("Fanni", "HU", "friend"), ("Goro", "JP", "friend"), ("Hanna", "FI", "walk-in"),
    ("Ilona", "HU", "web"), ("Jun", "JP", "web"), ("Kaisa", "FI", "walk-in"), ("Liu", None, "friend"),
]  # fmt: skip

_CLUB: list[Row] = [
    ("Aino", "2025-01-01", None),
    {"customer_id": "Bela", "starts_on": "2025-01-10", "ends_on": "2025-03-01",
     "cancel_requested_at": "2025-02-20 09:00", "cancel_reason": "moved", "involuntary": False},
    ("Bela", "2025-05-01", None),
    ("Chloe", "2025-01-01", "2025-04-01"),
    {"customer_id": "Chloe", "starts_on": "2025-04-01", "plan": "plus", "mrr": 20},
    ("Dai", "2025-02-01", "2025-02-15", 0, "trial"),
    ("Eino", "2025-01-01", "2025-03-01"),
    ("Eino", "2025-03-01", "2025-05-01", 0, "paused"),
    ("Eino", "2025-05-01", None),
    ("Fanni", "2025-02-01", "2025-04-01"),
    ("Fanni", "2025-04-01", None, 10, "past_due"),
    {"customer_id": "Goro", "starts_on": "2025-03-01", "ends_on": "2025-08-01", "cancel_requested_at": "2025-06-10 14:00"},
]  # fmt: skip

_BOUGHT: list[Row] = [
    ("Hanna", "2025-01-05 10:00", 20), ("Hanna", "2025-02-03 10:00", 20), ("Hanna", "2025-03-20 10:00", 20),
    ("Hanna", "2025-05-10 10:00", 20), ("Hanna", "2025-06-20 10:00", 20),
    ("Ilona", "2025-01-20 16:00", 15),
    ("Jun", "2025-01-31 23:30", 30), ("Jun", "2025-04-15 12:00", 30),
    ("Kaisa", "2025-02-10 12:00", 25, 25),
    {"order_id": "liu-1", "customer_id": "Liu", "ordered_at": "2025-03-01 12:00", "gross": 50, "refunded": 20},
    ("Liu", "2025-05-20 12:00", 40),
    (None, "2025-02-14 18:00", 12),
]  # fmt: skip

_GIVEN_BACK: list[Row] = [{"order_id": "liu-1", "customer_id": "Liu", "refunded_at": "2025-04-02 12:00", "amount": 20}]


def full_shop() -> Facts:
    """
    The corner shop with everything else a company knows: use, contacts, answers, costs and deals.

    So every registered metric finds something in it.
    """
    shop = corner_shop()
    more = world(
        as_of=shop.as_of, company=shop.company, customers=_NEIGHBOURS, events=_USED, touches=_SPOKEN, answers=_SAID,
        costs=_SPENT, deals=_TRIED, order_lines=_LINES,
    )  # fmt: skip
    return Facts({**more.tables, **shop.tables}, shop.company, shop.as_of, since=shop.since)


_USED: list[Row] = [
    ("Aino", "2025-01-03 08:00", "bread taken"), ("Aino", "2025-01-10 08:00", "bread taken"), ("Bela", "2025-01-12 08:00", "bread taken"),
    ("Aino", "2025-02-07 08:00", "bread taken"), ("Chloe", "2025-02-08 09:00", "bread taken"), ("Eino", "2025-05-09 08:00", "bread taken"),
    {"customer_id": "Goro", "happened_at": "2025-03-02 11:00", "kind": "visit", "name": "rye"},
]  # fmt: skip

_SPOKEN: list[Row] = [
    ("Hanna", "2025-01-02 09:00", "mail"), ("Ilona", "2025-01-10 09:00", "phone"), ("Bela", "2025-03-05 09:00", "mail"),
]  # fmt: skip

_SAID: list[Row] = [
    ("Aino", "2025-02-01 12:00", 9),
    ("Ilona", "2025-02-03 12:00", 4),
    ("Hanna", "2025-05-11 12:00", 10),
]

_SPENT: list[Row] = [
    ("2025-01-01", "acquire", 120), ("2025-02-01", "acquire", 60), ("2025-03-01", "acquire", 60),
    ("2025-01-01", "retain", 30), ("2025-02-01", "retain", 30), ("2025-03-01", "serve", 12), ("2025-01-01", "goods", 40),
]  # fmt: skip

_TRIED: list[Row] = [
    ("Hanna", "2025-01-03 09:00", "2025-02-10 09:00", "won", 100), ("Ilona", "2025-02-01 09:00", "2025-02-20 09:00", "lost", 80),
    ("Goro", "2025-01-15 09:00", "2025-02-25 09:00", "won", 90), ("Aino", "2025-05-01 09:00", None, "open", 50),
]  # fmt: skip

_LINES: list[Row] = [
    ("liu-1", "rye loaf", 2, 30),
    {"order_id": "liu-1", "line_no": 2, "product_id": "bun", "amount": 20},
]
