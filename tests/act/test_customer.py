"""Do the rules of a customer's page hold: goals, needs, words and contribution?"""

from datetime import date, timedelta

import pytest

from keepwell.act.customer import Aim, contribution, contributions, speaks_now, stale, state, way
from keepwell.testing import run, world

START, DUE = date(2026, 1, 1), date(2026, 12, 31)
AIM = Aim(100, 200, START, DUE)


@pytest.mark.parametrize(
    ("values", "today", "expected"),
    [
        ([], date(2026, 3, 1), "unknown"),
        ([(date(2026, 3, 1), 117.0)], date(2026, 3, 2), "on_track"),
        ([(date(2026, 7, 2), 140.0)], date(2026, 7, 3), "off_track"),
        ([(date(2026, 7, 2), 140.0), (date(2026, 3, 1), 200.0)], date(2026, 7, 3), "off_track"),
        ([(date(2026, 3, 1), 117.0)], date(2026, 7, 1), "unknown"),
        ([(date(2026, 6, 1), 201.0)], date(2026, 7, 1), "reached"),
        ([(date(2026, 6, 1), 160.0)], date(2027, 1, 2), "unknown"),
        ([(date(2026, 12, 31), 160.0)], date(2027, 6, 2), "missed"),
        ([(date(2027, 1, 5), 200.0)], date(2027, 6, 2), "reached"),
        ([(date(2025, 12, 31), 300.0)], date(2026, 3, 1), "unknown"),
    ],
)
@pytest.mark.capability("S1-18")
def test_a_goal_is_judged_by_its_newest_value(values: list[tuple[date, float]], today: date, expected: str) -> None:
    """On the straight line with a tenth allowed; a value that is old, or none at the end, is never green."""
    assert state(AIM, values, today) == expected


def test_a_goal_may_lead_downwards() -> None:
    """From 50 to 30 complaints, 40 are half the way."""
    assert way(Aim(50, 30, START, DUE), 40) == 0.5


@pytest.mark.capability("S2-12")
def test_a_need_of_next_time_speaks_from_its_day_on() -> None:
    """Not the day before, on its day and after; one of now always."""
    day = date(2026, 5, 5)
    assert [speaks_now("next", day, day + timedelta(days)) for days in (-1, 0, 1)] == [False, True, True]
    assert speaks_now("now", None, day)


@pytest.mark.capability("S1-06")
def test_words_grow_old_after_ninety_days() -> None:
    """Ninety days are not too many, ninety-one are; nothing said is a gap."""
    said = [date(2026, 1, 1)]
    assert [stale(said, date(2026, 1, 1) + timedelta(days)) for days in (90, 91)] == [False, True]
    assert stale([], date(2026, 1, 1))


@pytest.mark.parametrize(
    ("said", "value", "loses"),
    [
        ((100.0, None, 0.0, 0.5), None, None),
        ((100.0, 60.0, 0.0, 0.5), -10.0, True),
        ((100.0, 40.0, 0.0, 0.5), 10.0, False),
        ((100.0, 60.0, 0.0, None), None, None),
        ((100.0, 120.0, 0.0, None), None, True),
        ((100.0, 60.0, 20.0, 0.5), 40.0, False),
    ],
)
@pytest.mark.capability("S1-10")
def test_a_contribution_is_told_only_as_far_as_it_is_known(
    said: tuple[float, float | None, float, float | None], value: float | None, loses: bool | None
) -> None:
    """Revenue × margin - costs; goods named are not taken off twice; without a margin only a loss beyond all revenue is certain."""
    found = contribution(*said)
    assert (found.value, found.loses) == (value, loses)


@pytest.mark.capability("S1-10")
def test_contributions_are_of_the_last_year() -> None:
    """An order within 365 days less its refund, ten days of a contract, and costs that name the customer; older and others' not."""
    facts = world(
        as_of="2026-07-01",
        orders=[("a", "2026-06-01", 50), ("a", "2025-06-01", 70), ("a", "2026-06-02", 20, 5)],
        subscriptions=[("b", "2026-06-21", None, "36.50")],
        costs=[
            {"month": "2026-06-01", "purpose": "serve", "amount": 5, "customer_id": "a"},
            {"month": "2026-06-01", "purpose": "acquire", "amount": 9, "customer_id": "a"},
            {"month": "2024-06-01", "purpose": "serve", "amount": 5, "customer_id": "a"},
        ],
    )
    told = run(contributions(facts).order_by("customer_id"))
    assert told["customer_id"].tolist() == ["a", "b"]
    assert told["revenue"].tolist() == pytest.approx([65.0, 12.0])
    assert told["costs"].tolist() == [5.0, 0.0]
