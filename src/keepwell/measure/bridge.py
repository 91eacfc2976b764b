"""How did money per customer move from one boundary to the next? One bridge, for MRR and for revenue, true to the cent."""

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.money import ZERO

AMOUNTS = ("new", "reactivation", "expansion", "contraction", "churn")
"""The movements, each told as a positive amount."""


def movements(rows: ir.Table) -> ir.Table:
    """
    One movement per customer, currency and period.

    Args:
        rows: Columns customer_id, period, currency; before and after (money at both ends, at one fixed rate);
            start and end (the same, each at its own rate); paid_before (whether the customer ever paid before the period);
            paused_at_start, paused_at_end (whether they were customers without paying).

    Returns:
        The rows with a column per movement (at most one is not 0) and fx, such that
        start + new + reactivation + expansion - contraction - churn + fx = end;
        paused and resumed are the parts of contraction and reactivation that a pause began or ended.
    """
    came = (rows.before == 0) & (rows.after > 0)
    left = (rows.before > 0) & (rows.after == 0)
    fell = (rows.before > rows.after) & ((rows.after > 0) | rows.paused_at_end)
    return rows.mutate(
        new=_where(came & ~rows.paid_before, rows.after),
        reactivation=_where(came & rows.paid_before, rows.after),
        expansion=_where((rows.before > 0) & (rows.after > rows.before), rows.after - rows.before),
        contraction=_where(fell, rows.before - rows.after),
        churn=_where(left & ~rows.paused_at_end, rows.before),
        fx=(rows.end - rows.after) + (rows.before - rows.start),
        paused=_where(left & rows.paused_at_end, rows.before),
        resumed=_where(came & rows.paused_at_start, rows.after),
        held=_where(rows.before > 0, ibis.least(rows.before, rows.after)),
        held_or_grown=_where(rows.before > 0, rows.after),
    )


def _where(condition: ir.BooleanValue, amount: ir.DecimalValue) -> ir.DecimalValue:
    return ibis.ifelse(condition, amount, ZERO)


COUNTS: dict[str, Any] = {
    "start": _.start.sum(),
    **{name: _[name].sum() for name in AMOUNTS},
    "fx": _.fx.sum(),
    "end": _.end.sum(),
    "before": _.before.sum(),
    "held": _.held.sum(),
    "held_or_grown": _.held_or_grown.sum(),
    "customers_at_start": (_.before > 0).sum(),
    **{f"{name}_customers": (_[name] > 0).sum() for name in AMOUNTS},
    "customers_at_end": (_.end > 0).sum(),
}
"""The bridge's amounts, its customers, and what the rates are made of: before (start at the fixed rate),
held (the smaller of before and after, per customer), held_or_grown (what customers of the start pay at the end)."""

GROUPS: dict[str, Any] = {
    "start": _.start > 0,
    **{name: _[name] > 0 for name in AMOUNTS},
    "kept": (_.before > 0) & (_.after > 0),
    "end": _.end > 0,
}


def total(*names: str) -> Callable[[pd.DataFrame], pd.Series]:
    """The sum of these columns; those with a leading minus are taken off."""

    def value(frame: pd.DataFrame) -> pd.Series:
        amounts = [-frame[name[1:]] if name.startswith("-") else frame[name] for name in names]
        return sum(amounts[1:], amounts[0]).astype("float64")

    return value


def ratio(above: tuple[str, ...], below: tuple[str, ...], *, less_from_one: bool = False) -> Callable[..., pd.Series]:
    """
    Sum over sum as float64, NaN where the lower one is 0.

    Args:
        above: Columns of the numerator.
        below: Columns of the denominator.
        less_from_one: Whether 1 less the ratio is meant.
    """

    def value(frame: pd.DataFrame) -> pd.Series:
        whole = total(*below)(frame)
        found = total(*above)(frame) / whole.where(whole != 0)
        return 1 - found if less_from_one else found

    return value
