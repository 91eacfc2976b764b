"""What other rooms show on a customer's page: their panels, and what they add to the timeline."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from keepwell.rounds.timeline import Entry


@dataclass(frozen=True)
class Panel:
    """
    A part of a customer's page that another room brings.

    Args:
        id: Of its section on the page; its heading is an h2.
        name: What the page's list of parts calls it.
        template: A section with that id; it is given rows, and all the page knows: customer_id, name, row, told.
        rows: What it shows.
    """

    id: str
    name: Any
    template: str
    rows: Any = field(default_factory=list)


PANELS: list[Callable[[str, HttpRequest], Panel | None]] = []
"""Of a customer's id and the request a panel, or None where there is nothing to show; rooms append theirs when they are ready."""

MOMENTS: list[Callable[[str, datetime | None, int], list[Entry]]] = []
"""
Of a customer's id, a moment (None: now) and a number: so many entries of a room for the timeline, none later than the moment, newest first.

Their kind is one of the timeline's, or the room's own ("promise"); their key is the record's id.
"""

KINDS: dict[str, Any] = {}
"""What kinds of other rooms are called, so that the timeline can be narrowed to them: kind -> lazy text."""


def panels(customer_id: str, request: HttpRequest) -> list[Panel]:
    """Every room's panel for one customer."""
    return [panel for show in PANELS if (panel := show(customer_id, request)) is not None]


def moments(customer_id: str, before: tuple[datetime, str, str] | None, limit: int) -> list[Entry]:
    """What the rooms of the desk add to one page of a customer's timeline."""
    found = [entry for told in MOMENTS for entry in told(customer_id, before[0] if before else None, limit)]
    return [entry for entry in found if before is None or entry.place < before]
