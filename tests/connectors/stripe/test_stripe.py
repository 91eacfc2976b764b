"""Stripe: payments in every state, customers, subscriptions as stretches."""

from pathlib import Path

from tests.connectors.exports import refused, rows, sheet, translated

from keepwell.config import Company

UTC = Company(name="Example", currency="USD", time_zone="UTC")
PAYMENTS = (
    "id", "Created date (UTC)", "Amount", "Amount Refunded", "Currency", "Captured", "Mode", "Status", "Fee", "Converted Amount",
    "Customer ID", "Customer Email", "Disputed Amount", "Dispute Status",
)  # fmt: skip
PAID = {
    "id": "ch_1", "Created date (UTC)": "2026-07-01 03:33", "Amount": "1,041.34", "Amount Refunded": "0.00", "Currency": "usd",
    "Captured": "true", "Mode": "Live", "Status": "Paid", "Customer ID": "cus_1", "Customer Email": " Ann@Example.com",
}  # fmt: skip
CUSTOMERS = (
    "id",
    "Description",
    "Email",
    "Name",
    "Created (UTC)",
    "Delinquent",
    "Plan",
    "Status",
    "Total Spend",
    "tier (metadata)",
)
SUBSCRIPTIONS = (
    "id", "Customer ID", "Customer Email", "Customer Name", "Plan", "Product", "Quantity", "Currency", "Interval", "Amount", "Status",
    "Created (UTC)", "Start (UTC)", "Start Date (UTC)", "Current Period Start (UTC)", "Current Period End (UTC)", "Trial End (UTC)", "Coupon",
    "Canceled At (UTC)", "Cancel At Period End", "Ended At (UTC)", "Cancellation Reason",
)  # fmt: skip
SUB = {
    "id": "sub_1", "Customer ID": "cus_1", "Customer Email": "ann@example.com", "Plan": "Pro", "Currency": "usd", "Interval": "month",
    "Amount": "49.00", "Quantity": "2", "Status": "active", "Created (UTC)": "2026-01-15 10:00", "Start (UTC)": "2026-03-01 10:00",
    "Start Date (UTC)": "2026-01-15 10:00", "Current Period Start (UTC)": "2026-06-15 10:00", "Current Period End (UTC)": "2026-07-15 10:00",
    "Cancel At Period End": "false",
}  # fmt: skip


def test_a_payment_is_an_order_at_its_utc_time(tmp_path: Path) -> None:
    """Times of the export are UTC, amounts are in whole units with commas, the e-mail is the key."""
    said = translated("stripe", tmp_path, sheet(tmp_path, "p.csv", PAYMENTS, [PAID]))
    assert rows(said, "orders", "order_id", "customer_id", "ordered_at", "currency", "gross", "net", "status") == [
        ("ch_1", "ann@example.com", "2026-07-01 03:33:00", "USD", "1041.34", "1041.34", "paid")
    ]


def test_every_state_of_a_payment(tmp_path: Path) -> None:
    """Failed attempts are failed orders, money not captured is pending, let go is cancelled, test mode is cancelled."""
    told = [
        ({"Status": "Failed", "Captured": "false"}, "failed"),
        ({"Status": "Paid", "Captured": "false"}, "pending"),
        ({"Status": "Refunded", "Captured": "false"}, "cancelled"),
        ({"Status": "Refunded", "Amount Refunded": "1,041.34"}, "refunded"),
        ({"Status": "Partial Refund", "Amount Refunded": "41.34"}, "partly_refunded"),
        ({"Amount Refunded": "41.34"}, "partly_refunded"),
        ({"Status": "succeeded"}, "paid"),
        ({"Status": "requires_payment_method"}, "failed"),
        ({"Status": "Canceled"}, "cancelled"),
        ({"Status": "Uncaptured", "Captured": "false"}, "pending"),
        ({"Mode": "Test"}, "cancelled"),
    ]
    listed = [PAID | {"id": f"ch_{n}"} | change for n, (change, _) in enumerate(told)]
    said = translated("stripe", tmp_path, sheet(tmp_path, "p.csv", PAYMENTS, listed))
    assert [state for (state,) in rows(said, "orders", "status")] == [state for _, state in told]


def test_money_lost_to_a_dispute_is_given_back(tmp_path: Path) -> None:
    """Lost takes the disputed amount off; won and open disputes take nothing."""
    listed = [
        PAID | {"id": "ch_1", "Dispute Status": "lost", "Disputed Amount": "1,041.34"},
        PAID | {"id": "ch_2", "Dispute Status": "won", "Disputed Amount": "1,041.34"},
        PAID | {"id": "ch_3", "Dispute Status": "needs_response", "Disputed Amount": "1,041.34"},
    ]
    said = translated("stripe", tmp_path, sheet(tmp_path, "p.csv", PAYMENTS, listed))
    assert rows(said, "orders", "refunded", "status") == [("1041.34", "refunded"), ("0", "paid"), ("0", "paid")]


def test_yen_are_whole_already(tmp_path: Path) -> None:
    """The dashboard writes 5000 yen as 5000: nothing is divided."""
    said = translated(
        "stripe", tmp_path, sheet(tmp_path, "p.csv", PAYMENTS, [PAID | {"Currency": "jpy", "Amount": "5000"}])
    )
    assert rows(said, "orders", "currency", "gross") == [("JPY", "5000")]


def test_an_email_once_known_stands_behind_the_id(tmp_path: Path) -> None:
    """The customers export tells whose cus_1 is; a cus_ nobody names is its own key; neither is a guest."""
    customers = sheet(
        tmp_path, "c.csv", CUSTOMERS, [{"id": "cus_1", "Email": "Ann@Example.com", "Name": "Ann Lee", "Created (UTC)": "2026-01-01 00:00", "tier (metadata)": "gold"}]
    )  # fmt: skip
    listed = [
        PAID | {"id": "ch_1", "Customer Email": ""},
        PAID | {"id": "ch_2", "Customer Email": "", "Customer ID": "cus_2"},
        PAID | {"id": "ch_3", "Customer Email": "", "Customer ID": ""},
    ]
    said = translated("stripe", tmp_path, customers, sheet(tmp_path, "p.csv", PAYMENTS, listed))
    assert rows(said, "orders", "customer_id") == [("ann@example.com",), ("cus_2",), (None,)]
    assert rows(said, "customers", "customer_id", "name", "traits", "acquired_at") == [
        ("ann@example.com", "Ann Lee", {"stripe_id": "cus_1", "tier": "gold"}, "2026-01-01 00:00:00"),
        ("cus_2", None, None, None),
    ]
    assert any(note.startswith("Payments whose customer is known only by Stripe's id: 1.") for note in said.notes)


def test_a_customer_who_changes_the_email_stays_one(tmp_path: Path) -> None:
    """cus_1 paid under two e-mails: the newest stands for both; the customers export, where it is there, knows best."""
    listed = [
        PAID | {"id": "ch_1", "Customer Email": "z@example.com", "Created date (UTC)": "2026-05-01 03:33"},
        PAID | {"id": "ch_2", "Customer Email": "a@example.com"},
        PAID | {"id": "ch_3", "Customer Email": "z@example.com", "Customer ID": ""},
    ]
    payments = sheet(tmp_path, "p.csv", PAYMENTS, listed)
    said = translated("stripe", tmp_path, payments)
    assert rows(said, "orders", "customer_id") == [("a@example.com",)] * 3
    assert rows(said, "customers", "customer_id", "email") == [("a@example.com", "a@example.com")]
    assert any(note.startswith("Payments under another e-mail than their customer has now: 2.") for note in said.notes)
    again = tmp_path / "again"
    again.mkdir()
    known = sheet(tmp_path, "c.csv", CUSTOMERS, [{"id": "cus_1", "Email": "now@example.com"}])
    assert rows(translated("stripe", again, known, payments), "orders", "customer_id") == [("now@example.com",)] * 3


def test_users_choose_the_columns(tmp_path: Path) -> None:
    """The shortest export: no customer, no capture, no refund columns; its sales are guests'."""
    columns = ("Status", "Amount", "id", "Created (UTC)", "Amount Refunded", "Captured", "Currency", "Fee")
    short = {"id": "ch_1", "Status": "Paid", "Amount": "5.00", "Created (UTC)": "2026-07-01 03:33", "Currency": "eur"}
    said = translated("stripe", tmp_path, sheet(tmp_path, "p.csv", columns, [short]))
    assert rows(said, "orders", "customer_id", "currency", "gross", "refunded", "status") == [
        (None, "EUR", "5", "0", "paid")
    ]


def test_unknown_states_are_refused_as_they_were_written(tmp_path: Path) -> None:
    """A translated word is shown with its row and column."""
    listed = [PAID | {"Status": "Onnistui"}, PAID | {"Created date (UTC)": "yesterday"}]
    said = translated("stripe", tmp_path, sheet(tmp_path, "p.csv", PAYMENTS, listed))
    assert refused(said) == [(1, "Status", "Onnistui"), (2, "Created date (UTC)", "yesterday")]


def test_mrr_of_every_interval(tmp_path: Path) -> None:
    """600 a year is 50, 30 a quarter 10, 10 a week 43.3333, 1 a day 30.4375, 120 per six months 20; seats multiply."""
    told = {
        "year": ("600", "50"),
        "quarter": ("30", "10"),
        "month": ("49", "49"),
        "week": ("10", "43.3333"),
        "day": ("1", "30.4375"),
    }
    told["6 months"] = ("120", "20")
    listed = [
        SUB | {"id": f"s{n}", "Interval": word, "Amount": money, "Quantity": "1"}
        for n, (word, (money, _)) in enumerate(told.items())
    ]
    listed.append(SUB | {"id": "s9"})
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed), company=UTC)
    assert [mrr for (mrr,) in rows(said, "subscriptions", "mrr")] == [*(mrr for _, mrr in told.values()), "98"]


def test_a_subscription_runs_from_its_first_day_in_the_companys_zone(tmp_path: Path) -> None:
    """It began on 15 January, not with its current plan's term; 03:00 UTC is the evening before in New York."""
    listed = [SUB, SUB | {"id": "sub_2", "Start Date (UTC)": "2026-01-15 03:00"}]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert rows(said, "subscriptions", "state", "starts_on", "ends_on", "renews_on", "interval", "quantity") == [
        ("paid", "2026-01-15", None, "2026-07-15", "month", "2"),
        ("paid", "2026-01-14", None, "2026-07-15", "month", "2"),
    ]


def test_the_end_is_the_end_of_what_was_paid(tmp_path: Path) -> None:
    """Set to end with its term: that day ahead. Ended: when Stripe ended it. Cancelled at once: then. Only said cancelled: its term."""
    gone = {"Status": "canceled", "Canceled At (UTC)": "2026-06-20 10:00"}
    listed = [
        SUB | {"id": "s1", "Cancel At Period End": "true", "Canceled At (UTC)": "2026-06-20 10:00"},
        SUB | gone | {"id": "s2", "Ended At (UTC)": "2026-06-25 10:00", "Cancellation Reason": "payment_failed"},
        SUB | gone | {"id": "s3"},
        SUB | gone | {"id": "s4", "Cancel At Period End": "true", "Cancellation Reason": "cancellation_requested"},
        SUB | gone | {"id": "s5", "Cancel At Period End": ""},
    ]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert rows(said, "subscriptions", "subscription_id", "state", "ends_on", "involuntary", "renews_on") == [
        ("s1", "paid", "2026-07-15", None, None),
        ("s2", "paid", "2026-06-25", True, None),
        ("s3", "paid", "2026-06-20", None, None),
        ("s4", "paid", "2026-07-15", False, None),
        ("s5", "paid", "2026-07-15", None, None),
    ]
    assert any(note.startswith("Subscriptions running and already set to end: 1.") for note in said.notes)


def test_a_cancellation_that_lies_ahead_is_an_end_and_no_request(tmp_path: Path) -> None:
    """Cancelled on a day after its term, or on the very end of it: nobody asked then; asked before, it stays a request."""
    term = {"Cancel At Period End": "true"}
    listed = [
        SUB | {"id": "s1", "Canceled At (UTC)": "2027-03-01 10:00"},
        SUB | term | {"id": "s2", "Canceled At (UTC)": "2026-07-15 10:00"},
        SUB | term | {"id": "s3", "Canceled At (UTC)": "2026-06-20 10:00"},
    ]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert rows(said, "subscriptions", "subscription_id", "ends_on", "cancel_requested_at") == [
        ("s1", "2027-03-01", None),
        ("s2", "2026-07-15", None),
        ("s3", "2026-07-15", "2026-06-20 10:00:00"),
    ]


def test_trials_debts_pauses_and_what_never_began(tmp_path: Path) -> None:
    """Each waits from its own day: trials are not paid, past due counts from the unpaid term, incomplete has no days."""
    listed = [
        SUB | {"id": "s1", "Status": "trialing", "Trial End (UTC)": "2026-01-29 10:00"},
        SUB | {"id": "s2", "Trial End (UTC)": "2026-01-29 10:00"},
        SUB | {"id": "s3", "Status": "past_due"},
        SUB | {"id": "s4", "Status": "unpaid", "Current Period Start (UTC)": "2026-01-15 10:00"},
        SUB | {"id": "s5", "Status": "incomplete_expired"},
        SUB | {"id": "s6", "Amount": "0.00"},
        SUB
        | {
            "id": "s7",
            "Status": "canceled",
            "Trial End (UTC)": "2026-01-29 10:00",
            "Ended At (UTC)": "2026-01-29 10:00",
        },
    ]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert rows(said, "subscriptions", "subscription_id", "state", "starts_on", "ends_on", "mrr") == [
        ("s1", "trial", "2026-01-15", None, "0"),
        ("s2", "trial", "2026-01-15", "2026-01-29", "0"),
        ("s2", "paid", "2026-01-29", None, "98"),
        ("s3", "paid", "2026-01-15", "2026-06-15", "98"),
        ("s3", "past_due", "2026-06-15", None, "98"),
        ("s4", "past_due", "2026-01-15", None, "98"),
        ("s5", "free", "2026-01-15", "2026-01-15", "0"),
        ("s6", "free", "2026-01-15", None, "0"),
        ("s7", "trial", "2026-01-15", "2026-01-29", "0"),
    ]


def test_subscriptions_that_cannot_be_understood_are_refused(tmp_path: Path) -> None:
    """A word nobody knows, an interval nobody knows, nobody's subscription, a cancelled one without a day."""
    listed = [
        SUB | {"id": "s1", "Status": "aktiv"},
        SUB | {"id": "s2", "Interval": "moon"},
        SUB | {"id": "s3", "Customer ID": "", "Customer Email": ""},
        SUB | {"id": "s4", "Status": "canceled", "Current Period End (UTC)": ""},
        SUB | {"id": "s5", "Amount": ""},
    ]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert refused(said) == [
        (1, "Status", "aktiv"),
        (2, "Interval", "moon"),
        (3, "Customer ID", None),
        (4, "Ended At (UTC)", None),
        (5, "Amount", None),
    ]
    assert rows(said, "subscriptions", "subscription_id") == []


def test_two_currencies_and_a_coupon(tmp_path: Path) -> None:
    """Each subscription keeps its currency; a coupon of unknown worth is told."""
    listed = [SUB, SUB | {"id": "sub_2", "Currency": "eur", "Coupon": "WELCOME"}]
    said = translated("stripe", tmp_path, sheet(tmp_path, "s.csv", SUBSCRIPTIONS, listed))
    assert rows(said, "subscriptions", "currency") == [("USD",), ("EUR",)]
    assert any(note.startswith("Subscriptions with a coupon: 1.") for note in said.notes)
