"""Chargebee: stretches from the report and from the keys of the API; cancellations that lie ahead."""

from pathlib import Path

import pytest
from tests.connectors.exports import refused, rows, sheet, source, translated

from keepwell.errors import SourceError

COLUMNS = (
    "Subscription ID", "Customer ID", "Customer Email", "Status", "Current Plan", "Plan Quantity", "Currency",
    "Subscription Billing Period", "MRR", "Recurring Discount MRR", "Started On", "Current Billing Term Start Date", "Trial End",
    "Canceled On", "Reason Code", "Auto-Collection", "Plan Price",
)  # fmt: skip
SUB = {
    "Subscription ID": "s1", "Customer ID": "c1", "Customer Email": "Ann@Example.com", "Status": "Active", "Current Plan": "Pro",
    "Currency": "EUR", "Subscription Billing Period": "1 Month", "MRR": "49.00", "Started On": "2026-01-15 10:00",
    "Current Billing Term Start Date": "2026-06-15 10:00",
}  # fmt: skip


def test_a_running_subscription_is_one_paid_stretch(tmp_path: Path) -> None:
    """It runs from its first day, at the MRR the report gives, under the customer's e-mail."""
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, [SUB]))
    assert rows(
        said,
        "subscriptions",
        "subscription_id",
        "customer_id",
        "state",
        "starts_on",
        "ends_on",
        "mrr",
        "currency",
        "interval",
    ) == [("s1", "ann@example.com", "paid", "2026-01-15", None, "49", "EUR", "month")]
    assert rows(said, "customers", "customer_id", "email") == [("ann@example.com", "ann@example.com")]


def test_a_cancellation_that_lies_ahead_ends_the_stretch_then(tmp_path: Path) -> None:
    """Set to end on 31 December, it counts until then and is told as set to end."""
    listed = [
        SUB | {"Status": "Non Renewing", "Canceled On": "31-Dec-2026"},
        SUB | {"Subscription ID": "s2", "Canceled On": "2027-02-01"},
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert rows(said, "subscriptions", "state", "ends_on") == [("paid", "2026-12-31"), ("paid", "2027-02-01")]
    assert any(note.startswith("Subscriptions running and already set to end: 2.") for note in said.notes)


def test_the_day_of_a_cancellation_ahead_is_not_the_day_it_was_asked_for(tmp_path: Path) -> None:
    """Only what has ended, or lies before a known beginning where no state is told, was surely asked for by then."""
    ahead = {"Canceled On": "2026-12-31 12:00"}
    listed = [
        SUB | ahead | {"Status": "Non Renewing"},
        SUB | ahead | {"Subscription ID": "s2", "Status": ""},
        SUB | {"Subscription ID": "s3", "Status": "", "Canceled On": "2026-06-01 12:00"},
        SUB | {"Subscription ID": "s4", "Status": "Cancelled", "Canceled On": "2026-06-20 12:00"},
        SUB | ahead | {"Subscription ID": "s5", "Cancel Schedule Created At": "2026-06-02 12:00"},
        SUB | ahead | {"Subscription ID": "s6", "Cancel Schedule Created At": "2026-12-31 12:00"},
    ]
    columns = (*COLUMNS, "Cancel Schedule Created At")
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", columns, listed))
    assert rows(said, "subscriptions", "subscription_id", "ends_on", "cancel_requested_at") == [
        ("s1", "2026-12-31", None),
        ("s2", "2026-12-31", None),
        ("s3", "2026-06-01", "2026-06-01 16:00:00"),
        ("s4", "2026-06-20", "2026-06-20 16:00:00"),
        ("s5", "2026-12-31", "2026-06-02 16:00:00"),
        ("s6", "2026-12-31", None),
    ]
    assert any(note.startswith("Subscriptions running and already set to end: 4.") for note in said.notes)


def test_what_has_not_begun_has_no_days(tmp_path: Path) -> None:
    """A subscription of the future stands on the day it was made; without a state, a trial that lies ahead is a trial."""
    listed = [
        SUB | {"Status": "Future", "Created On": "2026-06-01 10:00", "Started On": "2026-09-01 10:00"},
        SUB | {"Subscription ID": "s2", "Status": "", "Started On": "2026-06-10", "Trial End": "2026-06-24"},
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", (*COLUMNS, "Created On"), listed))
    assert rows(said, "subscriptions", "subscription_id", "state", "starts_on", "ends_on") == [
        ("s1", "free", "2026-06-01", "2026-06-01"),
        ("s2", "trial", "2026-06-10", None),
    ]


def test_what_ended_says_why(tmp_path: Path) -> None:
    """A payment that failed is no wish of the customer; a reason of theirs is; none is unknown."""
    listed = [
        SUB
        | {"Subscription ID": f"s{n}", "Status": "Cancelled", "Canceled On": "2026-05-01 00:30", "Reason Code": reason}
        for n, reason in enumerate(["Not Paid", "Too expensive", ""])
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert rows(said, "subscriptions", "ends_on", "involuntary", "cancel_reason") == [
        ("2026-05-01", True, "Not Paid"),
        ("2026-05-01", False, "Too expensive"),
        ("2026-05-01", None, None),
    ]


def test_trials_are_not_paid(tmp_path: Path) -> None:
    """In trial: one trial stretch; after it: trial until its end, paid from then; cancelled in it: never paid."""
    listed = [
        SUB | {"Status": "In Trial", "Trial End": "2026-01-29 10:00"},
        SUB | {"Subscription ID": "s2", "Trial End": "2026-01-29 10:00"},
        SUB
        | {
            "Subscription ID": "s3",
            "Status": "Cancelled",
            "Trial End": "2026-01-29 10:00",
            "Canceled On": "2026-01-20 10:00",
        },
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert rows(said, "subscriptions", "subscription_id", "state", "starts_on", "ends_on", "mrr") == [
        ("s1", "trial", "2026-01-15", None, "0"),
        ("s2", "trial", "2026-01-15", "2026-01-29", "0"),
        ("s2", "paid", "2026-01-29", None, "49"),
        ("s3", "trial", "2026-01-15", "2026-01-20", "0"),
    ]


def test_without_mrr_it_is_the_plan_price_per_month_less_its_discount(tmp_path: Path) -> None:
    """Two seats at 600 a year are 100 a month, less a recurring discount of 10."""
    priced = {
        "MRR": "",
        "Plan Price": "600",
        "Plan Quantity": "2",
        "Subscription Billing Period": "1 Year",
        "Recurring Discount MRR": "10",
    }
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, [SUB | priced]))
    assert rows(said, "subscriptions", "mrr", "quantity", "interval") == [("90", "2", "year")]


def test_periods_that_are_halves_and_pairs(tmp_path: Path) -> None:
    """600 per half a year are 100 a month, per two years 25; 6 per two weeks are 13; none of them is a billing interval of the house."""
    told = {"Half Yearly": "600", "Semi-Annual": "600", "Biennial": "600", "Bi-Weekly": "6", "Every 6 months": "600"}
    listed = [
        SUB | {"Subscription ID": f"s{n}", "MRR": "", "Plan Price": price, "Subscription Billing Period": period}
        for n, (period, price) in enumerate(told.items())
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert rows(said, "subscriptions", "mrr", "interval") == [(mrr, None) for mrr in ("100", "100", "25", "13", "100")]


def test_paused_since_its_day(tmp_path: Path) -> None:
    """Paid until the pause, paused from then."""
    columns = (*COLUMNS, "Paused On")
    said = translated(
        "chargebee",
        tmp_path,
        sheet(tmp_path, "s.csv", columns, [SUB | {"Status": "Paused", "Paused On": "2026-04-01"}]),
    )
    assert rows(said, "subscriptions", "state", "starts_on", "ends_on") == [
        ("paid", "2026-01-15", "2026-04-01"),
        ("paused", "2026-04-01", None),
    ]


def test_two_currencies_stay_apart(tmp_path: Path) -> None:
    """Every row keeps the currency it names."""
    listed = [SUB, SUB | {"Subscription ID": "s2", "Currency": "usd"}]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert rows(said, "subscriptions", "currency") == [("EUR",), ("USD",)]


def test_keys_of_the_api_count_seconds_and_hundredths(tmp_path: Path) -> None:
    """1768471200 is 15 January 2026, 10:00 UTC; 4900 hundredths are 49; 4900 yen are 4900, 4900 fils 4.9 dinars."""
    columns = (
        "subscription.id", "subscription.customer_id", "subscription.status", "subscription.currency_code", "subscription.mrr",
        "subscription.started_at", "subscription.cancelled_at", "subscription.billing_period", "subscription.billing_period_unit",
    )  # fmt: skip
    listed = [
        ["s1", "c1", "active", "EUR", "4900", "1768471200", "", "1", "month"],
        ["s2", "c2", "cancelled", "JPY", "4900", "1768471200", "1770000000", "3", "month"],
        ["s3", "c3", "active", "KWD", "4900", "1768471200", "", "1", "week"],
    ]
    said = translated("chargebee", tmp_path, source(tmp_path, "s.csv", columns, listed))
    assert rows(said, "subscriptions", "customer_id", "mrr", "starts_on", "ends_on", "interval") == [
        ("c1", "49", "2026-01-15", None, "month"),
        ("c2", "4900", "2026-01-15", "2026-02-01", "quarter"),
        ("c3", "4.9", "2026-01-15", None, "week"),
    ]
    assert any("in hundredths" in note for note in said.notes)


def test_rows_that_cannot_be_understood_are_refused(tmp_path: Path) -> None:
    """Nobody's subscription, a word for a state nobody knows, a cancelled one without its day."""
    listed = [
        SUB | {"Customer ID": "", "Customer Email": ""},
        SUB | {"Status": "aktiv"},
        SUB | {"Status": "Cancelled"},
        SUB | {"MRR": "much"},
    ]
    said = translated("chargebee", tmp_path, sheet(tmp_path, "s.csv", COLUMNS, listed))
    assert refused(said) == [
        (1, "Customer ID", None),
        (2, "Status", "aktiv"),
        (3, "Canceled On", None),
        (4, "MRR", "much"),
    ]


def test_a_report_without_price_and_customer_says_what_to_choose(tmp_path: Path) -> None:
    """The standard columns alone do not say whose a subscription is: it is refused with the columns to add."""
    columns = (
        "Canceled On",
        "Plan Quantity",
        "Currency",
        "Subscription Billing Period",
        "Current Plan",
        "Auto-Collection",
        "Trial End",
    )
    with pytest.raises(SourceError, match="Customer ID"):
        translated(
            "chargebee", tmp_path, source(tmp_path, "s.csv", columns, [["", "1", "USD", "1 Month", "Pro", "On", ""]])
        )
