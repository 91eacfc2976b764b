"""What other rooms show on a customer's page."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


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


def panels(customer_id: str, request: HttpRequest) -> list[Panel]:
    """Every room's panel for one customer."""
    return [panel for show in PANELS if (panel := show(customer_id, request)) is not None]
