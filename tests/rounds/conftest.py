"""One invented company for all tests of the round."""

from datetime import date
from pathlib import Path

import pytest

from keepwell import demo
from keepwell.config import Company
from keepwell.workspace import Workspace

AS_OF = date(2026, 7, 1)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred customers of the invented company, imported; no round was taken yet. Copy it before writing."""
    folder = tmp_path_factory.mktemp("company")
    demo.generate(folder / "source", customers=600, seed=5, as_of=AS_OF)
    settings = Company(name="Harbour Goods", time_zone="Europe/Helsinki", data_until=AS_OF)
    with Workspace.create(folder / "shop", settings) as shop, shop.read(str(folder / "source")) as taken:
        shop.commit(shop.bring(taken))
    return folder / "shop"
