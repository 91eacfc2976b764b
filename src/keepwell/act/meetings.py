"""How do they feel about us? When a meeting's note is due, and where the feeling goes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

NOTE_HOURS = 48
"""Hours after a meeting within which its note is written."""

LAST = 3
"""Meetings before the newest one it is compared with, at most."""

Trend = Literal["better", "worse", "same"]


def note_due(held_at: datetime) -> datetime:
    """Until when the note of a meeting is to be written."""
    return held_at + timedelta(hours=NOTE_HOURS)


def note_late(held_at: datetime, noted_at: datetime | None, now: datetime) -> bool:
    """Whether a note came too late, or is not there yet and should be."""
    return (noted_at or now) > note_due(held_at)


def trend(sentiments: Sequence[int]) -> Trend | None:
    """
    Where the feeling goes: the newest sentiment beside the mean of those before it.

    Args:
        sentiments: From 1 to 5, the oldest first.

    Returns:
        Better or worse from a whole step on; None where there are fewer than two.
    """
    if len(sentiments) < 2:
        return None
    before = sentiments[-1 - LAST : -1]
    change = sentiments[-1] - sum(before) / len(before)
    return "better" if change >= 1 else "worse" if change <= -1 else "same"
