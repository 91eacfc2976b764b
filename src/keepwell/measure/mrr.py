"""What do subscriptions bring in a month, and how did that move? MRR at every boundary, per customer, to the cent."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure import bridge, spells
from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.money import ZERO, converted, digits, earlier, minor, worth
from keepwell.measure.periods import Period, Periods
from keepwell.schema.clock import date_number
from keepwell.tongue import gettext_noop


def held(facts: Facts) -> ir.Table:
    """
    Every subscription stretch that makes a customer, with what it brings.

    Paid stretches bring their MRR, past-due ones for the grace days; paused ones bring nothing for the pause days.

    Returns:
        Columns customer_id, currency, digits (see money.digits), start_day, end_day (first day without, FOREVER while it runs),
        amount, paused.
    """
    table = spells.held(facts)
    return table.select(
        "customer_id",
        "currency",
        "start_day",
        digits=digits(table.currency),
        end_day=table.end_day.fill_null(spells.FOREVER),
        amount=ibis.ifelse(table.state == "paused", ZERO, table.mrr),
        paused=table.state == "paused",
    )


def boundaries(facts: Facts, periods: Periods) -> ir.Table:
    """
    Each customer's MRR at both ends of every period in which it, or a pause, stands at one of them.

    MRR at a boundary is that of the close of the day before: a subscription that starts on the first of March
    is new in March, one whose first day without service is the first of March was lost in March.
    Sums per customer are rounded once. Rates of both ends are the rates of those days.

    Returns:
        Columns customer_id, period, currency, start, before, after, end (see bridge.movements), paid_before,
        paused_at_start, paused_at_end.
    """
    stretches = held(facts)
    paid = stretches.filter(_.amount > 0)
    first = paid.group_by("customer_id").agg(first_paid=_.start_day.min())
    known = stretches.left_join(first, "customer_id").drop("customer_id_right")
    span = periods.table().rename(from_day="start_day", to_day="end_day")
    touched = known.cross_join(span).filter((_.start_day < _.to_day) & (_.end_day >= _.from_day))
    touched = touched.mutate(
        at_start=(_.start_day < _.from_day) & (_.end_day >= _.from_day),
        at_end=(_.start_day < _.to_day) & (_.end_day >= _.to_day),
    ).filter(_.at_start | _.at_end)
    told = converted(touched, facts, periods)
    at_start, at_end = (ibis.ifelse(there, told.amount, ZERO) for there in (told.at_start, told.at_end))
    moving = {"after": worth(at_end, told.rate_start, facts).sum()} if facts.company.rates else {}
    summed = told.group_by("customer_id", "period", "currency").agg(
        digits=told.digits.max(),
        start=worth(at_start, told.rate_start, facts).sum(),
        end=worth(at_end, told.rate_end, facts).sum(),
        **moving,
        paid_before=(told.first_paid < told.from_day).max(),
        paused_at_start=(told.at_start & told.paused).max(),
        paused_at_end=(told.at_end & told.paused).max(),
    )
    rounded = {name: minor(summed[name], summed.digits) for name in ("start", "end", *moving)}
    known = summed.mutate(**rounded, paid_before=summed.paid_before.fill_null(False))
    return known.mutate(before=known.start, after=known.after if moving else known.end)


_COUNTS = {
    **bridge.COUNTS,
    "paused": _.paused.sum(),
    "resumed": _.resumed.sum(),
    "pauses_run_out": (_.paused_at_start & ~_.paused_at_end & (_.after == 0)).sum(),
}
_GROUPS = {
    **bridge.GROUPS,
    "paused": _.paused > 0,
    "resumed": _.resumed > 0,
    "pauses_run_out": _.paused_at_start & ~_.paused_at_end & (_.after == 0),
}


def _cases(facts: Facts, periods: Periods, value: Callable[[pd.DataFrame], pd.Series], over_months: int = 0) -> Cases:
    spans = _back(periods, over_months) if over_months else periods
    rows = bridge.movements(boundaries(facts, spans))
    return Cases(rows, ("period", "currency"), _COUNTS, value, _GROUPS, finish=every_period(periods))


def _back(periods: Periods, count: int) -> Periods:
    """Stretches of so many months, one up to the end of each period; they may overlap."""
    if count < 0 or any(period.end.day != 1 for period in periods):
        raise MetricError(
            f"over_months = {count}, by periods of a {periods.unit}.",
            "It takes a number of months, and periods that end with a month.",
            "Ask by month, quarter, half or year.",
        )
    return Periods([Period(p.label, earlier(p.end, count), p.end) for p in periods], unit=periods.unit)


@metric(
    id="mrr",
    name=gettext_noop("Monthly recurring revenue"),
    question=gettext_noop("What do running subscriptions bring in a month, at the close of the period?"),
    formula="sum over customers of their monthly price less current discounts, without tax, metered use, trials and pauses",
    unit="money",
    misleads="It is a price list times heads, not cash: refunds, late payers within grace and bad debt do not lower it.",
    source="Monthly price per customer: a year's price / 12, a week's x 52 / 12, a day's x 365.25 / 12.",
)
def mrr(facts: Facts, periods: Periods) -> Cases:
    """MRR at the close, each customer's sum rounded once."""
    return _cases(facts, periods, bridge.total("end"))


@metric(
    id="arpa",
    name=gettext_noop("MRR per paying customer"),
    question=gettext_noop("What does a paying customer bring in a month?"),
    formula="MRR / customers with MRR, at the close of the period",
    unit="money",
    misleads="An average: losing small customers raises it.",
    source="MRR over heads.",
)
def arpa(facts: Facts, periods: Periods) -> Cases:
    """MRR per paying customer at the close."""
    return _cases(facts, periods, bridge.ratio(("end",), ("customers_at_end",)))


@metric(
    id="mrr_movements",
    name=gettext_noop("MRR movements"),
    question=gettext_noop("How did MRR get from the start of the period to its end?"),
    formula="start + new + reactivation + expansion - contraction - churn + fx = end, per customer between the boundaries",
    unit="money",
    misleads="A change of plan is one movement, and who came and left inside the period is in none."
    " A pause is a contraction (paused), its return a reactivation (resumed); a free plan after a paid one is churn."
    " Where currencies are told apart, a customer who changes currency leaves one and comes to the other.",
    source="Per customer between two boundary states; a customer's own difference is one movement.",
)
def mrr_movements(facts: Facts, periods: Periods) -> Cases:
    """The bridge of MRR; its value is end less start."""
    return _cases(facts, periods, bridge.total("end", "-start"))


@metric(
    id="grr",
    name=gettext_noop("Gross revenue retention"),
    question=gettext_noop(
        "Of the MRR we had at the start, how much is still there from the same customers, growth not counted?"
    ),
    formula="sum of min(MRR at end, MRR at start) per customer / MRR at start",
    unit="share",
    misleads="Never above 100 %. A year's is asked with year-long periods, or over_months=12: the product of twelve months is another number.",
    source="The minimum is taken per customer, never of the two totals.",
)
def grr(facts: Facts, periods: Periods, *, over_months: int = 0) -> Cases:
    """
    Gross revenue retention, the minimum taken per customer, both ends at the start's rate.

    Args:
        facts: The tables.
        periods: Over which periods.
        over_months: From so many months before each period's end instead of its start: 12 for a trailing year, told every month.
    """
    return _cases(facts, periods, bridge.ratio(("held",), ("before",)), over_months)


@metric(
    id="nrr",
    name=gettext_noop("Net revenue retention"),
    question=gettext_noop("What do the customers who paid at the start pay at the end, as a share of the start?"),
    formula="MRR at end of customers with MRR at start / MRR at start",
    unit="share",
    misleads="A few that grow hide many that leave; who came back is not in it (see nrr_with_winback).",
    source="Customers with MRR at the start only.",
)
def nrr(facts: Facts, periods: Periods, *, over_months: int = 0) -> Cases:
    """
    Net revenue retention without win-backs.

    Args:
        facts: The tables.
        periods: Over which periods.
        over_months: From so many months before each period's end instead of its start: 12 for a trailing year, told every month.
    """
    return _cases(facts, periods, bridge.ratio(("held_or_grown",), ("before",)), over_months)


@metric(
    id="nrr_with_winback",
    name=gettext_noop("Net revenue retention with win-backs"),
    question=gettext_noop("And if customers who came back are counted as kept?"),
    formula="(MRR at end of customers with MRR at start + reactivation) / MRR at start",
    unit="share",
    misleads="Not comparable with nrr: money that was lost in earlier periods comes in from outside.",
    source="The wider definition in use: reactivation offsets churn.",
)
def nrr_with_winback(facts: Facts, periods: Periods, *, over_months: int = 0) -> Cases:
    """
    Net revenue retention, reactivation counted.

    Args:
        facts: The tables.
        periods: Over which periods.
        over_months: From so many months before each period's end instead of its start: 12 for a trailing year, told every month.
    """
    return _cases(facts, periods, bridge.ratio(("held_or_grown", "reactivation"), ("before",)), over_months)


@metric(
    id="gross_revenue_churn",
    name=gettext_noop("Gross revenue churn"),
    question=gettext_noop("What share of the MRR at the start was lost, by leaving or paying less?"),
    formula="1 - GRR",
    unit="share",
    misleads="Each customer loses at most what it paid at the start.",
    source="One less the retention of the same name.",
)
def gross_revenue_churn(facts: Facts, periods: Periods, *, over_months: int = 0) -> Cases:
    """
    1 - GRR.

    Args:
        facts: The tables.
        periods: Over which periods.
        over_months: From so many months before each period's end instead of its start: 12 for a trailing year, told every month.
    """
    return _cases(facts, periods, bridge.ratio(("held",), ("before",), less_from_one=True), over_months)


@metric(
    id="net_revenue_churn",
    name=gettext_noop("Net revenue churn"),
    question=gettext_noop("And what remains of that loss when growth of the same customers is set against it?"),
    formula="1 - NRR",
    unit="share",
    misleads="Below 0 where growth outweighs loss; it can look well while customers leave.",
    source="One less the retention of the same name.",
)
def net_revenue_churn(facts: Facts, periods: Periods, *, over_months: int = 0) -> Cases:
    """
    1 - NRR.

    Args:
        facts: The tables.
        periods: Over which periods.
        over_months: From so many months before each period's end instead of its start: 12 for a trailing year, told every month.
    """
    return _cases(facts, periods, bridge.ratio(("held_or_grown",), ("before",), less_from_one=True), over_months)


@metric(
    id="quick_ratio",
    name=gettext_noop("Quick ratio"),
    question=gettext_noop("How much MRR came in for each unit that went?"),
    formula="(new + reactivation + expansion) / (contraction + churn)",
    unit="ratio",
    misleads="Not defined where nothing was lost; a young company's is high whatever it does.",
    source="Gains over losses, reactivation among the gains.",
)
def quick_ratio(facts: Facts, periods: Periods) -> Cases:
    """MRR gained over MRR lost."""
    return _cases(facts, periods, bridge.ratio(("new", "reactivation", "expansion"), ("contraction", "churn")))


@metric(
    id="committed_mrr_churn",
    name=gettext_noop("MRR that is leaving already"),
    question=gettext_noop("How much of today's MRR has already been cancelled, and when will it go?"),
    formula="MRR on as_of of subscriptions whose last day is known and lies ahead, with nothing after it, by the month in which they end",
    unit="money",
    misleads="Cancelled is not gone: churn is booked at the end of the paid term, and some take it back. Those who have not said so leave too.",
    source="Churn is booked at the end of the paid term; until then a cancellation is committed churn.",
)
def committed_mrr_churn(facts: Facts, periods: Periods) -> Cases:  # noqa: ARG001  as_of alone says what lies ahead
    """Scheduled cancellations as known on as_of, whatever the periods; the month is the one of the first day without service."""
    today = facts.stretches.filter(_.state.isin(["paid", "past_due"]) & _.end_day.isnull() & (_.mrr > 0))
    today = today.filter((today.state == "paid") | (today.start_day + facts.company.grace_days >= facts.today))
    heard = (facts.day(today.cancel_requested_at) < facts.today).fill_null(True)
    leaving = today.filter(heard & (date_number(today.ends_on) >= facts.today))
    after = facts.read("subscriptions").select("subscription_id", ends_on="starts_on")
    leaving = leaving.anti_join(after, ["subscription_id", "ends_on"])
    month = leaving.ends_on.year().cast("string") + "-" + leaving.ends_on.month().cast("string").lpad(2, "0")
    per_customer = leaving.group_by("customer_id", "currency", month=month).agg(leaving=_.mrr.sum())
    rows = per_customer.mutate(leaving=minor(per_customer.leaving, digits(per_customer.currency)))
    counts = {"customers": _.count(), "leaving": _.leaving.sum()}
    return Cases(rows, ("month", "currency"), counts, number("leaving"), {"customers": _.leaving > 0})
