"""Do cohorts tell who is active, what they bring, and nothing of what is not over yet?"""

from decimal import Decimal

import pytest

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.measure.periods import rolling
from keepwell.testing import ask, corner_shop, people, world

SHOP = Company(name="A shop", active_by="purchase", activity_window_days=30)


def shop(orders: list[object], company: Company = SHOP, as_of: str = "2025-04-15", **more: object) -> Facts:
    """A shop looked at in the middle of April."""
    return world(as_of=as_of, company=company, orders=orders, **more)


THREE = [
    ("Ann", "2025-01-05"),
    ("Ann", "2025-03-05"),
    ("Bob", "2025-01-31"),
    ("Bob", "2025-02-01"),
    ("Cid", "2025-03-20"),
]
"""January: Ann (back in March) and Bob (back in February); March: Cid."""


def test_half_of_two_newcomers_return():
    """January's cohort: 2 of 2, then 1 (Bob), then 1 (Ann), then April, which is not over; March's: 1, and April."""
    frame = ask(shop(THREE), "cohort_retention", start="2025-01-01").frame
    told = [(row.cohort, row.age, row.customers, row.active, row.complete) for row in frame.itertuples()]
    assert told == [
        ("2025-01", 0, 2, 2, True), ("2025-01", 1, 2, 1, True), ("2025-01", 2, 2, 1, True), ("2025-01", 3, 2, 0, False),
        ("2025-03", 0, 1, 1, True), ("2025-03", 1, 1, 0, False),
    ]  # fmt: skip
    assert frame["value"].isna().tolist() == [False, False, False, True, False, True]


def test_a_cell_opens_to_its_people():
    """In February Bob of January's cohort is active and Ann is silent."""
    answer = ask(shop(THREE), "cohort_retention", start="2025-01-01")
    assert (people(answer, "active", cohort="2025-01", age=1), people(answer, "silent", cohort="2025-01", age=1)) == (
        ["Bob"],
        ["Ann"],
    )


def test_the_average_pools_ripe_cells_only():
    """Cohorts of 10 and 5, back 5 and 4 a month later, and a third whose next month is not over: 9 of 15, not (50 % + 80 %) / 2."""
    orders = [(f"a{n}", "2025-01-10") for n in range(10)] + [(f"a{n}", "2025-02-10") for n in range(5)]
    orders += (
        [(f"b{n}", "2025-02-10") for n in range(5)]
        + [(f"b{n}", "2025-03-10") for n in range(4)]
        + [("c", "2025-03-10")]
    )
    answer = ask(shop(orders), "retention_curve", start="2025-01-01")
    told = {row.age: (row.active, row.customers) for row in answer.frame.itertuples()}
    assert told == {0: (16, 16), 1: (9, 15), 2: (0, 10)}
    assert len(people(answer, "silent", age=1)) == 6


def test_customers_from_before_the_first_cohort_are_in_none():
    """Ann began in January: asked from February on, only Bob of February is told."""
    frame = ask(
        shop([("Ann", "2025-01-05"), ("Ann", "2025-02-05"), ("Bob", "2025-02-06")]),
        "cohort_retention",
        start="2025-02-01",
    ).frame
    assert frame[frame["age"] == 0][["cohort", "customers"]].to_numpy().tolist() == [["2025-02", 1]]


def test_recurring_cohorts_hold_a_customer_in_each():
    """Ann bought in January and in March: she is in both cohorts; entering in January she is back in March."""
    frame = ask(shop(THREE), "cohort_retention", start="2025-01-01", entry="recurring").frame
    assert frame[frame["age"] == 0].set_index("cohort")["customers"].to_dict() == {
        "2025-01": 2,
        "2025-02": 1,
        "2025-03": 2,
    }


def test_by_any_period_and_trait():
    """By fiscal quarter from February on Ann's January is in FY2025-Q4; by 30 rolling days cohorts have 30 days; by country they add up."""
    company = SHOP.model_copy(update={"fiscal_year_start": 2})
    fiscal = ask(shop(THREE, company), "cohort_retention", "quarter", start="2025-01-01").frame
    assert fiscal["cohort"].unique().tolist() == ["FY2025-Q4", "FY2026-Q1"]
    facts = shop(THREE, customers=[("Ann", "FI"), ("Bob", "HU"), ("Cid", "FI")])
    turning = ask(facts, "cohort_retention", rolling(30, facts.as_of, 4), start="2025-01-01").frame
    assert turning.loc[turning["age"] == 0, "customers"].sum() == 3
    parts = ask(facts, "cohort_retention", start="2025-01-01", by="country").frame
    assert parts[parts["age"] == 0].groupby("by")["customers"].sum().to_dict() == {"FI": 2, "HU": 1}


def test_subscribers_are_active_in_every_month_they_are_served():
    """The club of the corner shop by month: of January's four and the shop's three, six are active in March."""
    answer = ask(corner_shop(), "cohort_retention", start="2025-01-01")
    assert people(answer, "customers", cohort="2025-01", age=2) == [
        "Aino",
        "Bela",
        "Chloe",
        "Eino",
        "Hanna",
        "Ilona",
        "Jun",
    ]
    assert people(answer, "active", cohort="2025-01", age=2) == ["Aino", "Chloe", "Eino", "Hanna"]


def test_the_last_minute_of_a_month():
    """Jun bought on 31 January at 23:30 in Helsinki, 21:30 UTC: January's cohort."""
    assert "Jun" in people(
        ask(corner_shop(), "cohort_retention", start="2025-01-01"), "active", cohort="2025-01", age=0
    )


def test_revenue_by_cohort_with_refunds_in_their_period():
    """
    Ann buys for 100 in January and 50 in February; 30 of January's came back on 3 March (dated): 100, 50, -30.

    Bob buys for 80 in January, 20 came back nobody knows when: 60 in January. Cid's wholly refunded order is void.
    """
    orders = [
        {"order_id": "a", "customer_id": "Ann", "ordered_at": "2025-01-05", "gross": 100, "refunded": 30},
        ("Ann", "2025-02-05", 50), ("Bob", "2025-01-06", 80, 20),
        {"order_id": "c", "customer_id": "Cid", "ordered_at": "2025-01-07", "gross": 40, "refunded": 40},
    ]  # fmt: skip
    facts = shop(orders, refunds=[("a", "2025-03-03", 30), ("c", "2025-02-03", 40)])
    answer = ask(facts, "cohort_revenue", start="2025-01-01", end="2025-04-01")
    assert answer.frame["net"].tolist() == [Decimal(160), Decimal(50), Decimal(-30)]
    assert answer.frame["given_back"].tolist() == [0, 0, 30]
    assert people(answer, "refunded", age=2) == ["Ann"]


def test_revenue_cells_without_sales_are_zero_and_currencies_stay_apart():
    """One customer buys in euros in January and in pounds in March: four euro cells and four pound cells, April's not over."""
    orders = [
        ("Ann", "2025-01-05", 10),
        {"customer_id": "Ann", "ordered_at": "2025-03-05", "gross": 7, "currency": "GBP"},
    ]
    frame = ask(shop(orders), "cohort_revenue", start="2025-01-01").frame
    told = frame.pivot_table(index="currency", columns="age", values="value", dropna=False, aggfunc="first")
    assert told.fillna(-1).to_numpy().tolist() == [[10, 0, 0, -1], [0, 0, 7, -1]]


def test_what_is_given_back_later_is_not_known_before():
    """Looked at on 1 March, the refund of 3 March has not happened: January's 100 stand."""
    orders = [{"order_id": "a", "customer_id": "Ann", "ordered_at": "2025-01-05", "gross": 100, "refunded": 30}]
    frame = ask(
        shop(orders, as_of="2025-03-01", refunds=[("a", "2025-03-03", 30)]), "cohort_revenue", start="2025-01-01"
    ).frame
    assert frame["net"].tolist() == [100, 0]


def test_period_over_period_of_two_sets():
    """{a, b, c, d} in March, then {b, c, e} in April: 2 of 4, lost a and d, new e."""
    orders = [(who, "2025-03-05") for who in "abcd"] + [(who, "2025-04-05") for who in "bce"]
    answer = ask(shop(orders, as_of="2025-05-01"), "period_over_period", start="2025-04-01")
    assert answer.frame["value"].tolist() == [0.5]
    assert {group: people(answer, group) for group in ("lost", "new", "returned")} == {
        "lost": ["a", "d"],
        "new": ["e"],
        "returned": [],
    }


def test_a_first_period_after_nothing_has_no_share():
    """Nobody was active before the first purchases: not defined; Ann, away in February, has returned in March."""
    answer = ask(shop(THREE), "period_over_period", start="2025-01-01", end="2025-04-01")
    assert answer.frame["value"].isna().tolist() == [True, False, False]
    assert people(answer, "returned", period="2025-03") == ["Ann"]


@pytest.mark.parametrize("unit", ["week", "month", "quarter", "half", "year"])
def test_cohorts_of_any_unit_hold_everyone_once(unit):
    """Whatever the period, the three customers are in exactly one cohort each."""
    frame = ask(shop(THREE), "cohort_retention", unit, start="2025-01-01").frame
    assert frame[frame["age"] == 0]["customers"].sum() == 3
