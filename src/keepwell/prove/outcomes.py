"""What became of each unit after it was assigned? Outcomes per unit, as assigned, from dated facts; nothing from the morning of the look on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.errors import ProofError
from keepwell.measure.accounts import by_account
from keepwell.measure.buyers import own_money
from keepwell.measure.facts import Facts
from keepwell.measure.spells import active_by, spells
from keepwell.prove.exposures import first_only, switched
from keepwell.prove.moments import as_assigned

GONE_WORDS = ("unsubscribe", "unsubscribed", "opt_out", "opted_out", "optout")
ANGRY_WORDS = ("complaint", "complained", "spam", "spam_report", "marked_as_spam")
"""Kinds or names of events, and subjects or reasons of what customers write to us, that say so; in small letters, _ for a space or a hyphen."""


@dataclass(frozen=True)
class Watched:
    """
    One version of an experiment as known on the morning of its facts. Made by watch().

    Args:
        facts: The tables; where accounts are drawn, with every account as one customer.
        units: One row per unit: unit, arm, at (the moment its time begins), day (the company's day of it), score (it was chosen by).
            Whoever has it computed puts the computed table here.
    """

    facts: Facts
    units: ir.Table


def watch(
    facts: Facts,
    experiment: str,
    version: int = 1,
    *,
    unit: Literal["customer", "account"] = "customer",
    exposures: ir.Table | None = None,
) -> Watched:
    """
    The units of an experiment, each with its first assignment.

    Merged customers are one, excluded ones take no part; a unit that stands in two arms is in neither, see log() and
    exposures.switched(). Where exposures are logged, time begins with the first of them, and who was not exposed is left
    out of every arm alike; that is fair only where those held out have theirs logged too: see exposed() and refuse_unlogged().

    Args:
        facts: The tables as known on the morning of the look; customers, not accounts, also where accounts are drawn.
        experiment: Its id.
        version: Of the experiment.
        unit: What was drawn.
        exposures: Columns unit, at (UTC), with the held out among them; None: time begins with the assignment.
    """
    facts = by_account(facts) if unit == "account" else facts
    rows = log(facts, experiment, version)
    first = first_only(rows).anti_join(switched(rows), "unit")
    units = first.select("unit", "arm", "score", at=first.assigned_at)
    if exposures is not None:
        units = _from_exposure(facts, units, exposures)
    return Watched(facts, units.select("unit", "arm", "at", "score", day=facts.day(units.at)))


def log(facts: Facts, experiment: str, version: int = 1) -> ir.Table:
    """
    The rows of canonical assignments of one version before as_of, merged customers under the id that stays.

    Args:
        facts: The tables.
        experiment: Its id.
        version: Of the experiment; rows that tell none are of the first.
    """
    known = _named(facts, facts.read("assignments"))
    known = known.mutate(version=known.version.fill_null(1))
    return known.filter(
        (known.experiment == experiment) & (known.version == version) & _before(facts, known.assigned_at)
    )


def _named(facts: Facts, table: ir.Table) -> ir.Table:
    """A table of units under the names the facts know customers by, without the excluded ones."""
    renamed = replace(facts, tables={**facts.tables, "units": table.rename(customer_id="unit")})
    return renamed.read("units").rename(unit="customer_id")


def _before(facts: Facts, instant: ir.TimestampValue) -> ir.BooleanValue:
    return instant < ibis.timestamp(f"{facts.morning:%Y-%m-%d %H:%M:%S}", timezone="UTC")


def _from_exposure(facts: Facts, units: ir.Table, exposures: ir.Table) -> ir.Table:
    seen = _named(facts, exposures.select("unit", "at"))
    seen = seen.filter(_before(facts, seen.at)).group_by("unit").agg(seen_at=_.at.min())
    joined = units.inner_join(seen, "unit")
    return joined.select("unit", "arm", "score", at=ibis.greatest(joined.at, joined.seen_at))


def exposed(assigned: Watched, shown: Watched) -> ir.Table:
    """
    How many of each arm were assigned, and how many of them exposed.

    Args:
        assigned: watch() without exposures.
        shown: watch() with them.

    Returns:
        Columns arm, assigned, exposed.
    """
    marked = assigned.units.left_join(shown.units.select("unit", seen=ibis.literal(1)), "unit")
    return marked.group_by("arm").agg(assigned=marked.count(), exposed=marked.seen.fill_null(0).sum()).order_by("arm")


def refuse_unlogged(frame: pd.DataFrame) -> None:
    """
    Refuse exposures that are logged for some arms only: their first exposure would be compared with nobody's.

    Args:
        frame: What exposed() counted.

    Raises:
        ProofError: An arm has units, and none of them an exposure, while another arm has.
    """
    silent = sorted(frame.loc[frame["exposed"] == 0, "arm"])
    if silent and len(silent) < len(frame):
        raise ProofError(
            f"No exposure of {' or '.join(silent)} was logged, of other arms there are.",
            "Those held out are logged at the moment they would have been treated, by the same rule (ghost exposure).",
            "Log them too, or let time begin with the assignment.",
        )


def standing(watched: Watched, days: int) -> ir.Table:
    """
    How many units each arm has, and how many of them a figure may rest on.

    Where the shares of kept differ between arms more than chance allows (samples.check), the play changed who counts as a customer.

    Args:
        watched: From watch().
        days: The horizon.

    Returns:
        Columns arm, assigned, kept (customers when assigned), matured (assigned long enough ago for the horizon to be known).
    """
    kept = stays(watched).select("unit", kept=ibis.literal(1))
    told = watched.units.left_join(kept, "unit")
    ripe = (told.day + days < watched.facts.today).cast("int64")
    return (
        told.group_by("arm")
        .agg(assigned=told.count(), kept=told.kept.fill_null(0).sum(), matured=ripe.sum())
        .order_by("arm")
    )


def stays(watched: Watched) -> ir.Table:
    """
    For how many days each customer was kept from the day of assignment on: the units of endpoint_survival.risk_table().

    A customer when assigned is who was kept the day before, or came for the first time on that day before the moment (a stretch of
    service begins with its day). Who was none is not among the rows: standing() says how many. A return does not undo an ending.

    Args:
        watched: From watch().

    Returns:
        Columns unit, arm, entered_day, duration (days from the day of assignment to the first day not kept; of those still
        kept, days that are known), ended (0/1). Units may be assigned on different days.
    """
    facts, units = watched.facts, watched.units
    kept = spells(facts).select(kept_by="customer_id", start_day="start_day", end_day="end_day")
    joined = units.inner_join(kept, [("unit", "kept_by")])
    lasting = joined.end_day.isnull() | (joined.end_day >= joined.day)
    joined = joined.filter(lasting & (joined.start_day <= joined.day))
    came = joined.filter(joined.start_day == joined.day).semi_join(_arrivals(watched), "unit")
    joined = joined.filter(joined.start_day < joined.day).union(came)
    return joined.select(
        "unit",
        "arm",
        entered_day=joined.day,
        duration=(joined.end_day.fill_null(facts.today - 1) - joined.day).cast("int32"),
        ended=ibis.ifelse(joined.end_day.isnull(), 0, 1).cast("int32"),
    )


def _arrivals(watched: Watched) -> ir.Table:
    """Units that came for the first time on the day of their assignment, before the moment of it: column unit."""
    facts, units = watched.facts, watched.units
    first = spells(facts).group_by("customer_id").agg(start_day=_.start_day.min())
    came = units.inner_join(first, [("unit", "customer_id"), ("day", "start_day")]).select("unit", "day", "at")
    kept_by, sources = active_by(facts), []
    if kept_by in ("subscription", "any"):
        begins = facts.stretches.select(unit="customer_id", day="start_day")
        sources.append(came.semi_join(begins, ["unit", "day"]).select("unit"))
    for kind, table, moment in (("purchase", facts.purchases, "ordered_at"), ("usage", facts.uses, "happened_at")):
        if kept_by in (kind, "any"):
            did = came.inner_join(table.select(unit="customer_id", day="day", did=moment), ["unit", "day"])
            sources.append(did.filter(did.did <= did.at).select("unit"))
    return (ibis.union(*sources) if len(sources) > 1 else sources[0]).distinct()


KEPT = ("retained", "churned")
SUMS = ("spend", "orders", "refunds", "discounts")
HAPPENED = ("bought", "refund", "unsubscribe", "complaint")
NAMES = (*KEPT, *SUMS, *HAPPENED)
"""Outcomes at a horizon: yes or no (1, 0), and sums: money in the company's currency, orders in number."""


def at_horizon(watched: Watched, days: int, names: Sequence[str] = NAMES) -> ir.Table:
    """
    What each unit did within so many days of its day of assignment; only units of whom all those days are known.

    Counted is what happened from the moment of assignment to the end of the day that many days later. Who did nothing has 0.
    retained: kept on that last day, whoever came back among them. churned: a customer when assigned whose stay ended by then.
    Money in currencies without a rate is left out of spend, refunds and discounts.

    Args:
        watched: From watch().
        days: The horizon, 0 or more.
        names: Which of NAMES.

    Returns:
        Columns unit, arm, day, score and *names* (float64), ready for moments.moments_table().

    Raises:
        ProofError: An outcome that is not known, or days below 0.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown or days < 0:
        raise ProofError(
            f"An experiment cannot be looked at for {', '.join(unknown) or f'{days} days'}.",
            f"Outcomes are {', '.join(NAMES)}, within 0 days or more.",
            "Choose among them.",
        )
    units = watched.units.filter(watched.units.day + days < watched.facts.today)
    ripe = replace(watched, units=units)
    sources = list(dict.fromkeys(_SOURCE.get(name, name) for name in names if name not in KEPT))
    told = units
    if sources:
        since = happenings(watched.facts, sources)
        joined = since.inner_join(units.select("unit", "day", "at"), "unit", rname="unit_{name}")
        within = joined.filter((joined.at >= joined.unit_at) & (joined.day <= joined.unit_day + days))
        told = as_assigned(units, within, sources)
    for name in names:
        if name in HAPPENED:
            source = told[_SOURCE.get(name, name)]
            told = told.mutate(**{name: ibis.ifelse(source > 0, 1.0, 0.0)})
        elif name in KEPT:
            told = _marked(told, _KEPT[name](ripe, days), name)
    return told.select("unit", "arm", "day", "score", *names)


def _marked(units: ir.Table, marked: ir.Table, name: str) -> ir.Table:
    """The units with 1 for those among *marked* (column unit), 0 for the others."""
    marks = marked.select(marked_unit=marked.unit).distinct()
    joined = units.left_join(marks, [("unit", "marked_unit")])
    return joined.mutate(**{name: ibis.ifelse(joined.marked_unit.isnull(), 0.0, 1.0)}).drop("marked_unit")


def _retained(ripe: Watched, days: int) -> ir.Table:
    kept = spells(ripe.facts).select(kept_by="customer_id", start_day="start_day", end_day="end_day")
    joined = ripe.units.inner_join(kept, [("unit", "kept_by")])
    last = joined.day + days
    return joined.filter((joined.start_day <= last) & (joined.end_day.isnull() | (joined.end_day > last)))


def _churned(ripe: Watched, days: int) -> ir.Table:
    stayed = stays(ripe)
    return stayed.filter((stayed.ended == 1) & (stayed.duration <= days))


_KEPT: Mapping[str, Callable[[Watched, int], ir.Table]] = {"retained": _retained, "churned": _churned}


def happenings(facts: Facts, names: Sequence[str]) -> ir.Table:
    """
    Everything of some kinds that known customers did before as_of.

    Args:
        facts: The tables.
        names: spend, orders, discounts, refunds (money), refund, unsubscribe, complaint (how often).

    Returns:
        Columns unit, at, day and *names* (float64): a row for each thing that happened, 0 in what it is not.
    """
    parts = []
    for name in names:
        part = _HAPPENINGS[name](facts)
        part = part.filter(part.unit.notnull())
        columns = {other: part.value if other == name else ibis.literal(0.0) for other in names}
        parts.append(
            part.select("unit", "at", "day", **{name: value.cast("float64") for name, value in columns.items()})
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _money(table: ir.Table, amount: str, instant: str, facts: Facts) -> ir.Table:
    told = own_money(table, amount, facts)
    value = ibis.ifelse(told.home, told.money.cast("float64"), 0.0).fill_null(0.0)
    return told.select(unit=told.customer_id, at=told[instant], day=told.day, value=value)


def _orders(facts: Facts) -> ir.Table:
    bought = facts.purchases.select("customer_id", "order_id", "ordered_at", "day")
    value: ir.Value = ibis.literal(1.0)
    if facts.company.merge_same_day_orders:
        place = ibis.row_number().over(group_by=["customer_id", "day"], order_by=["ordered_at", "order_id"])
        bought = bought.mutate(place=place)
        value = ibis.ifelse(bought.place == 0, 1.0, 0.0)
    return bought.select(unit=bought.customer_id, at=bought.ordered_at, day=bought.day, value=value)


def _refunded(facts: Facts) -> ir.Table:
    """Refunds before as_of with their day; who got one is told by the order where the refund does not say."""
    table = facts.read("refunds")
    buyers = facts.read("orders").select(of="order_id", buyer="customer_id")
    joined = table.left_join(buyers, [("order_id", "of")])
    named = joined.mutate(customer_id=ibis.coalesce(joined.customer_id, joined.buyer)).drop("of", "buyer")
    return named.filter(_before(facts, named.refunded_at)).mutate(day=facts.day(named.refunded_at))


def _refund(facts: Facts) -> ir.Table:
    given = _refunded(facts)
    return given.select(unit="customer_id", at="refunded_at", day="day", value=ibis.literal(1.0))


def _said(words: Sequence[str], facts: Facts) -> ir.Table:
    """Events, and what customers wrote to us, whose kind, name, subject or reason is one of some words."""
    events, touches = facts.read("events"), facts.read("touches")
    did = events.filter(_one_of(events.kind, words) | _one_of(events.name, words))
    wrote = (touches.direction == "in") & (_one_of(touches.subject, words) | _one_of(touches.reason, words))
    both = did.select(unit="customer_id", at="happened_at").union(
        touches.filter(wrote).select(unit="customer_id", at="touched_at")
    )
    return both.filter(_before(facts, both.at)).select("unit", "at", day=facts.day(both.at), value=ibis.literal(1.0))


def _one_of(text: ir.StringValue, words: Sequence[str]) -> ir.BooleanValue:
    return text.lower().strip().replace(" ", "_").replace("-", "_").isin(words).fill_null(False)


_HAPPENINGS: Mapping[str, Callable[[Facts], ir.Table]] = {
    "spend": lambda facts: _money(facts.sales, "net", "ordered_at", facts),
    "orders": _orders,
    "discounts": lambda facts: _money(facts.sales, "discount", "ordered_at", facts),
    "refunds": lambda facts: _money(_refunded(facts), "amount", "refunded_at", facts),
    "refund": _refund,
    "unsubscribe": lambda facts: _said(GONE_WORDS, facts),
    "complaint": lambda facts: _said(ANGRY_WORDS, facts),
}

_SOURCE = {"bought": "orders"}
"""What a yes or no is told from where that has another name."""
