"""Do the tables say what the truth says: exactly where it is counted, within chance where it was drawn?"""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.demo.conftest import AS_OF

from keepwell.demo import Truth, generate
from keepwell.demo.world import World

Ask = Callable[[str], list[tuple]]
LOCAL = "(timezone('Europe/Helsinki', {0}))::date"
SOLD = "status in ('paid', 'partly_refunded', 'refunded')"


@pytest.fixture(scope="module")
def ask(folder: Path) -> Ask:
    """SQL on the files, written without any of our own code; zones by the engine's own calendar."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    for path in folder.iterdir():
        if path.is_dir():
            con.execute(f"create view {path.name} as select * from '{path}/*.parquet'")
    return lambda sql: con.execute(sql).fetchall()


def test_money_of_every_month_is_told_to_the_cent(ask: Ask, truth: Truth) -> None:
    """Sales by the day they were ordered, refunds by the day they were given, in the company's days."""
    sales = {
        m: (n, c)
        for m, n, c in ask(
            f"select date_trunc('month', {LOCAL.format('ordered_at')})::date::varchar, count(*), (sum(gross) * 100)::bigint from orders where {SOLD} group by 1"
        )
    }
    back = {
        m: (n, c)
        for m, n, c in ask(
            f"select date_trunc('month', {LOCAL.format('refunded_at')})::date::varchar, count(*), (sum(amount) * 100)::bigint from refunds group by 1"
        )
    }
    told = truth.months
    assert [m["month"] for m in told] == sorted(sales)
    assert len(told) == 30
    assert [sales[m["month"]] for m in told] == [(m["sales"], m["gross_cents"]) for m in told]
    assert [back.get(m["month"], (0, 0)) for m in told] == [(m["refunds"], m["refunded_cents"]) for m in told]


def test_lines_shipping_and_refunds_add_up(ask: Ask) -> None:
    """Lines and shipping are the gross of every order; dated refunds are its refunded."""
    assert ask(
        "select count(*) from orders o join (select order_id, sum(amount) a from order_lines group by 1) l using (order_id) where o.gross != l.a + o.shipping"
    ) == [(0,)]
    assert ask(
        "select count(*) from orders o left join (select order_id, sum(amount) a from refunds group by 1) r using (order_id) where o.refunded != coalesce(r.a, 0)"
    ) == [(0,)]
    assert ask(
        "select count(*) from refunds r join orders o using (order_id) where r.refunded_at <= o.ordered_at or r.customer_id is distinct from o.customer_id"
    ) == [(0,)]


def test_counts_are_told_exactly(ask: Ask, truth: Truth) -> None:
    """Orders by state, guests, people known twice, members: what was written is what is told."""
    told = truth.counts
    for state, count in ask("select status, count(*) from orders group by 1"):
        assert told[f"orders_{state}"] == count
    assert [(told["orders"], told["guest_orders"])] == ask(
        "select count(*), count(*) filter (where customer_id is null) from orders"
    )
    assert [(told["customers"] + told["known_twice"], told["known_twice"])] == ask(
        "select (select count(*) from customers), count(*) from merges"
    )
    assert [(told["members"],)] == ask("select count(distinct customer_id) from subscriptions where state != 'trial'")
    assert [(told["buyers"],)] == ask("select count(*) from truth where buyer")
    reasons = dict(ask(f"select reason, count(*) from truth where buyer and left_on < date '{AS_OF}' group by 1"))
    assert reasons == truth.reasons


def test_the_bridge_of_the_club_is_told_exactly(ask: Ask, truth: Truth) -> None:
    """Members at the start and end of every month by identity, worked anew from the stretches in sets."""
    rows = ask(
        "select customer_id, starts_on, coalesce(ends_on, date '2999-01-01') from subscriptions where state != 'trial'"
    )
    edges = [date.fromisoformat(m["month"]) for m in truth.months] + [AS_OF]
    first: dict[str, date] = {}
    for customer, start, _ in rows:
        first[customer] = min(start, first.get(customer, start))
    inside = [{c for c, start, end in rows if start < edge <= end} for edge in edges]
    for month, before, after, start in zip(truth.months, inside, inside[1:], edges, strict=False):
        new = {c for c in after - before if first[c] >= start}
        worked = (
            len(before),
            len(before & after),
            len(before - after),
            len(new),
            len(after - before - new),
            len(after),
        )
        assert worked == tuple(month[f"members_{name}"] for name in ("start", "kept", "lost", "new", "returned", "end"))
        assert (
            month["members_end"]
            == month["members_start"] + month["members_new"] + month["members_returned"] - month["members_lost"]
        )


PROMISED = {
    "every state of an order": "select count(distinct status) = 6 from orders",
    "guests": "select count(*) > 0 from orders where customer_id is null",
    "two orders on one day": f"select count(*) > 0 from (select customer_id, {LOCAL.format('ordered_at')} d from orders where customer_id is not null group by 1, 2 having count(*) > 1)",
    "orders whose day differs in UTC": f"select count(*) > 20 from orders where {LOCAL.format('ordered_at')} != ordered_at::date",
    "orders over the spring change": f"select count(*) > 0 from orders where {LOCAL.format('ordered_at')} = date '2026-03-29'",
    "orders over the autumn change": f"select count(*) > 0 from orders where {LOCAL.format('ordered_at')} = date '2026-10-25'",
    "every state of a stretch": "select count(distinct state) = 4 from subscriptions",
    "upgrades": "select count(*) > 0 from subscriptions a join subscriptions b on a.subscription_id = b.subscription_id and a.ends_on = b.starts_on where a.plan = 'Club' and b.plan = 'Club Plus'",
    "downgrades": "select count(*) > 0 from subscriptions a join subscriptions b on a.subscription_id = b.subscription_id and a.ends_on = b.starts_on where a.plan = 'Club Plus' and b.plan = 'Club'",
    "turns to yearly billing": "select count(*) > 0 from subscriptions a join subscriptions b on a.subscription_id = b.subscription_id and a.ends_on = b.starts_on where a.interval = 'month' and b.interval = 'year'",
    "returns after a gap": "select count(*) > 0 from (select customer_id from subscriptions group by 1 having count(distinct subscription_id) > 1)",
    "involuntary ends": "select count(*) > 0 from subscriptions where involuntary and ends_on is not null",
    "cancellations to come": f"select count(*) > 0 from subscriptions where ends_on >= date '{AS_OF}' and cancel_requested_at < date '{AS_OF}'",
    "price rise": "select count(*) > 0 from subscriptions where starts_on = date '2025-12-01' and list_mrr in (11.09, 22.29)",
    "every purpose of a cost": "select count(distinct purpose) = 4 from costs",
    "costs of one customer": "select count(*) > 0 from costs where customer_id is not null",
    "contacts by people and by machines, both ways": "select count(distinct (direction, human)) >= 3 from touches",
    "tickets with and without an end": "select count(value) > 0 and count(*) > count(value) from events where kind = 'ticket'",
    "silent answers": "select count(*) > count(answered_at) and count(answered_at) > 0 from answers",
    "visits before a name was known": "select count(*) > 0 from events where kind = 'visit' and customer_id is null and properties['visitor'] is not null",
    "use of the club": "select count(*) > 0 from events where kind = 'usage'",
    "every outcome of a deal": "select count(distinct outcome) = 3 from deals",
    "contacts in accounts only": "select count(*) > 0 and bool_and(kind = 'account') from contacts join customers using (customer_id)",
    "traits": "select count(distinct traits['industry']) = 5 and count(distinct traits['interest']) = 5 from customers",
    "second ids with orders": "select count(*) > 0 from orders join merges on customer_id = from_customer_id",
    "coins": "select count(distinct (experiment, arm)) = 4 from assignments",
    "birthdays": "select count(birthday) > 0 from customers",
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISED)
def test_everything_promised_is_in_it(ask: Ask, promise: str) -> None:
    """Even a small company has each of the cases a measurement stumbles over."""
    assert ask(PROMISED[promise]) == [(True,)]


def test_no_mail_leads_to_anybody(ask: Ask) -> None:
    """Every address is of example.com, which belongs to nobody."""
    assert ask(
        "select bool_and(email like '%@example.com') from (select email from customers union all select email from contacts)"
    ) == [(True,)]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Twenty thousand customers with what is hidden of them, and the days they joined and left, counted from the opening."""
    into = tmp_path_factory.mktemp("demo") / "large"
    generate(into, customers=20_000, seed=11, as_of=AS_OF)
    return (
        duckdb.connect()
        .execute(
            f"""select t.*, c.source, (c.acquired_at::date - date '2024-05-01') as joined, (coalesce(left_on, date '2200-01-01') - date '2024-05-01') as gone
        from '{into}/truth/*.parquet' t join '{into}/customers/*.parquet' c using (customer_id)"""
        )
        .df()
    )


def _expected(frame: pd.DataFrame, truth: Truth) -> np.ndarray:
    """Probability of staying a year, from the parameters alone: a gamma mixture of exponentials in the time of pressure."""
    segments, sources = ({entry["name"]: entry for entry in truth.parameters[name]} for name in ("segments", "sources"))
    world = World(AS_OF, 1, 0)
    days = frame["joined"].to_numpy(float)
    span = (world.pressure(days + 365) - world.pressure(days)) / 365.25
    factor = frame["source"].map(lambda s: sources[s]["leaving"]).to_numpy(float)
    factor = factor * np.where(frame["thanked"], truth.parameters["thanked"]["leaving_factor"], 1.0)
    mean = frame["segment"].map(lambda s: segments[s]["leaving"]).to_numpy(float)
    shape = frame["segment"].map(lambda s: segments[s]["leaving_shape"]).to_numpy(float)
    return (1 + mean * factor * span / shape) ** -shape


@pytest.mark.slow
@pytest.mark.parametrize("by", ["segment", "source", "thanked"])
def test_staying_a_year_is_as_drawn(people: pd.DataFrame, truth: Truth, by: str) -> None:
    """In every group the share that stays a year is within four standard deviations of what the parameters say."""
    chance = _expected(people, truth)
    stayed = people["gone"] >= people["joined"] + 365
    for _, rows in people.groupby(by):
        p = chance[rows.index]
        assert abs(stayed[rows.index].sum() - p.sum()) <= 4 * np.sqrt((p * (1 - p)).sum()) + 1


@pytest.mark.slow
def test_shares_and_rates_are_as_drawn(people: pd.DataFrame, truth: Truth) -> None:
    """Segments and sources have their shares, and order rates their means, within four standard errors."""
    for name, column in (("segments", "segment"), ("sources", "source")):
        for entry in truth.parameters[name]:
            share, p = (people[column] == entry["name"]).mean(), entry["share"]
            assert abs(share - p) <= 4 * np.sqrt(p * (1 - p) / len(people))
    for segment in truth.parameters["segments"]:
        rates = people.loc[people["segment"] == segment["name"], "orders_a_year"]
        spread = segment["orders"] / np.sqrt(segment["orders_shape"])
        assert abs(rates.mean() - segment["orders"]) <= 4 * spread / np.sqrt(len(rates))


@pytest.mark.slow
def test_the_price_rise_pushes_people_out(people: pd.DataFrame, truth: Truth) -> None:
    """In the sixty days after it about 2.2 times as many leave, of those there, as in the sixty before; frailty takes a little."""
    rise = (date.fromisoformat(truth.parameters["price_rise"]["on"]) - date(2024, 5, 1)).days
    known = people[people["joined"] < rise - 60]

    def share(start: int) -> float:
        there = known[known["gone"] >= start]
        return (there["gone"] < start + 60).mean()

    assert 1.7 < share(rise) / share(rise - 60) < 2.6


_MEMORY = """
import resource, sys
from datetime import date
from pathlib import Path
from keepwell.demo import generate
generate(Path(sys.argv[1]), customers=int(sys.argv[2]), as_of=date(2026, 11, 1))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_company(tmp_path: Path) -> None:
    """Ten times the customers take at most 100 MB more than one block does."""

    def peak(customers: int) -> int:
        line = [sys.executable, "-c", _MEMORY, str(tmp_path / str(customers)), str(customers)]
        return int(subprocess.run(line, check=True, capture_output=True, text=True).stdout) // 1024

    assert peak(100_000) <= peak(10_000) + 100
