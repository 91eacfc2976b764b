"""How well are customers kept from one end of a period to the other? Bridge and rates, every one by its own name."""

import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, share
from keepwell.measure.periods import Periods
from keepwell.measure.spells import FOREVER, spells


def states(facts: Facts, periods: Periods) -> ir.Table:
    """
    Where each customer stood in each period they had any part in.

    A customer stands at a boundary when a spell began before it and had not ended before it: the state at the close
    of the day before. So a first purchase on the first day of a period is new in it.

    Returns:
        Columns customer_id, period, and 0/1 columns: at_start, at_end, kept, new, returned, lost, came_and_went
        (neither at start nor at end, but kept on some day between).
    """
    kept = spells(facts)
    kept = kept.mutate(end_day=kept.end_day.fill_null(FOREVER))
    first = kept.group_by("customer_id").agg(first_day=_.start_day.min())
    span = periods.table()
    touched = kept.cross_join(span.rename(period_start="start_day", period_end="end_day"))
    touched = touched.filter((_.start_day < _.period_end) & (_.end_day >= _.period_start))
    stood = touched.group_by("customer_id", "period", "period_start").agg(
        at_start=((_.start_day < _.period_start) & (_.end_day >= _.period_start)).cast("int64").max(),
        at_end=((_.start_day < _.period_end) & (_.end_day >= _.period_end)).cast("int64").max(),
    )
    stood = stood.join(first, "customer_id")
    known_before = stood.first_day < stood.period_start
    came = (stood.at_start == 0) & (stood.at_end == 1)
    return stood.select(
        "customer_id",
        "period",
        "at_start",
        "at_end",
        kept=(stood.at_start * stood.at_end),
        new=(came & ~known_before).cast("int64"),
        returned=(came & known_before).cast("int64"),
        lost=(stood.at_start * (1 - stood.at_end)),
        came_and_went=((stood.at_start == 0) & (stood.at_end == 0)).cast("int64"),
    )


_COUNTS = {
    "at_start": _.at_start.sum(),
    "new": _.new.sum(),
    "returned": _.returned.sum(),
    "lost": _.lost.sum(),
    "came_and_went": _.came_and_went.sum(),
    "at_end": _.at_end.sum(),
    "kept": _.kept.sum(),
}
_GROUPS = {name: _[name] == 1 for name in _COUNTS}


@metric(
    id="kept_share",
    name="Customers kept",
    question="Of the customers we had at the start of the period, how many do we still have at its end?",
    formula="customers at start and at end / customers at start",
    unit="share",
    misleads="Says nothing of what they spend, nor of those who came and went inside the period.",
)
def kept_share(facts: Facts, periods: Periods) -> Cases:
    """Identity-based retention: |S ∩ E| / |S|."""
    return Cases(states(facts, periods), ("period",), _COUNTS, share("kept", "at_start"), _GROUPS)
