"""Would it have been right? Models look from mornings of the past, and what they said is laid beside what came."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Protocol

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy import special

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_number
from keepwell.understand import judging
from keepwell.understand.model import Floats, Needs
from keepwell.understand.totals import Total

TRIALS = 3
"""Mornings of the past a model is tried on where nobody says otherwise."""

_SURE = 2.0
"""So many standard errors a model must beat the best rule of thumb by, before it is preferred to it."""

_AT_ONCE = 20_000
"""Cells whose distributions are looked at together, so that they stay small in memory."""

Run = Callable[..., pd.DataFrame]


class Forecaster(Protocol):
    """A model that foretells purchases: chance, expected number, and the whole distribution of it."""

    id: str
    name: str

    def needs(self, facts: Facts) -> Needs:
        """See Model.needs."""

    def fit(self, cells: pd.DataFrame, *, chance: np.random.Generator | None = None) -> "Forecaster":
        """See Model.fit."""

    def predict(self, cells: pd.DataFrame, *, days: int) -> pd.DataFrame:
        """Columns chance (of any) and expected (how many)."""

    def distribution(self, cells: pd.DataFrame, *, days: int, most: int) -> pd.DataFrame:
        """Chances of 0, 1 … *most*, and of more."""

    def total(self, cells: pd.DataFrame, *, days: int) -> Total:
        """What all customers together will buy, and its standard deviation."""


@dataclass(frozen=True)
class Maker:
    """
    A model that must be made anew of what each morning knows, such as one with a season.

    Args:
        id: Its name in an examination.
        name: What people call it.
        make: From what is known on a morning, and a way to have the engine compute, a model that was not fitted yet.
    """

    id: str
    name: str
    make: "Callable[[Facts, Run], Forecaster]"

    @classmethod
    def of(cls, model: "Forecaster | Maker") -> "Maker":
        """Of a model: the same on every morning."""
        return model if isinstance(model, Maker) else cls(model.id, model.name, lambda _facts, _run: model)


@dataclass(frozen=True)
class Trial:
    """
    One look from the past.

    Args:
        morning: Nothing from this day on was known to the model.
        days: How far it looked ahead; all of them are known by now.
    """

    morning: date
    days: int

    @property
    def end(self) -> date:
        """The day after the last one foretold."""
        return self.morning + timedelta(days=self.days)


def trials(facts: Facts, first: date, days: int | tuple[int, ...], count: int = TRIALS) -> list[Trial]:
    """
    The last mornings from which *days* days can be checked, oldest first, without overlap.

    Args:
        facts: What is known now.
        first: The first day of which anything is known.
        days: How far the models look ahead; of several, the first for which there is enough history.
        count: How many at most; each needs at least twice as many days before it as it looks ahead.

    Raises:
        ModelError: Not one fits.
    """
    days = _fitting(facts, first, days if isinstance(days, tuple) else (days,))
    mornings = [facts.as_of - timedelta(days=days * back) for back in range(count, 0, -1)]
    return [Trial(morning, days) for morning in mornings if (morning - first).days >= 2 * days]


def _fitting(facts: Facts, first: date, lengths: tuple[int, ...]) -> int:
    """The first length that has three times as much history."""
    spans, least = (facts.as_of - first).days, 3 * min(lengths)
    for days in lengths:
        if spans >= 3 * days:
            return days
    raise ModelError(
        f"Not enough data: what is known spans {spans} days.",
        f"A trial over {min(lengths)} days needs {least}: two parts to learn from, one to be checked on.",
        f"Wait {least - spans} days, or bring in what is older.",
    )


def counted(model: Forecaster, facts: Facts, trial: Trial) -> Needs:
    """
    What the model looks at on the trial's morning, with what then happened as one more column: days with a purchase.

    Args:
        model: Whose needs.
        facts: What is known now.
        trial: The look.

    Raises:
        ModelError: The model foretells something else than days with a purchase.
    """
    if not getattr(model, "in_days", True):
        raise ModelError(
            f"{model.name} foretells opportunities that are used, each customer's counted from their own first purchase.",
            "A trial counts days with a purchase from one morning on, for all the same.",
            "Try a model of purchase days, such as mbg_cnbd, which knows purchases at even distances.",
        )
    asked = model.needs(facts.on(trial.morning))
    first, after = day_number(trial.morning), day_number(trial.end)
    came = facts.purchases.filter((_.day >= first) & (_.day < after)).select("customer_id", "day").distinct()
    came = came.group_by("customer_id").agg(happened=_.count())
    joined = asked.customers.left_join(came, "customer_id").drop("customer_id_right")
    return Needs(
        joined.mutate(happened=joined.happened.fill_null(0).cast("int64")), (*asked.cell, "happened"), asked.sums
    )


@dataclass(frozen=True)
class Trialled:
    """
    What one model said on one morning, and what came.

    Args:
        trial: The look.
        said: Per cell and outcome: chance, expected, customers, happened (days with a purchase),
            likely (chance given to what happened), below and until (chance of fewer, of at most that), far (crps).
        error: The standard deviation of the total, were the model right.
    """

    trial: Trial
    said: pd.DataFrame
    error: float

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every score of this look; lower is better for brier, log_score, count_score, crps, absolute_error, calibration_error."""
        whether, many = self.whether, self.many
        total = replace(judging.totals(many), error=self.error)
        customers = self.said["customers"].to_numpy("float64")
        return {
            **judging.scores(total, whether),
            "gini": judging.gini(many),
            "absolute_error": judging.absolute_error(many),
            "count_score": judging.count_score(self.said["likely"].to_numpy("float64"), customers),
            "crps": float(self.said["far"].to_numpy("float64") @ customers / customers.sum()),
            "calibration_error": judging.calibration_error(judging.calibration(whether)),
        }

    @property
    def whether(self) -> pd.DataFrame:
        """Whether anything came."""
        return pd.DataFrame({
            "said": self.said["chance"],
            "happened": (self.said["happened"] > 0).astype("float64"),
            "customers": self.said["customers"],
        })  # fmt: skip

    @property
    def many(self) -> pd.DataFrame:
        """How many came."""
        return pd.DataFrame({
            "said": self.said["expected"], "happened": self.said["happened"], "customers": self.said["customers"],
        })  # fmt: skip


def look(model: Forecaster, asked: Needs, cells: pd.DataFrame, trial: Trial) -> Trialled:
    """
    Fit a model to what was known, let it foretell, and put what happened beside it.

    Args:
        model: Fitted anew.
        asked: What counted() gave.
        cells: The cells of it.
        trial: The look.

    Raises:
        ModelError: The model does not fit what was known then.
    """
    keys = list(asked.cell[:-1])
    known = cells.groupby(keys, sort=False, as_index=False)[[*asked.sums, "customers"]].sum()
    model.fit(known)
    place = cells[keys].merge(known[keys].reset_index(), on=keys, how="left")["index"].to_numpy("int64")
    happened = cells["happened"].to_numpy("int64")
    most = int(happened.max(initial=0))
    told = model.predict(known, days=trial.days)
    chances = model.distribution(known, days=trial.days, most=most).to_numpy("float64")
    parts = [
        _beside(chances[place[part]], happened[part])
        for part in np.array_split(np.arange(len(place)), len(place) // _AT_ONCE + 1)
    ]
    said = pd.concat(parts, ignore_index=True).assign(
        chance=told["chance"].to_numpy("float64")[place],
        expected=told["expected"].to_numpy("float64")[place],
        customers=cells["customers"].to_numpy("float64"),
        happened=happened,
    )
    return Trialled(trial, said, model.total(known, days=trial.days).error)


def _beside(chances: Floats, happened: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pd.DataFrame:
    """What distributions say of the counts that came; the last column of *chances* is that count or more."""
    rows = np.arange(len(happened))
    until = np.cumsum(chances, axis=1)
    return pd.DataFrame({
        "likely": chances[rows, happened],
        "below": np.where(happened > 0, until[rows, np.maximum(happened - 1, 0)], 0.0),
        "until": until[rows, happened],
        "far": judging.distances(chances, happened.astype(np.float64)),
    })  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """
    Models and rules of thumb, each tried on the same mornings.

    Args:
        trialled: Id of a model -> its looks, oldest first.
        names: Id -> what people call it.
        refused: Id -> why it could not be fitted on the newest morning, or on all mornings of the others; such a model is not chosen.
        rules: Ids of the rules of thumb.
        left_out: Mornings of the past that not all others could do -> who could not, and why.
    """

    trialled: dict[str, list[Trialled]]
    names: dict[str, str]
    refused: dict[str, str]
    rules: tuple[str, ...]
    left_out: Mapping[date, str] = field(default_factory=dict)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per model and morning: model, morning, days, and every score."""
        rows = [
            {"model": id, "morning": found.trial.morning, "days": found.trial.days, **found.scores}
            for id, looks in self.trialled.items()
            for found in looks
        ]
        return pd.DataFrame(rows)

    @cached_property
    def means(self) -> pd.DataFrame:
        """
        One row per model: the mean of every score over all mornings; the best first, by the score of the whole distribution.

        Of models that say the same, such as one that is a case of the other, the one tried first comes first.
        """
        numbers = self.scores.drop(columns=["morning"]).groupby("model", sort=False).mean()
        return numbers.sort_values("count_score", kind="stable", key=lambda score: score.round(9))

    @cached_property
    def chosen(self) -> str:
        """The model whose distributions came nearest to what happened; a rule of thumb where none beats it by more than chance."""
        fit = [id for id in self.means.index if id not in self.refused]
        rules = [id for id in fit if id in self.rules]
        if not self.best or (rules and not self._beats(self.best, rules[0])):
            return rules[0]
        return self.best

    @cached_property
    def best(self) -> str:
        """The model that came nearest to what happened, whether or not it beats a rule of thumb; "" where none could be tried."""
        return next((str(id) for id in self.means.index if id not in self.refused and id not in self.rules), "")

    def _beats(self, model: str, rule: str) -> bool:
        """Whether the mean gain in the log score of counts is more than two of its standard errors above nothing."""
        gains = [
            self._gain(ours, theirs) for ours, theirs in zip(self.trialled[model], self.trialled[rule], strict=True)
        ]
        mean = float(np.mean([gain for gain, _error in gains]))
        error = math.sqrt(sum(error**2 for _gain, error in gains)) / len(gains)
        return mean > _SURE * error

    @staticmethod
    def _gain(ours: Trialled, theirs: Trialled) -> tuple[float, float]:
        """
        Gain per customer in the log score of counts, and its standard error over customers.

        Both looked at the same customers but may have told them apart in other cells: the error takes them as independent.
        """
        parts = [
            (found.said["likely"].clip(lower=1e-15).map(math.log), found.said["customers"]) for found in (ours, theirs)
        ]
        means = [float((log * many).sum() / many.sum()) for log, many in parts]
        spreads = [
            float(((log - mean) ** 2 * many).sum() / many.sum() ** 2)
            for (log, many), mean in zip(parts, means, strict=True)
        ]
        return means[0] - means[1], math.sqrt(sum(spreads))

    def calibration(self, model: str) -> pd.DataFrame:
        """What the model said in tenths of the customers, over all mornings, beside what happened; see judging.calibration."""
        return judging.calibration(pd.concat([found.whether for found in self.trialled[model]], ignore_index=True))

    def pit(self, model: str) -> pd.DataFrame:
        """Whether its distributions are too wide or too narrow, over all mornings; see judging.pit."""
        said = pd.concat([found.said for found in self.trialled[model]], ignore_index=True)
        below, until, customers = (said[name].to_numpy("float64") for name in ("below", "until", "customers"))
        return judging.pit(below, until, customers)

    def stretch(self, model: str) -> float:
        """
        By how much intervals of totals must be wider than the model says, so that they would have held in the past.

        The root mean square of how many standard deviations its totals were off, at least 1.
        """
        off = self.scores.loc[self.scores["model"] == model, "z"].dropna()
        return max(1.0, math.sqrt(float((off**2).mean()))) if len(off) else math.nan

    def beyond(self, model: str, level: float) -> float:
        """
        By what share of the total a model's totals were off besides what it says itself: 0 where they were off by no more than that.

        So large that intervals of this level, widened by it, would hold what comes. It was learned of a few mornings only, so what was seen
        counts for more than it is by the ratio of Student's quantile to the normal one.

        Args:
            model: Its id.
            level: How sure intervals are to be.

        Returns:
            The share; NaN where the model says nothing of its own error or nothing was expected.
        """
        looks = self.scores[self.scores["model"] == model]
        said, error = looks["said"].to_numpy("float64"), looks["error"].to_numpy("float64")
        if not len(looks) or not ((said > 0) & (error > 0)).all():
            return math.nan
        few = special.stdtrit(len(looks), (1 + level) / 2) / special.ndtri((1 + level) / 2)
        off = few * (said - looks["happened"].to_numpy("float64"))
        return math.sqrt(max(float(np.mean((off**2 - error**2) / said**2)), 0.0))

    def beside(self, other: "Examination") -> "Examination":
        """This one with what another found on the same mornings."""
        rules = dict.fromkeys((*self.rules, *other.rules))
        refused = self.refused | other.refused
        return Examination(
            self.trialled | other.trialled, self.names | other.names, refused, tuple(rules), self.left_out
        )

    def told(self) -> str:
        """The findings in sentences."""
        best = self.chosen
        mean = self.means.loc[best]
        mornings, days = len(self.trialled[best]), self.trialled[best][0].trial.days
        bias = mean["said"] / mean["happened"] - 1 if mean["happened"] else math.nan
        off = f"{abs(bias):.1%} too {'many' if bias > 0 else 'few'}"
        tried = f"Tried on {mornings} morning{'s' if mornings > 1 else ''} of the past, {days} days ahead each"
        of = "of the rules of thumb " if best in self.rules else ""
        lines = [
            f"{tried}: {of}{self.names[best]} came nearest to what happened.",
            f"Of {mean['happened']:,.0f} purchases that came on average it had said {mean['said']:,.0f}: {off}.",
        ]
        if best in self.rules:
            lines.insert(
                1, "No model beat this rule of thumb by more than chance: there is no signal beyond it in these data."
            )
        lines += [judging.sentence(row, "bought") for _index, row in self.calibration(best).iterrows()]
        lines += self.lacking
        return "\n".join(lines)

    @property
    def lacking(self) -> list[str]:
        """What could not be tried, and which mornings are left out of the comparison, in sentences; each reason is told once."""
        lines = [
            f"{day} is left out, since all are compared on the same mornings: {why}"
            for day, why in self.left_out.items()
        ]
        return [*lines, *not_tried(self.refused, self.names)]


def examine(
    models: Sequence[Forecaster | Maker],
    facts: Facts,
    tried: Sequence[Trial],
    run: Run,
    *,
    rules: Sequence[Forecaster] = (),
) -> Examination:
    """
    Try models and rules of thumb on mornings of the past.

    All are compared on the mornings that all could do, of those that could do the newest one; mornings left out are told.

    Args:
        models: Not fitted yet; or makers of such.
        facts: What is known now.
        tried: What trials() gave.
        run: Has the engine compute an expression. What several models look at alike is counted once.
        rules: Rules of thumb; see baselines.

    Raises:
        ModelError: Nothing could be fitted on any morning.
    """
    found: dict[str, dict[Trial, Trialled]] = {}
    faults: dict[str, dict[Trial, ModelError]] = {}
    makers = [Maker.of(model) for model in (*models, *rules)]
    for trial in tried:
        known, once = facts.on(trial.morning), _once(run)
        for maker in makers:
            try:
                model = maker.make(known, once)
                asked = counted(model, facts, trial)
                found.setdefault(maker.id, {})[trial] = look(model, asked, once(asked.cells), trial)
            except ModelError as fault:
                faults.setdefault(maker.id, {})[trial] = fault
    names = {maker.id: maker.name for maker in makers}
    return _compared(found, faults, names, tuple(rule.id for rule in rules))


def _compared(
    found: Mapping[str, Mapping[Trial, Trialled]],
    faults: Mapping[str, Mapping[Trial, ModelError]],
    names: dict[str, str],
    rules: tuple[str, ...],
) -> Examination:
    """Those who could do the newest morning that any could, on the mornings that all of them could."""
    told = {id: {trial: f"on {trial.morning}: {fault}" for trial, fault in each.items()} for id, each in faults.items()}
    newest = max((trial for looks in found.values() for trial in looks), key=lambda trial: trial.morning, default=None)
    if newest is None:
        lines = not_tried({id: list(each.values())[-1] for id, each in told.items()}, names)
        raise ModelError(_nothing(faults), " ".join(lines), "Wait for more data.")
    kept = {id: looks for id, looks in found.items() if newest in looks}
    left_out: dict[date, str] = {}
    for id in kept:
        for trial, why in told.get(id, {}).items():
            left_out.setdefault(trial.morning, f"{names[id]} could not be tried {why}")
    refused = {id: list(each.values())[-1] for id, each in told.items() if id not in kept}
    whole = {id: [look for trial, look in looks.items() if trial.morning not in left_out] for id, looks in kept.items()}
    return Examination(whole, names, refused, rules, left_out)


def _nothing(faults: Mapping[str, Mapping[Trial, ModelError]]) -> str:
    """That nothing was learned, and whether the data are merely too few."""
    came = [fault.came for each in faults.values() for fault in each.values()]
    few = bool(came) and all(each.startswith("Not enough data") for each in came)
    return "Not enough data." if few else "Nothing could be learned on any morning."


def not_tried(refused: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """
    Why models were not tried to the end, in sentences: models of the same reason are named together.

    Args:
        refused: Id -> why.
        names: Id -> what people call it, with which a reason may begin.
    """
    by_reason: dict[str, list[str]] = {}
    for id, why in refused.items():
        by_reason.setdefault(why.replace(f"{names[id]} does not fit", "The model does not fit"), []).append(names[id])
    return [
        f"{', '.join(who)} {'was' if len(who) == 1 else 'were'} not tried to the end: {why}"
        for why, who in by_reason.items()
    ]


def _once(run: Run) -> Run:
    """Has the engine compute nothing twice."""
    seen: list[tuple[ir.Table, pd.DataFrame]] = []

    def computed(asked: ir.Table) -> pd.DataFrame:
        frame = next((frame for other, frame in seen if other.equals(asked)), None)
        if frame is None:
            frame = run(asked)
            seen.append((asked, frame))
        return frame

    return computed
