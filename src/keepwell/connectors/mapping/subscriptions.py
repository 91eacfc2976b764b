"""What do they pay for, and since when? Rows of subscriptions as stretches with a price per month."""

from keepwell.connectors.mapping.sheets import Job, made_key
from keepwell.connectors.mapping.words import tokens
from keepwell.connectors.translation import text

_MONTHS = {"year": "1.0 / 12", "quarter": "1.0 / 3", "month": "1", "week": "52.0 / 12", "day": "36525.0 / 1200"}
"""Billing interval -> how many of its prices make a month's (METRICS.md, metric 14)."""
_UNIT = frozenset(["unit", "seat", "user", "each", "license", "licence"])
"""Words of a heading that say its price is that of one piece."""
_FOREVER = "DATE '2900-01-01'"
"""Ends from this day on are a way of saying that there is none."""


def subscriptions(job: Job) -> None:
    """Stretches of subscriptions; one that is called ended and has no end is rejected."""
    view = job.sheet("starts_on")
    rows = f"{view}_stretches"
    state = job.value("state", "'paid'")
    job.translation.ask(
        f"CREATE VIEW {rows} AS SELECT * {_asked_for(job)}, {job.person()} AS person, {state} AS word, {_mrr(job)} AS monthly, "
        f"{_end(job, state)} AS until FROM (SELECT *, max(starts_on) OVER () AS seen FROM {view})"
    )
    whole = f"(SELECT * FROM {rows} WHERE NOT coalesce(word = 'ended' AND until IS NULL, false))"
    key = job.value("subscription_id", "made")
    keyed = made_key(whole, {"who": "person", "from": "starts_on", "plan": job.value("plan")}, "subscription-")
    told = "".join(
        f", {field}"
        for field in ("plan", "quantity", "interval", "cancel_requested_at", "cancel_reason", "renews_on", "list_mrr")
        if job.has(field)
    )
    job.translation.add(
        "subscriptions",
        f"SELECT _row, _source, {key} AS subscription_id, person AS customer_id, starts_on, until AS ends_on, "
        f"CASE word WHEN 'ended' THEN 'paid' ELSE word END AS state, monthly AS mrr, {job.value('currency')} AS currency{told} FROM {keyed}",
    )
    job.translation.refuse(
        f"{rows} WHERE word = 'ended' AND until IS NULL",
        "subscriptions",
        job.mapping.columns.get("ends_on", "ends_on"),
        "NULL",
        "a subscription that ended has its end",
        "Give the day on which it ended.",
    )
    job.translation.ask(
        f"CREATE VIEW {rows}_met AS SELECT * EXCLUDE (person{', customer_id' if job.has('customer_id') else ''}), person AS customer_id FROM {rows}"
    )
    job.meet(f"{rows}_met", "starts_on")


def _end(job: Job, state: str) -> str:
    """
    The SQL of the first day without service.

    Where no column tells ends, the day of the cancellation is one: of what has ended, of everything where no state is told,
    and of what runs where it lies ahead of all that has begun.
    """
    last = " + 1" if job.mapping.ends == "last_day" else ""
    told = f"CASE WHEN ends_on < {_FOREVER} THEN CAST(ends_on{last} AS DATE) END"
    ends = [told] if job.has("ends_on") else []
    ends += [f"CASE WHEN ends_ahead < {_FOREVER} THEN ends_ahead END"] if job.has("ends_ahead") else []
    if job.has("cancel_requested_at"):
        meant = "false" if ends else f"{_asked(job)} > seen" if job.has("state") else "true"
        ends.append(f"CASE WHEN {state} = 'ended' OR {meant} THEN {_asked(job)} END")
    return f"coalesce({', '.join([*ends, 'NULL::DATE'])})"


def _asked(job: Job) -> str:
    return f"CAST(timezone({text(job.company.time_zone)}, cancel_requested_at) AS DATE)"


def _asked_for(job: Job) -> str:
    """The SQL that takes back a request which lies ahead, at the end itself: nobody asked then, it is the day that was asked for."""
    if not job.has("cancel_requested_at"):
        return ""
    state = job.value("state", "'paid'")
    ahead = f"{_asked(job)} > seen AND {_asked(job)} >= {_end(job, state)} AND {state} <> 'ended'"
    return f"REPLACE (CASE WHEN NOT coalesce({ahead}, false) THEN cancel_requested_at END AS cancel_requested_at)"


def _mrr(job: Job) -> str:
    """The price per month: as told, or the price of an interval shared out over its months."""
    if job.has("mrr"):
        return "mrr"
    interval = job.value("interval", "'month'")
    cases = " ".join(f"WHEN '{name}' THEN {factor}" for name, factor in _MONTHS.items())
    pieces = (
        " * coalesce(quantity, 1)"
        if job.has("quantity") and _UNIT.intersection(tokens(job.mapping.columns["price"]))
        else ""
    )
    return f"CAST(round(price{pieces} * CAST(CASE coalesce({interval}, 'month') {cases} END AS DOUBLE), 4) AS DECIMAL(18, 4))"
