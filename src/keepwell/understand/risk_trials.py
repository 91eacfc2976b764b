"""Would leaving have been foretold? The chance of leaving looks from mornings of the past, beside rules of thumb that cost nothing."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis
import numpy as np
import pandas as pd

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_number
from keepwell.understand import features, judging
from keepwell.understand.backtest import TRIALS, Run, Trial
from keepwell.understand.churn import ChurnHazard
from keepwell.understand.judging import percent
from keepwell.understand.model import Floats

_SURE = 2.0
"""So many standard errors a model must beat every rule of thumb by, before it is preferred to them."""
_ALIKE, _CLASSES = 100, 50
"""Customers a class of silence has at least, and how many classes there are at most."""

RULES = {
    "last_rate": "Last period's rate",
    "recency_rule": "Recency rule",
    "lateness_rule": "Lateness rule",
}
"""
What is set beside the model: what happened in the days before happens again. Everybody leaves as all did; as those did who had been silent for
as many days; as those did whose silence was as long beside their own usual gap.
"""


@dataclass(frozen=True)
class Trialled:
    """
    What one way of telling said on one morning, beside what came.

    Args:
        trial: The look.
        said: One row per customer kept on the morning, the same rows for every way: said (chance), happened (1 left, 0 stayed).
        apart: Whether it told customers apart at all.
    """

    trial: Trial
    said: pd.DataFrame
    apart: bool = True

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every score of this look; lower is better for brier, log_score and calibration_error; see judging."""
        chance = self.said["said"].to_numpy("float64")
        return {
            **judging.scores(judging.totals(self.said, chance * (1 - chance)), self.said),
            "gini": judging.gini(self.said),
            "calibration_error": judging.calibration_error(judging.calibration(self.said)),
        }


@dataclass(frozen=True)
class Examination:
    """
    How the chance of leaving did on mornings of the past.

    Args:
        trialled: Id of a model or rule -> its looks, oldest first.
        names: Id -> what people call it.
        refused: Id of a model -> why it could not be tried to the end.
    """

    trialled: Mapping[str, Sequence[Trialled]]
    names: Mapping[str, str]
    refused: Mapping[str, str]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per way and morning: model, morning, days, and Trialled.scores."""
        rows = [
            {"model": id, "morning": look.trial.morning, "days": look.trial.days, **look.scores}
            for id, looks in self.trialled.items()
            for look in looks
        ]
        return pd.DataFrame(rows)

    @cached_property
    def means(self) -> pd.DataFrame:
        """One row per way: the mean of every score over the mornings; the best first, by the log score."""
        return self.scores.drop(columns=["morning"]).groupby("model").mean().sort_values("log_score")

    @cached_property
    def best(self) -> str:
        """The model, not a rule, with the lowest log score."""
        return str(next(id for id in self.means.index if id not in RULES))

    @cached_property
    def gains(self) -> dict[str, tuple[float, float]]:
        """
        Rule -> by how much the best model's log score is better per customer, and the standard error of that.

        The same customers are compared on every morning; mornings are taken as independent.
        """
        ours, found = self.trialled[self.best], {}
        for rule in (id for id in RULES if id in self.trialled):
            pairs = [judging.gain(one.said, other.said) for one, other in zip(ours, self.trialled[rule], strict=True)]
            error = math.sqrt(sum(spread**2 for _mean, spread in pairs)) / len(pairs)
            found[rule] = (float(np.mean([mean for mean, _spread in pairs])), error)
        return found

    @property
    def unbeaten(self) -> list[str]:
        """Rules the best model does not beat by more than chance."""
        return [rule for rule, (gain, error) in self.gains.items() if not gain > _SURE * error]

    def calibration(self, id: str) -> pd.DataFrame:
        """What was said in tenths of the customers, over all mornings, beside who left; see judging.calibration."""
        return judging.calibration(pd.concat([look.said for look in self.trialled[id]], ignore_index=True))

    def told(self) -> str:
        """The findings in sentences."""
        looks, tenths = self.trialled[self.best], self.calibration(self.best)
        lines = [
            f"Tried on {_mornings(len(looks))} of the past, {looks[0].trial.days} days ahead each: {self.names[self.best]}.",
            *self._few(),
            self._beside(),
            self._total(),
            *self._ranked(),
            *(judging.sentence(row) for _index, row in tenths.iterrows()),
            *(f"{self.names[id]} was not tried to the end: {why}" for id, why in self.refused.items()),
        ]
        return "\n".join(lines)

    def about(self) -> dict[str, Any]:
        """What a round keeps of it, as JSON can hold: scores of every way, the model's totals by morning, tenths and sentences."""
        totals = self.scores[self.scores["model"] == self.best]
        totals = totals.assign(morning=[morning.isoformat() for morning in totals["morning"]])
        means = self.means.reset_index()
        return {
            "model": self.best,
            "beats_the_rules": not self.unbeaten,
            "scores": judging.plain(means.assign(name=means["model"].map(dict(self.names)))),
            "mornings": judging.plain(totals[["morning", "days", "customers", "said", "happened", "error"]]),
            "calibration": judging.plain(self.calibration(self.best)),
            "told": self.told().splitlines(),
        }

    def _few(self) -> list[str]:
        """What takes weight from the rest: too few mornings, or mornings on which nothing could be learned."""
        looks = self.trialled[self.best]
        blind = sum(not look.apart for look in looks)
        told = []
        if len(looks) < TRIALS:
            told.append(
                f"Only {_mornings(len(looks))} could be tried: too few to tell luck from skill. {TRIALS} take a longer past."
            )
        if blind:
            told.append(
                f"On {'it' if len(looks) == 1 else f'{blind} of them'} everybody was told the same chance: too few had left by then, or nothing told leavers from stayers."
            )
        return told

    def _total(self) -> str:
        rows = self.scores[self.scores["model"] == self.best]
        many, said, came = (float(rows[name].sum()) for name in ("customers", "said", "happened"))
        start = f"Of {many:,.0f} customers it had said that {said:,.0f} would leave; {came:,.0f} did"
        if not came:
            return f"{start}."
        off = said / came - 1
        if abs(off) < 0.0005:
            return f"{start}."
        return f"{start}: {percent(abs(off))} too {'many' if off > 0 else 'few'}."

    def _beside(self) -> str:
        if not self.unbeaten:
            return "It told who would leave better than every rule of thumb beside it."
        named = " and ".join(_called(rule) for rule in self.unbeaten)
        return f"It told who would leave no better than {named}: there is no more in these data."

    def _ranked(self) -> list[str]:
        """How well it put leavers before stayers, and the best rule that ranks at all."""
        ours = float(self.means["auc"][self.best])
        if math.isnan(ours):
            return ["Nobody left, or everybody did: whether it ranks them well cannot be told."]
        told = f"Of a leaver and a stayer it gave the leaver the higher risk in {percent(ours)} of pairs (50\N{NO-BREAK SPACE}% is chance)"
        ranks = self.means["auc"].loc[[id for id in RULES if id in self.trialled and id != "last_rate"]].dropna()
        beside = f"; {_called(str(ranks.idxmax()))} in {percent(float(ranks.max()))}" if len(ranks) else ""
        return [f"{told}{beside}."]


def examine(makes: Sequence[Callable[[], ChurnHazard]], facts: Facts, tried: Sequence[Trial], run: Run) -> Examination:
    """
    Try chances of leaving on mornings of the past, fitted anew on what was known on each, beside rules of thumb.

    One lot of customers is looked at, of at most as many as the first model learns from, drawn by a digest of their ids.

    Args:
        makes: Each makes one that has learned nothing; the first says how many customers and mornings are looked at, and which traits.
        facts: What is known now.
        tried: See backtest.trials; all equally many days ahead.
        run: Has the engine compute an expression.

    Raises:
        ModelError: Nothing could be learned on any morning, or nobody was a customer on one.
    """
    rows = _rows(makes[0](), facts, tried, run)
    found: dict[str, list[Trialled]] = {}
    names, refused = dict(RULES), {}
    for trial in tried:
        known, there = _known(rows, trial), _there(rows, trial)
        for make in makes:
            model = make()
            names[model.id] = model.name
            try:
                found.setdefault(model.id, []).append(_look(model, known, there, trial))
            except ModelError as fault:
                refused[model.id] = f"on {trial.morning.isoformat()}: {fault}"
        for rule, chance in _ruled(known, there, trial.days).items():
            found.setdefault(rule, []).append(Trialled(trial, _beside(chance, there, trial), rule != "last_rate"))
    whole = {id: looks for id, looks in found.items() if id not in refused and len(looks) == len(tried)}
    if not set(whole) - set(RULES):
        raise ModelError("Nothing could be learned on any morning.", "; ".join(refused.values()), "Wait for more data.")
    return Examination(whole, names, refused)


def _rows(model: ChurnHazard, facts: Facts, tried: Sequence[Trial], run: Run) -> pd.DataFrame:
    """Customers of the lot on every morning that any look learns from or is judged on; see features.looks."""
    days = tried[0].days
    first = min(day_number(trial.morning) for trial in tried) - days * model.mornings
    cuts = {day_number(trial.morning) - days * back for trial in tried for back in range(model.mornings + 1)}
    reach = -((first - facts.today) // days)
    lot = run(features.drawn(facts, days=days, mornings=reach, most=model.most))
    few = replace(facts, only=ibis.memtable(lot))
    looks = features.gone(features.looks(few, sorted(cuts), model.traits), few)
    return run(looks.order_by("customer_id", "cut_day"))


def _known(rows: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """
    What could be learned from on the look's morning: earlier mornings whose days were over, and ends that had come by then.

    Columns without a date stand as they are now, so they are asked about all that is known now: gone stays.
    """
    morning = day_number(trial.morning)
    known = rows[rows["cut_day"] <= morning - trial.days]
    seen = known["cut_day"] + known["left_after"].astype("float64") < morning
    return known.assign(left_after=known["left_after"].where(seen)).reset_index(drop=True)


def _there(rows: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """Who was kept on the look's morning."""
    there = rows[rows["cut_day"] == day_number(trial.morning)].reset_index(drop=True)
    if there.empty:
        raise ModelError(f"Nobody was a customer on {trial.morning.isoformat()}.", "", "Choose other mornings.")
    return there


def _left(rows: pd.DataFrame, days: int) -> Floats:
    """1 where a customer left within the days, 0 where not."""
    return np.where(rows["left_after"].to_numpy("float64", na_value=np.nan) < days, 1.0, 0.0)


def _beside(chance: Floats, there: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    return pd.DataFrame({"said": chance, "happened": _left(there, trial.days)})


def _look(model: ChurnHazard, known: pd.DataFrame, there: pd.DataFrame, trial: Trial) -> Trialled:
    """One model on one morning, not told what became of those it is asked about."""
    model.fit(known)
    chance = model.predict(there.drop(columns=["left_after", "gone"], errors="ignore"), days=trial.days)[
        "chance"
    ].to_numpy("float64")
    return Trialled(trial, _beside(chance, there, trial), model.signal)


def _ruled(known: pd.DataFrame, there: pd.DataFrame, days: int) -> dict[str, Floats]:
    """What each rule of thumb says that has something to go by."""
    last = known[known["cut_day"] == known["cut_day"].max()]  # older ones may be of a company too young to lose anybody
    left = _left(last, days)
    if not len(left):
        return {}
    said = {"last_rate": np.full(len(there), float(left.mean()))}
    for rule, silence in (("recency_rule", _silence), ("lateness_rule", _lateness)):
        then, now = silence(last), silence(there)
        if not np.isnan(then).all():
            said[rule] = hazard(then, left, now)
    return said


def _column(rows: pd.DataFrame, name: str) -> Floats:
    return rows[name].to_numpy("float64", na_value=np.nan) if name in rows else np.full(len(rows), np.nan)


def _silence(rows: pd.DataFrame) -> Floats:
    """Days since the last order or use, whichever came later; NaN where there was none."""
    return np.fmin(_column(rows, "last_order"), _column(rows, "last_use"))


def _lateness(rows: pd.DataFrame) -> Floats:
    """That silence in usual gaps of their own, between orders or between days of use of the last 90; NaN where no gap is known."""
    used = _column(rows, "use_days_30") + 2 * _column(rows, "use_days_before")  # the latter is told per 30 days
    return np.fmin(_column(rows, "order_late"), np.where(used > 0, _column(rows, "last_use") * used / 90, np.nan))


def hazard(then: Floats, left: Floats, now: Floats) -> Floats:
    """
    The chance of leaving by one number alone: the share who left of those in the same class of it.

    Classes hold equally many; who has no number is a class. A class is told one customer of the common rate.

    Args:
        then: The number, of those of whom it is known what they did; NaN where it is unknown.
        left: 1 where they left, else 0.
        now: The number of those asked about.
    """
    there = then[~np.isnan(then)]
    classes = int(np.clip(len(there) // _ALIKE, 2, _CLASSES))
    edges = np.unique(np.quantile(there, np.linspace(0, 1, classes + 1)[1:-1]))
    unknown = len(edges) + 1
    place, asked = (
        np.where(np.isnan(part), unknown, np.searchsorted(edges, part, side="right")) for part in (then, now)
    )
    many, gone = np.bincount(place, minlength=unknown + 1), np.bincount(place, left, unknown + 1)
    shares: Floats = (gone + left.mean()) / (many + 1)
    return shares[asked]


def _mornings(many: int) -> str:
    return "one morning" if many == 1 else f"{many} mornings"


def _called(rule: str) -> str:
    """A rule within a sentence."""
    return "last period's rate" if rule == "last_rate" else f"the {RULES[rule].lower()}"
