"""Where did each customer stand from one end of a period to the other? The rows that every rate of keeping is counted from."""

from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods
from keepwell.measure.spells import FOREVER, spells

COUNTS: dict[str, Any] = {
    "at_start": _.at_start.sum(),
    "new": _.new.sum(),
    "returned": _.returned.sum(),
    "lost": _.lost.sum(),
    "came_and_went": _.came_and_went.sum(),
    "at_end": _.at_end.sum(),
    "kept": _.kept.sum(),
    "new_and_gone": _.new_and_gone.sum(),
    "back_and_gone": _.back_and_gone.sum(),
    "acquired": _.acquired.sum(),
}
"""The counts of a period; at_start + new + returned - lost = at_end, always."""

GROUPS: dict[str, Any] = {name: _[name] == 1 for name in COUNTS}
"""Who stands behind each count."""


def states(facts: Facts, periods: Periods) -> ir.Table:
    """
    Where each customer stood in each period they had any part in.

    A customer stands at a boundary when a spell began before it and had not ended before it: the state at the close
    of the day before. So a first purchase on the first day of a period is new in it.

    Returns:
        Columns customer_id, period, left_day (first day without them, where they are lost in it), and 0/1 columns:
        at_start, at_end, kept, new, returned, lost; came_and_went (at neither end, but kept on some day between), which is
        new_and_gone for first-time customers and back_and_gone for earlier ones; acquired (first came in the period).
    """
    kept = spells(facts)
    kept = kept.mutate(end_day=kept.end_day.fill_null(FOREVER))
    span = periods.table().rename(opens="start_day", closes="end_day")
    touched = kept.join(span, [kept.start_day < span.closes, kept.end_day >= span.opens])
    touched = touched.mutate(
        at_start=(touched.start_day < touched.opens).cast("int32"),
        at_end=(touched.end_day >= touched.closes).cast("int32"),
    )
    # A spell that spans the whole period is the only one of its customer there: only the rest has to be gathered.
    stayed = touched.filter((touched.at_start == 1) & (touched.at_end == 1))
    moved = _moved(touched.filter((touched.at_start == 0) | (touched.at_end == 0)), kept)
    whole = stayed.select("customer_id", "period", **_no_one(), at_start="at_start", at_end="at_end", kept="at_start")
    return whole.select(*moved.columns).union(moved)


def _no_one() -> dict[str, ir.IntegerValue]:
    others = ("new", "returned", "lost", "came_and_went", "new_and_gone", "back_and_gone", "acquired")
    return {"left_day": ibis.null("int32"), **{name: ibis.literal(0, "int32") for name in others}}


def _moved(touched: ir.Table, kept: ir.Table) -> ir.Table:
    """Customers who came or went inside a period, however often."""
    stood = touched.group_by("customer_id", "period", "opens").agg(
        at_start=touched.at_start.max(), at_end=touched.at_end.max(), last_day=touched.end_day.max()
    )
    first = kept.group_by("customer_id").agg(first_day=_.start_day.min())
    stood = stood.join(first, "customer_id")
    stood = stood.mutate(
        first=(stood.first_day >= stood.opens).cast("int32"), never=(1 - stood.at_start) * (1 - stood.at_end)
    )
    came = (1 - stood.at_start) * stood.at_end
    lost = stood.at_start * (1 - stood.at_end)
    told = {
        "at_start": stood.at_start,
        "at_end": stood.at_end,
        "kept": stood.at_start * stood.at_end,
        "new": came * stood["first"],
        "returned": came * (1 - stood["first"]),
        "lost": lost,
        "came_and_went": stood.never,
        "new_and_gone": stood.never * stood["first"],
        "back_and_gone": stood.never * (1 - stood["first"]),
        "acquired": stood["first"],
    }
    left = ibis.ifelse(lost == 1, stood.last_day, ibis.null("int32")).cast("int32")
    return stood.select(
        "customer_id", "period", left_day=left, **{name: value.cast("int32") for name, value in told.items()}
    )
