"""Is everybody drawn once, into the arm anybody can compute, and stored whole?"""

from collections.abc import Callable
from datetime import date

import pytest

from keepwell.errors import ProofError
from keepwell.experiments import assigning, planning, reading
from keepwell.prove.assignment import assign
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

Plans = Callable[..., Plan]


def stored(company: Workspace, plan: Plan) -> dict[str, str]:
    """Unit -> arm, as stored."""
    rows = company.run(reading.log_of(company, plan))
    assert rows["unit"].is_unique
    return dict(zip(rows["unit"], rows["arm"], strict=True))


def test_everybody_eligible_is_drawn_as_anybody_computes(company: Workspace, plan: Plans) -> None:
    """The stored arm is assign()'s; who is not stored is kept out of every play; nobody else is stored."""
    planning.freeze(company, plan())
    found = assigning.draw(company, "mail")
    arms = stored(company, plan())
    drawn = {
        unit: assign(plan().drawn, unit, plan().apart).arm for unit in company.segment("orders >= 1")["customer_id"]
    }
    assert arms == {unit: arm for unit, arm in drawn.items() if arm}
    assert found.new == len(arms) == sum(found.units.values())
    assert sum(found.barred.values()) == len(drawn) - len(arms) > 0
    assert [entry.kind for entry in company.lake.ledger()] == ["plan", "assigned"]


def test_the_held_out_get_the_same_row(company: Workspace, plan: Plans) -> None:
    """Same moment, same reason, a chance of their own, no cost."""
    planning.freeze(company, plan())
    assigning.draw(company, "mail")
    rows = company.run(reading.log_of(company, plan()))
    assert rows["assigned_at"].nunique() == rows["eligible_reason"].nunique() == 1
    assert set(rows["propensity"]) == {0.5}
    assert {arm: str(cost) for arm, cost in zip(rows["arm"], rows["planned_cost"], strict=True)} == {
        "control": "0.0000",
        "mail": "0.4000",
    }


def test_drawn_again_nobody_changes_and_only_newcomers_are_added(company: Workspace, plan: Plans) -> None:
    """Narrow first, by an earlier morning: those stay as they were, later ones come beside them."""
    early = plan(start=date(2026, 6, 1), end=date(2026, 9, 29))
    planning.freeze(company, early, date(2026, 6, 1), anyway=True)
    assigning.draw(company, "mail", date(2026, 6, 1))
    before = stored(company, early)
    again = assigning.draw(company, "mail", date(2026, 6, 1))
    assert (again.new, stored(company, early)) == (0, before)
    later = assigning.draw(company, "mail", date(2026, 7, 1))
    after = stored(company, early)
    assert later.new == len(after) - len(before) > 0
    assert {unit: after[unit] for unit in before} == before
    assert [entry.body.get("new") for entry in company.lake.ledger()[1:]] == [len(before), later.new]


def test_strata_have_their_shares_to_one_unit(company: Workspace, plan: Plans) -> None:
    """In every country arms differ from their share by less than one."""
    planning.freeze(company, plan(strata=["country"]))
    found = assigning.draw(company, "mail")
    assert found.balance["off"].abs().max() < 1
    assert found.balance["stratum"].nunique() > 1
    unit, arm = next(iter(stored(company, plan()).items()))
    assert assigning.who(company, "mail", unit)[1].arm == arm
    with pytest.raises(ProofError, match="is not assigned in mail:1"):
        assigning.who(company, "mail", "nobody")


def test_no_more_than_the_plan_allows(company: Workspace, plan: Plans) -> None:
    """A hundred, in both arms, the same hundred when killed and drawn again; then nobody."""
    planning.freeze(company, plan(max_n=100), anyway=True)
    found = assigning.draw(company, "mail")
    assert found.new == 100
    assert min(found.units.values()) > 30
    assert assigning.draw(company, "mail").new == 0
    assert "is reached; nobody else is drawn." in found.told()[-1]


def test_killed_between_storing_and_entering(company: Workspace, plan: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next draw adds nobody and enters what was left untold."""
    planning.freeze(company, plan())
    with monkeypatch.context() as patch:
        patch.setattr(assigning, "_enter", _die)
        with pytest.raises(KeyboardInterrupt):
            assigning.draw(company, "mail")
    before = stored(company, plan())
    assert assigning.draw(company, "mail").new == 0
    assert stored(company, plan()) == before
    assert company.lake.ledger()[-1].body["new"] == len(before)


def test_killed_between_staging_and_storing(company: Workspace, plan: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lay staged gives way or goes on; one batch is committed and none stays staged."""
    planning.freeze(company, plan())
    with monkeypatch.context() as patch:
        patch.setattr(company, "commit", _die)
        with pytest.raises(KeyboardInterrupt):
            assigning.draw(company, "mail")
    assert stored(company, plan()) == {}
    found = assigning.draw(company, "mail")
    mine = [batch for batch in company.batches() if "experiment mail:1" in batch.sources]
    assert [(batch.state, batch.accepted) for batch in mine] == [("committed", found.new)]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_who_takes_nobody_says_so(company: Workspace, plan: Plans) -> None:
    """Not frozen, before its start, too late to be watched, decided."""
    with pytest.raises(ProofError, match="No plan of 'mail' is frozen"):
        assigning.draw(company, "mail")
    planning.freeze(company, plan(start=date(2026, 7, 2)))
    with pytest.raises(ProofError, match="Nobody is drawn before the start"):
        assigning.draw(company, "mail")
    with pytest.raises(ProofError, match="could not be watched for 60 days"):
        assigning.draw(company, "mail", date(2026, 8, 1))
    company.lake.enter("decided", "mail:1", {"verdict": "stop"})
    with pytest.raises(ProofError, match="takes nobody any more"):
        assigning.draw(company, "mail", date(2026, 7, 3))


def test_anybody_may_ask_for_an_arm(company: Workspace, plan: Plans) -> None:
    """Who is not assigned is told what it would get; accounts the global holdout keeps out take no part."""
    planning.freeze(company, plan())
    _, drawn, row = assigning.who(company, "mail", "somebody else")
    assert (row, drawn) == (None, assign(plan().drawn, "somebody else", plan().apart))


def test_whole_accounts_are_drawn_where_they_are_the_unit(company: Workspace, plan: Plans) -> None:
    """Units are accounts, or people without one; nobody of an account stands for themselves."""
    accounts = plan(unit="account")
    planning.freeze(company, accounts, anyway=True)
    assigning.draw(company, "mail")
    people = company.run(company.facts().read("customers").select("customer_id", "account_id")).dropna()
    inside = set(people.loc[people["customer_id"] != people["account_id"], "customer_id"])
    units = set(stored(company, accounts))
    assert not units & inside
    assert units & set(people["account_id"]) or not inside
