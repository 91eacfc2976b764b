"""What became of a play? It is ended early, or kept, changed or stopped for good; each word is entered for ever, with its reason."""

from datetime import date
from typing import Literal

from keepwell.errors import ProofError
from keepwell.experiments.reading import UNPLANNED, State, known_up_to, plan_of, states
from keepwell.lake.ledger import Entry
from keepwell.workspace import Workspace

Word = Literal["keep", "change", "stop"]
WORDS: tuple[Word, ...] = ("keep", "change", "stop")


def halt(workspace: Workspace, experiment: str, why: str, as_of: date | None = None) -> Entry:
    """
    End an experiment before its planned end: nobody is drawn any more, and the look of this morning is its last.

    Args:
        workspace: The company, opened.
        experiment: Its name, or name:version.
        why: The reason, in a sentence.
        as_of: The morning; None is the one up to which the company is known.

    Raises:
        ProofError: It is not running, no reason is given, or what came after that morning is known.
    """
    known = known_up_to(workspace)
    state, morning = _state(workspace, experiment, as_of or known), as_of or known
    _reason(why)
    if morning < known:
        raise ProofError(
            f"{state.name} is to be ended on {morning}, but the company is known up to {known}.",
            "Who may choose the morning afterwards can choose the answer.",
            f"End it on {known} or later.",
        )
    if state.phase != "running":
        raise ProofError(
            f"{state.name} is {state.phase}.",
            "Only what is running can be ended early.",
            f"Say what becomes of it: keepwell prove decide {state.name} keep --why '...'",
        )
    return workspace.lake.enter("stopped", state.name, {"why": why.strip(), "as_of": morning.isoformat()})


def decide(workspace: Workspace, experiment: str, word: str, why: str, as_of: date | None = None) -> Entry:
    """
    Enter what becomes of a play: keep, change (by a new version) or stop. It is said once.

    Args:
        workspace: The company, opened.
        experiment: Its name, or name:version.
        word: Of WORDS.
        why: The reason, in a sentence.
        as_of: The morning; None is the workspace's own.

    Raises:
        ProofError: It is still running, was decided before, or no reason is given.
    """
    state, morning = _state(workspace, experiment, as_of), as_of or workspace.as_of
    _reason(why)
    if word not in WORDS:
        raise ProofError(f"{word!r} is no decision.", f"There are {', '.join(WORDS)}.", "Say one of them.")
    if state.phase == "decided":
        raise ProofError(
            f"{state.name} was decided: {state.verdict}.", "A decision is entered once.", "Plan a new version of it."
        )
    if state.phase in ("planned", "running"):
        raise ProofError(
            f"{state.name} is {state.phase}, and ends on {state.plan.end if state.plan else 'a later day'}.",
            "A decision before the end would be made of half a look.",
            f"Wait for its end, or end it early: keepwell prove halt {state.name} --why '...'",
        )
    return workspace.lake.enter(
        "decided", state.name, {"verdict": word, "why": why.strip(), "as_of": morning.isoformat()}
    )


def _state(workspace: Workspace, experiment: str, as_of: date | None) -> State:
    name = plan_of(workspace, experiment).name
    return next(state for state in states(workspace, as_of) if state.name == name and state.phase != UNPLANNED)


def _reason(why: str) -> None:
    if not why.strip():
        raise ProofError("No reason is given.", "A word on a play is entered with its reason.", "Say it: --why '...'")
