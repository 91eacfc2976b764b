"""Who is each customer on a morning? One row per customer with what is known of them: what segments are written in."""

from collections.abc import Callable, Collection

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.buyers import SCORED, buyers, own_money, scores
from keepwell.measure.facts import Facts
from keepwell.measure.keeping import risky
from keepwell.measure.money import ZERO, digits, minor
from keepwell.measure.mrr import held
from keepwell.measure.purchases import order_days
from keepwell.measure.spells import FOREVER, spells
from keepwell.schema.table import MONEY


def profile(facts: Facts, *, columns: Collection[str] | None = None) -> ir.Table:
    """
    One row per customer as known before the morning of as_of.

    The columns of customers, and COLUMNS. Where nothing is known a column is null: recency_days of who never bought is not 0.
    Money is in the company's currency; what is in a currency without a rate is counted in orders_elsewhere, not summed.

    Args:
        facts: The tables.
        columns: The columns needed; the rest of the work is left out. None is all of them.
    """
    people = facts.read("customers")
    for part, gives in _PARTS.items():
        if columns is None or set(gives) & set(columns):
            people = people.left_join(part(facts), "customer_id").drop("customer_id_right")
    wanted = [name for name in COLUMNS if name in people.columns]
    people = people.mutate(**{name: people[name].fill_null(0) for name in _none_of(facts) if name in wanted})
    people = people.mutate(**{name: people[name].fill_null(False) for name in ("kept", "at_risk") if name in wanted})
    return people


COLUMNS: dict[str, str] = {
    "orders": "how many orders they placed, wholly refunded ones left out",
    "net": "what they spent on orders, less refunds, in the company's currency",
    "orders_elsewhere": "how many of the orders are in a currency without a rate, and so not in net",
    "first_order_on": "the day of the first order",
    "last_order_on": "the day of the last order",
    "recency_days": "days since the last order; 1: yesterday",
    "recency_score": "in which fifth of the buyers they are by the day of their last order; 5: the latest",
    "frequency_score": "in which fifth by the number of their orders; 5: the most",
    "monetary_score": "in which fifth by what they spent (net); 5: the most",
    "gap_days": "median days between their orders",
    "mrr": "what they pay a month, in the company's currency",
    "plan": "the plan of their running subscription, the dearest where there are several",
    "state": "the state of that subscription (paid, trial, free, paused, past_due), or ended",
    "kept": "whether they are a customer on this morning",
    "at_risk": "whether they are one by a last purchase or use so long ago that few return: 0.8 of the activity window or more",
    "spells": "how many times they became one",
    "kept_since_on": "the day the present or last spell began",
    "left_on": "the day they were lost; null while they are kept, or never were",
    "tenure_days": "days since they first became a customer",
    "touched_days": "days since we last contacted them",
    "heard_days": "days since they last contacted us",
    "nps": "their last answer from 0 to 10",
}
"""Each computed column and what it says."""


def _none_of(facts: Facts) -> list[str]:
    """Counts and sums that are 0 for who is not in a table there is; unknown where there is no such table."""
    from_orders = ["orders", "net", "orders_elsewhere"] if "orders" in facts.tables else []
    return [*from_orders, *(["mrr"] if "subscriptions" in facts.tables else []), "spells"]


def _day(number: ir.IntegerValue) -> ir.DateValue:
    return (ibis.date(1970, 1, 1) + number.as_interval("D")).cast("date")


def _bought(facts: Facts) -> ir.Table:
    bought = buyers(facts)
    return bought.select(
        "customer_id", "orders", "orders_elsewhere", "net",
        first_order_on=_day(bought.first_day), last_order_on=_day(bought.last_day),
        recency_days=(facts.today - bought.last_day).cast("int32"),
    )  # fmt: skip


def _ranked(facts: Facts) -> ir.Table:
    return scores(facts).select("customer_id", *SCORED)


def rhythm(facts: Facts) -> ir.Table:
    """
    How many days usually lie between two orders of a customer: the median, or the mean of the two gaps in the middle.

    Args:
        facts: The tables.

    Returns:
        Columns customer_id, gap_days; nobody who bought on one day only.
    """
    days = order_days(facts)
    before = days.day.lag().over(group_by="customer_id", order_by="day")
    gaps = days.mutate(gap=days.day - before).filter(_.gap.notnull())
    place = ibis.row_number().over(group_by="customer_id", order_by="gap")
    ranked = gaps.mutate(place=place, count=gaps.count().over(group_by="customer_id"))
    middle = ranked.filter((2 * ranked.place >= ranked["count"] - 2) & (2 * ranked.place <= ranked["count"]))
    summed = middle.group_by("customer_id").agg(days=_.gap.sum(), middle=_.count())
    return summed.select("customer_id", gap_days=summed.days.cast("float64") / summed.middle.cast("float64"))


def _subscribed(facts: Facts) -> ir.Table:
    paying = held(facts).filter((_.start_day < facts.today) & (_.end_day >= facts.today) & (_.amount > 0))
    money = own_money(paying, "amount", facts)
    summed = money.group_by("customer_id").agg(mrr=money.money.sum(where=money.home))
    home = digits(ibis.literal(facts.company.currency))
    paid = summed.select("customer_id", mrr=minor(summed.mrr.fill_null(0), home))
    told = _running(facts).left_join(paid, "customer_id").drop("customer_id_right")
    return told.mutate(mrr=told.mrr.fill_null(ZERO).cast(MONEY))


def _running(facts: Facts) -> ir.Table:
    """Plan and state of everybody who ever subscribed: of the dearest running stretch, or ended."""
    stretches = facts.stretches
    running = stretches.filter(stretches.end_day.isnull())
    dearest = running.group_by("customer_id").agg(mrr=_.mrr.max())
    present = (
        running.semi_join(dearest, ["customer_id", "mrr"])
        .group_by("customer_id")
        .agg(plan=_.plan.min(), state=_.state.min())
    )
    ever = stretches.select("customer_id").distinct().left_join(present, "customer_id")
    return ever.select("customer_id", "plan", state=ever.state.fill_null("ended"))


def _spells(facts: Facts) -> ir.Table:
    kept = spells(facts)
    summed = kept.group_by("customer_id").agg(
        spells=_.count(), first=_.start_day.min(), last=_.start_day.max(), end=_.end_day.fill_null(FOREVER).max()
    )
    return summed.select(
        "customer_id", "spells",
        kept=summed.end >= facts.today, kept_since_on=_day(summed["last"]), tenure_days=(facts.today - summed["first"]).cast("int32"),
        left_on=_day(ibis.ifelse(summed.end < facts.today, summed.end, ibis.null("int32"))),
    )  # fmt: skip


def _at_risk(facts: Facts) -> ir.Table:
    return risky(facts).mutate(at_risk=ibis.literal(True))


def _touched(facts: Facts) -> ir.Table:
    touches = facts.read("touches")
    seen = touches.mutate(day=facts.day(touches.touched_at)).filter(_.day < facts.today)
    last = seen.group_by("customer_id").agg(
        out=seen.day.max(where=seen.direction == "out"), heard=seen.day.max(where=seen.direction == "in")
    )
    return last.select("customer_id", touched_days=(facts.today - last.out), heard_days=(facts.today - last.heard))


def _scored(facts: Facts) -> ir.Table:
    """The last answer to the nps question; the lower where a day has two."""
    answers = facts.read("answers")
    given = answers.filter((answers.question == "nps") & answers.score.notnull() & answers.answered_at.notnull())
    given = given.mutate(day=facts.day(given.answered_at)).filter(_.day < facts.today)
    last = given.group_by("customer_id").agg(day=_.day.max())
    return given.semi_join(last, ["customer_id", "day"]).group_by("customer_id").agg(nps=_.score.min())


_PARTS: dict[Callable[[Facts], ir.Table], tuple[str, ...]] = {
    _bought: ("orders", "net", "orders_elsewhere", "first_order_on", "last_order_on", "recency_days"),
    _ranked: tuple(SCORED),
    rhythm: ("gap_days",),
    _subscribed: ("mrr", "plan", "state"),
    _spells: ("kept", "spells", "kept_since_on", "left_on", "tenure_days"),
    _at_risk: ("at_risk",),
    _touched: ("touched_days", "heard_days"),
    _scored: ("nps",),
}
