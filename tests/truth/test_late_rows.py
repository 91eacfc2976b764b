"""Do figures depend on the order in which rows came? Whatever came late, twice, wrong or was taken back: they are those of the rows."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.lake.shop import Counter, bring, customer, order

from keepwell.config import Company
from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.measure.metric import find
from keepwell.measure.periods import calendar
from keepwell.measure.question import Question

COMPANY = Company(name="Late rows", active_by="purchase", activity_window_days=30)


def _bought(order_id: str, who: str, day: str, gross: int, refunded: int = 0, **more: Any) -> dict[str, Any]:
    """A sale at noon."""
    status = "paid" if not refunded else "refunded" if refunded == gross else "partly_refunded"
    told = {"refunded": Decimal(refunded), "net": Decimal(gross - refunded), "status": status, **more}
    return order(order_id, who, str(gross), ordered_at=_noon(day), **told)


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)


PEOPLE = [customer(name) for name in ("ann", "bob", "cid", "dee")]
ORDERS = [
    _bought("1", "ann", "2025-01-10", 10),
    _bought("2", "ann", "2025-01-25", 20),
    _bought("3", "bob", "2025-01-20", 30, 10),
    _bought("4", "bob", "2025-02-10", 40),
    _bought("5", "cid", "2025-02-15", 50, 50),
    _bought("6", "dee", "2025-02-20", 60),
]
BACK = [
    {"refund_id": "r", "order_id": "3", "refunded_at": _noon("2025-02-05"), "amount": Decimal(10), "currency": "EUR"}
]
SAME = [{"from_customer_id": "dee", "into_customer_id": "ann"}]
ALL: dict[str, Any] = {"customers": PEOPLE, "orders": ORDERS, "refunds": BACK, "merges": SAME}
REST: dict[str, Any] = {"refunds": BACK, "merges": SAME}

# Worked out from ORDERS, BACK and SAME. Ann (who is Dee) and Bob are kept from January on, Cid gave all back.
# Net: January 10 + 20 + 30; February 40 + 60 - 10. Second orders after 15 and 21 days.
# Gaps: 15 in January; 21 and 26 in February, the median of which is 23.5.
WORKED: dict[tuple[str, str], list[float]] = {
    ("sales_summary", "net"): [60, 90],
    ("customer_bridge", "new"): [2, 0],
    ("customer_bridge", "kept"): [0, 2],
    ("repeat_within", "repeated"): [2],
    ("repeat_within", "eligible"): [2],
    ("order_gaps", "median"): [15, 23.5],
    ("cohort_revenue", "net"): [60, 90],
}
OPTIONS: dict[str, dict[str, Any]] = {"sales_summary": {"refunds_by": "refund"}, "repeat_within": {"days": 30}}


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Makes deliveries."""
    (tmp_path / "deliveries").mkdir()
    return Counter(tmp_path / "deliveries")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """An empty lake."""
    with Lake.open(tmp_path / "lake") as lake:
        yield lake


def _frame(lake: Lake, metric: str) -> pd.DataFrame:
    facts = Facts(lake.tables(), COMPANY, date(2025, 3, 1))
    periods = calendar("month", date(2025, 1, 1), date(2025, 3, 1), COMPANY)
    question = Question(find(metric), facts, periods, None, None, OPTIONS.get(metric, {}))
    return question.answer(lake.run(question.totals)).frame


def _clean(lake: Lake, counter: Counter) -> None:
    """Everything at once, in order."""
    bring(lake, counter.delivery(**ALL))


def _newest_first(lake: Lake, counter: Counter) -> None:
    """Three deliveries, each with older orders than the one before."""
    bring(lake, counter.delivery(customers=PEOPLE, orders=ORDERS[4:]))
    bring(lake, counter.delivery(orders=ORDERS[2:4][::-1]))
    bring(lake, counter.delivery(orders=ORDERS[:2][::-1], **REST))


def _an_earlier_first_order_comes_last(lake: Lake, counter: Counter) -> None:
    """Ann seemed to begin on the 25th."""
    bring(lake, counter.delivery(**{**ALL, "orders": ORDERS[1:]}))
    bring(lake, counter.delivery(orders=ORDERS[:1]))


def _twice_under_another_name(lake: Lake, counter: Counter) -> None:
    """The same rows in two files."""
    bring(lake, counter.delivery(**ALL))
    bring(lake, counter.delivery(**ALL))


def _the_same_file_twice(lake: Lake, counter: Counter) -> None:
    """One digest, brought twice."""
    delivery = counter.delivery(**ALL)
    bring(lake, delivery)
    bring(lake, delivery)


def _rows_twice_in_one_file(lake: Lake, counter: Counter) -> None:
    """Every order stands twice in its file."""
    bring(lake, counter.delivery(**{**ALL, "orders": [*ORDERS, *ORDERS]}))


def _overlapping_exports(lake: Lake, counter: Counter) -> None:
    """January to mid-February, then February again and the rest."""
    bring(lake, counter.delivery(customers=PEOPLE, orders=ORDERS[:5]))
    bring(lake, counter.delivery(customers=PEOPLE, orders=ORDERS[3:], **REST))


def _a_corrected_amount(lake: Lake, counter: Counter) -> None:
    """Order 2 was first told with 99."""
    bring(lake, counter.delivery(**{**ALL, "orders": [_bought("2", "ann", "2025-01-25", 99), ORDERS[0], *ORDERS[2:]]}))
    bring(lake, counter.delivery(orders=[ORDERS[1]]))


def _a_corrected_day(lake: Lake, counter: Counter) -> None:
    """Order 1 was first told of February."""
    bring(lake, counter.delivery(**{**ALL, "orders": [_bought("1", "ann", "2025-02-01", 10), *ORDERS[1:]]}))
    bring(lake, counter.delivery(orders=[ORDERS[0]]))


def _a_corrected_customer(lake: Lake, counter: Counter) -> None:
    """Order 4 was first Cid's."""
    bring(
        lake, counter.delivery(**{**ALL, "orders": [*ORDERS[:3], _bought("4", "cid", "2025-02-10", 40), *ORDERS[4:]]})
    )
    bring(lake, counter.delivery(orders=[ORDERS[3]]))


def _refunds_come_later(lake: Lake, counter: Counter) -> None:
    """Orders 3 and 5 were first told as paid in full."""
    paid = [_bought("3", "bob", "2025-01-20", 30), _bought("5", "cid", "2025-02-15", 50)]
    bring(lake, counter.delivery(customers=PEOPLE, orders=[*ORDERS[:2], paid[0], ORDERS[3], paid[1], ORDERS[5]]))
    bring(lake, counter.delivery(orders=[ORDERS[2], ORDERS[4]], **REST))


def _the_refund_comes_first(lake: Lake, counter: Counter) -> None:
    """Refused while its order is unknown, the refund is heard again when it is brought again."""
    early = counter.delivery(refunds=BACK)
    bring(lake, early)
    bring(lake, counter.delivery(customers=PEOPLE, orders=ORDERS, merges=SAME))
    bring(lake, early)


def _pending_becomes_paid(lake: Lake, counter: Counter) -> None:
    """Order 4 was first waiting for its payment."""
    waiting = _bought("4", "bob", "2025-02-10", 40, status="pending")
    bring(lake, counter.delivery(**{**ALL, "orders": [*ORDERS[:3], waiting, *ORDERS[4:]]}))
    bring(lake, counter.delivery(orders=[ORDERS[3]]))


def _the_merge_comes_first(lake: Lake, counter: Counter) -> None:
    """Dee is known to be Ann before either has bought."""
    bring(lake, counter.delivery(customers=PEOPLE, merges=SAME))
    bring(lake, counter.delivery(orders=ORDERS, refunds=BACK))


def _orders_before_their_customers(lake: Lake, counter: Counter) -> None:
    """Refused at first, the same orders come again when the customers are there."""
    orders = counter.delivery(orders=ORDERS)
    bring(lake, orders)
    bring(lake, counter.delivery(customers=PEOPLE, merges=SAME))
    bring(lake, orders)
    bring(lake, counter.delivery(refunds=BACK))


def _a_wrong_batch_is_undone(lake: Lake, counter: Counter) -> None:
    """An order that never was, and a wrong correction, taken back together."""
    bring(lake, counter.delivery(**ALL))
    wrong = [_bought("7", "bob", "2025-02-25", 70), _bought("1", "ann", "2025-01-10", 11)]
    lake.undo(bring(lake, counter.delivery(orders=wrong)).id)


def _staged_first_committed_last(lake: Lake, counter: Counter) -> None:
    """February is staged first and committed after January."""
    bring(lake, counter.delivery(customers=PEOPLE))
    february = lake.stage(counter.delivery(orders=ORDERS[3:], merges=SAME))
    bring(lake, counter.delivery(orders=ORDERS[:3], refunds=BACK))
    lake.commit(february.id)


def _compacted_between(lake: Lake, counter: Counter) -> None:
    """Small files become one between a row and its correction."""
    bring(lake, counter.delivery(customers=PEOPLE, orders=[_bought("1", "bob", "2025-02-01", 5), ORDERS[1]]))
    bring(lake, counter.delivery(orders=ORDERS[2:], **REST))
    lake.compact()
    bring(lake, counter.delivery(orders=ORDERS[:1]))


HISTORIES = [
    _clean, _newest_first, _an_earlier_first_order_comes_last, _twice_under_another_name, _the_same_file_twice,
    _rows_twice_in_one_file, _overlapping_exports, _a_corrected_amount, _a_corrected_day, _a_corrected_customer,
    _refunds_come_later, _the_refund_comes_first, _pending_becomes_paid, _the_merge_comes_first,
    _orders_before_their_customers, _a_wrong_batch_is_undone, _staged_first_committed_last, _compacted_between,
]  # fmt: skip


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.__name__.strip("_"))
def test_figures_are_those_of_the_rows(lake: Lake, counter: Counter, history: Callable[[Lake, Counter], None]) -> None:
    """However the rows came, every figure is the one worked out from them."""
    history(lake, counter)
    frames = {metric: _frame(lake, metric) for metric, _column in WORKED}
    found = {(metric, column): [float(value) for value in frames[metric][column]] for metric, column in WORKED}
    assert found == WORKED
