"""Why do customers leave, which way do they go, and who is ideal? The steps of the round that end in findings about all of them."""

from datetime import timedelta
from typing import Any

import ibis
import pandas as pd

from keepwell.measure.spells import active_by, spells, window_days
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.tongue import gettext_noop
from keepwell.understand import ideal_customer, journeys, leaving, segments

_DAYS_BACK = 365
"""Days of the past over which reasons for leaving are told: as many as the register of losses tells."""

_HALF_A_YEAR = 180

_WHY = ("reason_1", "reason_2", "reason_3")

_LATER = 90
"""Days after which it is looked at who is still there, or moved."""

_ALL = ("customers", "orders", "refunds", "subscriptions", "events", "touches", "answers", "order_lines")


def _leaving(morning: Morning) -> Made:
    """Each lost customer's reason, and the reasons of the last year."""
    morning.share(spells)
    lost = morning.workspace.lake.aside(leaving.losses(morning.facts))
    periods = morning.workspace.periods("day", start=morning.as_of - timedelta(days=_DAYS_BACK), end=morning.as_of)
    told = leaving.reasons(morning.run(leaving.counted(lost, periods)), periods)
    on = (ibis.date(1970, 1, 1) + lost.left_day.as_interval("D")).cast("date")
    table = lost.mutate(left_on=on, reason_overdue=leaving.overdue(morning.facts, lost))
    recent = table.filter(table.left_day >= morning.facts.today - _DAYS_BACK)
    due = int(morning.run(recent.agg(n=recent.reason_overdue.sum().fill_null(0)))["n"].iloc[0])
    words = [*_since(morning, leaving.sentences(told)), *[_overdue(due)][: int(due > 0)]]
    return Made(
        table.drop("left_day").relocate("left_on", after="customer_id"), {"told": words, "reasons": _plain(told)}
    )


def _overdue(due: int) -> str:
    """How many reasons are due."""
    return f"Of {due:,} of them lost {leaving.OVERDUE} days ago or more nobody has told a reason yet: ask them, or whoever knew them."


def _since(morning: Morning, sentences: list[str]) -> list[str]:
    """The sentences, the first of which says of which days they tell."""
    span = (
        f"Of customers lost from {morning.as_of - timedelta(days=_DAYS_BACK)} to {morning.as_of - timedelta(days=1)}:"
    )
    return [f"{span} {sentences[0]}", *sentences[1:]]


def _journeys(morning: Morning) -> Made:
    """The commonest ways, where customers stop and wait, and what leavers met more often."""
    facts = morning.facts
    morning.share(spells)
    morning.share(journeys.steps, length=journeys.LENGTH)
    ways = morning.run(journeys.paths(facts))
    since = facts.as_of - timedelta(days=_LATER)
    friction = journeys.ranked(morning.run(journeys.friction(facts, since=since)))
    about = {
        "told": journeys.sentences(friction),
        "friction": _plain(friction),
        "drops": _plain(journeys.drops(morning.run(journeys.flows(facts)))),
        "waits": _plain(journeys.waited(morning.run(journeys.waits(facts)))),
        "sources": _plain(morning.run(journeys.sources(facts))),
    }
    return Made(ibis.memtable(ways), about)


def _ideal(morning: Morning) -> Made:
    """Who stays notably long and buys several things, what they share, whether that holds, and how leads score by it."""
    facts, ideal = morning.facts, ideal_customer.Ideal()
    morning.share(spells)
    morning.share(ideal_customer.cells, ideal=ideal, names=ideal_customer.TRAITS)
    found = ideal_customer.traits(morning.run(ideal_customer.counted(facts, ideal)), ideal)
    offered = found[found["offered"]]
    if offered.empty:
        return nothing(
            {"customer_id": "string", "points": "int64", "reasons": "int64", **dict.fromkeys(_WHY, "string")},
            "No trait is certain to go with staying long and buying several things.",
        )
    weighed = ideal_customer.weights(found, ideal)
    about = {
        "told": [*_proof(morning, ideal), *(ideal_customer.sentence(row) for _place, row in offered.iterrows())],
        "traits": _plain(found),
        "weights": _plain(weighed),
    }
    return Made(ideal_customer.scored(facts, ideal_customer.leads(facts), weighed), about)


def _proof(morning: Morning, ideal: ideal_customer.Ideal) -> list[str]:
    """Whether the score, learned from what was known in the past, held for who came after."""
    # A purchase keeps everybody for a window: whoever is looked at must have had time to leave.
    window = 0 if active_by(morning.facts) == "subscription" else window_days(morning.facts)
    days = max(_HALF_A_YEAR, window + _LATER)
    learned = morning.as_of - timedelta(days=2 * days)
    if (learned - morning.first).days < _HALF_A_YEAR:
        return [f"Whether the score holds cannot be told yet: that takes {2 * days + _HALF_A_YEAR} days of history."]
    early = morning.facts.on(learned)
    morning.share(ideal_customer.cells, early, ideal=ideal, names=ideal_customer.TRAITS)
    found = ideal_customer.traits(morning.run(ideal_customer.counted(early, ideal)), ideal)
    weighed = ideal_customer.weights(found, ideal)
    if weighed.empty:
        return [f"Whether the score holds cannot be told: on {learned} no trait was certain."]
    outcomes = morning.run(ideal_customer.outcomes(morning.facts, learned, weighed, days=days))
    return [str(ideal_customer.proof(outcomes, days=days))]


def _moves(morning: Morning) -> Made:
    """Who moved between segments in the last ninety days."""
    before = segments.segments(morning.workspace.facts(as_of=morning.as_of - timedelta(days=_LATER)))
    moved = segments.moves(before, morning.table("segments"))
    cells = morning.run(segments.matrix(moved))
    return Made(moved, {"told": segments.sentences(cells), "matrix": _plain(cells)})


def _plain(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON can hold them; what is not defined is null."""
    return [{str(name): _item(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _item(value: Any) -> object:
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value


LEAVING = Step("leaving", gettext_noop("why customers leave"), _leaving, _ALL, version=4)
JOURNEYS = Step("journeys", gettext_noop("which way customers go, and where they stop"), _journeys, _ALL)
IDEAL = Step("ideal_customer", gettext_noop("who the ideal customer is"), _ideal, _ALL, version=2)
MOVES = Step(
    "moves", gettext_noop("who moved between segments"), _moves, ("orders", "refunds", "customers"), after=("segments",)
)
