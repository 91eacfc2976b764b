"""Are we on the way to our goals, and whose doing is it? Every goal in force, with its bridge from the baseline."""

import math
import re
import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd

from keepwell.charts import goal as bridge
from keepwell.charts.words import day
from keepwell.experiments import goals
from keepwell.experiments.goals import Stand
from keepwell.measure.metric import find
from keepwell.prove.goal_words import change, figure, judged, standing, wanted
from keepwell.prove.progress import Play, Progress
from keepwell.report.asking import Asking
from keepwell.report.parts import THESE, Figure, Number, Section, Table
from keepwell.report.sections.finding import Finding

_FAR = 1.959963984540054
_TOKENS = {"on track": "kept", "reached": "kept", "behind": "lost", "missed": "lost"}
_NAMES = {"baseline": "Baseline", "without action": "Without action", "overlap": "Overlap", "unexplained": "Unexplained", "now": "Now"}  # fmt: skip


def section(asking: Asking) -> Section | None:
    """Every goal's newest version; None where none is set."""
    stands = [goals.stand(asking.workspace, goal.id, asking.as_of) for goal in goals.all_(asking.workspace)]
    return told(asking, stands) if stands else None


def told(asking: Asking, stands: list[Stand]) -> Section:
    """
    These goals.

    Args:
        asking: The company on a morning.
        stands: How they stand.
    """
    lead = [f"{wanted(one.goal)} {standing(one.progress)[0]}" for one in stands]
    numbers = [_number(asking, one) for one in stands]
    blocks: list[Figure | Table] = []
    for one in stands:
        blocks += [drawn(asking, one), *([_plays(one)] if one.progress.plays else [])]
    notes = [f"{one.goal.id}: {line}" for one in stands for line in _lines(one)]
    return Section("goals", "Goals", lead, numbers, blocks, notes)


def found(stands: list[Stand]) -> Finding:
    """The head of a page of goals."""
    parts: list[tuple[str, str, str]] = []
    for one in stands:
        said = f"{find(one.goal.metric).name} to {figure(one.goal.target, one.goal.unit)} by {day(one.goal.by)}: "
        parts += [(f"{' ' if parts else ''}{said}", "", ""), (one.progress.standing, _TOKENS.get(one.progress.standing, ""), "goals"), (".", "", "")]  # fmt: skip
    facts = [
        (one.goal.id, f"{change(one.progress.proven, one.goal.unit) if one.progress.proven else 'nothing'} proven")
        for one in stands
    ]
    return Finding(tuple(parts), (), tuple(facts))


def _lines(one: Stand) -> list[str]:
    """What stands beside the picture: how it was told, and what was said when the goal was set."""
    said = [f"When it was set: {judged(one.goal, one.feasibility)[0]}"]
    return [*standing(one.progress)[1:], *said, *one.notes]


def _number(asking: Asking, one: Stand) -> Number:
    asking.asked[one.goal.metric] = find(one.goal.metric)
    now = one.progress.now
    why = f"Target {figure(one.goal.target, one.goal.unit)} by {day(one.goal.by)}: {one.progress.standing}."
    return Number(
        f"Goal {one.goal.id}", figure(now.value, one.goal.unit), now.period, f"n {now.n:,} {now.of}", one.goal.metric,
        _TOKENS.get(one.progress.standing, ""), why, _command(one), nobody="Ask the metric itself.",
    )  # fmt: skip


def _command(one: Stand) -> str:
    return shlex.join(["keepwell", "prove", "goal", "show", one.goal.id])


def drawn(asking: Asking, one: Stand) -> Figure:
    """
    The bridge of a goal.

    Args:
        asking: The company on a morning.
        one: How the goal stands.
    """
    goal, frame = one.goal, steps(one.progress)
    asking.asked[goal.metric] = find(goal.metric)
    target = figure(goal.target, goal.unit)
    rows = tuple((row["row"], row["label"], _interval(row, goal.unit)) for row in frame.to_dict("records"))
    caption = f"{goal.id} from {goal.measured.period} to {one.progress.now.period}"
    return Figure(
        f"goal-{re.sub(r'[^a-z0-9]+', '-', goal.id.casefold()).strip('-')}",
        f"{find(goal.metric).name}: from {figure(goal.measured.value, goal.unit)} towards {target}",
        "Dots are levels, bars are changes, thin lines 95 % intervals; the dashed line is the target. Only what is proven against"
        " customers held out is credited to a play. The axis does not begin at 0.",
        goal.metric,
        lambda width: bridge.chart(frame, target=goal.target, told=target, unit=goal.unit, width=width),
        frame.drop(columns="token"),
        Table(caption, ("part", "figure", "95 % interval"), rows),
        ((THESE, f"{_command(one)} --json"),),
    )


def steps(progress: Progress) -> pd.DataFrame:
    """
    The bridge as a table; see charts.goal for its columns.

    Args:
        progress: How a goal stands.
    """
    unit, at, rows = progress.goal.unit, math.nan, []
    for part in progress.parts:
        level = part.name in ("baseline", "without action", "now")
        left = part.value if level else at
        at = part.value if level else at + part.value
        low, high = _ends(part.name, progress, at, part.error)
        label = figure(part.value, unit) if level else change(part.value, unit)
        name = _NAMES.get(part.name, part.name)
        rows.append(
            (name, "level" if level else "change", left, at, low, high, _token(part.name, part.value, progress), label)
        )
    goal = progress.goal
    rows.append(("Target", "level", goal.target, goal.target, math.nan, math.nan, "unknown", figure(goal.target, unit)))
    return pd.DataFrame(rows, columns=["row", "kind", "left", "right", "low", "high", "token", "label"])


def _ends(name: str, progress: Progress, at: float, error: float) -> tuple[float, float]:
    if name == "without action":
        told = progress.without
        return (told.low, told.high) if told.known and told.error > 0 else (math.nan, math.nan)
    if not error > 0 or name == "unexplained":
        return math.nan, math.nan
    return at - _FAR * error, at + _FAR * error


def _token(name: str, value: float, progress: Progress) -> str:
    plain = {
        "baseline": "muted",
        "without action": "muted",
        "overlap": "unknown",
        "unexplained": "unknown",
        "now": "ink",
    }
    if name in plain:
        return plain[name]
    return "kept" if (value > 0) == progress.goal.raises else "lost"


def _interval(row: Mapping[Any, Any], unit: str) -> str:
    low, high = float(row["low"]), float(row["high"])
    if not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    if row["kind"] == "level":
        return f"{figure(low, unit)} to {figure(high, unit)}"
    left = float(row["left"])
    return f"{change(low - left, unit)} to {change(high - left, unit)}"


def _plays(one: Stand) -> Table:
    rows = tuple((play.name, _effect(play, one.goal.unit), play.why) for play in one.progress.plays)
    note = "Plays that are not proven are never credited, however good they look."
    return Table(f"Plays and {one.goal.id}", ("play", "credited", "why"), rows, note)


def _effect(play: Play, unit: str) -> str:
    if not play.credited:
        return "nothing"
    return f"{change(play.effect, unit)} ({change(play.low, unit)} to {change(play.high, unit)})"
