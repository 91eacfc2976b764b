"""How is a cell shown? As text, cut where it is long."""

from typing import Any

CELL = 80
"""Letters of a cell."""


def cut(value: Any) -> str:
    """A cell as text; empty where there is nothing."""
    told = "" if value is None else str(value)
    return told if len(told) <= CELL else f"{told[: CELL - 1]}…"
