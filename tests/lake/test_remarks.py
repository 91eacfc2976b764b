"""Is a person told of what is wrong with a delivery though every row of it holds?"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.lake.shop import Counter, bring, customer, order

from keepwell.lake import Lake

MORNING = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _shop(prefix: str, source: str, days: Sequence[int], cents: Sequence[int], people: Sequence[str]) -> dict[str, Any]:
    """Orders and customers of a shop: the nth order on its day, over its cents, by its person."""
    orders = [
        order(f"{prefix}{n}", who, str(Decimal(amount) / 100), ordered_at=MORNING + timedelta(days=day), _source=source)
        for n, (day, amount, who) in enumerate(zip(days, cents, people, strict=True))
    ]
    return {
        "customers": [customer(who, _source=source) for who in dict.fromkeys(people)],
        "orders": orders,
    }


def _invented(seed: int, size: int = 60, days: int = 90, prices: int = 9000) -> tuple[list[int], list[int]]:
    luck = random.Random(seed)
    return [luck.randrange(days) for _ in range(size)], [luck.randrange(1, prices) for _ in range(size)]


def test_a_shop_told_by_two_platforms_is_noticed(lake: Lake, counter: Counter) -> None:
    """Sixty orders under other numbers, on the same days over the same amounts: a caution names the batch to take back."""
    days, cents = _invented(1)
    first = bring(lake, counter.delivery(**_shop("S", "shopify.csv", days, cents, [f"c{n}" for n in range(60)])))
    again = lake.stage(counter.delivery(**_shop("", "orders.csv", days, cents, [f"{n}@x.com" for n in range(60)])))
    (caution,) = again.cautions
    assert first.cautions == ()
    assert caution.what == "told twice"
    assert caution.about == (first.id,)
    assert caution.says.startswith(
        "60 new orders of orders.csv have the same day, amount and currency as orders of shopify.csv"
    )
    assert f"(batch {first.id})" in caution.says
    assert f"keepwell undo {first.id}" in caution.says
    assert lake.batches()[-1].cautions == (caution,)


def test_one_delivery_may_tell_a_shop_twice(lake: Lake, counter: Counter) -> None:
    """Two files of one import are compared too, and the later one is told of, once."""
    days, cents = _invented(2)
    told = _shop("A", "a.csv", days, cents, ["ann"] * 60)
    told["orders"] += _shop("B", "b.csv", days, cents, ["ann"] * 60)["orders"]
    (caution,) = lake.stage(counter.delivery(**told)).cautions
    assert caution.says.startswith(
        "60 new orders of b.csv have the same day, amount and currency as orders of a.csv, of 60"
    )
    assert "import only one of them" in caution.says


def test_a_part_of_a_shop_told_again_is_noticed(lake: Lake, counter: Counter) -> None:
    """A week of ninety days told again is enough: only days both tell of are compared."""
    days, cents = _invented(3, size=200)
    bring(lake, counter.delivery(**_shop("A", "a.csv", days, cents, ["ann"] * 200)))
    part = [n for n, day in enumerate(days) if 40 <= day < 47]
    again = _shop("B", "b.csv", [days[n] for n in part], [cents[n] for n in part], ["bob"] * len(part))
    (caution,) = lake.stage(counter.delivery(**again)).cautions
    assert caution.says.startswith(f"{len(part)} new orders of b.csv")


def test_amounts_that_differ_do_not_hide_the_same_customers(lake: Lake, counter: Counter) -> None:
    """One platform with tax, the other without: the customers, by their e-mail addresses, give it away."""
    days, cents = _invented(4)
    one = _shop("A", "a.csv", days, cents, [f"id{n % 40}" for n in range(60)])
    one["customers"] = [row | {"email": f"P{row['customer_id'][2:]}@x.com"} for row in one["customers"]]
    bring(lake, counter.delivery(**one))
    other = _shop("B", "b.csv", days, [c * 2 for c in cents], [f"p{n % 40}@x.com" for n in range(60)])
    (caution,) = lake.stage(counter.delivery(**other)).cautions
    assert caution.says.startswith("60 new orders of b.csv have the same day and customer as orders of a.csv")


@pytest.mark.parametrize("prices", [9000, 40, 2])
def test_another_shop_is_not_taken_for_the_same(lake: Lake, counter: Counter, prices: int) -> None:
    """Two shops of few prices coincide by chance, on this day as on any other: nothing is said."""
    for shop in range(2):
        days, cents = _invented(10 + shop, size=400, prices=prices)
        people = [f"{shop}-{n % 150}" for n in range(400)]
        batch = bring(lake, counter.delivery(**_shop(f"{shop}-", f"{shop}.csv", days, cents, people)))
        assert batch.cautions == ()


def test_prices_of_every_month_coincide_by_chance(lake: Lake, counter: Counter) -> None:
    """Two shops that bill the same price on the first of every month are two shops."""
    firsts = [(date(2026, month, 1) - date(2026, 1, 1)).days - 4 for month in range(1, 7) for _ in range(10)]
    for shop in range(2):
        people = [f"{shop}-{n % 10}" for n in range(60)]
        batch = bring(lake, counter.delivery(**_shop(f"{shop}-", f"{shop}.csv", firsts, [999] * 60, people)))
        assert batch.cautions == ()


def test_the_same_orders_again_are_no_second_shop(lake: Lake, counter: Counter) -> None:
    """A later export of the same platform brings known numbers and new ones: nothing is said."""
    days, cents = _invented(5, size=200)
    people = [f"c{n % 50}" for n in range(200)]
    bring(lake, counter.delivery(**_shop("A", "may.csv", days[:120], cents[:120], people[:120])))
    whole = _shop("A", "june.csv", days, [*cents[:60], *(c + 1 for c in cents[60:])], people)
    assert lake.stage(counter.delivery(**whole)).cautions == ()


def test_the_day_is_the_day_of_the_company(lake: Lake, counter: Counter) -> None:
    """Half past nine in the evening UTC is the next day in Helsinki; a file with days only has that day."""
    from dataclasses import replace

    late = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)
    one = [order(f"A{n}", None, str(10 + n), ordered_at=late + timedelta(days=n)) for n in range(9)]
    midnight = datetime(2026, 1, 5, 22, tzinfo=UTC)
    other = [order(f"B{n}", None, str(10 + n), ordered_at=midnight + timedelta(days=n, hours=20)) for n in range(9)]
    bring(lake, replace(counter.delivery(orders=one), zone="Europe/Helsinki"))
    told = counter.delivery(orders=other)
    assert len(lake.stage(replace(told, zone="Europe/Helsinki")).cautions) == 1
    assert lake.stage(replace(told, digest="utc", zone="UTC")).cautions == ()


def test_orders_of_nothing_are_noted(lake: Lake, counter: Counter) -> None:
    """One is said as one, several with their number; refused ones are not counted among them."""
    one = lake.stage(counter.delivery(orders=[order("1", None, "0"), order("2", None)]))
    assert one.notes == (
        "1 order has an amount of zero; it is kept, but counted as orders only with count_zero_orders = true in keepwell.toml.",
    )  # fmt: skip
    nothings = [order(str(n), None, "0") for n in range(3)] + [order("9", None, "0", currency="XYZ")]
    assert (
        lake.stage(counter.delivery(orders=nothings))
        .notes[0]
        .startswith("3 orders have an amount of zero; they are kept")
    )


def _subscription(n: int, starts_on: date, ends_on: date | None) -> dict[str, Any]:
    return {
        "subscription_id": f"s{n}", "customer_id": "ann", "starts_on": starts_on, "ends_on": ends_on, "state": "paid",
        "mrr": Decimal(9), "currency": "EUR",
    }  # fmt: skip


def _subscribed(ends: Sequence[date | None]) -> dict[str, Any]:
    told = [_subscription(n, date(2025, 1, 1) + timedelta(days=n), end) for n, end in enumerate(ends)]
    return {"customers": [customer("ann")], "subscriptions": told}


def test_ends_that_are_the_day_of_the_export_are_noticed(lake: Lake, counter: Counter) -> None:
    """Eight of ten end on the last day and nobody is running: the caution says so with both numbers."""
    ends = [date(2026, 6, 30)] * 8 + [date(2025, 5, 5), date(2025, 7, 9)]
    (caution,) = lake.stage(counter.delivery(**_subscribed(ends))).cautions
    assert caution.what == "ends"
    assert caution.says.startswith(
        "8 of 10 subscriptions end on the last day of the data (2026-06-30), and none is still running"
    )
    assert "Leave the end of those that still run empty" in caution.says


@pytest.mark.parametrize(
    "ends",
    [
        [date(2026, 6, 30)] * 8 + [None, None],
        [date(2025, 6, 1) + timedelta(days=30 * n) for n in range(10)],
        [date(2026, 6, 30)] * 4,
        [date(2025, 12, 31)] * 9 + [date(2026, 12, 31)] * 9,
    ],
    ids=["some are running", "ends of every day", "a handful", "ends of every year"],
)
def test_ends_of_other_kinds_are_left_alone(lake: Lake, counter: Counter, ends: list[date | None]) -> None:
    """Where some still run, or ends are many, nothing is said."""
    assert lake.stage(counter.delivery(**_subscribed(ends))).cautions == ()
