"""Who was there in which month, on which day? Histories folded into bits, from which questions are read without the raw facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.periods import Period, Periods
from keepwell.measure.spells import active_by
from keepwell.schema.clock import day_number
from keepwell.schema.table import MONEY

DAY_BITS = 63
"""Days from the first active one on, itself included, that a customer's row tells one by one: nine weeks."""

WORD = 60
"""Calendar months told by one whole number: five years, from January of a year that five divides; longer histories take several."""

PLACES = 62
"""Periods told by one whole number where they are counted by place."""

MONTH_DAYS = 31
"""First days of neighbouring months lie at most this many days apart, others at least 59."""


@dataclass(frozen=True)
class ActivityTables:
    """
    One company's histories, folded.

    Days are day numbers in the company's zone; a month is named by the number of its first day.
    Stored tables name a customer by id, a whole number, and *names* says who that is; derived ones by customer_id.

    Args:
        customers: One row per customer, see customers() and with_money().
        days: One row per customer and month, see day_bits().
        spent: One row per customer, currency and month, see chained().
        months: The calendar months covered, in order.
        names: Columns id and customer_id, where the others carry an id.
    """

    customers: ir.Table
    days: ir.Table
    spent: ir.Table
    months: Periods
    names: ir.Table | None = None


def derive(facts: Facts, months: Periods) -> ActivityTables:
    """
    The activity tables straight from the facts.

    Args:
        facts: The tables; what counts as activity is the company's active_by.
        months: Calendar months that cover every day of the facts.
    """
    days, spent = day_bits(facts, months), revenue(facts, months)
    people = with_money(customers(days, months, active_by(facts)), spent, facts.company.currency)
    return ActivityTables(people, days, chained(spent), months)


# What the tables contain


def day_bits(facts: Facts, months: Periods) -> ir.Table:
    """
    On which days of which months each customer was there.

    Uses are looked at only where the company counts them as activity.

    Args:
        facts: The tables.
        months: Calendar months that cover them.

    Returns:
        Columns customer_id, month, used, bought (bit k: k days after the first of the month).
    """
    marks = facts.purchases.select("customer_id", "day", use=ibis.literal(0, "int32"))
    if active_by(facts) != "purchase":
        marks = marks.union(facts.uses.select("customer_id", "day", use=ibis.literal(1, "int32")))
    marks = marks.mutate(month=stepped(marks.day, months, [day_number(m.start) for m in months]).cast("int32"))
    bit = ibis.literal(1, "int32") << (marks.day - marks.month)
    marks = marks.select("customer_id", "month", used=bit * marks.use, bought=bit * (1 - marks.use))
    return marks.group_by("customer_id", "month").agg(
        used=_.used.bit_or().cast("int32"), bought=_.bought.bit_or().cast("int32")
    )


def place_bits(facts: Facts, periods: Periods) -> ir.Table:
    """
    In which periods each customer was active: one pass over the facts and nothing else, for a look the stored tables cannot serve.

    Args:
        facts: The tables, narrowed as wished.
        periods: Touching periods of any kind; what lies outside them is not told.

    Returns:
        Columns customer_id and places_0 … (bit per period by its place, PLACES to a column).
    """
    sources = {"purchase": [facts.purchases], "usage": [facts.uses]}
    parts = sources.get(active_by(facts), [facts.purchases, facts.uses])
    parts = [part.select("customer_id", "day") for part in parts]
    marks = ibis.union(*parts) if len(parts) > 1 else parts[0]
    marks = marks.filter(marks.day >= day_number(periods[0].start), marks.day < day_number(periods[-1].end))
    words = {f"places_{word}": _place_bits(marks.day, periods, word) for word in range(-(-len(periods) // PLACES))}
    marks = marks.select("customer_id", **words)
    return marks.group_by("customer_id").agg(**{name: marks[name].bit_or().cast("int64") for name in words})


def _place_bits(day: ir.IntegerValue, periods: Periods, word: int) -> ir.IntegerValue:
    """The bit of a day's period where it belongs to that word, otherwise 0."""
    inside = periods[word * PLACES : (word + 1) * PLACES]
    bit = stepped(day, inside, [1 << place for place in range(len(inside))])
    if len(inside) == len(periods):
        return bit
    return ibis.ifelse(day.between(day_number(inside[0].start), day_number(inside[-1].end) - 1), bit, 0)


def shapes(people: ir.Table) -> ir.Table:
    """
    How many customers share a history, month for month? A tenth as many rows, and no less to count by.

    Args:
        people: What customers() gives.

    Returns:
        Columns born, months_…, customers.
    """
    words = [column for column in people.columns if column.startswith("months_")]
    return people.group_by("born", *words).agg(customers=_.count().cast("int32"))


def revenue(facts: Facts, months: Periods) -> ir.Table:
    """
    What each customer spent in each month: its purchases, less what was given back of them up to now.

    Returns:
        Columns customer_id, currency, month, orders, net (exact).
    """
    sold = facts.purchases
    month = stepped(sold.day, months, [day_number(m.start) for m in months]).cast("int32")
    return (
        sold.select("customer_id", "currency", "net", month=month)
        .group_by("customer_id", "currency", "month")
        .agg(orders=_.count().cast("int32"), net=_.net.sum().cast(MONEY))
    )


def chained(spent: ir.Table) -> ir.Table:
    """
    Each month of revenue beside the one before it and the one after, so that one pass over the rows tells every movement.

    Args:
        spent: Columns customer_id or id, currency, month, orders, net.

    Returns:
        Its rows with revenue above 0, and before (month), before_net, after (month), null where there is none;
        known: whether there was revenue in an earlier month, whatever the currency.
    """
    paid = spent.filter(spent.net > 0)
    line = ibis.window(group_by=[_key(spent), "currency"], order_by="month")
    return paid.mutate(
        before=paid.month.lag().over(line),
        before_net=paid.net.lag().over(line),
        after=paid.month.lead().over(line),
        known=paid.month.min().over(ibis.window(group_by=_key(spent))) < paid.month,
    )


def customers(days: ir.Table, months: Periods, by: str) -> ir.Table:
    """
    One row per customer, from the days they were there.

    Args:
        days: Columns customer_id or id, month, used, bought.
        months: The calendar months covered.
        by: purchase, usage or any: whose bits count as activity.

    Returns:
        Columns customer_id or id; first_day and last_day of activity and born, the month of the first (null: never active);
        months_0 … (bit per calendar month, see WORD); days (bit k: active k days after first_day, see DAY_BITS);
        first_order, second_order and last_order (days with a purchase), order_days (how many).
    """
    key = _key(days)
    known = _read_bits(days, by)
    words = {name: _word_bits(known.month, months, word) for name, word in _words(months).items()}
    here = known.active != 0
    rows = known.group_by(key).agg(
        first_day=known.first.min(),
        last_day=known.last.max(),
        born=known.month.min(where=here),
        first_order=known.order.min(),
        last_order=known.last_order.max(),
        order_days=_how_many(known.bought).sum().cast("int32"),
        **{name: ibis.ifelse(here, bits, 0).sum().cast("int64") for name, bits in words.items()},
    )
    return rows.join(_beside_the_first(known, rows, key), key)


def with_money(people: ir.Table, spent: ir.Table, currency: str) -> ir.Table:
    """
    Customers and what they spent in all.

    Args:
        people: What customers() gives.
        spent: Columns customer_id or id, currency, orders, net.
        currency: The company's own; what was spent in others is not in the sum.

    Returns:
        The customers with orders (all there are) and net (0 where they spent nothing in that currency).
    """
    key = _key(people)
    sums = spent.group_by(key).agg(orders=_.orders.sum().cast("int32"), net=_.net.sum(where=_.currency == currency))
    both = people.left_join(sums, key)
    nothing = ibis.literal(Decimal(0), MONEY)
    return both.select(
        *people.columns,
        orders=ibis.coalesce(both.orders, 0).cast("int32"),
        net=ibis.coalesce(both.net, nothing).cast(MONEY),
    )


def _read_bits(days: ir.Table, by: str) -> ir.Table:
    """The days rows with whose bits count (active) and the days their lowest and highest bits stand for."""
    active = {"purchase": days.bought, "usage": days.used}.get(by, days.used | days.bought)
    known = days.mutate(active=active.cast("int64"), bought=days.bought.cast("int64"))
    return known.select(
        _key(days),
        "month",
        "active",
        "bought",
        first=(known.month + lowest(known.active)).cast("int32"),
        last=(known.month + _highest(known.active)).cast("int32"),
        order=(known.month + lowest(known.bought)).cast("int32"),
        next_order=(known.month + lowest(known.bought & (known.bought - 1))).cast("int32"),
        last_order=(known.month + _highest(known.bought)).cast("int32"),
    )


def _beside_the_first(known: ir.Table, rows: ir.Table, key: str) -> ir.Table:
    """What can be told only once the first days are known: the nine weeks after the first day, and the second order."""
    both = known.join(rows.select(key, "first_day", "first_order"), key)
    later = both.month - both.first_day
    within = later.between(-MONTH_DAYS, DAY_BITS - 1)
    left, right = ibis.ifelse(within, ibis.greatest(later, 0), 0), ibis.ifelse(within, ibis.greatest(-later, 0), 0)
    room = ibis.least(DAY_BITS - left, MONTH_DAYS)
    kept = both.active - ((both.active >> room) << room)
    days = ibis.ifelse(within, (kept >> right) << left, 0)
    second = ibis.ifelse(both.order == both.first_order, both.next_order, both.order)
    return both.group_by(key).agg(days=days.sum().cast("int64"), second_order=second.min())


# Bits


def stepped(day: ir.IntegerValue, periods: Sequence[Period], values: Sequence[int]) -> ir.IntegerValue:
    """
    One value per period: that of the period a day falls in, found by halving, without a calendar function.

    Args:
        day: Day numbers; those before the first period count as in it, those after the last as in that.
        periods: Touching periods, in order.
        values: Their values.
    """
    if len(periods) == 1:
        return ibis.literal(values[0], "int64")
    half = len(periods) // 2
    return ibis.ifelse(
        day < day_number(periods[half].start),
        stepped(day, periods[:half], values[:half]),
        stepped(day, periods[half:], values[half:]),
    )


def month_number(day: date) -> int:
    """A day's month, counted from year 0."""
    return day.year * 12 + day.month - 1


def _numbers(months: Periods) -> list[int]:
    return [month_number(month.start) for month in months]


def _words(months: Periods) -> dict[str, int]:
    """Column -> the word it is, for every word the months touch."""
    return {f"months_{word}": word for word in sorted({number // WORD for number in _numbers(months)})}


def _word_bits(day: ir.IntegerValue, months: Periods, word: int) -> ir.IntegerValue:
    """The bit of a day's month where it belongs to that word, otherwise 0."""
    inside = [month for month in months if month_number(month.start) // WORD == word]
    bit = stepped(day, inside, [2 ** (month_number(month.start) % WORD) for month in inside])
    if len(inside) == len(months):
        return bit
    return ibis.ifelse(day.between(day_number(inside[0].start), day_number(inside[-1].end) - 1), bit, 0)


def _key(table: ir.Table) -> str:
    return "id" if "id" in table.columns else "customer_id"


def _highest(bits: ir.IntegerValue) -> ir.IntegerValue:
    """Place of the highest bit, null where there is none; exact below 2**48."""
    return bits.nullif(0).log2().floor().cast("int32")


def lowest(bits: ir.IntegerValue) -> ir.IntegerValue:
    """Place of the lowest bit, null where there is none."""
    return (bits & -bits).nullif(0).log2().round().cast("int32")


def _how_many(bits: ir.IntegerValue) -> ir.IntegerValue:
    """How many of 32 bits are set, by adding neighbours: pairs, fours, eights, and so on."""
    pairs = bits - ((bits >> 1) & 0x55555555)
    fours = (pairs & 0x33333333) + ((pairs >> 2) & 0x33333333)
    eights = (fours + (fours >> 4)) & 0x0F0F0F0F
    return (eights + (eights >> 8) + (eights >> 16) + (eights >> 24)) & 0x3F
