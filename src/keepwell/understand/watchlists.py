"""Who needs a look before they leave? Satisfied but silent, paying and ignored, the same package for too long, buying only on offer."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.spells import served, window_days
from keepwell.tongue import gettext_noop
from keepwell.understand.brought import Brought

CADENCE_DAYS = 90
"""How often a customer should hear from a person, where nobody said otherwise."""

WARN_MONTHS, ALARM_MONTHS = 12, 14
"""Whole months with the same package after which to think, and to act."""

VALUE = "value"
"""Kind of event that says a customer got something new: it starts the months anew."""

TALKS = ("phone", "meeting", "chat", "call", "video", "visit")
"""Channels in which both sides speak."""

_SATISFIED = {"nps": 9, "csat": 4}
FEWEST_GAPS = 3
"""From so many gaps a customer has a rhythm of their own; with fewer the company's holds."""
_TIMES, _LEAST_SILENCE, _MOST_SILENCE = 2, 14, 365
"""Silence is longer than so many times the own usual gap, and than so many days; a cadence is never longer than a year, for neglect is no rhythm."""
_CERTAIN = 1.959963984540054**2


@dataclass(frozen=True)
class Watchlist:
    """
    One list of customers who need a look, with why.

    Args:
        id: Its name everywhere.
        name: What people call it.
        question: The question it answers.
        rule: Who is on it, as a sentence.
        needs: Tables without which nothing can be told; of those in brackets one is enough.
        rows: One row per customer on it as of a morning: customer_id and the columns that say why.
        sentence: One row in words.
        told: Kinds as in brought.first_days() that must have told something, each for so many days back.
    """

    id: str
    name: str
    question: str
    rule: str
    needs: tuple[tuple[str, ...], ...]
    rows: Callable[[Facts], ir.Table]
    sentence: Callable[[pd.Series], str]
    told: tuple[tuple[str, int], ...] = ()

    def missing(self, facts: Facts, brought: Brought | None = None) -> str | None:
        """
        What to say instead of a list where what it looks at was never told: an empty list would look like good news, a full one like a fault.

        Args:
            facts: The tables.
            brought: Since when each kind is told; None looks only at which tables there are.
        """
        lacking = [" or ".join(some) for some in self.needs if not set(some) & set(facts.tables)]
        if lacking:
            return f"Not enough data: this list needs {' and '.join(lacking)}."
        never = [brought.lacking(kind, days) for kind, days in self.told] if brought else []
        return " ".join(why for why in never if why) or None


def satisfied_but_silent(facts: Facts, *, cadence_days: int = CADENCE_DAYS) -> ir.Table:
    """
    Customers whose last answer was good (nps 9 or 10, csat 4 or 5), who then fell silent, and with whom nobody talks.

    Silent is who has neither ordered nor used anything for longer than twice their own median gap, at least two weeks; of whom fewer
    than FEWEST_GAPS gaps are known there is no rhythm, and the company's activity window is taken. Who never did either is not called
    silent. Two-way is what they wrote or said, and every talk; its cadence is each customer's own too, see _cadence().

    Args:
        facts: The tables.
        cadence_days: How long may pass without a two-way touch, where a customer has no rhythm of talks.

    Returns:
        Columns customer_id, question, score, answered_days, ordered_days, order_gap_days, used_days, use_gap_days (null: never,
        or no rhythm), talked_days (null: never), cadence_days (what holds for this customer); days are days ago.
    """
    told = _satisfied(facts)
    doings = {"ordered": ("order", facts.purchases), "used": ("use", facts.uses)}
    silent: list[ir.BooleanValue] = []
    for name, (gap, happened) in doings.items():
        rhythm = _rhythm(happened.select("customer_id", "day").distinct(), facts)
        named = rhythm.rename({f"{name}_days": "days_ago", f"{gap}_gap_days": "gap_days"})
        told = told.left_join(named, "customer_id").drop("customer_id_right")
    talked = _touched(facts, lambda t: (t.direction == "in") | t.channel.isin(TALKS))
    told = _cadence(told, talked.rename(talked_days="days_ago"), cadence_days)
    for days, gap in ((told.ordered_days, told.order_gap_days), (told.used_days, told.use_gap_days)):
        own = ibis.ifelse(_TIMES * gap > _LEAST_SILENCE, _TIMES * gap, float(_LEAST_SILENCE))
        bound = ibis.ifelse(gap.isnull(), float(window_days(facts)), own)
        silent.append((days > bound).fill_null(True))
    quiet = (told.talked_days > told.cadence_days).fill_null(True)
    known = told.ordered_days.notnull() | told.used_days.notnull()
    return told.filter(known & silent[0] & silent[1] & quiet)


def _satisfied(facts: Facts) -> ir.Table:
    """Whose last answer to nps or csat was good; where they gave several that day, all of them."""
    answers = facts.read("answers")
    asked = answers.filter(answers.question.isin(list(_SATISFIED)) & answers.score.notnull())
    given = asked.mutate(day=facts.day(asked.answered_at)).filter(_.day < facts.today)
    last = given.group_by("customer_id").agg(day=_.day.max())
    good = ibis.or_(*((given.question == name) & (given.score >= least) for name, least in _SATISFIED.items()))
    ended = given.mutate(good=good.cast("int64")).semi_join(last, ["customer_id", "day"])
    whole = ended.group_by("customer_id").agg(
        good=_.good.min(), question=_.question.max(), day=_.day.max(), nps=_.score.min(where=_.question == "nps"), score=_.score.min()
    )  # fmt: skip
    score = ibis.coalesce(whole.nps, whole.score)
    told = whole.filter(whole.good == 1)
    return told.select("customer_id", "question", score=score, answered_days=(facts.today - told.day).cast("int32"))


def _rhythm(days: ir.Table, facts: Facts) -> ir.Table:
    """Columns customer_id, days_ago (of the last day), gap_days (median of the own gaps; null with fewer than FEWEST_GAPS)."""
    gaps = days.mutate(gap=days.day - days.day.lag().over(group_by="customer_id", order_by="day")).filter(
        _.gap.notnull()
    )
    place = ibis.row_number().over(group_by="customer_id", order_by="gap")
    ranked = gaps.mutate(place=place, count=gaps.count().over(group_by="customer_id"))
    ranked = ranked.filter(ranked["count"] >= FEWEST_GAPS)
    middle = ranked.filter((2 * ranked.place >= ranked["count"] - 2) & (2 * ranked.place <= ranked["count"]))
    summed = middle.group_by("customer_id").agg(days=_.gap.sum(), middle=_.count())
    usual = summed.select("customer_id", gap_days=summed.days.cast("float64") / summed.middle.cast("float64"))
    last = days.group_by("customer_id").agg(day=_.day.max())
    both = last.left_join(usual, "customer_id")
    return both.select("customer_id", days_ago=(facts.today - both.day).cast("int32"), gap_days=both.gap_days)


def _touched(facts: Facts, counts: Callable[[ir.Table], ir.BooleanValue]) -> ir.Table:
    """The rhythm of the contacts that count: columns customer_id, days_ago (of the last), gap_days."""
    touches = facts.read("touches")
    seen = touches.filter(counts(touches).fill_null(False))
    days = seen.select("customer_id", day=facts.day(seen.touched_at)).filter(_.day < facts.today)
    return _rhythm(days.distinct(), facts)


def _cadence(told: ir.Table, touched: ir.Table, company: int) -> ir.Table:
    """The table with when they were last touched and cadence_days: twice their own usual gap, from two weeks to a year; or the company's."""
    both = told.left_join(touched, "customer_id").drop("customer_id_right")
    own = ibis.least(ibis.greatest(_TIMES * both.gap_days, float(_LEAST_SILENCE)), float(_MOST_SILENCE))
    days = ibis.ifelse(both.gap_days.isnull(), float(company), own)
    return both.mutate(cadence_days=days).drop("gap_days")


def paying_and_ignored(facts: Facts, *, cadence_days: int = CADENCE_DAYS) -> ir.Table:
    """
    Customers who paid within the cadence, by an order or a running subscription, and whom no person of ours contacted in theirs.

    A contact of which nobody says whether a person made it counts as one: the list accuses nobody by guesswork.

    Args:
        facts: The tables.
        cadence_days: Within how many days they paid; and how long may pass without a person's contact, where a customer has no
            rhythm of contacts (see _cadence).

    Returns:
        Columns customer_id, ordered_days (days since the last order; null: none within the cadence), subscribed (1, 0),
        contacted_days (null: never), cadence_days (what holds for this customer).
    """
    ordered = facts.purchases.group_by("customer_id").agg(day=_.day.max()).filter(_.day >= facts.today - cadence_days)
    ordered = ordered.select(
        "customer_id", ordered_days=(facts.today - ordered.day).cast("int32"), subscribed=ibis.literal(0, "int64")
    )
    running = served(facts).filter(_.end_day.isnull())
    running = running.select("customer_id", ordered_days=ibis.null("int32"), subscribed=ibis.literal(1, "int64"))
    both = ordered.union(running).group_by("customer_id")
    paying = both.agg(ordered_days=_.ordered_days.max(), subscribed=_.subscribed.max())
    ours = _touched(facts, lambda t: t.human.fill_null(True) & ((t.direction == "out") | t.channel.isin(TALKS)))
    told = _cadence(paying, ours.rename(contacted_days="days_ago"), cadence_days)
    ignored = (told.contacted_days > told.cadence_days).fill_null(True)
    return told.filter(ignored).select("customer_id", "ordered_days", "subscribed", "contacted_days", "cadence_days")


def same_package(facts: Facts, *, warn: int = WARN_MONTHS, alarm: int = ALARM_MONTHS) -> ir.Table:
    """
    Paying subscribers whose package has not changed, and who got nothing new, for many months.

    Plan, quantity, a new subscription or a return start the months anew, and so does an event of kind VALUE. A new price alone does not.
    Months are whole ones, from a day of a month to the same day. A pair of customer_id and since_on reaches the alarm once.

    Args:
        facts: The tables.
        warn: Months after which a customer is listed.
        alarm: Months after which the stage is "alarm".

    Returns:
        Columns customer_id, plan (of the package; the first by name, where there are several), since_on, months, stage ("warn", "alarm").
    """
    paid = facts.stretches.filter(_.state.isin(["paid", "past_due", "paused"]))
    in_order = {"group_by": "subscription_id", "order_by": "start_day"}
    before = {name: paid[name].lag().over(**in_order) for name in ("plan", "quantity", "end_day", "start_day")}
    placed = paid.mutate(**{f"{name}_before": value for name, value in before.items()})
    other = (placed.plan.fill_null("") != placed.plan_before.fill_null("")) | (
        placed.quantity.fill_null(0) != placed.quantity_before.fill_null(0)
    )
    returned = (placed.start_day > placed.end_day_before).fill_null(False)
    changed = placed.filter(placed.start_day_before.isnull() | other | returned).select("customer_id", day="start_day")
    events = facts.read("events").filter(_.kind == VALUE)
    given = events.select("customer_id", day=facts.day(events.happened_at)).filter(_.day < facts.today)
    since = changed.union(given).group_by("customer_id").agg(day=_.day.max())
    running = paid.filter(paid.end_day.isnull() & (paid.state != "paused") & (paid.mrr > 0))
    told = running.group_by("customer_id").agg(plan=_.plan.min()).join(since, "customer_id")
    return _by_stage(_with_months(told, facts), warn, alarm)


def _with_months(told: ir.Table, facts: Facts) -> ir.Table:
    """The table with since_on and whole months from *day* to as_of."""
    told = told.mutate(since_on=(ibis.date(1970, 1, 1) + told.day.as_interval("D")).cast("date"))
    as_of = facts.as_of
    began = told.since_on.year() * 12 + told.since_on.month()
    short = (told.since_on.day() > as_of.day).cast("int32")
    return told.mutate(months=(as_of.year * 12 + as_of.month - began - short).cast("int32"))


def _by_stage(told: ir.Table, warn: int, alarm: int) -> ir.Table:
    listed = told.filter(told.months >= warn)
    stage = ibis.ifelse(listed.months >= alarm, "alarm", "warn")
    return listed.select("customer_id", "plan", "since_on", "months", stage=stage)


def discount_dependent(facts: Facts) -> ir.Table:
    """
    Customers who buy on offer more often than not, as far as can be told from how many orders there are.

    Listed is whose share of orders on offer lies above a half with 95 % certainty: the low Wilson limit, (2k - n)² > 3.84 n of k among n,
    so 4 of 4, 7 of 8 or 15 of 20. Orders whose source tells no discount are in neither part.

    Returns:
        Columns customer_id, orders, on_offer, share, share_of_all (of all customers' orders).
    """
    told = facts.purchases.filter(_.discount.notnull())
    rows = told.select("customer_id", on_offer=(told.discount > 0).cast("int64"))
    counted = rows.group_by("customer_id").agg(orders=_.count(), on_offer=_.on_offer.sum())
    whole = rows.agg(all_orders=_.count(), all_on_offer=_.on_offer.sum())
    beyond = 2 * counted.on_offer - counted.orders
    sure = counted.filter(
        (beyond > 0) & ((beyond * beyond).cast("float64") > _CERTAIN * counted.orders.cast("float64"))
    )
    beside = sure.cross_join(whole)
    return beside.select(
        "customer_id", "orders", "on_offer", share=beside.on_offer.cast("float64") / beside.orders.cast("float64"),
        share_of_all=beside.all_on_offer.cast("float64") / beside.all_orders.cast("float64"),
    )  # fmt: skip


def _ago(days: float) -> str:
    return "never" if pd.isna(days) else f"{int(days):,} {'day' if days == 1 else 'days'} ago"


def _usual(row: pd.Series) -> str:
    """What the silence is measured by, where there was any contact."""
    return "" if row["cadence_days"] == CADENCE_DAYS else f", more than {row['cadence_days']:g} by their own rhythm"


def _silent(row: pd.Series) -> str:
    parts = [f"Answered {row['score']:g} ({row['question']}) {_ago(row['answered_days'])}"]
    for did, days, gap in (("ordered", "ordered_days", "order_gap_days"), ("used it", "used_days", "use_gap_days")):
        if not pd.isna(row[days]):
            usual = "" if pd.isna(row[gap]) else f", usually every {row[gap]:.0f} days"
            parts.append(f"last {did} {_ago(row[days])}{usual}")
    return f"{'; '.join(parts)}; last talked with us: {_ago(row['talked_days'])}{_usual(row)}."


def _ignored(row: pd.Series) -> str:
    pays = [] if pd.isna(row["ordered_days"]) else [f"ordered {_ago(row['ordered_days'])}"]
    pays += ["pays a subscription"] if row["subscribed"] else []
    return f"{' and '.join(pays).capitalize()}; last contacted by a person: {_ago(row['contacted_days'])}{_usual(row)}."


def _unchanged(row: pd.Series) -> str:
    plan = "The same package" if pd.isna(row["plan"]) else f"{row['plan']} unchanged"
    since = pd.Timestamp(row["since_on"])
    return f"{plan} since {since.day} {since:%b %Y}, and nothing new: {int(row['months'])} months."


def _on_offer(row: pd.Series) -> str:
    return f"{int(row['on_offer'])} of {int(row['orders'])} orders on offer ({row['share']:.0%}; of all orders {row['share_of_all']:.0%})."


WATCHLISTS = {
    each.id: each
    for each in (
        Watchlist(
            "satisfied_but_silent", "Satisfied but silent", gettext_noop("Who likes us and has stopped buying?"),
            "The last answer was 9 or 10 (csat 4 or 5), then twice their own usual gap without an order or use, and without a talk (90 days where they have no rhythm).",
            (("answers",), ("touches",), ("orders", "events")), satisfied_but_silent, _silent, (("answers", 0), ("contacts", CADENCE_DAYS)),
        ),
        Watchlist(
            "paying_and_ignored", "Paying and ignored", gettext_noop("Who pays us without hearing from a person?"),
            "Paid within 90 days, by an order or a running subscription, and no person of ours was in contact for twice their usual gap (90 days where they have none).",
            (("orders", "subscriptions"), ("touches",)), paying_and_ignored, _ignored, (("contacts", CADENCE_DAYS),),
        ),
        Watchlist(
            "same_package", "The same package for too long", gettext_noop("Who has had the same for over a year, and nothing new?"),
            "12 months without a new plan, quantity or anything of value; alarm after 14. A new price alone is nothing new.",
            (("subscriptions",),), same_package, _unchanged,
        ),
        Watchlist(
            "discount_dependent", "Buys on offer", gettext_noop("Who hardly buys without a discount?"),
            "More than half of the orders on offer, with 95 % certainty.",
            (("orders",),), discount_dependent, _on_offer, (("discounts", 0),),
        ),
    )
}  # fmt: skip
"""Every list by its id."""
