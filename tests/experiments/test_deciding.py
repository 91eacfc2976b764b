"""Is what becomes of a play said once, with its reason, and not before its end?"""

from collections.abc import Callable
from datetime import date

import pytest

from keepwell.errors import ProofError
from keepwell.experiments import assigning, deciding, planning, reading
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_ended_early_then_decided_once(company: Workspace, plan: Callable[..., Plan]) -> None:
    """Running it cannot be decided; ended, nobody is drawn; decided, the word stands and is no longer overdue."""
    planning.freeze(company, plan(), anyway=True)
    later = date(2026, 12, 1)
    with pytest.raises(ProofError, match="is running, and ends on 2026-09-29"):
        deciding.decide(company, "mail", "keep", "It pays.")
    deciding.halt(company, "mail", "Complaints came in.", date(2026, 7, 5))
    assert [state.phase for state in reading.states(company) if state.plan] == ["stopped"]
    with pytest.raises(ProofError, match="stopped"):
        deciding.halt(company, "mail", "Again.")
    with pytest.raises(ProofError):
        assigning.draw(company, "mail")
    entry = deciding.decide(company, "mail:1", "change", " A shorter mail. ", later)
    assert entry.body == {"verdict": "change", "why": "A shorter mail.", "as_of": "2026-12-01"}
    state = next(state for state in reading.states(company, later) if state.plan)
    assert (state.phase, state.verdict, state.overdue) == ("decided", "change", False)
    with pytest.raises(ProofError, match="was decided: change"):
        deciding.decide(company, "mail", "keep", "After all.")


@pytest.mark.slow
def test_what_has_its_verdict_is_decided_before_its_planned_end(company: Workspace, plan: Callable[..., Plan]) -> None:
    """A final look ends the waiting: the play is to be decided, and can be."""
    planning.freeze(company, plan(), anyway=True)
    company.lake.enter("look", "mail:1", {"verdict": "better", "final": True})
    assert [state.phase for state in reading.states(company) if state.plan] == ["to be decided"]
    assert deciding.decide(company, "mail", "keep", "It is shown.").body["verdict"] == "keep"


@pytest.mark.slow
def test_nobody_chooses_on_which_past_morning_it_ended(company: Workspace, plan: Callable[..., Plan]) -> None:
    """Known up to 1 July, it cannot have been ended on 20 June."""
    planning.freeze(company, plan(start=date(2026, 6, 1)), anyway=True)
    with pytest.raises(ProofError, match="is to be ended on 2026-06-20, but the company is known up to 2026-07-01"):
        deciding.halt(company, "mail", "It looks best so.", date(2026, 6, 20))


@pytest.mark.slow
@pytest.mark.capability("S2-24")
def test_past_its_review_without_a_word_it_is_overdue(company: Workspace, plan: Callable[..., Plan]) -> None:
    """After the review date it is listed, until somebody decides with a reason that is one of three words."""
    planning.freeze(company, plan(), anyway=True)
    late = date(2026, 10, 7)
    assert next(state for state in reading.states(company, late) if state.plan).overdue
    with pytest.raises(ProofError, match="No reason is given"):
        deciding.decide(company, "mail", "keep", " ", late)
    with pytest.raises(ProofError, match="'perhaps' is no decision"):
        deciding.decide(company, "mail", "perhaps", "Who knows.", late)
    deciding.decide(company, "mail", "keep", "It pays.", late)
    assert not next(state for state in reading.states(company, late) if state.plan).overdue
