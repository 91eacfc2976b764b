"""Do those who began together come back, and what do they bring? Triangles and curves of cohorts, period by period."""

import ibis.expr.types as ir
from ibis import _

from keepwell.measure.cells import every_age, every_period
from keepwell.measure.daybook import daybook
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number, share
from keepwell.measure.moments import active_days, active_periods, entries
from keepwell.measure.periods import Periods
from keepwell.tongue import gettext_noop

_COUNTS = {"customers": _.active.count(), "active": _.active.sum(), "silent": (1 - _.active).sum()}
_GROUPS = {"customers": _.active >= 0, "active": _.active == 1, "silent": _.active == 0}


@metric(
    id="cohort_retention",
    name=gettext_noop("Customers by cohort and age"),
    question=gettext_noop("Of the customers who began in a period, how many are active in each period after it?"),
    formula="customers of the cohort active in the period / customers of the cohort; age 0 is the period they began in",
    unit="share",
    misleads="It can rise again: it tells who is active, not who stayed. For who stayed, ask survival.",
    source="Activity curve: a cell is told when its period is over; unripe cells are empty, not 0.",
)
def cohort_retention(facts: Facts, periods: Periods, *, entry: str = "first_ever", matching: str = "") -> Cases:
    """
    The triangle of cohort and age.

    Args:
        facts: The tables.
        periods: The cohorts, and the periods in which they are looked for.
        entry: first_ever, first_matching, or recurring (a customer is then in many cohorts: they do not add up).
        matching: What the first activity must match, such as "country=US".
    """
    rows = triangle(facts, periods, entry, matching)
    return Cases(rows, ("cohort", "age"), _COUNTS, share("active", "customers"), _GROUPS)


@metric(
    id="retention_curve",
    name=gettext_noop("Average curve of the cohorts"),
    question=gettext_noop(
        "Of all customers who began k periods ago or more, how many were active k periods after they began?"
    ),
    formula="sum of active customers / sum of customers over the cohorts whose k-th period is over",
    unit="share",
    misleads="Higher ages are told by older cohorts only; a change of mix looks like a change of loyalty.",
    source="Pooled over ripe cells; large cohorts weigh more than small ones.",
)
def retention_curve(facts: Facts, periods: Periods, *, entry: str = "first_ever", matching: str = "") -> Cases:
    """
    The pooled average of the triangle's ripe cells, by age.

    Args:
        facts: The tables.
        periods: The cohorts, and the periods in which they are looked for.
        entry: first_ever, first_matching or recurring.
        matching: What the first activity must match.
    """
    over = sum(period.end <= facts.as_of for period in periods)
    ripe = triangle(facts, periods, entry, matching).filter(_.cohort + _.age < over)
    return Cases(ripe, ("age",), _COUNTS, share("active", "customers"), _GROUPS)


def triangle(facts: Facts, periods: Periods, entry: str = "first_ever", matching: str = "") -> ir.Table:
    """
    Every customer of a cohort in every period from their first on.

    Returns:
        Columns customer_id, cohort (place), age (0: the first period), active (0/1).
    """
    began = entries(facts, periods, entry, matching).select("customer_id", "cohort")
    lived = began.cross_join(periods.table().select("period")).filter(_.period >= _.cohort)
    seen = active_periods(facts, periods).select(who="customer_id", when="period")
    both = lived.left_join(seen, [lived.customer_id == seen.who, lived.period == seen.when])
    return both.select(
        "customer_id",
        "cohort",
        age=(both.period - both.cohort).cast("int32"),
        active=both.who.notnull().cast("int32"),
    )


@metric(
    id="cohort_revenue",
    name=gettext_noop("Revenue by cohort and age"),
    question=gettext_noop(
        "What do the customers who first bought in a period bring in it and in each period after it?"
    ),
    formula="sum of purchases less what was given back, each in its own period; per currency",
    unit="money",
    misleads="Refunds without a day of their own lower the period of their order. Subscriptions are told by MRR, not here.",
    source="Fully refunded orders are void; dated refunds count on their day. Version 2 counts refunds that name no order.",
    version=2,
)
def cohort_revenue(facts: Facts, periods: Periods) -> Cases:
    """The triangle of net revenue: cohort of the first purchase, age and currency."""
    first = facts.purchases.group_by("customer_id").agg(first_day=_.day.min())
    first = first.select("customer_id", cohort=periods.place(first.first_day)).filter(_.cohort.notnull())
    money = daybook(facts)
    money = money.mutate(period=periods.place(money.day)).filter(_.period.notnull())
    rows = money.join(first, "customer_id").mutate(age=(_.period - _.cohort).cast("int32"))
    counts = {
        "net": _.amount.sum(),
        "sold": _.amount.sum(where=_.sale == 1).fill_null(0),
        "given_back": (-_.amount).sum(where=_.sale == 0).fill_null(0),
        "buyers": _.customer_id.nunique(where=_.sale == 1),
    }
    groups = {"buyers": _.sale == 1, "refunded": _.sale == 0}
    return Cases(rows, ("cohort", "age", "currency"), counts, number("net"), groups, finish=every_age(periods))


@metric(
    id="period_over_period",
    name=gettext_noop("Active again in the next period"),
    question=gettext_noop("Of the customers active in the period before, how many are active in this one?"),
    formula="customers active in both periods / customers active in the period before",
    unit="share",
    misleads="Customers whose rhythm is slower than the period look lost and return; choose a period as long as their rhythm.",
    source="Activity in the two periods; nothing is kept by a window.",
)
def period_over_period(facts: Facts, periods: Periods) -> Cases:
    """Active, new, returned and lost customers from one period to the next; the first is compared with the one before it."""
    asked = Periods([periods.before, *periods], unit=periods.unit)
    seen = active_periods(facts, asked)
    now = seen.filter(_.period > 0).select("customer_id", period=_.period - 1, now=1, was=0)
    was = seen.filter(_.period < len(periods)).select("customer_id", period="period", now=0, was=1)
    both = (
        now.union(was.cast(dict(now.schema()))).group_by("customer_id", "period").agg(now=_.now.max(), was=_.was.max())
    )
    first = active_days(facts).group_by("customer_id").agg(first_day=_.start_day.min())
    first = first.select("customer_id", began=periods.place(first.first_day))
    both = both.left_join(first, "customer_id").drop("customer_id_right")
    new = (both.began == both.period).fill_null(False).cast("int32")
    rows = both.select(
        "customer_id",
        "period",
        before=both.was,
        active=both.now,
        kept=both.now * both.was,
        new=both.now * new,
        returned=both.now * (1 - both.was) * (1 - new),
        lost=(1 - both.now) * both.was,
    )
    names = ("before", "active", "kept", "new", "returned", "lost")
    nobody = {"before": "Nobody was active in the period before."}
    return Cases(
        rows,
        ("period",),
        {name: _[name].sum() for name in names},
        share("kept", "before"),
        {name: _[name] == 1 for name in names},
        finish=every_period(periods, nobody),
    )
