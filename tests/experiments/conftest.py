"""One invented company for all tests of experiments, and plans it can be asked about."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from keepwell import demo
from keepwell.config import Company
from keepwell.prove.plan import Plan
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred customers of the invented company, imported. Copy it before writing."""
    folder = tmp_path_factory.mktemp("company")
    demo.generate(folder / "source", customers=600, seed=5, as_of=AS_OF)
    settings = Company(name="Harbour Goods", time_zone="Europe/Helsinki", data_until=AS_OF)
    with Workspace.create(folder / "shop", settings) as made, made.read(str(folder / "source")) as taken:
        made.commit(made.bring(taken))
    return folder / "shop"


@pytest.fixture
def company(shop: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company, opened, to be written to."""
    shutil.copytree(shop, tmp_path / "shop")
    with Workspace.open(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture(scope="session")
def plan() -> Callable[..., Plan]:
    """A mail that doubles what is spent, half held out; what is given replaces what the plan says."""

    def made(**other: Any) -> Plan:
        said = {
            "experiment": "mail",
            "version": 1,
            "owner": "Sanna",
            "what": "A mail.",
            "expected": "Ten more are spent a head.",
            "arms": {"control": 0.5, "mail": 0.5},
            "start": AS_OF,
            "end": date(2026, 9, 29),
            "review": date(2026, 10, 6),
            "smallest_effect": 30.0,
            "max_n": 10_000,
            "where": "orders >= 1",
            "primary": {"kind": "spend", "days": 60},
            "costs": {"mail": "0.40"},
            "currency": "EUR",
        }
        return Plan.of(said | other)

    return made
