"""Is it said what moving budget would change, and refused what makes no sense?"""

import pytest

from keepwell.errors import MetricError
from keepwell.testing import ask, people, world

CLUB = [(f"old{n}", "2025-01-01", "2025-02-20" if n < 2 else None) for n in range(12)] + [("new", "2025-02-10", None)]
COSTS = [("2025-02-01", "acquire", 60), ("2025-02-01", "retain", 100)]


@pytest.mark.capability("S3-03")
def test_half_of_the_budget_moved():
    """30 of 60 moved: at 100 / 10 = 10 each 3 could be kept, but 2 were lost; at 60 a customer half a one fewer: + 1.5."""
    answer = ask(
        world(as_of="2025-03-01", subscriptions=CLUB, costs=COSTS), "budget_shift", start="2025-02-01", share=0.5
    )
    assert answer.frame[["moved", "more_kept", "fewer_won", "value"]].values.tolist() == [[30.0, 2.0, 0.5, 1.5]]
    assert people(answer, "lost", period="2025-02") == ["old0", "old1"]


def test_nothing_moved_changes_nothing():
    """A share of 0."""
    facts = world(as_of="2025-03-01", subscriptions=CLUB, costs=COSTS)
    assert ask(facts, "budget_shift", start="2025-02-01", share=0.0).frame["value"].tolist() == [0.0]


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_a_share(share):
    """More than all of it cannot be moved."""
    facts = world(as_of="2025-03-01", subscriptions=CLUB, costs=COSTS)
    with pytest.raises(MetricError, match="between 0 and 1"):
        ask(facts, "budget_shift", start="2025-02-01", share=share)


@pytest.mark.parametrize(
    ("metric", "unit", "options", "says"),
    [
        ("mrr_ledger", "month", {"per": "seat"}, "customer, subscription"),
        ("revenue_movements", "month", {"against": "decade"}, "the same period a year before"),
        ("usage_mrr", "week", {}, "Ask by month, quarter, half or year"),
    ],
)
def test_what_cannot_be_asked_is_said(metric, unit, options, says):
    """The error names what can be."""
    facts = world(as_of="2025-03-01", subscriptions=CLUB, orders=[("old0", "2025-02-10")])
    with pytest.raises(MetricError, match=says):
        ask(facts, metric, unit, start="2025-02-01", **options)
