"""Where did each customer stand from one end of a period to the other? The rows that every rate of keeping is counted from."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods, step
from keepwell.measure.spells import FOREVER, reasons
from keepwell.schema.clock import day_number

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

PLACES = 60
"""Boundaries told by one whole number."""


def states(facts: Facts, periods: Periods) -> ir.Table:
    """
    Where each customer stood in each period they had any part in.

    A customer stands at a boundary when a spell began before it and had not ended before it: the state at the close
    of the day before. So a first purchase on the first day of a period is new in it.

    Returns:
        Columns customer_id, period and 0/1 columns: at_start, at_end, kept, new, returned, lost;
        came_and_went (at neither end, but kept on some day between), which is new_and_gone for first-time customers and
        back_and_gone for earlier ones; acquired (first came in the period).
    """
    # A spell is all its reasons together, so it stands at the boundaries they stand at: no spell has to be put together.
    boundaries = sorted({day_number(day) for period in periods for day in (period.start, period.end)})
    words = range(-(-len(boundaries) // PLACES))
    stood = _stood(facts, boundaries, words)
    beside = stood.cross_join(_masks(periods, boundaries, words))

    def within(bits: str, mask: str) -> ir.IntegerValue:
        return ibis.or_(*(beside[f"{bits}_{w}"] & beside[f"{mask}_{w}"] != 0 for w in words)).cast("int32")

    met = beside.select(
        "customer_id",
        "period",
        first=(beside.first_day >= beside.start_day).cast("int32"),
        at_start=within("there", "start"),
        at_end=within("there", "end"),
        came=within("began", "between"),
    )
    return _told(met.filter((met.at_start == 1) | (met.at_end == 1) | (met.came == 1)))


def _stood(facts: Facts, boundaries: Sequence[int], words: range) -> ir.Table:
    """
    Each customer's boundaries.

    Returns:
        Columns customer_id, first_day (of all their reasons); there_0 … (bit per boundary at which they stand), began_0 …
        (bit per boundary after which, and before the next, something began to keep them).
    """
    held = reasons(facts)
    end = held.end_day.fill_null(FOREVER)
    bits, began = {}, {}
    for w in words:
        here, beyond = boundaries[w * PLACES : (w + 1) * PLACES], boundaries[(w + 1) * PLACES :][:1]
        so_far = [(boundary, 2 ** (at + 1)) for at, boundary in enumerate(here)]
        until = ibis.ifelse(end < facts.today, step(end, so_far, 1), 2 ** len(here))
        bits[f"there_{w}"] = (until - step(held.start_day, so_far, 1)).cast("int64")
        after = [(boundary, 2**at) for at, boundary in enumerate(here)] + [(boundary, 0) for boundary in beyond]
        began[f"began_{w}"] = step(held.start_day, after, 0).cast("int64")
    marks = held.select("customer_id", "start_day", **bits, **began)
    return marks.group_by("customer_id").agg(
        first_day=_.start_day.min(), **{name: marks[name].bit_or() for name in (*bits, *began)}
    )


def _masks(periods: Periods, boundaries: Sequence[int], words: range) -> ir.Table:
    """Columns period, start_day, and per word the bits of its start and end and of the stretches between them."""
    place = {boundary: at for at, boundary in enumerate(boundaries)}
    rows = []
    for number, period in enumerate(periods):
        start, end = place[day_number(period.start)], place[day_number(period.end)]
        bits = {"start": 1 << start, "end": 1 << end, "between": (1 << end) - (1 << start)}
        of_words = {f"{name}_{w}": mask >> PLACES * w & 2**PLACES - 1 for name, mask in bits.items() for w in words}
        rows.append({"period": number, "start_day": day_number(period.start), **of_words})
    schema = {name: "int32" if name in ("period", "start_day") else "int64" for name in rows[0]}
    return ibis.memtable({name: [row[name] for row in rows] for name in schema}, schema=schema)


def _told(met: ir.Table) -> ir.Table:
    """Every count's 0 or 1, from both ends and whether it is the customer's first period."""
    came, never = (1 - met.at_start) * met.at_end, (1 - met.at_start) * (1 - met.at_end)
    told = {
        "at_start": met.at_start,
        "at_end": met.at_end,
        "kept": met.at_start * met.at_end,
        "new": came * met["first"],
        "returned": came * (1 - met["first"]),
        "lost": met.at_start * (1 - met.at_end),
        "came_and_went": never,
        "new_and_gone": never * met["first"],
        "back_and_gone": never * (1 - met["first"]),
        "acquired": (1 - met.at_start) * met["first"],
    }
    return met.select("customer_id", "period", **{name: value.cast("int32") for name, value in told.items()})


def left_days(lost: ir.Table, facts: Facts, periods: Periods) -> ir.Table:
    """
    On which day the lost were first without anything that keeps them.

    Args:
        lost: Rows of states() with lost = 1.
        facts: The tables.
        periods: The periods they stand for.

    Returns:
        Columns customer_id, period, left_day.
    """
    gone = lost.select("customer_id", "period").join(periods.table(), "period")
    held = reasons(facts).select("customer_id", began="start_day", ended="end_day")
    before = gone.join(held, [gone.customer_id == held.customer_id, held.began < gone.end_day])
    return before.group_by("customer_id", "period").agg(left_day=_.ended.max())
