"""What do Chargebee's subscriptions say in the language of the house?"""

from collections.abc import Sequence
from pathlib import Path

from keepwell.config import Company
from keepwell.connectors.chargebee.extract import key
from keepwell.connectors.contract import Match, Raw, Translated
from keepwell.connectors.stretches import add_stretches
from keepwell.connectors.translation import (
    CURRENCY,
    EMAIL,
    KEY,
    NUMBER,
    WORD,
    Field,
    Kind,
    Translation,
    cell,
    heading,
    instant,
    text,
    words,
)
from keepwell.errors import SourceError

STATUSES = {
    "active": "paid",
    "live": "paid",
    "non_renewing": "paid",
    "cancelled": "paid",
    "canceled": "paid",
    "future": "never",
    "in_trial": "trial",
    "trial": "trial",
    "trialing": "trial",
    "paused": "paused",
    "transferred": "paid",
}
"""Status of a subscription -> what it is, or was until it ended."""
ENDED = "('cancelled', 'canceled', 'transferred')"
UNPAID = "not_paid|no_card|non_payment|payment_fail|unpaid|declin|fraud"
"""Reasons in which a subscription ended because payment failed, not because the customer wished it."""
WITHOUT_MINOR = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
"""Currencies that have no hundredth."""
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
"""Currencies whose smallest part is a thousandth."""

BEGINNINGS = ("Started On", "Started At", "Start Date", *key("started_at"), *key("start_date"))
CREATIONS = ("Created On", "Created At", "Activated On", *key("created_at"), *key("activated_at"))
TERM_STARTS = ("Current Billing Term Start Date", "Current Term Start", *key("current_term_start"))
PRICES = (
    "Plan Price",
    "Plan Unit Price",
    "Unit Price",
    *key("plan_unit_price"),
    *key("item_unit_price"),
    *key("plan_amount"),
)
MRRS = ("MRR", "Subscription MRR", "Monthly Recurring Revenue (MRR)", "Total MRR", *key("mrr"))


def translate(raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
    """
    Chargebee's subscriptions as stretches; a day of cancellation that lies ahead is a cancellation already known.

    Args:
        raws: Subscriptions reports and exports.
        company: Zone in which a subscription's days are told, currency of rows that name none.
        into: Folder for the files.

    Raises:
        SourceError: An export lacks a column it cannot be understood without.
    """
    with Translation(into) as translation:
        translation.sheets(raws, "subscriptions", "subscriptions", lambda raw: _columns(translation, raw, company))
        _subscriptions(translation, company)
        return translation.finish()


def _columns(translation: Translation, raw: Raw, company: Company) -> dict[str, Field]:
    """What is read of a report or an export, under the headings of either."""
    _check(raw)
    money = _minor(translation, raw)
    cancelled = ("Canceled On", "Cancelled On", "Cancelled At", *key("cancelled_at"))
    when = instant(company.time_zone, day_first=translation.day_first(raw, (*BEGINNINGS, *CREATIONS, *TERM_STARTS)))
    return {
        "id": Field(("Subscription ID", "Subscription Id", *key("id")), KEY, essential=True, filled=True),
        "customer": Field(("Customer ID", "Customer Id", "customer.id", "customer[id]", *key("customer_id")), KEY),
        "email": Field(("Customer Email", "Email", "customer.email", "customer[email]"), EMAIL),
        "person": Field(("Customer Name", "Customer Company", "customer.company", "Customer Full Name")),
        "told": Field(("Status", "Subscription Status", *key("status"))),
        "plan": Field(("Current Plan", "Plan", "Plan Name", "Item Price", *key("plan_id"), *key("item_price_id"))),
        "quantity": Field(("Plan Quantity", "Quantity", *key("plan_quantity"), *key("quantity")), NUMBER),
        "currency": Field(("Currency", "Currency Code", *key("currency_code")), CURRENCY),
        "period": Field(("Subscription Billing Period", "Billing Period", *key("billing_period")), WORD),
        "unit": Field(("Billing Period Unit", *key("billing_period_unit")), WORD),
        "mrr": Field(MRRS, money),
        "discount": Field(("Recurring Discount MRR",), money),
        "unit_price": Field(PRICES, money),
        "started_at": Field(BEGINNINGS, when),
        "created_at": Field(CREATIONS, when),
        "term_start": Field(TERM_STARTS, when),
        "term_end": Field(("Current Billing Term End Date", "Current Term End", *key("current_term_end")), when),
        "trial_end": Field(("Trial End", "Trial End Date", "Trial Ends On", *key("trial_end")), when),
        "cancelled_at": Field(cancelled, when),
        "asked_at": Field(
            ("Cancel Scheduled On", "Cancel Schedule Created At", *key("cancel_schedule_created_at")), when
        ),
        "paused_at": Field(("Paused On", "Pause Date", *key("pause_date")), when),
        "renews_at": Field(("Next Billing On", "Next Billing At", "Next Billing Date", *key("next_billing_at")), when),
        "reason": Field(
            ("Reason Code", "Cancel Reason", "Cancel Reason Code", *key("cancel_reason_code"), *key("cancel_reason"))
        ),
    }


def _check(raw: Raw) -> None:
    """A report without its price, its beginning or its customer cannot be understood."""
    if raw.name == "":
        return
    wanted = {
        "MRR (or the plan's price)": (*MRRS, *PRICES),
        "Started On (or Created On)": (*BEGINNINGS, *CREATIONS, *TERM_STARTS),
        "Customer ID (or Customer Email)": ("Customer ID", "customer.id", "customer[id]", *key("customer_id"), "Customer Email", "customer.email"),
    }  # fmt: skip
    missing = [name for name, names in wanted.items() if heading(raw, names) is None]
    if missing:
        raise SourceError(
            f"{raw.name} has no column {', '.join(missing)}.",
            "Without it its subscriptions cannot be understood.",
            "Choose that column in Chargebee's report and download it again.",
        )


def _minor(translation: Translation, raw: Raw) -> Kind:
    """Keys of the API count money in hundredths: so it is where an export has such keys and no amount has a decimal point."""
    column = heading(raw, key("mrr")) or heading(raw, PRICES)
    plain = Kind(
        lambda amount: f"money({amount})", "is an amount of money such as 49.00", "Correct the amount and import again."
    )
    if column is None or heading(raw, key("id")) is None:
        return plain
    if translation.ask(
        f"SELECT count(*) FROM {translation.raw(raw)} WHERE regexp_matches({cell(raw, column)}, '[.,]')"
    ) != [(0,)]:
        return plain
    translation.note(
        f"{raw.name} counts money in hundredths, as the API does: amounts were divided by 100 where the currency has "
        "them."
    )
    whole, small = (", ".join(text(currency) for currency in them) for them in (WITHOUT_MINOR, THOUSANDTHS))
    return Kind(
        lambda amount: (
            f"CAST(money({amount}) * CASE WHEN currency(cell_currency) IN ({whole}) THEN 1 "
            f"WHEN currency(cell_currency) IN ({small}) THEN 0.001 ELSE 0.01 END AS DECIMAL(18, 4))"
        ),
        plain.law,
        plain.remedy,
    )


def _subscriptions(translation: Translation, company: Company) -> None:
    """The price is the MRR the row gives, else its plan's price per month less its recurring discount."""
    zone = text(company.time_zone)
    days = {
        "begun": "CASE WHEN status = 'future' THEN least(created_at, started_at) ELSE coalesce(started_at, created_at, term_start) END",
        "trial_until": "trial_end",
        "waiting_since": "coalesce(paused_at, term_start)",
        "ended": "ended_at",
        "renews_on": "CASE WHEN ended_at IS NULL THEN coalesce(renews_at, term_end) END",
    }
    dated = ", ".join(f"local_date({moment}, {zone}) AS {name}" for name, moment in days.items())
    translation.view(
        "listed", f"SELECT *, {_seen()} AS seen FROM (SELECT *, word(told) AS status FROM all_subscriptions)"
    )
    translation.view(
        "ending",
        f"SELECT *, concat_ws(' ', period, unit) AS said, coalesce(status NOT IN {ENDED}, cancelled_at > seen, true) AS "
        "running, CASE "
        f"WHEN status IN {ENDED} THEN cancelled_at WHEN status = 'active' AND cancelled_at <= term_start THEN NULL "
        "WHEN cancelled_at IS NOT NULL THEN cancelled_at WHEN status = 'non_renewing' THEN term_end END AS ended_at "
        "FROM listed",
    )
    translation.view(
        "stood",
        "SELECT * EXCLUDE (quantity, currency), id AS subscription_id, coalesce(email, customer) AS customer_id, "
        f"{dated}, "
        f"if(status IS NULL, if(trial_end > seen, 'trial', 'paid'), {words(STATUSES)}[status]) AS now, coalesce(quantity, 1) AS quantity, "
        f"coalesce(currency, {text(company.currency)}) AS currency, currency IS NULL AS unnamed, "
        "coalesce(mrr, per_month(unit_price, coalesce(quantity, 1), said) - coalesce(discount, 0)) AS price, reason "
        "AS cancel_reason, "
        f"coalesce(if(asked_at < ended_at, asked_at, NULL), CASE WHEN status IN {ENDED} OR status IS NULL AND cancelled_at <= seen THEN cancelled_at END) "
        "AS cancel_requested_at, "
        f"regexp_matches(word(reason), '{UNPAID}') AS involuntary, coalesce(started_at, created_at, term_start) AS "
        "ordered_at FROM ending",
    )
    for (condition, column, value, law), remedy in REFUSED.items():
        translation.refuse(f"stood WHERE {condition}", "subscriptions", column, value, law, remedy)
    refused = " OR ".join(f"coalesce({condition}, false)" for condition, *_ in REFUSED)
    translation.view("sound", f"SELECT * FROM stood WHERE NOT ({refused})")
    add_stretches(translation, "sound")
    translation.view("known", "SELECT NULL::VARCHAR AS customer_id WHERE false")
    translation.buyers("sound", {"email": "email", "name": "person"})
    translation.tell("sound", "id", _notes(company))


def _seen() -> str:
    """The SQL of the last moment the export has surely seen: what it cancels later lies ahead."""
    begun = [
        f"CASE WHEN status <> 'future' OR status IS NULL THEN {moment} END" for moment in ("started_at", "term_start")
    ]
    return f"max(greatest(created_at, {', '.join(begun)})) OVER ()"


REFUSED = {
    (
        "now IS NULL",
        "Status",
        "told",
        f"is one of {', '.join(STATUSES)}",
    ): "Export with the site's language set to English.",
    (
        "customer_id IS NULL",
        "Customer ID",
        "customer",
        "a subscription belongs to somebody",
    ): "Fill in the customer's id or e-mail.",
    ("price IS NULL", "MRR", "mrr", "must be given, or the plan's price with its billing period"): "Fill in the MRR.",
    ("begun IS NULL", "Started On", "started_at", "must be given"): "Fill in the day the subscription began.",
    (
        f"status IN {ENDED} AND ended IS NULL",
        "Canceled On",
        "cancelled_at",
        "a cancelled subscription has its day",
    ): "Fill in the day.",
}
"""When a subscription is refused (condition, heading, value, law), and what to do."""


def _notes(company: Company) -> dict[str, str]:
    """What must be known of the subscriptions: condition -> sentence."""
    return {
        "ended IS NOT NULL AND running": "Subscriptions running and already set to end: {n}. They count until the day they end.",
        "status = 'active' AND cancelled_at <= term_start": "Subscriptions active again after a cancellation: {n}. "
        "The export knows no gap, so they count as never interrupted.",
        "status = 'future'": "Subscriptions not yet begun: {n}. They are kept with no days and no money; import again when they have.",
        "unnamed": f"Subscriptions that name no currency: {{n}}. {company.currency} was assumed.",
        "email IS NULL": "Subscriptions whose customer is known only by Chargebee's id: {n}. Export with the customer's e-mail "
        "to know them under the same key as other sources do.",
        "started_at IS NULL AND created_at IS NULL": "Subscriptions of which only the current term is known: {n}. "
        "They begin with it here; choose the column Started On to know since when they run.",
    }
