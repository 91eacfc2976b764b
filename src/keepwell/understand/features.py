"""What was known of each customer on a morning? Columns from dated facts before it, so that nothing is told in advance."""

from collections.abc import Callable, Mapping, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.buyers import own_money
from keepwell.measure.facts import Facts, shared
from keepwell.measure.spells import reasons, spells
from keepwell.measure.traits import COLUMNS, named, trait
from keepwell.schema.clock import date_number

TICKETS = ("ticket", "complaint")
"""Kinds of events that ask for help."""

TRAITS = ("kind", "source", "country", "language")
"""Columns of customers that are looked at; they bear no date, so they are asked whether they know the answer."""


def features(facts: Facts, traits: Sequence[str] = ()) -> ir.Table:
    """
    Everybody kept on the morning of the facts, with what was known of them.

    Days are counted back from that morning; null is unknown or never. Columns are there where the company has the table.

    Args:
        facts: The tables.
        traits: Named traits of customers beside TRAITS.

    Returns:
        One row per customer: customer_id, kept_days and the columns of the blocks there are.
    """
    return _beside_traits(this_morning(facts), facts, traits).drop("cut_day", "left_after")


@shared
def this_morning(facts: Facts) -> ir.Table:
    """Everybody kept on the morning of the facts, without the company's own traits: the columns of looks()."""
    return looks(facts, [facts.today])


def drawn(facts: Facts, *, days: int, mornings: int, most: int) -> ir.Table:
    """
    Who is learned from: of those kept at some time from the first morning to the last, a lot drawn by a digest of their ids.

    The lot is always the same, on every machine.

    Args:
        facts: The tables.
        days: Between two mornings, and between the last one and as_of.
        mornings: How many.
        most: How many customers at most.

    Returns:
        Column customer_id.
    """
    first, last = facts.today - days * mornings, facts.today - days
    kept = reasons(facts)
    kept = kept.filter((kept.start_day < last) & (kept.end_day.isnull() | (kept.end_day >= first)))
    kept = kept.select("customer_id").distinct()
    return (
        kept.mutate(digest=kept.customer_id.hexdigest("md5"))
        .order_by("digest", "customer_id")
        .limit(most)
        .select("customer_id")
    )


def past(facts: Facts, *, days: int, mornings: int, traits: Sequence[str] = ()) -> ir.Table:
    """
    Customers as they stood on mornings of the past, and what became of them.

    The last morning is *days* days before as_of, the others as many days before each other.

    Args:
        facts: The tables; facts.only says who is looked at, best as rows already computed.
        days: How far ahead leaving is foretold.
        mornings: How many.
        traits: See features().

    Returns:
        The columns of looks().
    """
    return looks(facts, [facts.today - days * step for step in range(mornings, 0, -1)], traits)


def looks(facts: Facts, mornings: Sequence[int], traits: Sequence[str] = ()) -> ir.Table:
    """
    Everybody kept on any of some mornings, one row per customer and morning.

    What is told of a morning comes from rows dated before it, by on_mornings(); a row dated later is never joined to it.

    Args:
        facts: The tables.
        mornings: Day numbers up to that of as_of.
        traits: See features().

    Returns:
        The columns of features(), cut_day (the morning's day number), left_after (days until they had left, null: not by as_of).
    """
    table = _kept(facts, mornings)
    for name, block in _BLOCKS.items():
        if name in facts.tables:
            table = beside(table, block(facts, mornings))
    return _beside_traits(table, facts, [*TRAITS, *traits])


def _beside_traits(table: ir.Table, facts: Facts, names: Sequence[str]) -> ir.Table:
    """The table with traits beside it: those that stand in the row of a customer at once, those of a first day one by one."""
    if not names or "customers" not in facts.tables:
        return table
    people = facts.read("customers")
    own = {
        trait_column(name): people[name] if name in COLUMNS else people.traits.get(name.removeprefix("traits."))
        for name in names
        if name in COLUMNS or not named(name)
    }
    table = beside(table, people.select("customer_id", **own), ["customer_id"]) if own else table
    for name in (name for name in names if named(name) and name not in COLUMNS):
        told = trait(facts, name)
        table = beside(table, told.select("customer_id", **{trait_column(name): told["by"]}), ["customer_id"])
    return table


def gone(table: ir.Table, facts: Facts) -> ir.Table:
    """
    looks() with gone: 1 where it is known by now that a customer left after the morning, or when their contract will end.

    Columns without a date may tell of both; a morning's forecast must not, so nothing is learned of it.

    Args:
        table: What looks() gave.
        facts: The tables.
    """
    if "subscriptions" not in facts.tables:
        return table.mutate(gone=table.left_after.notnull().cast("int32"))
    ahead = ends_ahead(facts).mutate(ahead=ibis.literal(True))
    both = beside(table, ahead, ["customer_id"])
    return both.mutate(gone=(both.left_after.notnull() | both.ahead.notnull()).cast("int32")).drop("ahead")


def ends_ahead(facts: Facts) -> ir.Table:
    """
    Customers whose last paid contract runs on the morning and ends on that day or later, as is written down already.

    Args:
        facts: The tables; nothing else told of a morning looks that far.

    Returns:
        Column customer_id.
    """
    paid = facts.read("subscriptions").filter(_.state.isin(("paid", "past_due")) & (_.mrr > 0))
    paid = paid.select("customer_id", start_day=date_number(paid.starts_on), end_day=date_number(paid.ends_on))
    last = paid.group_by("customer_id").agg(
        first_day=_.start_day.min(), last_day=_.end_day.max(), goes_on=_.end_day.isnull().any()
    )
    known = (last.first_day < facts.today) & (last.last_day >= facts.today) & ~last.goes_on
    return last.filter(known & last.customer_id.notnull()).select("customer_id")


def trait_column(name: str) -> str:
    """The column in which a trait stands: its own name, or trait_ before a company's own."""
    return name if name in COLUMNS else f"trait_{name.removeprefix('traits.')}"


def undated(columns: Sequence[str]) -> list[str]:
    """Of some columns of features() those that bear no date."""
    return [name for name in columns if name in TRAITS or name.startswith("trait_")]


def _kept(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """Who is kept on which morning, since when, how often they had come back, and after how many days they had left."""
    begun = spells(facts).mutate(day=_.start_day)
    here = on_mornings(begun, mornings)
    runs = here.end_day.isnull() | (here.end_day >= here.cut_day)
    now = here.filter(runs).select(
        "customer_id",
        "cut_day",
        kept_days=(here.cut_day - here.start_day).cast("int32"),
        left_after=(here.end_day - here.cut_day).cast("int32"),
    )
    times = here.group_by("customer_id", "cut_day").agg(came_back=(_.count() - 1).cast("int32"))
    return beside(now, times)


def on_mornings(table: ir.Table, mornings: Sequence[int]) -> ir.Table:
    """
    The rows of known customers dated before each morning, with that morning.

    Args:
        table: Columns customer_id and day.
        mornings: Day numbers.

    Returns:
        The table's columns and cut_day, a row for every morning that knew of it.
    """
    cuts = ibis.memtable({"cut_day": list(mornings)}, schema={"cut_day": "int32"})
    dated = table.filter(table.customer_id.notnull() & table.day.notnull()).cross_join(cuts)
    return dated.filter(dated.day < dated.cut_day)


def beside(table: ir.Table, block: ir.Table, keys: Sequence[str] = ("customer_id", "cut_day")) -> ir.Table:
    """A table with the columns of another beside it, null where that has no row."""
    return table.left_join(block, list(keys)).drop(*(f"{key}_right" for key in keys))


def _ago(table: ir.Table, first: int, last: int = 0) -> ir.BooleanValue:
    """Whether a row's day lies among those from *first* to *last* days before its morning."""
    return (table.day >= table.cut_day - first) & (table.day < table.cut_day - last)


def _orders(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """Days since the last order, the usual gap, orders and money of late and before, the part bought on offer."""
    sold = own_money(facts.sales, "gross", facts)
    sold = on_mornings(
        sold.select(
            "customer_id",
            "day",
            amount=ibis.ifelse(sold.home, sold.money.cast("float64"), ibis.null("float64")),
            on_offer=(sold.discount > 0).cast("float64"),
        ),
        mornings,
    )
    lately, before = _ago(sold, 90), _ago(sold, 180, 90)
    told = sold.group_by("customer_id", "cut_day").agg(
        first_day=sold.day.min(),
        last_day=sold.day.max(),
        order_days=sold.day.nunique(),
        orders_90=sold.day.nunique(where=lately),
        orders_before=sold.day.nunique(where=before),
        spent_90=sold.amount.sum(where=lately).fill_null(0.0),
        spent_before=sold.amount.sum(where=before).fill_null(0.0),
        usual_order=sold.amount.mean(),
        offer_share=sold.on_offer.mean(),
    )
    gap = (told.last_day - told.first_day).cast("float64") / (told.order_days - 1).cast("float64").nullif(0.0)
    since = (told.cut_day - told.last_day).cast("int32")
    late = since.cast("float64") / ibis.greatest(gap, 1.0)
    late = ibis.ifelse(gap.isnull(), ibis.null("float64"), late)  # engines differ on the greatest of nothing
    return told.mutate(last_order=since, order_gap=gap, order_late=late).drop("first_day", "last_day")


def _refunds(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """Refunds of the last half year."""
    table = facts.read("refunds")
    given = on_mornings(table.select("customer_id", day=facts.day(table.refunded_at)), mornings)
    return given.filter(_ago(given, 180)).group_by("customer_id", "cut_day").agg(refunds_180=_.count())


def _subscriptions(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """Plan, price and discount now, the price 90 days ago, changes, failed payments, a pause, and notice given."""
    all_ = facts.stretches
    held = on_mornings(
        all_.select(
            "customer_id",
            "plan",
            "interval",
            "state",
            "start_day",
            "end_day",
            day=all_.start_day,
            price=all_.mrr.cast("float64"),
            full=all_.list_mrr.cast("float64"),
            asked=facts.day(all_.cancel_requested_at),
        ),
        mornings,
    )
    now = held.end_day.isnull() | (held.end_day >= held.cut_day)
    earlier = held.cut_day - 90
    then = (held.start_day < earlier) & (held.end_day.isnull() | (held.end_day >= earlier))
    past_due = (held.state == "past_due").cast("int32")
    told = held.group_by("customer_id", "cut_day").agg(
        plan=held.plan.min(where=now),
        billed=held.interval.min(where=now),
        mrr=held.price.sum(where=now),
        list_mrr=held.full.sum(where=now),
        mrr_before=held.price.sum(where=then),
        past_due=past_due.max(where=now),
        times_past_due=past_due.sum(where=_ago(held, 365)),
        paused=(held.state == "paused").cast("int32").max(where=now),
        notice=(held.asked < held.cut_day).fill_null(False).cast("int32").max(where=now),
        changes=held.start_day.nunique(where=_ago(held, 365)),
        price_since=held.start_day.max(where=now),
        paid_since=held.start_day.min(),
    )
    return _priced(told)


def _priced(told: ir.Table) -> ir.Table:
    """Days and shares from what _subscriptions() summed."""
    paid = (told.cut_day - told.paid_since).cast("int32")
    term = ibis.cases((told.billed == "year", 365), (told.billed == "quarter", 91), else_=ibis.null("int32"))
    return told.mutate(
        price_days=(told.cut_day - told.price_since).cast("int32"),
        paid_days=paid,
        term_left=(term - paid % term).cast("int32"),
        mrr_discount=1 - told.mrr / told.list_mrr.nullif(0.0),
        mrr_change=told.mrr - told.mrr_before,
    ).drop("list_mrr", "mrr_before", "price_since", "paid_since")


def _events(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """Use of the last 30 days and of the 60 before, the last use, tickets of the last 90, and those not solved."""
    table = facts.read("events")
    did = on_mornings(table.select("customer_id", "kind", "value", day=facts.day(table.happened_at)), mornings)
    used, ticket = did.kind == "usage", did.kind.isin(TICKETS)
    solved = did.day.cast("float64") + did.value / 24  # a ticket's value is the hours it took
    waits = ibis.ifelse(did.value.notnull(), solved >= did.cut_day, _ago(did, 90))
    told = did.group_by("customer_id", "cut_day").agg(
        last_day=did.day.max(where=used),
        use_days_30=did.day.nunique(where=used & _ago(did, 30)),
        use_days_before=did.day.nunique(where=used & _ago(did, 90, 30)).cast("float64") / 2,
        tickets_90=ticket.cast("int32").sum(where=_ago(did, 90)).fill_null(0),
        tickets_open=(ticket & waits).cast("int32").sum(),
    )
    return told.mutate(
        last_use=(told.cut_day - told.last_day).cast("int32"),
        use_trend=(told.use_days_30 + 1).cast("float64") / (told.use_days_before + 1),
    ).drop("last_day")


def _touches(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """How long ago a person of us spoke to them, they to us, and how often of late."""
    table = facts.read("touches")
    spoken = table.select("customer_id", "direction", "human", day=facts.day(table.touched_at))
    spoken = on_mornings(spoken, mornings)
    ours = (spoken.direction == "out") & spoken.human.fill_null(False)
    theirs, lately = spoken.direction == "in", _ago(spoken, 90)
    told = spoken.group_by("customer_id", "cut_day").agg(
        spoke=spoken.day.max(where=ours),
        heard=spoken.day.max(where=theirs),
        touches_90=ours.cast("int32").sum(where=lately).fill_null(0),
        heard_90=theirs.cast("int32").sum(where=lately).fill_null(0),
    )
    return told.mutate(
        last_spoken=(told.cut_day - told.spoke).cast("int32"), last_heard=(told.cut_day - told.heard).cast("int32")
    ).drop("spoke", "heard")


def _answers(facts: Facts, mornings: Sequence[int]) -> ir.Table:
    """The last recommendation score, how long ago it was given, and questions of the last half year left unanswered."""
    table = facts.read("answers")
    answered = facts.day(table.answered_at)
    asked = table.select("customer_id", "question", "score", answered=answered, day=facts.day(table.asked_at))
    asked = on_mornings(asked.mutate(day=ibis.coalesce(asked.day, asked.answered)), mornings)
    known = (asked.answered < asked.cut_day).fill_null(False)
    given = known & (asked.question == "nps") & asked.score.notnull()
    told = asked.group_by("customer_id", "cut_day").agg(
        unanswered_180=(~known).cast("int32").sum(where=_ago(asked, 180)).fill_null(0),
        last=asked.answered.max(where=given),
    )
    last = told.select("customer_id", "cut_day", answered="last")
    scored = asked.filter(given).inner_join(last, ["customer_id", "cut_day", "answered"])
    scored = scored.group_by("customer_id", "cut_day").agg(last_score=_.score.min())
    both = beside(told, scored)
    return both.mutate(score_days=(both.cut_day - both["last"]).cast("int32")).drop("last")


_BLOCKS: Mapping[str, Callable[[Facts, Sequence[int]], ir.Table]] = {
    "orders": _orders,
    "refunds": _refunds,
    "subscriptions": _subscriptions,
    "events": _events,
    "touches": _touches,
    "answers": _answers,
}
"""Table -> what is told of it on each of some mornings, by customer_id and cut_day."""
