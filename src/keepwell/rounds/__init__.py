"""The daily round: everything worked out of the facts of one morning, in order, lake to lake, and only what changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from keepwell.rounds.buying import SPEND, VALUE
from keepwell.rounds.contracts import CONTRACTS
from keepwell.rounds.findings import IDEAL, JOURNEYS, LEAVING, MOVES
from keepwell.rounds.lists import HEALTH, OFFERS, WATCHED
from keepwell.rounds.lost import LOST
from keepwell.rounds.money import WORTH
from keepwell.rounds.portrait import PORTRAITS
from keepwell.rounds.risk import RISK
from keepwell.rounds.segments import SEGMENTS
from keepwell.rounds.step import Morning, Step
from keepwell.rounds.today import PRESSING, TODAY
from keepwell.workspace import Workspace

STEPS: tuple[Step, ...] = (
    VALUE, SPEND, CONTRACTS, RISK, HEALTH, SEGMENTS, MOVES, *WATCHED, OFFERS, LEAVING, LOST, JOURNEYS, IDEAL, WORTH, PORTRAITS, TODAY, PRESSING,
)  # fmt: skip
"""In the order in which they are taken; a step may read what those before it kept."""


@dataclass(frozen=True)
class Done:
    """
    What became of one step.

    Args:
        step: Which.
        anew: Whether it was worked out now; otherwise nothing it looks at had changed.
        about: What is known of its result.
    """

    step: Step
    anew: bool
    about: dict[str, Any]


def go(
    workspace: Workspace, *, as_of: date | None = None, progress: Callable[[str, int, int], None] | None = None
) -> Iterator[Done]:
    """
    Take the round of one morning. Stopped at any moment it goes on where it stopped when it is taken again.

    Args:
        workspace: The company, opened.
        as_of: The morning; None is the workspace's own.
        progress: Told what is being done, how many steps are done, and of how many.

    Yields:
        Each step as it is done.
    """
    morning = Morning(workspace, as_of or workspace.as_of)
    for place, step in enumerate(STEPS):
        if progress:
            progress(step.says, place, len(STEPS))
        digest = step.digest(morning)
        found = workspace.lake.kept(morning.as_of).get(step.name)
        anew = found is None or found.digest != digest
        if anew:
            made = step.work(morning)
            workspace.lake.keep(step.name, morning.as_of, digest, made.table, made.about)
        yield Done(step, anew, dict(morning.kept(step.name).about))


def changed(workspace: Workspace, as_of: date) -> list[str]:
    """What steps of a morning's round would now be worked out anew: what they look at has changed since, or they were never taken."""
    morning, kept = Morning(workspace, as_of), workspace.lake.kept(as_of)
    return [
        step.says
        for step in STEPS
        if step.name not in kept or not set(step.after) <= set(kept) or kept[step.name].digest != step.digest(morning)
    ]
