"""Do rules of thumb say what was done before?"""

import numpy as np
import pytest

from keepwell.errors import ModelError
from keepwell.testing import run, world
from keepwell.understand.baselines import LastRate, RecencyRule

ORDERS = [
    ("A", "2025-05-20"),
    ("A", "2025-06-10"),
    ("B", "2025-05-20"),
    ("C", "2025-06-20"),
    ("D", "2025-03-01"),
    ("D", "2025-06-02"),
]
"""Thirty days before 1 July is 1 June: A and B were then silent for 12 days, D for 92; A and D came again, B did not; C was not there."""
FACTS = world(as_of="2025-07-01", orders=ORDERS)


def fitted(kind):
    """The rule, and the cells it learned from."""
    rule = kind(30)
    cells = run(rule.needs(FACTS).cells)
    return rule.fit(cells), cells


def test_what_a_rule_looks_at():
    """Silence now by class (8-14, 15-30, 31-60 days), then, and days with a purchase since: C has nothing to tell of then."""
    rows = run(RecencyRule(30).needs(FACTS).customers.order_by("customer_id"))
    assert rows[["customer_id", "silence", "silence_then", "again"]].values.tolist() == [
        ["A", 2, 1, 1], ["B", 3, 1, 0], ["C", 1, -1, 1], ["D", 2, 5, 1],
    ]  # fmt: skip


def test_the_last_rate_is_everybodys():
    """Two of three came again, once each; half a customer is shared by 0, 1 and more: (2 + 2 / 12 ...) of 3.5."""
    rule, cells = fitted(LastRate)
    told = rule.predict(cells, days=30)
    none = (1 / 2 + 0.5 / 3) / (3 / 2 + 0.5)
    assert told["chance"].tolist() == pytest.approx([1 - none] * 4)


def test_the_recency_rule_tells_apart_who_was_silent_for_how_long():
    """Of A and B one came again: C, as they were then, gets their rate; who is silent for 92 days comes, as D did."""
    rule, _cells = fitted(RecencyRule)
    assert rule.classes_ == [1, 5]
    assert rule.counts_.tolist() == [[1.0, 1.0], [0.0, 1.0]]
    assert rule.explain().splitlines()[1:] == [
        "Silent for 8 days or more: 50\N{NO-BREAK SPACE}% bought, of 2.",
        "Silent for 91 days or more: 100\N{NO-BREAK SPACE}% bought, of 1.",
    ]


def test_a_distribution_is_whole():
    """Every row sums to 1, whatever is told apart, and no count is impossible."""
    rule, cells = fitted(RecencyRule)
    for most in (0, 1, 7):
        told = rule.distribution(cells, days=30, most=most).to_numpy()
        assert np.allclose(told.sum(axis=1), 1)
        assert (told > 0).all()


def test_another_stretch_is_refused():
    """What was learned over 30 days says nothing of 60."""
    rule, cells = fitted(LastRate)
    with pytest.raises(ModelError, match="learned over 30 days"):
        rule.predict(cells, days=60)


def test_nobody_to_learn_from_is_refused():
    """A shop that opened three weeks ago has no customers of a month ago."""
    facts = world(as_of="2025-07-01", orders=[("A", "2025-06-10")])
    rule = LastRate(30)
    with pytest.raises(ModelError, match="Nobody had bought 30 days before"):
        rule.fit(run(rule.needs(facts).cells))
