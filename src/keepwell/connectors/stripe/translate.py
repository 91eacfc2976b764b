"""What do Stripe's payments, customers and subscriptions say in the language of the house?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.accounts import add_accounts, owned
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.stretches import add_stretches
from keepwell.connectors.stripe.extract import CREATED
from keepwell.connectors.translation import (
    CURRENCY,
    EMAIL,
    KEY,
    MONEY,
    NUMBER,
    PHONE,
    TEXT,
    WORD,
    YES,
    Field,
    Translation,
    instant,
    text,
    traits,
    words,
)

PAYMENT_STATES = {
    "paid": "paid",
    "succeeded": "paid",
    "complete": "paid",
    "completed": "paid",
    "partially_refunded": "partly_refunded",
    "partial_refund": "partly_refunded",
    "refunded": "refunded",
    "disputed": "paid",
    "dispute": "paid",
    "dispute_needs_response": "paid",
    "dispute_under_review": "paid",
    "needs_response": "paid",
    "under_review": "paid",
    "inquiry": "paid",
    "early_fraud_warning": "paid",
    "dispute_won": "paid",
    "dispute_lost": "paid",
    "failed": "failed",
    "blocked": "failed",
    "declined": "failed",
    "pending": "pending",
    "processing": "pending",
    "incomplete": "pending",
    "uncaptured": "pending",
    "requires_capture": "pending",
    "requires_action": "pending",
    "requires_confirmation": "pending",
    "requires_payment_method": "failed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "expired": "cancelled",
}
"""Status of a payment -> state of the order; what was lost to a dispute is taken off as given back."""
SUBSCRIPTION_STATES = {
    "active": "paid",
    "trialing": "trial",
    "past_due": "past_due",
    "unpaid": "past_due",
    "paused": "paused",
    "canceled": "paid",
    "cancelled": "paid",
    "ended": "paid",
    "incomplete": "never",
    "incomplete_expired": "never",
}
"""Status of a subscription -> what it is, or was until it ended."""
UTC = instant("UTC")

PAYMENT_COLUMNS = {
    "id": Field(("id",), KEY, essential=True, filled=True),
    "ordered_at": Field(CREATED, UTC, essential=True, filled=True),
    "amount": Field(("Amount",), MONEY, essential=True, filled=True),
    "refunded": Field(("Amount Refunded",), MONEY),
    "disputed": Field(("Disputed Amount",), MONEY),
    "dispute": Field(("Dispute Status",), WORD),
    "currency": Field(("Currency",), CURRENCY),
    "captured": Field(("Captured",), YES),
    "mode": Field(("Mode",), WORD),
    "told": Field(("Status",), TEXT, essential=True, filled=True),
    "account": Field(("Customer ID",), KEY),
    "email": Field(("Customer Email",), EMAIL),
    "person": Field(("Customer Name", "Customer Description")),
}
CUSTOMER_COLUMNS = {
    "id": Field(("id",), KEY, essential=True, filled=True),
    "email": Field(("Email",), EMAIL),
    "phone": Field(("Phone",), PHONE),
    "name": Field(("Name",)),
    "description": Field(("Description",)),
    "acquired_at": Field(CREATED, UTC),
    "country": Field(("Card Country", "Card Issue Country", "Address Country")),
}
SUBSCRIPTION_COLUMNS = {
    "id": Field(("id",), KEY, essential=True, filled=True),
    "account": Field(("Customer ID",), KEY),
    "email": Field(("Customer Email",), EMAIL),
    "person": Field(("Customer Name", "Customer Description")),
    "plan": Field(("Plan", "Product")),
    "quantity": Field(("Quantity",), NUMBER),
    "currency": Field(("Currency",), CURRENCY),
    "interval_told": Field(("Interval",), TEXT, essential=True, filled=True),
    "amount": Field(("Amount",), MONEY, essential=True, filled=True),
    "told": Field(("Status",), TEXT, essential=True, filled=True),
    "began_at": Field(("Start Date (UTC)", "Start (UTC)", "Created (UTC)", "Created date (UTC)"), UTC, essential=True),
    "created_at": Field(CREATED, UTC),
    "period_start": Field(("Current Period Start (UTC)",), UTC),
    "period_end": Field(("Current Period End (UTC)",), UTC),
    "trial_end": Field(("Trial End (UTC)",), UTC),
    "coupon": Field(("Coupon",)),
    "canceled_at": Field(("Canceled At (UTC)",), UTC),
    "ends_with_term": Field(("Cancel At Period End",), YES),
    "cancel_at": Field(("Cancel At (UTC)",), UTC),
    "ended_at": Field(("Ended At (UTC)",), UTC),
    "reason": Field(("Cancellation Reason",)),
}


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Stripe's payments as orders, its customers, its subscriptions as stretches; a customer is an e-mail, else a cus_ id.

    Args:
        raws: Payments, customers and subscriptions exports.
        company: Zone in which a subscription's days are told, currency of an export that names none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    there = {match.export for _, match in raws}
    with Translation(into) as translation:
        _customers(translation, raws)
        translation.sheets(raws, "payments", "orders", lambda _: PAYMENT_COLUMNS)
        translation.sheets(raws, "subscriptions", "subscriptions", lambda _: SUBSCRIPTION_COLUMNS)
        _emails(translation)
        if "payments" in there:
            _payments(translation, company)
        if "subscriptions" in there:
            _subscriptions(translation, company)
        return translation.finish()


def _customers(translation: Translation, raws: Sequence[tuple[Raw, Match]]) -> None:
    """The customers export: one row each, metadata as traits; what they spent is left to be measured."""
    parts = []
    for raw, match in raws:
        if match.export == "customers":
            metadata = {
                column: f"metadata_{n}" for n, column in enumerate(raw.columns) if column.endswith("(metadata)")
            }
            sheet = translation.sheet(
                raw, "customers", CUSTOMER_COLUMNS | {name: Field((column,)) for column, name in metadata.items()}
            )
            named = {"stripe_id": "id"} | {
                column.removesuffix("(metadata)").strip(): name for column, name in metadata.items()
            }
            parts.append(
                "SELECT _row, _source, coalesce(email, id) AS customer_id, id AS account, email, phone, "
                "acquired_at, country, "
                f"coalesce(name, description) AS name, {traits(named)} AS traits FROM {sheet}"
            )
    nobody = "SELECT NULL::VARCHAR AS customer_id, NULL::VARCHAR AS account, NULL::VARCHAR AS email, NULL::TIMESTAMPTZ AS acquired_at WHERE false"
    translation.view("known", " UNION ALL BY NAME ".join(parts) or nobody)
    if parts:
        translation.add("customers", "SELECT * EXCLUDE (account), 'person' AS kind FROM known")


def _emails(translation: Translation) -> None:
    """Which e-mail stands behind a cus_ id: the customers export says, else the newest one given with it elsewhere."""
    add_accounts(
        translation,
        "SELECT account, email, acquired_at AS moment, true AS sure FROM known UNION ALL "
        "SELECT account, email, ordered_at, false FROM all_payments UNION ALL "
        "SELECT account, email, coalesce(began_at, created_at), false FROM all_subscriptions",
    )


def _payments(translation: Translation, company: Company) -> None:
    """Every attempt to pay is an order; those that failed have state failed."""
    translation.view(
        "stated",
        f"SELECT *, {words(PAYMENT_STATES)}[word(told)] AS said, coalesce(mode = 'test', false) AS test, "
        "CASE WHEN dispute = 'lost' OR word(told) = 'dispute_lost' THEN coalesce(disputed, amount) ELSE 0 END AS "
        "lost FROM all_payments",
    )
    translation.refuse(
        "stated WHERE said IS NULL",
        "orders",
        "Status",
        "told",
        f"is one of {', '.join(PAYMENT_STATES)}",
        "Export with the dashboard's language set to English, or correct the word.",
    )
    translation.view(
        "understood",
        "SELECT *, coalesce(email, account) AS customer_id, "
        "least(greatest(coalesce(refunded, 0) + lost, CASE WHEN said = 'refunded' AND refunded IS NULL THEN amount "
        "ELSE 0 END), "
        "greatest(amount, coalesce(refunded, 0))) AS given_back, "
        "CASE WHEN test THEN 'cancelled' WHEN captured = false AND said = 'paid' THEN 'pending' "
        "WHEN captured = false AND said IN ('refunded', 'partly_refunded') THEN 'cancelled' ELSE said END AS state "
        f"FROM {owned('stated')} WHERE said IS NOT NULL",
    )
    translation.add(
        "orders",
        "SELECT _row, _source, id AS order_id, customer_id, ordered_at, coalesce(currency, "
        f"{text(company.currency)}) AS currency, "
        "amount AS gross, given_back AS refunded, amount - given_back AS net, sale_state(state, amount, given_back) "
        "AS status "
        "FROM understood",
    )
    translation.buyers("understood", {"email": "email", "name": "person"})
    translation.tell("understood", "id", _payment_notes(company))


def _payment_notes(company: Company) -> dict[str, str]:
    """What must be known of the payments: condition -> sentence."""
    return {
        "customer_id IS NULL": "Payments with neither e-mail nor customer id: {n}. Their money counts, but they are in no customer's history.",
        "email IS NULL AND customer_id IS NOT NULL": "Payments whose customer is known only by Stripe's id: {n}. Export with the "
        "column Customer Email, or import the customers export together with them, and they are known by e-mail.",
        "email <> told_email": "Payments under another e-mail than their customer has now: {n}. They are the same customer's, under the e-mail of now.",
        "state = 'pending' AND captured = false": "Payments authorised and not captured: {n}. They are pending, not sales.",
        "lost > 0": "Payments lost to a dispute: {n}. What was lost counts as given back.",
        "test": "Payments made in test mode: {n}. They are kept as cancelled.",
        "currency IS NULL": f"Payments that name no currency: {{n}}. {company.currency} was assumed.",
        "given_back > 0 AND said <> 'failed'": "Payments with refunds: {n}. This export does not say when money was given back, "
        "so refunds count on the day of the payment.",
    }


def _subscriptions(translation: Translation, company: Company) -> None:
    """A subscription ends when Stripe ended it, or with the paid term when that is how it was cancelled."""
    zone = text(company.time_zone)
    days = {
        "begun": "coalesce(began_at, created_at)",
        "trial_until": "trial_end",
        "waiting_since": "period_start",
        "ended": _end(),
        "renews_on": f"CASE WHEN {_end()} IS NULL THEN period_end END",
    }
    dated = ", ".join(f"local_date({moment}, {zone}) AS {name}" for name, moment in days.items())
    translation.view(
        "stood",
        f"SELECT * EXCLUDE (currency, quantity), id AS subscription_id, {dated}, "
        f"{words(SUBSCRIPTION_STATES)}[status] AS now, "
        f"coalesce(email, account) AS customer_id, coalesce(currency, {text(company.currency)}) AS "
        "currency, "
        "currency IS NULL AS unnamed, coalesce(quantity, 1) AS quantity, "
        f"{_asked()} AS cancel_requested_at, reason AS cancel_reason, "
        "CASE word(reason) WHEN 'payment_failed' THEN true WHEN 'cancellation_requested' THEN false END AS "
        "involuntary, "
        "per_month(amount, coalesce(quantity, 1), said) AS price, coalesce(began_at, created_at) AS ordered_at "
        f"FROM (SELECT *, word(told) AS status, word(interval_told) AS said FROM {owned('all_subscriptions')})",
    )
    for condition, column, value, law in _subscription_laws():
        translation.refuse(
            f"stood WHERE {condition}", "subscriptions", column, value, law, "Correct it in the file and import again."
        )
    refused = " OR ".join(f"({condition})" for condition, *_ in _subscription_laws())
    translation.view("sound", f"SELECT * FROM stood WHERE NOT ({refused})")
    add_stretches(translation, "sound")
    translation.buyers("sound", {"email": "email", "name": "person"})
    translation.tell("sound", "id", _subscription_notes(company))


def _end() -> str:
    """The SQL of the instant a subscription ends at; null while no end is known."""
    return (
        "CASE WHEN ended_at IS NOT NULL THEN ended_at "
        "WHEN status IN ('canceled', 'cancelled', 'ended') AND ends_with_term = false THEN coalesce(canceled_at, "
        "period_end) "
        "WHEN status IN ('canceled', 'cancelled', 'ended') THEN coalesce(period_end, canceled_at) "
        "WHEN cancel_at IS NOT NULL THEN cancel_at WHEN ends_with_term THEN period_end "
        "WHEN canceled_at > period_end THEN canceled_at END"
    )


def _asked() -> str:
    """The SQL of the instant a cancellation was asked for; of what still runs, a day not before its end is that end."""
    return f"if(status NOT IN ('canceled', 'cancelled', 'ended') AND canceled_at >= {_end()}, NULL, canceled_at)"


def _subscription_laws() -> tuple[tuple[str, str, str, str], ...]:
    """Conditions a subscription cannot be understood under: condition, heading, value, law."""
    return (
        ("now IS NULL", "Status", "told", f"is one of {', '.join(SUBSCRIPTION_STATES)}"),
        (
            "interval_unit(said) IS NULL",
            "Interval",
            "interval_told",
            "is a day, week, month, quarter or year, or a number of them",
        ),
        (
            "customer_id IS NULL",
            "Customer ID",
            "account",
            "a subscription belongs to somebody: an id or an e-mail is given",
        ),
        (
            "ended IS NULL AND status IN ('canceled', 'cancelled', 'ended')",
            "Ended At (UTC)",
            "ended_at",
            "a subscription that was cancelled has the day it ended",
        ),
    )


def _subscription_notes(company: Company) -> Mapping[str, str]:
    """What must be known of the subscriptions: condition -> sentence."""
    return {
        "ended IS NOT NULL AND status NOT IN ('canceled', 'cancelled', 'ended')": "Subscriptions running and already set to end: {n}. "
        "They count until the day they end.",
        "coupon IS NOT NULL": "Subscriptions with a coupon: {n}. The export does not say what it is worth, so MRR is the price before it.",
        "now = 'never'": "Subscriptions whose first payment never came: {n}. They are kept with no days and no money.",
        "unnamed": f"Subscriptions that name no currency: {{n}}. {company.currency} was assumed.",
        "email IS NULL": "Subscriptions whose customer is known only by Stripe's id: {n}. Export with the column Customer Email, "
        "or import the customers export together with them, and they are known by e-mail.",
        "trial_end IS NOT NULL AND now <> 'trial'": "Subscriptions that began with a trial: {n}. They are paid from the day it ended.",
    }
