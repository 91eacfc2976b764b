"""Do costs per customer say what the cost book and the list of customers say, and nothing where the book is silent?"""

import pytest

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.testing import ask, people, world
from keepwell.testing.worlds import full_shop


def company_of(n, *costs, **more):
    """A subscription company that wins n customers in February, having ten from January, with costs (month, purpose, amount)."""
    table = [(f"old{i}", "2025-01-01", None, 40) for i in range(10)] + [
        (f"new{i}", "2025-02-10", None, 40) for i in range(n)
    ]
    return world(as_of="2025-03-01", subscriptions=table, costs=costs, **more)


@pytest.mark.capability("S2-04")
def test_fifty_thousand_for_two_hundred_and_fifty():
    """All categories together, 50,000, over 250 new paying customers: 200 each."""
    categories = {"ads": 20000, "landing pages": 5000, "mail": 2000, "travel": 2000, "lodging": 1000, "team": 20000}
    costs = [
        {"month": "2025-02-01", "purpose": "acquire", "category": name, "amount": amount}
        for name, amount in categories.items()
    ]
    facts = company_of(250, *costs)
    answer = ask(facts, "cac", start="2025-02-01")
    assert answer.frame[["acquire", "acquired", "value"]].values.tolist() == [[50000, 250, 200.0]]
    assert len(people(answer, "acquired", period="2025-02")) == 250
    each = ask(facts, "cac", start="2025-02-01", each_category=True).frame
    assert dict(zip(each["category"], each["value"], strict=True)) == {
        name: amount / 250 for name, amount in categories.items()
    }


@pytest.mark.capability("S2-04")
def test_nobody_won_is_not_defined():
    """Money spent and nobody won: no number, and the reason."""
    answer = ask(company_of(0, ("2025-02-01", "acquire", 100)), "cac", start="2025-02-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "Nobody paid for the first time" in answer.explain()


def test_no_cost_recorded_is_unknown_and_not_free():
    """Five won, no cost booked: not 0 each, but unknown."""
    answer = ask(company_of(5), "cac", start="2025-02-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "No cost of winning customers is recorded" in answer.explain()


def test_money_that_works_a_month_later():
    """January's 300 over February's 3 customers, with a lag of one month: 100; a year-end is no obstacle."""
    facts = company_of(3, ("2025-01-01", "acquire", 300), ("2024-12-01", "acquire", 50))
    assert ask(facts, "cac", start="2025-01-01", lag_months=1).frame["value"].tolist() == [5.0, 100.0]


def test_costs_are_told_by_whole_months():
    """A week has no cost of its own; the error says which periods do."""
    with pytest.raises(MetricError, match="Ask by month, quarter, half or year"):
        ask(company_of(1), "cac", "week", start="2025-02-01")


def test_currencies_of_spend_are_never_summed():
    """100 euros and 60 dollars over 2 customers: 50 euros and 30 dollars each."""
    facts = company_of(
        2,
        ("2025-02-01", "acquire", 100),
        {"month": "2025-02-01", "purpose": "acquire", "amount": 60, "currency": "USD"},
    )
    frame = ask(facts, "cac", start="2025-02-01").frame
    assert dict(zip(frame["currency"], frame["value"], strict=True)) == {"EUR": 50.0, "USD": 30.0}


@pytest.mark.capability("S0-03")
def test_winning_against_keeping():
    """1,000 over 5 won is 200; 400 over the 10 kept is 40: winning is 5 times as dear. Both sums and both counts are told."""
    facts = company_of(5, ("2025-02-01", "acquire", 1000), ("2025-02-01", "retain", 400), ("2025-02-01", "serve", 600))
    answer = ask(facts, "acquire_to_retain", start="2025-02-01")
    assert answer.frame[["acquire", "acquired", "retain", "kept", "value"]].values.tolist() == [[1000, 5, 400, 10, 5.0]]
    assert ask(facts, "cost_to_retain", start="2025-02-01").frame["value"].tolist() == [40.0]
    assert ask(facts, "cost_to_retain", start="2025-02-01", with_serve=True).frame["value"].tolist() == [100.0]
    assert len(people(answer, "kept", period="2025-02")) == 10


@pytest.mark.capability("S3-03")
def test_two_shares_side_by_side():
    """Ten existing pay 400 of 600 a month; of the spend on winning (300) and keeping (100) a quarter goes to them."""
    facts = company_of(5, ("2025-02-01", "acquire", 300), ("2025-02-01", "retain", 100))
    revenue = ask(facts, "revenue_share_existing", start="2025-02-01")
    assert revenue.frame[["revenue_existing", "revenue_new", "value"]].values.tolist() == [[400, 200, 400 / 600]]
    assert len(people(revenue, "existing", period="2025-02")) == 10
    assert ask(facts, "spend_share_existing", start="2025-02-01").frame["value"].tolist() == [0.25]


@pytest.mark.capability("S3-03")
def test_a_purpose_nobody_books_is_flagged():
    """Only winning is booked: the share of keeping is unknown, not 0."""
    answer = ask(company_of(5, ("2025-02-01", "acquire", 300)), "spend_share_existing", start="2025-02-01")
    assert answer.frame["value"].isna().tolist() == [True]
    assert "No cost of keeping customers is recorded" in answer.explain()


def test_share_of_order_revenue_from_existing_customers():
    """In March Hanna (20, known) and Liu (50, new): 20/70. In April Liu's 20 go back, Jun brings 30: 10 in all, all existing."""
    shop = Company(name="A shop", active_by="purchase", activity_window_days=60)
    orders = [
        ("Hanna", "2025-01-05", 20), ("Jun", "2025-01-31", 30), ("Hanna", "2025-03-20", 20), ("Jun", "2025-04-15", 30),
        {"order_id": "liu", "customer_id": "Liu", "ordered_at": "2025-03-01", "gross": 50, "refunded": 20},
    ]  # fmt: skip
    facts = world(as_of="2025-05-01", company=shop, orders=orders, refunds=[("liu", "2025-04-02", 20)])
    frame = ask(facts, "revenue_share_existing", start="2025-03-01").frame
    assert frame["value"].tolist() == [20 / 70, 1.0]


def test_subscription_payments_are_not_counted_twice():
    """Where both orders and subscriptions keep customers, orders count unless subscriptions are asked for."""
    facts = full_shop()
    orders = ask(facts, "revenue_share_existing", start="2025-03-01", end="2025-04-01").frame
    club = ask(
        facts, "revenue_share_existing", start="2025-03-01", end="2025-04-01", revenue_from="subscriptions"
    ).frame
    assert orders["revenue"].tolist() == [70]
    assert club["revenue"].tolist() == [40]
    with pytest.raises(MetricError, match="It is auto, orders or subscriptions"):
        ask(facts, "revenue_share_existing", start="2025-03-01", revenue_from="club")


@pytest.mark.capability("S2-04")
def test_paid_and_blended_are_two_numbers():
    """300 of ads for the two from ads is 150; all 500 for all five is 100; what is not said is asked for."""
    sources = [(f"new{i}", "FI", "ads" if i < 2 else "friend") for i in range(5)]
    costs = [("2025-02-01", "acquire", 300), {"month": "2025-02-01", "category": "team", "amount": 200}]
    facts = company_of(5, *costs, customers=sources)
    answer = ask(facts, "cac_paid", start="2025-02-01", sources="ads")
    assert answer.frame[["acquire_paid", "acquired_paid", "blended", "value"]].values.tolist() == [
        [300, 2, 100.0, 150.0]
    ]
    assert people(answer, "acquired_paid", period="2025-02") == ["new0", "new1"]
    assert "sources=google,facebook" in ask(facts, "cac_paid", start="2025-02-01").explain()


def test_costs_of_a_part_must_name_its_customers():
    """By source: 90 were spent on one who came by ads, and 60 on nobody in particular, who stand under unknown."""
    facts = company_of(
        2,
        {"month": "2025-02-01", "amount": 90, "customer_id": "new0"},
        ("2025-02-01", "acquire", 60),
        customers=[("new0", "FI", "ads"), ("new1", "FI", "friend")],
    )
    answer = ask(facts, "cac", start="2025-02-01", by="source")
    told = answer.frame.set_index("by")
    assert told["value"].dropna().to_dict() == {"ads": 90.0}
    assert told["acquire"].dropna().to_dict() == {"ads": 90, "unknown": 60}
    assert "costs that name nobody are told under unknown" in answer.explain()
