"""Which way do customers go, where do they stop, how long does a step take, and which steps do those share who leave?"""

from dataclasses import replace
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.deals import wilson
from keepwell.measure.facts import Facts, shared
from keepwell.measure.gaps import medians
from keepwell.measure.spells import FOREVER, spells
from keepwell.understand.shares import compared

LENGTH, PATIENCE, TOP = 6, 90, 100
"""Steps of a path that are told apart; days without a further step after which a customer stopped there; paths that are told."""

NOT_KNOWN, NOTHING = "not known", "nothing more"
"""Where nobody knows how a customer came; and what follows a step at which they stopped."""

HEARD = ("how did you hear", "how did you hear about us", "heard")
"""Questions whose coded answer says how a customer came, where the sign-up does not."""

_NAMES = 40
"""So many names of events are told apart, those of most customers; the others are told by their kind."""

_KEYS = ["place", "step"]


def came(facts: Facts) -> ir.Table:
    """How each customer came: columns customer_id, came (the source at sign-up, or the answer to how they heard of us, or NOT_KNOWN)."""
    answers = facts.read("answers")
    asked = answers.filter(answers.question.lower().isin(HEARD) & answers.code.notnull())
    told = asked.mutate(day=facts.day(asked.answered_at)).filter(_.day < facts.today)
    heard = told.group_by("customer_id").agg(heard=_.code.min())
    people = facts.read("customers").select("customer_id", source=_.source.nullif(""))
    both = people.left_join(heard, "customer_id")
    return both.select("customer_id", came=ibis.coalesce(both.source, both.heard, ibis.literal(NOT_KNOWN)))


def sources(facts: Facts) -> ir.Table:
    """How many customers came which way, NOT_KNOWN among them: columns came, customers."""
    return came(facts).group_by("came").agg(customers=_.count()).order_by(ibis.desc("customers"), "came")


def happenings(facts: Facts) -> ir.Table:
    """
    Everything that happened with known customers before as_of.

    A step is "first order" or "order again", an event by its kind and name ("visit: garden"), or a contact by who began it
    and how ("we: mail", "they: chat").

    Returns:
        Columns customer_id, second (since 1970, UTC), day, step.
    """
    orders = facts.purchases.select("customer_id", "order_id", "day", second=_.ordered_at.epoch_seconds())
    place = ibis.row_number().over(group_by="customer_id", order_by=["second", "order_id"])
    placed = orders.mutate(place=place)
    bought = placed.select(
        "customer_id", "second", "day", step=ibis.ifelse(placed.place == 0, "first order", "order again")
    )
    touches = facts.read("touches")
    who = ibis.ifelse(touches.direction == "out", "we: ", "they: ")
    touched = touches.select(
        "customer_id", second=touches.touched_at.epoch_seconds(), day=facts.day(touches.touched_at), step=who + touches.channel
    )  # fmt: skip
    parts = [part.mutate(second=_.second.cast("int64")) for part in (bought, touched, _events(facts))]
    return ibis.union(*parts).filter(_.day < facts.today)


def _events(facts: Facts) -> ir.Table:
    events = facts.read("events").filter(_.customer_id.notnull())
    told = events.select(
        "customer_id", "kind", "name", second=events.happened_at.epoch_seconds(), day=facts.day(events.happened_at)
    )
    counted = told.filter(_.name.notnull()).group_by("kind", "name").agg(customers=_.customer_id.nunique())
    rank = ibis.row_number().over(order_by=[ibis.desc("customers"), "kind", "name"])
    known = counted.mutate(rank=rank).filter(_.rank < _NAMES).select("kind", "name", whole=_.kind + ": " + _.name)
    both = told.left_join(known, ["kind", "name"])
    return both.select("customer_id", "second", "day", step=ibis.coalesce(both.whole, both.kind))


@shared
def steps(facts: Facts, *, length: int = LENGTH) -> ir.Table:
    """
    The first steps of every customer, in order; the same step again and again is one.

    Args:
        facts: The tables.
        length: How many steps.

    Returns:
        Columns customer_id, place (1 is the first), step, day, next_step, next_day (null: none so far, known beyond *length* too).
    """
    in_order = {"group_by": "customer_id", "order_by": ["second", "step"]}
    seen = happenings(facts)
    before = seen.mutate(before=seen.step.lag().over(**in_order))
    turns = before.filter(before.before.isnull() | (before.before != before.step))
    placed = turns.mutate(
        place=(ibis.row_number().over(**in_order) + 1).cast("int32"),
        next_step=turns.step.lead().over(**in_order),
        next_day=turns.day.lead().over(**in_order),
    )
    return placed.filter(placed.place <= length).select("customer_id", "place", "step", "day", "next_step", "next_day")


def paths(facts: Facts, *, length: int = LENGTH, top: int = TOP) -> ir.Table:
    """
    The commonest ways from how customers came through their first steps.

    Args:
        facts: The tables.
        length: Steps told apart.
        top: How many ways.

    Returns:
        Columns came, step_1 … (null: none so far), customers, all_customers (everybody, also of ways that are not told).
    """
    counted = walked(facts, length=length).group_by("came", *_places(length)).agg(customers=_.count())
    beside = counted.cross_join(counted.agg(all_customers=_.customers.sum()))
    return beside.order_by(ibis.desc("customers"), "came", *_places(length)).limit(top)


def walked(facts: Facts, *, length: int = LENGTH) -> ir.Table:
    """Everybody's own way: columns customer_id, came, step_1 … (null: none so far); whom paths() counts."""
    taken = steps(facts, length=length)
    wide = taken.group_by("customer_id").agg(
        **{name: taken.step.max(where=taken.place == place) for place, name in enumerate(_places(length), 1)}
    )
    return came(facts).left_join(wide, "customer_id").select("customer_id", "came", *_places(length))


def _places(length: int) -> list[str]:
    return [f"step_{place}" for place in range(1, length + 1)]


def flows(facts: Facts, *, length: int = LENGTH, patience: int = PATIENCE) -> ir.Table:
    """
    What followed each step, of all customers whose step is long enough ago to tell.

    Args:
        facts: The tables.
        length: Steps told apart.
        patience: Days within which a further step counts.

    Returns:
        Columns place, step, next_step (NOTHING where none came within those days), customers.
    """
    told = followed(facts, length=length, patience=patience)
    return told.group_by("place", "step", "next_step").agg(customers=_.count()).order_by("place", "step", "next_step")


def followed(facts: Facts, *, length: int = LENGTH, patience: int = PATIENCE) -> ir.Table:
    """Whom flows() counts: columns customer_id, place, step, day, next_step (NOTHING where none came within the days of patience)."""
    taken = steps(facts, length=length)
    ripe = taken.filter(taken.day + patience < facts.today)
    soon = (ripe.next_day - ripe.day <= patience).fill_null(False)
    return ripe.select(
        "customer_id", "place", "step", "day", next_step=ibis.ifelse(soon, ripe.next_step, NOTHING)
    )  # fmt: skip


def drops(frame: pd.DataFrame) -> pd.DataFrame:
    """
    How many stop at each step.

    Args:
        frame: What flows() counted.

    Returns:
        A row per place and step: customers (whose step is long enough ago), stopped, drop (their share), low, high (95 %),
        next_step (the commonest; None where all stopped).
    """
    rows = []
    for (place, step), part in frame.groupby(_KEYS, sort=True):
        gone = part["next_step"] == NOTHING
        whole, stopped = int(part["customers"].sum()), int(part.loc[gone, "customers"].sum())
        on = part[~gone].sort_values(["customers", "next_step"], ascending=[False, True])
        low, high = wilson(stopped, whole)
        follows = on["next_step"].iloc[0] if len(on) else None
        rows.append([place, step, whole, stopped, stopped / whole, low, high, follows])
    return pd.DataFrame(rows, columns=[*_KEYS, "customers", "stopped", "drop", "low", "high", "next_step"])


def waits(facts: Facts, *, length: int = LENGTH) -> ir.Table:
    """
    How long customers waited from each step to the next, those who still wait among them.

    Returns:
        Columns step, duration (days), ended and running (customers): what waited() takes.
    """
    taken = steps(facts, length=length)
    duration = (ibis.coalesce(taken.next_day, facts.today - 1) - taken.day).cast("int32")
    there = taken.next_day.notnull().cast("int64")
    rows = taken.select("step", duration=duration, ended=there, running=1 - there)
    counted = rows.group_by("step", "duration").agg(ended=_.ended.sum(), running=_.running.sum())
    return counted.order_by("step", "duration")


def waited(frame: pd.DataFrame) -> pd.DataFrame:
    """
    The median days from each step to the next, after Kaplan and Meier: who still waits is not left out.

    Args:
        frame: What waits() counted.

    Returns:
        A row per step: customers, ended, waiting, median, low, high (95 %; NaN: not reached), reason (why there is no median).
    """
    return medians(frame, ["step"])


def friction(facts: Facts, *, since: date, days: int = PATIENCE) -> ir.Table:
    """
    What those had met who left after a morning, beside all who were customers on it.

    Looked at are the steps of the days *before* that morning and who left *after* it, so nothing is a step that leaving itself brings.

    Args:
        facts: The tables.
        since: The morning.
        days: How many days before it are looked at.

    Returns:
        Columns step (a second row, "… more than once", for who met it so), customers, part (of them, who left by as_of),
        all_customers, all_part (of everybody who was a customer on that morning).
    """
    fate = _fate(facts, since)
    every = met(facts, since=since, days=days)
    counted = every.group_by("step").agg(customers=_.count(), part=_.left.sum())
    whole = fate.agg(all_customers=_.count(), all_part=_.left.sum().fill_null(0))
    return counted.cross_join(whole).order_by("step")


def met(facts: Facts, *, since: date, days: int = PATIENCE) -> ir.Table:
    """
    Whom friction() counts: who was a customer on a morning, what they had met before it, and whether they have left since.

    Args:
        facts: The tables.
        since: The morning.
        days: How many days before it are looked at.

    Returns:
        Columns customer_id, step, left (1, 0).
    """
    early = replace(facts, as_of=since)
    seen = happenings(early).filter(_.day >= early.today - days).group_by("customer_id", "step").agg(times=_.count())
    again = seen.filter(seen.times > 1).select("customer_id", step=_.step + " more than once")
    every = seen.select("customer_id", "step").union(again)
    return every.join(_fate(facts, since), "customer_id").select("customer_id", "step", "left")


def _fate(facts: Facts, since: date) -> ir.Table:
    """Who was a customer on a morning: columns customer_id, left (1: by as_of)."""
    early, kept = replace(facts, as_of=since), spells(facts)
    end = kept.end_day.fill_null(FOREVER)
    there = kept.filter((kept.start_day < early.today) & (end >= early.today))
    return there.select("customer_id", left=there.end_day.notnull().cast("int64"))


def ranked(frame: pd.DataFrame, *, least: int = 30) -> pd.DataFrame:
    """
    The steps leavers met more often than those who stayed, the most telling first.

    A step beside leaving need not be why they left.

    Args:
        frame: What friction() counted.
        least: Steps fewer customers met are not judged, and come last.

    Returns:
        The rows with leavers and stayers (share of each who met it), and what shares.compared tells.
    """
    told = compared(frame, least=least)
    leavers, stayers = told["all_part"], told["all_customers"] - told["all_part"]
    told = told.assign(leavers=told["part"] / leavers, stayers=(told["customers"] - told["part"]) / stayers)
    first = told["certain"] & (told["lift"] > 1)
    order = told.assign(_first=first).sort_values(
        ["_first", "judged", "lift", "step"], ascending=[False, False, False, True], ignore_index=True
    )
    return order.drop(columns="_first")


def sentences(told: pd.DataFrame) -> list[str]:
    """
    The friction in words: only steps that certainly stand beside leaving, or the admission that there is none.

    Args:
        told: What ranked() told.
    """
    found = told[told["certain"] & (told["lift"] > 1)]
    if found.empty:
        judged = int(told["judged"].sum())
        asked = f"{judged} {'step was' if judged == 1 else 'steps were'} met by enough customers to ask"
        return [f"No step is met notably more often by those who leave; {asked}."]
    return [
        f"{row['step']}: met by {row['leavers']:.0%} of those who left and {row['stayers']:.0%} of those who stayed"
        f" ({int(row['part']):,} of {int(row['customers']):,} who met it left, {row['base']:.0%} of all)."
        for _place, row in found.iterrows()
    ]
