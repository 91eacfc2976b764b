"""What do the folded histories say? Cohorts, curves, movements of money and ranks, each in one pass over the activity tables."""

from collections.abc import Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.activity import (
    DAY_BITS,
    MONTH_DAYS,
    PLACES,
    WORD,
    ActivityTables,
    lowest,
    month_number,
    place_bits,
    stepped,
)
from keepwell.measure.buyers import cuts, fifth
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Period, Periods
from keepwell.measure.question import Question
from keepwell.measure.returning import numbers
from keepwell.measure.spells import active_by
from keepwell.schema.clock import day_number

_WIDE = "decimal(38, 4)"

MOVED = ("start", "new", "reactivation", "expansion", "contraction", "churn", "end")
"""The lines of the bridge."""


def tells(periods: Periods) -> bool:
    """Whether every period is made of whole calendar months: only such can be read from month bits."""
    return all(period.start.day == 1 and period.end.day == 1 for period in periods)


def cohort_totals(facts: Facts, periods: Periods) -> ir.Table | None:
    """
    What cohort_retention counts (first ever activity, no breakdown), in one pass over the facts and many times sooner than from its cases.

    Args:
        facts: The tables, narrowed as wished.
        periods: The cohorts, and the periods in which they are looked for.

    Returns:
        Columns cohort, age, customers (of the cohort), active, silent; None where histories have no moments (paid service),
        so that the cases themselves must be counted.
    """
    by = active_by(facts)
    if by == "subscription" or (by == "any" and "subscriptions" in facts.tables):
        return None
    return _with_silent(_by_place(place_bits(facts, periods), periods), periods)


def counts(question: Question, customers: ir.Table, alike: ir.Table) -> ir.Table | None:
    """
    What the question's own totals would give, from stored tables.

    Args:
        question: Without breakdown or segment, of a morning after all that is stored.
        customers: What activity.customers() gives.
        alike: What activity.shapes() gives of them.

    Returns:
        The columns of question.totals; None where these tables cannot tell.
    """
    periods, asked = question.periods, {**question.metric.options, **question.options}
    if asked.get("entry") != "first_ever" or asked.get("matching"):
        return None
    if question.metric.id == "cohort_retention" and tells(periods):
        return cohort_counts(alike, periods)
    if question.metric.id == "retention_on" and asked["each"] == "day":
        days = numbers(str(asked["n"]))
        if days[-1] < DAY_BITS:
            return _back_on(customers, periods, days, question.facts.today, cohorts=bool(asked["cohorts"]))
    return None


def _back_on(customers: ir.Table, periods: Periods, days: Sequence[int], today: int, *, cohorts: bool) -> ir.Table:
    """Of the customers who began in the periods, how many were back so many days later, by day and, if asked, cohort."""
    began = customers.mutate(cohort=periods.place(customers.first_day)).filter(_.cohort.notnull())
    seen = {str(day): ((began.days >> day) & 1).sum() for day in days}
    of_days = began.group_by("cohort", "first_day").agg(customers=_.count(), **seen)
    long = of_days.pivot_longer([str(day) for day in days], names_to="n", names_transform=int, values_to="back")
    over = (long.first_day + long.n < today).cast("int64")
    told = long.mutate(
        n=long.n.cast("int32"),
        eligible=long.customers * over,
        retained=long.back * over,
        silent=(long.customers - long.back) * over,
        waiting=long.customers * (1 - over),
    )
    names = ("eligible", "retained", "silent", "waiting")
    cell = ("cohort", "n") if cohorts else ("n",)
    return told.group_by(*cell).agg(**{name: told[name].sum().cast("int64") for name in names})


def cohort_counts(alike: ir.Table, periods: Periods) -> ir.Table:
    """
    The same from stored tables.

    Args:
        alike: What activity.shapes() gives.
        periods: Whole calendar months, quarters, halves or years.
    """
    return _with_silent(_by_month(alike, periods), periods)


def _with_silent(counted: ir.Table, periods: Periods) -> ir.Table:
    long = _aged(counted, len(periods))
    return long.mutate(silent=long.customers - long.active)


def triangle(alike: ir.Table, periods: Periods) -> ir.Table:
    """
    Of the customers first active in a period, how many were active so many periods later?

    Args:
        alike: What activity.shapes() gives.
        periods: Whole calendar months, quarters, halves or years.

    Returns:
        Columns cohort and age (periods after it), active; no row where there is none.
    """
    return _aged(_by_month(alike, periods), len(periods)).filter(_.active > 0).drop("customers")


def triangle_by_place(bits: ir.Table, periods: Periods) -> ir.Table:
    """
    The same, of periods of any kind, from bits by place.

    Args:
        bits: What activity.place_bits() gives for these periods.
        periods: The periods.
    """
    return _aged(_by_place(bits, periods), len(periods)).filter(_.active > 0).drop("customers")


def _by_month(alike: ir.Table, periods: Periods) -> ir.Table:
    """One row per cohort: its customers, and a column per period with those active in it."""
    inside = alike.filter(_.born.between(day_number(periods[0].start), day_number(periods[-1].end) - 1))
    there = {str(place): (_present(inside, p) * inside.customers).sum() for place, p in enumerate(periods)}
    by_month = inside.group_by("born").agg(customers=inside.customers.sum(), **there)
    cohort = stepped(by_month.born, periods, range(len(periods))).cast("int32")
    return by_month.group_by(cohort=cohort).agg(**{name: by_month[name].sum() for name in ("customers", *there)})


def _by_place(bits: ir.Table, periods: Periods) -> ir.Table:
    """The same, from bits by place."""
    words = [name for name in bits.columns if name.startswith("places_")]
    first = [((bits[name] != 0), lowest(bits[name]) + PLACES * word) for word, name in enumerate(words)]
    there = {str(k): ((bits[words[k // PLACES]] >> k % PLACES) & 1).sum() for k in range(len(periods))}
    return bits.group_by(cohort=ibis.cases(*first, else_=-1).cast("int32")).agg(customers=_.count(), **there)


def _aged(counted: ir.Table, periods: int) -> ir.Table:
    """Columns of periods become rows: cohort, age, customers, active."""
    long = counted.pivot_longer(
        [str(place) for place in range(periods)], names_to="period", names_transform=int, values_to="active"
    )
    age = (long.period.cast("int32") - long.cohort).cast("int32")
    told = long.select("cohort", age=age, customers=long.customers.cast("int64"), active=long.active.cast("int64"))
    return told.filter(_.age >= 0)


def cell(activity: ActivityTables, cohort: Period, period: Period) -> ir.Table:
    """
    Who stands behind a cell of the triangle?

    Returns:
        Column customer_id: first active in *cohort* and active in *period*.
    """
    born = activity.customers.born.between(day_number(cohort.start), day_number(cohort.end) - 1)
    found = activity.customers.filter(born & (_present(activity.customers, period) == 1))
    return _named(activity, found).select("customer_id")


def day_curve(customers: ir.Table, last: int) -> ir.Table:
    """
    Of the customers first active on a day, how many were active exactly so many days later?

    Args:
        customers: Columns first_day and days.
        last: The last day after the first that is asked for, below activity.DAY_BITS.

    Returns:
        Columns first_day, age (days), customers; no row where there is none.
    """
    there = {str(day): ((customers.days >> day) & 1).sum() for day in range(last + 1)}
    counted = customers.filter(customers.first_day.notnull()).group_by("first_day").agg(**there)
    return _told_long(counted, "first_day", list(there), "age")


def on_or_after(customers: ir.Table, last: int) -> ir.Table:
    """
    Of the customers first active on a day, how many were active so many days later or at any time after that?

    Returns:
        Columns first_day, age (days, 0 to *last*), customers; no row where there is none.
    """
    seen = customers.filter(customers.first_day.notnull())
    seen = seen.select("first_day", stay=ibis.least(seen.last_day - seen.first_day, last).cast("int32"))
    counted = seen.group_by("first_day", "stay").agg(n=_.count())
    there = {str(age): counted.n.sum(where=counted.stay >= age) for age in range(last + 1)}
    return _told_long(counted.group_by("first_day").agg(**there), "first_day", list(there), "age")


def movements(spent: ir.Table, months: Periods) -> ir.Table:
    """
    How did revenue move from month to month: what is new, came back, grew, shrank, went?

    A customer's revenue of a month beside that of the month before, per currency.

    Args:
        spent: Columns currency, month, net, before, before_net, after, known.
        months: Calendar months, touching; months of revenue before the first only tell what was there before.

    Returns:
        Columns period, currency, start, new, reactivation, expansion, contraction, churn, end; money, exact, such that
        start + new + reactivation + expansion - contraction - churn = end.
    """
    stays = ibis.coalesce(spent.month - spent.before <= MONTH_DAYS, False)
    goes_on = ibis.coalesce(spent.after - spent.month <= MONTH_DAYS, False)
    grown = spent.net - spent.before_net
    told = spent.group_by("month", "currency").agg(
        end=spent.net.sum(),
        new=spent.net.sum(where=~spent.known),
        reactivation=spent.net.sum(where=spent.known & ~stays),
        expansion=grown.sum(where=stays & (grown > 0)),
        contraction=-grown.sum(where=stays & (grown < 0)),
        gone=spent.net.sum(where=~goes_on),
    )
    place = stepped(told.month, months, range(len(months)))
    inside = told.month.between(day_number(months[0].start), day_number(months[-1].end) - 1)
    told = told.mutate(period=ibis.ifelse(inside, place, -1))
    here = told.select("currency", "period", **{n: _money(told[n] if n in told.columns else None) for n in MOVED})
    gone = {"start": told.end, "churn": told.gone}
    month_after = told.select("currency", period=told.period + 1, **{n: _money(gone.get(n)) for n in MOVED})
    both = here.union(month_after).filter(_.period.between(0, len(months) - 1))
    return both.group_by("period", "currency").agg(**{name: both[name].sum() for name in MOVED})


def second_orders(customers: ir.Table, within: Sequence[int], today: int) -> ir.Table:
    """
    Of the customers whose first order lies long enough back, how many ordered again in time?

    Args:
        customers: Columns first_order and second_order.
        within: Numbers of days in which the second order counts.
        today: The morning of the look, a day number: a first order counts once all its days are over.

    Returns:
        One row, columns customers_30 and again_30 for 30 days, and so on.
    """
    counts = {}
    for days in within:
        ripe = customers.first_order + days < today
        counts[f"customers_{days}"] = ripe.sum()
        counts[f"again_{days}"] = (ripe & (customers.second_order - customers.first_order <= days)).sum()
    return customers.agg(**{name: ibis.coalesce(count, 0) for name, count in counts.items()})


def ranks(activity: ActivityTables, today: int) -> ir.Table:
    """
    How lately, how often and for how much did each customer buy, and in which fifth of all customers is that?

    Fifths are cut at values, so equal customers stand in the same fifth: the k-th cut is the smallest value
    that k fifths of the customers do not exceed.

    Args:
        activity: The tables; money is the revenue in the company's own currency (column net of its customers).
        today: The morning of the look, a day number.

    Returns:
        Columns customer_id, recency_days, orders, net; recency, frequency and money: 1 to 5, 5 best.
    """
    buyers = activity.customers.filter(_.last_order.notnull())
    beside = buyers
    for column in ("last_order", "orders", "net"):
        beside = beside.cross_join(cuts(buyers, column))
    scored = beside.mutate(
        recency_days=(today - beside.last_order).cast("int32"),
        recency=fifth(beside, "last_order"),
        frequency=fifth(beside, "orders"),
        money=fifth(beside, "net"),
    )
    return _named(activity, scored).select(
        "customer_id", "recency_days", "orders", "net", "recency", "frequency", "money"
    )


def _present(people: ir.Table, period: Period) -> ir.IntegerValue:
    """1 where any month of the period has its bit, 0 elsewhere; in months no column tells of nobody was there."""
    masks: dict[str, int] = {}
    for number in range(month_number(period.start), month_number(period.end)):
        name = f"months_{number // WORD}"
        if name in people.columns:
            masks[name] = masks.get(name, 0) + (1 << number % WORD)
    if len(masks) == 1 and (mask := next(iter(masks.values()))).bit_count() == 1:
        return (people[next(iter(masks))] >> (mask.bit_length() - 1)) & 1
    parts = [people[name] & mask != 0 for name, mask in masks.items()]
    return ibis.or_(*parts, ibis.literal(value=False)).cast("int64")


def _told_long(counted: ir.Table, key: str, columns: Sequence[str], name: str) -> ir.Table:
    """Columns named by whole numbers become rows: key, *name*, customers; only what is above 0."""
    long = counted.pivot_longer(list(columns), names_to=name, names_transform=int, values_to="customers")
    return long.select(key, **{name: long[name].cast("int32")}, customers=long.customers.cast("int64")).filter(
        _.customers > 0
    )


def _money(amount: ir.DecimalValue | None) -> ir.DecimalValue:
    """An exact sum, 0 where there is none."""
    nothing = ibis.literal(Decimal(0), _WIDE)
    return nothing if amount is None else ibis.coalesce(amount.cast(_WIDE), nothing).cast(_WIDE)


def _named(activity: ActivityTables, rows: ir.Table) -> ir.Table:
    """Rows with customer_id, where they are stored by id."""
    return rows if activity.names is None else rows.join(activity.names, "id")
