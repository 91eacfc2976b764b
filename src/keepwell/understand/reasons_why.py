"""Why is this customer more or less at risk than others? What moved the model most, told with the customer's own numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SMALL = 0.05
"""A part of the log-odds below this (a chance moved by a twentieth of itself) is no reason."""


@dataclass(frozen=True)
class Reason:
    """
    One reason.

    Args:
        about: What it is about: order, use, price … or a column's name.
        text: With the customer's own numbers.
        part: What it adds to the log-odds beside the average customer; above 0 it speaks for leaving.
    """

    about: str
    text: str
    part: float


def reasons(table: pd.DataFrame, parts: Floats, names: Sequence[str], *, most: int = 3) -> list[list[Reason]]:
    """
    The strongest reasons of each customer, those for leaving first.

    Columns that are about the same thing (days since the order, gap between orders) are one reason. What speaks of a contract that
    does not run, or of something that has not happened, is no reason to leave, whatever the model makes of it.

    Args:
        table: The customers' columns, as they were told; gap_days beside them, where it is known, is told as their rhythm.
        parts: Of the log-odds, one column for each of *names*, exact.
        names: The columns of the table they came from; a name may stand several times.
        most: How many reasons are told.
    """
    themes = [_THEMES.get(name, name) for name in names]
    distinct = list(dict.fromkeys(themes))
    summed = np.zeros((len(table), len(distinct)))
    for place, theme in enumerate(themes):
        summed[:, distinct.index(theme)] += parts[:, place]
    strongest = np.argsort(-np.abs(summed), axis=1, kind="stable")
    told = []
    for row, own, order in zip(table.to_dict("records"), summed, strongest, strict=True):
        seen = _known(row)
        meant = [k for k in order if abs(own[k]) > SMALL and not (own[k] > 0 and _silent(distinct[k], seen))]
        found = [Reason(distinct[k], _tell(distinct[k], seen), float(own[k])) for k in meant[:most]]
        told.append(sorted(found, key=lambda reason: -reason.part))
    return told


def _silent(theme: str, seen: Mapping[str, Any]) -> bool:
    """Whether a theme has nothing to say for leaving."""
    return theme in _HAPPENED and not any(seen.get(name) for name in _HAPPENED[theme])


def _known(row: "Mapping[Any, Any] | pd.Series[Any]") -> dict[str, Any]:
    """What is known."""
    return {str(name): value for name, value in row.items() if not (value is None or value is pd.NA or _nan(value))}


def _nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _tell(theme: str, seen: Mapping[str, Any]) -> str:
    return _TOLD[theme](seen) if theme in _TOLD else _plainly(theme, seen)


def _plainly(name: str, seen: Mapping[str, Any]) -> str:
    said = name.removeprefix("trait_").replace("_", " ")
    said = said[:1].upper() + said[1:]
    value = seen.get(name)
    if value is None or str(value).strip() == "":
        return f"{said}: not known."
    return f"{said}: {_number(value) if isinstance(value, int | float | np.number) else value}."


def _order(seen: Mapping[str, Any]) -> str:
    if "last_order" not in seen:
        return "No order so far."
    since = f"No order for {_days(seen['last_order'])}" if seen["last_order"] > 1 else "Ordered yesterday"
    if "order_gap" not in seen:
        return f"{since}; only one so far."
    # The model looks at the mean gap; people are told the one rhythm they are told everywhere, the median.
    return f"{since}; usually every {_days(round(max(seen['gap_days'], 1)))}." if "gap_days" in seen else f"{since}."


def _money(seen: Mapping[str, Any]) -> str:
    return f"Spent {_number(seen.get('spent_90', 0))} in the last 90 days, {_number(seen.get('spent_before', 0))} in the 90 before."


def _size(seen: Mapping[str, Any]) -> str:
    return f"An order is {_number(seen['usual_order'])} on average." if "usual_order" in seen else "No order so far."


def _bought(seen: Mapping[str, Any]) -> str:
    return f"Has ordered on {_days(seen.get('order_days', 0))} so far."


def _offers(seen: Mapping[str, Any]) -> str:
    if "offer_share" not in seen:
        return "Whether they buy on offer is not known."
    return f"{_number(100 * seen['offer_share'])} % of the orders were on offer."


def _refunds(seen: Mapping[str, Any]) -> str:
    return f"{_many(seen.get('refunds_180', 0), 'refund')} in the last half year."


def _kept(seen: Mapping[str, Any]) -> str:
    back = seen.get("came_back", 0)
    return f"A customer for {_days(seen['kept_days'])}" + (
        f", having come back {_many(back, 'time')}." if back else "."
    )


def _plan(seen: Mapping[str, Any]) -> str:
    billed = f", billed by the {seen['billed']}" if "billed" in seen else ""
    return f"On the plan {seen['plan']}{billed}." if "plan" in seen else "Has no running subscription."


def _price(seen: Mapping[str, Any]) -> str:
    if "mrr" not in seen:
        return "Pays no subscription."
    off = seen.get("mrr_discount", 0)
    return f"Pays {_number(seen['mrr'])} a month" + (
        f", {_number(100 * off)} % below the list price." if off > 0 else "."
    )


def _changes(seen: Mapping[str, Any]) -> str:
    moved = seen.get("mrr_change", 0)
    how = (
        f"{'up' if moved > 0 else 'down'} by {_number(abs(moved))} a month in 90 days"
        if moved
        else "no change of price in 90 days"
    )
    last = f"; plan and price as now for {_days(seen['price_days'])}" if "price_days" in seen else ""
    return f"Subscription: {how}{last}."


def _payment(seen: Mapping[str, Any]) -> str:
    if seen.get("past_due"):
        return "A payment is open."
    times = seen.get("times_past_due", 0)
    return f"{_many(times, 'failed payment')} in the last year." if times else "No failed payment in the last year."


def _term(seen: Mapping[str, Any]) -> str:
    if "term_left" not in seen:
        return "Can leave from month to month."
    return f"The paid term ends in {_days(seen['term_left'])}."


def _notice(seen: Mapping[str, Any]) -> str:
    return "Has given notice." if seen.get("notice") else "Has not given notice."


def _pause(seen: Mapping[str, Any]) -> str:
    return "The subscription is paused." if seen.get("paused") else "The subscription is not paused."


def _use(seen: Mapping[str, Any]) -> str:
    if "last_use" not in seen:
        return "Has never used it."
    now, before = seen.get("use_days_30", 0), seen.get("use_days_before", 0)
    return f"Used on {_days(now)} of the last 30, before that on {_number(before)}; last {_days(seen['last_use'])} ago."


def _silence(seen: Mapping[str, Any]) -> str:
    if "silence" not in seen:
        return "Has neither bought nor used anything so far."
    return f"Neither bought nor used anything for {_days(seen['silence'])}."


def _tickets(seen: Mapping[str, Any]) -> str:
    waiting = seen.get("tickets_open", 0)
    return f"{_many(seen.get('tickets_90', 0), 'ticket')} in the last 90 days, {_number(waiting)} not solved."


def _spoken(seen: Mapping[str, Any]) -> str:
    if "last_spoken" not in seen:
        return "Nobody has spoken to them so far."
    return f"We last spoke to them {_days(seen['last_spoken'])} ago."


def _heard(seen: Mapping[str, Any]) -> str:
    return (
        f"Last wrote or called {_days(seen['last_heard'])} ago."
        if "last_heard" in seen
        else "Has never written or called."
    )


def _answer(seen: Mapping[str, Any]) -> str:
    silent = seen.get("unanswered_180", 0)
    left = f" {_many(silent, 'question')} of the last half year left unanswered." if silent else ""
    if "last_score" not in seen:
        return f"Has never told whether they would recommend us.{left}"
    return f"Would recommend us {_number(seen['last_score'])} of 10, said {_days(seen['score_days'])} ago.{left}"


_TOLD: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "order": _order, "money": _money, "size of orders": _size, "orders so far": _bought,
    "offers": _offers, "refunds": _refunds, "time with us": _kept, "plan": _plan, "price": _price, "changes": _changes,
    "payment": _payment, "term": _term, "notice": _notice, "pause": _pause, "use": _use, "silence": _silence, "tickets": _tickets,
    "our word": _spoken, "their word": _heard, "recommendation": _answer,
}  # fmt: skip
"""Theme -> its sentence."""

_HAPPENED = {
    "price": ("mrr",), "changes": ("mrr_change",), "payment": ("past_due", "times_past_due"), "term": ("billed", "term_left"),
    "notice": ("notice",), "pause": ("paused",), "refunds": ("refunds_180",), "tickets": ("tickets_90", "tickets_open"),
}  # fmt: skip
"""Theme -> columns of which one must tell of something for it to be a reason to leave; those of a contract are null when none runs."""

_THEMES = {
    "last_order": "order", "order_gap": "order", "order_late": "order", "orders_90": "order", "orders_before": "order",
    "spent_90": "money", "spent_before": "money", "usual_order": "size of orders", "order_days": "orders so far",
    "offer_share": "offers", "refunds_180": "refunds", "kept_days": "time with us", "came_back": "time with us", "paid_days": "time with us",
    "plan": "plan", "billed": "plan", "mrr": "price", "mrr_discount": "price", "mrr_change": "changes", "price_days": "changes",
    "changes": "changes", "past_due": "payment", "times_past_due": "payment", "term_left": "term", "notice": "notice",
    "paused": "pause", "last_use": "use", "use_days_30": "use", "use_days_before": "use", "use_trend": "use", "tickets_90": "tickets",
    "tickets_open": "tickets",
    "touches_90": "our word", "last_spoken": "our word", "heard_90": "their word", "last_heard": "their word",
    "last_score": "recommendation", "score_days": "recommendation", "unanswered_180": "recommendation",
}  # fmt: skip
"""Column of features() -> theme."""


def _number(value: Any) -> str:
    """1,204; 20.5; no digits after the point that say nothing."""
    number = float(value)
    digits = 0 if abs(number) >= 10 or number == round(number) else 1
    return f"{number:,.{digits}f}"


def _days(value: Any) -> str:
    return _many(value, "day")


def _many(value: Any, noun: str) -> str:
    told = _number(value)
    return f"{told} {noun}" if told == "1" else f"{told} {noun}s"
