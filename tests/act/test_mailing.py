"""Does each moment come once, on the company's clocks?"""

from datetime import UTC, date, datetime, timedelta

import pytest

from keepwell.act.mailing import CATCH_UP, When

HELSINKI = "Europe/Helsinki"


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "now", "on"),
    [
        (When("daily", 0, 1, 7, HELSINKI), "2026-07-01 03:59", date(2026, 6, 30)),
        (When("daily", 0, 1, 7, HELSINKI), "2026-07-01 04:00", date(2026, 7, 1)),
        (When("weekly", 0, 1, 7, HELSINKI), "2026-07-06 04:00", date(2026, 7, 6)),
        (When("weekly", 0, 1, 7, HELSINKI), "2026-07-07 04:01", None),
        (When("monthly", 0, 31, 7, HELSINKI), "2026-06-30 05:00", date(2026, 6, 30)),
        (When("monthly", 0, 31, 7, HELSINKI), "2026-07-30 05:00", None),
        (When("daily", 0, 1, 23, "America/New_York"), "2026-07-02 03:30", date(2026, 7, 1)),
    ],
)
def test_the_newest_day_whose_hour_has_come(when: When, now: str, on: date | None) -> None:
    """Seven in Helsinki is four in summer's UTC; of a Monday's mail nothing is due from Tuesday's hour on; a 31st is the month's last."""
    found = when.due(at(now))
    assert (found and found[0]) == on


@pytest.mark.parametrize(("night", "hour"), [(date(2026, 3, 29), 3), (date(2026, 10, 25), 3)])
def test_the_nights_the_clocks_change_have_one_moment_each(night: date, hour: int) -> None:
    """The hour left out in March, and the one told twice in October: asked every ten minutes, each day comes once, in order."""
    when, seen = When("daily", 0, 1, hour, HELSINKI), []
    now = datetime.combine(night, datetime.min.time(), UTC) - timedelta(days=1)
    for step in range(6 * 72):
        found = when.due(now + step * timedelta(minutes=10))
        if found and found not in seen:
            seen.append(found)
    days = [on for on, _moment in seen]
    assert days == sorted(set(days))
    assert night in days


def test_what_is_a_day_late_is_not_due_any_more() -> None:
    """A worker that was away over the moment sends within a day, not later."""
    when = When("weekly", 0, 1, 7, "UTC")
    assert when.due(at("2026-07-06 07:00") + CATCH_UP - timedelta(seconds=1))
    assert when.due(at("2026-07-06 07:00") + CATCH_UP) is None
