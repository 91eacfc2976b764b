"""Who needs a look, and what could be offered to whom? The steps of the round that end in lists of customers."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import ibis

from keepwell.errors import ModelError
from keepwell.measure.spells import spells
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.schema import TABLES, strays
from keepwell.tongue import gettext_noop
from keepwell.understand import features, health, offers
from keepwell.understand.freshness import freshness, told_on
from keepwell.understand.watchlists import WATCHLISTS, Watchlist

_JUDGED_DAYS = 180
"""Days over which offers made in the past are judged."""

_BACK, _LOT = 360, 50_000
"""Health is judged on so many customers at most, drawn by a digest of their ids among those kept in so many days."""

_OFFERS = {
    "customer_id": "string", "place": "int64", "product_id": "string", "because": "string",
    "both": "int64", "customers": "int64", "lift": "float64", "had": "boolean",
}  # fmt: skip


def _watched(watched: Watchlist, morning: Morning) -> Made:
    if missing := watched.missing(morning.facts, morning.brought):
        return nothing({"customer_id": "string"}, missing)
    rows = watched.rows(morning.facts)
    return Made(rows, {"told": [f"{watched.question} {watched.rule}"]})


def _offered(morning: Morning) -> Made:
    """Offers by what is bought together where that was better than popularity on the company's own past; popular things otherwise."""
    facts = morning.facts
    if "order_lines" not in facts.tables or morning.run(facts.read("order_lines").limit(1)).empty:
        return nothing(_OFFERS, "Not enough data: no order tells what was bought.")
    learned = facts.as_of - timedelta(days=_JUDGED_DAYS)
    for known in (facts, facts.on(learned)):
        morning.share(offers.owned, known)
    try:
        verdict = offers.verdict(morning.run(offers.hits(facts, learned=learned, days=_JUDGED_DAYS)))
    except ModelError as fault:
        return nothing(_OFFERS, str(fault))
    if verdict.choice is None:
        return nothing(_OFFERS, str(verdict))
    table = offers.offers(facts) if verdict.choice == "together" else offers.popular(facts)
    had = offers.owned(facts).select("customer_id", "product_id", had=True)
    table = table.left_join(had, ["customer_id", "product_id"]).drop("customer_id_right", "product_id_right")
    table = table.mutate(had=table.had.fill_null(False))
    unknown = {name: ibis.null(type) for name, type in _OFFERS.items() if name not in table.columns}
    told = table.mutate(**unknown).select(*_OFFERS)
    return Made(told, {"told": [str(verdict)], "list": verdict.choice})


def _health(morning: Morning) -> Made:
    """Actionable health by visible parts, and how its version would have done on the company's own past."""
    facts = morning.facts
    silent = health.stale(freshness(morning.run(told_on(facts)), facts))
    told = [*(f"{health.PARTS[part].name}: {why}" for part, why in silent.items()), *_remarks(morning)]
    try:
        lot = morning.workspace.lake.aside(features.drawn(facts, days=1, mornings=_BACK, most=_LOT))
        counted = morning.run(health.looked_back(replace(facts, only=lot), health.FIRST))
        told += health.HealthTest.of(counted, health.FIRST).sentences()
    except ModelError as fault:
        told.append(str(fault))
    told += health.FIRST.sentences()
    morning.share(spells)
    morning.share(features.this_morning)
    return Made(
        health.health(facts, stale=tuple(silent)),
        {"told": told, "weights": dict(health.FIRST.weights), "stale": silent},
    )


def _remarks(morning: Morning) -> list[str]:
    """What is said otherwise than the language's conventions want, and so not understood."""
    tables = [table for name, table in TABLES.items() if table.conventions and name in morning.facts.tables]
    found = [morning.run(strays(morning.facts.read(table.name), table)).assign(table=table.name) for table in tables]
    return [
        f"{row['rows']:,} of {row['table']} are not understood: {row['says']}. {row['remedy']}"
        for part in found
        for row in part.to_dict("records")
    ]


_ALL = ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers")

WATCHED: tuple[Step, ...] = tuple(
    Step(each.id, each.question[0].lower() + each.question[1:-1], partial(_watched, each), _ALL, version=4)
    for each in WATCHLISTS.values()
)
HEALTH = Step("health", gettext_noop("how healthy each customer is, by what can be changed"), _health, _ALL, version=6)
OFFERS = Step("offers", gettext_noop("what to offer next"), _offered, (*_ALL, "order_lines"), version=3)
