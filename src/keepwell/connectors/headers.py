"""Whose export is this? Known by the set of its headings, whatever their order, their case and what was added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keepwell.connectors.contract import Match, Raw

ENOUGH = 0.5
"""Share of the telling weight that must be there."""


@dataclass(frozen=True)
class Export:
    """
    One kind of export of a platform.

    Args:
        name: What it holds, such as "orders".
        told: What a person calls it.
        must: Headings it cannot be without, each as its alternatives.
        telling: Heading -> how much it speaks for this export; where there are none, those it must have are enough.
        never: Headings that belong to another one.
    """

    name: str
    told: str
    must: tuple[tuple[str, ...], ...]
    telling: Mapping[str, int]
    never: tuple[str, ...] = ()


def folded(heading: str) -> str:
    """A heading without case and needless blanks: what two headings are compared by."""
    return " ".join(heading.casefold().split())


def recognised(raw: Raw, connector: str, exports: Sequence[Export]) -> Match | None:
    """
    The export a source most likely is.

    Args:
        raw: The source.
        connector: The connector that asks.
        exports: The exports it knows.

    Returns:
        None where no export has its headings.
    """
    there = {folded(column) for column in raw.columns}
    matches = [match for export in exports if (match := _match(there, connector, export))]
    return max(matches, key=lambda match: match.sure, default=None)


def _match(there: set[str], connector: str, export: Export) -> Match | None:
    if any(folded(name) in there for name in export.never):
        return None
    known = [next((name for name in names if folded(name) in there), None) for names in export.must]
    found = [name for name in export.telling if folded(name) in there]
    sure = sum(export.telling[name] for name in found) / sum(export.telling.values()) if export.telling else 1.0
    if None in known or sure < ENOUGH:
        return None
    named = ", ".join(list(dict.fromkeys([*(name for name in known if name), *found]))[:5])
    return Match(connector, export.name, round(sure, 3), f"It has the headings of {export.told}: {named} …")
