"""Why do two definitions give two numbers on the same data? Sentences with the very counts that part them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any] | pd.Series
"""Counts by name: a row of a frame, or a dictionary."""

_NEEDED = {"at_start", "new", "returned", "lost", "came_and_went", "at_end", "kept", "acquired"}


def differences(bridge: pd.DataFrame, repeat: pd.DataFrame | None = None) -> list[str]:
    """
    Why the rates of the last whole period differ.

    Args:
        bridge: The frame of an answer that carries the counts of the bridge (kept_share, crr_net, customer_bridge …);
            of another frame, or one with a breakdown, nothing is said.
        repeat: The frame of repeat_rate over the same periods (existing, returned), where it is to be compared too.

    Returns:
        Whole sentences, the counts first.
    """
    if not set(bridge.columns) >= _NEEDED or "by" in bridge:
        return []
    whole = bridge[bridge["complete"] & (bridge["at_start"] > 0)]
    if whole.empty:
        return []
    last = whole.iloc[-1]
    said = [f"{last['period']}: {counts(last)}", *parting(last)]
    if repeat is not None:
        bought = repeat[repeat["period"] == last["period"]]
        said += [_against_repeat(last, bought.iloc[0])] if len(bought) else []
    return said


def counts(row: Row) -> str:
    """The bridge of one period as a sentence."""
    return (
        f"{_n(row['at_start'])} at the start + {_n(row['new'])} new + {_n(row['returned'])} returned - {_n(row['lost'])} lost"
        f" = {_n(row['at_end'])} at the end; {_n(row['came_and_went'])} came and went."
    )


def parting(row: Row) -> list[str]:
    """
    Why kept_share, crr_net, simple_ratio and churn by other denominators differ in one period with customers at its start.

    Args:
        row: The counts of the bridge.
    """
    start, new, back, lost = (int(row[name]) for name in ("at_start", "new", "returned", "lost"))
    end, flash, acquired = (int(row[name]) for name in ("at_end", "came_and_went", "acquired"))
    kept, net = _share(start - lost, start), _share(end - new, start)
    if back:
        who = "customer" if back == 1 else "customers"
        said = [f"crr_net counts {_n(back)} {who} who came back as kept: {net} against {kept} by kept_share."]
    else:
        said = [f"Nobody came back, so crr_net and kept_share agree: {kept}."]
    if new or back:
        said.append(
            f"simple_ratio sets {_n(new + back)} won against {_n(lost)} lost: {_share(end, start)}, which hides that {kept} were kept."
        )
    if acquired > new:
        gone = acquired - new
        said.append(
            f"Of {_n(acquired)} acquired, {_n(gone)} were gone again by the end and are not in N;"
            f" taking all of them off would give {_share(end - acquired, start)}."
        )
    if flash:
        left, there = lost + flash, start + new + back + flash
        said.append(
            f"Churn is {_share(lost, start)} of those there at the start; counting also the {_n(flash)} who came and went,"
            f" over everyone who was there at any time, gives {_share(left, there)}."
        )
    return said


def by_hand(start: int, new: int, end: int) -> str:
    """
    Net retention worked out, with the slip of taking new customers off the start.

    Args:
        start: Customers at the start.
        new: New customers still there at the end.
        end: Customers at the end.
    """
    if start <= 0:
        return "Without customers at the start, net retention is not defined."
    said = f"({_n(end)} - {_n(new)}) / {_n(start)} = {_share(end - new, start)}."
    if 0 < new < start:
        said += (
            f" Dividing {_n(end)} by {_n(start)} - {_n(new)} = {_n(start - new)} gives {_share(end, start - new)}:"
            " that takes the new customers off the start, where they never were, and leaves them in the end."
        )
    return said


def _against_repeat(row: Row, bought: Row) -> str:
    return (
        f"repeat_rate asks who bought in the period, of all who had ever bought before it:"
        f" {_n(bought['returned'])} of {_n(bought['existing'])} ({_share(bought['returned'], bought['existing'])});"
        f" kept_share asks who is still a customer at its end: {_n(row['kept'])} of {_n(row['at_start'])}"
        f" ({_share(row['kept'], row['at_start'])})."
    )


def _n(number: float) -> str:
    return f"{int(number):,}"


def _share(part: float, whole: float) -> str:
    return f"{100 * float(part) / float(whole):.1f} %" if whole else "not defined"
