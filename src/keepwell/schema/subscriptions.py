"""What do they pay for, and since when? Subscriptions as periods."""

import ibis

from keepwell.schema.table import INSTANT, MONEY, MONEY_CURRENCY, CanonicalTable, Column, Law

SUBSCRIPTIONS = CanonicalTable(
    "subscriptions",
    "One stretch of one subscription with one plan, price and state; a change starts a new stretch.",
    ("subscription_id", "starts_on"),
    {
        "subscription_id": Column("string", "Key of the subscription.", required=True),
        "customer_id": Column("string", "Who pays.", required=True),
        "plan": Column("string", "What they pay for."),
        "starts_on": Column("date", "First day of the stretch, company zone.", required=True),
        "ends_on": Column(
            "date", "First day without it; null while it runs. May lie ahead: a cancellation already known."
        ),
        "state": Column(
            "string",
            "paid counts; trial, free and paused bring no MRR; past_due counts for the grace days.",
            required=True,
            one_of=("paid", "trial", "free", "paused", "past_due"),
        ),
        "mrr": Column(MONEY, "Price per month less current discounts, without tax and metered use.", required=True),
        "list_mrr": Column(MONEY, "Price per month before discounts."),
        "currency": Column("string", "ISO 4217, upper case.", required=True),
        "quantity": Column("decimal(18, 4)", "Seats or units."),
        "interval": Column("string", "How often it is billed.", one_of=("day", "week", "month", "quarter", "year")),
        "cancel_requested_at": Column(INSTANT, "When the customer said so, in UTC.", past=True),
        "cancel_reason": Column(
            "string", "Why, as coded by the source; a code with words of a reason is understood (too_expensive: price)."
        ),
        "involuntary": Column("boolean", "Whether it ended because payment failed; null is unknown."),
        "renews_on": Column("date", "Next renewal."),
    },
    (
        Law(
            "ends_after_start",
            "ends_on is not before starts_on",
            "ends_on",
            lambda t: t.ends_on >= t.starts_on,
            "Swap or correct the two days.",
        ),
        Law(
            "too_old",
            "starts_on is not before 1990-01-01",
            "starts_on",
            lambda t: t.starts_on >= _day("1990-01-01"),
            "Correct the date; an older one is usually a default value.",
        ),
        MONEY_CURRENCY,
        Law(
            "negative_mrr",
            "mrr is not negative",
            "mrr",
            lambda t: t.mrr >= 0,
            "Give the monthly price as a positive amount.",
        ),
    ),
    refers={"customer_id": "customers"},
)


def _day(day: str) -> object:
    return ibis.date(day)
