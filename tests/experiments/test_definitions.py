"""Is what changed since a plan was frozen told in few words?"""

import pytest

from keepwell.experiments.definitions import _changed


@pytest.mark.parametrize(
    ("name", "then", "now", "told"),
    [
        ("excluded_customers", None, [f"p{n}" for n in range(110)], "excluded_customers now 110 more"),
        ("excluded_customers", ["a", "b"], ["b", "c", "d"], "excluded_customers now 2 more and 1 fewer"),
        ("excluded_customers", ["a"], [], "excluded_customers now 1 fewer"),
        ("activity_window_days", 60, 5, "activity_window_days 60, now 5"),
        ("gross_margin", None, "0.4", "gross_margin unset, now 0.4"),
    ],
)
def test_lists_are_told_by_how_many_came_and_went(name: str, then: object, now: object, told: str) -> None:
    """Ids of customers are for no page; other settings are told as they were and are."""
    assert _changed(name, then, now) == told
