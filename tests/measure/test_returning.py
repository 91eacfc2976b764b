"""Are customers back on day N, on or after it, or in a bracket, by the days of the company?"""

import pytest

from keepwell.config import Company
from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.returning import brackets, numbers
from keepwell.testing import ask, people, world

SHOP = Company(name="A shop", active_by="purchase", activity_window_days=30)


def shop(bought: dict[str, list[str]], as_of: str, company: Company = SHOP) -> Facts:
    """Customers and the moments of their purchases."""
    return world(
        as_of=as_of, company=company, orders=[(who, moment) for who, moments in bought.items() for moment in moments]
    )


def four() -> Facts:
    """Active on days {0, 1, 7}, {0, 5}, {0} and {8, 9}; day 0 is 1 March, day 10 is the last known."""
    days = {"Ann": (0, 1, 7), "Bob": (0, 5), "Cid": (0,), "Dai": (8, 9)}
    return shop({who: [f"2025-03-{1 + day:02d}" for day in active] for who, active in days.items()}, as_of="2025-03-12")


def values(facts: Facts, metric: str, n: str, **options: object) -> dict[int, tuple[int, int]]:
    """N -> (retained, eligible)."""
    frame = ask(facts, metric, start="2025-03-01", n=n, **options).frame
    return {row.n: (row.retained, row.eligible) for row in frame.itertuples()}


def test_on_n_asks_only_those_whose_day_is_over():
    """On day 1 two of four are back, on day 5 one of three: Dai's day 5 has not come."""
    assert values(four(), "retention_on", "0,1,5") == {0: (4, 4), 1: (2, 4), 5: (1, 3)}


def test_on_or_after_looks_at_the_last_day():
    """On day 5 or after two of three are back."""
    assert values(four(), "retention_on_or_after", "5") == {5: (2, 3)}


def test_a_bracket_is_any_day_in_it():
    """In days 4 to 7 two of three are back."""
    assert values(four(), "retention_bracket", "4-7") == {4: (2, 3)}


def test_every_number_opens_to_its_customers():
    """On day 5: Bob is back, Ann and Cid are silent, Dai is waited for."""
    answer = ask(four(), "retention_on", start="2025-03-01", n="5")
    told = {group: people(answer, group, n=5) for group in ("retained", "silent", "waiting")}
    assert told == {"retained": ["Bob"], "silent": ["Ann", "Cid"], "waiting": ["Dai"]}


def test_cohorts_wait_until_the_last_of_them_is_due():
    """By week: the week of 24 February is whole for day 5, that of 3 March (Dai, on the 9th) is not and carries no value."""
    frame = ask(four(), "retention_on", "week", start="2025-02-24", n="5", cohorts=True).frame
    assert frame[["cohort", "eligible", "waiting", "complete"]].to_numpy().tolist() == [
        ["2025-W09", 3, 0, True],
        ["2025-W10", 0, 1, False],
    ]
    assert frame["value"].isna().tolist() == [False, True]


def test_calendar_days_and_exact_hours():
    """First at 23:50, next at 00:05: back on calendar day 1, within exact 24 hours still day 0."""
    facts = shop({"Ann": ["2025-03-01 23:50", "2025-03-02 00:05"]}, as_of="2025-03-10")
    assert values(facts, "retention_on", "0,1") == {0: (1, 1), 1: (1, 1)}
    assert values(facts, "retention_on", "0,1", each="24h") == {0: (1, 1), 1: (0, 1)}


def test_exact_hours_are_not_rounded():
    """First at 17:59, next day at 17:00: 23 hours later is day 0, whatever the hour it is rounded to."""
    facts = shop({"Ann": ["2025-03-01 17:59", "2025-03-02 17:00"]}, as_of="2025-03-10")
    assert values(facts, "retention_on", "1", each="24h") == {1: (0, 1)}


def test_exact_hours_are_due_to_the_minute():
    """First on 1 March at 12:00, looked at on the morning of the 3rd: 24 to 48 hours after are not over yet."""
    facts = shop({"Ann": ["2025-03-01 12:00"]}, as_of="2025-03-03")
    assert values(facts, "retention_on", "0,1", each="24h") == {0: (1, 1), 1: (0, 0)}


def test_weeks_and_months_are_calendar_ones():
    """Sunday 2 March and Monday 3 March lie in neighbouring weeks; 31 March and 1 April in neighbouring months."""
    week = shop({"Ann": ["2025-03-02", "2025-03-03"]}, as_of="2025-04-01")
    month = shop({"Ann": ["2025-03-31", "2025-04-01"]}, as_of="2025-05-01")
    assert values(week, "retention_on", "1", each="week") == {1: (1, 1)}
    assert values(month, "retention_on", "1", each="month") == {1: (1, 1)}


def test_a_day_of_25_hours_is_one_day():
    """In Budapest 26 October has 25 hours: from its 00:30 to its 23:30 is day 0, the next midnight is day 1."""
    company = SHOP.model_copy(update={"time_zone": "Europe/Budapest"})
    facts = shop(
        {"Ann": ["2025-10-26 00:30", "2025-10-26 23:30"], "Bob": ["2025-10-26 00:30", "2025-10-27 00:00"]},
        "2025-11-10",
        company,
    )
    frame = ask(facts, "retention_on", start="2025-10-01", n="1").frame
    assert (frame["retained"].tolist(), frame["eligible"].tolist()) == ([1], [2])


def test_how_customers_enter():
    """Orders in January (DE) and March (US): first_ever January, recurring both, first_matching US March, first_ever of US nobody."""
    orders = [
        {"customer_id": "Ann", "ordered_at": day, "country": country}
        for day, country in (("2025-01-10", "DE"), ("2025-03-10", "US"))
    ]
    facts = world(as_of="2025-07-01", company=SHOP, orders=orders)

    def cohorts(**options: object) -> list[str]:
        return ask(facts, "retention_on", start="2025-01-01", n="0", cohorts=True, **options).frame["cohort"].tolist()

    assert cohorts() == ["2025-01"]
    assert cohorts(entry="recurring") == ["2025-01", "2025-03"]
    assert cohorts(entry="first_matching", matching="country=US") == ["2025-03"]
    assert cohorts(matching="country=US") == []
    assert cohorts(matching="country = DE") == ["2025-01"]


def test_cells_near_the_look_are_greyed():
    """
    Ann's and Bob's gaps are 10 days. On 1 March + 30 days, looked at ten days later, there was time to return;
    on 1 March + 39 days there was not.
    """
    facts = shop({"Ann": ["2025-03-01", "2025-03-11"], "Bob": ["2025-03-01", "2025-03-11"]}, as_of="2025-04-11")
    frame = ask(facts, "retention_on_or_after", start="2025-03-01", n="30,39").frame
    assert frame["greyed"].tolist() == [False, True]


def test_subscribers_are_active_while_they_are_served():
    """Ann is served for 10 days, Bob still is: on day 5 both, on day 10 only Bob."""
    facts = world(as_of="2025-04-01", subscriptions=[("Ann", "2025-03-01", "2025-03-11"), ("Bob", "2025-03-01", None)])
    assert values(facts, "retention_on", "5,9,10") == {5: (2, 2), 9: (2, 2), 10: (1, 2)}


def test_numbers_are_read_from_text():
    """Lists, ranges and both; brackets keep their ends."""
    assert (numbers("7,0-3, 30"), brackets("1-7,8-14,30")) == ([0, 1, 2, 3, 7, 30], [(1, 7), (8, 14), (30, 30)])


@pytest.mark.parametrize(("metric", "options", "says"), [
    ("retention_on", {"n": "1,x"}, "'x' in '1,x' is not a number of periods"),
    ("retention_on", {"each": "fortnight"}, "N cannot count 'fortnight'"),
    ("retention_on", {"entry": "second"}, "'second' is no way to enter a cohort"),
    ("retention_on", {"matching": "colour=red"}, "Activities cannot be matched by 'colour=red'"),
    ("retention_bracket", {"n": "1-7,7-14"}, "The brackets '1-7,7-14' overlap"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(metric, options, says):
    """Each wrong option is named with what would be right."""
    with pytest.raises(MetricError, match=says):
        ask(four(), metric, start="2025-03-01", **options)
