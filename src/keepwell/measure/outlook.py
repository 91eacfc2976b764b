"""What lies ahead at the present pace? Customers to win to stand still, and those who have said that they leave."""

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number, share
from keepwell.measure.periods import Periods
from keepwell.measure.spells import FOREVER, runs
from keepwell.measure.states import COUNTS, GROUPS, states
from keepwell.schema.clock import date_number, day_of
from keepwell.tongue import gettext_noop


@metric(
    id="base_needed",
    name=gettext_noop("Customers to win to stand still"),
    question=gettext_noop("How many customers had to be won in the period to hold the base, or to let it grow?"),
    formula="lost + growth x customers at start; for the period after: customers at end x (lost / customers at start + growth)",
    unit="count",
    misleads="Won means still there at the end; who comes and goes inside a period has to be won on top.",
    source="Follows from customers at start + won - lost = customers at end.",
)
def base_needed(facts: Facts, periods: Periods, *, growth: float = 0.0) -> Cases:
    """
    Customers who had to be won (new or returned, and still there at the end), and those the next period will need at this churn.

    Args:
        facts: The tables.
        periods: Over which periods.
        growth: Growth of the base per period that is wanted, as a share: 0.02 is 2 %.
    """

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = every_period(periods, {"at_start": "Nobody was a customer at the start of the period."})(frame)
        churn = share("lost", "at_start")(whole)
        return whole.assign(won=whole["new"] + whole["returned"], needed_next=whole["at_end"] * (churn + growth))

    def value(frame: pd.DataFrame) -> pd.Series:
        needed = frame["lost"] + growth * frame["at_start"]
        return needed.astype("float64").where(frame["at_start"] > 0)

    return Cases(states(facts, periods), ("period",), COUNTS, value, GROUPS, finish=finish)


@metric(
    id="committed_churn",
    name=gettext_noop("Leaving already"),
    question=gettext_noop("Who is still a customer but has already said when they will leave?"),
    formula="customers whose paid service is known, before as_of, to end on a day to come with nothing after it",
    unit="count",
    misleads="A cancellation can still be taken back, and those who have not said so leave too.",
    source="Churn is booked at the end of the paid term; until then a cancellation is committed churn.",
)
def committed_churn(facts: Facts, periods: Periods) -> Cases:  # noqa: ARG001  as_of alone says what lies ahead
    """Customers by the day on which their service ends, whatever the periods."""

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(leaves_on=[day_of(day).isoformat() for day in frame["end_day"]])

    counts = {"customers": _.customer_id.nunique()}
    groups = {"leaving": _.customer_id.notnull()}
    return Cases(announced_ends(facts), ("end_day",), counts, number("customers"), groups, finish=finish)


def announced_ends(facts: Facts) -> ir.Table:
    """
    Customers in paid service whose last day is known, though it has not come.

    A cancellation made on or after as_of is not known yet; one without a moment counts as known.

    Returns:
        Columns customer_id, end_day (first day without service, on or after as_of).
    """
    table = facts.read("subscriptions").filter(_.state.isin(["paid", "past_due", "paused"]))
    unheard = (facts.day(table.cancel_requested_at) >= facts.today).fill_null(False)
    end = ibis.ifelse(unheard, FOREVER, date_number(table.ends_on)).fill_null(FOREVER)
    known = table.select("customer_id", start_day=date_number(table.starts_on), end_day=end.cast("int32"))
    whole = (
        runs(known, "customer_id")
        .group_by("customer_id", "run")
        .agg(start_day=_.start_day.min(), end_day=_.end_day.max())
    )
    running = (whole.start_day < facts.today) & (whole.end_day >= facts.today) & (whole.end_day < FOREVER)
    return whole.filter(running).select("customer_id", "end_day")
