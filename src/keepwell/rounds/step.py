"""What is one step of the round? Something worked out of the facts of a morning, kept, and not worked out twice from the same."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from keepwell.lake.results import Result
from keepwell.measure.facts import Facts, known_as
from keepwell.understand.brought import Brought, first_days
from keepwell.workspace import Workspace

SEED = 20_260_101
"""Chance of every round starts here, so that the same facts give the same portraits."""


@dataclass(frozen=True)
class Made:
    """
    What a step worked out.

    Args:
        table: To be kept.
        about: What else is known of it, as JSON can hold: models, scores, sentences. "refused" says why there is nothing.
    """

    table: ir.Table
    about: Mapping[str, Any] = field(default_factory=dict)


class Morning:
    """
    One company on one morning, as the steps of a round see it.

    Args:
        workspace: The company, opened.
        as_of: The morning.
    """

    def __init__(self, workspace: Workspace, as_of: date) -> None:
        self.workspace, self.as_of = workspace, as_of

    @cached_property
    def facts(self) -> Facts:
        """What is known."""
        return self.workspace.facts(as_of=self.as_of)

    @property
    def first(self) -> date:
        """The first day of which anything is known."""
        return self.workspace.span[0]

    @cached_property
    def brought(self) -> Brought:
        """Since when contacts and answers are told, if at all."""
        return Brought.of(self.run(first_days(self.facts)), self.facts)

    def run(self, expression: ir.Table) -> Any:
        """Have the engine compute an expression: a frame."""
        return self.workspace.run(expression)

    def share(self, work: Callable[..., ir.Table], facts: Facts | None = None, **asked: Any) -> None:
        """
        Have a shared table of the facts computed, once for all steps that begin with it.

        Args:
            work: A function that measure.facts.shared() names.
            facts: Those of another morning; None is what is known.
            asked: Its arguments, as those who ask for it give them.
        """
        facts, name = facts or self.facts, known_as(work, **asked)
        if name not in facts.computed:
            facts.computed[name] = self.workspace.lake.aside(work(facts, **asked))

    def kept(self, name: str) -> Result:
        """What an earlier step of this morning kept."""
        return self.workspace.lake.kept(self.as_of)[name]

    def table(self, name: str) -> ir.Table:
        """The table an earlier step of this morning kept."""
        return self.workspace.lake.result(self.kept(name))

    def chance(self) -> np.random.Generator:
        """Where chance starts."""
        return np.random.default_rng(SEED)


@dataclass(frozen=True)
class Step:
    """
    One step of the round.

    Args:
        name: Of what it keeps.
        says: What it does, for people.
        work: Works it out.
        reads: Canonical tables it looks at; a change of others does not concern it.
        after: Steps whose results it reads.
        version: Raised when its answers change for the same facts.
    """

    name: str
    says: str
    work: Callable[[Morning], Made]
    reads: tuple[str, ...]
    after: tuple[str, ...] = ()
    version: int = 1

    def digest(self, morning: Morning) -> str:
        """Names all that it is worked out from: the same digest, the same result."""
        lake = morning.workspace.lake
        state, kept = lake.state(), lake.kept(morning.as_of)
        told = {
            "step": [self.name, self.version, morning.as_of.isoformat()],
            "settings": morning.workspace.settings.model_dump(mode="json"),
            "tables": {name: state.get(name) for name in (*self.reads, "merges")},
            "after": {name: kept[name].digest for name in self.after},
        }
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def nothing(columns: Mapping[str, str], why: str) -> Made:
    """
    What a step keeps where the data do not bear it: no rows, and the sentence.

    Args:
        columns: Column -> type, so that who joins it finds unknowns.
        why: For people.
    """
    schema = ibis.schema(dict(columns))
    return Made(ibis.memtable(schema.to_pyarrow().empty_table(), schema=schema), {"refused": why})
