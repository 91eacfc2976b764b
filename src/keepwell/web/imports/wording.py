"""How is it said to a person? Tables, columns, words and hints of the doors, in the words of a browser instead of those of a file."""

import re
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

TABLES: dict[str, Any] = {
    "customers": _("Customers"), "orders": _("Orders"), "order_lines": _("Lines of orders"), "refunds": _("Money given back"),
    "subscriptions": _("Subscriptions and contracts"), "events": _("Uses and other events"), "touches": _("Contacts"),
    "answers": _("Answers to surveys"), "tickets": _("Questions to support (tickets)"), "costs": _("Costs"), "deals": _("Deals"), "merges": _("Customers that are one"),
    "assignments": _("Groups of an experiment"),
}  # fmt: skip
"""Canonical table -> what people call it."""

FIELDS: dict[str, Any] = {
    "trait": _("Something else we know of them"), "customer_id": _("Customer number"), "email": _("E-mail address"), "name": _("Name"),
    "first_name": _("First name"), "last_name": _("Last name"), "phone": _("Telephone"), "country": _("Country"),
    "account_id": _("Account they belong to"), "kind": _("Kind"), "customers.kind": _("Person or company"), "acquired_at": _("Customer since"),
    "source": _("Where they came from"), "language": _("Language"), "time_zone": _("Time zone"), "birthday": _("Day of birth"),
    "owner": _("Who looks after them"), "traits": _("What else we know of them"), "properties": _("What else is told"),
    "order_id": _("Order number"), "ordered_at": _("Day of the order"), "clock": _("Time of day"), "clock_zone": _("Time zone of the time"),
    "currency": _("Currency"), "gross": _("Amount, tax included"), "net": _("Amount after money given back"), "discount": _("Discount"),
    "tax": _("Tax"), "shipping": _("Shipping"), "refunded": _("Given back"), "status": _("State of the order"), "delivered_at": _("Day of delivery"),
    "channel": _("Channel or shop"), "product_id": _("Product number"), "product_name": _("Product"), "category": _("Category"),
    "quantity": _("Quantity"), "unit_price": _("Price of one"), "amount": _("Amount"), "orders.amount": _("Amount of the line"),
    "order_lines.amount": _("Amount of the line"), "line_no": _("Number of the line"), "returned": _("Came back"),
    "subscription_id": _("Contract number"), "plan": _("Plan"), "starts_on": _("Begins on"), "ends_on": _("Ends on"),
    "ends_ahead": _("Cancelled to the day"), "state": _("State of the contract"), "mrr": _("Price of a month"),
    "list_mrr": _("Price of a month before discount"), "price": _("Price of an interval"), "interval": _("Interval of payment"),
    "cancel_requested_at": _("Cancelled on"), "cancel_reason": _("Why it was cancelled"), "renews_on": _("Renews on"),
    "event_id": _("Number of the event"), "happened_at": _("When it happened"), "events.name": _("What happened"), "value": _("Value"),
    "touch_id": _("Number of the contact"), "contact_id": _("Person spoken to"), "touched_at": _("When we spoke"), "direction": _("Who spoke to whom"),
    "team": _("Team"), "by": _("Who of us"), "reason": _("Reason"), "subject": _("Subject"), "human": _("By a person"),
    "answer_id": _("Number of the answer"), "answered_at": _("Answered on"), "asked_at": _("Asked on"), "touchpoint": _("Survey or occasion"),
    "question": _("Question"), "score": _("Score"), "text": _("What they wrote"), "code": _("Code of the reason"), "cost_id": _("Number of the cost"),
    "month": _("Month"), "purpose": _("What it was spent on"), "deal_id": _("Number of the deal"), "deals.name": _("Deal"),
    "opened_at": _("Opened on"), "closed_at": _("Closed on"), "outcome": _("How it ended"), "from_customer_id": _("Customer number that goes"),
    "into_customer_id": _("Customer number that stays"), "merged_at": _("Made one on"), "experiment": _("Experiment"), "unit": _("Customer, or who was drawn"),
    "arm": _("Group"), "assigned_at": _("Put into the group on"), "version": _("Version"), "salt": _("Salt of the draw"), "bucket": _("Bucket of the draw"),
    "propensity": _("Chance of the group"), "eligible_reason": _("Why they could be drawn"), "triggered_at": _("Occasion on"),
    "model_version": _("Version of the model"), "planned_cost": _("Planned cost of a contact"), "refund_id": _("Number of the refund"),
    "refunded_at": _("Given back on"), "ticket_id": _("Number of the ticket"), "tickets.closed_at": _("Solved on"),
    "ticket_status": _("State of the ticket"), "tickets.score": _("What they gave for the help"),
}  # fmt: skip
"""Canonical column, or table and column where one word does not do -> what people call it."""

WORDS: dict[str, Any] = {
    "paid": _("paid"), "pending": _("open, not paid yet"), "failed": _("failed"), "cancelled": _("cancelled"), "refunded": _("given back"),
    "partly_refunded": _("partly given back"), "ended": _("ended"), "trial": _("trial"), "free": _("free of charge"), "paused": _("paused"),
    "past_due": _("payment overdue"), "day": _("daily"), "week": _("weekly"), "month": _("monthly"), "quarter": _("quarterly"), "year": _("yearly"),
    "acquire": _("winning customers"), "retain": _("keeping customers"), "serve": _("serving customers"), "goods": _("goods"), "won": _("won"),
    "lost": _("lost"), "solved": _("solved"), "open": _("still open"), "out": _("from us"), "in": _("from them"), "person": _("a person"), "account": _("a company"),
}  # fmt: skip
"""Canonical word of state -> what people say."""


def field(table: str, name: str) -> str:
    """What people call a column of a table; its own name where nobody has another."""
    return str(FIELDS.get(f"{table}.{name}") or FIELDS.get(name) or name.replace("_", " "))


def word(name: str) -> str:
    """What people say for a canonical word of state."""
    return str(WORDS.get(name, name))


def _hints() -> list[tuple[str, str]]:
    wrong = gettext("The columns themselves are wrong")
    mean = gettext("Say what its columns mean")
    form = gettext("under “%(mean)s”, at “%(wrong)s”") % {"mean": mean, "wrong": wrong}
    said = gettext("under “%(mean)s”") % {"mean": mean}
    return [
        (r"Say --encoding if they are wrong\.", gettext("If they are wrong, say the encoding %(where)s.") % {"where": form}),
        (r"(or say(?: which it is)?): ?--encoding NAME", gettext("or say which encoding it is %(where)s") % {"where": form}),
        (r"or say --encoding (\w+)", gettext("or say its encoding %(where)s") % {"where": form}),
        (r"or import it with --columns \S+( --delimiter blanks \([^)]*\))?\.?", gettext("or give them %(where)s.") % {"where": form}),
        (r"Say date_order if it is not so\.", gettext("If it is not so, say it at “Days” %(where)s.") % {"where": said}),
        (r"Say which (\w+) it is, under words\.\w+ of the column mapping\.", gettext("Say what the word means %(where)s.") % {"where": said}),
        (r"Say for each under words\.\w+ which of .* it is\.", gettext("Say what each means %(where)s.") % {"where": said}),
        (r'Say rows = "lines" if rows are parts of an order\.', gettext("If rows are parts of an order, say so at “A row is” %(where)s.") % {"where": said}),
        (r"Say traits = \[\.\.\.\] for others\.", gettext("Others are chosen %(where)s.") % {"where": said}),
        (r"Say which column is which with a column mapping", gettext("Say which column is which %(where)s") % {"where": said}),
        (r"Give a column mapping that says the rest\.", gettext("Say the rest %(where)s.") % {"where": said}),
        (r"Name its files: keepwell import .*", gettext("Bring its files one by one.")),
        (r"Add --query TABLE, or a SELECT\.", gettext("Say the table, or a SELECT, where the database is described.")),
        (r"Leave --as out, or choose another export\.", gettext("Choose another export, or leave it to be found, %(where)s.") % {"where": form}),
        (r"(?:Say|say) (the rest in a file|what the columns mean): keepwell import … --mapping FILE \([^)]*\)\.", gettext("Say it %(where)s.") % {"where": said}),
    ]  # fmt: skip


def plainly(sentence: str) -> str:
    """A sentence of a door, with where to do on the page what it would have typed in a terminal."""
    for told, here in _hints():
        sentence = re.sub(told, lambda _found, here=here: here, sentence)  # type: ignore[misc]
    return re.sub(r"\s*\(docs/how-to/import\.md\)", "", sentence)
