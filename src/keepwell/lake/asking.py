"""What is asked again and again of one state of the data? Put together once, and what was answered a moment ago is known."""

from collections.abc import Callable, Hashable
from typing import Any

import ibis.expr.types as ir

from keepwell.lake.lake import Lake

ANSWERS = 500
"""Answers that are remembered, and questions that are kept ready."""


class Asking:
    """
    Questions pages ask of one customer after the other.

    Args:
        lake: Who answers.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._ready: dict[Hashable, Callable[..., list[dict[str, Any]]]] = {}
        self._told: dict[Hashable, list[dict[str, Any]]] = {}

    def rows(self, name: Hashable, make: Callable[..., ir.Table], *texts: str) -> list[dict[str, Any]]:
        """
        The answer.

        Args:
            name: Of the question.
            make: The expression from the texts; see Lake.prepared.
            texts: What the question holds.
        """
        key, said = (name, len(texts)), (name, *texts)
        if key not in self._ready:
            _make_room(self._ready)
            self._ready[key] = self._lake.prepared(make, len(texts))
        if said not in self._told:  # one page asks the same from several of its parts
            _make_room(self._told)
            self._told[said] = self._ready[key](*texts)
        return [dict(row) for row in self._told[said]]

    def forget(self) -> None:
        """The data are others now."""
        self._ready.clear()
        self._told.clear()


def _make_room(kept: dict[Hashable, Any]) -> None:
    """Let go of the oldest, where there is no room for one more."""
    while len(kept) >= ANSWERS:
        del kept[next(iter(kept))]
