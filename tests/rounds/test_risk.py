"""Does the round look at the company's own columns, name those that know the answer, and say nothing where there is too little?"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from keepwell.config import Company
from keepwell.rounds.contracts import CONTRACTS
from keepwell.rounds.risk import RISK
from keepwell.rounds.step import Made, Morning
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)


def club(folder: Path, many: int) -> Workspace:
    """
    Members billed by the month: of the segment "loose" one in nine leaves each month, of the others one in a hundred.

    One in eight of those who left or will have left has an exit code. Ends in the sixty days from the morning on are written down.
    """
    chance = np.random.default_rng(4)
    people, held = ["customer_id,segment,exit_code"], ["customer_id,plan,starts_on,ends_on,mrr,currency,state"]
    for n in range(many):
        segment = ("loose", "firm")[n % 2]
        start = AS_OF - timedelta(days=int(chance.integers(30, 1000)))
        end = start + timedelta(days=30 * int(chance.geometric(0.11 if segment == "loose" else 0.01)))
        known = end < AS_OF + timedelta(days=60)
        people.append(f"m{n},{segment},{'X1' if known and n % 8 == 0 else ''}")
        held.append(f"m{n},basic,{start},{end if known else ''},10,EUR,paid")
    source = folder / "source"
    source.mkdir()
    (source / "customers.csv").write_text("\n".join(people), "utf-8")
    (source / "subscriptions.csv").write_text("\n".join(held), "utf-8")
    shop = Workspace.create(folder / "club", Company(name="Club", data_until=AS_OF))
    with shop.read(str(source / "customers.csv"), str(source / "subscriptions.csv")) as taken:
        shop.commit(shop.bring(taken))
    return shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with club(tmp_path_factory.mktemp("risk"), 1600) as shop:
        yield shop


@pytest.fixture(scope="module")
def made(shop: Workspace) -> Made:
    return RISK.work(Morning(shop, AS_OF))


def test_the_company_s_own_column_is_looked_at(shop: Workspace, made: Made) -> None:
    """Who is loose leaves with 29 %, three months of one in nine; who is firm with 3 %. It is told, and it is the reason."""
    told = shop.run(made.table).merge(shop.run(shop.facts().read("customers").select("customer_id")))
    loose = told["customer_id"].str[1:].astype(int) % 2 == 0
    assert made.about["signal"]
    assert told.loc[loose, "risk"].mean() == pytest.approx(0.29, abs=0.08)
    assert told.loc[~loose, "risk"].mean() == pytest.approx(0.03, abs=0.03)
    assert told.loc[loose, "reason_1"].str.contains("Segment: loose.").mean() > 0.8


def test_a_column_that_knows_is_named(made: Made) -> None:
    """It knows of ends ahead too; and how many of those are written down is told."""
    told = "\n".join(made.about["told"])
    assert "exit_code is left out: " in told
    assert "segment is left out" not in told
    assert "end on or after 2026-07-01" in told
    assert "set data_until" in told


def test_trials_are_kept(made: Made, shop: Workspace) -> None:
    """Of risk and of contracts, with what the page of trials needs."""
    about = CONTRACTS.work(Morning(shop, AS_OF)).about
    for trials in (made.about["trials"], about["by_interval"]["month"]["trials"]):
        assert len(trials["mornings"]) == 3
        assert {"scores", "calibration", "beats_the_rules", "told"} <= set(trials)
    assert made.about["trials"]["beats_the_rules"]


def test_too_few_are_told_nothing(tmp_path: Path) -> None:
    """Forty members: nobody's risk is known, and the sentence holds the plain rate of customers on one morning."""
    with club(tmp_path, 40) as small:
        made = RISK.work(Morning(small, AS_OF))
        assert small.run(made.table).empty
    assert made.about["refused"].startswith("Not enough data to tell customers apart")
    assert "Everybody is told the plain rate" not in made.about["refused"]
    assert "left within 90 days (95" in made.about["refused"]
