"""What does an experiment show this morning? Looked at once a morning, entered for ever, and never again after its verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from keepwell.errors import ProofError
from keepwell.experiments.counting import evidence
from keepwell.experiments.definitions import moved
from keepwell.experiments.reading import entered_with, footing, known_up_to, plan_of
from keepwell.lake.ledger import Entry
from keepwell.prove.hindsight import as_hint
from keepwell.prove.look import Look, look
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Looked:
    """
    One look and those before it.

    Args:
        plan: As it was frozen.
        look: What may be said.
        history: All looks up to this one, oldest first.
        entered: Whether it is new in the ledger; a look of the same morning and data, and one after the verdict, is not.
        unproven: Why it can prove nothing though it was planned; "" where it can.
    """

    plan: Plan
    look: Look
    history: tuple[Look, ...]
    entered: bool
    unproven: str = ""


def look_at(workspace: Workspace, experiment: str, as_of: date | None = None) -> Looked:
    """
    Look at an experiment and enter the look into the ledger; after its verdict only show it.

    Once its planned end (or the day somebody stopped it) is past, it is looked at as of that morning, whenever that is done.

    Args:
        workspace: The company, opened.
        experiment: Its name, for the newest version, or name:version.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: No such plan, it has not begun, or a later morning was looked at already.
        LakeError: The ledger was tampered with.
    """
    plan = plan_of(workspace, experiment)
    entries = [entry for entry in workspace.lake.ledger() if entry.about == plan.name]
    earlier, (unproven, late) = looks(entries), footing(workspace, plan, entries)
    if earlier and earlier[-1].final:
        return Looked(plan, earlier[-1], earlier, False, unproven)
    stopped = _stopped(entries, earlier)
    ends = [*([stopped] if stopped else []), *([] if plan.open_ended else [plan.end])]
    known = known_up_to(workspace)
    morning = min([as_of or workspace.as_of, known, *ends])
    notes = [late, moved(workspace, entered_with(workspace, plan)), _beyond(min([as_of or known, *ends]), known)]
    _refuse(plan, morning, earlier)
    counted = evidence(workspace, plan, morning, stopped=morning == stopped)

    def looked(before: Sequence[Look]) -> Look:
        found = look(plan, replace(counted, strays=(*counted.strays, *filter(None, notes))), before)
        return as_hint(found, unproven, counted.currency) if unproven else found

    if earlier and (earlier[-1].morning, earlier[-1].digest) == (morning, counted.digest):
        return Looked(plan, looked(earlier[:-1]), earlier, False, unproven)
    found = looked(earlier)
    workspace.lake.enter("look", plan.name, found.body())
    return Looked(plan, found, (*earlier, found), True, unproven)


def looks(entries: Sequence[Entry]) -> tuple[Look, ...]:
    """
    The looks among the entries of one experiment, oldest first; the same look entered twice by two at once is one.

    Args:
        entries: Of the ledger, about one experiment.
    """
    found: list[Look] = []
    for entry in entries:
        if entry.kind != "look" or (found and found[-1].final):
            continue
        told = Look.of(entry.body)
        if not found or (found[-1].morning, found[-1].digest) != (told.morning, told.digest):
            found.append(told)
    return tuple(found)


def _beyond(wanted: date, known: date) -> str:
    """What is said where a morning was asked for up to which not everything is known."""
    if wanted <= known:
        return ""
    return f"The company is known up to {known}, so it is looked at from that morning, not from {wanted}: days without data are not days on which nothing happened."


def _stopped(entries: Sequence[Entry], earlier: Sequence[Look]) -> date | None:
    """The morning somebody ended it, not before the newest look; None where nobody did."""
    for entry in entries:
        if entry.kind == "stopped":
            said = entry.body.get("as_of")
            day = date.fromisoformat(said) if said else entry.at.date()
            return max([day, *(one.morning for one in earlier)])
    return None


def _refuse(plan: Plan, morning: date, earlier: Sequence[Look]) -> None:
    if morning <= plan.start:
        raise ProofError(
            f"{plan.name} starts on {plan.start}; on the morning of {morning} nothing of it is known.",
            "A look shows what happened before its morning.",
            "Look again when somebody has been assigned.",
        )
    if earlier and morning < earlier[-1].morning:
        raise ProofError(
            f"{plan.name} was looked at on {earlier[-1].morning} already; {morning} is before that.",
            "Who may choose the morning afterwards can choose the answer.",
            "Look at a later morning; what earlier looks said is in the ledger.",
        )
