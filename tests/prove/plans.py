"""The least a plan says, for tests to change."""

from datetime import date
from typing import Any


def told(**other: Any) -> dict[str, Any]:
    """A letter, a tenth held out, three months; what is given replaces what it says."""
    return {
        "experiment": "thanks",
        "version": 1,
        "owner": "Sanna",
        "what": "A letter.",
        "expected": "Fewer leave.",
        "arms": {"control": 0.1, "letter": 0.9},
        "start": date(2026, 7, 1),
        "end": date(2026, 9, 29),
        "review": date(2026, 10, 6),
        "smallest_effect": 0.85,
        "max_n": 20_000,
    } | other
