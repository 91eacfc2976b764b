"""What is the answer, and was it worked out already? Answers of the same question and the same data are kept for a day."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from typing import Any, TypeVar, cast

import pandas as pd
from django.core.cache import cache

from keepwell.measure.differences import differences
from keepwell.measure.periods import Periods
from keepwell.measure.question import Question
from keepwell.web.customers.reach import Seen
from keepwell.web.measures.asked import Asked
from keepwell.workspace import Workspace

_DAY = 86_400
_LARGEST = 256 * 2**10
"""Bytes of an answer that is kept; larger ones are worked out anew."""
Told_ = TypeVar("Told_")


@dataclass(frozen=True)
class Told:
    """
    An answer, without what it was worked out with.

    Args:
        frame: One row per cell, as an Answer has it.
        cell: Columns of the frame that name a cell.
        groups: Who stands behind a number, by name.
        named: Whether it is counted per customer, so that they can be listed.
        periods: Over which.
        as_of: The morning.
        explained: How the figures come about.
        apart: Why definitions differ on these very figures.
    """

    frame: pd.DataFrame
    cell: tuple[str, ...]
    groups: tuple[str, ...]
    named: bool
    periods: Periods
    as_of: date
    explained: str
    apart: tuple[str, ...]


def key(opened: Workspace, *parts: object, whose: Seen | None = None) -> str:
    """
    Under which name something worked out of the company's data is kept: other data or settings, another name.

    Args:
        opened: The company.
        parts: What was asked.
        whose: Whose customers, where it is about those alone.
    """
    reach = (
        None
        if whose is None or whose.names is None
        else [sorted(each) for each in (whose.names, whose.added, whose.taken)]
    )
    known = (
        version("keepwell"),
        opened.folder,
        opened.lake.state(),
        opened.lake.mornings(),
        opened.settings.model_dump(mode="json"),
        opened.as_of,
    )
    return f"keepwell-{sha256(repr((known, reach, parts)).encode()).hexdigest()}"


def kept(name: str, work: Callable[[], Told_]) -> Told_:
    """
    What is kept under a name, or worked out now and kept.

    Args:
        name: Of key().
        work: Works it out.
    """
    found = cache.get(name)
    return cast("Told_", found) if found is not None else keep(name, work())


def keep(name: str, made: Told_) -> Told_:
    """Keep something for a day, unless it is too large."""
    if len(pickle.dumps(made)) <= _LARGEST:
        cache.set(name, made, _DAY)
    return made


def name_of(opened: Workspace, asked: Asked, whose: Seen) -> str:
    """Under which name the answer is kept."""
    return key(opened, "answer", asked.kept, whose=whose if asked.narrowed(whose) else None)


def known(opened: Workspace, asked: Asked, whose: Seen) -> bool:
    """Whether the answer stands ready."""
    return name_of(opened, asked, whose) in cache


def answer(opened: Workspace, asked: Asked, whose: Seen) -> Told:
    """
    The answer.

    Args:
        opened: The company.
        asked: The question.
        whose: Customers whoever asks may see.

    Raises:
        MetricError: It cannot be asked so.
        ExpressionError: The segment's expression is wrong.
    """
    return kept(name_of(opened, asked, whose), lambda: _answer(opened, asked.question(opened, whose)))


def _answer(opened: Workspace, question: Question) -> Told:
    found = opened.answer(question)
    cases = question.cases
    return Told(
        found.frame,
        tuple(column for column in cases.cell if column in found.frame),
        tuple(cases.groups),
        "customer_id" in cases.rows.columns,
        question.periods,
        found.as_of,
        found.explain(),
        tuple(differences(found.frame)),
    )


def trait_names(opened: Workspace) -> list[str]:
    """What the company's own traits are called."""

    def work() -> list[str]:
        people = opened.facts().read("customers")
        found: Any = opened.run(
            people.filter(people.traits.notnull()).select(name=people.traits.keys().unnest()).distinct()
        )
        return sorted(map(str, found["name"].dropna()))[:200]

    return kept(key(opened, "traits"), work)
