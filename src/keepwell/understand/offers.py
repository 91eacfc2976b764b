"""What would each customer want next? What others with the same things bought, with the reason, measured against what everybody buys."""

import math
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts, shared
from keepwell.schema.clock import day_number

MOST = 12
"""More options than this are none: who is offered too much chooses nothing."""

LEAST = 10
"""So many customers must have bought two things before one is offered because of the other."""

AGAIN, SOLD_WITHIN = 0.2, 365
"""Bought on two days or more by this share of its customers, a product is used up; not bought by anybody for so many days it is not sold any more."""

TICKETS, CLOSED, OPEN_DAYS = ("ticket", "complaint"), ("closed", "solved", "resolved", "done"), 90
"""Kinds of events that are issues; what their property "status" says when they are not; how long one is open of which nobody says when it ended."""

STOCK = "stock"
"""Kind of event that says how much of a product is left."""

_UNHAPPY = {"nps": 6, "csat": 2}
"""Answers up to this are complaints."""

JUDGES = 50_000
"""Lists of offers are measured on so many customers at most, drawn by a digest of their ids."""

_NEIGHBOURS, _BASKET, _SURE = 12, 50, 2.0
"""Products looked at beside each; a customer's latest products that count; standard deviations above what chance would bring together."""
_UNIT, _CODES = 1_000_000, 2**31
"""Likeness is told in millionths, and products by numbers: whole numbers add up alike on every engine."""


@shared
def owned(facts: Facts) -> ir.Table:
    """What each customer bought before as_of and kept: columns customer_id, product_id, days (on how many), last_day."""
    lines = facts.read("order_lines").filter(_.product_id.notnull() & ~_.returned.fill_null(False))
    bought = facts.purchases.select("order_id", "customer_id", "day").join(
        lines.select("order_id", "product_id").distinct(), "order_id"
    )
    by_day = bought.select("customer_id", "product_id", "day").distinct()
    return by_day.group_by("customer_id", "product_id").agg(days=_.count(), last_day=_.day.max())


def catalogue(facts: Facts) -> ir.Table:
    """
    Every product ever bought by a known customer.

    Returns:
        Columns product_id, code (a number of its own), customers, again (customers who bought it on two days or more), last_day,
        replenishable (used up and bought again: it may be offered to who has it), sold (still; and not known to be out of stock).
    """
    counted = owned(facts).group_by("product_id").agg(
        customers=_.count(), again=(_.days >= 2).cast("int64").sum(), last_day=_.last_day.max()
    )  # fmt: skip
    enough = (counted.again >= LEAST) & (counted.again.cast("float64") >= counted.customers.cast("float64") * AGAIN)
    told = counted.mutate(
        code=ibis.row_number().over(order_by="product_id"),
        replenishable=enough,
        sold=counted.last_day >= facts.today - SOLD_WITHIN,
    )
    if "events" not in facts.tables:
        return told
    both = told.left_join(out_of_stock(facts), "product_id")
    return both.select(**{name: both[name] for name in told.columns} | {"sold": both.sold & both.gone.isnull()})


def out_of_stock(facts: Facts) -> ir.Table:
    """
    Products of which the last event of kind STOCK (name: the product_id, value: the pieces left) says that none is left.

    Returns:
        Columns product_id, gone (1). Of products nobody counts nothing is known: they are not in it.
    """
    events = facts.tables["events"]  # of no customer: merges and segments do not concern it
    seen = events.filter((events.kind == STOCK) & events.name.notnull() & events.value.notnull())
    known = seen.select(
        "event_id", "value", product_id="name", day=facts.day(seen.happened_at), second=seen.happened_at.epoch_seconds()
    ).filter(_.day < facts.today)
    latest = ibis.row_number().over(group_by="product_id", order_by=[ibis.desc("second"), ibis.desc("event_id")])
    last = known.mutate(place=latest).filter(_.place == 0)
    return last.filter(last.value <= 0).select("product_id", gone=ibis.literal(1, "int8"))


@shared
def together(facts: Facts) -> ir.Table:
    """
    Which products are bought by the same customers more often than chance would have it.

    Told are pairs of at least LEAST customers, two standard deviations above what independent buying brings, the likeliest of
    each product. likeness = customers with both / customers with product_id, in millionths: how likely who has the one wants the other
    (Deshpande and Karypis 2004, likeness by conditional probability).

    Returns:
        Columns product_id (what is had), other_id (what goes with it), both (customers with both), customers (with product_id),
        lift (both, by what chance would bring), likeness, code (of product_id).
    """
    had = _latest(facts)
    paired = had.join(had.select("customer_id", other_id="product_id"), "customer_id").filter(
        _.product_id != _.other_id
    )
    counted = paired.group_by("product_id", "other_id").agg(both=_.count()).filter(_.both >= LEAST)
    goods = catalogue(facts)
    told = counted.join(goods.select("product_id", "code", "customers"), "product_id")
    told = told.join(goods.filter(_.sold).select(other_id="product_id", others="customers"), "other_id")
    told = told.cross_join(had.agg(everybody=_.customer_id.nunique()))
    product = told.customers.cast("float64") * told.others.cast("float64")
    expected = product / told.everybody.cast("float64")
    likeness = (told.both * _UNIT) // told.customers
    told = told.mutate(expected=expected, lift=told.both.cast("float64") / expected, likeness=likeness.cast("int64"))
    told = told.filter(told.both.cast("float64") - told.expected > _SURE * told.expected.sqrt())
    rank = ibis.row_number().over(group_by="product_id", order_by=[ibis.desc("likeness"), "other_id"])
    near = told.mutate(rank=rank).filter(_.rank < _NEIGHBOURS)
    return near.select("product_id", "other_id", "both", "customers", "lift", "likeness", "code")


def open_issues(facts: Facts) -> ir.Table:
    """
    Who waits for something to be put right: one row per customer and issue.

    A ticket is an event of kind ticket or complaint whose value is the hours it took; it is open until those have passed, and where
    no hours are told for OPEN_DAYS, unless its property "status" says otherwise. An answer is an issue while it is the last one given.

    Returns:
        Columns customer_id, issue ("open ticket" or "unhappy answer"), since_day.
    """
    events = facts.read("events").filter(_.kind.isin(TICKETS) & _.customer_id.notnull())
    asked = events.mutate(day=facts.day(events.happened_at), second=events.happened_at.epoch_seconds().cast("int64"))
    solved = asked.second + (asked.value * 3_600).ceil().cast("int64")
    waits = ibis.ifelse(
        asked.value.notnull(), solved > int(facts.morning.timestamp()), asked.day >= facts.today - OPEN_DAYS
    )
    closed = asked.properties.get("status").lower().isin(CLOSED).fill_null(False)
    tickets = asked.filter((asked.day < facts.today) & waits & ~closed)
    return (
        tickets.select("customer_id", issue=ibis.literal("open ticket"), since_day="day")
        .union(_unhappy(facts))
        .distinct()
    )


def _unhappy(facts: Facts) -> ir.Table:
    answers = facts.read("answers").filter(
        _.question.isin(list(_UNHAPPY)) & _.score.notnull() & _.answered_at.notnull()
    )
    given = answers.mutate(day=facts.day(answers.answered_at)).filter(_.day < facts.today)
    last = given.group_by("customer_id").agg(day=_.day.max())
    bad = ibis.or_(*((given.question == name) & (given.score <= most) for name, most in _UNHAPPY.items()))
    there = given.filter(bad).semi_join(last, ["customer_id", "day"])
    return there.select("customer_id", issue=ibis.literal("unhappy answer"), since_day="day").distinct()


def offers(facts: Facts, *, most: int = MOST, who: ir.Table | None = None) -> ir.Table:
    """
    What to offer each customer next, because of something they have.

    Nothing they have already, unless it is used up and bought again; nothing that is no longer sold, or known to be out of stock; nothing to whom something has to
    be put right first; and nothing where too few bought alike.

    Args:
        facts: The tables.
        most: How many at most, up to 12.
        who: Column customer_id: for whom; what is bought together is still learned from all. None is everybody.

    Returns:
        Columns customer_id, place (1 is the best), product_id, because (what they have), both (customers with the two), customers
        (with what they have), lift.

    Raises:
        ModelError: More than 12 were asked for.
    """
    _choosable(most)
    near = together(facts)
    best = _first(_alike(facts, near, who).anti_join(open_issues(facts), "customer_id"), most)
    reasons = near.select("code", "both", "customers", "lift", because="product_id", product_id="other_id")
    told = best.mutate(code=best.likest % _CODES).join(reasons, ["code", "product_id"])
    return told.drop("code", "likest").order_by("customer_id", "place")


def popular(facts: Facts, *, most: int = MOST, who: ir.Table | None = None) -> ir.Table:
    """
    What most customers buy, to everybody who has not got it: what offers() must beat, and what is left where it does not.

    Who never bought is offered nothing.

    Args:
        facts: The tables.
        most: How many at most, up to 12.
        who: As in offers().

    Returns:
        Columns customer_id, place, product_id, customers (who bought it).

    Raises:
        ModelError: More than 12 were asked for.
    """
    _choosable(most)
    told = _by_many(facts, who, most).anti_join(open_issues(facts), "customer_id")
    return told.order_by("customer_id", "place")


def _choosable(most: int) -> None:
    if not 1 <= most <= MOST:
        raise ModelError(
            f"{most} offers at once.", f"At least 1 and at most {MOST}: who has too much to choose from chooses nothing.",
            "Offer fewer.",
        )  # fmt: skip


def _alike(facts: Facts, near: ir.Table, who: ir.Table | None) -> ir.Table:
    """Every product that goes with what a customer has, with points (the likenesses of all they have) and the likest of those."""
    met = _of(who, _latest(facts)).join(near, "product_id")
    # One number carries likeness and product, so that the likest is a plain maximum.
    summed = met.group_by("customer_id", "other_id").agg(
        points=_.likeness.sum(), likest=(_.likeness * _CODES + _.code).max()
    )
    return summed.rename(product_id="other_id").anti_join(_kept(facts), ["customer_id", "product_id"])


def _latest(facts: Facts) -> ir.Table:
    """The products each customer bought last, so many as count: columns customer_id, product_id."""
    latest = ibis.row_number().over(group_by="customer_id", order_by=[ibis.desc("last_day"), "product_id"])
    return owned(facts).mutate(place=latest).filter(_.place < _BASKET).select("customer_id", "product_id")


def _by_many(facts: Facts, who: ir.Table | None, most: int) -> ir.Table:
    """
    The products most customers have, for every customer the first who are not had: columns customer_id, product_id, customers, place.

    Who has the same of the best gets the same list, so it is put together once for all of them.
    """
    rank = ibis.row_number().over(order_by=[ibis.desc("customers"), "product_id"])
    best = catalogue(facts).filter(_.sold & (_.customers >= LEAST)).mutate(rank=rank).filter(_.rank < 3 * MOST)
    best = best.select("product_id", "customers", bit=(ibis.literal(2.0) ** best.rank).cast("int64"))
    had = _of(who, _kept(facts)).join(best.select("product_id", "bit"), "product_id")
    had = had.group_by("customer_id").agg(mask=_.bit.sum().cast("int64"))
    people = _of(who, owned(facts)).select("customer_id").distinct().left_join(had, "customer_id")
    people = people.select("customer_id", "mask").mutate(mask=_.mask.fill_null(0))
    free = people.select("mask").distinct().cross_join(best).filter(_.mask // _.bit % 2 == 0)
    lists = _first(free.mutate(points=_.customers), most, "mask").select("mask", "product_id", "customers", "place")
    return people.join(lists, "mask").select("customer_id", "product_id", "customers", "place")


def _of(who: ir.Table | None, table: ir.Table) -> ir.Table:
    """The rows of those asked for."""
    return table if who is None else table.semi_join(who, "customer_id")


def _kept(facts: Facts) -> ir.Table:
    """What each customer has and will not need again: columns customer_id, product_id."""
    lasting = catalogue(facts).filter(~_.replenishable)
    return owned(facts).semi_join(lasting, "product_id").select("customer_id", "product_id")


def _first(ranked: ir.Table, most: int, whose: str = "customer_id") -> ir.Table:
    place = ibis.row_number().over(group_by=whose, order_by=[ibis.desc("points"), "product_id"])
    told = ranked.mutate(place=(place + 1).cast("int32")).filter(_.place <= most)
    return told.drop("points")


def hits(facts: Facts, *, learned: date, days: int = 180, most: int = MOST) -> ir.Table:
    """
    Of the customers who bought something new to them after a morning (JUDGES of them at most), who had been offered it?

    Args:
        facts: The tables as known now.
        learned: The morning whose facts the offers are made from.
        days: How many days from then on are looked at.
        most: How many offers each.

    Returns:
        Columns together and popular (1: something of that list was bought), customers.

    Raises:
        ModelError: More than 12 were asked for, or the days are not over.
    """
    _choosable(most)
    early = facts.on(learned)
    if early.today + days > facts.today:
        raise ModelError(
            f"{days} days after {learned} are not over on {facts.as_of}.",
            "",
            "Choose an earlier morning or fewer days.",
        )
    known = owned(early).select("customer_id").distinct()
    new = _new(facts, early, days).semi_join(known, "customer_id")
    told = who = _drawn(new.select("customer_id").distinct())
    new = new.semi_join(who, "customer_id")
    lists = {"together": _first(_alike(early, together(early), who), most), "popular": _by_many(early, who, most)}
    for name, offered in lists.items():
        hit = offered.semi_join(new, ["customer_id", "product_id"]).select("customer_id").distinct()
        told = told.left_join(hit.mutate(**{name: ibis.literal(1, "int64")}), "customer_id").drop("customer_id_right")
        told = told.mutate(**{name: told[name].fill_null(0)})
    return told.group_by("together", "popular").agg(customers=_.count()).order_by("together", "popular")


def _drawn(people: ir.Table) -> ir.Table:
    """At most JUDGES of them, always the same on every machine: so many tell as surely as all."""
    ordered = people.mutate(digest=people.customer_id.hexdigest("md5")).order_by("digest", "customer_id")
    return ordered.limit(JUDGES).select("customer_id")


def _new(facts: Facts, early: Facts, days: int) -> ir.Table:
    """What customers bought in the days after a morning that they might have been offered: columns customer_id, product_id."""
    until = facts.on(date.fromordinal(early.as_of.toordinal() + days))
    since = day_number(early.as_of)
    later = owned(until).filter(_.last_day >= since).select("customer_id", "product_id")
    return later.anti_join(_kept(early), ["customer_id", "product_id"])


@dataclass(frozen=True)
class Verdict:
    """
    Whether offers made from what is bought together are better than offering what everybody buys.

    Args:
        customers: Who bought something they had not, after the offers were made.
        together: For how many of them it was among the offers.
        popular: For how many it was among the most popular.
        only_together: Hit by the first only.
        only_popular: Hit by the second only.
        most: Offers each.
    """

    customers: int
    together: int
    popular: int
    only_together: int
    only_popular: int
    most: int = MOST

    @property
    def chance(self) -> float:
        """How likely so uneven a result is if both are equally good: McNemar (1947), corrected for continuity; NaN below ten uneven ones."""
        apart, uneven = abs(self.only_together - self.only_popular), self.only_together + self.only_popular
        return math.erfc(max(apart - 1, 0) / math.sqrt(2 * uneven)) if uneven >= 10 else math.nan

    @property
    def choice(self) -> str | None:
        """Which list to use: "together" where it certainly is better, "popular" otherwise, None where there are too few to tell."""
        if self.customers < 100:
            return None
        better = self.chance < 0.05 and self.only_together > self.only_popular
        return "together" if better else "popular"

    def __str__(self) -> str:
        """The measure in words, with the admission where offers do not beat popularity."""
        if self.choice is None:
            return f"Not enough data to judge offers: {self.customers:,} customers bought something new to them, 100 are needed."
        figures = (
            f"of {self.customers:,} customers who bought something new to them, {self.together / self.customers:.1%} found it among the"
            f" {self.most} offers made before, {self.popular / self.customers:.1%} among the {self.most} most popular products"
        )
        if self.choice == "together":
            return f"Offers by what is bought together beat popularity: {figures}."
        return f"Offers by what is bought together do not beat popularity: {figures}. So what most buy is offered."


def verdict(frame: pd.DataFrame, *, most: int = MOST) -> Verdict:
    """
    The measure of both lists.

    Args:
        frame: What hits() counted.
        most: As it was counted.
    """
    said = {
        (int(a), int(b)): int(n)
        for a, b, n in zip(frame["together"], frame["popular"], frame["customers"], strict=True)
    }
    both, first, second = said.get((1, 1), 0), said.get((1, 0), 0), said.get((0, 1), 0)
    return Verdict(sum(said.values()), both + first, both + second, first, second, most)
