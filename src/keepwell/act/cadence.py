"""How often do they hear from a person of ours? By tier and stage; what the customer wishes goes before both."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.measure.facts import Facts

STAGES = ("onboarding", "adoption", "value", "renewal")
"""Where a customer stands with us, in the order of a life."""

TIERS = ("top", "middle", "small")
"""By what they brought so far: the value segments of the round."""

DAYS: dict[tuple[str, str], int] = {
    ("top", "onboarding"): 7, ("top", "adoption"): 14, ("top", "value"): 30, ("top", "renewal"): 14,
    ("middle", "onboarding"): 14, ("middle", "adoption"): 30, ("middle", "value"): 60, ("middle", "renewal"): 30,
    ("small", "onboarding"): 30, ("small", "adoption"): 90, ("small", "value"): 180, ("small", "renewal"): 60,
}  # fmt: skip
"""Days between two contacts, by tier and stage, unless a company says otherwise."""

NEW, GROWN, NEAR = 90, 365, 90
"""Days since they came up to which a customer is being onboarded; up to which they adopt; before a renewal that is near."""

NEVER = 0
"""A wish not to be contacted unless they ask."""


@dataclass(frozen=True)
class Known:
    """
    What people said here, each with one row a customer.

    Args:
        wishes: customer_id, wish (days; NEVER: only when they ask).
        stages: customer_id, said (their stage).
        met: customer_id, met_day (the last meeting kept here, a day number).
        looked_after: customer_id of seats kept here.
    """

    wishes: pd.DataFrame
    stages: pd.DataFrame
    met: pd.DataFrame
    looked_after: pd.DataFrame


def every(tier: str, stage: str, wish: int | None, days: Mapping[tuple[str, str], int] = DAYS) -> int | None:
    """
    Days between two contacts.

    Args:
        tier: One of TIERS.
        stage: One of STAGES.
        wish: The customer's own; None is none.
        days: The company's rhythm.

    Returns:
        None where they wish to hear of us only when they ask.
    """
    if wish is not None:
        return wish if wish > NEVER else None
    return days[tier, stage]


def contacts(facts: Facts, people: ir.Table, known: Known, days: Mapping[tuple[str, str], int] = DAYS) -> ir.Table:
    """
    When everybody who is looked after should hear from us next.

    A customer nobody looks after has a rhythm only where they wished for one. A contact is a person's, outward, of any kind.

    Args:
        facts: The tables as known on the morning.
        people: Portraits of kept customers: customer_id, name, owner, value_segment, kept_since_on, renews_in (days; null: none).
        known: What was said here.
        days: The company's rhythm.

    Returns:
        Columns customer_id, name, owner, tier, stage, stage_said, every, wished, ago (days; null: never), over (days; null: never).
    """
    told = people.left_join(
        _table(known.wishes, {"customer_id": "string", "wish": "int64"}), "customer_id", rname="{name}_w"
    )
    told = told.left_join(
        _table(known.stages, {"customer_id": "string", "said": "string"}), "customer_id", rname="{name}_s"
    )
    told = told.left_join(
        _table(known.met, {"customer_id": "string", "met_day": "int64"}), "customer_id", rname="{name}_m"
    )
    told = told.filter(
        _.owner.notnull() | _.customer_id.isin([*known.looked_after["customer_id"], ""]) | _.wish.notnull()
    )
    told = told.left_join(_reached(facts, told), "customer_id", rname="{name}_r")
    stage = ibis.coalesce(told.said, _stage(told, facts.today))
    told = told.mutate(stage=stage, tier=told.value_segment.fill_null("small"))
    usual = ibis.cases(
        *(((told.tier == tier) & (told.stage == at), ibis.literal(n)) for (tier, at), n in days.items()),
        else_=ibis.null("int64"),
    )
    last = ibis.greatest(told.reached, told.met_day)
    last = ibis.ifelse(last > facts.today, facts.today, last)  # a meeting may be newer than the data
    told = told.mutate(every=ibis.coalesce(told.wish, usual).cast("int64"), ago=facts.today - last)
    told = told.filter(_.every > NEVER)
    return told.select(
        "customer_id", "name", "owner", "tier", "stage", "every", "ago",
        stage_said=told.said.notnull(), wished=told.wish.notnull(), over=told.ago - told.every,
    )  # fmt: skip


def overdue(told: ir.Table) -> ir.BooleanValue:
    """Of contacts() whose time has passed, row by row; who never heard of us is overdue."""
    return told.ago.isnull() | (told.over > 0)


def _stage(people: ir.Table, today: int) -> ir.StringValue:
    """Where they stand as far as days tell; what a person said goes before."""
    since = today - people.kept_since_on.epoch_days()
    return ibis.cases(
        (people.renews_in <= NEAR, "renewal"), (since < NEW, "onboarding"), (since < GROWN, "adoption"), else_="value"
    )


def _reached(facts: Facts, people: ir.Table) -> ir.Table:
    touches = facts.read("touches").semi_join(people, "customer_id")
    ours = touches.filter((_.direction == "out") & _.human.fill_null(True)).mutate(day=facts.day(touches.touched_at))
    return ours.filter(_.day < facts.today).group_by("customer_id").agg(reached=_.day.max())


def _table(frame: pd.DataFrame, schema: dict[str, str]) -> ir.Table:
    return ibis.memtable(frame[list(schema)], schema=ibis.schema(schema))
