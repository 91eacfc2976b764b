"""Are the right contracts on the board, in the right column, and is disagreement seen?"""

import pytest

from keepwell.act.renewals import coming, next_renewal
from keepwell.testing import run, world


def contract(who, on, **more):
    """A contract by the year that renews on a day."""
    return {"customer_id": who, "starts_on": "2025-01-01", "renews_on": on, "interval": "year", "mrr": 20, **more}


@pytest.mark.capability("S1-23")
def test_renewals_of_the_next_half_year():
    """Due today and in 180 days (28 December), not in 181; neither by the month nor one that ended; 20 a month are 240 a year."""
    facts = world(
        as_of="2025-07-01",
        subscriptions=[
            contract("ann", "2025-07-01"),
            contract("bob", "2025-12-28", interval="quarter"),
            contract("cid", "2025-12-29"),
            contract("dan", "2025-07-05", interval="month"),
            contract("eve", "2025-07-05", ends_on="2025-06-01"),
            contract("fay", "2025-08-01", ends_on="2025-08-01"),
            contract("gil", "2025-06-30"),
        ],
    )
    found = run(coming(facts).order_by("customer_id"))
    assert found[["customer_id", "days", "yearly", "leaving"]].values.tolist() == [
        ["ann", 0, 240.0, False], ["bob", 180, 240.0, False], ["fay", 31, 240.0, True],
    ]  # fmt: skip
    assert run(next_renewal(facts).order_by("customer_id"))["renews_in"].tolist() == [0, 180, 31]
