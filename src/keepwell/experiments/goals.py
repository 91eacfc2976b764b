"""Where does a company want to be, and how far is it? Goals are measured, judged, entered in the ledger and followed."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta

from keepwell.errors import ProofError
from keepwell.experiments.crediting import held, plays
from keepwell.experiments.definitions import counting_as, definitions, moved
from keepwell.experiments.figures import Asked, Series, series, unit_of
from keepwell.experiments.reading import morning_of
from keepwell.lake.ledger import Entry
from keepwell.measure.periods import rolling
from keepwell.prove.goal_words import judged
from keepwell.prove.goals import Baseline, Feasibility, Goal, Rhythm, feasibility, no_baseline, rhythm
from keepwell.prove.progress import Progress, progress
from keepwell.prove.unaided import forecast
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Wish:
    """
    What somebody wants a figure to be.

    Args:
        asked: Which figure.
        target: In the metric's unit.
        by: On the evening of this day.
        owner: Who answers for it.
        name: What it is called; "" is the metric's id.
    """

    asked: Asked
    target: float
    by: date
    owner: str
    name: str = ""


@dataclass(frozen=True)
class Stand:
    """
    A goal as it stands.

    Args:
        goal: The goal.
        number: Of its entry in the ledger.
        feasibility: As judged when it was set.
        progress: How far it is.
        before: Its earlier versions, oldest first.
        notes: What else must be said.
    """

    goal: Goal
    number: int
    feasibility: Feasibility
    progress: Progress
    before: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = field(default=())


def drafted(workspace: Workspace, wish: Wish, as_of: date | None = None) -> tuple[Goal, Feasibility]:
    """
    A goal with its measured baseline, and whether it can be reached; nothing is entered.

    Args:
        workspace: The company, opened.
        wish: What is wanted.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: There is nothing to measure a baseline from, or it is no goal.
    """
    today = morning_of(workspace, as_of)
    told = series(workspace, wish.asked, today)
    last = told.last
    if last is None:
        raise no_baseline(wish.asked.metric)
    goal = Goal(
        name=wish.name or wish.asked.metric,
        version=1,
        metric=wish.asked.metric,
        unit=unit_of(wish.asked.metric),
        target=wish.target,
        by=wish.by,
        owner=wish.owner,
        baseline=told.points[last],
        past=told.past(last),
        every=wish.asked.every,
        ahead=_ahead(workspace, told, wish),
        bounded=told.pair is not None,
        cell=told.cell,
        where=wish.asked.where,
        settings=dict(wish.asked.settings),
    )
    _named(goal.name)
    return goal, feasibility(goal, bought(workspace, today))


def set_(workspace: Workspace, wish: Wish, as_of: date | None = None) -> tuple[Goal, Feasibility, bool]:
    """
    Enter a goal into the ledger.

    Args:
        workspace: The company, opened.
        wish: What is wanted.
        as_of: The morning; None is the workspace's own.

    Returns:
        The goal as entered, whether it can be reached, and whether it is new: the same goal set again is as it was.

    Raises:
        ProofError: As drafted().
    """
    goal, found = drafted(workspace, wish, as_of)
    known = [entry for entry in _entries(workspace) if entry.body["goal"]["name"] == goal.name]
    if known:
        last = Goal.of(known[-1].body["goal"])
        if last.digest == goal.digest:
            return last, found, False
        goal = replace(goal, version=last.version + 1)
    body = {
        "goal": goal.canonical(),
        "digest": goal.digest,
        "as_of": (as_of or workspace.as_of).isoformat(),
        "definitions": definitions(workspace),
        "rhythm": asdict(found.rhythm),
        "verdict": found.verdict,
        "told": list(judged(goal, found)),
    }
    workspace.lake.enter("goal", goal.id, body)
    return goal, found, True


def all_(workspace: Workspace) -> list[Goal]:
    """The newest version of every goal, in the order in which they were first set."""
    newest: dict[str, Goal] = {}
    for entry in _entries(workspace):
        goal = Goal.of(entry.body["goal"])
        newest[goal.name] = goal
    return list(newest.values())


def stand(workspace: Workspace, name: str, as_of: date | None = None) -> Stand:
    """
    How a goal stands.

    Args:
        workspace: The company, opened.
        name: Of the goal, for its newest version, or name:version.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: There is no such goal.
        LakeError: The ledger was tampered with.
    """
    entry = _entry(workspace, name)
    goal, kept = Goal.of(entry.body["goal"]), entry.body.get("definitions")
    today, since = morning_of(workspace, as_of), moved(workspace, kept)
    workspace = counting_as(workspace, kept)
    told = series(workspace, _asked(goal), today, goal.measured.end)
    start = told.place(goal.measured.start)
    now, at = _now(goal, told, start)
    steps = at - start if start is not None and at is not None else 0
    outlook = None
    if steps < goal.ahead and at is not None:
        floor, ceiling = goal.bounds
        outlook = forecast(told.past(at), goal.ahead - steps, year=goal.year, floor=floor, ceiling=ceiling)
    credited = plays(workspace, goal, now, today, told, at)
    apart = held(workspace, told, at, now, today) if at is not None and steps else None
    before = tuple(
        other
        for known in _entries(workspace)
        if (other := Goal.of(known.body["goal"])).name == goal.name and other.version < goal.version
    )
    found = feasibility(goal, Rhythm(**entry.body["rhythm"]))
    notes = (*_notes(goal, told, start, before), *filter(None, [since]))
    return Stand(goal, entry.number, found, progress(goal, now, steps, outlook, credited, apart), before, notes)


def bought(workspace: Workspace, as_of: date) -> Rhythm:
    """
    What sort of thing the company sells, told from when it is bought again.

    Args:
        workspace: The company, opened.
        as_of: Everything before it is known.
    """
    whole = rolling(max(1, (as_of - workspace.span[0]).days), as_of, 1)
    gaps = workspace.measure("order_gaps", periods=whole, as_of=as_of).frame
    again = workspace.measure("lifetime_repeat", periods=whole, as_of=as_of).frame
    if gaps.empty or again.empty:
        return rhythm(0, math.nan, math.nan)
    return rhythm(int(gaps["gaps"].iloc[0]), float(gaps["median"].iloc[0]), float(again["value"].iloc[0]))


def _ahead(workspace: Workspace, told: Series, wish: Wish) -> int:
    """Whole periods from the baseline up to the evening wanted; 0 where there is none."""
    last = told.last or 0
    known_to = told.periods[last + told.lag].end
    end = wish.by + timedelta(days=1)
    if end <= known_to:
        return 0
    if wish.asked.every[:1].isdigit():
        return (end - known_to).days // told.periods[last].days
    coming = workspace.periods(wish.asked.every, start=known_to, end=end)
    return sum(period.start >= known_to and period.end <= end for period in coming)


def _asked(goal: Goal) -> Asked:
    return Asked(goal.metric, goal.every, goal.where, goal.cell, tuple(goal.settings.items()))


def _now(goal: Goal, told: Series, start: int | None) -> tuple[Baseline, int | None]:
    """The newest figure, at most that of the goal's own period, and its place."""
    if start is None:
        return goal.measured, None
    there = [at for at in told.points if start <= at <= start + goal.ahead]
    return (told.points[max(there)], max(there)) if there else (goal.measured, None)


def _notes(goal: Goal, told: Series, start: int | None, before: Sequence[Goal]) -> tuple[str, ...]:
    notes = [
        f"Version {other.version} wanted {other.target:g} by {other.by}, from {other.measured.value:g}."
        for other in before
    ]
    again = told.points.get(start) if start is not None else None
    if again is None:
        notes.append("The period of its baseline has no figure in the data as they are now.")
    elif not math.isclose(again.value, goal.measured.value, rel_tol=1e-9, abs_tol=1e-12):
        notes.append(
            f"The data were corrected since: the baseline of {again.period} would now be {again.value:.6g}, not {goal.measured.value:.6g}."
        )
    return tuple(notes)


# The ledger


def _entries(workspace: Workspace) -> list[Entry]:
    return [entry for entry in workspace.lake.ledger() if entry.kind == "goal"]


def _entry(workspace: Workspace, name: str) -> Entry:
    known = _entries(workspace)
    mine = [entry for entry in known if name in (entry.about, entry.body["goal"]["name"])]
    if not mine:
        there = ", ".join(dict.fromkeys(entry.about for entry in known))
        raise ProofError(
            f"There is no goal {name!r}.",
            f"There are {there}." if there else "None is set yet.",
            "Set one: keepwell prove goal set METRIC --target … --by YYYY-MM-DD --owner …",
        )
    return mine[-1]


def _named(name: str) -> None:
    if not name.strip() or ":" in name or "/" in name:
        raise ProofError(f"{name!r} is no name of a goal.", "It has neither colon nor slash.", "Name it otherwise.")
