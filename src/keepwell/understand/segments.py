"""What kind of customer is each, and who moved? Segments by recency, frequency and money, by value, and the moves between two mornings."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure import mrr
from keepwell.measure.buyers import SCORED, buyers, own_money, scores
from keepwell.measure.facts import Facts
from keepwell.schema.table import MONEY

Range = tuple[int, int]
_ANY: Range = (1, 5)

NEVER_BOUGHT, NOT_HERE = "no orders", "not here"
"""Who is known and has ordered nothing, though they may subscribe; and, in moves, who was not known at all on that morning."""


@dataclass(frozen=True)
class Segment:
    """
    One named kind of buyer.

    Args:
        name: What people call it.
        says: What makes a customer one, as a sentence.
        recency: Lowest and highest score, 5 being the fifth that bought last.
        frequency: The same; 5 being the fifth with the most orders.
        money: The same; 5 being the fifth that spent most.
    """

    name: str
    says: str
    recency: Range = _ANY
    frequency: Range = _ANY
    money: Range = _ANY


SEGMENTS = (
    Segment("champions", "bought lately, often, and for much", (4, 5), (4, 5), (4, 5)),
    Segment("loyal", "buys often, and not long ago", (3, 5), (4, 5)),
    Segment("big spenders", "spent as much as the best, in few orders, and not long ago", (3, 5), (1, 3), (5, 5)),
    Segment("newcomers", "bought lately, and only as often as the fifth that bought least often", (4, 5), (1, 1)),
    Segment("promising", "bought lately, and is on the way to buying often", (4, 5), (2, 3)),
    Segment("cooling", "neither lately nor long ago, and not often", (3, 3), (1, 3)),
    Segment("must not lose", "bought often and for much, but not for long now", (1, 2), (4, 5), (4, 5)),
    Segment("slipping away", "bought several times, but not for long now", (1, 2), (3, 5)),
    Segment("asleep", "bought seldom, and not for long now", (2, 2), (1, 2)),
    Segment("long gone", "bought seldom, and longest ago", (1, 1), (1, 2)),
)
"""The rules: a buyer is of the first that fits. Every combination of three scores fits one."""

VALUES = {"top": 0.5, "middle": 0.8, "small": 1.0}
"""Value segments: the fewest customers who bring half of the money; the next, up to four fifths; the rest."""

NOTHING = "nothing"
"""The value segment of who brought no money, or none that is known."""


def segments(facts: Facts) -> ir.Table:
    """
    Every customer known before as_of, each in exactly one segment.

    Scores are fifths of all buyers of that morning (see measure.buyers), so a segment says where a customer stands among
    the others, not how good they are: in a shrinking shop somebody is still a champion.

    Where more than a fifth bought last on the same day they stand as late as the latest of them, and where more than a fifth
    bought equally often, in the middle; who bought once is never one who buys often.

    Returns:
        Columns customer_id, segment, recency_score, frequency_score, monetary_score (null where they never bought).
    """
    both = _known(facts).left_join(_standing(scores(facts)), "customer_id")
    rules = [(_fits(both, rule), rule.name) for rule in SEGMENTS]
    return both.select("customer_id", *SCORED, segment=ibis.cases(*rules, else_=NEVER_BOUGHT))


_STANDS = ("late", "often", "monetary_score")
"""What the three ranges of a Segment are asked of."""


def _fits(table: ir.Table, rule: Segment) -> ir.BooleanValue:
    asked = zip(_STANDS, (rule.recency, rule.frequency, rule.money), strict=True)
    return ibis.and_(*(table[name].between(*bounds).fill_null(False) for name, bounds in asked))


def _standing(scored: ir.Table) -> ir.Table:
    """Buyers with their scores, and the fifths (late, often) in which those stand who are equal to many others."""
    latest, oftenest = _reached(scored, "last_day"), _reached(scored, "orders")
    told = scored.left_join(latest, "last_day").left_join(oftenest, "orders")
    middle = (told.frequency_score + told.orders_reached) // 2
    return told.select("customer_id", *SCORED, late="last_day_reached", often=ibis.ifelse(told.orders == 1, 1, middle))


def _reached(scored: ir.Table, column: str) -> ir.Table:
    """Each value of a column with the last fifth of the buyers that those who have it reach into."""
    counted = scored.group_by(column).agg(n=_.count())
    until, whole = counted.n.sum().over(ibis.cumulative_window(order_by=column)), counted.n.sum().over(ibis.window())
    return counted.select(column, **{f"{column}_reached": (until * 5 + whole - 1) // whole})


def _known(facts: Facts) -> ir.Table:
    """Customers known before as_of: by the day they were won, or because they had bought; an unknown day counts as known."""
    people = facts.read("customers")
    told = people.select("customer_id", day=facts.day(people.acquired_at))
    early = told.filter(told.day.isnull() | (told.day < facts.today)).select("customer_id")
    return early.union(facts.purchases.select("customer_id")).distinct()


def value_segments(facts: Facts, values: ir.Table | None = None) -> ir.Table:
    """
    Every customer known before as_of in exactly one value segment: who are the few that bring half of the money?

    A customer is "top" while all who bring strictly more bring less than half of the whole; equal customers are in one segment.

    Args:
        facts: The tables.
        values: Columns customer_id and value, whole numbers or decimals (floats are summed differently by engines);
            None is what they brought so far (see brought).

    Returns:
        Columns customer_id, value_segment, value.
    """
    if values is None:
        values = brought(facts)
    beside = _known(facts).left_join(values, "customer_id").cross_join(_value_cuts(values))
    steps = [(beside.value >= beside[f"{name}_from"], name) for name in VALUES]
    named = ibis.cases((~(beside.value > 0).fill_null(False), NOTHING), *steps, else_=NOTHING)
    return beside.select("customer_id", "value", value_segment=named)


def brought(facts: Facts) -> ir.Table:
    """
    What each customer brought so far: their orders' net, and what their subscriptions cost for the days they were held.

    Whoever pays by the month is worth no less than whoever pays by the order. A month is a twelfth of 365 days; the two are
    added as value_year adds them, so a source that tells an invoice as an order too counts it twice in both.

    Returns:
        Columns customer_id and value (thousandths of the company's currency, whole); what has no rate into it is left out.
    """
    orders = buyers(facts).select("customer_id", value=_thousandths(_.net))
    held = own_money(mrr.held(facts).filter(_.amount > 0), "amount", facts)
    days = ibis.least(held.end_day, facts.today) - held.start_day
    monthly = held.filter(held.home & (days > 0)).mutate(days=days, monthly=_thousandths(held.money))
    contracts = monthly.select("customer_id", value=monthly.monthly * monthly.days.cast("int64") * 12 // 365)
    return orders.union(contracts).group_by("customer_id").agg(value=_.value.sum().cast(MONEY))


def _thousandths(money: ir.DecimalValue) -> ir.IntegerValue:
    """Whole, so that every engine sums them alike."""
    return (money.cast("float64") * 1000).round().cast("int64")


def _value_cuts(values: ir.Table) -> ir.Table:
    """One row: the smallest value of each segment."""
    counted = values.filter(values.value > 0).group_by("value").agg(money=_.value.sum())
    above = ibis.window(order_by=ibis.desc("value"), preceding=(None, 1))
    summed = counted.mutate(
        more=counted.money.sum().over(above).cast("float64").fill_null(0.0),
        whole=counted.money.sum().over(ibis.window()).cast("float64"),
    )
    return summed.agg(
        **{f"{name}_from": summed.value.min(where=summed.more < share * summed.whole) for name, share in VALUES.items()}
    )


def moves(before: ir.Table, after: ir.Table, segment: str = "segment") -> ir.Table:
    """
    Where each customer stood on two mornings.

    Args:
        before: Segments of the earlier morning.
        after: Segments of the later one.
        segment: The column that names the segment.

    Returns:
        Columns customer_id, was, now; NOT_HERE on the morning on which they were not known.
    """
    early = before.select("customer_id", was=segment)
    late = after.select("customer_id", now=segment)
    both = early.outer_join(late, "customer_id")
    return both.select(
        customer_id=ibis.coalesce(both.customer_id, both.customer_id_right),
        was=both.was.fill_null(NOT_HERE),
        now=both.now.fill_null(NOT_HERE),
    )


def matrix(moved: ir.Table) -> ir.Table:
    """How many customers moved from which segment to which: columns was, now, customers; empty cells are left out."""
    return moved.group_by("was", "now").agg(customers=_.count()).order_by("was", "now")


def sentences(cells: pd.DataFrame) -> list[str]:
    """
    The matrix in words, one sentence per segment of the earlier morning.

    Args:
        cells: What matrix() counted.
    """
    told = []
    for was, part in cells.groupby("was", sort=True):
        counted = dict(zip(part["now"], part["customers"].astype(int), strict=True))
        told.append(_sentence(str(was), counted))
    return told


def _sentence(was: str, counted: Mapping[str, int]) -> str:
    whole, stayed = sum(counted.values()), counted.get(was, 0)
    gone = sorted((-count, now) for now, count in counted.items() if now != was)
    there = "came since" if was == NOT_HERE else f"were {was}"
    parts = [f"{whole:,} {there}"] + ([] if was == NOT_HERE else [f"{stayed:,} still {'is' if stayed == 1 else 'are'}"])
    parts += [f"{-gone[0][0]:,} {'is' if gone[0][0] == -1 else 'are'} now {gone[0][1]}"] if gone else []
    parts += [f"{-sum(count for count, _now in gone[1:]):,} elsewhere"] if len(gone) > 1 else []
    return ", ".join(parts) + "."
