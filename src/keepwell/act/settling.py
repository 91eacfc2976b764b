"""When does a reason somebody has dealt with come back? When its time is over, it began anew, or its evidence got worse."""

import ibis
import ibis.expr.types as ir
import pandas as pd

FIGURES = ("amount", "chance", "days", "usual")
"""Of a reason's evidence, what is kept beside a decision."""

DECIDED = {
    "customer_id": "string", "reason": "string", "decided_day": "int64", "until_day": "int64",
    **{f"{name}_then": "float64" for name in FIGURES},
}  # fmt: skip
"""Columns of a decision: of which reason of whom, on which morning, until which (null: for good), and the figures of then."""

WORSE = 1.25
"""A chance or an amount so many times that of then is materially worse."""

AHEAD = ("renewal", "birthday")
"""Reasons whose days count down to something; those of others count up from something."""

COUNTED = ("ticket", "unhappy")
"""Reasons whose evidence says how many there are: one more is worse."""


def unsettled(told: ir.Table, decided: pd.DataFrame, today: int) -> ir.Table:
    """
    The reasons that are to be turned to now.

    Args:
        told: Reasons in the columns of act.reasons.EVIDENCE.
        decided: The last decision of each customer and reason, in the columns of DECIDED.
        today: The morning, as a day number.

    Returns:
        Rows of told of which nobody decided, or whose time is over, that began anew or got worse since.
    """
    then = ibis.memtable(decided[list(DECIDED)], schema=ibis.schema(DECIDED))
    beside = told.left_join(then, ["customer_id", "reason"], rname="{name}_decided")
    back = beside.decided_day.isnull() | (beside.until_day <= today) | _anew(beside, today) | _worse(beside)
    return beside.filter(back.fill_null(False)).select(*told.columns)


def _anew(row: ir.Table, today: int) -> ir.BooleanValue:
    """What counts days since something counts fewer than have passed; what counts days to something counts more."""
    passed = today - row.decided_day
    up = row.days.cast("float64") < row.days_then + passed
    down = row.days.cast("float64") > row.days_then - passed
    return ibis.ifelse(row.reason.isin(AHEAD), down, up).fill_null(False)


def _worse(row: ir.Table) -> ir.BooleanValue:
    riskier = row.chance > WORSE * row.chance_then
    dearer = row.amount > WORSE * row.amount_then
    more = row.reason.isin(COUNTED) & (row.usual > row.usual_then)
    return (riskier | dearer | more).fill_null(False)
