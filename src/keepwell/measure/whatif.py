"""What if some of the money for winning customers went into keeping them? At the costs of the period, no more."""

import pandas as pd
from ibis import _

from keepwell.errors import MetricError
from keepwell.measure.bridge import ratio
from keepwell.measure.costs import Column, because, shared, side_by_side, spend
from keepwell.measure.economics import acquired
from keepwell.measure.facts import Facts
from keepwell.measure.metric import Cases, metric, number
from keepwell.measure.periods import Periods
from keepwell.measure.states import states
from keepwell.schema.table import MONEY
from keepwell.tongue import gettext_noop

_KEYS: list[Column] = [("customer_id", "string"), ("period", "int32"), ("currency", "string")]
_MONEY, _PEOPLE = ("acquire", "retain"), ("acquired", "kept", "lost")


@metric(
    id="budget_shift",
    name=gettext_noop("What moving budget to keeping would change"),
    question=gettext_noop(
        "If a share of the spend on winning had gone to keeping, how many customers more or fewer would there be?"
    ),
    formula="moved / cost_to_retain, at most those lost, - moved / cac; moved = share x costs to acquire",
    unit="count",
    misleads="Takes the next customer to cost what the average one did, in both directions: a reason for a trial with a small share, not a forecast.",
    source="Averages of the same period: cac and cost_to_retain.",
)
def budget_shift(facts: Facts, periods: Periods, *, share: float = 0.1) -> Cases:
    """
    Customers gained by keeping less customers not won, with everything they are made of.

    Args:
        facts: The tables.
        periods: Whole months each.
        share: Share of the acquisition spend that is moved, from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise MetricError(f"share = {share}.", "It lies between 0 and 1: 0.1 is a tenth.", "Choose such a number.")
    stood = states(facts, periods).select("customer_id", "period", "kept", "lost")
    parts = [spend(facts, periods, "acquire"), spend(facts, periods, "retain"), acquired(facts, periods), stood]
    columns: list[Column] = [*((name, MONEY) for name in _MONEY), *((name, "int64") for name in _PEOPLE)]
    rows = side_by_side(parts, _KEYS, columns)
    counts = {name: _[name].sum() for name, _type in columns}

    def finish(frame: pd.DataFrame) -> pd.DataFrame:
        whole = shared(frame, periods, _PEOPLE, facts.company.currency)
        moved = whole["acquire"].astype("float64") * share
        to_win, to_keep = ratio(("acquire",), ("acquired",))(whole), ratio(("retain",), ("kept",))(whole)
        more = (moved / to_keep.where(to_keep > 0)).clip(upper=whole["lost"].astype("float64"))
        fewer = moved / to_win.where(to_win > 0)
        whole = whole.assign(moved=moved, more_kept=more, fewer_won=fewer, change=more - fewer)
        unknown = whole["change"].isna()
        return because(whole, [(unknown, "It needs costs of winning and of keeping, and customers won and kept.")])

    groups = {name: _[name] == 1 for name in _PEOPLE}
    return Cases(rows, ("period", "currency"), counts, number("change"), groups, finish=finish)
