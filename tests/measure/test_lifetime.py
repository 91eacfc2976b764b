"""Is a customer's worth what the formula, and what the months, say?"""

import pytest

from keepwell.config import Company
from keepwell.testing import ask, world

MARGIN = Company(name="A company", gross_margin="0.75", active_by="subscription")


def hundred(company=MARGIN, lost=3, **more):
    """A hundred customers at 40 a month, of whom some leave in February as many come: ARPA 40, churn 3 %."""
    table = [(f"c{n}", "2025-01-01", "2025-02-10" if n < lost else None, 40) for n in range(100)]
    return world(as_of="2025-03-01", company=company, subscriptions=table, **more)


def test_forty_times_three_quarters_over_three_percent():
    """40 x 0.75 / 0.03 = 1,000."""
    frame = ask(hundred(), "ltv_simple", start="2025-02-01").frame
    assert frame["value"].tolist() == [pytest.approx(1000)]
    assert frame[["arpa", "margin", "churn", "lifetime_months"]].values.tolist() == [
        pytest.approx([40, 0.75, 0.03, 100 / 3])
    ]


def test_nobody_left_has_no_lifetime():
    """Churn 0: not endless, not 0, but not defined, with the reason."""
    answer = ask(hundred(lost=0), "ltv_simple", start="2025-02-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "Nobody left in this period" in answer.explain()


def test_no_lifetime_is_longer_than_sixty_months():
    """One of a hundred leaves: 100 months become 60, and 40 x 0.75 x 60 = 1,800."""
    assert ask(hundred(lost=1), "ltv_simple", start="2025-02-01").frame["value"].tolist() == [1800.0]


def test_a_quarter_is_three_months():
    """3 % lost in a quarter is 1 % a month: 100 months, capped at 60."""
    table = [(f"c{n}", "2024-10-01", "2025-02-10" if n < 30 else None, 40) for n in range(100)]
    frame = ask(
        world(as_of="2025-04-01", company=MARGIN, subscriptions=table), "ltv_simple", "quarter", start="2025-01-01"
    ).frame
    assert frame["lifetime_months"].tolist() == [pytest.approx(10)]
    assert frame["value"].tolist() == [pytest.approx(300)]


def test_an_unknown_margin_is_said():
    """Neither a margin nor costs of goods: no value, and what to do."""
    answer = ask(hundred(Company(name="A company")), "ltv_simple", start="2025-02-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "set gross_margin, or record the cost of goods" in answer.explain()


def test_a_margin_from_costs_of_goods():
    """97 customers pay 40 at the close, 3,880; goods for 970 leave a margin of 75 %."""
    facts = hundred(Company(name="A company"), costs=[("2025-02-01", "goods", 970)])
    assert ask(facts, "ltv_simple", start="2025-02-01").frame["margin"].tolist() == [0.75]


def test_value_against_cost_and_payback():
    """Cost to win 200: value 1,000 is 5.0 times; 200 / (40 x 0.75) = 6.7 months."""
    table = [(f"c{n}", "2025-01-01", "2025-02-10" if n < 3 else None, 40) for n in range(100)] + [
        ("new", "2025-02-10", None, 40)
    ]
    facts = world(as_of="2025-03-01", company=MARGIN, subscriptions=table, costs=[("2025-02-01", "acquire", 200)])
    assert ask(facts, "ltv_to_cac", start="2025-02-01").frame["value"].tolist() == [pytest.approx(5)]
    assert ask(facts, "payback_simple", start="2025-02-01").frame["value"].tolist() == [pytest.approx(20 / 3)]


SHOP = Company(name="A shop", active_by="purchase", activity_window_days=60, gross_margin="0.5")
COHORT = [
    ("A", "2025-01-05", 60), ("B", "2025-01-06", 20), ("A", "2025-02-05", 10),
    {"order_id": "b2", "customer_id": "B", "ordered_at": "2025-01-20", "gross": 40, "refunded": 20},
]  # fmt: skip


def test_value_observed_so_far():
    """At half margin A brings 30, B 10 + 20 in January; February +5 from A, -10 for B's refund: 30, then 27.5 a customer."""
    facts = world(as_of="2025-03-01", company=SHOP, orders=COHORT, refunds=[("b2", "2025-02-10", 20)])
    frame = ask(facts, "ltv_realised", start="2025-01-01").frame
    assert frame[["cohort", "age", "customers", "value"]].values.tolist() == [
        ["2025-01", 0, 2, 30.0],
        ["2025-01", 1, 2, 27.5],
    ]


def test_an_age_that_is_not_over_has_no_value():
    """On 20 February, February is not whole: age 1 waits."""
    frame = ask(
        world(as_of="2025-02-20", company=SHOP, orders=COHORT), "ltv_realised", start="2025-01-01", end="2025-03-01"
    ).frame
    assert frame["complete"].tolist() == [True, False]
    assert frame["value"].isna().tolist() == [False, True]


def test_worth_by_country():
    """Each country's cohort is divided by its own customers."""
    facts = world(as_of="2025-03-01", company=SHOP, orders=COHORT[:3], customers=[("A", "FI"), ("B", "SE")])
    frame = ask(facts, "ltv_realised", start="2025-01-01", end="2025-02-01", by="country").frame
    assert dict(zip(frame["by"], frame["value"], strict=True)) == {"FI": 30.0, "SE": 10.0}


@pytest.mark.parametrize(("spent", "months"), [(40, 1.0), (64, 2.0)])
def test_payback_is_the_first_month_in_which_the_curve_is_there(spent, months):
    """A brings 30 and B 10 in January, A 30 more in February: 20 a head, then 35. 20 a head is back in month 1, 32 in month 2."""
    orders = [("A", "2025-01-05", 60), ("B", "2025-01-06", 20), ("A", "2025-02-05", 60)]
    facts = world(as_of="2025-03-01", company=SHOP, orders=orders, costs=[("2025-01-01", "acquire", spent)])
    assert ask(facts, "payback_observed", start="2025-01-01").frame["value"].tolist() == [months]


def test_what_is_not_earned_back_yet_says_so():
    """500 for two customers who brought 35 each: no month, and the reason."""
    facts = world(as_of="2025-03-01", company=SHOP, orders=COHORT, costs=[("2025-01-01", "acquire", 500)])
    answer = ask(facts, "payback_observed", start="2025-01-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "not earned back yet" in answer.explain()
