"""When does a promise fall due, what warns, and what is the rate?"""

from datetime import UTC, date, datetime, time

import pytest

from keepwell.act.promises import SORTS, Rate, due_day, moment, standing, warned


@pytest.mark.capability("S0-11")
def test_ten_stays_ten_across_a_change_of_clocks() -> None:
    """Tuesday 10:00 in Helsinki is 07:00 UTC in summer and 08:00 UTC after the clocks went back on 25 October 2026."""
    assert moment(date(2026, 10, 20), time(10), "Europe/Helsinki") == datetime(2026, 10, 20, 7, tzinfo=UTC)
    assert moment(date(2026, 10, 27), time(10), "Europe/Helsinki") == datetime(2026, 10, 27, 8, tzinfo=UTC)


def test_an_hour_that_does_not_come_is_the_first_moment_after() -> None:
    """On 29 March 2026 clocks in Helsinki go from 03:00 to 04:00, at 01:00 UTC; Apia had no 30 December 2011 at all."""
    assert moment(date(2026, 3, 29), time(3, 30), "Europe/Helsinki") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert moment(date(2011, 12, 30), time(12), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first() -> None:
    """03:30 on 25 October 2026 comes at 00:30 UTC and again at 01:30 UTC."""
    assert moment(date(2026, 10, 25), time(3, 30), "Europe/Helsinki") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.capability("S0-12")
def test_words_of_what_is_never_promised_warn() -> None:
    """A sign warns in any case, but not as a part of a longer word; other types never warn."""
    assert [sort.id for sort in warned("We GUARANTEE it, delivered by May", SORTS)] == ["delivery_date", "guarantee"]
    assert warned("The guarantees of the contract, and a roadmapping tool", SORTS) == []
    assert [sort.id for sort in warned("That is 100 % safe", SORTS)] == ["guarantee"]


def test_a_rate_of_nothing_is_not_known() -> None:
    """Nobody had anything due: neither good nor bad."""
    assert Rate(0, 0).share is None
    assert Rate(3, 4).share == 0.75


def test_where_a_promise_stands() -> None:
    """Late once its moment has passed, due until the reader's day ends, next afterwards, closed when it is."""
    now, ends = datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC)
    at = [datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 1, 23, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC)]
    assert [standing("open", each, now, ends) for each in at] == ["late", "due", "next"]
    assert standing("kept", at[0], now, ends) == "closed"


def test_the_day_is_that_of_the_customer() -> None:
    """Late in the evening in UTC it is the next day in Tokyo."""
    assert due_day(datetime(2026, 7, 1, 20, tzinfo=UTC), "Asia/Tokyo") == date(2026, 7, 2)
