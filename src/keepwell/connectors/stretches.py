"""A subscription as it stands today, in one row: which stretches did it have?"""

from keepwell.connectors.translation import Translation

CARRIED = (
    "_row",
    "_source",
    "subscription_id",
    "customer_id",
    "plan",
    "currency",
    "quantity",
    "cancel_requested_at",
    "cancel_reason",
    "involuntary",
    "renews_on",
)
"""What goes over to every stretch as it is."""


def add_stretches(translation: Translation, rows: str) -> None:
    """
    Say subscriptions as stretches: a trial, then paid (or free) service, then what it waits in, each from its own day.

    A subscription that never began becomes a stretch of no days, so that its record is not lost.

    Args:
        translation: The translation under way.
        rows: View with CARRIED and: now (paid, trial, past_due, paused or never); begun, trial_until, waiting_since
            (since when past due or paused) and ended (first day without it), all dates of the company;
            price per month; said (how often it is billed).
    """
    translation.view(
        "dated",
        "SELECT *, coalesce(trial_until > begun, false) AS tried, greatest(begun, trial_until) AS paying, "
        f"greatest(begun, trial_until, waiting_since) AS waiting, if(price > 0, 'paid', 'free') AS served FROM {rows}",
    )
    parts = {
        "now = 'never'": _stretch("'free'", "begun", "begun", "0"),
        "now = 'trial'": _stretch("'trial'", "begun", "ended", "0"),
        "now NOT IN ('never', 'trial') AND tried": _stretch("'trial'", "begun", "least(trial_until, ended)", "0"),
        "now = 'paid' AND (NOT tried OR ended IS NULL OR ended > paying)": _stretch(
            "served", "paying", "ended", "price"
        ),
        "now IN ('past_due', 'paused') AND waiting > paying": _stretch(
            "served", "paying", "least(waiting, ended)", "price"
        ),
        "now IN ('past_due', 'paused') AND (ended IS NULL OR ended > waiting OR waiting = begun)": _stretch(
            "now", "waiting", "ended", "price"
        ),
    }
    listed = ", ".join(f"CASE WHEN {condition} THEN {stretch} END" for condition, stretch in parts.items())
    translation.add(
        "subscriptions",
        f"SELECT {', '.join(CARRIED)}, billed_every(said) AS interval, price AS list_mrr, stretch.* FROM (SELECT *, "
        "unnest("
        f"list_filter([{listed}], lambda stretch: stretch IS NOT NULL)) AS stretch FROM dated)",
    )


def _stretch(state: str, starts_on: str, ends_on: str, mrr: str) -> str:
    """The SQL of one stretch."""
    return f"{{'state': {state}, 'starts_on': {starts_on}, 'ends_on': {ends_on}, 'mrr': CAST({mrr} AS DECIMAL(18, 4))}}"
