"""Is an experiment without a plan read as what it is: a hint, its draw checked first, and nothing entered?"""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.experiments.test_looking import order, written

from keepwell.config import Company
from keepwell.errors import ProofError
from keepwell.experiments.unplanned import Asked, hint, unplanned
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

KNOWN_TO = date(2026, 2, 10)
NAMES = [f"c{number:03d}" for number in range(200)]
MAILED = NAMES[:100]
BACK = {*NAMES[:60], *NAMES[100:140]}
"""Who bought again: sixty of the hundred mailed, forty of the hundred held out."""


def drawn(experiment: str, unit: str, arm: str, cost: str | None = None, version: int = 1) -> dict[str, object]:
    """One assignment at noon of 2 January."""
    at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    told = {"experiment": experiment, "version": version, "unit": unit, "arm": arm, "assigned_at": at}
    return told | {"planned_cost": Decimal(cost) if cost else None}


@pytest.fixture(scope="session")
def base_of_hints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody bought on 20 December, some again for 50 euros on 10 January; after 30 days without an order they are lost."""
    folder = tmp_path_factory.mktemp("hints")
    written(folder / "source", "customers", [{"customer_id": name, "kind": "person"} for name in NAMES])
    rows = [
        drawn("mail", name, "mail" if name in MAILED else "control", "0.40" if name in MAILED else "0")
        for name in NAMES
    ]
    rows += [drawn("named", name, "letter" if name in MAILED else "nothing") for name in NAMES]
    rows += [drawn("mail", name, "mail", version=2) for name in NAMES[:1]]
    for row in rows[:200]:
        row["propensity"] = 0.5
    written(folder / "source", "assignments", rows)
    first, again = datetime(2025, 12, 20, 12, tzinfo=UTC), datetime(2026, 1, 10, 12, tzinfo=UTC)
    orders = [order(n, name, first, 20) for n, name in enumerate(NAMES)]
    orders += [order(1000 + n, name, again, 50) for n, name in enumerate(NAMES) if name in BACK]
    written(folder / "source", "orders", orders)
    settings = Company(name="Hints", currency="EUR", time_zone="UTC", data_until=KNOWN_TO, activity_window_days=30)
    with (
        Workspace.create(folder / "shop", settings) as made,
        made.read(str(folder / "source")) as taken,
    ):
        made.commit(made.bring(taken))
    return folder / "shop"


@pytest.fixture
def shop(base_of_hints: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(base_of_hints, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


def test_who_is_kept_for_how_long_and_what_it_brings(shop: Workspace) -> None:
    """
    60 and 40 of a hundred are kept after 30 days: 20 points, give or take 1.96 times 6.93.

    The others are lost on 19 January, after 17 of 30 days: 24.8 days against 22.2. Money: 30 less 20 euros, less 40 cents.
    """
    read = hint(shop, "mail:1", Asked(days=30))
    found = {of: effect for (_arm, of), effect in read.comparison.effects.items()}
    kept = found["the share still kept after 30 days"]
    assert (read.state, kept.treated, kept.control) == ("hint", 100, 100)
    assert (kept.difference, kept.low, kept.high) == pytest.approx((0.2, 0.0642, 0.3358), abs=2e-3)
    assert found["days kept, of 30"].difference == pytest.approx(2.6)
    spent = found["money spent per head within 30 days"]
    net = found["money spent per head within 30 days, less 0.40 planned for a contact"]
    assert spent.difference == pytest.approx(10)
    assert (net.difference, net.low, net.high) == pytest.approx((9.6, spent.low - 0.4, spent.high - 0.4))
    told = " ".join(read.told)
    assert read.told[0].startswith("A hint and no proof: nothing was said before its start")
    assert "They are held against the chances stored with the assignments." in told
    assert "plan version 2 before it starts" in told
    assert shop.lake.ledger() == []


def test_a_broken_draw_is_told_and_nothing_else(shop: Workspace) -> None:
    """A hundred and a hundred where one in five was to be held out: no figure, and no word on money."""
    read = hint(shop, "mail:1", Asked(days=30, shares={"control": 0.2, "mail": 0.8}))
    assert (read.state, read.comparison.effects) == ("hidden", {})
    assert "planned control 20.00 %, mail 80.00 %" in " ".join(read.told)
    assert "EUR" not in " ".join(read.told)


def test_the_arm_held_out_is_named_by_who_knows(shop: Workspace) -> None:
    """None is called control: it is asked for, not guessed; equal shares are assumed and said to be."""
    with pytest.raises(ProofError, match="there are letter, nothing"):
        hint(shop, "named:1", Asked())
    read = hint(shop, "named:1", Asked(days=30, control="nothing"))
    assert ("letter", "the share still kept after 30 days") in read.comparison.effects
    assert "equal shares, for nobody said others" in " ".join(read.told)
    with pytest.raises(ProofError, match="they add up to 1"):
        hint(shop, "named:1", Asked(control="nothing", shares={"letter": 0.5, "nothing": 0.6}))
    with pytest.raises(ProofError, match="Nobody was assigned"):
        hint(shop, "named:1", Asked(control="nothing"), date(2026, 1, 2))


def test_before_the_horizon_nothing_is_said_of_who_is_kept(shop: Workspace) -> None:
    """Nobody was watched for 60 days: no share, no money; days kept are told of the days that are known."""
    read = hint(shop, "mail:1", Asked())
    assert not any(
        effect.known for (_arm, of), effect in read.comparison.effects.items() if not of.startswith("days kept")
    )
    assert "200 of those assigned have not been watched for 60 days yet" in " ".join(read.told)


def test_the_newest_version_is_read_and_a_plan_goes_first(shop: Workspace) -> None:
    """Version 2 has one arm: not measurable. Once any version is planned, its name means the plan."""
    assert (unplanned(shop, "mail"), unplanned(shop, "mail:1"), unplanned(shop, "post")) == ("mail:2", "mail:1", None)
    read = hint(shop, "mail:2", Asked())
    assert (read.state, read.control, dict(read.assigned)) == ("not measurable", "", {"mail": 1})
    said = {
        "experiment": "mail", "version": 3, "owner": "Ann", "what": "A mail.", "expected": "More.", "arms": {"control": 0.5, "mail": 0.5},
        "start": KNOWN_TO, "end": date(2026, 6, 1), "review": date(2026, 6, 1), "smallest_effect": 2.0, "max_n": 9, "primary": {"kind": "spend", "days": 60},
    }  # fmt: skip
    plan = Plan.of(said)
    shop.lake.enter("plan", plan.name, {"plan": plan.canonical(), "digest": plan.digest})
    assert (unplanned(shop, "mail"), unplanned(shop, "mail:1")) == (None, "mail:1")
