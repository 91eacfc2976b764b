"""What keeps a customer, and who is about to be lost by it? The rule in words, and customers gone quiet within it."""

from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.spells import active_by, spells, window_days
from keepwell.measure.states import states
from keepwell.tongue import gettext_noop


def rule(facts: Facts) -> str:
    """What makes somebody a customer here, as one sentence."""
    company = facts.company
    served = f"paid service ({company.grace_days} days of grace when past due, {company.pause_days} days of pause)"
    window = f"for {window_days(facts)} days"
    told = {
        "subscription": served,
        "purchase": f"a purchase {window}",
        "usage": f"use {window}",
        "any": f"{served}, or by a purchase or use {window}",
    }
    return f"A customer is kept by {told[active_by(facts)]}."


def at_risk_days(facts: Facts) -> int:
    """Silent days from which a customer is at risk: eight tenths of the activity window, rounded up."""
    return -(-8 * window_days(facts) // 10)


def fresh(facts: Facts) -> Facts:
    """The same facts under the shorter window within which nobody is at risk."""
    shorter = {"activity_window_days": max(at_risk_days(facts) - 1, 1)}
    return replace(facts, company=facts.company.model_copy(update=shorter))


def risky(facts: Facts) -> ir.Table:
    """Who is a customer on as_of by their last purchase or use alone, and that is long ago: column customer_id."""
    kept, lately = (spells(told).filter(_.end_day.isnull()).select("customer_id") for told in (facts, fresh(facts)))
    return kept.anti_join(lately, "customer_id")


@metric(
    id="at_risk",
    name=gettext_noop("Customers at risk"),
    question=gettext_noop("How many customers at the end of the period have been silent so long that few return?"),
    formula="customers at the end whose last purchase or use is 0.8 of the activity window or more ago, and who are not in paid service",
    unit="count",
    misleads="At risk by silence alone: it knows nothing of complaints or prices, and of nobody who pays a subscription.",
    source="The window is the silence after which fewer than 10 % return; the last fifth of it is the warning.",
)
def at_risk(facts: Facts, periods: Periods) -> Cases:
    """Customers at the close, and of them those whose silence has lasted eight tenths of the window."""
    there, lately = (
        states(told, periods).filter(_.at_end == 1).select("customer_id", "period") for told in (facts, fresh(facts))
    )
    both = there.left_join(lately.mutate(fresh=ibis.literal(1, "int64")), ["customer_id", "period"])
    rows = both.select("customer_id", "period", at_end=ibis.literal(1, "int64"), at_risk=1 - both.fresh.fill_null(0))
    names = ("at_end", "at_risk")
    counts = {name: _[name].sum() for name in names}
    groups = {name: _[name] == 1 for name in names}
    return Cases(rows, ("period",), counts, number("at_risk"), groups, finish=every_period(periods))
