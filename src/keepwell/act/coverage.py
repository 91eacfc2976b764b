"""Which customers lack what everybody who is kept should have? A team of four functions, a goal of theirs, their own words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from keepwell.act.customer import FRESH_DAYS
from keepwell.act.plans import FUNCTIONS
from keepwell.schema.clock import date_number

TIERS = ("top",)
"""Accounts of these tiers have a team of four functions and a goal; where none is told apart from people, every customer is one."""

REVIEW_NEAR = 14
"""Days before a review within which what is blank in the plan is told."""

GAPS = ("team", "goal", "words")
"""What somebody may lack, by id."""


@dataclass(frozen=True)
class Known:
    """
    What was written down here.

    Args:
        seats: customer_id, function: who of us has a seat.
        goals: Customers with a goal of theirs.
        words: customer_id, day: the last day on which they said what we are worth to them, a day number.
        owners: Function -> the names under which the data call people of ours who are of it.
    """

    seats: pd.DataFrame
    goals: Collection[str]
    words: pd.DataFrame
    owners: Mapping[str, Collection[str]]


def lacking(people: ir.Table, known: Known, today: int) -> ir.Table:
    """
    Kept customers with what each lacks.

    An owner in the data fills the seat of their own function. Words are wanted of customers somebody looks after, from
    FRESH_DAYS after they came; what was said FRESH_DAYS ago or longer is as good as not said.

    Args:
        people: Portraits: customer_id, kind, name, owner, value_segment, kept, kept_since_on.
        known: What was written down here.
        today: The morning, a day number.

    Returns:
        customer_id, name, owner, large (whether it is a top account), no_<function> of the four, and team, goal, words: whether
        that is lacking.
    """
    kept = people.filter(_.kept)
    account = (kept.kind == "account").fill_null(False)
    apart = account.max().over(ibis.window())
    kept = kept.mutate(large=kept.value_segment.isin(TIERS).fill_null(False) & (account | ~apart))
    told = kept.left_join(_seated(known.seats), "customer_id", rname="{name}_seat")
    told = told.left_join(
        _table(known.words, {"customer_id": "string", "day": "int64"}), "customer_id", rname="{name}_w"
    )
    goals = pd.DataFrame({"customer_id": sorted(known.goals)})
    told = told.left_join(_table(goals, {"customer_id": "string"}), "customer_id", rname="{name}_g")
    empty = {
        f"no_{each}": ~(told[each].fill_null(False) | _named(told, known.owners.get(each, ()))) for each in FUNCTIONS
    }
    told = told.mutate(**empty, looked=told.owner.notnull() | told.customer_id_seat.notnull())
    since = today - date_number(told.kept_since_on)
    team = told.no_sales | told.no_success | told.no_marketing | told.no_support
    return told.select(
        "customer_id", "name", "owner", "large", *empty,
        team=told.large & team, goal=told.large & told.customer_id_g.isnull(),
        words=told.looked & (since >= FRESH_DAYS).fill_null(False) & (told.day.isnull() | (today - told.day > FRESH_DAYS)),
    )  # fmt: skip


def _named(people: ir.Table, names: Collection[str]) -> ir.BooleanValue:
    return people.owner.isin(sorted(names) or [""]).fill_null(False)


def _seated(seats: pd.DataFrame) -> ir.Table:
    """One row a customer: customer_id, and of every function whether somebody has the seat."""
    told = _table(seats, {"customer_id": "string", "function": "string"})
    return told.group_by("customer_id").agg(**{each: (told.function == each).any() for each in FUNCTIONS})


def _table(frame: pd.DataFrame, schema: Mapping[str, str]) -> ir.Table:
    return ibis.memtable(frame[list(schema)], schema=ibis.schema(dict(schema)))
