"""Who will buy again, how often, and for how much? The value steps of the round: models tried on the past, the best one asked."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import ibis
import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.rounds.step import Made, Morning, Step, nothing
from keepwell.tongue import gettext_noop
from keepwell.understand import backtest, seasons, spend_trials
from keepwell.understand.backtest import Forecaster, Maker, Run, Trial
from keepwell.understand.baselines import LastRate, RecencyRule
from keepwell.understand.buying import Buying
from keepwell.understand.histories import histories
from keepwell.understand.judging import percent
from keepwell.understand.model import find
from keepwell.understand.spend import GammaGamma

SOON, YEAR = 90, 365
"""Days over which chances are told; days over which value is told."""

LENGTHS = (SOON, 60, 30)
"""Days over which models are tried on the past: the first for which there is three times as much history."""

SURE = 0.8
"""How sure the intervals of orders are to hold what comes."""

CANDIDATES = ("bg_nbd", "mbg_nbd", "pareto_nbd", "mbg_cnbd")
"""Models tried on the past; the best of them is tried with the company's season too."""

_WAITS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365)
"""Days within which half of those alike may have bought again."""

_MOST = (3, 12, 60)
"""Orders looked at singly, of all first, then of those who may make more; beyond the last in steps of a hundredth."""

_STEP, _BATCH, _BEYOND_ALL = 1.01, 50, 1e6
"""By how much a number of orders is more than the one looked at before; how many at once; where it is given up."""

_AT_ONCE = 20_000
"""Cells looked at together, so that their distributions stay small in memory."""

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
    """Per cell of alike customers what they will buy, by the model that proved itself on the company's own past; nothing where none did."""
    try:
        makers, found = _examined(morning)
    except ModelError as fault:
        return nothing(_VALUE, str(fault))
    tried = _tried(found)
    if found.chosen != found.best:
        return _silent(_unproved(found), tried)
    morning.share(histories)
    try:
        best = makers[found.best].make(morning.facts, morning.run)
        assert isinstance(best, Buying)
        cells = morning.run(best.needs(morning.facts).cells)
        best.fit(cells, chance=morning.chance())
    except ModelError as fault:
        return _silent(str(fault), tried)
    totals = [
        {
            "name": "orders",
            **best.total(cells, days=days).said(days=days, beyond=found.beyond(found.best, SURE), level=SURE),
        }
        for days in (SOON, YEAR)
    ]
    told = [*tried["told"], *(_total_in_words(total) for total in totals), best.explain()]
    about = {**tried, "model": best.save(), "told": told, "totals": totals}
    return Made(ibis.memtable(_told(best, cells), schema=ibis.schema(_VALUE)), about)


def _silent(why: str, tried: Mapping[str, Any]) -> Made:
    """Nothing of any customer, with what was found on the past."""
    return Made(nothing(_VALUE, why).table, {**tried, "refused": why, "told": [why, *tried["told"]]})


def _tried(found: backtest.Examination) -> dict[str, Any]:
    """What the past says of the best model, beside all others; of the rule of thumb where no model could be tried."""
    name = found.best or found.chosen
    return {
        "model": {"model": name},
        "told": found.told().splitlines(),
        "beats_the_rules": found.chosen == found.best,
        "scores": found.means.reset_index().replace({np.nan: None}).to_dict("records"),
        "calibration": found.calibration(name).to_dict("records"),
        "mornings": _mornings(found, name),
        "pit": found.pit(name).to_dict("records"),
        "stretch": found.stretch(name),
    }


def _unproved(found: backtest.Examination) -> str:
    """Why nothing is told of customers, and what did better."""
    if not found.best:
        few = all("Not enough data" in why for why in found.refused.values())
        why = "Not enough data to tell who will buy again." if few else "No model of buying fits these data."
        return " ".join([why, *found.lacking])
    scores, rule = found.means["count_score"], found.chosen
    return (
        f"Who will buy again is not told: on the company's own past no model beat the rules of thumb by more than chance. "
        f"Of the rules {found.names[rule]} came nearest to what happened (score {scores[rule]:.4f}; lower is better), "
        f"of the models {found.names[found.best]} ({scores[found.best]:.4f})."
    )


def _examined(morning: Morning) -> tuple[dict[str, Maker], backtest.Examination]:
    """Every candidate on the past, beside the rules of thumb; then the best of them by the months of the year."""
    facts, looks = morning.facts, _looks(morning)
    makers = {name: _maker(name) for name in CANDIDATES}
    rules = [rule(looks[0].days) for rule in (LastRate, RecencyRule)]
    found = backtest.examine([*makers.values()], facts, looks, morning.run, rules=rules)  # type: ignore[arg-type]
    if not found.best:
        return makers, found
    seasonal = _by_season(found.best)
    compared = [look.trial for look in found.trialled[found.best]]
    try:
        tried = backtest.examine([seasonal], facts, compared, morning.run)
        lacks = next(iter(tried.left_out.values()), "")
    except ModelError as fault:
        tried, lacks = None, fault.wanted
    if tried is None or lacks:
        why = lacks.split(" was not tried to the end: ")[-1].split(" could not be tried ")[-1]
        tried = backtest.Examination({}, {seasonal.id: seasonal.name}, {seasonal.id: why}, ())
    return {**makers, seasonal.id: seasonal}, found.beside(tried)


def _looks(morning: Morning) -> list[Trial]:
    """Mornings of the past to be tried on, everybody's history on each of them computed once for all models of buying and of spending."""
    looks = backtest.trials(morning.facts, morning.first, LENGTHS)
    for look in looks:
        morning.share(histories, morning.facts.on(look.morning))
    return looks


def _maker(name: str) -> Maker:
    kind = find(name)
    return Maker(name, kind.name, lambda _facts, _run: kind())  # type: ignore[arg-type, return-value]


def _by_season(name: str) -> Maker:
    """The same model, with the months' speeds learned of what was known on the morning."""
    kind = find(name)

    def make(facts: Facts, run: Run) -> Forecaster:
        season = seasons.learn(run(seasons.counted(facts)))
        return kind(season=season.speeds)  # type: ignore[call-arg, return-value]

    return Maker(f"{name}_by_season", f"{kind.name}, by the months of the year", make)


def _mornings(found: backtest.Examination, name: str) -> list[dict[str, Any]]:
    """What was said of all together on each morning, how far that may be off were the model right, and what happened."""
    kept = ("customers", "said", "happened", "error")
    return [
        {"morning": look.trial.morning.isoformat(), **{score: float(look.scores[score]) for score in kept}}
        for look in found.trialled[name]
    ]


def _total_in_words(total: Mapping[str, Any]) -> str:
    """How many orders of all together, and how sure that is."""
    said = f"In the next {total['days']} days {total['said']:,.0f} orders are expected of the {total['customers']:,} customers so far"
    if total["low"] is None:
        return f"{said}; how sure that is, is not known: no total of the past could be set beside what came."
    return (
        f"{said}, {total['low']:,.0f} to {total['high']:,.0f} with {percent(total['level'])} certainty, "
        "as sure as its totals were right on the mornings tried."
    )


def _told(model: Buying, cells: pd.DataFrame) -> pd.DataFrame:
    """What the model says of every cell."""
    soon, year = (model.predict(cells, days=days, errors=False) for days in (SOON, YEAR))
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
    low, high = np.zeros(len(cells)), np.zeros(len(cells))
    open_ = np.arange(len(cells))
    for most in _MOST:
        until = [np.zeros((0, 2))]
        for start in range(0, len(open_), _AT_ONCE):
            shares = model.distribution(cells.iloc[open_[start : start + _AT_ONCE]], days=YEAR, most=most).to_numpy()
            sums = np.cumsum(shares, axis=1)
            until.append(np.stack([(sums < tail).sum(axis=1) for tail in ((1 - SURE) / 2, 1 - (1 - SURE) / 2)], axis=1))
        low[open_], high[open_] = np.concatenate(until).T
        open_ = open_[high[open_] > most]
    for start in range(0, len(open_), _AT_ONCE):
        some = open_[start : start + _AT_ONCE]
        far_low, far_high = _far(model, cells.iloc[some])
        low[some], high[some] = np.where(low[some] > _MOST[-1], far_low, low[some]), far_high
    return low, high


def _far(model: Buying, cells: pd.DataFrame) -> tuple[Any, Any]:
    """The same of those who may make more than sixty: the first number, in steps of a hundredth, that is not too small."""
    told = np.full((2, len(cells)), np.nan)
    count = _MOST[-1] + 1
    while np.isnan(told).any() and count < _BEYOND_ALL:
        counts = [count]
        while len(counts) < _BATCH:
            counts.append(max(counts[-1] + 1, int(counts[-1] * _STEP)))
        more = model.reaching(cells, days=YEAR, counts=[each + 1 for each in counts]).to_numpy()
        for row, tail in enumerate((1 - (1 - SURE) / 2, (1 - SURE) / 2)):
            enough = more <= tail
            found = np.isnan(told[row]) & enough.any(axis=1)
            told[row, found] = np.array(counts)[enough.argmax(axis=1)][found]
        count = max(counts[-1] + 1, int(counts[-1] * _STEP))
    return told[0], told[1]


def _wait(model: Buying, cells: pd.DataFrame) -> Any:
    """Days until half of those alike will have bought again; unknown where that takes more than a year, or never comes."""
    days = np.array([*_WAITS, np.nan])
    return days[(model.within(cells, days=_WAITS).to_numpy() < 0.5).sum(axis=1)]


def _spend(morning: Morning) -> Made:
    """Per cell of alike customers what they spend per purchase."""
    model = GammaGamma(level=SURE)
    morning.share(histories)
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
        model = partial(GammaGamma, level=SURE)
        return spend_trials.examine(model, morning.facts, _looks(morning), morning.run).told().splitlines()
    except ModelError as fault:
        return [f"It could not be tried on the past. {fault}"]


VALUE = Step(
    "value", gettext_noop("who will buy again, and how often"), _value, ("orders", "refunds", "customers"), version=4
)
SPEND = Step(
    "spend", gettext_noop("what they spend per purchase"), _spend, ("orders", "refunds", "customers"), version=2
)
