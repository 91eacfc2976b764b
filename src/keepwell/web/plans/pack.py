"""What is known of a customer before a quarterly review? Goals, use, value, issues, what we owe, what is new."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from django.utils import timezone

from keepwell.act.meetings import trend
from keepwell.act.renewals import coming
from keepwell.measure.facts import Facts
from keepwell.rounds.customer import products
from keepwell.rounds.reading import newest
from keepwell.understand.offers import open_issues
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import Action
from keepwell.web.promises.models import PROMISED, Promise
from keepwell.workspace import Workspace

QUARTER = 91
"""Days that are told, beside as many before them."""

_PROMISES = 20
"""The newest promises, on a sheet that is printed."""

Quarters = tuple[float, float | None]
"""The last quarter, and the one before; None where nothing of the customer reaches back so far."""


@dataclass(frozen=True)
class Pack:
    """
    One customer, as known on one morning.

    Args:
        morning: Which.
        currency: Of the books.
        portrait: Of the round.
        used: Use and orders of the last quarter beside those of the one before: name -> (now, before); None where nothing is told of such.
        issues: What waits to be put right: (issue, days).
        renewals: Contracts that renew within half a year.
        said: What they said of us, the newest first: (day, words).
        offers: What may be new for them: (product, because), by their names where those are known.
        again: What they have had and may need again, by name.
    """

    morning: date
    currency: str
    portrait: dict[str, Any]
    used: dict[str, Quarters | None] = field(default_factory=dict)
    issues: list[tuple[str, int]] = field(default_factory=list)
    renewals: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[date, str]] = field(default_factory=list)
    offers: list[tuple[str, str]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)


def pack(opened: Workspace, customer_id: str) -> Pack:
    """
    What the data tell of a customer.

    Raises:
        ModelError: No round was taken.
    """
    morning = newest(opened)
    facts, kept = opened.facts(as_of=morning), opened.lake.kept(morning)

    def rows(table: ir.Table, *order: Any) -> list[dict[str, Any]]:
        found = table.filter(table.customer_id == customer_id)
        return opened.run(found.order_by(*order) if order else found).to_dict("records")  # type: ignore[return-value]

    portrait = rows(opened.lake.result(kept["portraits"]))
    answers = facts.read("answers")
    said = answers.filter(answers.text.notnull() & answers.answered_at.notnull()).select(
        "customer_id", "answered_at", "text"
    )
    offers = rows(opened.lake.result(kept["offers"]), "place") if "offers" in kept else []
    names = products(opened) if offers else {}
    return Pack(
        morning,
        opened.settings.currency,
        portrait[0] if portrait else {},
        _used(opened, facts, customer_id),
        [(row["issue"], facts.today - int(row["since_day"])) for row in rows(open_issues(facts), "since_day")],
        rows(coming(facts), "renews_on"),
        [(row["answered_at"].date(), row["text"]) for row in reversed(rows(said, "answered_at"))][:5],
        [
            (names.get(row["product_id"], row["product_id"]), names.get(row["because"], row["because"]))
            for row in offers
            if not row.get("had")
        ][:_OFFERED],
        [names.get(row["product_id"], row["product_id"]) for row in offers if row.get("had")][:_OFFERED],
    )


_OFFERED = 5
"""Things to offer on the sheet, of each sort."""


def _used(opened: Workspace, facts: Facts, customer_id: str) -> dict[str, Quarters | None]:
    told: dict[str, Quarters | None] = {"uses": None, "orders": None, "spent": None}
    # Where nobody ever told of a use, that there were none is not known.
    if "events" in facts.tables and opened.asked(("any use",), lambda: facts.uses.select("customer_id").limit(1)):
        told["uses"], _nothing = _quarters(opened, facts, facts.uses.filter(facts.uses.customer_id == customer_id), 0.0)
    if "orders" in facts.tables:
        own = facts.sales.filter(facts.sales.customer_id == customer_id)
        told["orders"], told["spent"] = _quarters(opened, facts, own, own.net.cast("float64"))
    return told


def _quarters(
    opened: Workspace, facts: Facts, table: ir.Table, amount: ir.NumericValue | float
) -> tuple[Quarters, Quarters]:
    """How many rows, and what they come to, in the last quarter and in the one before."""
    place = ibis.cases((table.day >= facts.today - QUARTER, 1), (table.day >= facts.today - 2 * QUARTER, 0), else_=-1)
    told = table.select(place=place, amount=ibis.literal(amount) if isinstance(amount, float) else amount)
    found = opened.run(told.group_by("place").agg(n=told.count(), amount=told.amount.sum()))
    rows = {int(row["place"]): (float(row["n"]), float(row["amount"])) for row in found.to_dict("records")}
    (n, spent), (n_before, spent_before) = (rows.get(place, (0.0, 0.0)) for place in (1, 0))
    if not {0, -1} & rows.keys():
        return (n, None), (spent, None)
    return (n, n_before), (spent, spent_before)


def desk(customer_id: str) -> dict[str, Any]:
    """What was kept here: meetings and their feeling, what is to be done among ourselves, and what was promised: neither what waits for approval nor what got none."""
    felt = list(
        Meeting.objects.filter(customer_id=customer_id, sentiment__isnull=False, called_off=False).order_by("starts_at")
    )
    given = Promise.objects.filter(customer_id=customer_id, state__in=PROMISED)
    actions = Action.objects.filter(customer_id=customer_id).select_related("owner").order_by("due")
    return {
        "felt": felt[-5:],
        "trend": trend([each.sentiment for each in felt if each.sentiment]),
        "open": [each for each in actions if each.state == Action.State.OPEN],
        "done": [each for each in actions if each.state == Action.State.DONE][-10:],
        "promises": list(given.order_by("-created_at", "pk")[:_PROMISES]),
        "given_before": given.count(),
        "on": timezone.localdate(),
    }
