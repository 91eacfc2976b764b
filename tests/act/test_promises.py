"""When does a promise fall due, what warns, and what is the rate?"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.act.promises import SORTS, Rate, alert_at, distance, due_day, moment, near_by, standing, warned

ZONES = (
    "Europe/Helsinki",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "America/Sao_Paulo",
    "Pacific/Auckland",
)


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


@pytest.mark.capability("S0-11")
def test_tuesday_ten_both_ways_across_a_change_of_clocks() -> None:
    """New York: 10:00 is 15:00 UTC before 8 March 2026 and 14:00 after; 14:00 before 1 November and 15:00 after."""
    told = {day: moment(day, time(10), "America/New_York").hour for day in
            (date(2026, 3, 3), date(2026, 3, 10), date(2026, 10, 27), date(2026, 11, 3))}  # fmt: skip
    assert list(told.values()) == [15, 14, 14, 15]


@pytest.mark.capability("S0-11")
@given(st.dates(date(2005, 1, 1), date(2036, 12, 31)), st.integers(4, 22), st.integers(0, 59), st.sampled_from(ZONES))
def test_the_hour_agreed_is_the_hour_there(day: date, hour: int, minute: int, zone: str) -> None:
    """Whatever day of whatever year, the customer's clock shows the hour that was agreed at the moment it means."""
    told = moment(day, time(hour, minute), zone).astimezone(ZoneInfo(zone))
    assert (told.date(), told.hour, told.minute) == (day, hour, minute)


@pytest.mark.capability("S0-11")
def test_whoever_promised_is_told_before() -> None:
    """A day ahead; an hour where it was agreed within that day; at once where it was agreed within that hour."""
    due = datetime(2026, 10, 27, 8, tzinfo=UTC)
    assert alert_at(due, due - timedelta(days=9)) == due - timedelta(hours=24)
    assert alert_at(due, due - timedelta(hours=24)) == due - timedelta(hours=24)
    assert alert_at(due, due - timedelta(hours=23)) == due - timedelta(hours=1)
    assert alert_at(due, due - timedelta(minutes=20)) == due - timedelta(minutes=20)


def test_how_far_a_moment_is() -> None:
    """In minutes, in hours of the customer's own day, as tomorrow of their day, or as a day; late in whole days."""
    due, zone = datetime(2026, 7, 1, 20, tzinfo=UTC), "Asia/Tokyo"  # 5 in the morning of the 2nd there
    assert distance(due, zone, datetime(2026, 7, 1, 19, 1, tzinfo=UTC)) == ("minutes", 59)
    assert distance(due, zone, datetime(2026, 7, 1, 15, 30, tzinfo=UTC)) == ("hours", 4)  # half past midnight there
    assert distance(due, zone, datetime(2026, 7, 1, 14, 30, tzinfo=UTC)) == ("tomorrow", 0)
    assert distance(due, zone, datetime(2026, 6, 30, 14, tzinfo=UTC)) == ("ahead", 0)
    assert distance(due, zone, due + timedelta(hours=23)) == ("late", 0)
    assert distance(due, zone, due + timedelta(hours=49)) == ("days late", 2)


def test_what_is_near_by_is_of_the_customer_s_day() -> None:
    """Today's and tomorrow's where the customer is, and whatever is late; what comes the day after is not."""
    now, on = datetime(2026, 7, 1, 12, tzinfo=UTC), date(2026, 7, 1)
    assert near_by(now - timedelta(days=30), "UTC", now, on)
    assert near_by(datetime(2026, 7, 2, 23, 59, tzinfo=UTC), "UTC", now, on)
    assert not near_by(datetime(2026, 7, 3, tzinfo=UTC), "UTC", now, on)
    assert near_by(datetime(2026, 7, 3, tzinfo=UTC), "America/New_York", now, on)  # the evening of the 2nd there
