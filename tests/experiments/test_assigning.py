"""Is everybody drawn once, into the arm anybody can compute, and stored whole?"""

import shutil
import signal
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.faults.drawer import draw_until
from tests.faults.forks import FORKS

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


STEPS = {
    "laying it ready": ("os.link", "lake/batches/*/delivered/*"),
    "its record, with which it is staged": ("os.rename", "lake/batches/*/batch.json"),
    "the first file of the table": ("os.link", "lake/tables/assignments/*"),
    "the version in the history": ("os.rename", "lake/snapshots/*.json"),
    "the version readers see": ("os.rename", "lake/snapshot.json"),
    "taking away what lay ready": ("shutil.rmtree", "lake/batches/*"),
    "the entry of the ledger": ("os.rename", "lake/ledger-*.jsonl"),
    "the head of the ledger": ("os.rename", "lake/ledger.json"),
}
"""What a draw does to the disk, in order: the call at which it is killed, before it is made, and the path it is about."""


def killed(place: Path, step: str) -> None:
    """A process of its own draws, and is gone at that step."""
    drawer = FORKS.Process(target=draw_until, args=(place, *STEPS[step]))
    drawer.start()
    drawer.join()
    assert drawer.exitcode == -signal.SIGKILL
    drawer.close()


@pytest.fixture(scope="session")
def frozen_once(shop: Path, tmp_path_factory: pytest.TempPathFactory, plan: Plans) -> Path:
    """The company of a plan that takes at most a hundred, of which nobody is drawn yet; nobody has it open."""
    place = tmp_path_factory.mktemp("frozen") / "shop"
    shutil.copytree(shop, place)
    with Workspace.open(place) as opened:
        planning.freeze(opened, plan(max_n=100), anyway=True)
    return place


@pytest.fixture
def frozen(frozen_once: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    shutil.copytree(frozen_once, tmp_path / "frozen")
    return tmp_path / "frozen"


@pytest.fixture(scope="session")
def undisturbed(frozen_once: Path, tmp_path_factory: pytest.TempPathFactory, plan: Plans) -> dict[str, str]:
    """Unit -> arm, where nobody kills the draw."""
    place = tmp_path_factory.mktemp("undisturbed") / "shop"
    shutil.copytree(frozen_once, place)
    with Workspace.open(place) as opened:
        assert assigning.draw(opened, "mail").new == 100
        return stored(opened, plan())


def check_finished(place: Path, plan: Plan, arms: dict[str, str]) -> None:
    """Drawn again, and once more: every arm stored once, in one batch, and told of once."""
    with Workspace.open(place) as opened:
        assert assigning.draw(opened, "mail").units == dict(Counter(arms.values()))
        assert assigning.draw(opened, "mail").new == 0
        assert stored(opened, plan) == arms
        mine = [batch for batch in opened.batches() if "experiment mail:1" in batch.sources]
        assert [(batch.state, batch.accepted) for batch in mine] == [("committed", len(arms))]
        told = [(entry.kind, entry.body.get("new")) for entry in opened.lake.ledger()]
        assert told == [("plan", None), ("assigned", len(arms))]


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_a_draw(frozen: Path, plan: Plans, undisturbed: dict[str, str], step: str) -> None:
    """Killed for real: seen before or after and nothing else touched; drawn again, it ends with the same arms."""
    with Workspace.open(frozen) as opened:
        before = opened.lake.rows()
    killed(frozen, step)
    shown = list(STEPS).index(step) > list(STEPS).index("the version readers see")
    with Workspace.open(frozen) as opened:
        assert stored(opened, plan()) == (undisturbed if shown else {})
        assert opened.lake.rows() == before | {"assignments": before["assignments"] + (100 if shown else 0)}
        told = ["plan", "assigned"] if step == "the head of the ledger" else ["plan"]
        assert [entry.kind for entry in opened.lake.ledger()] == told
    check_finished(frozen, plan(), undisturbed)


@pytest.mark.slow
@pytest.mark.faults
def test_killed_again_and_again(frozen: Path, plan: Plans, undisturbed: dict[str, str]) -> None:
    """Every draw gets one step further than the one before; the last finds it all."""
    for step in STEPS:
        killed(frozen, step)
    check_finished(frozen, plan(), undisturbed)


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
