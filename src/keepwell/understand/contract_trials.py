"""Would the end of contracts have been foretold? Renewal models look from mornings of the past, beside the last stretch's rate."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from ibis import _

from keepwell.errors import ModelError
from keepwell.measure.facts import Facts
from keepwell.schema.clock import day_number
from keepwell.understand import judging
from keepwell.understand.backtest import Run, Trial
from keepwell.understand.billing import contracts
from keepwell.understand.model import Needs
from keepwell.understand.renewals import Renewals

_SURE = 2.0
"""So many standard errors a model must beat the rule of thumb by, before it is preferred to it."""


def outcomes(model: Renewals, facts: Facts, trial: Trial) -> Needs:
    """
    What a model looks at on the trial's morning, with what then happened: whether the contract ended in its days.

    Args:
        model: Whose needs.
        facts: What is known now.
        trial: The look.
    """
    asked = model.due(replace(facts, as_of=trial.morning))
    first = day_number(trial.morning)
    later = contracts(replace(facts, as_of=trial.end), model.each)
    over = later.filter((_.start_day < first) & (_.end_day >= first))  # an end from as_of on is not known yet
    joined = asked.customers.left_join(over.select("customer_id", ended="end_day").distinct(), "customer_id")
    left = ((joined.lost == 0) & joined.ended.notnull()).cast("int64")
    return Needs(joined.mutate(left=left).drop("customer_id_right", "ended"), asked.cell, {"left": _.left.sum()})


@dataclass(frozen=True)
class Trialled:
    """
    What one model said on one morning beside what came, and what the rule of thumb said.

    Args:
        trial: The look.
        said: One row per cell of customers with a contract: said (chance of its end), happened (share), customers.
        rule: The same by the rate of the days before the morning; None where those are not known.
    """

    trial: Trial
    said: pd.DataFrame
    rule: pd.DataFrame | None

    @property
    def scores(self) -> dict[str, float]:
        """Customers, ends said and come, bias and z of the total, Brier, log score, AUC, and the gain over the rule with its error."""
        chance = self.said["said"].to_numpy("float64")
        total = judging.totals(self.said, chance * (1 - chance))
        gain, error = judging.gain(self.said, self.rule) if self.rule is not None else (np.nan, np.nan)
        return judging.scores(total, self.said) | {"gain": gain, "gain_error": error}


@dataclass(frozen=True)
class Examination:
    """
    How renewal models did on mornings of the past.

    Args:
        trialled: Model id -> its looks, oldest first.
        names: Model id -> name.
        refused: Model id -> why it could not be tried to the end.
    """

    trialled: Mapping[str, Sequence[Trialled]]
    names: Mapping[str, str]
    refused: Mapping[str, str]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per model and morning; see Trialled.scores."""
        rows = [
            {"model": id, "morning": look.trial.morning, **look.scores}
            for id, looks in self.trialled.items()
            for look in looks
        ]
        return pd.DataFrame(rows)

    @cached_property
    def best(self) -> str:
        """The model with the lowest log score over all mornings."""
        return str(self.scores.groupby("model")["log_score"].mean().idxmin())

    @property
    def better_than_rule(self) -> bool | None:
        """Whether the best model beats the rate of the stretch before by more than chance; None where that rate is not known."""
        rows = self.scores[(self.scores["model"] == self.best) & self.scores["gain"].notna()]
        if rows.empty:
            return None
        error = float(np.sqrt((rows["gain_error"] ** 2).sum())) / len(rows)
        return bool(rows["gain"].mean() > _SURE * error)

    def calibration(self, model: str) -> pd.DataFrame:
        """What the model said in tenths of the customers, over all mornings, beside what happened; see judging.calibration."""
        return judging.calibration(pd.concat([look.said for look in self.trialled[model]], ignore_index=True))

    def about(self) -> dict[str, Any]:
        """What a round keeps of it, as JSON can hold: mean scores of every model, the best one's totals by morning, tenths and sentences."""
        means = self.scores.drop(columns=["morning", "z", "gain", "gain_error"]).groupby("model").mean()
        means = means.sort_values("log_score").reset_index()
        totals = self.scores[self.scores["model"] == self.best]
        totals = totals.assign(morning=[morning.isoformat() for morning in totals["morning"]])
        return {
            "model": self.best,
            "beats_the_rules": self.better_than_rule,
            "scores": judging.plain(means.assign(name=means["model"].map(dict(self.names)))),
            "mornings": judging.plain(totals[["morning", "customers", "said", "happened", "error"]]),
            "calibration": judging.plain(self.calibration(self.best)),
            "told": self.told().splitlines(),
        }

    def told(self) -> str:
        """The findings in sentences."""
        rows = self.scores[self.scores["model"] == self.best]
        days, said, came = self.trialled[self.best][0].trial.days, rows["said"].sum(), rows["happened"].sum()
        beside = {
            True: "It told who would leave better than the rate of the days before does.",
            False: "It told who would leave no better than the rate of the days before does: there is no more in these data.",
            None: "No earlier rate is known to set beside it.",
        }[self.better_than_rule]
        lines = [
            f"Tried on {len(rows)} morning{'s' if len(rows) > 1 else ''} of the past, {days} days ahead each: {self.names[self.best]}.",
            f"Of {rows['customers'].sum():,.0f} contracts it had said that {said:,.0f} would end; {came:,.0f} did.",
            beside,
            *(judging.sentence(row) for _index, row in self.calibration(self.best).iterrows()),
            *(f"{self.names[id]} was not tried to the end: {why}" for id, why in self.refused.items()),
        ]
        return "\n".join(lines)


def examine(makes: Sequence[Callable[[], Renewals]], facts: Facts, tried: Sequence[Trial], run: Run) -> Examination:
    """
    Try renewal models on mornings of the past, beside the rate of as many days before each.

    Args:
        makes: Each makes one that has learned nothing; all of one billing period.
        facts: What is known now.
        tried: See backtest.trials.
        run: Has the engine compute an expression.

    Raises:
        ModelError: Nothing could be learned on any morning.
    """
    found: dict[str, list[Trialled]] = {}
    said: dict[str, pd.DataFrame]
    refused: dict[str, str] = {}
    names: dict[str, str] = {}
    for trial in tried:
        cells, said = run(outcomes(makes[0](), facts, trial).cells), {}
        for make in makes:
            model = make()
            names[model.id] = model.name
            try:
                said[model.id] = _look(model, cells, trial)
            except ModelError as fault:
                refused[model.id] = f"on {trial.morning.isoformat()}: {fault}"
        if said:  # the rule of thumb is asked for where there is something to set beside it
            before = Trial(trial.morning - timedelta(days=trial.days), trial.days)
            rate = _rate(run(outcomes(makes[0](), facts, before).cells))
            for id, table in said.items():
                rule = None if np.isnan(rate) else table.assign(said=rate)
                found.setdefault(id, []).append(Trialled(trial, table, rule))
    whole = {id: looks for id, looks in found.items() if id not in refused and looks}
    if not whole:
        raise ModelError("Nothing could be learned on any morning.", "; ".join(refused.values()), "Wait for more data.")
    return Examination(whole, names, refused)


def _look(model: Renewals, cells: pd.DataFrame, trial: Trial) -> pd.DataFrame:
    """What one model says on one morning, beside what came."""
    model.fit(cells)
    there = cells[cells["lost"] == 0].reset_index(drop=True)
    if there.empty:
        raise ModelError("Nobody had a contract on that morning.", "", "Choose other mornings.")
    return pd.DataFrame(
        {
            "said": model.predict(there, days=trial.days)["chance"],
            "happened": there["left"] / there["customers"],
            "customers": there["customers"],
        }
    )


def _rate(cells: pd.DataFrame) -> float:
    """The share of contracts that ended in a stretch before; NaN where none was known."""
    there = cells[cells["lost"] == 0]
    return float(there["left"].sum() / there["customers"].sum()) if len(there) else float("nan")
