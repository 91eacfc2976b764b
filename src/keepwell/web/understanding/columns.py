"""What does a column of a finding say? Its name as people read it, and an estimate with its interval in one cell."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

HIDDEN = ("customer_id", "customer", "version")


def shown(frame: pd.DataFrame) -> list[str]:
    """The columns of a page: the customer and the ends of intervals stand elsewhere."""
    names = [str(name) for name in frame.columns]
    inside = {end for name in names for end in _ends(name, names)}
    return [name for name in names if name not in HIDDEN and name not in inside]


def _ends(name: str, names: Collection[str]) -> tuple[str, ...]:
    """The two columns that hold the interval of one: orders_low of orders_year as of orders; none where it has none."""
    bases = [name] + ([name.removesuffix("_year")] if name.endswith("_year") else [])
    pairs = [(f"{base}_low", f"{base}_high") for base in bases]
    return next((pair for pair in pairs if set(pair) <= set(names)), ())


def interval(name: str, row: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Both ends of the interval of a column; None where it has none."""
    found = _ends(name, row.keys())
    return (row[found[0]], row[found[1]]) if found else None


def head(name: str) -> str:
    """A column's name as people read it."""
    usual = {
        "owner": _("looked after by"), "risk": _("may leave"), "reason_1": _("first reason"), "reason_2": _("second reason"),
        "reason_3": _("third reason"), "health": _("health, 0 to 100"), "light": _("light"), "known": _("of the weight known"),
        "stale": _("stale parts"), "points_rhythm": _("rhythm"), "points_use": _("use"), "points_payment": _("payment"),
        "points_tickets": _("helped"), "points_answer": _("what they said"), "points_contact": _("contact"),
        "points_note": _("what we feel"), "points_doubt": _("sure of renewal"), "segment": _("segment"), "value_segment": _("tier"),
        "was": _("was in"), "now": _("is in"), "repeats": _("days they bought again"), "recency_days": _("days from first to last"),
        "age_days": _("days since the first"), "alive": _("still a customer"), "buys_soon": _("buys in 90 days"),
        "orders_year": _("orders of a year"), "next_in_days": _("next in days"), "spent": _("spent each time"),
        "spend": _("expected each time"), "currency": _("currency"), "renewals_made": _("renewals made"),
        "stays_soon": _("stays 90 days"), "stays_year": _("stays a year"), "months_year": _("months of the next year"),
        "months_left": _("months left"), "question": _("asked"), "score": _("answered"), "answered_days": _("days since the answer"),
        "ordered_days": _("days since an order"), "order_gap_days": _("usual days between"), "used_days": _("days since use"),
        "use_gap_days": _("usual days between uses"), "talked_days": _("days since a talk"), "cadence_days": _("days waited for"),
        "subscribed": _("subscribes"), "contacted_days": _("days since contact"), "plan": _("plan"), "since_on": _("since"),
        "months": _("months"), "stage": _("stage"), "orders": _("orders"), "on_offer": _("of them on offer"),
        "share": _("share on offer"), "share_of_all": _("everybody's share"), "place": _("place"), "product_id": _("product"),
        "because": _("because of"), "both": _("bought both"), "customers": _("customers"), "lift": _("times as likely"),
        "left_on": _("left on"), "root": _("root reason"), "evidence": _("what it rests on"), "told": _("told in their words"),
        "reason_overdue": _("reason overdue"), "came": _("came by"), "all_customers": _("of all who came so"),
        "step_1": _("first"), "step_2": _("second"), "step_3": _("third"), "step_4": _("fourth"), "step_5": _("fifth"),
        "step_6": _("sixth"), "points": _("points"), "reasons": _("reasons"), "retention": _("retention of a year"),
        "retention_after": _("retention after"), "value": _("worth of a customer"), "after": _("worth after"),
        "change": _("change of worth"), "change_share": _("change in per cent"), "to_win": _("worth, times the cost to win"),
        "to_win_after": _("times the cost, after"), "affordable": _("may cost a year"), "together": _("all newcomers of a year"),
    }  # fmt: skip
    return usual.get(name) or name.replace("_", " ")
