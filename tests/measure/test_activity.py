"""Do folded histories say what the facts say?"""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.config import Company
from keepwell.measure import activity as act
from keepwell.measure import activity_answers as answers
from keepwell.measure.metric import find
from keepwell.measure.periods import Periods, calendar
from keepwell.measure.question import Question
from keepwell.schema.clock import day_number
from keepwell.testing import run, world

SHOP = Company(name="A shop", active_by="purchase")
USED = Company(name="A club", active_by="usage")
BOTH = Company(name="A shop with a club", active_by="any")
JANUARY, FEBRUARY, MARCH = (day_number(date(2025, month, 1)) for month in (1, 2, 3))
WORD = 2025 * 12 // 60
"""The word of five years in which 2025 is the first: January 2025 is its bit 0."""


def months(first: str = "2025-01-01", end: str = "2025-07-01") -> Periods:
    """Calendar months."""
    return calendar("month", date.fromisoformat(first), date.fromisoformat(end), SHOP)


def rows(table: ibis.expr.types.Table) -> list[tuple[object, ...]]:
    """A table's rows, sorted."""
    return sorted(tuple(row) for row in run(table).itertuples(index=False))


def one(table: ibis.expr.types.Table) -> dict[str, object]:
    """The only row of a table."""
    (found,) = run(table).to_dict("records")
    return found


ANN = [("ann", "2025-01-30"), ("ann", "2025-01-30"), ("ann", "2025-02-01"), ("ann", "2025-03-05")]
"""On days 0, 2 and 34 of her own; the first day twice."""


def test_each_month_holds_its_days():
    """30 January is bit 29 of January, 1 February bit 0 of February, 5 March bit 4 of March; two orders of a day are one bit."""
    days = act.day_bits(world(as_of="2025-04-01", company=SHOP, orders=ANN), months())
    assert rows(days.select("month", "used", "bought")) == [(JANUARY, 0, 1 << 29), (FEBRUARY, 0, 1), (MARCH, 0, 1 << 4)]


def test_a_customer_is_read_from_the_days():
    """Ann: first day 30 January, then two and 34 days later; three months; second order day 1 February."""
    people = act.derive(world(as_of="2025-04-01", company=SHOP, orders=ANN), months()).customers
    first = day_number(date(2025, 1, 30))
    assert one(people) == {
        "customer_id": "ann", "first_day": first, "last_day": first + 34, "born": JANUARY, "first_order": first,
        "last_order": first + 34, "order_days": 3, f"months_{WORD}": 0b111, "days": 1 | 1 << 2 | 1 << 34,
        "second_order": first + 2, "orders": 4, "net": Decimal("40.0000"),
    }  # fmt: skip


def test_nine_weeks_are_told_day_by_day():
    """Day 62 after the first is the last that has a bit; day 63 has none."""
    start = date(2025, 1, 31)
    bought = [("ann", str(start + timedelta(day))) for day in (0, 61, 62, 63)]
    people = act.derive(world(as_of="2025-07-01", company=SHOP, orders=bought), months()).customers
    assert one(people)["days"] == 1 | 1 << 61 | 1 << 62


def test_a_long_history_takes_several_words():
    """December 2019 is the last bit of its word, January 2025 the first of the next but one's; nothing lies between."""
    bought = [("ann", "2019-12-31"), ("ann", "2025-01-01")]
    people = one(
        act.derive(world(as_of="2025-02-01", company=SHOP, orders=bought), months("2019-12-01", "2025-02-01")).customers
    )
    assert [people[f"months_{word}"] for word in (WORD - 2, WORD - 1, WORD)] == [1 << 59, 0, 1]


def test_what_was_wholly_given_back_never_was():
    """A refunded order is no purchase; one half refunded is, with what is left of it."""
    orders = [("ann", "2025-01-05", 10, 10), ("ann", "2025-02-05", 10, 4)]
    told = act.derive(world(as_of="2025-04-01", company=SHOP, orders=orders), months())
    assert rows(told.days.select("month", "bought")) == [(FEBRUARY, 1 << 4)]
    assert rows(told.spent.select("month", "orders", "net")) == [(FEBRUARY, 1, Decimal("6.0000"))]


def test_days_are_the_companys():
    """23:30 UTC on 31 January is 1 February in Helsinki."""
    helsinki = Company(name="A shop", active_by="purchase", time_zone="Europe/Helsinki")
    told = act.day_bits(
        world(as_of="2025-04-01", company=helsinki, orders=[("ann", "2025-01-31T23:30:00+00:00")]), months()
    )
    assert rows(told.select("month", "bought")) == [(FEBRUARY, 1)]


def test_activity_is_what_the_company_says():
    """Bo buys in January and uses in February: by purchase born in January, by usage in February, by any both."""
    found = {}
    for company in (SHOP, USED, BOTH):
        facts = world(as_of="2025-04-01", company=company, orders=[("bo", "2025-01-05")], events=[("bo", "2025-02-03")])
        told = one(act.derive(facts, months()).customers)
        found[company.active_by] = (told["born"], told[f"months_{WORD}"])
    assert found == {"purchase": (JANUARY, 0b01), "usage": (FEBRUARY, 0b10), "any": (JANUARY, 0b11)}


CLUB = [("a", 0), ("a", 1), ("a", 7), ("b", 0), ("b", 5), ("c", 0), ("d", 8), ("d", 9)]
"""The page's own example: {0, 1, 7}, {0, 5}, {0} and, later, {8, 9}."""


def club() -> act.ActivityTables:
    """Its activity tables, day 0 being 1 January 2025."""
    events = [(who, str(date(2025, 1, 1) + timedelta(day))) for who, day in CLUB]
    return act.derive(world(as_of="2025-01-12", company=USED, events=events), months())


def test_on_a_day():
    """One day after: a of the three of day 0, and d; five days after: b."""
    curve = rows(answers.day_curve(club().customers, 30))
    assert [(day - JANUARY, age, n) for day, age, n in curve if age] == [(0, 1, 1), (0, 5, 1), (0, 7, 1), (8, 1, 1)]
    assert [(day - JANUARY, n) for day, age, n in curve if not age] == [(0, 3), (8, 1)]


def test_on_a_day_or_after():
    """Of the three of day 0, two were there on day 1 or later (a, b), also on day 5 or later, and a alone on day 6 or later."""
    told = {(day - JANUARY, age): n for day, age, n in rows(answers.on_or_after(club().customers, 8))}
    assert {age: told.get((0, age), 0) for age in range(9)} == {0: 3, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 1, 7: 1, 8: 0}


def test_the_triangle_by_months_and_by_quarters():
    """Ann in January, March and April; Bo in March only: by quarters Ann's January is cohort 0 and so is Bo's March."""
    orders = [("ann", "2025-01-05"), ("ann", "2025-03-05"), ("ann", "2025-04-05"), ("bo", "2025-03-09")]
    told = act.derive(world(as_of="2025-07-01", company=SHOP, orders=orders), months())
    by_month = answers.triangle(act.shapes(told.customers), months()).select("cohort", "age", "active")
    assert rows(by_month) == [(0, 0, 1), (0, 2, 1), (0, 3, 1), (2, 0, 1)]
    quarters = calendar("quarter", date(2025, 1, 1), date(2025, 7, 1), SHOP)
    assert rows(answers.triangle(act.shapes(told.customers), quarters).select("cohort", "age", "active")) == [
        (0, 0, 2),
        (0, 1, 1),
    ]
    assert rows(answers.cell(told, quarters[0], quarters[1])) == [("ann",)]


def test_weeks_are_not_made_of_months():
    """Month bits answer for months and quarters, not for weeks; of months nobody was there in they say so."""
    asked = [calendar(unit, date(2025, 1, 1), date(2025, 4, 1), SHOP) for unit in ("month", "quarter", "week")]
    assert [answers.tells(periods) for periods in asked] == [True, True, False]
    beyond = answers.cohort_counts(act.shapes(club().customers), months("2025-01-01", "2031-01-01"))
    assert one(beyond.agg(there=beyond.active.sum(), silent=beyond.silent.sum())) == {"there": 4, "silent": 4 * 71}


MOVED = [
    ("a", "2025-01-05", 100), ("a", "2025-02-05", 200), ("b", "2025-01-05", 100), ("c", "2024-11-05", 20), ("c", "2025-02-05", 50),
    ("d", "2025-02-05", 30), ("g", "2025-01-05", 80), ("g", "2025-02-05", 60),
]  # fmt: skip
"""The page's bridge from January to February: 280 to 340."""


def test_the_bridge_in_one_pass():
    """New 30, reactivation 50, expansion 100, contraction 20, churn 100: 280 becomes 340."""
    facts = world(as_of="2025-07-01", company=SHOP, orders=MOVED)
    told = act.derive(facts, months("2024-11-01"))
    february = answers.movements(told.spent, months("2025-01-01")).filter(lambda t: t.period == 1)
    found = {name: int(value) for name, value in one(february).items() if name not in ("period", "currency")}
    expected = {
        "start": 280,
        "new": 30,
        "reactivation": 50,
        "expansion": 100,
        "contraction": 20,
        "churn": 100,
        "end": 340,
    }
    assert found == expected


def test_a_customer_known_in_another_currency_is_not_new():
    """Ann paid euros in January and dollars in February: her dollars are a reactivation, her euros gone."""
    orders = [
        {"customer_id": "ann", "ordered_at": "2025-01-05", "gross": 10, "currency": "EUR"},
        {"customer_id": "ann", "ordered_at": "2025-02-05", "gross": 7, "currency": "USD"},
    ]
    told = act.derive(world(as_of="2025-07-01", company=SHOP, orders=orders), months())
    moved = answers.movements(told.spent, months()).filter(lambda t: t.period == 1)
    found = {row[0]: tuple(map(int, row[1:])) for row in rows(moved.select("currency", "new", "reactivation", "churn"))}
    assert found == {"EUR": (0, 0, 10), "USD": (0, 7, 0)}


def test_second_orders_in_time():
    """Ann returns after 20 days, Bo after 40, Cay is too young for 30 days: 1 of 2 within 30 days, 0 of 0 within 365."""
    orders = [
        ("ann", "2025-01-01"),
        ("ann", "2025-01-21"),
        ("bo", "2025-01-01"),
        ("bo", "2025-02-10"),
        ("cay", "2025-02-20"),
    ]
    told = act.derive(world(as_of="2025-03-01", company=SHOP, orders=orders), months())
    asked = answers.second_orders(told.customers, (30, 365), day_number(date(2025, 3, 1)))
    assert one(asked) == {"customers_30": 2, "again_30": 1, "customers_365": 0, "again_365": 0}


def test_the_thirtieth_day_must_be_over():
    """A first order on 1 January counts for 30 days from the morning of 1 February on: on 31 January day 30 still runs."""
    told = act.derive(world(as_of="2025-03-01", company=SHOP, orders=[("ann", "2025-01-01")]), months())
    mornings = [day_number(date(2025, 1, 31)), day_number(date(2025, 2, 1))]
    assert [one(answers.second_orders(told.customers, (30,), day))["customers_30"] for day in mornings] == [0, 1]


def test_equal_customers_stand_in_the_same_fifth():
    """Of ten customers eight bought once and two twice: once is fifth 1 (the first cut and all others up to the fourth lie at 1)."""
    orders = [(f"c{n}", "2025-01-05") for n in range(10)] + [("c0", "2025-01-06"), ("c1", "2025-01-06")]
    told = act.derive(world(as_of="2025-03-01", company=SHOP, orders=orders), months())
    scored = rows(answers.ranks(told, day_number(date(2025, 3, 1))).select("frequency", "recency", "money"))
    assert Counter(scored) == Counter({(1, 1, 1): 8, (5, 5, 5): 2})


DAYS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 200)), min_size=1, max_size=30)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(DAYS)
def test_bits_say_what_counting_says(visits):
    """Triangle, day curve and month bits of any history are what counting days one by one gives."""
    start = date(2024, 11, 20)
    dated = {(who, start + timedelta(day)) for who, day in visits}
    facts = world(as_of="2025-07-01", company=USED, events=[(who, str(day)) for who, day in dated])
    span = months("2024-11-01")
    told = act.derive(facts, span)
    born = {who: min(day for name, day in dated if name == who) for who, _ in dated}
    active = {(who, day.year * 12 + day.month) for who, day in dated}
    cells = Counter((born[w].year * 12 + born[w].month, m - born[w].year * 12 - born[w].month) for w, m in active)
    expected = sorted((month - (2024 * 12 + 11), age, n) for (month, age), n in cells.items())
    assert rows(answers.triangle(act.shapes(told.customers), span).select("cohort", "age", "active")) == expected
    ages = Counter((day_number(born[who]), (day - born[who]).days) for who, day in dated)
    expected = sorted((day, age, n) for (day, age), n in ages.items() if age <= 40)
    assert rows(answers.day_curve(told.customers, 40).select("first_day", "age", "customers")) == expected
    by_place = act.place_bits(facts, span)
    triangle = answers.triangle(act.shapes(told.customers), span).select("cohort", "age", "active")
    assert rows(answers.triangle_by_place(by_place, span).select("cohort", "age", "active")) == rows(triangle)
    counted = Question(find("cohort_retention"), facts, span).totals.select(
        "cohort", "age", "customers", "active", "silent"
    )
    for quick in (answers.cohort_counts(act.shapes(told.customers), span), answers.cohort_totals(facts, span)):
        assert rows(quick.select("cohort", "age", "customers", "active", "silent")) == rows(counted)


def test_weeks_and_more_periods_than_a_word_holds():
    """Seventy weeks in two words: Ann in the first and the sixty-ninth, Bo in the sixty-fourth only."""
    visits = [
        ("ann", "2024-01-01"),
        ("ann", str(date(2024, 1, 1) + timedelta(weeks=68))),
        ("bo", str(date(2024, 1, 1) + timedelta(weeks=63))),
    ]
    weeks = calendar("week", date(2024, 1, 1), date(2024, 1, 1) + timedelta(weeks=70), USED)
    bits = act.place_bits(world(as_of="2025-07-01", company=USED, events=visits), weeks)
    told = answers.triangle_by_place(bits, weeks).select("cohort", "age", "active")
    assert rows(told) == [(0, 0, 1), (0, 68, 1), (63, 0, 1)]


def test_paid_service_has_no_bits():
    """Where subscriptions keep customers the cases themselves must be counted."""
    paid = world(
        as_of="2025-07-01",
        company=Company(name="Paid", active_by="subscription"),
        subscriptions=[("ann", "2025-01-05")],
    )
    assert answers.cohort_totals(paid, months()) is None
