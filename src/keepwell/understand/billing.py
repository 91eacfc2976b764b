"""At which renewal did each customer leave, or how many have they made? Contracts counted in billing periods."""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure import mrr
from keepwell.measure.facts import Facts
from keepwell.measure.money import minor
from keepwell.measure.spells import FOREVER, held, union

LENGTHS = {"day": (1, 1), "week": (7, 1), "month": (1_461, 48), "quarter": (1_461, 16), "year": (1_461, 4)}
"""Days of a billing period, as a fraction of whole numbers; a year is the fourth part of four."""


def period_days(each: str) -> float:
    """
    Days of a billing period.

    Raises:
        ModelError: There is no such period.
    """
    if each not in LENGTHS:
        raise ModelError(
            f"Nobody is billed each {each!r}.", f"Billing periods: {', '.join(LENGTHS)}.", "Choose one of them."
        )
    days, parts = LENGTHS[each]
    return days / parts


def renewals(facts: Facts, each: str) -> ir.Table:
    """
    How far each customer came who is billed so.

    A contract is a spell of paid service, with the company's grace and pause days; renewals are counted to the last paid day,
    so that a payment that failed is a renewal not made. Who leaves during or at the end of the first period never renewed and
    left at renewal 1. Months have 28 to 31 days, so lengths are rounded to the nearest number of periods for those who left,
    and down for those who stay: what is due on as_of itself is not known yet.

    Args:
        facts: The tables.
        each: Billing period: day, week, month, quarter or year; what the first stretch says (a month where it is silent).

    Who left before a renewal that is not due yet is gone, but no loss at it so far: those who stay are not known to have made
    it either, and counting one without the other would overstate losses.

    Returns:
        Columns customer_id, and of the latest contract lost (0: stays; 1: left; 2: left before a renewal not due yet), age (at
        which renewal they left; otherwise renewals made) and into (twelfths of the period gone since the last renewal; 0 of
        those who left); before (at which renewal the first contract ended, where there was an earlier one; below 0 where that
        is not due yet; else 0).
    """
    period_days(each)
    known = _first_and_last(facts, each)
    gone = known.last_end.notnull()
    left, due = _nearest(known.last_paid - known["last"], each), _whole(facts.today - 1 - known["last"], each)
    parts = _whole(12 * (known.last_paid - 1 - known["last"]), each)
    lost = ibis.cases((~gone, 0), (left <= due, 1), else_=2)
    age = ibis.cases((~gone, parts // 12), (left <= due, left), else_=left - 1)
    first, first_due = _nearest(known.first_paid - known["first"], each), _whole(facts.today - 1 - known["first"], each)
    before = ibis.cases((known["first"] == known["last"], 0), (first <= first_due, first), else_=-first)
    return known.select(
        "customer_id",
        age=age.cast("int32"),
        lost=lost.cast("int32"),
        before=before.cast("int32"),
        into=ibis.ifelse(gone, 0, parts % 12).cast("int32"),
    )


def _first_and_last(facts: Facts, each: str) -> ir.Table:
    """
    Each customer's first and last contract.

    Returns:
        Columns customer_id; first and last (their first days), last_end (null: running), first_paid and last_paid (the day
        after the last paid one).
    """
    spell = contracts(facts, each)
    ends = spell.group_by("customer_id").agg(first=_.start_day.min(), last=_.start_day.max())
    known = spell.join(ends, "customer_id")
    known = known.group_by("customer_id", "first", "last").agg(
        first_end=known.end_day.max(where=known.start_day == known["first"]).fill_null(FOREVER),
        last_end=known.end_day.max(where=known.start_day == known["last"]),
    )
    paid = (
        _service(facts, each)
        .filter(_.state == "paid")
        .select("customer_id", "start_day", paid_until=_.end_day.fill_null(FOREVER))
    )
    both = known.left_join(paid, "customer_id").drop("customer_id_right")
    until = ibis.least(both.paid_until, facts.today)
    return both.group_by("customer_id", "first", "last", "first_end", "last_end").agg(
        first_paid=until.max(where=both.start_day < both.first_end).fill_null(both.first_end.max()),
        last_paid=until.max(where=both.start_day >= both["last"]).fill_null(both.last_end.max()).fill_null(facts.today),
    )


def contracts(facts: Facts, each: str) -> ir.Table:
    """Spells of paid service of customers billed so: columns customer_id, start_day, end_day (null: running on as_of)."""
    return union(_service(facts, each).select("customer_id", "start_day", "end_day").distinct(), facts)


def _service(facts: Facts, each: str) -> ir.Table:
    return held(facts).semi_join(billed(facts, each), "customer_id")


def billed(facts: Facts, each: str) -> ir.Table:
    """Customers by the billing interval of their first paid stretch: column customer_id."""
    paid = facts.stretches.filter(_.mrr > 0)
    began = paid.group_by("customer_id").agg(start_day=_.start_day.min())
    first = paid.semi_join(began, ["customer_id", "start_day"])
    spoken = first.group_by("customer_id").agg(interval=first["interval"].fill_null("month").min())
    return spoken.filter(_.interval == each).select("customer_id")


def monthly_price(facts: Facts) -> ir.Table:
    """What customers pay a month today, in all their contracts: columns customer_id, currency, mrr (money, above 0)."""
    running = mrr.held(facts).filter((_.end_day > facts.today) & (_.start_day < facts.today) & (_.amount > 0))
    priced = running.group_by("customer_id", "currency", "digits").agg(mrr=_.amount.sum())
    return priced.select("customer_id", "currency", mrr=minor(priced.mrr, priced.digits))


def _nearest(days: ir.IntegerValue, each: str) -> ir.IntegerValue:
    """The nearest number of periods, at least 1."""
    length, parts = LENGTHS[each]
    return ibis.greatest((2 * parts * days + length) // (2 * length), 1)


def _whole(days: ir.IntegerValue, each: str) -> ir.IntegerValue:
    length, parts = LENGTHS[each]
    return (parts * days) // length
