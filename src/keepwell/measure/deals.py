"""Do we win more often, and sooner, with customers we already have? Deals, and the time from contact to order."""

import math

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.costs import first_paid
from keepwell.measure.facts import Facts
from keepwell.measure.gaps import medians
from keepwell.measure.metric import Cases, metric, number, share
from keepwell.measure.periods import Periods
from keepwell.measure.purchases import order_days
from keepwell.tongue import gettext_noop

_Z = 1.959963984540054
"""Two-sided 95 % of the normal law."""


def deals(facts: Facts) -> ir.Table:
    """
    Deals opened before as_of, and with whom.

    A customer is existing when they had paid, or an earlier deal with them was won, before the day the deal was opened
    (closed, where the source does not say when it was opened).

    Returns:
        Columns customer_id, deal_id, opened, closed (day numbers, null where not known or not before as_of),
        won (1, 0), who ("existing", "new", or "unknown" where the deal names no customer).
    """
    table = facts.read("deals")
    known = table.mutate(opened=facts.day(table.opened_at), closed=facts.day(table.closed_at))
    known = known.mutate(
        closed=ibis.ifelse((known.closed < facts.today) & (known.outcome != "open"), known.closed, ibis.null("int32"))
    )
    known = known.filter(ibis.coalesce(known.opened, known.closed) < facts.today)
    won = known.filter((known.outcome == "won") & known.closed.notnull()).select("customer_id", first_day="closed")
    paid = first_paid(facts).select("customer_id", first_day=_.first_day.cast("int32")).union(won)
    first = paid.filter(paid.customer_id.notnull()).group_by("customer_id").agg(first_day=_.first_day.min())
    joined = known.left_join(first, "customer_id")
    existing = (joined.first_day < ibis.coalesce(joined.opened, joined.closed)).fill_null(False)
    who = ibis.cases((joined.customer_id.isnull(), "unknown"), (existing, "existing"), else_="new")
    return joined.select(
        "customer_id", "deal_id", "opened", "closed", won=(joined.outcome == "won").cast("int64"), who=who
    )


@metric(
    id="win_rate",
    name=gettext_noop("Win rate, existing customers against new"),
    question=gettext_noop(
        "Of the deals closed in the period, how many were won, with customers we had and with others?"
    ),
    formula="deals won / deals won or lost, by their closing day; 95 % interval after Wilson",
    unit="share",
    misleads="Open deals are left out and counted beside it; who leaves losing deals open looks better.",
    source="Interval after Wilson (1927).",
)
def win_rate(facts: Facts, periods: Periods) -> Cases:
    """Won over closed, by who the deal was with (column who), and the deals open at the close of the period."""
    known = deals(facts)
    closed = known.mutate(period=periods.place(known.closed)).filter(_.period.notnull())
    closed = closed.select(
        "customer_id", "period", "who", "won", closed=ibis.literal(1, "int64"), open=ibis.literal(0, "int64")
    )
    span = periods.table()
    waiting = known.cross_join(span).filter((_.opened < _.end_day) & (_.closed.isnull() | (_.closed >= _.end_day)))
    none = ibis.literal(0, "int64")
    waiting = waiting.select("customer_id", "period", "who", won=none, closed=none, open=ibis.literal(1, "int64"))
    counts = {
        "closed": _["closed"].sum(),
        "won": _["won"].sum(),
        "lost": (_["closed"] - _["won"]).sum(),
        "open_deals": _["open"].sum(),
    }
    groups = {
        "customers_won": _["won"] == 1,
        "customers_lost": (_["closed"] == 1) & (_["won"] == 0),
        "customers_open": _["open"] == 1,
    }
    return Cases(
        closed.union(waiting), ("period", "who"), counts, share("won", "closed"), groups, finish=_with_interval
    )


def _with_interval(frame: pd.DataFrame) -> pd.DataFrame:
    limits = [wilson(int(won), int(closed)) for won, closed in zip(frame["won"], frame["closed"], strict=True)]
    return frame.assign(low=[low for low, _high in limits], high=[high for _low, high in limits])


def wilson(part: int, whole: int) -> tuple[float, float]:
    """
    The 95 % interval of a share after Wilson (1927); NaN where the whole is 0.

    Args:
        part: How many of them.
        whole: Of how many.
    """
    if not whole:
        return math.nan, math.nan
    share_, spread = part / whole, _Z**2 / whole
    middle = share_ + spread / 2
    width = _Z * math.sqrt(share_ * (1 - share_) / whole + spread / (4 * whole))
    return max(0.0, (middle - width) / (1 + spread)), min(1.0, (middle + width) / (1 + spread))


def journeys(facts: Facts) -> ir.Table:
    """
    From first contact to order: one row per journey.

    A first journey begins when the customer became known or was first in contact, whichever came first, and ends with the first order.
    A repeat journey begins with the first contact after an order and ends with the next order.
    Contact and order on one day are a journey of 0 days. Without a contact there is no journey.

    Returns:
        Columns customer_id, start_day, end_day (null: no order yet), journey ("first" or "repeat").
    """
    touches, people = facts.read("touches"), facts.read("customers")
    touched = touches.select("customer_id", day=facts.day(touches.touched_at)).filter(_.day < facts.today)
    known = people.select("customer_id", day=facts.day(people.acquired_at)).filter(_.day < facts.today)
    orders = order_days(facts).select("customer_id", "day")
    contact, order = ibis.literal(0, "int32"), ibis.literal(1, "int32")
    both = touched.union(known).distinct().mutate(kind=contact).union(orders.mutate(kind=order))
    before = ibis.window(group_by="customer_id", order_by=["day", "kind"], preceding=(None, 1))
    placed = both.mutate(round=both.kind.sum().over(before).fill_null(0))
    rounds = placed.group_by("customer_id", "round").agg(
        start_day=placed.day.min(where=placed.kind == 0), end_day=placed.day.min(where=placed.kind == 1)
    )
    begun = rounds.filter(rounds.start_day.notnull())
    return begun.mutate(journey=ibis.ifelse(begun["round"] == 0, "first", "repeat")).drop("round")


@metric(
    id="time_to_order",
    name=gettext_noop("Time from first contact to order"),
    question=gettext_noop("How many days pass from first contact to order, for a first order and for a repeated one?"),
    formula="Kaplan-Meier median of the days from the first contact of a journey to its order, open journeys counted as waiting",
    unit="days",
    misleads="Only journeys with a recorded contact; who buys unasked is in none. A repeat journey begins with the first contact after an order.",
    source="Kaplan-Meier; the interval is where the 95 % limits of the curve reach 1/2.",
)
def time_to_order(facts: Facts, periods: Periods) -> Cases:
    """Median days of journeys that began in the periods, told by journey (first, repeat), with its interval."""
    begun = journeys(facts)
    begun = begun.filter(periods.place(begun.start_day).notnull())
    waited = ibis.coalesce(begun.end_day, facts.today - 1) - begun.start_day
    rows = begun.select(
        "customer_id",
        "journey",
        duration=waited.cast("int32"),
        ended=begun.end_day.notnull().cast("int64"),
        running=begun.end_day.isnull().cast("int64"),
    )
    counts = {"ended": _.ended.sum(), "running": _.running.sum()}
    groups = {"ordered": _.ended == 1, "waiting": _.running == 1}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        return medians(frame, ["journey", "by"]).rename(columns={"customers": "journeys"})

    return Cases(rows, ("journey", "duration"), counts, number("median"), groups, finish=finish)
