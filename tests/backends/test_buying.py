"""Do the models of buying see the same customers on every engine?"""

import shutil

import numpy as np
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.measure.facts import Facts
from keepwell.understand.buying import Buying
from keepwell.understand.covariates import BuyingByTraits
from keepwell.understand.donors import BgBb
from keepwell.understand.dropout import BgNbd
from keepwell.understand.regular import MbgCnbd
from keepwell.understand.seasons import MONTHS, counted

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)
MODELS = {
    "bg_nbd": BgNbd(),
    "by the clock": BgNbd(season=tuple(np.linspace(0.7, 1.3, MONTHS))),
    "bg_bb": BgBb(unit_days=20),
    "mbg_cnbd": MbgCnbd(),
    "mbg_cnbd by the clock": MbgCnbd(season=tuple(np.linspace(0.7, 1.3, MONTHS))),
    "by traits": BuyingByTraits(most=2),
}


@pytest.mark.slow
@pytest.mark.spark
@needs_java
@pytest.mark.parametrize("name", MODELS)
def test_cells_are_the_same_on_spark(name: str, world: Facts, duck: Lake, spark: Lake) -> None:
    """As many customers in each cell, and their sums, on DuckDB and on Spark."""
    model: Buying = MODELS[name]
    mine, theirs = (
        lake.run(model.needs(Facts(lake.tables(), world.company, world.as_of)).cells) for lake in (duck, spark)
    )
    assert len(mine) > 1
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_months_are_the_same_on_spark(world: Facts, duck: Lake, spark: Lake) -> None:
    """What a season is learned from."""
    mine, theirs = (lake.run(counted(Facts(lake.tables(), world.company, world.as_of))) for lake in (duck, spark))
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)
