"""How well are customers kept from one end of a period to the other? Bridge and rates, every one by its own name."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.cells import every_period
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number, share
from keepwell.measure.periods import Periods
from keepwell.measure.spells import active_by, endings
from keepwell.measure.states import COUNTS, GROUPS, left_days, states
from keepwell.tongue import gettext_noop

_NOBODY = {"at_start": "Nobody was a customer at the start of the period."}


def _rate(facts: Facts, periods: Periods, value: Callable[[pd.DataFrame], pd.Series]) -> Cases:
    """A rate of the customers there at the start, over the counts all rates share."""
    return Cases(states(facts, periods), ("period",), COUNTS, value, GROUPS, finish=every_period(periods, _NOBODY))


@metric(
    id="kept_share",
    name=gettext_noop("Customers kept"),
    question=gettext_noop("Of the customers we had at the start of the period, how many do we still have at its end?"),
    formula="customers at start and at end / customers at start",
    unit="share",
    misleads="Says nothing of what they spend, nor of those who came and went inside the period.",
    source="Identity-based: the same customers are looked for at both ends.",
)
def kept_share(facts: Facts, periods: Periods) -> Cases:
    """Identity-based retention: |S ∩ E| / |S|. Who left and was back before the end is kept."""
    return _rate(facts, periods, share("kept", "at_start"))


@metric(
    id="churn_rate",
    name=gettext_noop("Customers lost"),
    question=gettext_noop(
        "Of the customers we had at the start of the period, how many are gone at its end, and did they want to go?"
    ),
    formula="lost / customers at start = 1 - customers kept",
    unit="share",
    misleads="Only subscriptions can tell whether a customer wanted to go; a shop's lost customers are all of unknown will.",
    source="Boundary states only: who came and went inside the period is counted beside it, not in it.",
)
def churn_rate(facts: Facts, periods: Periods) -> Cases:
    """Lost / S, and of the lost those who left of their own will, those whose payment failed, and those nobody knows of."""
    stood = states(facts, periods)
    if active_by(facts) in ("subscription", "any"):
        rows = _with_will(stood, facts, periods)
    else:
        none = ibis.literal(0, "int32")
        rows = stood.mutate(voluntary=none, involuntary=none, unknown=stood.lost)
    why = {name: _[name].sum() for name in ("voluntary", "involuntary", "unknown")}
    groups = {**GROUPS, **{name: _[name] == 1 for name in why}}
    finish = every_period(periods, _NOBODY)
    return Cases(rows, ("period",), {**COUNTS, **why}, share("lost", "at_start"), groups, finish=finish)


def _with_will(stood: ir.Table, facts: Facts, periods: Periods) -> ir.Table:
    """The states, and of the lost (0/1 each) whether they went of their own will, against it, or nobody knows."""
    left = left_days(stood.filter(stood.lost == 1), facts, periods)
    left = left.join(endings(facts), [("customer_id", "customer_id"), ("left_day", "end_day")])
    rows = stood.left_join(left.select("customer_id", "period", "involuntary"), ["customer_id", "period"])
    against = rows.involuntary.fill_null(-1)
    return rows.select(
        *stood.columns,
        voluntary=(rows.lost * (against == 0).cast("int32")).cast("int32"),
        involuntary=(rows.lost * (against == 1).cast("int32")).cast("int32"),
        unknown=(rows.lost * (against == -1).cast("int32")).cast("int32"),
    )


@metric(
    id="crr_net",
    name=gettext_noop("Net retention of customers"),
    question=gettext_noop("Leaving new customers out, how large is the base at the end against the start?"),
    formula="(customers at end - new customers still there at the end) / customers at start",
    unit="share",
    misleads="Counts customers who came back as kept, so it can pass 100 %; it never says who was lost.",
    source="The formula (E - N) / S. N is the new customers still there at the end; everyone acquired is shown beside it.",
)
def crr_net(facts: Facts, periods: Periods) -> Cases:
    """(E - N) / S, with N the new customers still there at the end."""

    def value(frame: pd.DataFrame) -> pd.Series:
        return share("left", "at_start")(frame.assign(left=frame["at_end"] - frame["new"]))

    return _rate(facts, periods, value)


@metric(
    id="simple_ratio",
    name=gettext_noop("Size of the base, end against start (hides churn)"),
    question=gettext_noop("How many customers are there at the end for each one at the start?"),
    formula="customers at end / customers at start",
    unit="ratio",
    misleads="Hides churn: 21 lost and 20 won look the same as 1 lost and none won.",
    source="The ratio E / S.",
)
def simple_ratio(facts: Facts, periods: Periods) -> Cases:
    """E / S, whoever they are."""
    return _rate(facts, periods, share("at_end", "at_start"))


@metric(
    id="customer_bridge",
    name=gettext_noop("From the customers at the start to those at the end"),
    question=gettext_noop("Who came, who came back, who left?"),
    formula="customers at start + new + returned - lost = customers at end",
    unit="count",
    misleads="Who came and went inside the period is in none of the steps; they are counted beside it.",
    source="Identity of the two boundary states, customer by customer.",
)
def customer_bridge(facts: Facts, periods: Periods) -> Cases:
    """The counts between two boundaries; the value is the number of customers at the end."""
    finish = every_period(periods)
    return Cases(states(facts, periods), ("period",), COUNTS, number("at_end"), GROUPS, finish=finish)


@metric(
    id="active_customers",
    name=gettext_noop("Customers"),
    question=gettext_noop("How many customers do we have at the end of the period?"),
    formula="customers kept by paid service, or by a purchase or use within the activity window, at the close of the last day",
    unit="count",
    misleads="In a shop it depends on the activity window; a longer window makes more customers.",
    source="A shop's window is the shortest silence after which fewer than 10 % return.",
)
def active_customers(facts: Facts, periods: Periods) -> Cases:
    """Customers at the end of each period."""
    rows = states(facts, periods).filter(_.at_end == 1).select("customer_id", "period", "at_start", "at_end", "new")
    counts = {name: COUNTS[name] for name in ("at_end", "new")}
    groups = {name: GROUPS[name] for name in counts}
    return Cases(rows, ("period",), counts, number("at_end"), groups, finish=every_period(periods))
