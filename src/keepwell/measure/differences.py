"""Why do two definitions give two numbers on the same data? Sentences with the very counts that part them."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any] | pd.Series
"""Counts by name: a row of a frame, or a dictionary."""

_BRIDGE = ("at_start", "new", "returned", "lost", "came_and_went", "at_end", "kept", "acquired")
_MONEY = ("before", "held", "held_or_grown", "start", "new", "reactivation", "expansion", "contraction", "churn", "end")


def differences(frame: pd.DataFrame, repeat: pd.DataFrame | None = None) -> list[str]:
    """
    Why definitions differ on these very figures, for the last whole period where there are several.

    Args:
        frame: The frame of an answer; what it can tell apart is seen from its columns. Of one with a breakdown nothing is said.
        repeat: The frame of repeat_rate over the same periods (existing, returned), where it is to be compared with a bridge.

    Returns:
        Whole sentences, the counts first.
    """
    if "by" in frame or "complete" not in frame:
        return []
    for needed, told in _TOLD.items():
        if set(frame.columns) >= set(needed):
            return told(frame) if told is not _customers else _customers(frame, repeat)
    return []


def _customers(frame: pd.DataFrame, repeat: pd.DataFrame | None = None) -> list[str]:
    """Why the rates of the last whole period differ."""
    whole = frame[frame["complete"] & (frame["at_start"] > 0)]
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
            f"Of {_n(acquired)} acquired, {_n(gone)} {'was' if gone == 1 else 'were'} gone again by the end and not among the new;"
            f" taking all {_n(acquired)} off would give {_share(end - acquired, start)}."
        )
    if flash:
        left, there = lost + flash, start + new + back + flash
        said.append(
            f"Churn is {_share(lost, start)} of those there at the start; counting also {f'the {_n(flash)}' if flash > 1 else 'the one'} who came and went,"
            f" over everyone who was there at any time, gives {_share(left, there)}, and over the start alone {_share(left, start)}."
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


def _last(frame: pd.DataFrame, base: str) -> list[Mapping[Any, Any]]:
    """The rows of the last whole period with something to start from: one per currency."""
    whole = frame[frame["complete"] & (frame[base] > 0)]
    return [] if whole.empty else whole[whole["period"] == whole["period"].iloc[-1]].to_dict("records")


def _revenue(frame: pd.DataFrame) -> list[str]:
    """Why rates of kept revenue differ, and what other definitions would say."""
    said = []
    for row in _last(frame, "before"):
        start, held, grown = row["before"], row["held"], row["held_or_grown"]
        now, back = grown + row["new"] + row["reactivation"], row["reactivation"]
        said.append(
            f"{row['period']} ({row['currency']}): of {_amount(start)} the same customers still pay {_amount(held)} without"
            f" growth ({_share(held, start)}, gross) and {_amount(grown)} with it ({_share(grown, start)}, net)."
        )
        if min(now, start) != held:
            said.append(
                f"The minimum is taken per customer; of the two totals it would say {_share(min(now, start), start)}."
            )
        if back:
            said.append(f"Who came back brings {_amount(back)}: with them net is {_share(grown + back, start)}.")
        if row["new"]:
            said.append(
                f"End over start, the {_amount(row['new'])} of new customers included, is {_share(now, start)}."
            )
        said += _quick(row)
    return said


def _quick(row: Mapping[Any, Any]) -> list[str]:
    lost, gained = row["contraction"] + row["churn"], row["new"] + row["expansion"]
    if not lost or not row["reactivation"]:
        return []
    counted = [float(amount) / float(lost) for amount in (gained + row["reactivation"], gained)]
    return [f"The quick ratio is {counted[0]:.2f}; without who came back it would be {counted[1]:.2f}."]


def _ledger(frame: pd.DataFrame) -> list[str]:
    """How far the days are from what stands between the boundaries."""
    whole = frame[frame["complete"]]
    said = []
    for row in whole[whole["period"] == whole["period"].iloc[-1]].to_dict("records") if len(whole) else []:
        came, went = row["new"] + row["reactivation"], row["churn"]
        net = row["new_between"] + row["reactivation_between"], row["churn_between"]
        told = f"{row['period']} ({row['currency']}): day by day {_amount(came)} came and {_amount(went)} went"
        if (came, went) == net:
            said.append(f"{told}; between the two boundaries as much.")
        else:
            said.append(
                f"{told}; between the two boundaries {_amount(net[0])} and {_amount(net[1])}:"
                " what came and went inside the period is in the first only."
            )
    return said


def _triangle(frame: pd.DataFrame) -> list[str]:
    """How averages of the cohorts differ, at the first age that several cohorts have reached."""
    ripe = frame[frame["complete"] & (frame["age"] > 0)]
    for age, part in ripe.groupby("age", sort=True):
        if len(part) < 2:
            return []
        sizes, rates = part["customers"].astype("float64"), part["value"]
        pooled, simple = part["active"].sum() / sizes.sum(), rates.mean()
        twice = (rates * sizes**2).sum() / (sizes**2).sum()
        said = (
            f"At age {age}: {_n(part['active'].sum())} of {_n(sizes.sum())} customers of {len(part)} cohorts is {_percent(pooled)}"
            f" (retention_curve); the mean of the cohorts' rates is {_percent(simple)},"
            f" and with each cohort's size counted twice it would be {_percent(twice)}."
        )
        return [said]
    return []


def _ripe(frame: pd.DataFrame) -> list[str]:
    """What customers whose days are not over would do to a rate of second orders."""
    everybody, eligible = frame["customers"].sum(), frame["eligible"].sum()
    if everybody == eligible or not eligible:
        return []
    repeated, so_far = frame["repeated"].sum(), frame["repeated_so_far"].sum()
    said = (
        f"Of {_n(everybody)} customers, {_n(eligible)} are long enough here to tell: {_n(repeated)} of them"
        f" ({_share(repeated, eligible)}). With those who may still come back in the denominator it would be"
        f" {_n(so_far)} of {_n(everybody)} ({_share(so_far, everybody)})."
    )
    return [said]


def _gaps(frame: pd.DataFrame) -> list[str]:
    """How far the mean of gaps is from their median."""
    told = frame[frame["complete"] & (frame["gaps"] > 0)]
    if told.empty or told["mean"].iloc[-1] == told["median"].iloc[-1]:
        return []
    last = told.iloc[-1]
    return [
        f"{last['period']}: half of {_n(last['gaps'])} gaps are {last['median']:g} days or shorter; their mean is {last['mean']:.1f}."
    ]


_TOLD: dict[tuple[str, ...], Callable[[pd.DataFrame], list[str]]] = {
    _BRIDGE: _customers,
    _MONEY: _revenue,
    ("churn_between", "new_between"): _ledger,
    ("cohort", "age", "customers", "active"): _triangle,
    ("eligible", "repeated", "repeated_so_far"): _ripe,
    ("gaps", "median", "mean", "period"): _gaps,
}
"""By which columns a frame can be told from its neighbours' definitions, and how."""


def _amount(money: Any) -> str:
    """Money as short as it can be told."""
    told = f"{money:,.2f}"
    return told.removesuffix(".00")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _n(number: float) -> str:
    return f"{int(number):,}"


def _share(part: float, whole: float) -> str:
    return f"{100 * float(part) / float(whole):.1f} %" if whole else "not defined"
