"""Does order money add up: by period, by buyer, from one period to the next?"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company, Rate
from keepwell.errors import MetricError
from keepwell.measure.bridge import AMOUNTS
from keepwell.measure.periods import calendar
from keepwell.testing import ask, corner_shop, people, world

SUMMARY = ["orders", "buyers", "guest_orders", "fully_refunded", "gross", "refunds", "net"]
RATES = (
    Rate(currency="USD", value="0.90"),
    Rate.model_validate({"currency": "USD", "from": "2025-03-01", "value": "0.80"}),
)


def bridge(frame):
    """The bridge of every cell, as rows."""
    return frame[["start", *AMOUNTS, "fx", "end"]].values.tolist()


def test_sales_of_the_corner_shop():
    """February: Hanna 20, a guest 12, Kaisa's 25 all given back. March: Hanna 20, Liu 50. April: Jun 30, less Liu's 20."""
    frame = ask(corner_shop(), "sales_summary", start="2025-02-01", end="2025-05-01").frame
    assert frame[SUMMARY].values.tolist() == [
        [3, 2, 1, 1, 57, 25, 32],
        [2, 2, 0, 0, 70, 0, 70],
        [1, 1, 0, 0, 30, 20, 10],
    ]
    assert frame["value"].tolist() == [32.0, 70.0, 10.0]


def test_refunds_in_the_period_of_their_order():
    """Told by the order, Liu's 20 lower March, though they were given back in April."""
    frame = ask(corner_shop(), "sales_summary", start="2025-02-01", end="2025-05-01", refunds_by="order").frame
    assert frame[["gross", "refunds", "net"]].values.tolist() == [[57, 25, 32], [70, 20, 50], [30, 0, 30]]


def test_both_ways_of_booking_refunds_end_at_the_same_sum():
    """Whatever is lowered when, the half-year's net is one number."""
    both = [
        ask(corner_shop(), "sales_summary", "half", start="2025-01-01", refunds_by=by).frame["net"].tolist()
        for by in ("order", "refund")
    ]
    assert both == [[Decimal(302 - 45)]] * 2


def test_a_refund_that_names_no_order_lowers_its_own_day():
    """Ten given back in March for nobody knows what: March's net is lower by ten."""
    facts = world(as_of="2025-04-01", orders=[("A", "2025-01-05", 100)], refunds=[(None, "2025-03-02", 10)])
    assert ask(facts, "sales_summary", start="2025-01-01").frame["net"].tolist() == [100, 0, -10]


def test_refunds_are_booked_one_way_or_the_other():
    """The error names the two ways."""
    with pytest.raises(MetricError, match='It is "order" or "refund"'):
        ask(corner_shop(), "sales_summary", start="2025-01-01", refunds_by="day")


def test_the_store_day_decides_the_month():
    """31 January 23:30 in Helsinki is January, though UTC and the next zone may differ."""
    frame = ask(corner_shop(), "sales_summary", start="2025-01-01", end="2025-03-01").frame
    assert frame["gross"].tolist() == [65, 57]


def test_revenue_per_buyer():
    """In May Hanna spends 20 and Liu 40: 30 each."""
    assert ask(corner_shop(), "revenue_per_customer", start="2025-05-01", end="2025-06-01").frame["value"].tolist() == [
        30.0
    ]


@pytest.mark.capability("S1-04")
def test_a_skipped_month_is_churn_and_then_reactivation():
    """100, nothing, 50: new 100, churn 100, reactivation 50."""
    facts = world(as_of="2025-04-01", orders=[("A", "2025-01-05", 100), ("A", "2025-03-05", 50)])
    answer = ask(facts, "revenue_movements", start="2025-01-01")
    assert bridge(answer.frame) == [
        [0, 100, 0, 0, 0, 0, 0, 100],
        [100, 0, 0, 0, 0, 100, 0, 0],
        [0, 0, 50, 0, 0, 0, 0, 50],
    ]
    assert people(answer, "reactivation", period="2025-03") == ["A"]


def test_a_period_that_begins_later_knows_what_came_before_it():
    """Asked from March on, Hanna's March still stands against her February, and Liu is new."""
    frame = ask(corner_shop(), "revenue_movements", start="2025-03-01", end="2025-04-01").frame
    assert bridge(frame) == [[20, 50, 0, 0, 0, 0, 0, 70]]


def test_more_given_back_than_bought_is_nothing_not_less():
    """A refund of 30 in a month of 10 leaves revenue of 0: churn of last month's, no negative customer."""
    orders = [
        {"order_id": "1", "customer_id": "A", "ordered_at": "2025-01-05", "gross": 50, "refunded": 30},
        ("A", "2025-02-05", 10),
    ]
    facts = world(as_of="2025-03-01", orders=orders, refunds=[("1", "2025-02-10", 30)])
    frame = ask(facts, "revenue_movements", start="2025-01-01", refunds_by="refund").frame
    assert bridge(frame) == [[0, 50, 0, 0, 0, 0, 0, 50], [50, 0, 0, 0, 0, 50, 0, 0]]


def test_kept_revenue_of_purchases():
    """A 100 to 60, B 50 to 80, C new: gross 110/150, net 140/150."""
    orders = [
        ("A", "2025-01-05", 100),
        ("B", "2025-01-05", 50),
        ("A", "2025-02-05", 60),
        ("B", "2025-02-05", 80),
        ("C", "2025-02-05", 9),
    ]
    facts = world(as_of="2025-03-01", orders=orders)
    assert ask(facts, "revenue_grr", start="2025-02-01").frame["value"].tolist() == [110 / 150]
    assert ask(facts, "revenue_nrr", start="2025-02-01").frame["value"].tolist() == [140 / 150]


def test_last_months_dollars_are_told_at_this_months_rate():
    """100 dollars in February (90 euros) and in March (80): fx -10, and nothing contracts."""
    orders = [
        {"customer_id": "A", "ordered_at": f"2025-0{month}-05", "gross": 100, "currency": "USD"} for month in (2, 3)
    ]
    facts = world(as_of="2025-04-01", company=Company(name="A company", rates=RATES), orders=orders)
    frame = ask(facts, "revenue_movements", start="2025-02-01").frame
    assert bridge(frame) == [[0, 90, 0, 0, 0, 0, 0, 90], [90, 0, 0, 0, 0, 0, -10, 80]]
    assert ask(facts, "sales_summary", start="2025-02-01").frame["net"].tolist() == [90, 80]


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", None]), st.integers(0, 180), st.sampled_from(["EUR", "USD", "JPY"]),
        st.decimals("0.01", 900, places=4), st.sampled_from([0, 0, "0.5", 1]), st.integers(0, 60),
    ),
    max_size=12,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(ORDERS, st.booleans(), st.sampled_from(["order", "refund"]))
def test_revenue_moves_to_the_cent(ledger, with_rates, refunds_by):
    """Start + movements + fx = end, and each period starts where the last one ended."""
    first = date(2025, 1, 1)
    orders, refunds = [], []
    for n, (who, day, currency, gross, share, wait) in enumerate(ledger):
        back = round(gross * Decimal(share), 4)
        when = first + timedelta(day)
        orders.append(
            {
                "order_id": str(n),
                "customer_id": who,
                "ordered_at": f"{when} 12:00",
                "currency": currency,
                "gross": gross,
                "refunded": back,
            }
        )
        if back:
            refunds.append(
                {
                    "order_id": str(n),
                    "refunded_at": f"{when + timedelta(wait)} 12:00",
                    "currency": currency,
                    "amount": back,
                }
            )
    company = Company(name="Any", rates=(*RATES, Rate(currency="JPY", value="0.0061")) if with_rates else ())
    facts = world(as_of="2025-07-01", company=company, orders=orders, refunds=refunds)
    frame = ask(
        facts, "revenue_movements", calendar("month", first, facts.as_of, company), start=first, refunds_by=refunds_by
    ).frame
    left = (
        frame["start"]
        + frame["new"]
        + frame["reactivation"]
        + frame["expansion"]
        - frame["contraction"]
        - frame["churn"]
        + frame["fx"]
    )
    assert left.tolist() == frame["end"].tolist()
    for _, cells in frame.groupby("currency"):
        assert cells["end"].tolist()[:-1] == cells["start"].tolist()[1:]
