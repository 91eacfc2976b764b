"""Is what a model cannot look at refused in words, whatever the model, and never with a traceback?"""

import json
import math

import numpy as np
import pandas as pd
import pytest
from tests.truth import published

from keepwell.errors import ModelError
from keepwell.understand.baselines import LastRate, RecencyRule
from keepwell.understand.covariates import BuyingByTraits
from keepwell.understand.donors import BgBb
from keepwell.understand.dropout import BgNbd, MbgNbd
from keepwell.understand.model import Model
from keepwell.understand.pareto import ParetoNbd
from keepwell.understand.pooling import BuyingByCohort
from keepwell.understand.regular import MbgCnbd
from keepwell.understand.renewals import BetaDiscreteWeibull, OneRate, ShiftedBetaGeometric
from keepwell.understand.spend import GammaGamma

BUYING = [BgNbd, MbgNbd, ParetoNbd, MbgCnbd, BuyingByTraits, BuyingByCohort]
ALL = [*BUYING, BgBb, GammaGamma, OneRate, ShiftedBetaGeometric, BetaDiscreteWeibull, LastRate, RecencyRule]
ELSEWHERE = pd.DataFrame({"frequency": [2, 0], "recency": [30.0, 0.0], "T": [39.0, 39.0], "customers": [30, 30]})
KNOWN = pd.DataFrame({
    "repeats": [2, 0], "recency_days": [30, 0], "age_days": [39, 39], "log_gaps": [0, 0], "customers": [300, 300],
    "country": ["FI", "SE"], "last": [2, 0], "opportunities": [3, 3], "currency": "EUR", "spent": [4000, 0],
    "age": [2, 3], "lost": [1, 0], "silence": [1, 2], "silence_then": [1, 2], "again": [1, 0],
})  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_columns_of_elsewhere_are_refused(kind: type[Model]) -> None:
    """As other packages call them: it is told what came, what is lacking, and what to do."""
    with pytest.raises(ModelError) as told:
        kind().fit(ELSEWHERE)
    said = str(told.value)
    assert "got the columns frequency, recency, T, customers." in said
    assert "Lacking: " in said
    assert "the model's own needs()" in said
    if "repeats" in said:
        assert "What is called frequency elsewhere is repeats here, in whole days." in said


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("value", "fault"), [(math.nan, "unknown or infinite in 1 of 2"), (math.inf, "unknown"), (-3, "below 0: -3")]
)
def test_customers_that_cannot_be_are_refused(kind: type[Model], value: float, fault: str) -> None:
    """Of how many customers a row speaks is not known, or less than none."""
    with pytest.raises(ModelError, match=rf"got customers {fault}"):
        kind().fit(KNOWN.assign(customers=[value, 300.0]))


@pytest.mark.parametrize(
    ("value", "fault"), [(math.nan, "unknown"), (3.5, "that is not whole"), ("x", "that is no number")]
)
@pytest.mark.parametrize("kind", BUYING)
def test_recency_that_cannot_be_is_refused(kind: type[Model], value: object, fault: str) -> None:
    """Not known, no whole days, no number."""
    with pytest.raises(ModelError, match=rf"got recency_days {fault}"):
        kind().fit(KNOWN.assign(recency_days=[value, 0]))


def test_evenness_needs_the_distances() -> None:
    """Without the logarithms of gaps it says what they are."""
    with pytest.raises(ModelError, match=r"log_gaps .sum of the logarithms of days between purchases"):
        MbgCnbd().fit(KNOWN.drop(columns="log_gaps"))


def test_what_is_asked_about_is_looked_at_too() -> None:
    """Having learned, it refuses cells that lack a column."""
    model = BgNbd().fit(published.cells("sample"))
    with pytest.raises(ModelError, match=r"Lacking: repeats .days with a purchase after the first."):
        model.predict(ELSEWHERE, days=30)


@pytest.mark.parametrize("kind", [*BUYING, BgBb])
@pytest.mark.parametrize("unit", [0, -7, math.nan, "week"])
def test_a_unit_of_time_is_above_nothing(kind: type[Model], unit: object) -> None:
    """Of no days, of less, of an unknown number, of no number."""
    with pytest.raises(ModelError, match=f"unit_days is {unit}"):
        kind(unit_days=unit)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "season",
    [[1.0] * 11, [2.0] * 12, [-1.0, 3.0] * 6, [0.0, 2.0] * 6, [math.nan] * 12, ["x"] * 12, [0.1] * 12, 5, "summer"],
)
def test_what_is_no_season_is_refused(season: object) -> None:
    """Eleven months, a mean of 2 or .1, months below or at 0, unknown ones, words; no list of months at all."""
    with pytest.raises(ModelError, match="twelve numbers above 0 that are 1 on average"):
        MbgNbd(season=season)  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [math.inf, math.nan, 0, -1, 2.5, 10**9])
def test_so_far_ahead_is_not_looked(days: float) -> None:
    """For ever, unknown, not at all, backwards, by halves of days, a million years."""
    model = BgNbd().fit(published.cells("sample"))
    with pytest.raises(ModelError, match="days ahead"):
        model.predict(published.cells("sample"), days=days)  # type: ignore[arg-type]


def test_less_than_no_number_is_not_told_on_its_own() -> None:
    """The largest number told on its own is 0 at least."""
    model = BgNbd().fit(published.cells("sample"))
    assert model.distribution(published.cells("sample"), days=30, most=0).shape[1] == 2
    with pytest.raises(ModelError, match="most is -1"):
        model.distribution(published.cells("sample"), days=30, most=-1)


def test_ten_for_ten_per_cent_is_refused() -> None:
    """A discount of a thousand per cent a year was meant otherwise."""
    with pytest.raises(ModelError, match="discount is 10"):
        ShiftedBetaGeometric(discount=10)


def _without(saved: dict, name: str) -> dict:
    return {key: value for key, value in saved.items() if key != name}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda saved: _without(saved, "learned"), "lacks its settings, or what was learned"),
        (lambda saved: {**saved, "settings": {**saved["settings"], "speed": 3}}, "has speed besides"),
        (lambda saved: {**saved, "learned": {**saved["learned"], "predict": 3}}, "has predict besides"),
        (lambda saved: {**saved, "learned": {"covariance_": {"array": [1], "shape": [2], "type": "float64"}}}, "cannot be read"),
        (lambda saved: "junk", "is str"),
        (lambda saved: {}, "is None, version None, form None"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_not_taken_up(spoil, why: str) -> None:
    """Parts are lacking, parts are strange, or it is something else altogether."""
    saved = json.loads(json.dumps(BgNbd().fit(published.cells("sample")).save()))
    with pytest.raises(ModelError, match=rf"What was put away {why}"):
        BgNbd.load(spoil(saved))


def test_whole_numbers_may_be_told_as_floats() -> None:
    """An engine that gives 2.0 for 2 is understood."""
    cells = published.cells("sample")
    floats = BgNbd().fit(cells.astype(np.float64))
    assert floats.parameters_ == BgNbd().fit(cells).parameters_
