"""Does every law of every canonical table catch the row that breaks it, and leave alone the row that just keeps it?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from keepwell.schema import TABLES, violations

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
GOOD: dict[str, dict[str, Any]] = {
    "customers": {"customer_id": "ann", "kind": "person"},
    "contacts": {"contact_id": "p1", "customer_id": "ann"},
    "orders": {"order_id": "o1", "customer_id": "ann", "ordered_at": NOON, "currency": "EUR", "gross": Decimal(10), "refunded": Decimal(4), "net": Decimal(6), "status": "partly_refunded"},
    "order_lines": {"order_id": "o1", "line_no": 1, "quantity": Decimal(2), "amount": Decimal(10), "returned": False},
    "refunds": {"refund_id": "r1", "order_id": "o1", "refunded_at": NOON, "currency": "EUR", "amount": Decimal(4)},
    "subscriptions": {"subscription_id": "s1", "customer_id": "ann", "starts_on": date(2025, 1, 1), "ends_on": date(2025, 2, 1), "state": "paid", "mrr": Decimal(9), "currency": "EUR", "interval": "month"},
    "events": {"event_id": "e1", "happened_at": NOON, "kind": "visit"},
    "touches": {"touch_id": "t1", "customer_id": "ann", "touched_at": NOON, "direction": "out", "channel": "mail"},
    "answers": {"answer_id": "a1", "customer_id": "ann", "question": "nps", "score": 9.0},
    "costs": {"cost_id": "c1", "month": date(2025, 3, 1), "purpose": "acquire", "amount": Decimal(5), "currency": "EUR"},
    "deals": {"deal_id": "d1", "outcome": "won", "closed_at": NOON},
    "merges": {"from_customer_id": "anna", "into_customer_id": "ann"},
    "assignments": {"experiment": "x", "version": 1, "unit": "ann", "arm": "holdout", "assigned_at": NOON},
}  # fmt: skip
"""One row of every table that a person would call right."""

BREAKS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("customers", {"kind": "robot"}, {"kind_unknown"}),
    ("orders", {"ordered_at": datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC)}, {"too_old"}),
    ("orders", {"currency": "eur"}, {"money_currency"}),
    ("orders", {"currency": "EURO"}, {"money_currency"}),
    ("orders", {"currency": "€"}, {"money_currency"}),
    ("orders", {"currency": "XYZ"}, {"money_currency"}),
    ("orders", {"currency": "EUX"}, {"money_currency"}),
    ("orders", {"currency": "BTC"}, {"money_currency"}),
    ("orders", {"gross": Decimal(-1), "refunded": Decimal(0), "net": Decimal(-1)}, {"negative_gross", "over_refunded"}),
    ("orders", {"refunded": Decimal(-4), "net": Decimal(14)}, {"negative_refund"}),
    ("orders", {"refunded": Decimal("10.01"), "net": Decimal("-0.01")}, {"over_refunded"}),
    ("orders", {"net": Decimal("6.0001")}, {"net_sum"}),
    ("orders", {"status": "shipped"}, {"status_unknown"}),
    ("order_lines", {"quantity": Decimal(-1)}, {"negative_quantity"}),
    ("order_lines", {"quantity": Decimal(-1), "returned": None}, {"negative_quantity"}),
    ("refunds", {"amount": Decimal(0)}, {"positive"}),
    ("refunds", {"currency": "PTS"}, {"money_currency"}),
    ("refunds", {"amount": Decimal(-4)}, {"positive"}),
    ("subscriptions", {"ends_on": date(2024, 12, 31)}, {"ends_after_start"}),
    ("subscriptions", {"starts_on": date(1989, 12, 31)}, {"too_old"}),
    ("subscriptions", {"currency": "Eur"}, {"money_currency"}),
    ("subscriptions", {"mrr": Decimal("-0.0001")}, {"negative_mrr"}),
    ("subscriptions", {"state": "active"}, {"state_unknown"}),
    ("subscriptions", {"interval": "fortnight"}, {"interval_unknown"}),
    ("touches", {"direction": "both"}, {"direction_unknown"}),
    ("answers", {"score": 10.5}, {"nps_scale"}),
    ("answers", {"score": -1.0}, {"nps_scale"}),
    ("costs", {"amount": Decimal(-5)}, {"negative"}),
    ("costs", {"currency": "XYZ"}, {"money_currency"}),
    ("costs", {"month": date(2025, 3, 2)}, {"first_day"}),
    ("costs", {"purpose": "delight"}, {"purpose_unknown"}),
    ("deals", {"closed_at": None}, {"closed_when"}),
    ("deals", {"currency": "XYZ"}, {"money_currency"}),
    ("deals", {"outcome": "lost", "closed_at": None}, {"closed_when"}),
    ("deals", {"outcome": "stuck"}, {"outcome_unknown"}),
    ("merges", {"into_customer_id": "anna"}, {"itself"}),
    *(
        (name, {column: None}, {f"{column}_missing"})
        for name, table in TABLES.items()
        for column, wanted in table.columns.items()
        if wanted.required
    ),
]

KEEPS: list[tuple[str, dict[str, Any], str]] = [
    ("customers", {"kind": None}, "kind_unknown"),
    ("customers", {"kind": "account"}, "kind_unknown"),
    ("orders", {"ordered_at": datetime(1990, 1, 1, tzinfo=UTC)}, "too_old"),
    ("orders", {"currency": "SEK"}, "money_currency"),
    ("orders", {"currency": "DEM"}, "money_currency"),
    ("orders", {"currency": "HRK"}, "money_currency"),
    ("refunds", {"currency": "ZWG"}, "money_currency"),
    ("orders", {"gross": Decimal(0), "refunded": Decimal(0), "net": Decimal(0)}, "negative_gross"),
    ("orders", {"refunded": Decimal(0), "net": Decimal(10)}, "negative_refund"),
    ("orders", {"refunded": Decimal(10), "net": Decimal(0)}, "over_refunded"),
    ("orders", {"gross": Decimal("99999999999999.9999"), "refunded": Decimal("0.0001"), "net": Decimal("99999999999999.9998")}, "net_sum"),
    *(("orders", {"status": s}, "status_unknown") for s in ("paid", "partly_refunded", "refunded", "pending", "failed", "cancelled")),
    ("orders", {"customer_id": None}, "guests have no customer"),
    ("order_lines", {"quantity": Decimal(-1), "returned": True}, "negative_quantity"),
    ("order_lines", {"quantity": Decimal(0), "returned": None}, "negative_quantity"),
    ("order_lines", {"quantity": None}, "negative_quantity"),
    ("refunds", {"amount": Decimal("0.0001")}, "positive"),
    ("refunds", {"order_id": None}, "a source may not say which order"),
    ("subscriptions", {"ends_on": date(2025, 1, 1)}, "ends_after_start"),
    ("subscriptions", {"ends_on": None}, "ends_after_start"),
    ("subscriptions", {"ends_on": date(2099, 1, 1)}, "ends_after_start"),
    ("subscriptions", {"starts_on": date(1990, 1, 1)}, "too_old"),
    ("subscriptions", {"mrr": Decimal(0)}, "negative_mrr"),
    *(("subscriptions", {"state": s}, "state_unknown") for s in ("paid", "trial", "free", "paused", "past_due")),
    *(("subscriptions", {"interval": i}, "interval_unknown") for i in ("day", "week", "month", "quarter", "year", None)),
    ("events", {"customer_id": None}, "a visitor may not be known"),
    ("touches", {"direction": "in"}, "direction_unknown"),
    ("answers", {"score": 0.0}, "nps_scale"),
    ("answers", {"score": 10.0}, "nps_scale"),
    ("answers", {"score": None}, "nps_scale"),
    ("answers", {"question": "csat", "score": 100.0}, "nps_scale"),
    ("costs", {"amount": Decimal(0)}, "negative"),
    *(("costs", {"purpose": p}, "purpose_unknown") for p in ("acquire", "retain", "serve", "goods")),
    ("deals", {"outcome": "open", "closed_at": None}, "closed_when"),
    ("deals", {"outcome": "lost"}, "closed_when"),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> ibis.BaseBackend:
    """DuckDB in memory, in UTC."""
    con = ibis.duckdb.connect()
    con.raw_sql("SET TimeZone = 'UTC'")
    return con


def broken(engine: ibis.BaseBackend, name: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """The violations of these rows, numbered from 1, in order of row and law."""
    schema = TABLES[name].schema.to_pyarrow().append(pa.field("_row", pa.int64()))
    given = pa.Table.from_pylist([{**row, "_row": number} for number, row in enumerate(rows, 1)], schema=schema)
    found = violations(engine.create_table("rows_under_law", given, temp=True, overwrite=True), TABLES[name])
    return found.order_by("row", "law").to_pyarrow().to_pylist()


def ids(name: str, found: list[dict[str, Any]]) -> set[str]:
    """The laws that were broken."""
    by_words = {(law.says, law.column): law.id for law in TABLES[name].all_laws()}
    return {by_words[line["law"], line["column"]] for line in found}


CASES = [*((name, {}, set()) for name in GOOD), *BREAKS, *((name, change, set()) for name, change, _ in KEEPS)]


@pytest.fixture(scope="module")
def judged(engine: ibis.BaseBackend) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Every case judged among all the others of its table: what is found of (table, place in CASES)."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for name, good in GOOD.items():
        places = [place for place, case in enumerate(CASES) if case[0] == name]
        for line in broken(engine, name, *({**good, **CASES[place][1]} for place in places)):
            found.setdefault((name, places[line["row"] - 1]), []).append(line)
    return found


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: f"{CASES[place][0]}-{place}")
def test_each_row_breaks_its_laws_and_no_other(judged: dict[tuple[str, int], list[dict[str, Any]]], place: int) -> None:
    """A right row and a row on the edge break nothing; a wrong one exactly its laws, with the remedy of each."""
    name, _, laws = CASES[place]
    found = judged.get((name, place), [])
    assert ids(name, found) == laws
    assert len(found) == len(laws)
    remedies = {(law.says, law.column): law.remedy for law in TABLES[name].all_laws()}
    assert [line["remedy"] for line in found] == [remedies[line["law"], line["column"]] for line in found]


def test_no_law_is_without_a_row_that_breaks_it() -> None:
    """Every law of every table stands in the cases above."""
    laws = {(name, law.id) for name, table in TABLES.items() for law in table.all_laws()}
    assert laws == {(name, law) for name, _, broken_laws in BREAKS for law in broken_laws}


def test_no_law_is_without_a_row_that_keeps_it() -> None:
    """Every law but those of required columns, which every right row keeps, and plain ones has its edge above."""
    edges = {(name, law) for name, _, law in KEEPS}
    own = {
        (name, law.id) for name, table in TABLES.items() for law in table.all_laws() if not law.id.endswith("_missing")
    }
    plain = {
        ("costs", "first_day"),
        ("subscriptions", "money_currency"),
        ("costs", "money_currency"),
        ("deals", "money_currency"),
        ("deals", "outcome_unknown"),
        ("merges", "itself"),
    }
    assert own - edges == plain


def test_the_value_is_told_as_text(engine: ibis.BaseBackend) -> None:
    """A person finds the row, the column and what stood there."""
    [line] = broken(engine, "subscriptions", {**GOOD["subscriptions"], "ends_on": date(2024, 12, 31)})
    assert line == {
        "row": 1,
        "table": "subscriptions",
        "column": "ends_on",
        "value": "2024-12-31",
        "law": "ends_on is not before starts_on",
        "remedy": "Swap or correct the two days.",
    }
    [line] = broken(engine, "orders", {**GOOD["orders"], "status": "shipped"})
    assert (line["value"], line["law"]) == (
        "shipped",
        "status is one of paid, partly_refunded, refunded, pending, failed, cancelled",
    )
    [line] = broken(engine, "orders", {**GOOD["orders"], "order_id": None})
    assert (line["value"], line["law"], line["remedy"]) == (
        None,
        "order_id must be given",
        "Fill in order_id, or leave the row out.",
    )


def test_a_row_with_several_faults_is_named_for_each(engine: ibis.BaseBackend) -> None:
    """Three faults in one row are three lines; the row beside it has its own one."""
    bad = {**GOOD["orders"], "currency": "euro", "status": "odd", "ordered_at": None}
    found = broken(engine, "orders", bad, {**GOOD["orders"], "net": Decimal(0)})
    assert [(line["row"], line["column"]) for line in found] == [
        (1, "currency"),
        (1, "ordered_at"),
        (1, "status"),
        (2, "net"),
    ]


def test_no_rows_no_violations(engine: ibis.BaseBackend) -> None:
    """An empty table breaks nothing."""
    assert broken(engine, "subscriptions") == []
