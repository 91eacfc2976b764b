"""What do they pay for, and since when? Rows of subscriptions as stretches with a price per month."""

from keepwell.connectors.mapping.sheets import Job, made_key

_MONTHS = {"year": "1.0 / 12", "quarter": "1.0 / 3", "month": "1", "week": "52.0 / 12", "day": "36525.0 / 1200"}
"""Billing interval -> how many of its prices make a month's (METRICS.md, metric 14)."""
_FOREVER = "DATE '2900-01-01'"
"""Ends from this day on are a way of saying that there is none."""


def subscriptions(job: Job) -> None:
    """Stretches of subscriptions; one that is called ended and has no end is rejected."""
    view = job.sheet("starts_on")
    rows = f"{view}_stretches"
    last = " + 1" if job.mapping.ends == "last_day" else ""
    end = (
        f"CASE WHEN {job.value('ends_on')} < {_FOREVER} THEN CAST({job.value('ends_on')}{last} AS DATE) END"
        if job.has("ends_on")
        else "NULL::DATE"
    )
    asked = (
        f"CAST(timezone('{job.company.time_zone}', {job.value('cancel_requested_at')}) AS DATE)"
        if job.has("cancel_requested_at")
        else "NULL"
    )
    state = job.value("state", "'paid'")
    job.translation.ask(
        f"CREATE VIEW {rows} AS SELECT *, {job.person()} AS person, {state} AS word, {_mrr(job)} AS monthly, "
        f"coalesce({end}, CASE WHEN {state} = 'ended' THEN {asked} END) AS until FROM {view}"
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


def _mrr(job: Job) -> str:
    """The price per month: as told, or the price of an interval shared out over its months."""
    if job.has("mrr"):
        return "mrr"
    interval = job.value("interval", "'month'")
    cases = " ".join(f"WHEN '{name}' THEN {factor}" for name, factor in _MONTHS.items())
    return f"CAST(round(price * CAST(CASE coalesce({interval}, 'month') {cases} END AS DOUBLE), 4) AS DECIMAL(18, 4))"
