"""What is asked again and again of one state of the data? Put together once, and what was answered a moment ago is known."""

from collections.abc import Callable, Collection, Hashable
from typing import Any

import ibis.expr.types as ir

from keepwell.lake.lake import Lake

ANSWERS = 500
"""Answers that are remembered, and questions that are kept ready."""


_LOTS = (0, 1, 10, 50, 200, 1_000, 5_000)


def lot(texts: Collection[str]) -> tuple[str, ...]:
    """Texts looked for among others, the first again until they are as many as one of a few questions has places for."""
    many = next((size for size in _LOTS if size >= len(texts)), len(texts))
    return (*texts, *list(texts)[:1] * (many - len(texts)))


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
        key = (name, len(texts))
        if key not in self._ready:
            _make_room(self._ready)
            self._ready[key] = self._lake.prepared(make, len(texts))
        return self.once((name, *texts), lambda: self._ready[key](*texts))

    def once(self, question: Hashable, answer: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """
        The answer to a question that holds data of its own, as long as it is remembered.

        Args:
            question: Names it, with all it holds.
            answer: Works it out.
        """
        if question not in self._told:  # one page asks the same from several of its parts
            _make_room(self._told)
            self._told[question] = answer()
        return [dict(row) for row in self._told[question]]

    def forget(self) -> None:
        """The data are others now."""
        self._ready.clear()
        self._told.clear()


def _make_room(kept: dict[Hashable, Any]) -> None:
    """Let go of the oldest, where there is no room for one more."""
    while len(kept) >= ANSWERS:
        del kept[next(iter(kept))]
