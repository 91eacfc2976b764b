"""Who will buy again, how often, and for how much? The value steps of the round: models tried on the past, the best one asked."""

from functools import partial
from typing import Any

import ibis
import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.understand import backtest, spend_trials
from keepwell.understand.baselines import LastRate, RecencyRule
from keepwell.understand.buying import Buying
from keepwell.understand.model import find
from keepwell.understand.spend import GammaGamma

SOON, YEAR = 90, 365
"""Days over which models are tried and chances are told; days over which value is told."""

SURE = 0.8
"""How sure the intervals of orders are to hold what comes."""

CANDIDATES = ("bg_nbd", "mbg_nbd", "pareto_nbd")

_VALUE = {
    "repeats": "int64", "recency_days": "int64", "age_days": "int64",
    "alive": "float64", "buys_soon": "float64", "orders_year": "float64",
    "orders_low": "float64", "orders_high": "float64", "next_in_days": "float64",
}  # fmt: skip
_SPEND = {
    "currency": "string", "repeats": "int32", "spent": "int64",
    "spend": "float64", "spend_low": "float64", "spend_high": "float64",
}  # fmt: skip


def _value(morning: Morning) -> Made:
    """Per cell of alike customers what they will buy, by the model that proved nearest on the company's own past."""
    try:
        looks = backtest.trials(morning.facts, morning.first, SOON)
        models = [find(name)() for name in CANDIDATES]
        found = backtest.examine(models, morning.facts, looks, morning.run, rules=(LastRate(SOON), RecencyRule(SOON)))  # type: ignore[arg-type]
        best = _best(found)
        cells = morning.run(best.needs(morning.facts).cells)
        best.fit(cells, chance=morning.chance())
    except ModelError as fault:
        return nothing(_VALUE, str(fault))
    about = {
        "model": best.save(),
        "told": [*found.told().splitlines(), best.explain()],
        "beats_the_rules": found.chosen == best.id,
        "scores": found.means.reset_index().replace({np.nan: None}).to_dict("records"),
        "calibration": found.calibration(best.id).to_dict("records"),
        "stretch": found.stretch(best.id),
    }
    return Made(ibis.memtable(_told(best, cells), schema=ibis.schema(_VALUE)), about)


def _best(found: backtest.Examination) -> Buying:
    """The best model of buying, whether or not it beats a rule of thumb: the portrait says which it is."""
    named = [name for name in found.means.index if name in CANDIDATES]
    if not named:
        raise ModelError(
            "No model of buying fits these data.", "; ".join(found.refused.values()), "Wait for more data."
        )
    best = find(named[0])()
    assert isinstance(best, Buying)
    return best


def _told(model: Buying, cells: pd.DataFrame) -> pd.DataFrame:
    """What the model says of every cell."""
    soon, year = model.predict(cells, days=SOON), model.predict(cells, days=YEAR)
    low, high = _interval(model, cells)
    return cells[["repeats", "recency_days", "age_days"]].assign(
        alive=year["alive"],
        buys_soon=soon["chance"],
        orders_year=year["expected"],
        orders_low=low,
        orders_high=high,
        next_in_days=_wait(model, cells),
    )


def _interval(model: Buying, cells: pd.DataFrame) -> tuple[Any, Any]:
    """The fewest and the most orders of the next year, with a chance of four in five to lie between."""
    most = 60
    low, high = [], []
    for start in range(0, len(cells), 20_000):
        shares = model.distribution(cells.iloc[start : start + 20_000], days=YEAR, most=most).to_numpy()
        until = np.cumsum(shares, axis=1)
        low.append((until < (1 - SURE) / 2).sum(axis=1))
        high.append((until < 1 - (1 - SURE) / 2).sum(axis=1))
    top = np.concatenate(high).astype("float64") if high else np.zeros(0)
    return np.concatenate(low).astype("float64") if low else top, np.where(top > most, np.nan, top)


def _wait(model: Buying, cells: pd.DataFrame) -> Any:
    """Days until half of those alike will have bought again; unknown where that takes more than a year, or never comes."""
    days = np.array([1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365])
    chances = np.stack([model.predict(cells, days=int(day))["chance"].to_numpy() for day in days], axis=1)
    place = (chances < 0.5).sum(axis=1)
    return np.where(place < len(days), days[np.minimum(place, len(days) - 1)].astype("float64"), np.nan)


def _spend(morning: Morning) -> Made:
    """Per cell of alike customers what they spend per purchase."""
    model = GammaGamma(level=SURE)
    try:
        cells = morning.run(model.needs(morning.facts).cells)
        model.fit(cells, chance=morning.chance())
    except ModelError as fault:
        return nothing(_SPEND, str(fault))
    told = model.predict(cells, days=YEAR)
    table = cells[["currency", "repeats", "spent"]].assign(
        spend=told["spend"], spend_low=told["low"], spend_high=told["high"]
    )
    about = {"model": model.save(), "told": [model.explain(), *_spend_tried(morning)]}
    return Made(ibis.memtable(table, schema=ibis.schema(_SPEND)), about)


def _spend_tried(morning: Morning) -> list[str]:
    """How spend per purchase did on the company's own past, in sentences."""
    try:
        looks = backtest.trials(morning.facts, morning.first, SOON)
        return (
            spend_trials.examine(partial(GammaGamma, level=SURE), morning.facts, looks, morning.run).told().splitlines()
        )
    except ModelError as fault:
        return [f"It could not be tried on the past. {fault}"]


VALUE = Step("value", "who will buy again, and how often", _value, ("orders", "refunds", "customers"))
SPEND = Step("spend", "what they spend per purchase", _spend, ("orders", "refunds", "customers"))
