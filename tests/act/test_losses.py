"""Is a loss told with what they had, and who had sold it?"""

import pytest

from keepwell.act.losses import had, sold
from keepwell.testing import run, world


@pytest.mark.capability("S1-09")
def test_what_they_had_is_the_last_plan_or_the_dearest_line_of_the_last_order():
    """Ann's last plan is Gold, whatever she ordered; Bob's last order had a pump (30) beside hoses (5); of Cid nothing is known."""
    facts = world(
        as_of="2026-07-01",
        customers=[{"customer_id": who} for who in ("ann", "bob", "cid")],
        subscriptions=[
            {"customer_id": "ann", "subscription_id": "s", "plan": "Silver", "starts_on": "2025-01-01", "ends_on": "2025-06-01"},
            {"customer_id": "ann", "subscription_id": "s", "plan": "Gold", "starts_on": "2025-06-01", "ends_on": "2026-06-01"},
        ],
        orders=[
            {"order_id": "1", "customer_id": "ann", "ordered_at": "2026-01-01"},
            {"order_id": "2", "customer_id": "bob", "ordered_at": "2025-01-01"},
            {"order_id": "3", "customer_id": "bob", "ordered_at": "2026-01-01"},
        ],
        order_lines=[
            {"order_id": "1", "line_no": 1, "category": "Pumps", "amount": 10},
            {"order_id": "2", "line_no": 1, "category": "Boats", "amount": 900},
            {"order_id": "3", "line_no": 1, "category": "Hoses", "amount": 5},
            {"order_id": "3", "line_no": 2, "name": "Pump", "amount": 30},
            {"order_id": "3", "line_no": 3, "category": "Boats", "amount": 99, "returned": True},
        ],
    )  # fmt: skip
    found = run(had(facts, facts.read("customers")).order_by("customer_id"))
    assert found.values.tolist() == [["ann", "Gold"], ["bob", "Pump"]]


@pytest.mark.capability("S1-09")
def test_who_sold_is_whoever_won_the_last_deal_otherwise_the_owner():
    """Ann's last won deal was Rae's; Bob's only deal was lost, his owner is Sam; nobody is known of Cid."""
    facts = world(
        as_of="2026-07-01",
        customers=[{"customer_id": "ann", "owner": "Sam"}, {"customer_id": "bob", "owner": "Sam"}, {"customer_id": "cid"}],
        deals=[
            {"deal_id": "1", "customer_id": "ann", "outcome": "won", "closed_at": "2025-01-01", "owner": "Old"},
            {"deal_id": "2", "customer_id": "ann", "outcome": "won", "closed_at": "2026-01-01", "owner": "Rae"},
            {"deal_id": "3", "customer_id": "bob", "outcome": "lost", "closed_at": "2026-01-01", "owner": "Rae"},
        ],
    )  # fmt: skip
    found = run(sold(facts, facts.read("customers")).order_by("customer_id"))
    assert found["seller"].fillna("").tolist() == ["Rae", "Sam", ""]
