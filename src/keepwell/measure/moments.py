"""When was each customer active, and when did they begin? Purchases and uses as moments, paid service as stretches of days."""

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods
from keepwell.measure.spells import active_by, served

ENTRIES = ("first_ever", "first_matching", "recurring")
"""How a customer enters a cohort: by the first activity of all, by the first that matches, or in every period with one that does."""

_KINDS = {"any": ("purchase", "usage", "subscription")}
_COLUMNS = {"purchase": ("country", "channel", "currency"), "usage": ("name",), "subscription": ("plan",)}
"""What an activity can be asked to match, per kind of activity."""


def points(facts: Facts) -> ir.Table:
    """
    Purchases and uses, where they are what keeps a customer.

    Returns:
        Columns customer_id, day, second (since 1970, UTC).
    """
    return _marks(facts, [kind for kind in _kinds(facts) if kind != "subscription"], "").drop("matches")


def service(facts: Facts) -> ir.Table:
    """
    Stretches of paid service, where it is what keeps a customer; those that still run are told up to as_of.

    Returns:
        Columns customer_id, start_day, end_day (first day without).
    """
    stretches = served(facts)
    if "subscription" not in _kinds(facts):
        return stretches.limit(0)
    return stretches.mutate(end_day=stretches.end_day.fill_null(facts.today).cast("int32"))


def active_days(facts: Facts) -> ir.Table:
    """Every stretch of days in which a customer was active; a purchase or use is a stretch of one day. Columns as in service()."""
    days = points(facts).select("customer_id", start_day="day", end_day=(_.day + 1).cast("int32")).distinct()
    return days.union(service(facts)) if "subscription" in _kinds(facts) else days


def entries(facts: Facts, periods: Periods, entry: str = "first_ever", matching: str = "") -> ir.Table:
    """
    When each customer entered a cohort.

    Args:
        facts: The tables.
        periods: The cohorts; who entered in none of them is left out.
        entry: One of ENTRIES.
        matching: What the activity must match, such as "country=US" or "plan=plus"; "" is any activity.
            first_ever then takes customers whose very first activity matches.

    Returns:
        Columns customer_id, cohort (place of the period), day, second. One row per customer, or per cohort where recurring.

    Raises:
        MetricError: No such way to enter, or nothing such as *matching* to match.
    """
    if entry not in ENTRIES:
        raise MetricError(
            f"{entry!r} is no way to enter a cohort.", f"Ways: {', '.join(ENTRIES)}.", "Choose one of them."
        )
    marks = _marks(facts, _kinds(facts), matching)
    if entry == "recurring":
        marks = marks.filter(marks.matches).mutate(cohort=periods.place(marks.day))
        found = marks.group_by("customer_id", "cohort").agg(day=_.day.min(), second=_.second.min())
        return found.filter(_.cohort.notnull())
    if entry == "first_matching":
        marks = marks.filter(marks.matches)
    first = marks.group_by("customer_id").agg(
        day=_.day.min(), second=_.second.min(), matched=_.second.min(where=_.matches)
    )
    first = first.filter(first.second == first.matched)
    first = first.select("customer_id", "day", "second", cohort=periods.place(first.day))
    return first.filter(_.cohort.notnull()).select("customer_id", "cohort", "day", "second")


def _kinds(facts: Facts) -> tuple[str, ...]:
    kept_by = active_by(facts)
    return _KINDS.get(kept_by, (kept_by,))


def _marks(facts: Facts, kinds: tuple[str, ...] | list[str], matching: str) -> ir.Table:
    """Activities by kind, each with whether it matches; paid service is marked by the first day of a stretch."""
    column, value = _condition(matching, kinds)
    sources = {
        "purchase": lambda: (facts.purchases, facts.purchases.day, facts.purchases.ordered_at.epoch_seconds()),
        "usage": lambda: (facts.uses, facts.uses.day, facts.uses.happened_at.epoch_seconds()),
        "subscription": lambda: (
            facts.stretches.filter(_.state.isin(["paid", "past_due", "paused"])), _.start_day, _.start_day.cast("int64") * 86_400,
        ),
    }  # fmt: skip
    marks = []
    for kind in kinds:
        table, day, second = sources[kind]()
        matches = ibis.literal(True) if not column else ibis.literal(False)
        if column in _COLUMNS[kind]:
            matches = (table[column] == value).fill_null(False)
        marks.append(table.select("customer_id", day=day, second=second.cast("int64"), matches=matches))
    if not marks:
        marks = [
            facts.purchases.limit(0).select(
                "customer_id", "day", second=_.day.cast("int64"), matches=ibis.literal(True)
            )
        ]
    return ibis.union(*marks) if len(marks) > 1 else marks[0]


def _condition(matching: str, kinds: tuple[str, ...] | list[str]) -> tuple[str, str]:
    if not matching:
        return "", ""
    column, sign, value = (part.strip() for part in matching.partition("="))
    known = [name for kind in kinds for name in _COLUMNS[kind]]
    if not sign or not value or column not in known:
        raise MetricError(
            f"Activities cannot be matched by {matching!r}.",
            f"It is one of {', '.join(f'{name}=…' for name in known)}.",
            "Write it as column=value.",
        )
    return column, value


def active_periods(facts: Facts, periods: Periods) -> ir.Table:
    """
    In which periods each customer was active.

    Returns:
        Columns customer_id, period; distinct.
    """
    happened = points(facts)
    found = happened.select("customer_id", period=periods.place(happened.day)).filter(_.period.notnull())
    if "subscription" in _kinds(facts):
        span, stretches = periods.table().rename(opens="start_day", closes="end_day"), service(facts)
        served_in = stretches.join(span, [stretches.start_day < span.closes, stretches.end_day > span.opens])
        found = found.union(served_in.select("customer_id", "period"))
    return found.distinct()
