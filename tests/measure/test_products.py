"""Do we know who tries new products?"""

import pytest

from keepwell.testing import ask, people, world

ORDERS = [
    {"order_id": "1", "customer_id": "ann", "ordered_at": "2025-01-10"}, {"order_id": "2", "customer_id": "bob", "ordered_at": "2025-01-11"},
    {"order_id": "3", "customer_id": "ann", "ordered_at": "2025-02-10"}, {"order_id": "4", "customer_id": "bob", "ordered_at": "2025-02-11"},
    {"order_id": "5", "customer_id": "cid", "ordered_at": "2025-02-12"}, {"order_id": "6", "ordered_at": "2025-01-05"},
]  # fmt: skip
LINES = [("1", "rye"), ("2", "rye"), ("3", "bun"), ("4", "rye"), ("5", "tea"), ("6", "tea")]


@pytest.mark.capability("S4-02")
def test_existing_customers_against_new_ones():
    """In February only the bun is new, for a guest had tea in January: Ann of two tries it, Cid, who is new, does not."""
    answer = ask(world(as_of="2025-03-01", orders=ORDERS, order_lines=LINES), "new_product_trial", start="2025-02-01")
    told = answer.frame.set_index("who")
    assert told[["buyers", "tried", "value"]].to_dict("index") == {
        "existing": {"buyers": 2, "tried": 1, "value": 0.5},
        "new": {"buyers": 1, "tried": 0, "value": 0.0},
    }
    assert people(answer, "tried", period="2025-02") == ["ann"]
    assert (told["low"] < told["value"]).tolist() == [True, False]


def test_what_came_back_was_not_tried():
    """A returned line is no trial."""
    lines = [*LINES[:2], {"order_id": "3", "product_id": "bun", "returned": True}, *LINES[3:]]
    frame = ask(
        world(as_of="2025-03-01", orders=ORDERS, order_lines=lines), "new_product_trial", start="2025-02-01"
    ).frame
    assert frame["tried"].sum() == 0
